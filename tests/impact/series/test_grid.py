"""Times become positions on an even grid."""

import pandas as pd
import pytest

from evalkit.impact.series.grid import read_grid


def grid(values, start):
    made, faults = read_grid(pd.Series(values), start, "when")
    assert not faults
    return made


@pytest.mark.parametrize(
    ("values", "start", "positions", "first", "label"),
    [
        ([1, 2, 3, 5], 3, [0, 1, 2, 4], 2, "1"),
        ([2010, 2012, 2014, 2018], 2012, [0, 1, 2, 4], 1, "2010"),
        ([2010.0, 2010.25, 2010.5], 2010.5, [0, 1, 2], 2, "2010"),
        ([202011, 202012, 202101, 202102], 202101, [0, 1, 2, 3], 2, "2020-11"),
        (["2020-01-31", "2020-02-29", "2020-03-31"], "2020-03-31", [0, 1, 2], 2, "2020-01"),
        (["2020-01", "2020-02", "2020-04"], "2020-04", [0, 1, 3], 3, "2020-01"),
        (["2020-01-01", "2020-01-08", "2020-01-22"], "2020-01-22", [0, 1, 3], 3, "2020-01-01"),
        ([3, 1, 2], 2, [2, 0, 1], 1, "1"),
        ([1, 2, 3], 2.5, [0, 1, 2], 2, "1"),
    ],
)
def test_times_are_placed_with_their_gaps(values, start, positions, first, label):
    made = grid(values, start)
    assert made.position.tolist() == positions
    assert made.start == first
    assert made.labels[0] == label
    assert len(made.labels) == max(positions) + 1


@pytest.mark.parametrize(("freq", "cycle"), [("MS", 12), ("QS", 4), ("W", 52), ("D", 7), ("YS", 0)])
def test_the_cycle_is_known_from_the_dates(freq, cycle):
    dates = pd.date_range("2015-01-01", periods=40, freq=freq)
    assert grid(dates, dates[20]).cycle == cycle


def test_uneven_times_are_taken_in_order():
    made = grid([1, 2, 3, 4.5, 7.2, 9.9], 4.5)
    assert made.uneven
    assert made.position.tolist() == [0, 1, 2, 3, 4, 5]
    assert made.start == 3


def test_what_cannot_be_read_is_told():
    assert "cannot be read" in read_grid(pd.Series(["x", "y"]), 1, "when")[1][0][0]
    assert "not written like" in read_grid(pd.Series([1, 2]), "soon", "when")[1][0][0]
    assert "one time only" in read_grid(pd.Series([1, 1]), 1, "when")[1][0][0]
