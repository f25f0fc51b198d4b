"""The same models in full in PyMC, sampled by nutpie: posteriors agree within Monte Carlo error.

One is sampled here; compiling others takes too long for a test, so that their posteriors are in
tests/golden/multilevel/full_models.json, with the script that made them.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from evalkit.impact.bayes import adapter
from evalkit.impact.bayes.engine import no_compiler
from evalkit.impact.gaussian import sample, twin

from .conftest import MODELS

FULL = Path(__file__).parents[2] / "golden" / "multilevel" / "full_models.json"
GOLDEN = json.loads(FULL.read_text(encoding="utf-8"))
LIMIT = 4.5
"""Monte Carlo standard errors: some eighty quantities are compared, means and spreads."""


def everything(made):
    shape = made.noise.shape[:2]
    pairs = [one.reshape(*shape, -1) for one in (*made.correlations, made.noise_correlation)]
    return np.concatenate([made.coef, *made.scales, pairs[0], made.noise, pairs[1]], axis=-1)


def told(draws):
    """Mean, standard deviation, and the Monte Carlo error of each."""
    apart = adapter.diagnostics((draws - draws.mean()) ** 2).mcse / draws.std() / 2
    return draws.mean(), draws.std(), adapter.diagnostics(draws).mcse, apart


def assert_agree(draws, expected):
    if expected[1] == 0:
        assert draws == pytest.approx(expected[0])
        return
    mean, sd, error, sd_error = told(draws)
    assert abs(mean - expected[0]) < LIMIT * np.hypot(error, expected[2])
    assert abs(sd - expected[1]) < LIMIT * np.hypot(sd_error, expected[3])


@pytest.mark.parametrize("name", list(GOLDEN))
def test_full_models_sampled_before_agree_with_integrated_ones(name):
    ours = everything(sample(MODELS[name], seed=2, draws=2000))
    assert ours.shape[-1] == len(GOLDEN[name])
    for k, expected in enumerate(GOLDEN[name]):
        assert_agree(ours[..., k], expected)


@pytest.mark.slow
def test_a_full_model_and_the_integrated_one_agree():
    model = MODELS["known noise"]
    with adapter.quiet(), no_compiler():
        import nutpie

        compiled = nutpie.compile_pymc_model(twin(model), backend="numba")
        options = {"draws": 2000, "tune": 1000, "chains": 4, "cores": 1, "seed": 1}
        trace = nutpie.sample(compiled, target_accept=0.95, progress_bar=False, **options)
    full, ours = adapter.arrays(trace, ["coef", "scale_0"]), sample(model, seed=2)
    for k in range(ours.coef.shape[-1]):
        assert_agree(ours.coef[..., k], told(full["coef"][..., k]))
    # quantiles, as the heavy tail makes the mean of a half-Cauchy's posterior unsteady
    levels = [0.25, 0.5, 0.75]
    found = np.quantile(ours.scales[0], levels)
    assert found == pytest.approx(np.quantile(full["scale_0"], levels), rel=0.12)


def test_twin_names_what_it_holds():
    with adapter.quiet():
        named = twin(MODELS["crossed, multiple membership"]).named_vars
    assert {"coef", "noise", "scale_0", "correlation_0", "scale_1"} <= set(named)
