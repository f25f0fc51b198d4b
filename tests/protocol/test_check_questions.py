"""Questions and what answers them."""

from __future__ import annotations

import pytest


def test_an_impact_question_without_an_analysis_is_pointed_out(spoil, only):
    spoil("analyses:", "  q2: {ask: And later?, kind: impact}\nanalyses:")
    advice = only("advice")
    assert (advice.line, advice.wrong) == (10, "The impact question `q2` has no analysis.")
    assert "contribution" in advice.do


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [("mechanism", "people to listen to"), ("delivery", "`delivery:`"), ("equity", "`gap_in:`")],
)
def test_a_question_that_nothing_answers_is_pointed_out(spoil, only, kind, remedy):
    spoil("analyses:", f"  q2: {{ask: How?, kind: {kind}}}\nanalyses:")
    advice = only("advice")
    assert advice.wrong == "Nothing in the plan answers the question `q2`."
    assert remedy in advice.do


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("mechanism", "listening: {sources: data}"),
        ("mechanism", "joining: [{question: q2, how: joint display}]"),
        ("delivery", "delivery: {dose: {table: pupils, column: club}}"),
        ("cost", "standards: [tidier]"),
    ],
)
def test_a_question_is_answered_by_what_fits_its_kind(spoil, checked, kind, answer):
    spoil("analyses:", f"  q2: {{ask: How?, kind: {kind}}}\n{answer}\nanalyses:")
    assert checked() == []


def test_only_questions_asked_and_things_named_can_be_joined(spoil, checked):
    spoil("analyses:", "joining: [{question: q9, how: x, outcome: skils}]\nanalyses:")
    found = [(fault.line, fault.wrong, fault.do) for fault in checked()]
    assert found == [
        (
            10,
            "`joining` names `skils`, which is neither an outcome nor a box.",
            "Did you mean `skills`?",
        ),
        (10, "`joining` names a question `q9` that is not asked.", "Did you mean `q1`?"),
    ]


def test_a_plan_that_names_no_harm_is_asked_for_one(spoil, only):
    spoil("harms_to_watch: [lost lessons]\n", "")
    assert only("advice").wrong == "The plan names no harm that could come of the programme."
