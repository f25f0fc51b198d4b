from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.impact.estimate import Estimate, Interval
from evalkit.protocol.model import Margin, Outcome
from evalkit.synthesis.finding import QUANT_STATES
from evalkit.synthesis.states import (
    STATE_RULES,
    margin_of,
    qualitative_state,
    read_estimate,
    settle,
)


def test_every_state_of_numbers_has_its_printed_rule():
    assert sorted(name for name, _ in STATE_RULES) == sorted(QUANT_STATES)


@pytest.mark.parametrize(
    ("low", "high", "state"),
    [
        (0.5, 9.0, "up"),
        (-9.0, -0.5, "down"),
        (-1.9, 1.9, "about nil"),
        (0.1, 1.9, "about nil"),  # sure to be there, and too small to matter
        (-2.0, 1.9, "imprecise"),  # touches the margin
        (0.0, 9.0, "imprecise"),  # touches nil
        (-9.0, 0.0, "imprecise"),
        (-1.0, 3.0, "imprecise"),
    ],
)
def test_an_interval_is_read_by_the_rules(estimate, outcome, low, high, state):
    assert read_estimate(estimate(low, high), outcome(2.0)).state == state


def test_a_fall_is_the_way_that_is_wanted_where_higher_is_worse(estimate, outcome):
    worse = outcome(2.0, higher_is="worse")
    assert read_estimate(estimate(-9, -3), worse).state == "up"
    assert read_estimate(estimate(3, 9), worse).state == "down"


def test_without_a_smallest_change_that_matters_nothing_is_about_nil(estimate, outcome):
    assert read_estimate(estimate(-0.001, 0.001), outcome(None)).state == "imprecise"
    assert read_estimate(estimate(-0.001, 0.001), None).state == "imprecise"


def test_a_margin_in_standard_deviations_is_turned_into_points(estimate, outcome):
    assert margin_of(estimate(0, 1, sd=10.0), outcome(0.2, unit="SD")) == 2.0
    assert margin_of(estimate(0, 1), outcome(0.2, unit="SD")) is None


def _estimate(low, high):
    interval = Interval(low, high)
    return Estimate("x", "d", "", "", "s", 0.0, 1.0, interval, None, 1, 1, 1, 1)


@given(st.floats(-9, 9), st.floats(0, 9), st.floats(0.01, 5))
def test_turning_outcome_and_interval_round_gives_the_same_state(low, width, margin):
    better = Outcome("s", higher_is="better", margin=Margin(margin))
    worse = Outcome("s", higher_is="worse", margin=Margin(margin))
    high = low + width
    there = read_estimate(_estimate(low, high), better).state
    assert read_estimate(_estimate(-high, -low), worse).state == there


@given(st.floats(-9, 9), st.floats(0, 9), st.floats(0.01, 5))
def test_an_interval_that_holds_nil_and_a_change_that_matters_is_imprecise(low, width, margin):
    high = low + width
    if low <= 0 <= high and (high >= margin or low <= -margin):
        better = Outcome("s", margin=Margin(margin))
        assert read_estimate(_estimate(low, high), better).state == "imprecise"


def test_a_check_that_reads_otherwise_makes_it_imprecise_and_is_named(estimate, outcome):
    state, cautions = settle(estimate(3, 9), outcome(), [(estimate(-1, 9, "close"), outcome())])
    assert (state, cautions) == ("imprecise", ("differs in close",))


def test_a_check_that_reads_the_same_leaves_it_standing(estimate, outcome):
    assert settle(estimate(3, 9), outcome(), [(estimate(1, 8, "close"), outcome())]) == ("up", ())


def test_a_failed_check_makes_it_imprecise_and_a_worry_is_only_named(estimate, outcome):
    failed = estimate(3, 9, checks=[("few", "concern"), ("pre-trend", "fail"), ("fit", "pass")])
    assert settle(failed, outcome(), []) == ("imprecise", ("pre-trend", "few"))
    worried = estimate(3, 9, checks=[("few", "concern"), ("note", "information")])
    assert settle(worried, outcome(), []) == ("up", ("few",))


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (["for"], "up"),
        (["for", "for"], "up"),
        (["against"], "down"),
        (["against", "nil"], "down"),
        (["nil"], "nil reported"),
        (["for", "nil"], "mixed"),
        (["for", "against"], "mixed"),
        (["mixed"], "mixed"),
        (["mechanism", "context"], "not asked"),
    ],
)
def test_what_is_said_of_a_link_is_read_in_any_order(finding, said, state):
    findings = [finding(one, n=n) for n, one in enumerate(said)]
    assert qualitative_state(findings, "a -> b", ()) == state
    assert qualitative_state(reversed(findings), "a -> b", ()) == state


def test_silence_is_only_noted_where_all_were_asked_and_never_counts_against(finding):
    elsewhere = [finding("for", link="b -> c")]
    assert qualitative_state(elsewhere, "a -> b", ["a -> b"]) == "asked but not mentioned"
    assert qualitative_state(elsewhere, "a -> b", []) == "not asked"


def test_numbers_earlier_research_rivals_and_what_does_not_count_are_no_voice(finding):
    silent = [
        finding("for", "impact"),
        finding("for", "prior"),
        finding("against", "process", rival="chance"),
        finding("against", counts=False),
    ]
    assert qualitative_state(silent, "a -> b", ()) == "not asked"
