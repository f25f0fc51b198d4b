"""Confidence in qualitative findings: proposed by rule, judged by people, both kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding.model import Agreement
from evalkit.synthesis.confidence import confidences, measured
from evalkit.synthesis.confidence_rules import (
    AGAINST,
    COMPONENTS,
    CONCERNS,
    OVERALL,
    RULES,
    STEPS,
    as_level,
    check_judgements,
    overall,
    rate,
)
from evalkit.synthesis.found import Judgement
from evalkit.synthesis.heard import Heard

GOOD = Heard(
    "a -> b",
    "works",
    "s1",
    "for",
    ("s1",),
    "north",
    "staff",
    "no",
    first_hand=True,
    words=40,
    passages=("s1:0-9",),
)
ALPHA = Agreement("alpha", 0.85, 0.7, 0.95, 30, 2, 60, code="works")


def many(count=6, **changes):
    return [
        replace(
            GOOD,
            source=f"s{i}",
            cases=(f"s{i}",),
            context="north" if i % 2 else "south",
            stance="staff" if i % 3 else "participant",
            passages=(f"s{i}:0-9",),
            **changes,
        )
        for i in range(count)
    ]


def doubt(source, says="against"):
    return replace(GOOD, code="fails", says=says, source=source, cases=(source,))


def one(said, **more):
    return next(it for it in confidences(said, **more) if it.code == "works")


def level(found, component):
    return next(it.proposed for it in found.concerns if it.component == component)


def judgement(component, word, of="works on a -> b"):
    return Judgement(of, "cerqual", word, "we spoke to few", "Ada", "2026-05-04", component)


def test_rich_first_hand_agreeing_accounts_from_several_settings_are_high():
    found = one(many(), agreement=[ALPHA])
    assert (found.proposed, found.words) == (
        "high",
        "Proposed: high confidence; no indicator raises a concern.",
    )
    assert [it.component for it in found.concerns] == list(COMPONENTS)


def test_every_rule_belongs_to_a_component_and_every_component_has_one():
    assert {rule.component for rule in RULES.values()} == set(COMPONENTS)
    assert set(measured(one(many()).indicators)) == set(RULES)
    assert set(STEPS) == set(CONCERNS)


def test_a_component_takes_its_worst_indicator_and_names_it():
    found = one(many(first_hand=None), agreement=[ALPHA])
    (concern, *_) = found.concerns
    assert (concern.proposed, concern.because) == ("moderate concern", ("first-hand",))
    assert "not recorded for 6 of 6" in concern.words
    assert found.proposed == "moderate"


def test_without_a_second_coder_agreement_is_not_known_and_that_is_a_concern():
    found = one(many())
    assert level(found, "methodological limitations") == "moderate concern"
    assert "not known" in found.concerns[0].words


def test_poor_agreement_is_no_better_than_none():
    poor = replace(ALPHA, value=0.2)
    assert rate("agreement", 0.2) == rate("agreement", -1)
    assert one(many(), agreement=[poor]).proposed == one(many()).proposed


def test_led_sources_alone_are_a_serious_concern():
    found = one(many(prompted="leading"), agreement=[ALPHA])
    assert level(found, "methodological limitations") == "serious concern"


@pytest.mark.parametrize(("cases", "expected"), [(6, 0), (4, 1), (2, 2), (1, 3)])
def test_adequacy_falls_with_the_number_of_cases(cases, expected):
    found = one(many(cases), agreement=[ALPHA])
    assert CONCERNS.index(level(found, "adequacy")) == expected


def test_those_who_say_otherwise_lower_coherence_and_are_listed():
    found = one([*many(6), doubt("x1"), doubt("x2")], agreement=[ALPHA])
    assert found.indicators.disconfirming == 2
    assert found.indicators.taking_sides == 8
    assert level(found, "coherence") == "minor concern"
    assert found.against == ("s1:0-9",)


def test_a_source_that_says_both_counts_once_among_those_who_take_sides():
    found = one([*many(4), doubt("s1")])
    assert found.indicators.taking_sides == 4
    assert level(found, "coherence") == "minor concern"


def test_what_disconfirms_depends_on_what_is_said():
    assert "context" not in AGAINST["for"]
    found = one([*many(4), doubt("x", "context")])
    assert found.indicators.disconfirming == 0


def test_the_whole_begins_at_high_and_never_averages():
    no, minor, moderate, serious = CONCERNS
    assert overall([no, no, no, no]) == "high"
    assert overall([minor, no, no, no]) == "high"
    assert overall([minor, minor, minor, no]) == "moderate"
    assert overall([no, no, no, serious]) == "low"
    assert overall([moderate, moderate, no, serious]) == "very low"


@given(st.lists(st.sampled_from(CONCERNS), min_size=4, max_size=4), st.integers(0, 3))
def test_a_graver_concern_never_raises_the_whole(levels, at):
    graver = list(levels)
    graver[at] = CONCERNS[min(CONCERNS.index(levels[at]) + 1, 3)]
    assert OVERALL.index(overall(graver)) >= OVERALL.index(overall(levels))


def test_judgements_stand_beside_the_proposal_with_their_difference():
    made = [
        judgement("adequacy", "Moderate concerns"),
        judgement("", "low confidence"),
        judgement("overall", "high"),
    ]
    found = one(many(), agreement=[ALPHA], judgements=made)
    (adequacy,) = [it for it in found.concerns if it.component == "adequacy"]
    assert adequacy.proposed == "no concern"
    assert adequacy.judged[0].difference == "2 steps less confident than proposed (no concern)"
    assert [it.difference for it in found.judged] == [
        "2 steps less confident than proposed (high)",
        "the same as proposed",
    ]
    assert found.judged[0].because == "we spoke to few"


def test_a_judgement_may_name_the_code_when_it_has_one_link_only():
    short = judgement("adequacy", "minor", of="works")
    assert one(many(), judgements=[short]).concerns[2].judged
    other = [replace(it, link="b -> c") for it in many()]
    assert not one([*many(), *other], judgements=[short]).concerns[2].judged


def test_a_level_that_is_not_on_the_scale_is_kept_and_said():
    found = one(many(), judgements=[judgement("adequacy", "so so")])
    assert "not on the scale" in found.concerns[2].judged[0].difference


@pytest.mark.parametrize(
    ("written", "scale", "meant"),
    [
        ("Moderate concerns", CONCERNS, "moderate concern"),
        ("none", CONCERNS, "no concern"),
        ("no or very minor concerns", CONCERNS, "no concern"),
        ("serious", CONCERNS, "serious concern"),
        ("Very low confidence", OVERALL, "very low"),
        ("none", OVERALL, ""),
        ("perfect", OVERALL, ""),
    ],
)
def test_people_s_words_for_a_level_are_understood(written, scale, meant):
    assert as_level(written, scale) == meant


def test_every_fault_of_the_judgements_is_told_at_once():
    wrong = [
        judgement("adequacy", "minor", of="wroks on a -> b"),
        judgement("adequasy", "minor"),
        judgement("adequacy", "hihg"),
        replace(judgement("x", "y"), scheme="assumption"),
    ]
    faults = check_judgements(wrong, ["works on a -> b", "works"])
    assert len(faults) == 3
    assert "works on a -> b" in faults[0].wrong


def test_sources_asked_are_shown_and_unknown_when_nobody_recorded_them():
    assert one(many(), asked={"a -> b": 18}).indicators.asked == 18
    assert one(many()).indicators.asked is None


# --- properties -------------------------------------------------------------------------------------

SAID = st.lists(
    st.builds(
        Heard,
        link=st.just("a -> b"),
        code=st.sampled_from(("works", "works", "fails")),
        source=st.sampled_from([f"s{i}" for i in range(8)]),
        says=st.just("for"),
        cases=st.sampled_from([("c1",), ("c2",), ("c3",), ("c1", "c4"), ("c5",)]),
        context=st.sampled_from(("", "north", "south", "east", "west")),
        stance=st.sampled_from(("", "staff", "participant")),
        prompted=st.sampled_from(("", "no", "yes", "leading")),
        first_hand=st.sampled_from((None, True, False)),
        words=st.integers(1, 60),
        passages=st.just(("x:0-1",)),
    ),
    min_size=1,
    max_size=10,
    unique_by=lambda it: (it.code, it.source),
).map(lambda said: [replace(it, says="against" if it.code == "fails" else "for") for it in said])


def proposed(said):
    found = [it for it in confidences(said, agreement=[ALPHA]) if it.code == "works"]
    return OVERALL.index(found[0].proposed) if found else len(OVERALL)


@given(SAID, st.data())
def test_confidence_never_rises_when_a_source_that_shows_it_is_taken_away(said, data):
    shows = [it for it in said if it.code == "works"]
    if shows:
        gone = data.draw(st.sampled_from(shows))
        assert proposed([it for it in said if it != gone]) >= proposed(said)


@given(SAID, st.data())
def test_confidence_never_rises_when_something_recorded_is_forgotten(said, data):
    at = data.draw(st.integers(0, len(said) - 1))
    field, blank = data.draw(
        st.sampled_from((("stance", ""), ("first_hand", None), ("context", "")))
    )
    if said[at].code == "works":
        less = [replace(it, **{field: blank}) if i == at else it for i, it in enumerate(said)]
        settings = {it.context for it in said if it.context}
        before = confidences(said, settings=settings)
        after = confidences(less, settings=settings)
        ranks = [
            OVERALL.index(next(it.proposed for it in found if it.code == "works"))
            for found in (before, after)
        ]
        assert ranks[1] >= ranks[0]


@given(SAID, st.randoms())
def test_neither_the_order_of_what_was_heard_nor_saying_it_twice_matters(said, random):
    mixed = list(said)
    random.shuffle(mixed)
    assert confidences(said) == confidences(mixed)
    assert confidences([*said, *said]) == confidences(said)
