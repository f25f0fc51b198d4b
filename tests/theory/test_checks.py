"""Advice on a theory under the ten headings of Davies (2012)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.theory.checks import HEADINGS, SOURCE, check_covariates, check_theory
from evalkit.theory.model import Change, Rival, Shaper, Theory

BOXES = {
    "a": "activities",
    "b": "activities",
    "e": "early_outcomes",
    "o": "outcomes",
    "i": "impact",
}


def under(heading: str, theory: Theory, **options):
    return [each.wrong for each in check_theory(theory, **options) if each.heading == heading]


@pytest.fixture
def bare(make):
    """Return a theory that says nothing but boxes and links."""
    return make(BOXES, "a -> e", "e -> o")


def test_the_headings_are_those_of_davies():
    assert list(HEADINGS) == [
        "understandable",
        "verifiable",
        "testable",
        "explained",
        "complete",
        "inclusive",
        "justifiable",
        "plausible",
        "owned",
        "embedded",
    ]
    assert "Davies" in SOURCE


def test_everything_is_advice_in_the_order_of_the_headings(bare):
    found = check_theory(bare, tested_links=["a -> e"])
    assert {each.level for each in found} == {"advice"}
    places = [list(HEADINGS).index(each.heading) for each in found]
    assert places == sorted(places)
    assert all(each.do for each in found)


def test_a_theory_that_says_everything_gets_little_advice(sound):
    found = check_theory(
        sound, tested_links=["coaching -> know"], outcomes=["knowledge", "score", "gap"]
    )
    assert {each.heading for each in found} == {"explained"}


def test_understandable_asks_for_a_purpose_and_short_boxes_of_one_idea(make):
    long = make({"a": "activities", "b": "activities", "c": "outcomes", "d": "outcomes"})
    words = ["one " * 13, "Coach and/or teach", "Gain", "gain"]
    nodes = tuple(replace(node, words=said) for node, said in zip(long.nodes, words, strict=True))
    found = under("understandable", replace(long, nodes=nodes, purpose=" "))
    assert found == [
        "The theory does not say what it is all for.",
        "The box `a` has 13 words; 12 can be read at a glance.",
        "The box `b` seems to hold two ideas.",
        "The boxes `c` and `d` say the same.",
    ]


def test_understandable_asks_for_no_more_boxes_than_can_be_followed(make):
    many = make({f"n{at}": "activities" for at in range(41)})
    assert "The theory has 41 boxes; few readers follow 40." in under("understandable", many)


def test_verifiable_asks_for_measures_and_for_outcomes_that_are_about_a_box(bare):
    assert under("verifiable", bare) == [
        "Nothing measures `o` (outcomes).",
        "Nothing measures `i` (impact).",
    ]
    assert "The protocol's outcome `score` measures no box of the theory." in under(
        "verifiable", bare, outcomes=["score"]
    )


def test_testable_asks_for_both_signs_of_tested_links_only(bare):
    assert under("testable", bare) == []
    assert under("testable", bare, tested_links=["e -> o"]) == [
        "The tested link `e -> o` lacks `if_true_we_see` and `if_false_we_see`."
    ]


def test_explained_asks_for_reasons_one_by_one_where_links_are_tested(bare):
    assert under("explained", bare, tested_links=["e -> o"]) == [
        "1 further links give no reason: a -> e.",
        "The tested link `e -> o` does not say why it should hold.",
    ]


def test_complete_asks_that_all_leads_somewhere_without_leaps(make):
    theory = make(BOXES, "a -> o", "e -> i", "o => b")
    assert under("complete", theory) == [
        "The activity `b` leads to no outcome.",
        "No activity leads to `i`.",
        "The link `a -> o` jumps over `early outcomes`.",
        "The link `e -> i` jumps over `outcomes`.",
        "`o -> b` is marked as a loop, but no links lead from `b` back.",
    ]
    backwards = make(BOXES, "o -> a")
    assert "The link `o -> a` runs back to an earlier column." in under("complete", backwards)
    assert "No link touches the box `b`." in under("complete", backwards)


def test_inclusive_asks_for_two_groups_each_with_a_voice(bare):
    assert under("inclusive", bare) == ["No group is said to have shaped the theory."]
    heard = replace(bare, shaped_by=(Shaper("us", put_forward=("a",)), Shaper("parents", line=9)))
    assert under("inclusive", heard) == [
        "`parents` took part, but no part of the theory is theirs."
    ]


def test_justifiable_accepts_an_open_we_do_not_know(bare):
    assert under("justifiable", bare, tested_links=["a -> e"]) == [
        "Nothing is said about earlier research on the tested link `a -> e`."
    ]
    open_ = replace(bare, links=tuple(replace(link, prior_unknown=True) for link in bare.links))
    assert under("justifiable", open_, tested_links=["a -> e"]) == []


def test_plausible_asks_for_belief_time_and_other_explanations(bare):
    assert under("plausible", bare, tested_links=["a -> e"]) == [
        "No other explanation of the same change is named.",
        "It is not said how likely the tested link `a -> e` is held to be.",
        "It is not said when `a -> e` should show.",
    ]
    named = replace(bare, rivals=(Rival("growth", "They grow"),))
    assert under("plausible", named) == [
        "It is not said how the explanation `growth` would be checked."
    ]


def test_owned_asks_who_agreed_to_this_version(bare):
    assert under("owned", bare) == ["It is not said who agreed to version 1 of the theory."]
    changed = replace(bare, changes=(Change(1, "made", agreed_by=("all",)),))
    assert under("owned", changed) == []


def test_embedded_asks_for_dates_reasons_and_a_theory_not_behind_the_data(bare):
    assert under("embedded", bare) == []
    assert under("embedded", replace(bare, version=2)) == [
        "The theory is at version 2, and `changes` does not say what changed."
    ]
    odd = replace(bare, changes=(Change(3, "more", line=5),))
    assert under("embedded", odd) == [
        "A change is to version 3; the theory is at 1.",
        "The change to version 3 lacks `when` and `why`.",
    ]
    old = replace(bare, changes=(Change(1, "made", when="2019-07", why="new"),))
    assert under("embedded", old, newest_data=2025) == [
        "The data run to 2025; the theory was last changed in 2019."
    ]


def test_a_covariate_on_the_way_is_pointed_out(make):
    theory = make(BOXES, "a -> e", "e -> o", "a -> i", "b -> o", "o => a")
    found = check_covariates(
        theory, "a", "o", {"dose": ["e"], "late": ["i"], "other": ["b"]}, line=7
    )
    assert [fault.wrong for fault in found] == [
        "`dose` measures `e`, which lies on the way from `a` to `o`.",
        "`late` measures `i`, which `a` itself may change.",
    ]
    assert {(fault.file, fault.line, fault.level) for fault in found} == {
        ("protocol.yaml", 7, "advice")
    }
