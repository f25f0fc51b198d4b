"""The way a program counts is found from the words it quotes, and the standard wins ties."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding.refi.offsets import (
    CONVENTIONS,
    FORMS,
    STANDARD,
    UNITS,
    Convention,
    Mark,
    anchored,
    quotes,
)

TEXT = (
    "Tutor: Zoë 😀 loved\nthem - she read aloud.\nParent: 👩\u200d🏫 can not\nseparate the two.\n"
)
SPANS = ((11, 24), (27, 41), (51, 62), (63, 75))


def counted(text: str, place: int, way: Convention) -> int:
    """Where a program of that convention says that a place of the LF text is."""
    head = text[:place]
    if way.form == "CRLF":
        head = head.replace("\n", "\r\n")
    if way.mark:
        head = "\ufeff" + head
    widths = {
        "code points": len,
        "UTF-16 units": lambda words: len(words.encode("utf-16-le")) // 2,
        "UTF-8 bytes": lambda words: len(words.encode()),
    }
    return widths[way.unit](head)


def marks(text: str, spans, way: Convention):
    for start, end in spans:
        last = end - 1 if way.inclusive else end
        yield Mark(counted(text, start, way), counted(text, last, way), text[start:end])


@pytest.mark.parametrize("way", CONVENTIONS, ids=str)
@pytest.mark.parametrize("file", ["\n", "\r\n"])
def test_every_convention_is_found_in_files_of_either_line_end(way, file):
    raw = TEXT.replace("\n", file)
    if way.form == "as it stands":
        way = Convention("CRLF" if file == "\r\n" else "LF", way.mark, way.unit, way.inclusive)

    found = anchored(raw, marks(TEXT, SPANS, way))

    assert [place.span for place in found.places] == list(SPANS)
    assert all(place.named and place.checked for place in found.places)


def test_all_forms_units_and_end_rules_are_tried_and_the_standard_first():
    ways = itertools.product(FORMS, (False, True), UNITS, (False, True))

    assert {Convention(*way) for way in ways} == set(CONVENTIONS)
    assert (
        CONVENTIONS[0]
        == STANDARD
        == Convention("as it stands", mark=False, unit="code points", inclusive=False)
    )


@given(st.text("ab é😀", min_size=1, max_size=12), st.data())
def test_the_standard_wins_ties(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))

    found = anchored(text, [Mark(start, end, text[start:end])])

    assert found.convention == STANDARD
    assert found.places[0].span == (start, end)


def test_each_source_has_its_own_convention():
    text = "Zoë 😀 loved them, she read aloud"
    spans = [(6, 16), (18, 21)]
    standard = anchored(text, marks(text, spans, STANDARD))
    other = anchored(text, marks(text, spans, Convention(unit="UTF-16 units")))

    assert standard.convention == STANDARD
    assert str(other.convention) == "UTF-16 units"


@pytest.mark.parametrize("dots", ["…", "..."])
def test_a_name_cut_with_an_ellipsis_is_evidence(dots):
    way = Convention(unit="UTF-16 units")
    cut = [
        Mark(mark.start, mark.end, mark.name[:12] + dots) for mark in marks(TEXT, SPANS[1:2], way)
    ]

    found = anchored(TEXT, cut)

    assert found.places[0].span == SPANS[1]


def test_a_name_with_its_line_ends_made_blanks_is_evidence():
    assert quotes("loved them - she", "loved\nthem - she")
    assert not quotes("loved them", "loved\nthem ")
    assert not quotes("", "")


def test_names_that_are_no_text_leave_the_standard_and_are_flagged():
    found = anchored(TEXT, [Mark(11, 24, "Quotation 6:1"), Mark(27, 41, "joy")])

    assert found.convention == STANDARD
    assert [place.span for place in found.places] == [(11, 24), (27, 41)]
    assert [place.own for place in found.places] == ["Quotation 6:1", "joy"]
    assert not any(place.checked for place in found.places)


def test_a_quotation_that_stands_elsewhere_than_its_positions_is_not_guessed():
    found = anchored(TEXT, [Mark(27, 41, TEXT[27:41]), Mark(0, 9, "separate the two")])

    assert found.places[0].span == (27, 41)
    assert found.places[1].span is None
    assert found.places[1].own == "separate the two"


def test_a_label_that_is_no_quotation_keeps_its_place_among_quotations():
    found = anchored(TEXT, [Mark(27, 41, TEXT[27:41]), Mark(0, 9, "a comment of my own")])

    assert found.places[1].span == (0, 9)
    assert found.places[1].own == "a comment of my own"


@pytest.mark.parametrize(("start", "end"), [(-1, 4), (4, 2), (0, 9_999), (10**17, 10**18)])
def test_positions_outside_the_text_have_no_place(start, end):
    assert anchored(TEXT, [Mark(start, end)]).places[0].span is None


def test_unnamed_passages_before_any_odd_character_need_no_evidence():
    first, last = anchored(TEXT, [Mark(0, 5), Mark(51, 62)]).places

    assert first.checked
    assert not last.checked


def test_an_empty_text_and_a_passage_without_length_have_their_place():
    assert anchored("", [Mark(0, 0)]).places[0].span == (0, 0)
    assert anchored("ab", [Mark(1, 1)]).places[0].span == (1, 1)


def test_a_name_without_its_outer_blanks_is_no_label():
    (place,) = anchored("so, home visits mattered", [Mark(3, 16, "home visits")]).places

    assert place.span == (3, 16)
    assert (place.named, place.own) == (True, "")
