"""Walkers, on a density known on a grid."""

import numpy as np
import pytest

from evalkit.impact.gaussian import marginal
from evalkit.impact.gaussian.agreement import agreement
from evalkit.impact.gaussian.climb import density, top
from evalkit.impact.gaussian.hamiltonian import Effort, walked

from .conftest import MODELS


def test_walkers_have_the_density_of_a_grid():
    p = marginal.problem(MODELS["known noise"])
    made = walked(p, top(p), (4, 2500), Effort(200, 1), np.random.default_rng(0))
    assert made.eta.shape == (4, 2504, 1)  # eight walkers a chain take the same number of steps
    grid = np.linspace(-13, 6, 20_001)[:, None]
    weight = np.exp(density(p, grid) - density(p, grid).max())
    weight /= weight.sum()
    found = np.exp(made.eta)
    error = found.std() / np.sqrt(float(agreement(found).ess_bulk[0]))
    assert found.mean() == pytest.approx(float(weight @ np.exp(grid[:, 0])), abs=4.5 * error)


def test_many_free_numbers_mix_well_and_no_walker_is_slow():
    p = marginal.problem(MODELS["noisy sites"])
    made = walked(p, top(p), (4, 400), Effort(160, 2), np.random.default_rng(0))
    told = agreement(made.eta)
    assert told.rhat.max() < 1.02
    assert told.ess_bulk.min() > 400
    assert 0.6 < made.accepted < 0.95
    assert made.slowest > 0.5
