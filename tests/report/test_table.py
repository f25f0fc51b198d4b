from __future__ import annotations

import sample as samples

from evalkit.report.document import Number, plain
from evalkit.report.table import frame_table


def bayes():
    return next(one for one in samples.ESTIMATES if one.id == "read_bayes")


def test_every_cell_has_the_id_of_its_place():
    table = frame_table(samples.ESTIMATES[0], "event_study", caption=("c",))
    cell = table.rows[2][2][0]
    assert isinstance(cell, Number)
    assert cell.result == "estimates/read#table.event_study[2].estimate"


def test_years_are_not_written_with_a_comma():
    table = frame_table(samples.ESTIMATES[0], "event_study", caption=("c",))
    assert plain(table.rows[0][0]) == "2016"


def test_values_of_one_table_share_their_places():
    table = frame_table(bayes(), "sites", caption=("c",))
    assert [plain(cell) for cell in table.rows[0][1:5]] == ["2.40", "0.90", "4.00", "2.60"]


def test_diagnostics_and_chances_have_their_own_form():
    table = frame_table(bayes(), "posterior", caption=("c",))
    heads = [plain(column.head) for column in table.columns]
    row = dict(zip(heads, map(plain, table.rows[0]), strict=True))
    assert row["R-hat"] == "1.001"
    assert row["Chance above nought"] == "more than 99%"


def test_what_is_missing_is_a_dash():
    table = frame_table(bayes(), "sites", caption=("c",))
    assert plain(table.rows[4][5]) == "\u2013"


def test_a_table_that_is_not_there_says_so():
    table = frame_table(samples.ESTIMATES[0], "none", caption=("c",), empty="Nothing.")
    assert (table.rows, table.empty) == ((), "Nothing.")


def test_columns_can_be_left_out():
    table = frame_table(bayes(), "sites", caption=("c",), leave_out=("shrinkage",))
    assert "Drawn towards the mean by" not in [plain(column.head) for column in table.columns]
