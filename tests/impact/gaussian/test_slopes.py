"""Exact slopes against differences of the density."""

import numpy as np
import pytest

from evalkit.impact.gaussian import hyper, marginal
from evalkit.impact.gaussian.slopes import slopes


def test_slopes_are_those_of_the_density(model):
    p, count = marginal.problem(model), hyper.count(model)
    rng = np.random.default_rng(4)
    eta = 0.5 * rng.normal(size=(3, count)) - 0.3
    value, slope = slopes(p, eta)
    assert value == pytest.approx(marginal.log_density(p, eta), rel=1e-12)
    step = 1e-5
    for k in range(count):
        move = step * np.eye(count)[k]
        above, below = (marginal.log_density(p, eta + s * move) for s in (1, -1))
        assert slope[:, k] == pytest.approx((above - below) / (2 * step), rel=1e-4, abs=2e-4)
