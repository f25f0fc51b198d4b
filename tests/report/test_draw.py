from __future__ import annotations

import pytest

from evalkit.report.draw import COLOURS, Cell, Grid, Point, Row, Rows, Series, draw

ROWS = Rows(
    (Row("Reading $x_1$ <b>", -1, 0.5, 2, "up", "better"),), "times", (-1, 1), "worse", "better"
)
SERIES = Series(
    (Point("2016", -1, -2, 0, before=True), Point("2017", 0), Point("2018", 2, 1, 3)), "points"
)
GRID = Grid(
    ("up",), ("up", "down"), ((Cell("agreement", ("A", "B")), Cell("dissonance")),), "n", "w"
)


@pytest.mark.parametrize("what", [ROWS, SERIES, GRID])
def test_the_same_record_gives_the_same_picture(what):
    first = draw(what, title="t", alt="a", id="p")
    assert draw(what, title="t", alt="a", id="p") == first
    assert "<svg" in first
    assert "style" not in first


def test_text_stays_text_and_is_not_read_as_mathematics():
    svg = draw(ROWS, title="t", alt="a", id="p")
    assert "Reading $x_1$ &lt;b&gt;" in svg


def test_no_row_at_all_can_be_drawn():
    assert "<svg" in draw(Rows((), "times"), title="t", alt="a", id="p")


def test_a_long_name_is_cut_and_not_let_out_of_the_picture():
    long = Rows((Row("word " * 60, -1, 0, 1),), "times")
    assert "…" in draw(long, title="t", alt="a", id="p")


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("colour", COLOURS.values())
def test_every_colour_of_words_has_enough_contrast_on_white(colour):
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5  # WCAG 2.2, success criterion 1.4.3
