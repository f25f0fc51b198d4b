"""Harms that the plan named, and whether anybody looked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.coding.model import Code, Codebook
from evalkit.protocol.model import Protocol
from evalkit.synthesis.watch import WATCH_WORDS, watched

BOOK = Codebook((Code("workload", "Staff workload"),))


@pytest.fixture
def plan(outcome):
    """Harms to watch: one measured, one spoken of, one neither."""
    return Protocol(
        outcomes={"score": replace(outcome(), label="Lost lesson time", higher_is="worse")},
        harms_to_watch=("lost lesson time", "Staff workload", "labels on children"),
    )


def test_a_harm_nobody_looked_for_is_said_and_is_no_evidence_of_safety(plan):
    found = watched(plan, [], BOOK)
    assert [one.verdict for one in found] == ["nobody looked"] * 3
    assert "not evidence of safety" in found[0].words


def test_a_harm_that_was_measured_is_shown_or_not(plan, estimate):
    (harmed, *_) = watched(plan, [estimate(3, 9)], BOOK)
    assert (harmed.verdict, harmed.of) == ("shown as possible", ("main",))
    (fine, *_) = watched(plan, [estimate(-9, -3)], BOOK)
    assert fine.verdict == "looked for, not shown"
    assert "does not rule it out" in fine.words


def test_a_harm_people_speak_of_is_tied_to_its_code_by_words(plan):
    _, spoken, silent = watched(plan, [], BOOK, coded=["workload"])
    assert (spoken.verdict, spoken.of) == ("spoken of", ("code:workload",))
    assert silent.verdict == "nobody looked"


def test_the_worse_word_stands_where_both_are_found(plan, estimate):
    both = replace(plan, harms_to_watch=("score",))
    book = Codebook((Code("score", "Score"),))
    (found,) = watched(both, [estimate(3, 9)], book, coded=["score"])
    assert found.verdict == "shown as possible"
    assert next(iter(WATCH_WORDS)) == found.verdict
