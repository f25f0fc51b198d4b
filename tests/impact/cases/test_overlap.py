"""Overlap by hand, and against scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evalkit.impact.cases import overlap

VALUES = st.lists(st.integers(0, 9), min_size=2, max_size=12)


@settings(max_examples=200, deadline=None)
@given(VALUES, VALUES)
def test_nap_is_the_statistic_of_mann_and_whitney(before, after):
    a, b = np.array(before, dtype=float), np.array(after, dtype=float)
    u = stats.mannwhitneyu(b, a).statistic
    assert overlap.nap(a, b) == pytest.approx(u / (len(a) * len(b)))
    tau = overlap.tau_u(a, b)["A vs B"]
    assert tau.value == pytest.approx(2 * overlap.nap(a, b) - 1)


def test_tau_u_by_hand():
    before, after = np.array([1.0, 2.0, 3.0]), np.array([3.0, 5.0])
    made = overlap.tau_u(before, after)
    # Pairs: 1-3, 1-5, 2-3, 2-5, 3-5 rise, 3-3 ties; the baseline rises in 3 of 3, B in 1 of 1.
    assert made["A vs B"].value == pytest.approx(5 / 6)
    assert made["A vs B - trend A"].value == pytest.approx(2 / 6)
    assert made["A vs B + trend B"].value == pytest.approx(6 / 7)
    assert made["A vs B + trend B - trend A"].value == pytest.approx(3 / 10)
    assert made["A vs B"].std_error == pytest.approx(np.sqrt(6 / 18))


def test_pnd_counts_points_above_every_one_before():
    assert overlap.pnd(np.array([1.0, 4.0]), np.array([5.0, 4.0, 6.0, 2.0])) == 0.5
