"""Small numbers are hidden, and cannot be worked out from what is left."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.data.disclosure import Suppressed, suppress, suppress_table
from evalkit.errors import DataError


def test_counts_below_the_threshold_are_hidden_with_the_reason():
    """Ten is shown, nine is not, nor is nought unless asked for."""
    assert suppress(10) == 10
    assert suppress(9) == Suppressed("fewer than 10 people")
    assert suppress(0) == Suppressed("fewer than 10 people")
    assert suppress(0, show_zero=True) == 0
    assert suppress(4, threshold=5) == Suppressed("fewer than 5 people")
    assert str(suppress(1)) == "[c]"
    with pytest.raises(DataError, match="A count cannot be -1"):
        suppress(-1)


def test_one_small_cell_takes_others_with_it():
    """With one cell hidden, its row total gives it away; so more are hidden."""
    counts = pd.DataFrame({"boys": [30, 41], "girls": [3, 52]}, index=["north", "south"])
    safe = suppress_table(counts)
    assert isinstance(safe.counts.loc["north", "girls"], Suppressed)
    assert safe.n_small == 1
    assert safe.n_secondary == 3
    assert safe.counts.loc["Total"].tolist() == [71, 55, 126]
    assert safe.words == "[c]: fewer than 10 people, or would let such a number be worked out."


def test_all_hidden_cells_carry_one_reason():
    """A reason of their own would show which cells are the small ones."""
    safe = suppress_table(pd.DataFrame({"a": [30, 41, 20], "b": [3, 52, 25]}))
    cells = [cell for cell in safe.counts.to_numpy().ravel() if isinstance(cell, Suppressed)]
    assert len(cells) > 1
    assert len({cell.reason for cell in cells}) == 1


def test_a_table_without_small_numbers_is_shown_whole():
    """Nothing is hidden for nothing."""
    safe = suppress_table(pd.DataFrame({"a": [30, 41], "b": [13, 52]}))
    assert safe.counts.to_numpy().tolist() == [[30, 13, 43], [41, 52, 93], [71, 65, 136]]
    assert (safe.n_small, safe.n_secondary, safe.words) == (0, 0, "")


def test_a_list_of_counts_hides_a_second_one():
    """In a one-way table the total gives a single hidden cell away."""
    safe = suppress_table(pd.DataFrame({"pupils": [40, 3, 25]}, index=["a", "b", "c"]))
    assert [str(cell) for cell in safe.counts["pupils"]] == ["40", "[c]", "[c]", "68"]


def test_a_small_total_is_hidden_as_well():
    """A total is a count of people too."""
    safe = suppress_table(pd.DataFrame({"a": [2, 40, 30], "b": [3, 35, 22]}))
    assert isinstance(safe.counts.iloc[0, 2], Suppressed)


@pytest.mark.parametrize("values", [[[1.5]], [[-1]], [[np.nan]], [[]]])
def test_only_counts_are_taken(values):
    """Means and gaps are no counts."""
    with pytest.raises(DataError, match="whole numbers from 0"):
        suppress_table(pd.DataFrame(values))


def possible(safe, most):
    """Return, by brute force, every value each hidden inner cell of a 2 x 2 table can take."""
    shown = [
        [None if isinstance(c, Suppressed) else c for c in row] for row in safe.counts.to_numpy()
    ]
    a, b, c, d = np.indices((most, most, most, most), dtype=np.int16).reshape(4, -1)
    table = [[a, b, a + b], [c, d, c + d], [a + c, b + d, a + b + c + d]]
    fits = np.ones(a.shape, dtype=bool)
    for seen, values in zip(itertools.chain(*shown), itertools.chain(*table), strict=True):
        if seen is not None:
            fits &= values == seen
    return {(row, column): table[row][column][fits] for row in range(2) for column in range(2)}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=4, max_size=4))
def test_an_attacker_who_tries_everything_never_finds_a_small_count(cells):
    """Brute force over all tables of whole numbers, by code of its own, with threshold 4."""
    counts = pd.DataFrame(np.array(cells).reshape(2, 2))
    found = possible(suppress_table(counts, threshold=4), 27)
    for (row, column), values in found.items():
        if counts.iloc[row, column] < 4:
            assert values.max() - values.min() >= 4


def test_larger_tables_are_protected_too():
    """Six by four with a tenth of small cells: at most half is hidden, nothing leaks."""
    random = np.random.default_rng(4)
    counts = pd.DataFrame(random.poisson(40, (6, 4)))
    counts.iloc[1, 2], counts.iloc[4, 0] = 3, 7
    safe = suppress_table(counts)
    assert safe.n_small == 2
    assert 2 <= safe.n_secondary <= 8
    for row in (1, 4):
        assert sum(isinstance(cell, Suppressed) for cell in safe.counts.iloc[row]) >= 2
