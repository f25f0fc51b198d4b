"""The sceptic's and the enthusiast's priors, the default, and a share of doubt."""

from __future__ import annotations

import pytest

from evalkit.impact.bayes.beliefs import (
    doubted,
    enthusiastic,
    from_quantiles,
    given,
    mixture_cumulative,
    sceptical,
    vague,
)
from evalkit.impact.bayes.priors import default_priors, variants


def above(belief, at):
    return 1 - float(mixture_cumulative(belief.parts, [at])[0])


@pytest.mark.parametrize("change", [2.0, -0.03])
def test_the_sceptic_gives_the_change_and_the_enthusiast_gives_harm_five_in_a_hundred(change):
    """Spiegelhalter, Freedman and Parmar 1994, section 4."""
    beyond = above(sceptical(change), change)
    assert (beyond if change > 0 else 1 - beyond) == pytest.approx(0.05)
    contrary = above(enthusiastic(change), 0.0)
    assert (1 - contrary if change > 0 else contrary) == pytest.approx(0.05)


def test_they_are_those_of_the_multilevel_model():
    other = variants(default_priors(10.0), 2.0)
    for name, one in (("sceptical", sceptical(2.0)), ("enthusiastic", enthusiastic(2.0))):
        assert (one.mean, one.sd) == pytest.approx(
            (other[name].effect_mean, other[name].effect_sd), rel=1e-3
        )
    assert vague(10.0).sd == default_priors(10.0).effect_sd


def test_doubt_mixes_the_default_in():
    one = doubted(given(3.0, 0.5), 0.2, 5.0)
    assert [part.weight for part in one.parts] == pytest.approx([0.8, 0.2])
    assert one.mean == pytest.approx(2.4)
    assert "20 % of the weight" in one.words
    assert one.words.count("Before the data") == 1


def test_doubt_gives_a_chance_to_what_a_skewed_belief_rules_out():
    skewed = from_quantiles({0.05: 0.0, 0.5: 1.0, 0.95: 6.0})
    assert 1 - above(skewed, -3.0) == 0
    assert 1 - above(doubted(skewed, 0.1, 5.0), -3.0) > 0.01


def test_a_student_t_is_given_by_its_standard_deviation():
    one = given(1.0, 2.0, 4.0)
    assert (one.mean, one.sd, one.df) == (1.0, pytest.approx(2.0), 4.0)
