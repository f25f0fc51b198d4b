"""Simulation-based calibration of the collapsed Gaussian model: effect, spread, noise, new site.

Run from the project's folder: ``python benchmarks/calibration/gaussian_sbc.py``. It takes some five
minutes, writes `gaussian_ranks.csv` beside itself as it goes, and carries on from what is there.
``--check`` only reads the file and says whether the ranks are uniform.

Each of a thousand simulations draws the parameters of eight sites from the prior, 20 rows a site
from the parameters, and the posterior from the rows. All data are simulated.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

from evalkit.impact.bayes.calibration import band, outside, ranks, thinned
from evalkit.impact.gaussian import Fixed, Model, Noise, Varying, gram, sample

FILE = Path(__file__).with_name("gaussian_ranks.csv")
QUANTITIES = ("effect", "spread", "noise", "new_site")
SIMULATIONS, DRAWS = 1000, 99
SITES, ROWS = 8, 160
EFFECT, SPREADS, NOISE = 0.5, np.array([0.5, 0.3]), 1.0


def fixed_prior():
    return Fixed(np.arange(2), np.zeros(2), np.array([1.0, EFFECT]))


def simulated(number):
    """Return rows (x, y) and the parameters behind them."""
    rng = np.random.default_rng([2026, number])
    typical = rng.standard_normal(2) * fixed_prior().sd
    spreads = np.abs(rng.standard_normal(2)) * SPREADS
    noise = abs(rng.standard_normal()) * NOISE
    r = 2 * rng.beta(2.0, 2.0) - 1  # LKJ(2) of two
    root = spreads[:, None] * np.array([[1.0, 0.0], [r, np.sqrt(1 - r**2)]])
    own = rng.standard_normal((SITES + 1, 2)) @ root.T
    site, treated = np.arange(ROWS) % SITES, (np.arange(ROWS) // SITES) % 2
    x = np.zeros((ROWS, 2 + 2 * SITES))
    x[:, 0], x[:, 1] = 1.0, treated
    x[np.arange(ROWS), 2 + 2 * site] = 1.0
    x[np.arange(ROWS), 3 + 2 * site] = treated
    y = x @ np.concatenate([typical, own[:SITES].ravel()]) + noise * rng.standard_normal(ROWS)
    truth = (typical[1], spreads[1], noise, typical[1] + own[SITES, 1])
    return x, y, truth


def posterior(x, y, seed, spreads=SPREADS):
    """Return draws of the four quantities, (4, chains, draws)."""
    columns = 2 + np.arange(2 * SITES).reshape(SITES, 2)
    model = Model((gram(x, y),), (fixed_prior(),), (Varying(columns, spreads),), Noise(NOISE))
    made = sample(model, draws=400, seed=seed)
    effect, spread = made.coef[..., 1], made.scales[0][..., 1]
    z = np.random.default_rng([seed, 7]).standard_normal(effect.shape)
    return np.array([effect, spread, made.noise[..., 0], effect + spread * z])


def ranked(number, spreads=SPREADS):
    """Return the rank of each quantity in one simulation."""
    x, y, truth = simulated(number)
    draws = posterior(x, y, number, spreads)
    return [
        int(ranks(np.array([true]), thinned(one, DRAWS)[None])[0])
        for true, one in zip(truth, draws, strict=True)
    ]


def read():
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([int(row[name]) for row in rows]) for name in QUANTITIES}


def report():
    found = read()
    count = len(found["effect"])
    limits = band(count, DRAWS)
    for name, own in found.items():
        left = outside(own, limits)
        verdict = "inside" if not left.size else f"leaves it at ranks {left.tolist()}"
        print(f"{name:9s} {count} ranks among {DRAWS} draws, 99 % simultaneous band: {verdict}")


def main(simulations):
    done = len(read()["effect"]) if FILE.exists() else 0
    with FILE.open("a", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        if not done:
            rows.writerow(("simulation", *QUANTITIES))
        for number in range(done, simulations):
            rows.writerow((number, *ranked(number)))
            file.flush()
    report()


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--check", action="store_true", help="only judge the ranks that are there")
    asked.add_argument("--simulations", type=int, default=SIMULATIONS)
    options = asked.parse_args()
    report() if options.check else main(options.simulations)
