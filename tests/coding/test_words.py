"""The words of coded passages, and words in their context."""

import pytest

from evalkit.coding.model import Code, Codebook, Coding, Segment, Source
from evalkit.coding.words import keyword_in_context, merged, words_by_code
from evalkit.errors import CodingError

TEXT = "Teachers teach reading. The teacher's visits helped reading at home, and home visits help."
SOURCE = Source("s", TEXT)
CODEBOOK = Codebook((Code("b", "b"), Code("unused", "u"), Code("a", "a")))


def coded(quote, code, coder="ann"):
    start = TEXT.index(quote)
    return Coding(Segment("s", start, start + len(quote), quote), code, coder)


def test_words_are_counted_by_stem_and_shown_in_their_commonest_form():
    (found,) = words_by_code([coded(TEXT, "a")], [SOURCE], CODEBOOK, top=4)
    assert found.words == (("help", 2), ("home", 2), ("reading", 2), ("teacher", 2))
    assert (found.code, found.n_passages, found.n_sources) == ("a", 1, 1)


def test_neighbours_that_stand_together_more_than_once_are_shown():
    text = "Home visits helped. More home visits came."
    coding = Coding(Segment("t", 0, len(text), text), "a", "ann")
    (found,) = words_by_code([coding], [Source("t", text)], CODEBOOK)
    assert found.pairs == (("home visits", 2),)


def test_what_two_coders_marked_counts_once():
    codings = [coded("reading at home", "a"), coded("at home, and home", "a", "ben")]
    (found,) = words_by_code(codings, [SOURCE], CODEBOOK)
    assert found.n_passages == 1
    assert found.words == (("home", 2), ("reading", 1))


def test_codes_come_in_the_order_of_the_codebook_whatever_that_of_the_codings():
    codings = [coded("reading", "a"), coded("visits", "b")]
    found = words_by_code(codings, [SOURCE], CODEBOOK)
    assert [it.code for it in found] == ["b", "a"]
    assert found == words_by_code(codings[::-1], [SOURCE], CODEBOOK)


def test_spans_that_overlap_are_joined_and_those_that_touch_are_not():
    assert merged([(5, 9), (0, 3), (2, 4), (9, 10)]) == [(0, 4), (5, 9), (9, 10)]


def test_a_word_is_found_in_its_context_whatever_its_case():
    first, second = keyword_in_context([SOURCE], "READING", width=6)
    assert (first.left, first.word, first.right) == ("teach ", "reading", ". The ")
    assert TEXT[second.start : second.end] == "reading"


def test_whole_words_only_unless_parts_are_wanted():
    assert len(keyword_in_context([SOURCE], "teach")) == 1
    assert len(keyword_in_context([SOURCE], "teach", whole=False)) == 3


def test_signs_are_looked_for_as_they_stand_and_white_space_as_any():
    source = Source("s", "cost (£) is\nhigh")
    assert [it.word for it in keyword_in_context([source], "(£) is high")] == ["(£) is\nhigh"]


def test_looking_for_nothing_is_refused():
    with pytest.raises(CodingError, match="no word to look for"):
        keyword_in_context([SOURCE], "  ")
