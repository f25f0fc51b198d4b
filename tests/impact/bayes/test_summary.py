"""Summaries of draws are what their names say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evalkit.impact.bayes import summary


def test_equal_tailed_and_highest_density_of_a_skewed_distribution():
    """Against the exact exponential: equal tails at its quantiles, highest density from zero."""
    draws = stats.expon.ppf((np.arange(200_000) + 0.5) / 200_000)
    low, high = summary.equal_tailed(draws, 0.95)
    assert (low, high) == pytest.approx(stats.expon.ppf([0.025, 0.975]), rel=1e-3)
    low, high = summary.highest_density(draws, 0.95)
    assert low == pytest.approx(0, abs=1e-4)
    assert high == pytest.approx(stats.expon.ppf(0.95), rel=1e-3)


def test_beyond_counts_on_the_margins_own_side():
    """A negative margin asks for effects below it."""
    draws = np.array([-2.0, -1.0, 0.5, 3.0])
    assert summary.beyond(draws, 1.0) == 0.25
    assert summary.beyond(draws, -0.5) == 0.5
    assert summary.beyond(draws, 0.0) == 0.5


def test_a_spread_gets_no_probability_of_being_above_zero():
    """It always is, so the cell stays blank; an effect surely above zero reads 1."""
    draws = np.abs(np.random.default_rng(0).standard_normal((4, 200))) + 0.1
    table = summary.posterior_table({summary.MEAN: draws, summary.SPREAD: draws}, 0.9, 0.5)
    assert table["p_above_zero"].iloc[0] == 1.0
    assert np.isnan(table["p_above_zero"].iloc[1])
    assert np.isnan(table["p_beyond_margin"].iloc[1])
