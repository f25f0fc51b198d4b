"""Values of columns meet values that a person wrote."""

from __future__ import annotations

import pandas as pd
import pytest

from evalkit.data.match import as_number, as_words, known_words, numbers_of, words_of
from evalkit.data.read import read_table
from evalkit.data.shape import keep_rows
from evalkit.errors import DataError


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (201.0, "201"),
        (0.5, "0.5"),
        (True, "1"),
        (" York ", "York"),
        ("007", "007"),
        (pd.Timestamp("2024-03-04"), "2024-03-04"),
        (pd.Timestamp("2024-03-04 09:30"), "2024-03-04 09:30:00"),
    ],
)
def test_values_are_written_as_a_person_would(value, words):
    """No stray .0, no midnight."""
    assert as_words(value) == words


def test_missing_values_are_no_words():
    """They never match anything."""
    assert words_of(pd.Series([1.0, None])).tolist() == ["1", ""]


def test_dates_count_as_days():
    """So that ranges of dates work like ranges of years."""
    assert as_number("1970-01-03") == 2
    assert as_number(pd.Timestamp("1970-01-03")) == 2
    assert as_number("soon") is None
    assert as_number(None) is None


def test_a_range_of_dates_keeps_both_ends(write):
    """Dates of the file and dates of the plan are compared as days."""
    table = read_table(write("id,day\na,2024-03-01\nb,2024-03-02\nc,2024-03-05\n"))
    kept = keep_rows(table, {"day": "2024-03-01 to 2024-03-02"})
    assert kept.frame["id"].tolist() == ["a", "b"]


def test_words_where_numbers_are_needed_are_refused():
    """With the word itself."""
    with pytest.raises(DataError, match="holds `soon`, which is neither a number nor a date"):
        numbers_of(pd.Series(["2016", "soon"]), "year")


def test_a_value_that_never_occurs_names_the_nearest():
    """The values there are stand in the remedy."""
    with pytest.raises(DataError, match="Did you mean `full`") as caught:
        known_words(pd.Series(["full", "none", ""]), ["ful"], "status")
    assert caught.value.do == "It holds: full, none."
