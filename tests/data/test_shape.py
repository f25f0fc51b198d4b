"""Joining, new columns, keeping rows, gaps: each step is counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.data.read import read_table
from evalkit.data.shape import gap, join_tables, keep_rows, new_column
from evalkit.errors import DataError

EXTRACTS = Path(__file__).parent / "extracts"


@pytest.fixture
def pupils(write):
    return read_table(write("pupil,school,score\n1,7,5\n2,8,6\n3,9,c\n4,7,8\n", "pupils.csv"))


@pytest.fixture
def areas():
    panel = read_table(EXTRACTS / "ks2_2016_2019.csv", id="panel", unit="la_code", time="year")
    return join_tables(panel, read_table(EXTRACTS / "areas.csv", id="areas"), "la_code")


def test_many_rows_find_their_one_partner(pupils, write, gaps):
    """Rows without a partner are counted, and their gaps say so."""
    schools = read_table(write("school,town,size\n7,York,200\n8,Hull,c\n", "schools.csv"))
    table = join_tables(pupils, schools, "school")
    assert list(table.frame.columns) == ["pupil", "school", "score", "town", "size"]
    assert table.frame["town"].tolist()[::3] == ["York", "York"]
    assert gaps(table) == [
        ("score", "suppressed", "c", 1),
        ("town", "no partner in schools", "", 1),
        ("size", "no partner in schools", "", 1),
        ("size", "suppressed", "c", 1),
    ]
    assert table.why(1, "size") == "suppressed"
    assert table.changes[-1].what == "rows without a partner in schools"
    assert (table.changes[-1].count, table.changes[-1].example) == (1, "9")


def test_numbers_meet_numbers_written_as_text(pupils, write):
    """7 on one side and 007 on the other are one school."""
    schools = read_table(write("school,town\n007,York\n008,Hull\n009,Leeds\n", "schools.csv"))
    table = join_tables(pupils, schools, "school")
    assert table.frame["town"].tolist() == ["York", "Hull", "Leeds", "York"]


def test_a_key_twice_on_the_right_is_refused_with_its_lines(pupils, write):
    """Otherwise rows would multiply in silence."""
    schools = read_table(write("school,town\n7,York\n7,Hull\n", "schools.csv"))
    with pytest.raises(DataError, match=r"`school` is `7` in more than one row .*lines 2, 3"):
        join_tables(pupils, schools, "school")


def test_no_partner_at_all_is_refused(pupils, write):
    """Both ways of writing are shown."""
    schools = read_table(write("school,town\nE7,York\nE8,Hull\n", "schools.csv"))
    with pytest.raises(
        DataError, match=r"No row of `pupils` finds a partner .*`7` here, `E7` there"
    ):
        join_tables(pupils, schools, "school")


def test_a_column_in_both_tables_is_kept_from_the_left_and_said(pupils, write):
    """Nothing is overwritten unsaid."""
    schools = read_table(write("school,score\n7,1\n8,1\n9,1\n", "schools.csv"))
    table = join_tables(pupils, schools, "school")
    assert table.frame["score"].tolist()[:2] == [5, 6]
    assert table.changes[-1].what == "column stands in schools too: that of pupils is kept"


def test_a_blank_key_meets_no_blank_key(write):
    """Two unknown schools are not the same school."""
    left = read_table(write("id,school\n1,\n2,b\n", "left.csv"))
    right = read_table(write("school,town\n,Nowhere\nb,York\n", "right.csv"))
    assert join_tables(left, right, "school").frame["town"].tolist()[1:] == ["York"]
    assert join_tables(left, right, "school").frame["town"].isna().tolist() == [True, False]


def test_a_column_is_one_where_another_has_a_value(pupils):
    """Values match as a person writes them."""
    table = new_column(pupils, "in_7", "school", values=["7"])
    assert table.frame["in_7"].tolist() == [1, 0, 0, 1]
    assert table.changes[-1].count == 2


def test_a_column_made_from_a_suppressed_cell_is_missing_there(pupils):
    """A hidden value is not a no."""
    made = new_column(pupils, "high", "score", values=[8]).frame["high"]
    assert made.tolist()[:2] == [0, 0]
    assert np.isnan(made.iloc[2])
    assert made.iloc[3] == 1


def test_a_column_turns_one_when_its_time_has_come(write):
    """Blank start: never."""
    table = read_table(write("id,year,start\na,2017,2018\na,2018,2018\nb,2017,\nb,2019,\n"))
    made = new_column(table, "post", "start", reached_by="year").frame["post"]
    assert made.tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"name": "school", "column": "score", "values": [5]}, "a column `school` already"),
        ({"name": "a", "column": "scor", "values": [5]}, "Did you mean `score`"),
        ({"name": "a", "column": "school", "values": [77]}, "No row has `77`.*Did you mean `7`"),
        ({"name": "a", "column": "school"}, "needs either values or a time column"),
    ],
)
def test_new_columns_that_make_no_sense_are_refused(pupils, options, wrong):
    """Each refusal names what is nearest."""
    with pytest.raises(DataError, match=wrong):
        new_column(pupils, **options)


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ({"school": 7}, [1, 4]),
        ({"school": "7"}, [1, 4]),
        ({"school": [7, "9"]}, [1, 3, 4]),
        ({"school": "8 to 9"}, [2, 3]),
        ({"school": "8 to 9", "pupil": 3}, [3]),
    ],
)
def test_rows_are_kept_by_value_list_or_range(pupils, wanted, left):
    """A range includes both its ends."""
    table = keep_rows(pupils, wanted)
    assert table.frame["pupil"].tolist() == left
    assert table.lines.tolist() == [pupil + 1 for pupil in left]
    dropped = sum(c.count for c in table.changes if c.what.startswith("rows left out"))
    assert dropped == 4 - len(left)


def test_reasons_follow_the_rows_that_are_kept(pupils, gaps):
    """A cell dropped is no longer counted as missing."""
    assert gaps(keep_rows(pupils, {"school": 7})) == []
    assert gaps(keep_rows(pupils, {"school": 9})) == [("score", "suppressed", "c", 1)]


@pytest.mark.parametrize(
    ("wanted", "wrong"),
    [
        ({"scool": 7}, "Did you mean `school`"),
        ({"school": 70}, "No row has `70` in column `school`"),
        ({"school": "10 to 20"}, "No row of `pupils` meets all of: school"),
        ({"school": 8, "pupil": 1}, "meets all of: school, pupil"),
    ],
)
def test_conditions_that_leave_nothing_are_refused(pupils, wanted, wrong):
    """An empty table is never handed on."""
    with pytest.raises(DataError, match=wrong):
        keep_rows(pupils, wanted)


def test_words_with_to_in_them_are_values_where_they_stand(write):
    """`5 to 11` may be the name of an age group."""
    table = read_table(write("id,ages\na,5 to 11\nb,11 to 16\n"))
    assert keep_rows(table, {"ages": "5 to 11"}).frame["id"].tolist() == ["a"]


def test_a_gap_is_one_column_less_another():
    """The frame given is not changed."""
    frame = pd.DataFrame({"others": [70.0, 60.0], "poor": [51.0, np.nan], "name": ["a", "b"]})
    made = gap(frame, "others", "poor", "gap")
    assert made["gap"].tolist()[0] == 19
    assert made["gap"].isna().tolist() == [False, True]
    assert "gap" not in frame
    with pytest.raises(DataError, match="`name` holds words"):
        gap(frame, "others", "name")


def test_the_opportunity_areas_come_out_as_published_checks_say(areas):
    """Two-way fixed effects on the shaped table: 2.357, from 508 rows of 127 authorities.

    Source: README of the case's data (recomputed there with linearmodels).
    """
    table = new_column(areas, "post", "first_full_academic_year", reached_by="year")
    table = keep_rows(
        table,
        {"oa_status": ["none", "full"], "north_east_one_2018": 0, "boundary_change": 0},
    )
    frame = table.frame.dropna(subset=["ks2_rwm_exp"])
    assert (len(frame), frame["la_code"].nunique()) == (508, 127)
    assert two_way(frame, "ks2_rwm_exp") == pytest.approx(2.357, abs=5e-4)


def two_way(frame, outcome):
    """Return the coefficient of `post` with dummies for units and years."""
    units = pd.get_dummies(frame["la_code"], dtype=float)
    years = pd.get_dummies(frame["year"], dtype=float, drop_first=True)
    design = np.column_stack([frame["post"], units, years])
    return np.linalg.lstsq(design, frame[outcome].to_numpy(), rcond=None)[0][0]
