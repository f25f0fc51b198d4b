"""Priors follow the data's level, places are kept apart, sampling is retried and then refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from evalkit.errors import DesignError
from evalkit.impact.bayes.engine import Effort
from evalkit.impact.bayes.multi import general
from evalkit.impact.bayes.multi.family_rows import every_row, fewer, units_of
from evalkit.impact.bayes.multi.general import places_of, prior_of, sample_family
from evalkit.impact.bayes.multi.layout import layout_of
from evalkit.impact.bayes.multi.scales import Scales


@pytest.fixture
def layout(rows, ask, seen_of):
    asked = ask("passed", family="bernoulli")
    return layout_of(seen_of(rows, asked), asked)[0]


def rows_for(layout, family):
    units = units_of(layout, family)
    every = every_row(layout, family, units)
    return every, fewer(every, family), units


def test_the_level_is_thought_near_that_of_the_untreated(layout):
    """Log odds, kept off the ends by half a case; scales by role."""
    _, made, _ = rows_for(layout, "bernoulli")
    mean, sd = prior_of(layout, made, "bernoulli", Scales(effect_mean=0.3))
    off = layout.y[layout.treated == 0]
    share = (off.sum() + 0.5) / (len(off) + 1)
    assert mean[0] == pytest.approx(np.log(share / (1 - share)))
    assert (mean[1], sd[1]) == (0.3, 1.0)
    never = replace(layout, y=np.zeros(480))
    assert np.isfinite(
        prior_of(never, rows_for(never, "bernoulli")[1], "bernoulli", Scales())[0]
    ).all()


@pytest.mark.slow
def test_a_logistic_model_agrees_with_maximum_likelihood_when_little_is_assumed(layout):
    """Wide priors and next to no spread: the pooled logistic regression within 0.1 posterior SD."""
    _, made, units = rows_for(layout, "bernoulli")
    scales = Scales(effect=50.0, spread=1e-3, levels=1e-3)
    fitted = sample_family(layout, made, "bernoulli", units, scales, 1)
    found = sm.GLM(layout.y, layout.fixed, family=sm.families.Binomial()).fit()
    draws = fitted.beta.reshape(-1, 2)
    np.testing.assert_allclose(
        draws.mean(axis=0), found.params, atol=0.12 * float(draws.std(axis=0).min())
    )
    np.testing.assert_allclose(draws.std(axis=0), found.bse, rtol=0.05)
    assert "no divergent transition" in fitted.how


@pytest.mark.slow
def test_chains_that_do_not_agree_are_retried_and_then_refused(layout, monkeypatch):
    """Too little effort twice gives no result; enough at the second attempt is said."""
    _, made, units = rows_for(layout, "bernoulli")
    scarce, enough = (Effort(5, 12, 0.5), False), (Effort(1000, 1500, 0.95), False)
    monkeypatch.setattr(general, "EFFORTS", (scarce, scarce))
    with pytest.raises(DesignError, match="did not converge in 2 attempts"):
        sample_family(layout, made, "bernoulli", units, Scales(), 1)
    monkeypatch.setattr(general, "EFFORTS", (scarce, enough))
    fitted = sample_family(layout, made, "bernoulli", units, Scales(), 1)
    assert "reached at attempt 2" in fitted.how


@pytest.mark.slow
def test_a_second_model_of_a_shape_is_not_compiled_again(layout):
    """Other data, the same compiled model; the same seed gives the same draws."""
    _, made, units = rows_for(layout, "bernoulli")
    first = sample_family(layout, made, "bernoulli", units, Scales(), 4)
    before = general.compiled.cache_info().misses
    again = sample_family(layout, made, "bernoulli", units, Scales(), 4)
    other = replace(made, y=made.size - made.y)
    sample_family(layout, other, "bernoulli", units, Scales(), 4)
    assert general.compiled.cache_info().misses == before
    np.testing.assert_array_equal(first.beta, again.beta)


def test_each_effect_knows_its_spread_its_correlation_and_its_partner(rows, ask, seen_of):
    """Levels and effects of sites and areas: two pairs, four spreads."""
    asked = ask("passed", family="bernoulli", area="area")
    layout, _ = layout_of(seen_of(rows, asked), asked)
    made = places_of(layout)
    assert made.groups.shape == (32, 4 + 2 + 32)
    level, effect = made.effects[1][2]  # the third area
    assert made.groups[effect, made.spreads[1][1]] == 1
    assert made.groups[effect, 4 + made.pairs[1]] == 1
    assert made.groups[effect, 6 + level] == 1
    assert made.groups[level, 4:].sum() == 0
    assert made.groups[:, :4].sum() == 32
