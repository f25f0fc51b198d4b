"""The causal map: who says so, which way, and how they came to."""

from __future__ import annotations

import random

from made_claims import claim

from evalkit.coding.claims import causal_map
from evalkit.coding.model import Case, Claim, Segment

CLAIMS = [
    claim("s1", "a", "b", prompted="no", first_hand=True, stance="participant"),
    claim("s1", "a", "b", prompted="yes", first_hand=False, stance="participant", coder="x"),
    claim("s2", "a", "b", "-", prompted="yes", stance="staff"),
    claim("s3", "a", "b", "none", prompted="leading", first_hand=False),
    claim("s3", "a", "b", "+", prompted="leading", first_hand=False),
    claim("s2", "b", "c", "blocked"),
]


def row(link, *arguments, claims=CLAIMS):
    frame = causal_map(claims, *arguments).links.set_index("link")
    return frame.loc[link]


def test_a_source_counts_once_for_a_link_however_often_it_says_so():
    found = row("a -> b")
    assert (found["n_sources"], found["n_claims"]) == (3, 5)


def test_each_sign_counts_the_sources_that_give_it():
    found = row("a -> b")
    assert tuple(found[["more", "less", "none", "blocked"]]) == (2, 1, 1, 0)
    assert found["says"] == "mixed"
    assert found["contradicted"]
    assert found["contradict_themselves"] == ("s3",)


def test_sources_are_parted_by_the_best_way_in_which_they_came_to_say_it():
    found = row("a -> b")
    assert tuple(found[["unprompted", "prompted", "leading", "prompting_unknown"]]) == (1, 1, 1, 0)
    assert tuple(found[["first_hand", "second_hand", "hand_unknown"]]) == (1, 1, 1)
    assert found["stances"] == ("participant: 1", "staff: 1")


def test_a_link_that_all_say_alike_is_not_contradicted():
    found = row("b -> c")
    assert (found["says"], found["contradicted"]) == ("blocked", False)


def test_cases_come_from_the_claim_or_from_what_its_source_is_about():
    cases = (Case("p1", sources=("s1", "s9")), Case("p2", segments=(Segment("s2", 0, 5, "xxxxx"),)))
    claims = [*CLAIMS, claim("s4", "a", "b", case="p7")]
    found = row("a -> b", cases, claims=claims)
    assert found["cases"] == ("p1", "p2", "p7")
    shared = (Case("p1", sources=("s1",)), Case("p2", sources=("s1",)))
    assert row("a -> b", shared)["cases"] == ()


def test_a_passage_about_one_case_goes_before_its_whole_source():
    cases = (Case("group", sources=("s1",)), Case("p2", segments=(Segment("s1", 0, 5, "xxxxx"),)))
    assert row("a -> b", cases)["cases"] == ("p2",)


def test_sources_that_claim_nothing_are_counted_when_they_are_named():
    drawn = causal_map(CLAIMS, sources=["s1", "s7", "s8"])
    assert drawn.n_sources == 5
    assert drawn.links["words"][0].startswith("3 of 5 sources speak of it: 2 that it leads to more")


def test_what_is_not_recorded_is_said_to_be_so():
    words = row("b -> c")["words"]
    assert words.endswith("For 1 it is not recorded whether it was prompted.")


def test_the_most_widely_claimed_link_comes_first():
    assert list(causal_map(CLAIMS).links["link"]) == ["a -> b", "b -> c"]


def test_the_order_of_claims_changes_nothing():
    turned = CLAIMS.copy()
    random.Random(3).shuffle(turned)
    one, other = causal_map(CLAIMS), causal_map(turned)
    assert one.links.equals(other.links)
    assert one.claims.equals(other.claims)


def test_no_claims_make_an_empty_map_with_its_columns():
    drawn = causal_map([])
    assert (len(drawn.links), drawn.n_sources, drawn.n_claims) == (0, 0, 0)
    assert "n_sources" in drawn.links.columns


def test_the_map_says_what_counts_do_not_say():
    assert "not how likely" in causal_map(CLAIMS).note


def test_claims_keep_their_passages():
    drawn = causal_map([Claim(Segment("s", 3, 7, "they"), "a", "b", first_hand=False)])
    (one,) = drawn.claims.to_dict("records")
    assert (one["start"], one["end"], one["quote"], one["first_hand"]) == (3, 7, "they", False)
