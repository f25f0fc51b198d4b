"""Analyses of the plan."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("old", "new", "wrong", "do"),
    [
        (
            "question: q1",
            "question: q7",
            "The analysis `main` answers a question `q7` not asked.",
            "Did you mean `q1`?",
        ),
        (
            "design: difference_in_differences",
            "design: diference_in_diferences",
            "The analysis `main` has an unknown design `diference_in_diferences`.",
            "Did you mean `difference_in_differences`?",
        ),
        (
            "outcome: score",
            "outcome: scores",
            "The analysis `main` has an outcome `scores` that is not listed.",
            "Did you mean `score`?",
        ),
        (
            "treated: club",
            "treatde: club",
            "The design `difference_in_differences` has no option `treatde`.",
            "Did you mean `treated`?",
        ),
        (
            "    start: 2020",
            "    start: 2020\n    becuase: x",
            "The design `difference_in_differences` has no option `becuase`.",
            "Did you mean `because`?",
        ),
        (
            "    start: 2020",
            "    start: 2020\n    table: pupil",
            "The analysis `main` reads a table `pupil` that is not listed.",
            "Did you mean `pupils`?",
        ),
        (
            "    start: 2020",
            "    start: 2020\n    checks: main",
            "The analysis `main` checks `main`, which is no other one.",
            "There are no analyses yet: add it.",
        ),
    ],
)
def test_a_wrong_name_is_a_fault_with_the_nearest_right_one(spoil, only, old, new, wrong, do):
    spoil(old, new)
    fault = only()
    assert (fault.wrong, fault.do) == (wrong, do)
    assert fault.line > 10


def test_an_analysis_needs_an_outcome(spoil, only):
    spoil("    outcome: score\n", "")
    assert only().wrong == "The analysis `main` has no outcome."


def test_a_design_that_is_known_but_not_built_yet_is_no_fault(spoil, checked):
    spoil("design: difference_in_differences", "design: synthetic_control")
    [advice] = checked()
    assert advice.level == "advice"
    assert advice.wrong == "This version cannot run the design `synthetic_control` of `main` yet."
    assert advice.do == "It stays in the plan and is shown as not run."


def test_what_a_design_needs_may_come_from_the_roles_of_the_table(spoil, checked):
    needed = {"difference_in_differences": frozenset({"outcome", "time", "unit", "treated"})}
    assert checked(needed=needed) == []
    spoil(", time: year", "")
    spoil("treated: club", "cluster: club")
    found = [(fault.wrong, fault.do) for fault in checked(needed=needed)]
    assert found == [
        (
            "The design `difference_in_differences` of `main` needs `time`.",
            "Add `time:`, here or as `time:` of its table.",
        ),
        ("The design `difference_in_differences` of `main` needs `treated`.", "Add `treated:`."),
    ]


def test_few_clusters_call_for_a_plan(spoil, only, checked):
    spoil("time: year}", "time: year, cluster: club}")
    advice = only("advice", count_of=lambda _table, column: {"club": 6}[column])
    assert advice.wrong == "The analysis `main` has only 6 clusters (`club`)."
    assert "few_units_plan" in advice.do
    assert checked(count_of=lambda *_: 40) == []
    spoil("analyses:", "few_units_plan: permutation\nanalyses:")
    assert checked(count_of=lambda *_: 6) == []


def test_a_step_of_the_theory_held_constant_is_pointed_out(spoil, only):
    spoil("covariates: [age]", "covariates: [age, staff]")
    advice = only("advice")
    assert advice.wrong == (
        "The analysis `main` holds `staff` constant, but it measures `know`, a step through "
        "which the programme is meant to work."
    )
    assert advice.line == 17
