"""Numbers, probabilities and bins as people write them."""

from __future__ import annotations

import math

import pytest

from evalkit.impact.bayes.beliefs.written import ends_of, finite, level_of, number_of


@pytest.mark.parametrize(
    ("key", "ends"),
    [
        ("-2 to 0", (-2, 0)),
        ("\N{MINUS SIGN}2.5 to -.5", (-2.5, -0.5)),
        (" 0 .. 1e3 ", (0, 1000)),
        ("below -2", (-math.inf, -2)),
        ("Over 6", (6, math.inf)),
        ("0 to 0", None),
        ("3-4", None),
        ("to 4", None),
        ("about 4", None),
    ],
)
def test_a_bin_is_read_or_refused(key, ends):
    assert ends_of(key) == ends


@pytest.mark.parametrize(
    ("key", "level"),
    [(0.05, 0.05), ("5%", 0.05), ("95 %", 0.95), (0, None), (1, None), ("5", None), ("a", None)],
)
def test_a_probability_is_read_or_refused(key, level):
    assert level_of(key) == (None if level is None else pytest.approx(level))


@pytest.mark.parametrize(
    ("value", "number"),
    [("-1", -1), (2, 2), (True, None), (math.inf, None), ("x", None), (None, None)],
)
def test_a_number_is_finite_and_not_a_yes(value, number):
    assert finite(value) == number


def test_a_missing_number_is_told_apart_from_a_wrong_one():
    assert number_of({}, "a", "it", absent=3.0) == (3.0, [])
    assert "is missing" in number_of({}, "a", "it")[1][0][0]
    assert "is no number" in number_of({"a": "x"}, "a", "it")[1][0][0]
    assert "above 0 and at most 1" in number_of({"a": 2}, "a", "it", above=0.0, upto=1.0)[1][0][0]
