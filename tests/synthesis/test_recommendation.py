"""Recommendations name an action, somebody, a day, and what they rest on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.synthesis.recommendation import FOOTING, Recommendation, check_recommendations, rested

ONE = Recommendation(
    "r1", "Keep half a day for the lead", "schools", "2026-09-01", ("contribution:a -> b",), line=4
)
RESULTS = ("contribution:a -> b", "contribution:b -> c", "main")


def faults(*made):
    return check_recommendations(made, RESULTS, ("Schools", "charity"))


def test_a_whole_recommendation_has_no_fault():
    assert faults(ONE) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"do": " "}, "names no action"),
        ({"who": ""}, "names nobody"),
        ({"by": ""}, "has no date"),
        ({"rests_on": ()}, "rests on nothing"),
        ({"rests_on": ("contribution:a -> d",)}, "which is no result"),
    ],
)
def test_what_is_missing_is_a_fault_on_its_line(change, says):
    (fault,) = faults(replace(ONE, **change))
    assert says in fault.wrong
    assert (fault.line, fault.level) == (4, "fault")


def test_somebody_who_is_named_nowhere_else_is_advice():
    (fault,) = faults(replace(ONE, who="school"))
    assert fault.level == "advice"
    assert "Did you mean `Schools`" in fault.wrong


def test_every_fault_is_told_at_once():
    assert len(faults(replace(ONE, do="", who="", by="", rests_on=()))) == 4


@pytest.mark.parametrize(
    ("verdicts", "footing"),
    [
        ({"contribution:a -> b": "supported"}, "firm"),
        ({"contribution:a -> b": "plausible"}, "not firm"),
        ({}, "open"),
    ],
)
def test_a_recommendation_stands_beside_the_verdicts_it_rests_on(verdicts, footing):
    (found,) = rested([ONE], verdicts)
    assert (found.footing, found.words) == (footing, FOOTING[footing])


def test_a_footing_is_firm_only_when_everything_it_rests_on_is_settled():
    two = replace(ONE, rests_on=("contribution:a -> b", "main"))
    (found,) = rested([two], {"contribution:a -> b": "supported"})
    assert found.footing == "partly firm"
