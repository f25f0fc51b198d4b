from __future__ import annotations

from dataclasses import replace

import pytest
import sample as samples

from evalkit.evaluation.model import TableRead
from evalkit.report.document import plain
from evalkit.report.small import about_people, check_words, shown_cells, shown_units


@pytest.mark.parametrize(
    ("unit", "people"),
    [("pupil", True), ("child_id", True), ("Families", True), ("area", False), ("school", False)],
)
def test_units_that_are_people_are_known_by_their_word(unit, people):
    assert about_people(samples.small(unit=unit), "areas") is people


def test_a_project_about_few_children_hides_counts_of_any_unit(whole):
    few = replace(whole, about=replace(whole.about, size={"children": 22}))
    assert about_people(few, "areas")


@pytest.mark.parametrize("field", ["n_units", "n_treated", "n_clusters"])
def test_where_one_side_is_small_no_count_gives_it_away(few, field):
    text = plain(shown_units(few, few.estimates[0], field))
    assert text == "fewer than 10, not shown"


def test_words_that_hold_a_hidden_count_are_hidden(few):
    estimate = few.estimates[0]
    assert "3 treated" not in plain((check_words(few, estimate, estimate.checks[0]),))


def test_enough_people_are_counted_openly():
    many = replace(samples.small(), estimates=(replace(samples.ESTIMATES[0], n_treated=60),))
    assert plain(shown_units(many, many.estimates[0], "n_treated")) == "60"


def test_cells_of_few_people_are_hidden(few, whole):
    table = TableRead("areas", "a.csv", "", 14, 3)
    assert "not shown" in plain(shown_cells(4, "x", few, table))
    assert plain(shown_cells(4, "x", whole, table)) == "4"
