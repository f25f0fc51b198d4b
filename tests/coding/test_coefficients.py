"""The arithmetic: gathered kinds of units stand for the units themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding import coefficients

ROWS = np.array([[2, 0, 1], [0, 3, 0], [2, 0, 1], [1, 1, 1], [0, 0, 1], [0, 3, 0]], dtype=float)
STATISTICS = {
    "alpha": lambda rows: coefficients.alpha(rows, coefficients.distances("nominal", np.arange(3))),
    "interval": lambda rows: coefficients.interval_alpha(rows, np.array([1.0, 2.0, 4.0])),
    "ordinal": coefficients.ordinal_alpha,
    "fleiss": coefficients.fleiss,
    "first order": lambda rows: coefficients.first_order(rows, 3),
}


@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("groups", [None, np.array([0, 0, 0, 1, 1, 2])])
def test_kinds_with_their_weights_give_what_all_units_give(name, groups):
    counts = coefficients.counted(ROWS, groups)
    gathered = STATISTICS[name](counts.rows)(counts.spread(counts.times[None, :]))
    assert gathered == pytest.approx(STATISTICS[name](ROWS)(np.ones((1, 6))), abs=1e-12)


@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=20))
def test_kinds_are_the_sorted_different_rows(rows):
    counts = coefficients.counted(np.array(rows, dtype=float))
    assert [tuple(row) for row in counts.rows] == sorted({tuple(row) for row in rows})
    assert counts.times.sum() == len(rows)


def test_very_many_categories_are_gathered_too():
    rows = np.tile(np.eye(80), (2, 1))
    counts = coefficients.counted(rows)
    assert (len(counts.rows), counts.times.tolist()) == (80, [2.0] * 80)


def test_ordinal_differences_are_krippendorffs():
    """Krippendorff (2011): the ordinal difference counts the ratings between two values."""
    totals = ROWS[ROWS.sum(axis=1) >= 2].sum(axis=0)
    ends = np.add.outer(totals, totals) / 2
    between = np.array(
        [[totals[min(c, k) : max(c, k) + 1].sum() for k in range(3)] for c in range(3)]
    )
    squared = np.where(np.eye(3, dtype=bool), 0, (between - ends) ** 2)
    by_definition = coefficients.alpha(ROWS, squared)(np.ones((1, 6)))
    assert coefficients.ordinal_alpha(ROWS)(np.ones((1, 6))) == pytest.approx(by_definition)


def test_interval_moments_equal_the_matrix_of_squared_differences():
    scores = np.array([1.0, 2.0, 4.0])
    squared = np.subtract.outer(scores, scores) ** 2
    expected = coefficients.alpha(ROWS, squared)(np.ones((1, 6)))
    found = coefficients.interval_alpha(ROWS, scores)(np.ones((1, 6)))
    assert found == pytest.approx(expected, abs=1e-12)


def test_ratio_differences_of_two_zeros_are_zero():
    assert coefficients.distances("ratio", np.array([0.0, 1.0, 3.0])).tolist() == [
        [0, 1, 1],
        [1, 0, 0.25],
        [1, 0.25, 0],
    ]
