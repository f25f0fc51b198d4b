from __future__ import annotations

import pytest

from evalkit.report.decision import decide
from evalkit.report.document import plain
from evalkit.report.figures.forest import forest, forest_data, forest_title


def test_effects_are_in_multiples_of_their_own_smallest_change(whole):
    rows = {row.label: row for row in forest_data(decide(whole), whole.protocol).rows}
    assert rows["Reading and writing at age 11"].value == pytest.approx(2.357 / 1.5)
    assert rows["Exams at age 16"].high == pytest.approx(1.8 / 2)


def test_where_higher_is_worse_the_side_is_turned(whole):
    rows = {row.label: row for row in forest_data(decide(whole), whole.protocol).rows}
    harm = rows["Suspensions"]
    assert (harm.low, harm.value, harm.high) == pytest.approx((-4.2, -2.16, -0.1))
    assert harm.look == "down"


def test_what_has_no_place_on_the_scale_is_left_out_and_said(whole):
    data = forest_data(decide(whole), whole.protocol)
    assert [one.estimate.id for one in data.left_out] == ["moves"]
    assert "Pupils who move school" in plain(forest(decide(whole), whole.protocol).note)


def test_the_title_says_what_came_out(whole):
    assert plain(forest_title(decide(whole), whole.protocol)) == (
        "Suspensions came out worse; Exams at age 16 changed by too little to matter; for the other "
        "outcomes the data cannot tell."
    )


def test_the_twin_holds_every_estimate(whole):
    assert len(forest(decide(whole), whole.protocol).twin.rows) == len(whole.estimates)


def test_without_estimates_there_is_no_picture(whole):
    assert forest((), whole.protocol) is None
