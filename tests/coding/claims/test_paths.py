"""Ways through the map, and who tells all of one."""

from __future__ import annotations

from itertools import pairwise

import pytest
from made_claims import claim, said

from evalkit.coding.claims import trace
from evalkit.coding.claims.paths import LIMIT
from evalkit.errors import CodingError


def test_the_way_most_sources_tell_whole_comes_first():
    found = trace(said("s1 s2: a -> b", "s2 s3 s4: b -> c", "s5: a -> c"), "a", "c").table
    assert list(found["path"]) == ["a -> b -> c", "a -> c"]
    first = found.iloc[0]
    assert (first["weakest_link"], first["n_sources_weakest"], first["n_sources"]) == (
        "a -> b",
        2,
        4,
    )
    assert (first["n_whole"], first["whole"]) == (1, ("s2",))


def test_a_chain_that_nobody_tells_whole_says_so():
    (found,) = trace(said("s1: a -> b", "s2: b -> c"), "a", "c").table.to_dict("records")
    assert found["n_whole"] == 0
    assert found["words"].startswith("Of 2 that claim a part of it, 0 tell all of it")


@pytest.mark.parametrize(("signs", "sign"), [("++", "+"), ("+-", "-"), ("-+", "-"), ("--", "+")])
def test_signs_multiply(signs, sign):
    claims = [claim("s", "a", "b", signs[0]), claim("s", "b", "c", signs[1])]
    assert list(trace(claims, "a", "c").table["sign"]) == [sign]


def test_a_link_on_which_sources_differ_makes_the_way_mixed():
    claims = [claim("s", "a", "b"), claim("t", "a", "b", "-"), claim("s", "b", "c")]
    assert list(trace(claims, "a", "c").table["sign"]) == ["mixed"]


@pytest.mark.parametrize("sign", ["none", "blocked"])
def test_what_did_not_come_about_carries_no_way(sign):
    found = trace([claim("s", "a", "b"), claim("s", "b", "c", sign)], "a", "c")
    assert len(found.table) == 0
    assert found.reason == "No chain of at most 6 claims leads from one to the other."


def test_a_way_goes_through_nothing_twice_and_is_no_longer_than_allowed():
    claims = said("s: a -> b", "s: b -> a", "s: b -> c", "s: c -> b", "s: c -> d")
    assert list(trace(claims, "a", "d").table["path"]) == ["a -> b -> c -> d"]
    assert len(trace(claims, "a", "d", longest=2).table) == 0


def test_more_ways_than_are_listed_are_said_to_be_there():
    layers = [["a"], *([f"{at}{n}" for n in range(4)] for at in "bcdef"), ["z"]]
    claims = [
        claim("s", one, other)
        for before, after in pairwise(layers)
        for one in before
        for other in after
    ]
    found = trace(claims, "a", "z")
    assert (len(found.table), found.complete) == (LIMIT, False)


def test_ends_that_nobody_speaks_of_are_refused_with_the_nearest():
    with pytest.raises(CodingError, match="Did you mean `reading`"):
        trace(said("s: visits -> reading"), "visits", "readin")
    with pytest.raises(CodingError, match="both ends"):
        trace(said("s: visits -> reading"), "visits", "visits")
