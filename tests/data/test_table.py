"""Tables with roles, and why their cells are missing."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from evalkit.data.read import read_table
from evalkit.data.simulate import simulate_table
from evalkit.data.table import Changed, need_column
from evalkit.errors import DataError


def test_a_table_cannot_be_changed():
    """What was read stays as it was read."""
    with pytest.raises(FrozenInstanceError):
        simulate_table().id = "other"
    with pytest.raises(FrozenInstanceError):
        Changed("a", "b", 1).count = 2


def test_each_missing_cell_says_why(write):
    """Blank, suppressed and present cells of one column."""
    table = read_table(write("id,n\na,\nb,c\nd,5\n"))
    assert [table.why(row, "n") for row in range(3)] == ["blank", "suppressed", ""]


def test_an_unknown_column_names_the_nearest():
    """The remedy lists the columns there are."""
    with pytest.raises(DataError, match="Did you mean `year`") as caught:
        need_column(["la_code", "year"], "yaer")
    assert "la_code, year" in caught.value.do
