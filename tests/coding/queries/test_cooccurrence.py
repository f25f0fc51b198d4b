"""Codes that come together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding.model import Case, Code, Codebook, Coding, Segment
from evalkit.coding.queries.cooccurrence import cooccurrence
from evalkit.errors import CodingError

CODEBOOK = Codebook(tuple(Code(id, id) for id in "abc"))
CASES = (Case("one", sources=("s",)), Case("two", sources=("t", "u")))


def coded(source, start, end, code):
    return Coding(Segment(source, start, end, ""), code, "ann")


CODINGS = [
    coded("s", 0, 10, "b"),
    coded("s", 2, 6, "a"),
    coded("s", 8, 14, "a"),
    coded("t", 0, 10, "a"),
    coded("t", 10, 20, "b"),
    coded("u", 5, 9, "a"),
    coded("u", 5, 9, "b"),
    coded("u", 300, 310, "c"),
]


def rows(**options):
    table = cooccurrence(CODINGS, CODEBOOK, CASES, **options)
    return table[["first", "second", "segments", "sources", "cases"]].values.tolist()


def test_overlaps_are_counted_by_passage_source_and_case():
    assert rows() == [["a", "b", 3, 2, 2]]
    table = cooccurrence(CODINGS, CODEBOOK, CASES)
    assert (table.either[0], table.jaccard[0]) == (2, 1.0)


def test_containment_says_which_lies_inside_which():
    assert rows(how="containment") == [["a", "b", 2, 2, 2], ["b", "a", 1, 1, 1]]


def test_near_passages_lie_apart_and_not_too_far():
    assert rows(how="near", within=20) == [["a", "b", 1, 1, 1]]
    assert ["b", "c", 1, 1, 1] in rows(how="near", within=291)


def test_without_cases_sources_are_shared():
    table = cooccurrence(CODINGS, CODEBOOK)
    assert (table.cases[0], table.either[0]) == (0, 3)
    assert table.jaccard[0] == pytest.approx(2 / 3)


def test_an_unknown_way_is_refused():
    with pytest.raises(CodingError, match="Did you mean `overlap`"):
        cooccurrence(CODINGS, CODEBOOK, how="overlaps")


spans = st.tuples(st.integers(0, 30), st.integers(1, 9)).map(lambda it: (it[0], it[0] + it[1]))


@given(st.lists(spans, max_size=5), st.lists(spans, max_size=5))
def test_overlaps_are_those_of_every_pair_looked_at(firsts, seconds):
    from evalkit.coding.text.tokens import merged

    codings = [coded("s", *span, "a") for span in firsts] + [coded("s", *it, "b") for it in seconds]
    expected = sum(
        one[0] < other[1] and other[0] < one[1]
        for one in merged(firsts)
        for other in merged(seconds)
    )
    table = cooccurrence(codings, CODEBOOK)
    assert table.segments.sum() == expected
