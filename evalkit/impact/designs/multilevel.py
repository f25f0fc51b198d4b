"""Bayesian multilevel design: effects of several sites, partially pooled.

A site's own effect is known badly, and the mean of all says nothing of how they differ. Partial
pooling takes the middle way: every treated site has its own effect, the effects share a mean and a
spread, and both are learnt together with them (Gelman and Hill 2007, chapters 12 and 13).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from evalkit.impact.bayes.priors import prior_faults
from evalkit.impact.bayes.result import Request, estimate_sites
from evalkit.impact.bayes.rows import Columns, read_rows
from evalkit.impact.bayes.sites import SiteEffects, site_effects
from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import Faults, names_of, option_faults, refuse
from evalkit.impact.subgroups import with_subgroups


@with_subgroups
def multilevel(  # noqa: PLR0913 (options of the design are its contract)
    frame: Any,
    *,
    outcome: str,
    site: str,
    treatment: str,
    baseline: str | Sequence[str] = (),
    moderators: str | Sequence[str] = (),
    time: str = "",
    covariates: str | Sequence[str] = (),
    new_site: bool = True,
    priors: Mapping[str, Any] | None = None,
    margin: float | None = None,
    cluster: str = "",
    weights: str = "",
    by: str | None = None,  # noqa: ARG001 (with_subgroups)
    inference: str = "bayesian",
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Estimate the effect in each treated site, their mean and spread, and the effect in a new site.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        One row a person, or a site, or a site and period.
    outcome : str
        A column of numbers.
    site : str
        The column that names the site.
    treatment : str
        0 or 1. With `time`: 0 before a site's start and 1 from then on; 0 always in untreated sites.
    baseline, covariates : str or list of str, optional
        Columns to adjust for. With `time` they enter as they stood before the first start.
    moderators : str or list of str, optional
        Columns constant within a site that may explain why effects differ.
    time : str, optional
        Periods. Each site's change is then held against the changes of untreated sites: site levels
        and period effects drop out.
    new_site : bool
        Whether to predict the effect in a further site.
    priors : mapping, optional
        In outcome units, any of ``{"effect": {"mean", "sd"}, "spread": {"sd"}, "noise": {"sd"},
        "moderators": {"sd"}}``. The rest follow the documented rule (see `default_priors`).
    margin : float, optional
        The smallest change that matters, in outcome units, negative where lower is better.
    cluster : str, optional
        Groups inside sites (such as classes) that share their outcome; each then counts once.
    weights : str, optional
        Weights of rows.
    by : str, optional
        Column of subgroups: each is estimated alone, and the gap between them.
    inference : {"bayesian"}
        The only one; stands here as other designs have a choice.
    level : float
        Of the equal-tailed credible intervals.
    seed : int
        The same seed gives the same draws.

    Returns
    -------
    Estimate
        `value` is the posterior mean of the mean of the treated sites' own effects. Tables:
        ``sites, posterior, priors, sensitivity, prior_predictive, posterior_predictive``.

    Raises
    ------
    DesignError
        When the data cannot carry the analysis, or the sampling does not converge.

    References
    ----------
    Gelman, A. and Hill, J. (2007). Data Analysis Using Regression and Multilevel/Hierarchical
    Models. Cambridge University Press.
    Bertrand, M., Duflo, E. and Mullainathan, S. (2004). How much should we trust
    differences-in-differences estimates? Quarterly Journal of Economics 119, 249-275.
    """
    columns = Columns(
        outcome,
        site,
        treatment,
        time or "",
        (*names_of(baseline), *names_of(covariates)),
        names_of(moderators),
        cluster or "",
        weights or "",
    )
    effects, faults = prepare(
        frame,
        outcome=outcome,
        site=site,
        treatment=treatment,
        baseline=baseline,
        moderators=moderators,
        time=time,
        covariates=covariates,
        priors=priors,
        margin=margin,
        cluster=cluster,
        weights=weights,
        inference=inference,
        level=level,
    )
    refuse(faults, "`multilevel`")
    request = Request(columns, priors, margin, level, seed, new_site)
    return estimate_sites(cast("SiteEffects", effects), request)


def prepare(  # noqa: PLR0913 (the options of the design that bear on the data)
    frame: Any,
    *,
    outcome: str,
    site: str,
    treatment: str,
    baseline: str | Sequence[str] = (),
    moderators: str | Sequence[str] = (),
    time: str = "",
    covariates: str | Sequence[str] = (),
    priors: Mapping[str, Any] | None = None,
    margin: float | None = None,
    cluster: str = "",
    weights: str = "",
    inference: str = "bayesian",
    level: float = 0.95,
) -> tuple[SiteEffects | None, Faults]:
    """Return the raw effects of the sites, or None and every reason, without sampling."""
    columns = Columns(
        outcome,
        site,
        treatment,
        time or "",
        (*names_of(baseline), *names_of(covariates)),
        names_of(moderators),
        cluster or "",
        weights or "",
    )
    faults = _option_faults(Request(columns, priors, margin, level, 0, new_site=True), inference)
    if faults:
        return None, faults
    rows, faults = read_rows(frame, columns)
    if rows is None or faults:
        return None, faults
    return site_effects(rows, columns)


def _option_faults(request: Request, inference: str) -> Faults:
    faults = prior_faults(request.priors)
    outcome: object = request.columns.outcome
    if not isinstance(outcome, str):
        wrong = "`multilevel` takes one outcome at a time so far, not a list."
        faults.append((wrong, "Plan one analysis for each outcome."))
    faults += option_faults(level=request.level)
    if inference != "bayesian":
        wrong = f"`multilevel` is Bayesian; `inference: {inference}` is not built for it."
        faults.append((wrong, "Leave `inference` out, or use a design such as `matching`."))
    margin = request.margin
    if margin is not None and not 0 < abs(margin) < float("inf"):
        wrong = f"`margin: {margin}` is no size of an effect."
        faults.append((wrong, "Give the smallest change that matters, in the outcome's units."))
    return faults
