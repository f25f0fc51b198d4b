"""The sampler agrees with exact integration and with the uncollapsed model, and is deterministic."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.impact.bayes import adapter, engine
from evalkit.impact.bayes.collapse import RawEffects
from evalkit.impact.bayes.engine import Effort, Problem, full_model, sample_posterior
from evalkit.impact.bayes.priors import default_priors
from evalkit.impact.bayes.rows import Columns, read_rows
from evalkit.impact.bayes.sites import site_effects

pytestmark = pytest.mark.slow
GOLDEN = Path(__file__).parents[2] / "golden" / "multilevel"


def golden_problem():
    columns = Columns("score", "site", "on", time="year")
    rows, _ = read_rows(pd.read_csv(GOLDEN / "panel.csv"), columns)
    effects, _ = site_effects(rows, columns)
    return Problem(effects.raw, effects.moderators, effects.sd)


@pytest.fixture(scope="module")
def problem():
    return golden_problem()


@pytest.fixture(scope="module")
def posterior(problem):
    return sample_posterior(problem, default_priors(problem.sd), seed=3)


def draws_of(posterior):
    return {
        "mean effect in the treated sites": posterior.mean_effect,
        "typical effect of such sites": posterior.mu,
        "spread of effects between sites": posterior.tau,
        "effect in a new site": engine.new_site_draws(posterior, 3),
    }


@pytest.mark.parametrize("name", json.loads((GOLDEN / "expected.json").read_text("utf-8")))
def test_means_and_spreads_equal_the_exact_posterior(posterior, name):
    """Against quadrature (tests/golden/multilevel/make.py): within 4 Monte Carlo errors."""
    exact = json.loads((GOLDEN / "expected.json").read_text("utf-8"))[name]
    draws = draws_of(posterior)[name]
    error = adapter.diagnostics(draws).mcse
    assert draws.mean() == pytest.approx(exact["mean"], abs=4 * error)
    assert draws.std() == pytest.approx(exact["sd"], rel=0.06)
    assert np.median(draws) == pytest.approx(exact["median"], abs=6 * error)
    if "low" in exact:
        low, high = np.quantile(draws, [0.025, 0.975])
        assert low == pytest.approx(exact["low"], abs=0.1 * exact["sd"])
        assert high == pytest.approx(exact["high"], abs=0.1 * exact["sd"])


def test_the_uncollapsed_model_agrees(problem, posterior):
    """Every site's effect sampled by PyMC: the same means within Monte Carlo error, same spreads."""
    import nutpie

    with adapter.quiet(), engine.no_compiler():
        compiled = nutpie.compile_pymc_model(full_model(problem, default_priors(problem.sd)))
        trace = nutpie.sample(
            compiled, seed=5, draws=2000, chains=4, cores=1, progress_bar=False, target_accept=0.95
        )
    full = adapter.arrays(trace, ["mu", "tau", "site_effect"])
    pairs = [(full["mu"], posterior.mu), (full["tau"], posterior.tau)]
    pairs += [(full["site_effect"][..., i], posterior.site_effect[..., i]) for i in range(6)]
    for other, own in pairs:
        error = np.hypot(adapter.diagnostics(other).mcse, adapter.diagnostics(own).mcse)
        assert own.mean() == pytest.approx(other.mean(), abs=4 * error)
        assert own.std() == pytest.approx(other.std(), rel=0.08)


@pytest.mark.usefixtures("posterior")
def test_other_data_and_another_number_of_sites_do_not_compile_again():
    """The compiled model is kept; only its data change."""
    before = engine._compiled.cache_info().misses
    raw = RawEffects(np.arange(15.0), np.eye(15), 2.0, 40.0, 2.0, 41)
    other = Problem(raw, np.zeros((15, 0)), 5.0)
    made = sample_posterior(other, default_priors(5.0), seed=1)
    assert made.site_effect.shape == (4, 1500, 15)
    assert engine._compiled.cache_info().misses == before


def test_moderators_are_recovered():
    """Effects that rise by 2 with each SD of a moderator: the slope is found."""
    rng = np.random.default_rng(0)
    moderator = np.linspace(-1.6, 1.6, 20)[:, None]
    moderator = moderator / moderator.std()
    effect = 1 + 2 * moderator[:, 0] + 0.3 * rng.standard_normal(20)
    raw = RawEffects(effect, np.eye(20), 0.5, 100.0, 2.0, 101)
    made = sample_posterior(Problem(raw, moderator, 5.0), default_priors(5.0), seed=1)
    assert made.gamma[..., 0].mean() == pytest.approx(2, abs=0.4)
    assert made.mu.mean() == pytest.approx(1, abs=0.4)


def test_chains_that_do_not_agree_give_no_result(problem):
    """Too little effort twice: refused, with the reason, and never returned."""
    scarce = (Effort(5, 10, 0.5), Effort(5, 12, 0.5))
    with pytest.raises(DesignError, match="did not converge in 2 attempts"):
        sample_posterior(problem, default_priors(problem.sd), 0, scarce)


def test_more_effort_follows_an_attempt_that_failed(problem):
    """The attempt that was enough is on record."""
    efforts = (Effort(5, 10, 0.5), engine.EFFORTS[0])
    made = sample_posterior(problem, default_priors(problem.sd), 0, efforts)
    assert made.attempts == 2
    assert made.effort == engine.EFFORTS[0]


ELSEWHERE = """
import hashlib, json, shutil, sys
sys.path.insert(0, sys.argv[1])
import test_engine
from evalkit.impact.bayes.engine import sample_posterior
from evalkit.impact.bayes.priors import default_priors
problem = test_engine.golden_problem()
made = sample_posterior(problem, default_priors(problem.sd), seed=3)
print(json.dumps([test_engine.digest(made), shutil.which("gcc"), shutil.which("g++")]))
"""


def digest(posterior):
    parts = (posterior.mu, posterior.tau, posterior.sigma, posterior.site_effect)
    return hashlib.sha256(
        b"".join(np.ascontiguousarray(part).tobytes() for part in parts)
    ).hexdigest()


def test_another_process_without_a_c_compiler_and_cache_gives_the_same_bits(posterior, tmp_path):
    """No compiler on the PATH, an empty compile cache, another hash seed and time zone."""
    tmp_path.joinpath("bin").mkdir()
    env = {
        "PATH": str(tmp_path / "bin"),
        "HOME": str(tmp_path),
        "PYTENSOR_FLAGS": f"base_compiledir={tmp_path}",
        "PYTHONHASHSEED": "7",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
    }
    env |= {key: value for key, value in os.environ.items() if key == "LD_LIBRARY_PATH"}
    run = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(Path(__file__).parent)],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    found, gcc, gxx = json.loads(run.stdout.splitlines()[-1])
    assert (gcc, gxx) == (None, None)
    assert found == digest(posterior)
    assert "g++ not detected" not in run.stderr


@pytest.mark.usefixtures("posterior")
def test_pytensor_keeps_the_users_settings():
    """Compiling here changes no setting for good."""
    import pytensor

    assert pytensor.config.linker != "py" or pytensor.config.mode != "FAST_COMPILE"
