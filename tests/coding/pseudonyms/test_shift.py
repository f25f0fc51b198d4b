"""Where places stand after words were replaced, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding.pseudonyms.shift import Edit, applied, shift_of

TEXT = "Anna met Ben here."
EDITS = [Edit(0, 4, "Anna", "Mother 1"), Edit(9, 12, "Ben", "X")]


def test_words_are_replaced():
    assert applied(TEXT, EDITS) == "Mother 1 met X here."


@pytest.mark.parametrize(
    ("words", "then"),
    [
        ("Anna", "Mother 1"),
        (" met ", " met "),
        ("here", "here"),
        ("nna m", "Mother 1 m"),
        ("Be", "X"),
    ],
)
def test_a_span_keeps_its_words_or_grows_to_the_ends_of_what_was_replaced(words, then):
    start = TEXT.index(words)
    first, last = shift_of(EDITS).span(start, start + len(words))
    assert applied(TEXT, EDITS)[first:last] == then


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(1, 6)), max_size=5))
def test_every_place_outside_the_edits_comes_back(parts):
    edits, at = [], 0
    for gap, old, new in parts:
        edits.append(Edit(at + gap, at + gap + old, "o" * old, "n" * new))
        at += gap + old
    there = shift_of(edits)
    for start in range(at + 3):
        for end in range(start, at + 3):
            if not any(edit.start < place < edit.end for edit in edits for place in (start, end)):
                assert there.back().span(*there.span(start, end)) == (start, end)
