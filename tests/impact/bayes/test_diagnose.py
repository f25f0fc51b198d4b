"""Checks say what they saw, and are able to fail."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.impact.bayes import diagnose
from evalkit.impact.bayes.collapse import RawEffects
from evalkit.impact.bayes.engine import EFFORTS, Posterior, Problem
from evalkit.impact.bayes.priors import default_priors
from evalkit.impact.bayes.rows import Columns, read_rows
from evalkit.impact.bayes.sites import site_effects

COLUMNS = Columns("score", "site", "on", time="year")


def made_posterior(sites, spread=0.5, seed=0):
    rng = np.random.default_rng(seed)
    mu, own = rng.standard_normal((4, 1000)), rng.standard_normal((4, 1000, sites))
    tau = spread * np.abs(rng.standard_normal((4, 1000)))
    sigma = np.full((4, 1000), 1.0)
    effect = mu[..., None] + tau[..., None] * own
    return Posterior(mu, tau, sigma, np.zeros((4, 1000, 0)), effect, 0, EFFORTS[0], 1)


def made_problem(sites, largest=2.5):
    effect = np.linspace(-1, 1, sites)
    return Problem(
        RawEffects(effect, np.eye(sites), 1.0, 60, largest, 61), np.zeros((sites, 0)), 1.0
    )


def trend_of(frame):
    rows, _ = read_rows(frame, COLUMNS)
    effects, _ = site_effects(rows, COLUMNS)
    return diagnose.pre_trend(effects)


def test_a_rise_before_the_start_is_a_concern(panel):
    """Treated sites that rose in the last year before are called out; others pass, with care."""
    steady = trend_of(panel)
    assert steady.verdict == "pass"
    assert "does not show that their paths would have stayed alike" in steady.meaning
    early = panel["site"].lt("site 06") & panel["year"].eq(2017)
    risen = trend_of(panel.assign(score=panel["score"] + 4.0 * early))
    assert risen.verdict == "concern"
    assert risen.statistic == pytest.approx(steady.statistic + 4)


def test_no_trend_can_be_told_from_one_period_before_the_start(panel):
    """Then the check says why it has no number."""
    assert "only one period" in trend_of(panel[panel["year"] >= 2017]).meaning


@pytest.mark.parametrize(("sites", "verdict"), [(3, "concern"), (6, "information"), (12, "pass")])
def test_few_treated_sites_are_counted(sites, verdict):
    """Under five is a concern, under ten worth knowing."""
    check = diagnose.few_treated_sites(made_posterior(sites), default_priors(1.0))
    assert (check.verdict, check.statistic) == (verdict, sites)


def test_an_outlying_comparison_site_fails_the_posterior_predictive_check():
    """A residual of 9 SDs among 61 does not come from a normal model."""
    posterior = made_posterior(8)
    _, fine = diagnose.posterior_predictive(made_problem(8), posterior, 0, 0.95)
    table, odd = diagnose.posterior_predictive(made_problem(8, largest=9.0), posterior, 0, 0.95)
    assert fine.verdict == "pass"
    assert odd.verdict == "concern"
    assert "largest residual" in odd.meaning
    assert next(iter(table["quantity"])) == "spread (SD) of raw effects"


def test_the_largest_of_many_normals_is_drawn_from_its_own_distribution():
    """Median of the largest of 100 absolute normals: Phi^-1((1 + 0.5^(1/100)) / 2)."""
    from scipy import stats

    draws = diagnose._largest_normal(100, np.random.default_rng(0))
    exact = stats.norm.ppf((1 + 0.5**0.01) / 2)
    assert np.median(draws) == pytest.approx(exact, abs=0.03)


def test_the_prior_predictive_has_the_width_of_the_priors():
    """Mean effect: variance of mu plus that of the sites' own share."""
    table = diagnose.prior_predictive(made_problem(6), default_priors(1.0), 0, 0.95)
    width = table["high"].iloc[0] - table["low"].iloc[0]
    assert width == pytest.approx(2 * 1.96 * np.sqrt(1 + 0.25 / 6), rel=0.06)


def test_without_priors_the_t_interval_stands_beside():
    """Mean of raw effects, error from the noise matrix, t with the residual df."""
    row = diagnose._without_priors(made_problem(6), 0.95)
    assert row["mean"] == pytest.approx(0)
    assert row["sd"] == pytest.approx(1 / np.sqrt(6))
    assert row["p_above_zero"] == pytest.approx(0.5)
