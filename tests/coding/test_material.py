"""Cleaning a text, and adding up what was lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding import material
from evalkit.coding.material import clean, merge_losses, newline_of
from evalkit.coding.model import Loss
from evalkit.errors import CodingError


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_a_text_of_characters_is_never_changed(text):
    assert clean(text) == (text, ())


@pytest.mark.parametrize(
    "same", ["e\u0301", "\u212b", "\ufb01", "a\u00a0b", "\t\x0b\x0c\x85\u2028"]
)
def test_nothing_is_normalised(same):
    assert clean(same) == (same, ())


def test_line_ends_become_line_feeds():
    assert clean("a\r\nb\rc\n\r\n") == ("a\nb\nc\n\n", ())


def test_what_is_no_character_is_replaced_one_for_one_and_counted():
    text, losses = clean("a\x00b\ud800\udc00c\x1b\uffff")
    assert text == "a\ufffdb\ufffd\ufffdc\ufffd\ufffd"
    assert {loss.kind: loss.count for loss in losses} == {"half character": 2, "control code": 3}
    assert {loss.severity for loss in losses} == {"changed"}


def test_a_text_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(material, "MAX_CHARACTERS", 5)
    with pytest.raises(CodingError, match="at most 5"):
        clean("abcdef")


def test_losses_of_one_kind_are_added_up_and_name_twenty_places():
    losses = [Loss("a", "why", 2, (f"f{n}",)) for n in range(30)] + [Loss("b", "why")]
    first, second = merge_losses(losses)
    assert (first.kind, first.count, len(first.where)) == ("a", 60, 20)
    assert second == Loss("b", "why")


@pytest.mark.parametrize(
    ("text", "name"),
    [("", ""), ("a\nb", "LF"), ("a\r\nb", "CRLF"), ("a\rb", "CR"), ("a\r\nb\n", "mixed")],
)
def test_line_ends_have_names(text, name):
    assert newline_of(text) == name
