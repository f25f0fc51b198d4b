"""Which row is the header, and what stands around the table."""

from __future__ import annotations

import pytest

from evalkit.data.read import columns_of, read_table
from evalkit.errors import DataError


def test_a_row_too_long_is_refused_with_its_line(write):
    """A cell that would fall off the end stops the reading."""
    with pytest.raises(DataError, match=r"table\.csv:3: This row has 4 cells"):
        read_table(write("id,n,m\na,1,2\nb,1,2,3\n"))


def test_a_row_too_short_is_filled_and_said(write, said, gaps):
    """Short rows are common in exports; they are filled with blanks."""
    table = read_table(write("id,n,m\na,1,2\nb,1\nc\n"))
    assert ("", "rows shorter than the header, filled up with blanks", 2) in said(table)
    assert gaps(table) == [("n", "blank", "", 1), ("m", "blank", "", 2)]


def test_titles_notes_and_blank_rows_are_left_out_and_said(write, said):
    """What stands above and below the table is not data."""
    text = "Attendance report,,\n\nid,n,m\na,1,2\n\nb,3,4\n\nSource: the school office,,\n"
    table = read_table(write(text))
    assert list(table.frame["id"]) == ["a", "b"]
    assert list(table.lines) == [4, 6]
    assert said(table) == [
        ("", "rows above the header left out", 1),
        ("", "blank rows left out", 1),
        ("", "rows of notes below the data left out", 1),
    ]


def test_a_last_person_without_answers_is_no_note(write):
    """A row with only an identifier stays."""
    table = read_table(write("id,n,m\na,1,2\nb7,,\n"))
    assert list(table.frame["id"]) == ["a", "b7"]


def test_names_are_evened_out_given_and_never_doubled(write):
    """Blank names are given, spaces evened, doubles refused."""
    table = read_table(write(",first  name ,n,\n1,Ann,2,\n2,Bob,3,\n"))
    assert list(table.frame.columns) == ["column_1", "first name", "n"]
    assert [change.count for change in table.changes] == [1, 1, 1]
    with pytest.raises(DataError, match=r"Two columns are named `n` \(columns 2 and 3\)"):
        read_table(write("id,n,n\na,1,2\n"))


def test_numbers_in_place_of_names_are_refused_but_years_are_not(write):
    """A wide table may be headed by years."""
    with pytest.raises(DataError, match="holds numbers"):
        read_table(write("1,2.5,3\n4,5,6\n"))
    assert columns_of(write("area,2016,2017\nx,1,2\n")) == ("area", "2016", "2017")
