"""What links rested on here, and what a new place has of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.errors import DataError
from evalkit.synthesis.conditions import (
    CARRIES,
    CARRIES_WORDS,
    HAS,
    TRAITS,
    at_risk,
    conditions,
    traits_of,
)
from evalkit.synthesis.found import Judgement
from evalkit.synthesis.model import Contribution
from evalkit.theory.model import Link, Node, Setting, Theory

THEORY = Theory(
    purpose="",
    nodes=(
        Node("lead", "inputs", "Lead teacher with time"),
        Node("menu", "inputs", "A list of methods"),
        Node("coach", "activities", "Coaching"),
        Node("know", "outcomes", "They know"),
    ),
    links=(
        Link("lead", "coach"),
        Link("menu", "know"),
        Link("coach", "know", assumes=("schools meet often",), context="small schools"),
    ),
    works_when=(
        Setting("near each other", "trust", "know"),
        Setting("far", "lose heart", "know", holds=False),
    ),
)


def verdict(link, word):
    return Contribution(link, (), word, "", "", (), "")


def found_on(link, **more):
    made = conditions(THEORY, more.pop("verdicts", ()), **more)
    return {one.of: one for one in made if one.link == link}


def test_a_link_rests_on_boxes_before_it_its_assumptions_and_its_settings():
    here = found_on("coach -> know")
    assert [(one.kind, one.what) for one in here.values()] == [
        ("box", "Lead teacher with time"),
        ("assumption", "schools meet often"),
        ("setting", "small schools"),
        ("setting", "near each other"),
    ]


def test_a_box_is_tested_here_when_a_link_that_leaves_it_held():
    assert found_on("coach -> know")["lead"].here == "assumed here"
    held = found_on("coach -> know", verdicts=[verdict("lead -> coach", "plausible")])
    assert held["lead"].here == "tested here"
    failed = found_on("coach -> know", verdicts=[verdict("lead -> coach", "contradicted")])
    assert (failed["lead"].here, failed["lead"].carries) == ("failed here", "did not hold here")


def test_an_assumption_is_tested_here_when_somebody_judged_it():
    judged = Judgement("schools meet often", "assumption", "held", "", "Ada", "2026")
    here = found_on("coach -> know", judgements=[judged])
    assert here["assumption 1 of coach -> know"].here == "tested here"


def test_a_setting_is_tested_here_when_somebody_spoke_of_it(finding):
    said = finding("context", link="coach -> know")
    assert found_on("coach -> know", findings=[said])["know"].here == "tested here"


def test_a_place_that_lacks_staff_loses_what_rested_on_staff():
    made = conditions(THEORY, (), place={"staff": False})
    assert at_risk(made) == {
        "lead -> coach": ("Lead teacher with time",),
        "coach -> know": ("Lead teacher with time",),
    }


def test_the_id_of_a_box_says_more_than_the_trait_of_its_words():
    here = found_on("lead -> coach", place={"staff": "no", "lead": "yes"})
    assert here["lead"].there == "has it"


def test_what_is_not_said_of_the_new_place_is_assumed_there():
    held = [verdict("lead -> coach", "supported")]
    assert found_on("lead -> coach", verdicts=held)["lead"].carries == "assumed there"
    assert found_on("lead -> coach")["lead"].carries == "assumed in both"


def test_something_that_rests_on_two_traits_is_known_only_when_both_are():
    two = replace(
        THEORY,
        nodes=(replace(THEORY.nodes[0], words="Lead teacher in a cluster"), *THEORY.nodes[1:]),
    )
    assert traits_of("Lead teacher in a cluster") == ("density", "staff")
    for place, there in (
        ({"staff": True}, "not known there"),
        ({"staff": True, "density": "partly"}, "has some of it"),
        ({"staff": True, "density": True}, "has it"),
        ({"staff": True, "density": False}, "lacks it"),
    ):
        (one, *_) = conditions(two, (), place=place)
        assert one.there == there


def test_the_table_is_whole_and_each_entry_has_words():
    assert len(CARRIES) == 3 * 4
    assert {there for _, there in CARRIES} == set(HAS.values())
    assert set(CARRIES.values()) == set(CARRIES_WORDS)


def test_every_fault_of_the_place_is_told_at_once_with_the_nearest_name():
    with pytest.raises(DataError) as error:
        conditions(THEORY, (), place={"staf": True, "lead": "perhaps", "know": True})
    assert "Did you mean `staff`" in error.value.wrong
    assert "`lead: perhaps`" in error.value.wrong
    assert "`know`" in error.value.wrong


def test_losing_the_evidence_that_it_was_tested_here_never_helps_it_carry():
    order = (
        "did not hold here",
        "does not carry",
        "assumed in both",
        "assumed there",
        "may carry",
        "carries",
    )
    for there in HAS.values():
        tested, assumed = CARRIES["tested here", there], CARRIES["assumed here", there]
        assert order.index(assumed) <= order.index(tested)


def test_every_trait_is_recognised_by_the_beginnings_of_words():
    assert traits_of("A grant") == ("support",)
    assert traits_of("Misleading") == ()
    assert set(TRAITS) == {"support", "density", "staff"}
