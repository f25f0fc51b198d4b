"""Gaps and the tail."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DataError
from evalkit.synthesis.equity import (
    GAP_WORDS,
    TAIL_CAUTION,
    gap_by_period,
    gap_word,
    gaps,
    tail,
)


@pytest.mark.parametrize(
    ("low", "high", "margin", "word"),
    [
        (1, 3, None, "narrowed"),
        (-3, -1, None, "widened"),
        (-1, 3, 2.0, "cannot tell"),
        (-1, 1, 2.0, "about the same"),
        (0.5, 1, 2.0, "about the same"),
        (0, 1, None, "cannot tell"),
        (math.nan, 1, None, "not known"),
    ],
)
def test_the_word_for_a_gap_is_read_off_its_interval(low, high, margin, word):
    assert gap_word(low, high, margin) == word
    assert word in GAP_WORDS


def test_a_gap_that_should_fall_narrows_when_it_falls(estimate, outcome):
    plan = replace(outcome(), less="other", higher_is="worse")
    (one,) = gaps([estimate(-6, -3)], {"score": plan})
    assert (one.verdict, one.change, one.low, one.high) == ("narrowed", 4.5, 3, 6)


def test_a_gap_made_from_an_outcome_is_a_distance_whichever_way_that_outcome_is_better(
    estimate, outcome
):
    plan = replace(outcome(), gap_in="reading", between="fsm")
    (one,) = gaps([estimate(3, 6)], {"score": plan})
    assert (one.verdict, one.group) == ("widened", "fsm")


def test_a_difference_written_the_other_way_round_narrows_when_it_rises(estimate, outcome):
    plan = replace(outcome(), less="other", higher_is="better")
    assert gaps([estimate(3, 6)], {"score": plan})[0].verdict == "narrowed"


def test_between_two_subgroups_it_is_said_who_gained_more_and_not_whether_the_gap_narrowed(
    estimate, outcome
):
    row = {"group": "girls", "against": "boys", "estimate": 4.0, "low": 1.0, "high": 7.0}
    one = replace(estimate(1, 3), table={"subgroup_gaps": pd.DataFrame([row])})
    (found,) = gaps([one], {"score": outcome(0.5)})
    assert (found.words, found.verdict) == ("girls gained more than boys.", "not known")
    (worse,) = gaps([one], {"score": outcome(0.5, higher_is="worse")})
    assert worse.words == "girls gained less than boys."
    (alike,) = gaps([one], {"score": outcome(9.0)})
    assert (alike.words, alike.verdict) == (
        "The two gained alike, up to what matters.",
        "about the same",
    )


def test_an_estimate_of_no_gap_gives_none(estimate, outcome):
    assert gaps([estimate(1, 3)], {"score": outcome()}) == ()


@pytest.fixture
def scores():
    """Ten units in two sites and two years; the weaker site catches up in part."""
    first = pd.DataFrame(
        {"year": 1, "site": ["n"] * 5 + ["s"] * 5, "score": [*range(5), *range(10, 15)]}
    )
    second = first.assign(year=2, score=first["score"] + np.repeat([4, 1], 5))
    return pd.concat([first, second])


def test_the_lowest_tenth_and_the_worst_placed_site_are_followed(scores):
    found = tail(scores, "score", "year", "site")
    assert (found.first, found.last, found.n_first) == ("1", "2", 1)
    assert (found.tail_first, found.tail_last) == (0, 4)
    assert (found.worst, found.worst_first, found.worst_last) == ("n", 2, 6)
    assert (found.gap_first, found.gap_last) == (5, 3.5)
    assert found.caution == TAIL_CAUTION


def test_where_high_is_worse_the_tail_is_the_highest_tenth(scores):
    found = tail(scores, "score", "year", "site", higher_is="worse")
    assert (found.tail_first, found.worst, found.gap_first) == (14, "s", 5)


def test_the_tail_is_at_least_one_unit_and_a_tenth_rounded_up():
    frame = pd.DataFrame({"y": np.tile(np.arange(21.0), 2), "t": np.repeat([1, 2], 21)})
    assert tail(frame, "y", "t").n_first == 3
    assert tail(frame[frame["y"] < 4], "y", "t").n_first == 1


def test_without_sites_there_is_no_worst_placed_one(scores):
    found = tail(scores, "score", "year")
    assert (found.worst, math.isnan(found.gap_last)) == ("", True)


def test_a_site_that_is_gone_later_has_no_last_value(scores):
    left = scores[(scores["year"] == 1) | (scores["site"] == "s")]
    assert math.isnan(tail(left, "score", "year", "site").worst_last)


def test_one_period_or_a_wrong_column_is_refused(scores):
    with pytest.raises(DataError, match="1 period"):
        tail(scores[scores["year"] == 1], "score", "year")
    with pytest.raises(DataError, match="no column `scor`"):
        tail(scores, "scor", "year")


def test_the_gap_is_followed_period_by_period(scores):
    first, last = gap_by_period(scores, "score", "site", "year")
    assert (first.period, first.means, first.counts) == ("1", {"n": 2, "s": 12}, {"n": 5, "s": 5})
    assert (first.gap, last.gap) == (10, 7)
    one_group = gap_by_period(scores[scores["site"] == "n"], "score", "site", "year")
    assert math.isnan(one_group[0].gap)
