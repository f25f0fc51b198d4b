"""Predictors in every form a protocol may write them."""

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.synthetic.predictors import (
    Places,
    Predictor,
    predictor_columns,
    read_predictors,
    values_of,
)

ONE = Predictor("beer", 1984, 1988)
FORMS = {
    "a column": ("beer", [Predictor("beer")]),
    "a list of columns": (["beer", "wine"], [Predictor("beer"), Predictor("wine")]),
    "a column and its periods": ({"beer": [1984, 1988]}, [ONE]),
    "one period": ({"beer": 1984}, [Predictor("beer", 1984, 1984)]),
    "a mapping of several": ({"beer": [1984, 1988], "wine": None}, [ONE, Predictor("wine")]),
    "in full": ([{"column": "beer", "over": [1984, 1988], "how": "mean"}], [ONE]),
    "in full without periods": ([{"column": "beer", "how": "sum"}], [Predictor("beer", how="sum")]),
    "a triple": ([("beer", [1984, 1988], "median")], [Predictor("beer", 1984, 1988, "median")]),
    "a range": ([("beer", range(1984, 1989))], [ONE]),
    "a past outcome": ({"outcome": 1975}, [Predictor("sales", 1975, 1975)]),
    "past outcomes": (
        [{"outcome": [1975, 1980, 1988]}],
        [Predictor("sales", year, year) for year in (1975, 1980, 1988)],
    ),
    "the outcome's mean": (["sales", {"outcome": None}], [Predictor("sales")]),
    "nothing": (None, []),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read(form):
    given, wanted = FORMS[form]
    made, faults = read_predictors(given, "sales")
    assert not faults
    assert list(made) == wanted


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ([3], "cannot be read"),
        ([{}], "cannot be read"),
        ([{"column": "beer", "from": 3}], "no key `from`"),
        ([{"beer": [1, 2, 3]}], "not a first and a last"),
        ([{"column": "beer", "how": "avg"}], "`how: avg` is unknown"),
    ],
)
def test_what_cannot_be_read_is_said_with_a_remedy(given, word):
    faults = read_predictors(given, "sales")[1]
    assert word in faults[0][0]
    assert "Write" in faults[0][1]


def test_columns_are_named_once():
    given = ["beer", {"outcome": [1, 2]}, {"beer": 3}]
    assert predictor_columns(given, "sales") == ("beer", "sales")


def test_labels_say_what_was_joined():
    assert Predictor("beer").label == "beer"
    assert Predictor("beer", how="sum").label == "beer, sum"
    assert ONE.label == "beer 1984 to 1988"
    assert Predictor("beer", 1984, 1984).label == "beer 1984"
    assert Predictor("beer", 1984, 1988, "last").label == "beer 1984 to 1988, last"


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "place": ["b", "b", "b", "a", "a", "a"],
            "year": [2, 1, 3, 1, 2, 3],
            "beer": [4.0, 2.0, 9.0, 1.0, np.nan, 7.0],
        }
    )


PLACES = Places("place", "year", 3, float)


def test_values_are_joined_over_periods_before_the_start(frame):
    wanted = [
        Predictor("beer"),
        Predictor("beer", how="last"),
        Predictor("beer", how="sum"),
        Predictor("beer", 2, 2),
    ]
    made, faults = values_of(frame, wanted, PLACES, ["a", "b", "c"])
    assert not faults
    nan = np.nan
    np.testing.assert_array_equal(made, [[1, 3, nan], [1, 4, nan], [1, 6, nan], [nan, 4, nan]])


def test_periods_after_the_start_and_periods_that_are_not_there_are_refused(frame):
    late = values_of(frame, [Predictor("beer", 1, 3)], PLACES, ["a"])[1]
    assert "reaches into the time after the start" in late[0][0]
    empty = values_of(frame, [Predictor("beer", -5, -4)], PLACES, ["a"])[1]
    assert "No row lies" in empty[0][0]
    odd = values_of(frame, [Predictor("beer", "x", "y")], PLACES, ["a"])[1]
    assert "not like those of `year`" in odd[0][0]
    unknown = values_of(frame, [Predictor("ber")], PLACES, ["a"])[1]
    assert "Did you mean `beer`?" in unknown[0][0]
