from __future__ import annotations

import math

import pytest

from evalkit.report.document import plain
from evalkit.report.number import measure, p_value, places_for, share, things, written


@pytest.mark.parametrize(
    ("width", "places"),
    [(1.81, 1), (18.1, 0), (181, 0), (0.17, 2), (0.0021, 4), (0, 2), (math.nan, 2)],
)
def test_places_follow_the_width_of_the_interval(width, places):
    assert places_for(width) == places


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(2.357, 1, "2.4"), (-0.4, 1, "\u22120.4"), (-0.004, 1, "0.0"), (12345.6, 0, "12,346")],
)
def test_numbers_are_written_with_a_true_minus_and_no_negative_nought(value, places, text):
    assert written(value, places) == text


def test_a_sign_is_written_when_asked():
    assert written(2.4, 1, sign=True) == "+2.4"
    assert written(0.0, 1, sign=True) == "0.0"


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_not_there_is_said_in_words(value):
    assert measure(value, "x") == "not available"
    assert p_value(value, "x") == "not available"
    assert share(value, "x") == "not available"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0004, "less than 0.001"), (0.0462, "0.046"), (0.126, "0.13"), (1.0, "1.00")],
)
def test_p_values(value, text):
    assert plain((p_value(value, "x"),)) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.9996, "more than 99%"), (0.004, "less than 1%"), (0.846, "85%")]
)
def test_a_chance_is_never_printed_as_certain(value, text):
    assert plain((share(value, "x"),)) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 links"), (1, "1 link"), (3, "3 links")])
def test_nouns_follow_their_number(count, text):
    assert plain(things(count, "link", "links", "x")) == text
