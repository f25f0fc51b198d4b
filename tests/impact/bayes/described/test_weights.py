"""What holds whatever weights people give the outcomes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evalkit.errors import DesignError
from evalkit.impact.bayes.described import Quantity, Setting, whatever_weights
from evalkit.impact.bayes.described.weights import extreme_weights

SETTING = Setting(0.95, None)


@pytest.mark.parametrize(
    "means", [(0.3, 0.6, 0.9), (-0.3, 0.6, 0.9), (-0.3, -0.6, 0.2), (-1, -2, -3)]
)
def test_no_weights_on_a_grid_go_beyond_the_range(means):
    """All weights in steps of a twentieth, for correlated normal effects."""
    rng = np.random.default_rng(5)
    root = np.array([[1, 0, 0], [0.5, 0.8, 0], [-0.3, 0.2, 0.9]])
    draws = np.array(means) + rng.standard_normal((4000, 3)) @ root.T
    quantities = [Quantity(str(k), draws[:, k].reshape(4, -1)) for k in range(3)]
    found = whatever_weights(quantities, SETTING)
    grid = [
        (i / 20, j / 20, (20 - i - j) / 20) for i in range(21) for j in range(21) if i + j <= 20
    ]
    chances = [(draws @ np.array(one) > 0).mean() for one in grid]
    assert found.lowest <= min(chances) + 0.01
    assert found.highest >= max(chances) - 0.01
    assert found.lowest >= found.every_wanted - 1e-12
    assert found.highest <= 1 - found.every_unwanted + 1e-12


def test_the_extreme_weights_are_non_negative_and_add_to_one():
    rng = np.random.default_rng(6)
    for _ in range(20):
        draws = rng.standard_normal(4) + rng.standard_normal((200, 4)) @ rng.standard_normal((4, 4))
        for one in extreme_weights(draws):
            assert one.min() >= 0
            assert one.sum() == pytest.approx(1)


def test_all_moved_as_wanted_settles_it_for_everyone(z):
    sure = [Quantity("a", 5 + z), Quantity("b", -9 - z, wanted=-1)]
    found = whatever_weights(sure, SETTING)
    assert (found.every_wanted, found.lowest, found.highest) == (1.0, 1.0, 1.0)
    assert "very likely helped on the whole, whatever the weights" in found.words
    other = [replace(one, draws=-one.draws) for one in sure]
    assert "very likely harmed on the whole" in whatever_weights(other, SETTING).words
    some = [Quantity("a", 0.6 + z), Quantity("b", 0.8 + z[::-1])]
    assert "It likely helped on the whole" in whatever_weights(some, SETTING).words


def test_outcomes_that_disagree_leave_it_to_values(z):
    found = whatever_weights([Quantity("good", 3 + z), Quantity("bad", -3 - z)], SETTING)
    assert found.lowest < 0.01
    assert found.highest > 0.99
    assert "`bad` matters most" in found.words


def test_units_change_no_probability(outcomes):
    one = whatever_weights(outcomes, SETTING, [1.0, 10.0, 0.1])
    scaled = [replace(q, draws=1000 * q.draws, margin=1000 * q.margin) for q in outcomes]
    other = whatever_weights(scaled, SETTING, [1000.0, 10_000.0, 100.0])
    assert (one.lowest, one.highest) == (other.lowest, other.highest)
    assert one.table["weight_highest"].to_numpy() == pytest.approx(
        other.table["weight_highest"].to_numpy(), abs=1e-6
    )
    assert (one.mean_low, one.mean_high) == pytest.approx((other.mean_low, other.mean_high))
    assert one.mean_high == pytest.approx(2.0, abs=0.1)


def test_without_scales_means_cannot_be_compared(outcomes):
    found = whatever_weights(outcomes, SETTING)
    assert np.isnan(found.mean_low)
    assert found.table["mean"].isna().all()


def test_one_outcome_and_bad_scales_are_refused(outcomes):
    with pytest.raises(DesignError, match="two outcomes"):
        whatever_weights(outcomes[:1], SETTING)
    with pytest.raises(DesignError, match="scales"):
        whatever_weights(outcomes, SETTING, [1.0, 0.0, 1.0])
