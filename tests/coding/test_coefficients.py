"""The arithmetic: gathered kinds of units stand for the units themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding import coefficients

ROWS = np.array([[2, 0, 1], [0, 3, 0], [2, 0, 1], [1, 1, 1], [0, 0, 1], [0, 3, 0]], dtype=float)
weighed = coefficients.of_weights
STATISTICS = {
    "alpha": lambda rows: weighed(coefficients.alpha(rows, 1 - np.eye(3))),
    "interval": lambda rows: coefficients.interval_alpha(rows, np.array([1.0, 2.0, 4.0])),
    "ordinal": coefficients.ordinal_alpha,
    "fleiss": lambda rows: weighed(coefficients.fleiss(rows)),
    "first order": lambda rows: weighed(coefficients.first_order(rows, 3)),
    "uniform": lambda rows: weighed(coefficients.uniform(rows, 4)),
    "observed": lambda rows: weighed(coefficients.observed(rows)),
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
    by_definition = weighed(coefficients.alpha(ROWS, squared))(np.ones((1, 6)))
    assert coefficients.ordinal_alpha(ROWS)(np.ones((1, 6))) == pytest.approx(by_definition)


def test_interval_moments_equal_the_matrix_of_squared_differences():
    scores = np.array([1.0, 2.0, 4.0])
    squared = np.subtract.outer(scores, scores) ** 2
    expected = weighed(coefficients.alpha(ROWS, squared))(np.ones((1, 6)))
    found = coefficients.interval_alpha(ROWS, scores)(np.ones((1, 6)))
    assert found == pytest.approx(expected, abs=1e-12)


def test_ratio_differences_of_two_zeros_are_zero():
    assert coefficients.distances("ratio", np.array([0.0, 1.0, 3.0])).tolist() == [
        [0, 1, 1],
        [1, 0, 0.25],
        [1, 0.25, 0],
    ]


def test_sums_of_blocks_give_what_the_weights_of_their_units_give():
    block = np.array([0, 0, 2, 2, 1, 1])
    size = np.array([1.0, 2, 1, 1, 3, 1])
    times = np.array([[1.0, 1, 1], [2, 0, 1], [0, 3, 1]])
    for linear in (coefficients.alpha(ROWS, 1 - np.eye(3)), coefficients.fleiss(ROWS)):
        expected = weighed(linear)(times[:, block] * size)
        assert coefficients.of_blocks(linear, size, block, 3)(times) == pytest.approx(expected)


def test_columns_of_ratings_are_gathered_as_their_rows_are():
    generator = np.random.default_rng(4)
    codes = generator.integers(-1, 3, (4, 200))
    groups = generator.integers(0, 9, 200)
    rows = coefficients.rows_of(codes.T, 3)
    for chosen in (None, groups):
        ours, plain = coefficients.gathered(codes, 3, chosen), coefficients.counted(rows, chosen)
        for one, other in (
            (ours, plain),
            (coefficients.gathered(codes.repeat(9, 0), 3, chosen), None),
        ):
            linear = coefficients.alpha(one.rows, 1 - np.eye(3))
            value = weighed(linear)(one.spread(one.times[None, :]))
            if other is not None:
                same = coefficients.alpha(other.rows, 1 - np.eye(3))
                assert value == pytest.approx(weighed(same)(other.spread(other.times[None, :])))
            assert one.spread(one.times[None, :]).sum() == 200
