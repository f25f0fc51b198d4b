"""Every shape of a confidence set in words."""

import math

import pytest

from evalkit.impact.instruments.anderson_rubin import ConfidenceSet
from evalkit.impact.instruments.words import listed, of_set

INF = math.inf


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ((), "is empty: no value"),
        (((-INF, INF),), "is the whole line"),
        (((0.5, 2.0),), "runs from 0.5 to 2"),
        (((0.5, INF),), "from 0.5 upwards"),
        (((-INF, 0.5),), "up to 0.5"),
        (((-INF, -1.0), (2.0, INF)), "in 2 pieces (-inf to -1 and 2 to inf)"),
    ],
)
def test_every_shape_is_said(pieces, words):
    assert words in of_set(ConfidenceSet(pieces, 0.5, 10.0), 0.95)


def test_names_are_listed():
    assert listed(("a", "b")) == "`a`, `b`"
