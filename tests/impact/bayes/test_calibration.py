"""Ranks, and the band that tells uniform ones from others."""

import numpy as np
import pytest

from evalkit.errors import DesignError
from evalkit.impact.bayes.calibration import band, outside, ranks, thinned


def test_a_rank_counts_the_draws_below():
    draws = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    assert ranks(np.array([0.0, 2.5, 9.0]), draws).tolist() == [0, 2, 3]


def test_thinned_draws_stand_at_equal_distances():
    draws = np.arange(400.0).reshape(4, 100)
    assert np.diff(thinned(draws, 99)).tolist() == [4.0] * 98
    with pytest.raises(DesignError, match="cannot be taken from 400"):
        thinned(draws, 401)


@pytest.mark.parametrize(("simulations", "draws"), [(100, 99), (1000, 49)])
def test_uniform_ranks_leave_the_band_as_often_as_stated(simulations, draws):
    limits = band(simulations, draws, level=0.95)
    rng = np.random.default_rng(1)
    sets = rng.integers(0, draws + 1, (1500, simulations))
    left = np.mean([outside(one, limits).size > 0 for one in sets])
    # counts are whole numbers, so that the band may be kept a little more often than stated
    assert 0.02 < left < 0.07


@pytest.mark.parametrize(
    ("what", "power"),
    [("too narrow", 0.7), ("too wide", 1.3), ("shifted", 1.0)],
)
def test_wrong_posteriors_leave_the_band(what, power):
    rng = np.random.default_rng(2)
    truth = rng.standard_normal(1000)
    draws = power * rng.standard_normal((1000, 99)) + (0.25 if what == "shifted" else 0.0)
    assert outside(ranks(truth, draws), band(1000, 99)).size > 0


def test_the_band_is_the_same_every_time_and_widest_in_the_middle():
    first, again = band(200, 19), band(200, 19)
    assert np.array_equal(first.low, again.low)
    width = first.high - first.low
    assert width.argmax() in range(7, 12)
    assert (first.low <= first.share).all()
    assert (first.share <= first.high).all()


def test_ranks_among_other_draws_are_refused():
    with pytest.raises(DesignError, match="not ranks among 19 draws"):
        outside(np.array([3, 20]), band(50, 19))
