"""The ten headings are given in our own words, with their source."""

from __future__ import annotations

from evalkit.theory.headings import HEADINGS, SOURCE


def test_each_heading_asks_one_question():
    assert len(HEADINGS) == 10
    assert all(question.count("?") == 1 or "“" in question for question in HEADINGS.values())
    assert "(2012)" in SOURCE
