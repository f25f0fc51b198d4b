"""Reach by need, and who was missed."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import DataError
from evalkit.synthesis.reach import REACH_WORDS, newcombe, reach_by_need, who_was_missed


def people(*groups):
    """Make a frame from (need, how many, how many reached)."""
    rows = [
        {"need": need, "reached": int(i < reached)} for need, n, reached in groups for i in range(n)
    ]
    return pd.DataFrame(rows)


def test_the_interval_of_a_difference_of_shares_is_newcombe_s():
    # Newcombe (1998), table II, method 10: 56/70 against 48/80 and 10/10 against 0/10
    assert newcombe((56, 70), (48, 80)) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert newcombe((10, 10), (0, 10)) == pytest.approx((0.6075, 1.0), abs=1e-4)


@given(st.integers(0, 20), st.integers(0, 20))
def test_the_interval_holds_the_difference_and_turns_with_the_groups(a, b):
    low, high = newcombe((a, 20), (b, 20))
    assert low - 1e-12 <= (a - b) / 20 <= high + 1e-12
    assert newcombe((b, 20), (a, 20)) == pytest.approx((-high, -low))


@pytest.mark.parametrize(
    ("greatest", "verdict"),
    [
        (95, "most where need is greatest"),
        (10, "least where need is greatest"),
        (55, "cannot tell"),
    ],
)
def test_reach_is_compared_at_the_top_of_need(greatest, verdict):
    found = reach_by_need(people(("1 low", 100, 50), ("2 high", 100, greatest)), "reached", "need")
    assert (found.verdict, found.words) == (verdict, REACH_WORDS[verdict])
    assert found.groups[-1].reached == greatest
    assert found.difference == pytest.approx(greatest / 100 - 0.5)


def test_reach_is_even_only_where_the_whole_interval_is_small():
    found = reach_by_need(people(("1", 2000, 1000), ("2", 2000, 1020)), "reached", "need")
    assert found.verdict == "even"


def test_numbers_are_split_in_thirds_and_words_follow_the_order_given():
    frame = pd.DataFrame({"need": range(9), "reached": [0, 0, 0, 0, 0, 1, 1, 1, 1]})
    found = reach_by_need(frame, "reached", "need")
    assert [(it.group, it.n, it.reached) for it in found.groups] == [
        ("least need", 3, 0),
        ("middle", 3, 1),
        ("greatest need", 3, 3),
    ]
    words = people(("high", 5, 5), ("low", 5, 1))
    order = reach_by_need(words, "reached", "need", order=["low", "high"])
    assert order.groups[-1].group == "high"


def test_those_of_whom_something_is_missing_are_counted_and_left_out():
    frame = people(("1", 4, 2), ("2", 4, 2))
    frame.loc[0, "need"] = None
    found = reach_by_need(frame, "reached", "need")
    assert (found.unknown, found.missed) == (1, 4)


def test_a_column_that_is_not_yes_or_no_or_a_single_group_is_refused():
    frame = people(("1", 4, 2), ("2", 4, 2))
    with pytest.raises(DataError, match="more than 0 and 1"):
        reach_by_need(frame.assign(reached=2), "reached", "need")
    with pytest.raises(DataError, match="only 1 group"):
        reach_by_need(people(("1", 4, 2)), "reached", "need")
    with pytest.raises(DataError, match="no column `ned`"):
        reach_by_need(frame, "reached", "ned")


def test_who_was_missed_comes_first_and_a_blank_is_a_group_of_its_own():
    frame = people(("coast", 10, 2), ("town", 30, 24), (None, 5, 4))
    first, second, third = who_was_missed(frame, "reached", "need")
    assert (first.group, first.missed, first.n) == ("coast", 8, 10)
    assert (second.group, third.group) == ("not recorded", "town")
    assert first.share_of_missed == pytest.approx(8 / 15)
    assert first.ratio == pytest.approx(0.8 / (15 / 45))


def test_where_nobody_was_missed_there_is_no_ratio():
    rows = who_was_missed(people(("b", 3, 3), ("a", 3, 3)), "reached", "need")
    assert [one.group for one in rows] == ["a", "b"]
    assert all(math.isnan(one.ratio) for one in rows)
