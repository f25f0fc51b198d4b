from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.synthesis.harm import possible_harms


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-9.0, -1.0, "its interval leaves out nil"),
        (-6.0, 1.0, "no interval leaves out nil"),  # best estimate -2.5, and 2 matter
        (-3.0, 1.0, ""),  # best estimate -1
        (1.0, 9.0, ""),
    ],
)
def test_a_possible_harm_needs_less_than_a_benefit(estimate, protocol, low, high, words):
    told = possible_harms([estimate(low, high)], protocol)
    assert [words in harm.words for harm in told] == ([True] if words else [])


def test_where_higher_is_worse_a_rise_is_the_harm(estimate, protocol, outcome):
    plan = replace(protocol, outcomes={"score": outcome(2.0, higher_is="worse")})
    assert possible_harms([estimate(1, 9)], plan)
    assert not possible_harms([estimate(-9, -1)], plan)


def test_an_outcome_that_is_neither_better_nor_worse_cannot_harm(estimate, protocol, outcome):
    plan = replace(protocol, outcomes={"score": outcome(2.0, higher_is="neither")})
    assert not possible_harms([estimate(-9, -1)], plan)


def test_failed_checks_and_check_analyses_do_not_hide_a_harm(estimate, protocol):
    failed = estimate(-9, -1, checks=[("pre-trend", "fail")])
    (harm,) = possible_harms([failed, estimate(-5, 9, "close"), estimate(-8, -1, "more")], protocol)
    assert (harm.outcome, harm.because) == ("score", ("main", "more"))
