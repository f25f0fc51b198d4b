"""How many sources must fall: exact, against all subsets tried one after the other."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_claims import claim, said

from evalkit.coding.claims import robustness
from evalkit.errors import CodingError


def fall(claims, without):
    """Return whether a way from a to z is left without some sources, by walking."""
    links = {(it.cause, it.effect) for it in claims if it.segment.source not in without}
    reached = {"a"}
    for _ in range(6):
        reached |= {effect for cause, effect in links if cause in reached}
    return "z" not in reached


def fewest(claims):
    sources = sorted({it.segment.source for it in claims})
    return next(
        count
        for count in range(len(sources) + 1)
        if any(fall(claims, set(some)) for some in combinations(sources, count))
    )


def test_a_chain_is_as_strong_as_the_link_that_fewest_sources_claim():
    found = robustness(said("s1 s2 s3: a -> b", "s4: b -> z"), "a", "z")
    assert (found.value, found.fall, found.n_whole, found.n_voices) == (1, ("s4",), 0, 4)
    assert found.exact


def test_a_source_falls_in_all_its_links_at_once():
    # a maximum flow would say 2: one unit along each way
    found = robustness(said("s1: a -> b", "s1: b -> z", "s1: a -> c", "s1: c -> z"), "a", "z")
    assert (found.value, found.fall, found.n_whole) == (1, ("s1",), 1)


def test_two_ways_of_different_people_need_two_to_fall():
    found = robustness(said("s1: a -> z", "s2: a -> b", "s3 s2: b -> z"), "a", "z")
    assert (found.value, found.fall) == (2, ("s1", "s2"))
    assert found.words == "Every way is broken when 2 of 3 sources fall; 2 tell a whole way alone."


def test_no_way_is_zero_and_said_so():
    found = robustness([*said("s1: a -> b"), claim("s1", "b", "z", "none")], "a", "z")
    assert (found.value, found.fall, found.words) == (
        0,
        (),
        "No way is claimed from one to the other.",
    )


def test_cases_can_be_counted_instead_of_sources():
    claims = [
        claim("s1", "a", "z", case="p"),
        claim("s2", "a", "z", case="p"),
        claim("s3", "a", "z"),
    ]
    assert robustness(claims, "a", "z").value == 3
    found = robustness(claims, "a", "z", by="case")
    assert (found.value, found.fall) == (2, ("p", "s3"))


def test_many_sources_on_long_chains_are_still_exact():
    claims = [
        claim(f"{link}{n}", link, then)
        for link, then in ("ab", "bc", "cz")
        for n in range(15 if link != "c" else 12)
    ]
    found = robustness(claims, "a", "z")
    assert (found.value, found.exact) == (12, True)


def test_the_answer_says_how_it_was_found_and_what_it_does_not_say():
    found = robustness(said("s1: a -> z"), "a", "z")
    assert "integer programme, solved to the end" in found.how
    assert "not how likely" in found.note


def test_ends_that_nobody_speaks_of_are_refused():
    with pytest.raises(CodingError, match="No claim speaks of `q`"):
        robustness(said("s1: a -> z"), "a", "q")


BOXES = st.sampled_from("abcz")
LINKS = st.tuples(st.sampled_from(["s1", "s2", "s3", "s4", "s5"]), BOXES, BOXES).filter(
    lambda it: it[1] != it[2]
)


@given(st.lists(LINKS, max_size=14, unique=True))
def test_it_is_the_fewest_of_all_subsets(links):
    claims = [claim(*link) for link in links]
    ends = {it.cause for it in claims} | {it.effect for it in claims}
    if not {"a", "z"} <= ends:
        return
    found = robustness(claims, "a", "z")
    assert found.value == fewest(claims)
    assert len(found.fall) == found.value
    assert fall(claims, set(found.fall))
    assert robustness(claims[::-1], "a", "z") == found
