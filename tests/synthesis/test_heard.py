"""What each source says: one package for each source, code and link."""

from __future__ import annotations

import pytest

from evalkit.coding.model import Case, Claim, Code, Codebook, Coding, Segment, Source
from evalkit.synthesis.heard import heard

TEXT = "We tried it with the children and it worked for nearly all of them."
BOOK = Codebook((Code("works", "It works", "for", ("a -> b", "b -> c")),))


def coding(start, end, source="ann", coder="me"):
    return Coding(Segment(source, start, end, TEXT[start:end]), "works", coder)


def source(id="ann", **attributes):
    return Source(id, TEXT, attributes=attributes)


def test_a_source_says_a_thing_once_however_often_and_by_whomever_it_was_coded():
    one = heard([coding(0, 12)], BOOK, [source()])
    twice = heard([coding(0, 12), coding(0, 12, coder="you")], BOOK, [source()])
    assert one == twice
    assert [(it.link, it.source) for it in one] == [("a -> b", "ann"), ("b -> c", "ann")]


def test_overlapping_passages_count_their_words_once():
    (one, _) = heard([coding(0, 11), coding(3, 20)], BOOK, [source()])
    assert one.words == len(TEXT[:20].split())
    assert one.passages == ("ann:0-11", "ann:3-20")


def test_words_of_a_source_that_is_not_there_are_those_of_the_quotations():
    (one, _) = heard([coding(0, 11)], BOOK, [])
    assert one.words == 3


def test_what_is_not_recorded_of_a_source_stays_empty():
    (one, _) = heard([coding(0, 12)], BOOK, [source()])
    assert (one.cases, one.context, one.stance) == (("ann",), "", "")
    assert (one.prompted, one.first_hand) == ("", None)


def test_attributes_of_the_source_say_who_speaks_where_and_whether_asked():
    about = {"site": "north", "role": "staff", "prompted": "Yes", "first_hand": "no", "case": "k"}
    (one, _) = heard([coding(0, 12)], BOOK, [source(**about)])
    assert (one.context, one.stance, one.cases) == ("north", "staff", ("k",))
    assert (one.prompted, one.first_hand) == ("yes", False)


def test_a_claim_that_overlaps_says_more_than_the_source_and_one_elsewhere_says_nothing():
    where = Segment("ann", 5, 9, TEXT[5:9])
    claim = Claim(where, "a", "b", case="c1", stance="participant", prompted="no", first_hand=True)
    far = Claim(Segment("ann", 40, 50, TEXT[40:50]), "a", "b", case="c2", stance="funder")
    (one, _) = heard([coding(0, 12)], BOOK, [source(role="staff", prompted="yes")], [claim, far])
    assert (one.cases, one.stance, one.prompted, one.first_hand) == (
        *(("c1",), "participant"),
        *("no", True),
    )


def test_a_case_that_the_source_is_about_stands_where_no_claim_names_one():
    (one, _) = heard([coding(0, 12)], BOOK, [source()], cases=[Case("school", sources=("ann",))])
    assert one.cases == ("school",)


@pytest.mark.parametrize("flip", [1, -1])
def test_the_order_of_codings_does_not_matter(flip):
    codings = [coding(0, 5), coding(9, 20), coding(0, 5, "bob")]
    sources = [source(), source("bob")]
    assert heard(codings[::flip], BOOK, sources[::flip]) == heard(codings, BOOK, sources)
