"""Priors follow the documented rule, and a user's own are taken or refused in words."""

from __future__ import annotations

import pytest
from scipy import stats

from evalkit.impact.bayes.priors import (
    choose_priors,
    default_priors,
    prior_faults,
    prior_table,
    variants,
)


def test_default_priors_are_the_same_in_standard_deviations_whatever_the_unit():
    """Pounds or pence: every scale is a fixed multiple of the outcome's SD."""
    pounds, pence = default_priors(2.0), default_priors(200.0)
    assert (pounds.effect_sd, pounds.spread_sd, pounds.noise_sd) == (2.0, 1.0, 4.0)
    assert pence.effect_sd == 100 * pounds.effect_sd
    assert pence.spread_sd == 100 * pounds.spread_sd


def test_a_given_prior_replaces_its_part_only():
    """What is not given stays at the default."""
    chosen = choose_priors({"effect": {"mean": 1, "sd": 0.5}}, 2.0)
    assert (chosen.effect_mean, chosen.effect_sd, chosen.spread_sd) == (1.0, 0.5, 1.0)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"efect": {"sd": 1}}, "Did you mean `effect`"),
        ({"effect": {"scale": 1}}, "has no `scale`"),
        ({"effect": {"sd": 0}}, "above zero"),
        ({"effect": {"sd": "wide"}}, "is no number"),
        ({"spread": 3}, "is no mapping"),
        ("wide", "is no mapping"),
    ],
)
def test_a_prior_that_cannot_be_used_is_named_with_its_remedy(given, words):
    """Every fault says which prior, and how it is written."""
    ((wrong, remedy),) = prior_faults(given)
    assert words in wrong
    assert remedy


def test_no_priors_and_good_priors_have_no_faults():
    """Nothing given is nothing wrong."""
    assert prior_faults(None) == []
    assert prior_faults({"effect": {"mean": 0, "sd": 2}, "spread": {"sd": 1}}) == []


def test_sceptic_and_enthusiast_hold_the_stated_chances():
    """The sceptic gives the change 5 %, the enthusiast gives no effect 5 % (Spiegelhalter 1994)."""
    made = variants(default_priors(1.0), 0.5)
    sceptic, enthusiast = made["sceptical"], made["enthusiastic"]
    assert stats.norm.sf(0.5, sceptic.effect_mean, sceptic.effect_sd) == pytest.approx(0.05, 1e-3)
    chance = stats.norm.cdf(0, enthusiast.effect_mean, enthusiast.effect_sd)
    assert chance == pytest.approx(0.05, 1e-3)


def test_the_table_says_in_words_what_each_prior_means():
    """Units, standard deviations, source and words stand side by side."""
    given = {"effect": {"mean": 0, "sd": 3}}
    table = prior_table(choose_priors(given, 2.0), 2.0, given, moderators=1)
    assert list(table["prior"]) == ["effect", "spread", "noise", "moderators"]
    assert list(table["source"]) == ["given", "default", "default", "default"]
    assert table["scale_in_sd"].iloc[0] == 1.5
    assert "between -5.88 and 5.88 is held 95 % likely" in table["words"].iloc[0]
