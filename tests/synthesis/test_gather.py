from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.coding.model import Code, Codebook, Coding, Segment
from evalkit.protocol.model import ProcessTest, Protocol
from evalkit.synthesis.found import TestFound as FoundOne
from evalkit.synthesis.gather import (
    coded_findings,
    impact_findings,
    links_of,
    prior_findings,
    process_findings,
)
from evalkit.synthesis.gather import (
    test_results as results_of,
)
from evalkit.synthesis.model import TestResult as Result
from evalkit.theory.model import Link, Prior


def test_an_estimate_speaks_to_the_link_of_its_question_that_its_outcome_ends(
    estimate, protocol, theory
):
    assert links_of(estimate(0, 1), protocol, theory) == ("b -> c",)


def test_the_links_an_analysis_names_come_first(estimate, protocol, theory):
    named = replace(protocol.analyses["main"], links=("a -> b",))
    plan = replace(protocol, analyses={**protocol.analyses, "main": named})
    assert links_of(estimate(0, 1), plan, theory) == ("a -> b",)


def test_only_planned_main_estimates_count(estimate, protocol, theory):
    all_three = [estimate(3, 9, id) for id in ("main", "close", "more")]
    found = impact_findings(all_three, protocol, theory)
    assert {one.of: one.counts for one in found} == {"main": True, "close": False, "more": False}
    explored = impact_findings(all_three, protocol, theory, exploratory=["main"])
    assert not any(one.counts for one in explored)


def test_a_planned_check_that_differs_unsettles_and_an_unplanned_one_only_cautions(
    estimate, protocol, theory
):
    both = [estimate(3, 9), estimate(-1, 2, "close")]
    planned, explored = (
        impact_findings(both, protocol, theory, exploratory=which)[0] for which in ([], ["close"])
    )
    assert (planned.state, planned.says) == ("imprecise", "unclear")
    assert (explored.state, explored.says) == ("up", "for")
    assert planned.cautions == explored.cautions == ("differs in close",)


def test_the_words_of_an_imprecise_finding_claim_no_absence_of_effect(estimate, protocol, theory):
    (one,) = impact_findings([estimate(-1, 9)], protocol, theory)
    assert one.words == "Whether Score changed because of the programme cannot be told from this."


def test_a_passage_gives_a_finding_for_each_link_of_its_code_and_explanations_do_not_count():
    codes = (
        Code("helps", "It helps", "for", ("a -> b", "b -> c")),
        Code("how", "How", "mechanism", ("a -> b",)),
        Code("other", "Other", "rival", ("b -> c",), "chance"),
    )
    book = Codebook(tuple(codes))
    passages = [Coding(Segment("s", 0, 3, "abc"), code.id, "me") for code in codes]
    found = coded_findings(passages, book)
    assert [(one.link, one.says, one.counts, one.rival) for one in found] == [
        ("a -> b", "for", True, ""),
        ("b -> c", "for", True, ""),
        ("a -> b", "mechanism", False, ""),
        ("b -> c", "rival", False, "chance"),
    ]
    assert len({one.id for one in found}) == 4


def _result(found, if_true="likely", if_false="unlikely", rival=""):
    return Result("t", "b -> c", "a sign", if_true, if_false, found, rival=rival)


@pytest.mark.parametrize(
    ("found", "if_true", "if_false", "says"),
    [
        ("yes", "likely", "unlikely", ["for"]),
        ("no", "likely", "unlikely", ["against"]),
        ("partly", "likely", "unlikely", ["mixed"]),
        ("yes", "unlikely", "likely", ["against"]),
        ("no", "unlikely", "likely", ["for"]),
        ("not looked", "likely", "unlikely", []),
        ("yes", "likely", "likely", []),
    ],
)
def test_a_sign_speaks_for_what_makes_it_likelier(found, if_true, if_false, says):
    assert [one.says for one in process_findings([_result(found, if_true, if_false)])] == says


@pytest.mark.parametrize(
    ("found", "says"), [("yes", "against"), ("no", "rival"), ("partly", "rival")]
)
def test_a_sign_that_names_a_rival_speaks_on_the_rival_as_well(found, says):
    link, rival = process_findings([_result(found, rival="chance")])
    assert (link.rival, link.counts) == ("", True)
    assert (rival.says, rival.rival, rival.counts) == (says, "chance", False)
    assert link.id != rival.id


def test_a_sign_nobody_looked_for_says_nothing_of_its_rival():
    assert process_findings([_result("not looked", rival="chance")]) == ()


def test_every_planned_test_is_listed_with_what_was_found_of_it():
    tests = [ProcessTest(id, "b -> c", "a sign", "likely", "unlikely", "chance") for id in "xy"]
    plan = Protocol(tests={test.id: test for test in tests})
    seen = FoundOne("y", "yes", "me", "2026", ("log",), "it was there")
    first, second = results_of(plan, {"y": seen})
    assert (first.found, first.evidence, first.rival) == ("not looked", (), "chance")
    assert (second.found, second.evidence, second.by) == ("yes", ("log",), "me")


def test_earlier_research_is_shown_and_never_counts():
    link = Link("a", "b", prior=(Prior("for", "It did", "Somebody 1999", "another country"),))
    (one,) = prior_findings([link])
    assert (one.says, one.counts, one.cautions) == (
        "for",
        False,
        ("from elsewhere: another country",),
    )
