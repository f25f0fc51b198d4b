"""What a table holds, and what is wrong with it as a panel."""

from __future__ import annotations

import pandas as pd
import pytest

from evalkit.data.describe import (
    attrition,
    balance,
    constant_columns,
    describe_table,
    duplicated_units,
)
from evalkit.data.read import read_table
from evalkit.errors import DataError


@pytest.fixture
def panel():
    rows = [("a", 1, 5), ("a", 2, 6), ("b", 1, 5), ("c", 1, None), ("c", 2, 7), ("d", 2, 7)]
    return pd.DataFrame(rows, columns=["unit", "year", "y"])


def test_a_unit_twice_in_a_period_is_found_with_its_lines(write):
    """The lines are those of the file, title rows and all."""
    text = "Register,,\n,,\nunit,year,n\na,1,1\nb,1,1\na,1,2\na,2,1\n"
    table = read_table(write(text), unit="unit", time="year")
    [found] = duplicated_units(table.frame, "unit", "year", table.lines)
    assert (found.unit, found.time, found.lines) == ("a", "1", (4, 6))
    assert describe_table(table).duplicates == (found,)


def test_without_a_period_a_unit_may_stand_once(panel):
    """Row numbers are used where no lines are known."""
    found = duplicated_units(panel, "unit")
    assert [(item.unit, item.lines) for item in found] == [("a", (1, 2)), ("c", (4, 5))]
    assert duplicated_units(panel, "unit", "year") == ()


def test_balance_counts_pairs_of_unit_and_period(panel):
    """Four units, two periods, six rows."""
    told = balance(panel, "unit", "year")
    assert (told.n_units, told.n_periods, told.expected, told.present) == (4, 2, 8, 6)
    assert told.n_complete == 2
    assert not told.balanced


def test_attrition_says_who_came_and_who_left(panel):
    """With an outcome, a unit without a value is not there."""
    told = attrition(panel, "unit", "year")
    assert told["present"].tolist() == [3, 3]
    assert told["joined"].tolist() == [0, 1]
    assert told["left"].tolist() == [0, 1]
    assert told["share_of_first"].tolist() == pytest.approx([1, 2 / 3])
    assert attrition(panel, "unit", "year", "y")["of_first"].tolist() == [2, 1]


def test_constant_columns_are_named():
    """A column of gaps is constant as well."""
    frame = pd.DataFrame({"a": [1, 1], "b": [1, 2], "c": [None, None], "d": ["x", None]})
    assert constant_columns(frame) == ("a", "c", "d")
    assert constant_columns(frame, ["b", "a"]) == ("a",)
    with pytest.raises(DataError, match="There is no column `e`"):
        constant_columns(frame, ["e"])


def test_the_description_follows_the_roles(write):
    """Without roles there are rows and gaps only."""
    path = write("id,year,school,n\na,2016,s,1\na,2017,s,c\nb,2016,t,2\n")
    bare = describe_table(read_table(path))
    assert (bare.n_rows, bare.n_units, bare.periods, bare.balance) == (3, 0, (), None)
    told = describe_table(read_table(path, unit="id", time="year", cluster="school"))
    assert (told.n_units, told.n_clusters, told.periods) == (2, 2, ("2016", "2017"))
    assert [(gap.column, gap.reason, gap.count) for gap in told.missing] == [("n", "suppressed", 1)]
