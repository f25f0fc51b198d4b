"""Independent proposals from a fitted mixture."""

import numpy as np
import pytest

from evalkit.impact.gaussian import marginal, mixture
from evalkit.impact.gaussian.climb import density, top

from .conftest import MODELS


def test_draws_are_those_of_the_density_on_a_grid():
    p = marginal.problem(MODELS["known noise"])
    kept, accepted = mixture.independent(p, top(p), (4, 2500), 1, np.random.default_rng(0))
    grid = np.linspace(-13, 6, 20_001)[:, None]
    weight = np.exp(density(p, grid) - density(p, grid).max())
    weight /= weight.sum()
    for power in (1, 2):
        scale = np.exp(power * grid[:, 0])
        found = np.exp(power * kept)
        error = 1.3 * found.std() / np.sqrt(found.size)
        assert found.mean() == pytest.approx(float(weight @ scale), abs=4.5 * error)
    assert accepted > 0.7


def test_every_step_is_there_to_be_thinned():
    p = marginal.problem(MODELS["one noise"])
    steps, accepted = mixture.independent(p, top(p), (3, 100), 5, np.random.default_rng(0))
    assert steps.shape == (3, 500, 4)
    assert (np.diff(steps[..., 0], axis=1) != 0).mean() == pytest.approx(accepted, abs=0.02)
    # of every fifth step, nearly all are new
    assert (np.diff(steps[:, 4::5, 0], axis=1) != 0).mean() > 0.95


def test_a_mixture_that_does_not_fit_is_not_used(monkeypatch):
    monkeypatch.setattr(mixture, "LEAST_SHARE", 0.999)
    p = marginal.problem(MODELS["one noise"])
    assert mixture.independent(p, top(p), (4, 100), 1, np.random.default_rng(0)) is None
