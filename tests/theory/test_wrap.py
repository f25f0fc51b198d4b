"""Breaking words into lines."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.theory.wrap import width_of, wrap


def test_words_are_broken_between_words():
    lines, cut = wrap("Good talk strategies used in every class", 13, 126, 8)
    assert lines == ("Good talk strategies", "used in every class")
    assert not cut


def test_a_word_wider_than_the_room_is_broken_inside():
    lines, _ = wrap("x" * 60, 13, 126, 8)
    assert "".join(lines) == "x" * 60
    assert len(lines) > 1


def test_words_that_do_not_fit_end_in_an_ellipsis():
    lines, cut = wrap("word " * 200, 13, 126, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert cut


def test_nothing_is_one_empty_line():
    assert wrap("  ", 13, 126, 8) == (("",), False)


def test_accents_do_not_widen_and_wide_scripts_do():
    assert width_of("é", 10) == width_of("e", 10)
    assert width_of("e\u0301", 10) == width_of("e", 10)
    assert width_of("語", 10) > width_of("m", 10)
    assert width_of("abc", 10, bold=True) > width_of("abc", 10)


@settings(deadline=None)
@given(text=st.text(max_size=300))
def test_no_line_is_wider_than_the_room(text):
    lines, cut = wrap(text, 13, 126, 5)
    assert len(lines) <= 5
    assert all(width_of(line, 13) <= 126 for line in lines)
    if not cut:
        assert "".join("".join(lines).split()) == "".join(text.split())
