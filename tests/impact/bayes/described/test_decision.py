"""The decision is read off the printed rule, the same for harm as for help."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.impact.bayes.described import RULES, UNSURE, Quantity, Setting, decide, decision
from evalkit.impact.bayes.described.decision import rules_table
from evalkit.report.words import CHANCES

from .conftest import standard

Z = standard()
TABLE = {
    # mean, sd of the posterior; the margin is 1
    (4.0, 0.5): "very likely helped by a margin that matters",
    (1.5, 0.6): "likely helped by a margin that matters",
    (1.0, 0.5): "very likely helped, but not surely by a margin that matters",
    (0.8, 1.0): "likely helped, but not surely by a margin that matters",
    (0.3, 0.2): "very likely changed too little to matter",
    (0.1, 0.7): UNSURE,
    (0.0, 5.0): UNSURE,
    (-0.8, 1.0): "likely harmed, but not surely by a margin that matters",
    (-1.0, 0.5): "very likely harmed, but not surely by a margin that matters",
    (-1.5, 0.6): "likely harmed by a margin that matters",
    (-4.0, 0.5): "very likely harmed by a margin that matters",
}


@pytest.mark.parametrize(("posterior", "word"), TABLE.items())
def test_the_word_is_that_of_the_table(posterior, word):
    mean, sd = posterior
    assert decision(mean + sd * Z, Setting(0.95, 1.0)).word == word


def test_every_rule_is_in_the_table():
    assert {*RULES, UNSURE} == set(TABLE.values())


@pytest.mark.parametrize("key", RULES)
def test_a_limit_is_reached_or_missed_by_a_hair(key):
    """One draw in ten thousand decides."""
    rule = RULES[key]
    count = round(10_000 * rule.at_least)
    inside = {"within_margin": 0.5, "wanted": 0.5, "unwanted": -0.5}.get(
        rule.probability, -2.0 if rule.favours == "harm" else 2.0
    )
    outside = {"wanted": -0.5, "unwanted": 0.5}.get(rule.probability, 0.0)
    if rule.probability == "within_margin":
        outside = 2.0
    draws = np.where(np.arange(10_000) < count, inside, outside)
    fewer = np.where(np.arange(10_000) < count - 1, inside, outside)
    setting = Setting(0.95, 1.0)
    assert decision(draws, setting).probabilities[rule.probability] == pytest.approx(rule.at_least)
    assert decision(fewer, setting).probabilities[rule.probability] < rule.at_least
    if rule.probability not in ("wanted", "unwanted"):  # those meet a small effect first
        assert decision(draws, setting).word == key
        assert decision(fewer, setting).word != key


@given(st.floats(-5, 5), st.floats(0.05, 5), st.floats(0.1, 3))
def test_harm_and_help_are_told_by_the_same_words(mean, sd, margin):
    """The mirror image reads the same with harmed for helped, and with a fall wanted the same."""
    draws = mean + sd * Z
    word = decision(draws, Setting(0.95, margin)).word
    swapped = word.replace("helped", "?").replace("harmed", "helped").replace("?", "harmed")
    assert decision(-draws, Setting(0.95, margin)).word == swapped
    assert decision(-draws, Setting(0.95, -margin)).word == word


@given(st.floats(-5, 5), st.floats(0.05, 5), st.sampled_from([1000.0, 0.001]))
def test_the_unit_of_the_outcome_changes_nothing(mean, sd, factor):
    draws = mean + sd * Z
    one, other = (
        decision(draws, Setting(0.95, 1.0)),
        decision(factor * draws, Setting(0.95, factor)),
    )
    assert (one.word, one.favours, one.close) == (other.word, other.favours, other.close)
    assert one.probabilities == pytest.approx(other.probabilities, abs=1e-3)


@given(st.floats(-3, 3), st.floats(0.1, 3), st.floats(0, 2))
def test_a_larger_effect_is_never_judged_worse(mean, sd, more):
    order = ["harm", "unclear", "neither", "benefit"]
    rank = {"unclear": 1, "neither": 1, "harm": 0, "benefit": 2}
    before, after = (decision(mean + up + sd * Z, Setting(0.95, 1.0)) for up in (0.0, more))
    assert rank[after.favours] >= rank[before.favours]
    assert {before.favours, after.favours} <= set(order)


def test_without_a_margin_only_the_direction_is_told():
    found = decision(2 + Z, Setting(0.95, None))
    assert found.word == "very likely helped"
    assert np.isnan(found.probabilities["beyond_margin"])
    assert decision(-0.5 + Z, Setting(0.95, None)).word == "likely harmed"
    assert decision(-2 + Z, Setting(0.95, None, wanted=-1)).word == "very likely helped"


def test_a_margin_of_zero_is_no_margin():
    assert decision(2 + Z, Setting(0.95, 0.0)).word == "very likely helped"


def test_where_neither_direction_is_wanted_it_rose_or_fell():
    found = decision(-3 + Z, Setting(0.95, 1.0, wanted=0))
    assert found.word == "very likely fell by a margin that matters"
    assert found.favours == "unclear"
    assert "downward" in found.because
    assert decision(0.2 * Z, Setting(0.95, 1.0, wanted=0)).favours == "neither"


def test_a_quantity_has_a_margin_and_words_of_its_own():
    one = Quantity("gap", -3 + Z, margin=-1.0, moved=("narrowed", "widened"))
    assert decide(one, Setting(0.95, 5.0)).word == "very likely narrowed by a margin that matters"
    assert decide(replace(one, draws=3 + Z), Setting(0.95, 5.0)).word.startswith(
        "very likely widened"
    )


def test_a_probability_next_to_a_limit_is_called_close():
    """P(above 0) = 0.9 exactly; with a hundred times the distance it is not."""
    edge = -NormalDist().inv_cdf(0.1)
    found = decision(edge + Z, Setting(0.95, None))
    assert found.close
    assert found.because.endswith("More draws could change the word.")
    assert not decision(edge + 2 + Z, Setting(0.95, None)).close


def test_little_known_is_not_little_changed():
    """A wide posterior around zero is unsure, not without effect; 0.90 inside is not enough."""
    assert decision(0.6 * Z, Setting(0.95, 1.0)).word == UNSURE
    assert decision(0.5 * Z, Setting(0.95, 1.0)).word == "very likely changed too little to matter"


def test_the_words_have_the_limits_they_have_in_the_report():
    limits = {word: at for at, word in CHANCES}
    for key, rule in RULES.items():
        said = "very likely" if key.startswith("very likely") else "likely"
        if rule.probability != "within_margin":
            assert rule.at_least == limits[said]
        assert rule.at_least >= limits[said]


def test_the_rule_is_printed_whole():
    table = rules_table()
    assert list(table["word"]) == [*RULES, UNSURE]
    assert list(table["is at least"])[:-1] == [rule.at_least for rule in RULES.values()]
    assert list(rules_table(margin=False)["word"]) == [
        "very likely helped",
        "very likely harmed",
        "likely helped",
        "likely harmed",
        UNSURE,
    ]
