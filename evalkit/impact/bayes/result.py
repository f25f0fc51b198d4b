"""From raw effects to the `Estimate`: sample, summarise, check, and say what was done in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.impact.bayes import adapter, diagnose, summary
from evalkit.impact.bayes.engine import Posterior, Problem, new_site_draws, sample_posterior
from evalkit.impact.bayes.priors import Priors, choose_priors, prior_table
from evalkit.impact.bayes.rows import Columns
from evalkit.impact.bayes.sites import SiteEffects
from evalkit.impact.estimate import Check, Estimate, Standardised

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Request:
    """What was asked for, beside the data."""

    columns: Columns
    priors: Mapping[str, Any] | None
    margin: float | None
    level: float
    seed: int
    new_site: bool


def estimate_sites(effects: SiteEffects, request: Request) -> tuple[Estimate, Posterior]:
    """Sample the site-effects model; return what is reported of it, and the draws.

    Raises
    ------
    DesignError
        When the sampling does not converge.
    """
    problem = Problem(effects.raw, effects.moderators, effects.sd)
    priors = choose_priors(request.priors, effects.sd)
    posterior = sample_posterior(problem, priors, request.seed)
    tables, checks = _tables_and_checks(effects, problem, priors, posterior, request)
    draws = posterior.mean_effect.ravel()
    made = Estimate(
        id="multilevel",
        design="multilevel",
        estimator=ESTIMATOR[effects.kind],
        estimand=estimand(effects, request.columns),
        outcome=request.columns.outcome,
        value=float(draws.mean()),
        std_error=float(draws.std(ddof=1)),
        interval=summary.credible(draws, request.level),
        p_value=None,
        n_units=len(effects.sites) + effects.comparison_sites,
        n_observations=effects.rows,
        n_clusters=len(effects.sites) + effects.comparison_sites,
        n_treated=len(effects.sites),
        standardised=standardised(draws, effects.sd, request.level),
        table=tables,
        checks=checks,
        assumptions=assumptions(effects, request.columns),
        draws=draws,
        seed=request.seed,
        notes=notes(effects, tables["priors"], request),
        native=_native(posterior, effects),
    )
    return made, posterior


def _tables_and_checks(
    effects: SiteEffects,
    problem: Problem,
    priors: Priors,
    posterior: Posterior,
    request: Request,
) -> tuple[dict[str, pd.DataFrame], tuple[Check, ...]]:
    seed, level, margin = request.seed, request.level, request.margin
    predicted, fits = diagnose.posterior_predictive(problem, posterior, seed, level)
    sensitivity, moves = diagnose.prior_sensitivity(
        problem, priors, posterior, request.margin, seed, level
    )
    quantities = _quantities(posterior, request)
    tables = {
        "sites": summary.site_table(effects.sites, effects.raw.effect, posterior, level),
        "posterior": summary.posterior_table(quantities, level, margin),
        "priors": prior_table(priors, effects.sd, request.priors, len(request.columns.moderators)),
        "sensitivity": sensitivity,
        "prior_predictive": diagnose.prior_predictive(problem, priors, seed, level),
        "posterior_predictive": predicted,
    }
    checks = (
        diagnose.convergence(posterior),
        moves,
        diagnose.few_treated_sites(posterior, priors),
        fits,
        diagnose.pre_trend(effects),
    )
    return tables, checks


def _quantities(posterior: Posterior, request: Request) -> dict[str, Floats]:
    """Return the draws of everything reported, by name."""
    named = {
        summary.MEAN: posterior.mean_effect,
        summary.TYPICAL: posterior.mu,
        summary.SPREAD: posterior.tau,
        summary.NOISE: posterior.sigma,
    }
    if request.new_site:
        named[summary.NEW_SITE] = new_site_draws(posterior, request.seed)
    for k, name in enumerate(request.columns.moderators):
        named[f"change in effect per SD of {name}"] = posterior.gamma[..., k]
    return named


def standardised(draws: Floats, sd: float, level: float) -> Standardised:
    """Return the effect in standard deviations of the outcome."""
    low, high = summary.equal_tailed(draws / sd, level)
    which = "outcome among rows not under the programme, within periods"
    return Standardised(float(draws.mean() / sd), low, high, sd, which)


def _native(posterior: Posterior, effects: SiteEffects) -> Any:
    named = {
        "mu": posterior.mu,
        "tau": posterior.tau,
        "sigma": posterior.sigma,
        "site_effect": posterior.site_effect,
        "mean_effect": posterior.mean_effect,
    }
    if posterior.gamma.shape[-1]:
        named["gamma"] = posterior.gamma
    return adapter.native(named, {"raw_effect": effects.raw.effect}, list(effects.sites))


ESTIMATOR = {
    "change": "Bayesian multilevel model of sites' changes, partially pooled over treated sites",
    "within": "Bayesian multilevel model of differences inside sites, partially pooled over sites",
    "between": "Bayesian multilevel model of site means, partially pooled over treated sites",
}


def estimand(effects: SiteEffects, columns: Columns) -> str:
    """Return the target in words: unit, population, contrast, period, aggregation."""
    count = len(effects.sites)
    against = {
        "change": f"{effects.window}, against the same change in {effects.comparison_sites} "
        "untreated sites",
        "within": "treated against untreated rows of the same site",
        "between": f"site means, against {effects.comparison_sites} untreated sites",
    }[effects.kind]
    return (
        f"Mean effect of `{columns.treatment}` on `{columns.outcome}` over the {count} treated "
        f"sites (`{columns.site}`) that were studied, each site counting the same: {against}."
    )


def assumptions(effects: SiteEffects, columns: Columns) -> tuple[str, ...]:
    """Return what the site-effects model takes for granted, in words."""
    comparison = {
        "change": (
            "Without the programme the treated sites would have changed as the untreated ones did"
            + (" that had the same baseline and covariates." if columns.adjust else "."),
            (
                "A site's change is one number, so its years may be correlated in any way; the changes "
                "of treated sites vary by chance as much as those of untreated ones."
            ),
        ),
        "within": (
            "Inside a site, treated and untreated rows differ only by the treatment"
            + (" once adjusted for baseline and covariates." if columns.adjust else "."),
            (
                "Rows (or clusters, where named) of one site and arm are independent, with the same "
                "residual spread in all sites."
            ),
        ),
        "between": (
            "Treated and untreated sites differ only by the treatment"
            + (" once adjusted for baseline and covariates." if columns.adjust else "."),
            (
                "Treated site means vary by chance as much as untreated ones; every site counts the "
                "same, whatever its size."
            ),
        ),
    }[effects.kind]
    return (
        *comparison,
        "Sites do not influence one another.",
        "The sites' true effects follow a normal distribution; none is known beforehand to be "
        "larger than another"
        + (", apart from what the moderators explain." if columns.moderators else "."),
        "Residuals are normal.",
    )


def notes(effects: SiteEffects, priors: pd.DataFrame, request: Request) -> tuple[str, ...]:
    """Return the priors in words and everything noted on the way."""
    words = tuple(
        f"Prior, {row.parameter}: {row.distribution} ({row.source}). {row.words}"
        for row in priors.itertuples()
    )
    notes = (
        (
            f"Default priors are set in standard deviations of the outcome (1 SD = {effects.sd:.4g}, "
            "among rows not under the programme, within periods)."
        ),
        *words,
        *effects.notes,
    )
    if effects.kind != "within" and request.columns.cluster not in ("", request.columns.site):
        notes += (
            (
                f"Rows are averaged over `{request.columns.site}`, so `{request.columns.cluster}` "
                "inside a site changes nothing."
            ),
        )
    if " each site by its own start" in effects.window:
        notes += (
            (
                "Sites start at different times: how the errors of their changes relate is taken "
                "from the untreated sites as if known."
            ),
        )
    return notes
