"""Bayesian multilevel design: effects of several sites, partially pooled.

A site's own effect is known badly, and the mean of all says nothing of how they differ. Partial
pooling takes the middle way: every treated site has its own effect, the effects share a mean and a
spread, and both are learnt together with them (Gelman and Hill 2007, chapters 12 and 13).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from evalkit.impact.bayes.multi.asked import Asked, by_outcome
from evalkit.impact.bayes.multi.run import Prepared, estimate
from evalkit.impact.bayes.multi.run import prepare as prepare_model
from evalkit.impact.bayes.rows import Columns
from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import Faults, names_of, refuse


def multilevel(  # noqa: PLR0913 (options of the design are its contract)
    frame: Any,
    *,
    outcome: str | Sequence[str],
    site: str,
    treatment: str,
    baseline: str | Sequence[str] = (),
    moderators: str | Sequence[str] = (),
    time: str = "",
    covariates: str | Sequence[str] = (),
    domains: Mapping[str, str] | None = None,
    higher_is_better: bool | Mapping[str, bool] | None = None,
    family: str = "normal",
    trials: str = "",
    exposure: str = "",
    area: str = "",
    crossed: str | Sequence[str] = (),
    members: str | Sequence[str] = (),
    member_weights: str | Sequence[str] = (),
    heteroskedastic: bool = False,
    new_site: bool | Mapping[str, Any] = True,
    tail: bool = False,
    priors: Mapping[str, Any] | None = None,
    margin: float | Mapping[str, float] | None = None,
    cluster: str = "",
    weights: str = "",
    by: str | None = None,
    inference: str = "bayesian",
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Estimate the effect in each treated site, their mean and spread, and the effect in a new site.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        One row a person, or a site, or a site and period.
    outcome : str or list of str
        A column of numbers; several are modelled together.
    site : str
        The column that names the site.
    treatment : str
        0 or 1. With `time`: 0 before a site's start and 1 from then on; 0 always in untreated sites.
    baseline, covariates : str or list of str, optional
        Columns to adjust for. With `time` they enter as they stood before the first start.
    moderators : str or list of str, optional
        Columns constant within a site that may explain why effects differ: numbers (dose, support)
        or names (kind of place).
    time : str, optional
        Periods. Each site's change is then held against the changes of untreated sites: site levels
        and period effects drop out.
    domains : mapping of str to str, optional
        Several outcomes: which domain each belongs to; those of one domain are pooled more.
    higher_is_better : bool or mapping of str to bool, optional
        Which direction is wanted, by outcome. Left out, the sign of `margin` says it, or else up.
    family : {"normal", "student_t", "bernoulli", "binomial", "poisson", "negative_binomial", \
"ordinal"}
        Of the outcome. For all but the first two the effect is given on the natural scale (average
        marginal effect: change in probability, count or category score) and on the link scale.
    trials, exposure : str, optional
        How many could have had the outcome (binomial); what a count is taken over.
    area : str, optional
        The column of areas that sites lie in.
    crossed : str or list of str, optional
        Further groupings that cut across sites, such as trust and diocese.
    members, member_weights : str or list of str, optional
        Multiple membership: several columns of one grouping, and the share of each.
    heteroskedastic : bool
        Whether sites have residual spreads of their own, partly pooled.
    new_site : bool or mapping
        Whether to predict the effect in a further site; or what that is like, by moderator, such as
        ``{"dose": 3, "place": "coast"}``, and which known area it lies in.
    tail : bool
        Whether to give the effect in the lowest tenth of the (first) baseline.
    priors : mapping, optional
        Any of ``{"effect": {"mean", "sd"}, "spread": {"sd"}, "noise": {"sd"}, "moderators": {"sd"},
        "levels": {"sd"}, "outcomes": {"sd"}, "domains": {"sd"}, "groups": {"sd"}}``: in outcome
        units for one normal outcome, in SDs for several, on the link scale for other families. The
        rest follow the documented rule (`Scales`).
    margin : float or mapping of str to float, optional
        The smallest change that matters, in outcome units, negative where lower is better.
    cluster : str, optional
        Groups inside sites (such as classes) that share their outcome; each then counts once.
    weights : str, optional
        Weights of rows.
    by : str, optional
        Column of subgroups: estimated in one model with the sites, and the gap between them.
    inference : {"bayesian"}
        The only one; stands here as other designs have a choice.
    level : float
        Of the equal-tailed credible intervals.
    seed : int
        The same seed gives the same draws.

    Returns
    -------
    Estimate
        `value` is the posterior mean of the mean of the treated sites' own effects; with several
        outcomes of their mean over outcomes, in SDs in the wanted direction. Tables: ``sites,
        posterior, priors, sensitivity, posterior_predictive``, and ``prior_predictive, new_site,
        outcomes, together, how_many, domains, correlations, sites_by_outcome, link_scale,
        categories, coefficients, subgroups, subgroup_gaps, tail, missing`` where they apply.

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
    asked = _asked(
        outcome=outcome,
        site=site,
        treatment=treatment,
        baseline=baseline,
        moderators=moderators,
        time=time,
        covariates=covariates,
        domains=domains,
        higher_is_better=higher_is_better,
        family=family,
        trials=trials,
        exposure=exposure,
        area=area,
        crossed=crossed,
        members=members,
        member_weights=member_weights,
        heteroskedastic=heteroskedastic,
        new_site=new_site,
        tail=tail,
        priors=priors,
        margin=margin,
        cluster=cluster,
        weights=weights,
        by=by,
        level=level,
        seed=seed,
    )
    prepared, faults = prepare_model(frame, asked, inference)
    refuse(faults, "`multilevel`")
    return estimate(cast("Prepared", prepared), asked)


def prepare(  # noqa: PLR0913 (the options of the design that bear on the data)
    frame: Any,
    *,
    outcome: str | Sequence[str],
    site: str,
    treatment: str,
    baseline: str | Sequence[str] = (),
    moderators: str | Sequence[str] = (),
    time: str = "",
    covariates: str | Sequence[str] = (),
    domains: Mapping[str, str] | None = None,
    higher_is_better: bool | Mapping[str, bool] | None = None,
    family: str = "normal",
    trials: str = "",
    exposure: str = "",
    area: str = "",
    crossed: str | Sequence[str] = (),
    members: str | Sequence[str] = (),
    member_weights: str | Sequence[str] = (),
    heteroskedastic: bool = False,
    new_site: bool | Mapping[str, Any] = True,
    tail: bool = False,
    priors: Mapping[str, Any] | None = None,
    margin: float | Mapping[str, float] | None = None,
    cluster: str = "",
    weights: str = "",
    by: str | None = None,
    inference: str = "bayesian",
    level: float = 0.95,
) -> tuple[Prepared | None, Faults]:
    """Return the rows and the model made of them, or None and every reason, without sampling."""
    asked = _asked(
        outcome=outcome,
        site=site,
        treatment=treatment,
        baseline=baseline,
        moderators=moderators,
        time=time,
        covariates=covariates,
        domains=domains,
        higher_is_better=higher_is_better,
        family=family,
        trials=trials,
        exposure=exposure,
        area=area,
        crossed=crossed,
        members=members,
        member_weights=member_weights,
        heteroskedastic=heteroskedastic,
        new_site=new_site,
        tail=tail,
        priors=priors,
        margin=margin,
        cluster=cluster,
        weights=weights,
        by=by,
        level=level,
        seed=0,
    )
    return prepare_model(frame, asked, inference)


def _asked(  # noqa: PLR0913 (the options of the design)
    *,
    outcome: str | Sequence[str],
    site: str,
    treatment: str,
    baseline: str | Sequence[str],
    moderators: str | Sequence[str],
    time: str,
    covariates: str | Sequence[str],
    domains: Mapping[str, str] | None,
    higher_is_better: bool | Mapping[str, bool] | None,
    family: str,
    trials: str,
    exposure: str,
    area: str,
    crossed: str | Sequence[str],
    members: str | Sequence[str],
    member_weights: str | Sequence[str],
    heteroskedastic: bool,
    new_site: bool | Mapping[str, Any],
    tail: bool,
    priors: Mapping[str, Any] | None,
    margin: float | Mapping[str, float] | None,
    cluster: str,
    weights: str,
    by: str | None,
    level: float,
    seed: int,
) -> Asked:
    """Return the options in one record, names as tuples and what goes by outcome as mappings."""
    outcomes = names_of(outcome)
    columns = Columns(
        outcomes[0] if outcomes else "",
        site,
        treatment,
        time or "",
        (*names_of(baseline), *names_of(covariates)),
        names_of(moderators),
        cluster or "",
        weights or "",
    )
    return Asked(
        outcomes,
        columns,
        domains=dict(domains or {}),
        higher=by_outcome(higher_is_better, outcomes),
        margins=by_outcome(margin, outcomes),
        family=family,
        trials=trials or "",
        exposure=exposure or "",
        area=area or "",
        crossed=names_of(crossed),
        members=names_of(members),
        member_weights=names_of(member_weights),
        heteroskedastic=heteroskedastic,
        new_site=new_site,
        by=by or "",
        tail=tail,
        priors=priors,
        level=level,
        seed=seed,
    )
