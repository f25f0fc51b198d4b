"""Inference over time, against shifts written out."""

import math

import numpy as np
import pytest

from evalkit.impact.synthetic.conformal import (
    joint_interval,
    joint_p,
    not_refused,
    period_intervals,
    period_p,
)
from evalkit.impact.synthetic.weights import simplex


def example(seed, before=24, later=4, effect=0.0):
    rng = np.random.default_rng(seed)
    donors = rng.normal(0, 1, (before + later, 6)) + 3 * rng.normal(0, 1, before + later)[:, None]
    own = donors[:, :3].mean(axis=1) + rng.normal(0, 0.5, before + later)
    own[before:] += effect
    return own, donors


def test_the_joint_p_is_the_share_of_shifts():
    own, donors = example(1)
    errors = np.abs(own - 0.4 * (np.arange(28) >= 24) - donors @ simplex(
        own - 0.4 * (np.arange(28) >= 24), donors
    ).weights)  # fmt: skip
    means = [np.roll(errors, shift)[24:].mean() for shift in range(28)]
    wanted = np.mean([one >= means[0] - 1e-12 for one in means])
    assert joint_p(own, donors, 24, 0.4) == pytest.approx(wanted)


def test_true_effects_are_seldom_refused_and_false_ones_often():
    """Simulated: 60 panels with an effect of 3."""
    kept = [joint_p(*example(seed, effect=3.0), 24, 3.0) > 0.1 for seed in range(60)]
    refused = [joint_p(*example(seed, effect=3.0), 24, 0.0) <= 0.1 for seed in range(60)]
    assert np.mean(kept) >= 0.8
    assert np.mean(refused) >= 0.8


def test_the_interval_ends_where_p_falls_to_the_level():
    own, donors = example(2, effect=3.0)
    low, high = joint_interval(own, donors, 24, 3.0, level=0.9)
    assert low < 3 < high
    for end, out in ((low, -1), (high, 1)):
        assert joint_p(own, donors, 24, end) > 0.1
        assert joint_p(own, donors, 24, end + out * 0.01) <= 0.1


def test_each_period_has_an_interval_of_its_own():
    own, donors = example(3, effect=2.0)
    weights = simplex(own[:24], donors[:24]).weights
    ends = period_intervals(own, donors, 24, own - donors @ weights, level=0.9)
    assert ends.shape == (4, 2)
    assert (ends[:, 0] < ends[:, 1]).all()
    first = np.append(np.arange(24), 24)
    assert period_p(own[first], donors[first], float(ends[0, 0])) > 0.1


def test_holes_are_bridged_and_ends_that_are_never_refused_are_infinite():
    holes = not_refused(lambda c: 1.0 if abs(c) < 1 or 2.9 < c < 3.6 else 0.0, 0.0, 0.5, 0.05)
    assert holes == (pytest.approx(-1, abs=1e-3), pytest.approx(3.6, abs=1e-3))
    assert not_refused(lambda _: 1.0, 0.0, 1.0, 0.05) == (-math.inf, math.inf)
    assert all(map(math.isnan, not_refused(lambda _: 0.0, 0.0, 1.0, 0.05)))


def test_no_effect_is_among_the_points_tried():
    """So that the interval holds zero whenever the test of no effect does not refuse it."""
    low, high = not_refused(lambda c: 1.0 if abs(c) < 1e-9 or 7 < c < 9 else 0.0, 8.0, 0.25, 0.05)
    assert low <= 0
    assert high == pytest.approx(9, abs=1e-3)
