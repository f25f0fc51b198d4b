"""Outcomes of the plan."""

from __future__ import annotations


def test_the_table_of_an_outcome_must_be_listed(spoil, only):
    spoil("{table: pupils, column: staff", "{table: pupil, column: staff")
    fault = only()
    assert fault.wrong == "The outcome `knowledge` is in a table `pupil` that is not listed."
    assert (fault.line, fault.do) == (6, "Did you mean `pupils`?")


def test_a_gap_is_made_from_an_outcome_with_a_column(spoil, checked):
    gaps = "  g: {gap_in: scroe, between: club}\n  h: {gap_in: g, between: club}\nharms_to_watch"
    spoil("harms_to_watch", gaps)
    found = [(fault.wrong, fault.do) for fault in checked() if fault.level == "fault"]
    assert found == [
        ("The gap `g` is made from `scroe`, which is no outcome.", "Did you mean `score`?"),
        (
            "The gap `h` is made from another gap, `g`.",
            "Name an outcome that has a table and a column.",
        ),
    ]


def test_there_is_one_main_outcome(spoil, only):
    spoil("0.2 SD}", "0.2 SD, main: true}")
    assert only().wrong == "2 outcomes are marked as the main one: score, knowledge."


def test_a_plan_without_a_main_outcome_is_asked_to_choose(spoil, only):
    spoil(", main: true", "")
    assert only("advice").wrong == "No outcome is marked as the main one."


def test_an_outcome_that_is_compared_needs_a_margin(spoil, only):
    spoil("smallest_change_that_matters: 2 points, ", "")
    advice = only("advice")
    assert advice.wrong == "The outcome `score` does not say which change would matter."
    assert "smallest_change_that_matters" in advice.do


def test_the_plan_may_not_split_by_what_it_promised_never_to_split_by(spoil, checked):
    spoil("    start: 2020", "    start: 2020\n    by: [club]")
    spoil("harms_to_watch", "  gap: {gap_in: score, between: club}\nharms_to_watch")
    spoil("analyses:", "small_numbers: {never_split_by: [club]}\nanalyses:")
    found = [fault for fault in checked() if fault.level == "fault"]
    assert [fault.wrong for fault in found] == [
        "The gap `gap` is split by `club`.",
        "The analysis `main` is split by `club`.",
    ]
    assert all("never_split_by" in fault.do for fault in found)
