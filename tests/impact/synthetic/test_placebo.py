"""Placebo tests: ranks, the interval by inversion, and draws for several treated units."""

import math

import numpy as np
import pytest

from evalkit.impact.synthetic.placebo import (
    average_gap_test,
    draw,
    floor_of,
    order_statistic,
    ratio_test,
    rmspe,
)


def gaps(seed, count=25, periods=20):
    return np.random.default_rng(seed).normal(0, 1, (count, periods))


@pytest.mark.parametrize("floor", [None, 0.1])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_interval_holds_exactly_the_effects_that_the_test_does_not_refuse(floor, level):
    """Every effect of a fine grid is tried one by one."""
    others, own = gaps(1), gaps(2, 1)[0]
    own[12:] += 1
    found = average_gap_test(own, others, 12, floor, level)
    after = np.arange(20) >= 12
    for effect in np.linspace(-3, 5, 401):
        p = average_gap_test(own - effect * after, others, 12, floor, level).p_value
        inside = found.low - 1e-9 <= effect <= found.high + 1e-9
        assert inside == (p > 1 - level + 1e-9)


def test_p_counts_the_treated_as_one_of_the_placebos():
    others = np.array([[1.0, 1, 1, 2], [1, 1, 1, 9], [1, 1, 1, 1]])
    own = np.array([1.0, 1, 1, 3])
    found = average_gap_test(own, others, 3, 0.0, 0.5)
    assert found.p_value == pytest.approx(2 / 4)
    assert found.smallest == pytest.approx(1 / 4)
    ratio, p = ratio_test(own, others, 3, 0.0)
    assert (ratio, p) == (pytest.approx(9), pytest.approx(2 / 4))


def test_with_too_few_placebos_the_interval_has_no_ends():
    """Eighteen donors allow no 95 % interval, nineteen do."""
    own = gaps(3, 1)[0]
    few, enough = (average_gap_test(own, gaps(4, n), 12, None, 0.95) for n in (18, 19))
    assert math.isinf(few.low)
    assert math.isinf(few.high)
    assert math.isnan(few.detectable)
    assert math.isfinite(enough.low)
    assert enough.high - enough.low == pytest.approx(
        2 * np.abs(gaps(4, 19)[:, 12:].mean(axis=1)).max()
    )


def test_the_order_statistic_follows_the_level():
    sizes = np.arange(1.0, 40.0)
    assert order_statistic(sizes, 0.95) == 38
    assert order_statistic(sizes, 0.9) == 36
    assert math.isinf(order_statistic(sizes[:18], 0.95))


def test_the_test_refuses_a_true_null_as_often_as_it_says():
    """Simulated: with exchangeable noise p <= 0.1 in a tenth of the panels."""
    hits = sum(
        average_gap_test(one[0], one[1:], 12, 0.1, 0.9).p_value <= 0.1
        for one in (gaps(seed, 20) for seed in range(1000))
    )
    assert hits / 1000 == pytest.approx(0.1, abs=0.03)


def test_averages_of_several_vary_as_averages_do():
    others = gaps(5, 400)
    assert draw(others, np.ones(1), 0) is others
    made = draw(others, np.full(4, 0.25), 0)
    assert made.std() == pytest.approx(0.5, abs=0.02)
    np.testing.assert_array_equal(made, draw(others, np.full(4, 0.25), 0))


def test_small_errors_before_the_start_are_floored():
    donors = np.array([[0.0, 2.0], [0.0, 2.0], [5.0, 5.0]])
    floor = floor_of(donors, 2)
    assert floor == pytest.approx(0.01 * math.sqrt(2))
    exact = np.array([0.0, 0.0, 1.0])
    found = average_gap_test(exact, donors.T[:, :3] * 0 + 1.0, 2, floor, 0.5)
    assert found.statistic == pytest.approx(1 / floor)
    assert rmspe(exact, 2, later=True) == 1
