"""Weights of the effects in two-way estimates."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from evalkit.impact.trends.two_way_weights import two_way_weights


def staggered(starts, periods):
    """Treatment of each unit and period, and what effects of both leave of it."""
    units = len(starts)
    unit, time = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    d = (time >= np.asarray(starts)[unit]).astype(float)
    x = np.column_stack([np.eye(units)[unit], np.eye(periods)[time]])
    return d, d - x @ np.linalg.lstsq(x, d, rcond=None)[0], x


@pytest.mark.parametrize("starts", [[1, 1, 3, 9], [0, 2, 4, 4], [1, 2, 3, 4, 9, 9]])
def test_the_estimate_is_the_weighted_sum_of_any_effects(starts):
    d, residual, x = staggered(starts, 6)
    rng = np.random.default_rng(1)
    effects = rng.normal(size=len(d))
    y = effects * d + x @ rng.normal(size=x.shape[1])
    value = np.linalg.lstsq(np.column_stack([d, x]), y, rcond=None)[0][0]
    found = two_way_weights(residual, d, np.ones(len(d)), value)
    assert found.weights @ effects == pytest.approx(value)
    assert found.sum_positive + found.sum_negative == pytest.approx(1)
    assert found.negative_cells == (found.weights < -1e-12).sum()


def test_one_start_has_no_negative_weight():
    d, residual, _ = staggered([2, 2, 9, 9], 5)
    found = two_way_weights(residual, d, np.ones(len(d)), 1.0)
    assert (found.negative_cells, found.sum_negative, found.share_negative) == (0, 0.0, 0.0)
    assert math.isinf(found.sd_zero)
    assert math.isinf(found.sd_opposite)


def test_the_smallest_standard_deviations_are_those_a_search_finds():
    """Least spread of effects with the given estimate: average zero; none of the same sign."""
    d, residual, _ = staggered([1, 1, 3, 5, 9], 8)
    value = 0.7
    found = two_way_weights(residual, d, np.ones(len(d)), value)
    assert found.negative_cells > 0
    w = found.weights[d > 0]

    def spread(effects):
        return effects.var()

    gives = {"type": "eq", "fun": lambda e: w @ e - value}
    zero = {"type": "eq", "fun": lambda e: e.mean()}
    start = np.random.default_rng(0).normal(size=len(w))
    options = {"maxiter": 2000, "ftol": 1e-15}
    first = minimize(spread, start, constraints=[gives, zero], method="SLSQP", options=options)
    assert np.sqrt(first.fun) == pytest.approx(found.sd_zero, rel=1e-4)
    second = minimize(
        spread, -abs(start), constraints=[gives], bounds=[(None, 0)] * len(w), method="SLSQP", options=options
    )  # fmt: skip
    assert np.sqrt(second.fun) == pytest.approx(found.sd_opposite, rel=1e-3)
