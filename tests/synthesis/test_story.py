"""The contribution story, made from the record."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.synthesis.contribution import ORDER, contributions
from evalkit.synthesis.delivery import Delivered
from evalkit.synthesis.finding import QUANT_STATES, Finding
from evalkit.synthesis.found import Judgement
from evalkit.synthesis.gather import process_findings
from evalkit.synthesis.joint import joint_display
from evalkit.synthesis.model import TestResult as Result
from evalkit.synthesis.story import (
    CHAIN_CAUTION,
    CHANGE_WORDS,
    STEPS,
    STORY_WORDS,
    Material,
    story,
)
from evalkit.synthesis.traced import trace_links
from evalkit.theory.model import Link, Node, Prior, Rival, Theory

THEORY = Theory(
    purpose="",
    nodes=(
        Node("a", "activities", "Coaching"),
        Node("b", "early_outcomes", "Knowing"),
        Node("c", "outcomes", "Skills", ("score",)),
    ),
    links=(
        Link("a", "b", because="they try it", assumes=("leads have time",)),
        Link("b", "c", prior=(Prior("for", "A trial found it", "Smith 2010", "another country"),)),
    ),
    rivals=(Rival("chance", "It would have come by itself", links=("b -> c",)),),
)


def said(says, link="b -> c", strand="coded", n=1, state="", rival=""):
    of = f"coding:text{n}:0-9:code:me" if strand == "coded" else f"{strand}:{n}"
    return Finding(
        f"finding:{of}:{link}:{says}", link, strand, says, state or says, "", of, rival=rival
    )


def told(findings=(), tests=(), **more):
    every = (*findings, *process_findings(tests))
    rows = joint_display(every, [link.id for link in THEORY.links], ())
    made = Material(
        theory=THEORY,
        joint=rows,
        findings=every,
        contributions=contributions(THEORY, rows, every),
        traces=trace_links(tests, THEORY),
        **more,
    )
    return story(made)


def step(found, id):
    return next(one for one in found.steps if one.id == id)


UP = said("for", strand="impact", state="up")


def test_there_are_six_steps_in_order_a_claim_a_link_and_a_claim_a_pathway():
    found = told()
    assert [one.id for one in found.steps] == list(STEPS)
    assert [one.link for one in found.claims] == ["a -> b", "b -> c"]
    assert [one.pathway for one in found.pathways] == [("a", "b", "c")]


def test_the_tables_have_words_for_every_verdict_and_state():
    assert set(STORY_WORDS) == set(ORDER)
    assert set(CHANGE_WORDS) == set(QUANT_STATES)


def test_a_claim_brings_change_rivals_assumptions_delivery_and_earlier_research_together():
    short = Delivered("dose", "t", "c", "", 1.0, 5, 0, 1, 0.2, 0.2, 0.2, (), "not as planned", "")
    found = told([UP, said("for")], delivery=[short])
    first, second = found.claims
    assert second.change_words == CHANGE_WORDS["up"]
    assert [(it.id, it.state, it.best_case) for it in second.rivals] == [
        ("chance", "standing", None)
    ]
    assert second.delivery == (("dose", "not as planned"),)
    assert (second.prior[0].source, second.prior[0].distance) == ("Smith 2010", "another country")
    assert first.assumptions[0].state == "not known"
    assert first.sentence == "Whether “Coaching” led to “Knowing” was not tested."


def test_the_range_of_a_link_and_the_best_case_of_its_rival_come_from_its_signs():
    test = Result(
        "t", "b -> c", "a sign", "almost certain", "unlikely", "yes", ("ann:0-9",), rival="chance"
    )
    claim = told(tests=[test]).claims[1]
    assert claim.range.low > 0.5
    assert claim.prior_range[0] < claim.range.low
    assert 0 < claim.rivals[0].best_case < 0.5
    assert claim.rivals[0].state == "ruled out"


def test_where_nobody_looked_there_is_no_range():
    test = Result("t", "b -> c", "a sign", "likely", "unlikely", "not looked")
    claim = told(tests=[test]).claims[1]
    assert (claim.range, claim.prior_range) == (None, None)


def test_a_pathway_is_its_weakest_link_with_the_caution_and_what_was_not_checked():
    judged = Judgement("leads have time", "assumption", "not held", "", "Ada", "2026")
    path = told([UP, said("for")], judgements=[judged]).pathways[0]
    assert (path.verdict, path.weakest, path.caution) == ("not tested", "a -> b", CHAIN_CAUTION)
    assert path.assumptions_not_held == ("assumption 1 of a -> b",)
    assert path.rivals == ("chance",)


def test_what_was_challenged_names_doubts_rivals_and_assumptions_that_failed():
    judged = Judgement("leads have time", "assumption", "not held", "", "Ada", "2026")
    words = " ".join(step(told([said("against")], judgements=[judged]), "challenged").words)
    assert "It would have come by itself" in words
    assert "leads have time" in words


def test_what_was_strengthened_names_the_strong_and_what_the_weak_need():
    made = step(told([UP, said("for")]), "strengthened")
    assert "It is plausible that “Knowing” led to “Skills”" in made.words[0]
    assert made.words[1].startswith("For a -> b: A measure of the end of this link")
    assert "1 assumption was never checked." in made.words[-1]


def test_evidence_is_counted_by_what_it_rests_on_so_that_a_passage_on_two_links_counts_once():
    both = [said("for"), replace(said("for", "a -> b"), of=said("for").of)]
    assert "1 coded passage." in step(told(both), "evidence").words


def test_a_plan_without_a_question_says_so():
    assert step(told(), "question").words == (
        "The plan asks no question of impact or contribution.",
    )
    asked = step(told(questions={"q1": "Did it work?"}), "question")
    assert (asked.words, asked.of) == (("Did it work?",), ("question:q1",))


@pytest.mark.parametrize("says", ["for", "against", "nil", "mixed"])
def test_no_share_of_contribution_is_ever_given(says):
    assert not re.search(r"%|per cent|percent", repr(told([UP, said(says)])))


FINDINGS = st.lists(
    st.builds(
        said,
        st.sampled_from(("for", "against", "nil", "mixed")),
        st.sampled_from(("a -> b", "b -> c")),
        n=st.integers(1, 4),
    ),
    max_size=6,
    unique_by=lambda it: it.id,
)


@given(FINDINGS, st.data())
def test_no_claim_improves_when_evidence_for_it_is_taken_away(findings, data):
    fors = [it for it in findings if it.says == "for"]
    if fors:
        gone = data.draw(st.sampled_from(fors))
        before = told([UP, *findings])
        after = told([UP, *(it for it in findings if it != gone)])
        weak = ("contradicted", "not tested", "not shown", "mixed", "plausible", "supported")
        for one, other in zip(before.claims, after.claims, strict=True):
            assert weak.index(other.verdict) <= weak.index(one.verdict)


@given(FINDINGS, st.randoms())
def test_the_order_of_evidence_does_not_change_a_claim(findings, random):
    mixed = list(findings)
    random.shuffle(mixed)
    one, other = told(findings), told(mixed)
    assert [it.verdict for it in one.claims] == [it.verdict for it in other.claims]
    assert [it.words for it in one.steps] == [it.words for it in other.steps]


@given(FINDINGS, st.data())
def test_saying_the_same_again_in_one_source_changes_no_claim(findings, data):
    if findings:
        one = data.draw(st.sampled_from(findings))
        again = replace(one, id=f"{one.id}:again", of=one.of.replace("0-9", "10-19"))
        before, after = told([UP, *findings]), told([UP, *findings, again])
        assert [it.verdict for it in after.claims] == [it.verdict for it in before.claims]
