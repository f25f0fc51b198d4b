"""The units a source is cut into."""

import pytest

from evalkit.coding.model import Segment, Source, Turn
from evalkit.coding.units import UNITS, check_unit, cut
from evalkit.errors import CodingError

TEXT = "A: It's good.\n\nB: No."
SOURCE = Source("s", TEXT, turns=(Turn(3, 13, "A"), Turn(18, 21, "B")))


def words(unit, **options):
    return [TEXT[start:end] for start, end in cut(SOURCE, unit, **options)]


def test_turns_are_what_each_person_says():
    assert words("turn") == ["It's good.", "No."]


def test_tokens_are_words_and_signs():
    assert words("token") == ["A", ":", "It's", "good", ".", "B", ":", "No", "."]


def test_paragraphs_and_sentences_are_those_of_the_text():
    assert words("paragraph") == ["A: It's good.", "B: No."]
    assert words("sentence") == words("paragraph")


def test_characters_between_two_edges_are_one_span_and_none_is_left_out():
    assert words("character", edges=[3, 7, 3]) == ["A: ", "It's", " good.\n\nB: No."]
    assert words("character") == [TEXT]
    assert cut(Source("empty", ""), "character") == ()


def test_given_units_are_taken_in_order_once():
    assert words("given", given=[(18, 20), (3, 7), (3, 7)]) == ["It's", "No"]


def test_given_units_that_overlap_are_refused():
    with pytest.raises(CodingError, match="overlap at 5"):
        cut(SOURCE, "given", [(3, 7), (5, 9)])


def test_a_source_without_turns_cannot_be_compared_by_turns():
    with pytest.raises(CodingError, match="`t` has no turns"):
        cut(Source("t", TEXT), "turn")


def test_an_unknown_unit_is_refused_and_given_ones_must_be_there():
    with pytest.raises(CodingError, match="Did you mean `sentence`"):
        check_unit("sentense", ())
    with pytest.raises(CodingError, match="no units are"):
        check_unit("given", ())
    for unit in UNITS:
        check_unit(unit, [Segment("s", 0, 1, "A")])
