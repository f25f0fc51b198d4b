"""Effective draws per CPU second of a hierarchical model: collapsed and integrated, or by NUTS.

Run from the project's folder: ``python benchmarks/bayes_speed.py`` (some ten minutes; writes
`results_bayes.md` beside itself). 40 sites, 5 outcomes, intercepts and effects that vary between
sites, one covariate; all data are simulated. Each way runs in a process of its own, one after the
other, on one core; what is told is the worst effective sample size (bulk) of the standard
deviations, the noise and the typical effects, over the CPU seconds of sampling, tuning included and
compiling told apart. Ways that take minutes run with fewer draws, which the table says.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
SITES, OUTCOMES = 40, 5
SD = {"level": 1.0, "effect": 0.5, "slope": 1.0, "sites": 1.0, "effects": 0.5, "noise": 1.0}
ONE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")

WAYS = (  # name, rows, way, tuning draws, draws, chains
    ("evalkit: collapsed, integrated", 5_000, "ours", 0, 1500, 4),
    ("evalkit: collapsed, integrated", 100_000, "ours", 0, 1500, 4),
    ("nutpie, collapsed data", 5_000, "nutpie collapsed", 1000, 1000, 2),
    ("nutpie, collapsed data", 100_000, "nutpie collapsed", 1000, 1000, 2),
    ("PyMC default, raw rows", 5_000, "pymc rows", 1000, 1000, 2),
    ("nutpie, raw rows", 5_000, "nutpie rows", 1000, 1000, 2),
    ("nutpie, raw rows", 100_000, "nutpie rows", 200, 200, 2),
)


def simulated(rows):
    import numpy as np

    rng = np.random.default_rng(11)
    site = np.arange(rows) % SITES
    x = np.column_stack([np.ones(rows), (np.arange(rows) // SITES) % 2, rng.normal(size=rows)])
    own = rng.normal(size=(SITES, OUTCOMES, 2)) * np.array([0.4, 0.2])
    typical = np.array([[0.0, 0.2, 0.5]] * OUTCOMES)
    coef = np.broadcast_to(typical, (SITES, OUTCOMES, 3)).copy()
    coef[:, :, :2] += own
    y = np.einsum("rk,rjk->rj", x, coef[site]) + 0.8 * rng.normal(size=(rows, OUTCOMES))
    return site, x, y


def ours(rows, draws, chains):
    import numpy as np

    from evalkit.impact.gaussian import Fixed, Gram, Model, Noise, Varying, gram, sample

    site, x, y = simulated(rows)
    start = time.process_time()
    each, m = 3 + 2 * SITES, OUTCOMES * (3 + 2 * SITES)
    wide = np.zeros((rows, each))
    wide[:, :3] = x
    wide[np.arange(rows), 3 + 2 * site] = 1.0
    wide[np.arange(rows), 4 + 2 * site] = x[:, 1]
    sd = np.array([SD["level"], SD["effect"], SD["slope"]])
    scale = np.array([SD["sites"], SD["effects"]])
    grams, fixed, varying = [], [], []
    for k in range(OUTCOMES):
        own, at = gram(wide, y[:, k]), k * each + np.arange(each)
        xx, xy = np.zeros((m, m)), np.zeros(m)
        xx[np.ix_(at, at)], xy[at] = own.xx, own.xy
        grams.append(Gram(xx, xy, own.yy, own.n))
        fixed.append(Fixed(at[:3], np.zeros(3), sd))
        varying.append(Varying(at[3:].reshape(SITES, 2), scale, correlated=False))
    model = Model(tuple(grams), tuple(fixed), tuple(varying), Noise(SD["noise"]))
    ready = time.process_time()
    made = sample(model, draws=draws, chains=chains)
    done = time.process_time()
    sample(model, draws=draws, chains=chains, seed=1)
    again = time.process_time() - done
    effects = made.coef[..., [k * each + 1 for k in range(OUTCOMES)]]
    told = np.concatenate([*made.scales, made.noise, effects], axis=-1)
    return told, {
        "sampling": done - start,
        "compiling": 0.0,
        "again": again,
        "grams": ready - start,
    }


def in_full(rows, *, collapsed):
    """Return the non-centred PyMC model, from rows or from a Gram matrix of each site and outcome."""
    import numpy as np
    import pymc as pm

    site, x, y = simulated(rows)
    with pm.Model() as model:
        sd = np.array([SD["level"], SD["effect"], SD["slope"]])
        typical = pm.Normal("typical", 0, sd, shape=(OUTCOMES, 3))
        scale = np.array([SD["sites"], SD["effects"]])
        spread = pm.HalfNormal("spread", scale, shape=(OUTCOMES, 2))
        noise = pm.HalfNormal("noise", SD["noise"], shape=OUTCOMES)
        apart = pm.Normal("apart", 0, 1, shape=(SITES, OUTCOMES, 2))
        first = typical[None, :, :2] + spread[None] * apart
        if collapsed:
            cells = [x[site == s] for s in range(SITES)]
            xx = np.array([one.T @ one for one in cells])
            xy = np.array([one.T @ y[site == s] for s, one in enumerate(cells)])
            slope = pm.math.ones_like(first[:, :, :1]) * typical[None, :, 2:]
            coef = pm.math.concatenate([first, slope], axis=2)
            through = (coef[:, :, :, None] * xx[:, None]).sum(axis=2)
            rss = (coef * (through - 2 * xy.transpose(0, 2, 1))).sum(axis=(0, 2)) + (y**2).sum(
                axis=0
            )
            fit = -rows * pm.math.log(noise) - 0.5 * rss / noise**2
            pm.Potential("rows", fit.sum())
        else:
            for k in range(OUTCOMES):  # four times faster than one array of all outcomes
                own = first[:, k, 0][site] + first[:, k, 1][site] * x[:, 1]
                mean = own + typical[k, 2] * x[:, 2]
                pm.Normal(f"y_{k}", mean, noise[k], observed=y[:, k])
    return model


def by_nuts(rows, way, tune, draws, chains):
    import numpy as np

    model = in_full(rows, collapsed="collapsed" in way)
    start = time.process_time()
    if way.startswith("nutpie"):
        import nutpie

        compiled = nutpie.compile_pymc_model(model, backend="numba")
        ready = time.process_time()
        options = {"tune": tune, "draws": draws, "chains": chains, "seed": 1}
        trace = nutpie.sample(compiled, cores=1, progress_bar=False, **options)
    else:
        import pymc as pm

        with model:
            model.compile_logp()(model.initial_point())
            model.compile_dlogp()(model.initial_point())
            ready = time.process_time()
            options = {"tune": tune, "draws": draws, "chains": chains, "random_seed": 1}
            trace = pm.sample(
                cores=1, progressbar=False, compute_convergence_checks=False, **options
            )
    done = time.process_time()
    each = [np.asarray(trace.posterior[name].values) for name in ("spread", "noise", "typical")]
    each[2] = each[2][..., 1]
    told = np.concatenate([one.reshape(*one.shape[:2], -1) for one in each], axis=-1)
    return told, {"sampling": done - ready, "compiling": ready - start}


def one_way(number):
    from evalkit.impact.bayes import adapter
    from evalkit.impact.gaussian.agreement import agreement

    name, rows, way, tune, draws, chains = WAYS[number]
    with adapter.quiet():
        if way == "ours":
            told, times = ours(rows, draws, chains)
        else:
            told, times = by_nuts(rows, way, tune, draws, chains)
    found = agreement(told)
    spreads = told[..., 1 : 2 * OUTCOMES : 2].mean(axis=(0, 1)).tolist()
    worst = {"ess": float(found.ess_bulk.min()), "rhat": float(found.rhat.max())}
    print(json.dumps({"name": name, "rows": rows, **worst, **times, "spreads": spreads}))


COLD = """
import time; start = time.perf_counter()
import numpy as np
from evalkit.impact.gaussian import Fixed, Model, Noise, Varying, gram, sample
rng = np.random.default_rng(0); site = np.arange(400) % 10
x = np.column_stack([np.ones(400), np.eye(10)[site]])
y = rng.normal(0, .5, 10)[site] + rng.normal(size=400)
fixed = Fixed(np.array([0]), np.zeros(1), np.ones(1))
sites = Varying(1 + np.arange(10)[:, None], np.ones(1))
sample(Model((gram(x, y),), (fixed,), (sites,), Noise(1.0)))
print(time.perf_counter() - start)
"""


def measured(arguments):
    environment = {**os.environ, **dict.fromkeys(ONE, "1")}
    ended = subprocess.run(
        [sys.executable, *arguments], check=True, capture_output=True, text=True, env=environment
    )
    return ended.stdout.strip().splitlines()[-1]


def table(found, cold):
    rate = {(one["name"], one["rows"]): one["ess"] / one["sampling"] for one in found}
    ours_ = {rows: rate[WAYS[0][0], rows] for rows in (5_000, 100_000)}
    lines = [
        "# Bayesian hierarchical model: effective draws per CPU second",
        "",
        f"Python {platform.python_version()}, one core, {SITES} sites x {OUTCOMES} outcomes, simulated.",
        "Worst bulk effective sample size of the spreads, the noise and the typical effects over the",
        "CPU seconds of sampling (tuning, and here the Gram matrices, included).",
        "",
        (
            "| Way | Rows | Tuning + draws x chains | ESS | R-hat | Sampling, CPU s "
            "| Compiling, CPU s | ESS per CPU s | evalkit is faster |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one, (name, rows, _, tune, draws, chains) in zip(found, WAYS, strict=True):
        per = rate[name, rows]
        told, faster = f"{per:,.1f}", f"{ours_[rows] / per:,.0f}x"
        if one["rhat"] > 1.01:  # no rate to speak of; if every draw were as good as independent:
            told = "not converged"
            faster = f"{ours_[rows] / (chains * draws / one['sampling']):,.0f}x, all counted"
        lines.append(
            f"| {name} | {rows:,} | {tune} + {draws} x {chains} | {one['ess']:.0f} | {one['rhat']:.3f} "
            f"| {one['sampling']:.2f} | {one['compiling']:.1f} | {told} | {faster} |"
        )
    again = next(one["again"] for one in found if "again" in one)
    lines += [
        "",
        f"First result of a small model from a cold process: {cold:.1f} s, imports included. Nothing is",
        f"compiled; a second model of 40 sites x 5 outcomes took {again:.2f} CPU s.",
        "",
        "Where R-hat is above 1.01 the chains do not agree, and there is no rate to compare with: `all",
        "counted` takes every draw for independent, which flatters that way. Runs with fewer than 1,000",
        "draws are shortened, as in full they take many minutes; their early steps are dear, so that the",
        "factor of a full run may be smaller. PyMC on 100,000 raw rows is left out, as it takes longer",
        "still. Raw rows are written with one likelihood an outcome, the fastest of three ways tried.",
        "",
    ]
    return "\n".join(lines)


def main():
    found = []
    for number in range(len(WAYS)):
        found.append(json.loads(measured([__file__, "--one", str(number)])))
        print(found[-1], flush=True)
    text = table(found, float(measured(["-c", COLD])))
    (HERE / "results_bayes.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--one", type=int, help="run one way only, and print what was measured")
    options = asked.parse_args()
    main() if options.one is None else one_way(options.one)
