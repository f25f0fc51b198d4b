"""Rows are complete, coded in sorted order, and refused with every reason."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.bayes.rows import Columns, read_rows

COLUMNS = Columns("score", "site", "on", time="year")


def test_codes_do_not_depend_on_the_order_of_rows(panel):
    """Shuffled rows give the same sites and times, sorted."""
    rows, faults = read_rows(panel.sample(frac=1, random_state=0), COLUMNS)
    assert faults == []
    assert rows.sites == tuple(sorted(panel["site"].unique()))
    assert rows.times == ("2015", "2016", "2017", "2018", "2019", "2020")


def test_rows_with_something_missing_are_dropped_and_counted(panel):
    """A missing outcome or site takes its row out."""
    panel.loc[3, "score"] = np.nan
    panel.loc[9, "site"] = None
    rows, _ = read_rows(panel, COLUMNS)
    assert rows.dropped == 2
    assert len(rows.y) == len(panel) - 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"site": "one"}, "one site only (`one`)"),
        ({"on": 0}, "Every row is untreated"),
        ({"on": 2}, "must be 0 or 1"),
        ({"score": 5.0}, "is the same (5) in every row"),
        ({"score": "good"}, "not numbers"),
        ({"score": np.nan}, "holds no values at all"),
    ],
)
def test_data_that_cannot_be_used_are_refused(panel, change, words):
    """Each fault names the column or the site and has a remedy."""
    _, faults = read_rows(panel.assign(**change), COLUMNS)
    assert any(words in wrong for wrong, _ in faults)
    assert all(remedy for _, remedy in faults)


def test_an_unknown_column_is_named_with_the_nearest(panel):
    """`scor` is met with `score`."""
    _, faults = read_rows(panel, Columns("scor", "site", "on"))
    assert "Did you mean `score`" in faults[0][0]


def test_an_empty_frame_is_said_to_be_empty(panel):
    """No rows at all is its own message."""
    _, faults = read_rows(panel.iloc[:0], COLUMNS)
    assert faults[0][0] == "The data have no rows."


def test_weights_must_be_above_zero(panel):
    """A weight of zero is refused."""
    frame = panel.assign(w=np.where(panel.index == 0, 0.0, 1.0))
    _, faults = read_rows(frame, Columns("score", "site", "on", weights="w"))
    assert "zero or below" in faults[0][0]


def test_labels_read_as_a_person_would_write_them():
    """Years read as floats lose their point, dates their midnight."""
    frame = pd.DataFrame({"score": [1.0, 2, 3, 4], "on": [0, 1, 0, 1], "site": [1.0, 1, 2, 2]})
    frame["year"] = pd.to_datetime(["2019-01-01", "2020-01-01"] * 2)
    rows, _ = read_rows(frame, COLUMNS)
    assert rows.sites == ("1", "2")
    assert rows.times == ("2019-01-01", "2020-01-01")
