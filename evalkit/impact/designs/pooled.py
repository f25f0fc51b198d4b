"""Estimates of many studies or sites, pooled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from evalkit.impact.bayes.forms.common_priors import Asked, form_faults
from evalkit.impact.bayes.forms.common_slots import POOLED
from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import BOTH, Faults, choice_fault, names_of, option_faults, refuse
from evalkit.impact.pooling import study as pool
from evalkit.impact.pooling.read import Roles, Studies, read_studies
from evalkit.impact.subgroups import with_subgroups

NAME = "pooled"
ESTIMATORS = tuple(pool.NAMES)
ADJUST = ("auto", "knapp_hartung", "none")


@with_subgroups
def pooled(  # noqa: PLR0913 (options of the design are its contract)
    frame: Any,
    *,
    std_error: str,
    estimate: str | None = None,
    study: str | None = None,
    moderators: str | Sequence[str] | None = None,
    outcome: str | None = None,
    estimator: str | None = None,
    adjust: str = "auto",
    within: float = 0.0,
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    by: str | None = None,  # noqa: ARG001 (with_subgroups)
    seed: int = 0,
    inference: str = "frequentist",
    priors: Mapping[str, Any] | None = None,
    margin: float | None = None,
) -> Estimate:
    """Pool the estimates of many studies or sites.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        One row an estimate.
    estimate, std_error : str
        Columns: the estimates (on one scale; ratios as their logs) and their standard errors.
    study : str, optional
        Column with the name of the study or site. Where a name stands in several rows and no
        `cluster` is named, it serves as cluster.
    moderators : str or list of str, optional
        Columns that may say why effects differ: numbers, or text with a few values.
    outcome : str, optional
        Taken for `estimate` where that is left out.
    estimator : {"reml", "ml", "dl", "pm", "fixed", "three_level", "three_level_ml"}, optional
        Default: "reml"; with estimates in clusters "three_level".
    adjust : {"auto", "knapp_hartung", "none"}
        Whether Knapp-Hartung leads; "auto": always but in a fixed-effect pool.
    within : float
        Correlation of the sampling errors of one cluster's estimates in the working model of the
        robust error, from 0 to below 1. The robust error holds whatever it is.
    covariates : str or list of str, optional
        Taken as further moderators.
    weights : str, optional
        Refused: the weights follow from the standard errors.
    cluster : str, optional
        Column: estimates of one cluster depend on each other.
    level : float
        Confidence level.
    by : str, optional
        Column of subgroups: each is pooled alone, and the gap between them.
    seed : int
        Of the posterior's draws; in the frequentist form nothing is random.
    inference : {"frequentist", "bayesian"}
        By REML and its kin, or by the posterior of a random-effects model.
    priors : mapping, optional
        Of the Bayesian form, in the units of the estimates: any of ``{"effect": {"mean", "sd"},
        "spread": {"sd", "df"}, "within": {"sd", "df"}, "moderators": {"mean", "sd"}}``. The rest follow the
        documented rule.
    margin : float, optional
        Smallest effect that matters, in the unit of the estimates.

    Returns
    -------
    Estimate
        The mean effect (at average moderators), with its interval, heterogeneity and checks.

    Raises
    ------
    DesignError
        When the data cannot be pooled, with every reason and what to do.

    References
    ----------
    Viechtbauer (2005), Journal of Educational and Behavioral Statistics 30.
    Knapp and Hartung (2003), Statistics in Medicine 22.
    Pustejovsky and Tipton (2022), Prevention Science 23.
    """
    studies, faults = prepare(
        frame,
        estimate=estimate,
        std_error=std_error,
        study=study,
        moderators=moderators,
        outcome=outcome,
        estimator=estimator,
        adjust=adjust,
        within=within,
        covariates=covariates,
        weights=weights,
        cluster=cluster,
        level=level,
        inference=inference,
        priors=priors,
    )
    refuse(faults, NAME)
    studies = cast("Studies", studies)
    if inference == "bayesian":
        from evalkit.impact.bayes.forms import pooled as bayesian

        return bayesian.study(studies, Asked(priors, level, margin, seed))
    default = "reml" if studies.groups is None else "three_level"
    choices = pool.Choices(estimator or default, adjust, within, level, margin, seed)
    return pool.study(studies, choices)


def prepare(  # noqa: PLR0913 (the options of the design that bear on the data)
    frame: Any,
    *,
    std_error: str,
    estimate: str | None = None,
    study: str | None = None,
    moderators: str | Sequence[str] | None = None,
    outcome: str | None = None,
    estimator: str | None = None,
    adjust: str = "auto",
    within: float = 0.0,
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    inference: str = "frequentist",
    priors: Mapping[str, Any] | None = None,
) -> tuple[Studies | None, Faults]:
    """Return the estimates, or None and every reason why they cannot be pooled, and what to do."""
    faults = option_faults(level=level, inference=inference, built=BOTH)
    frequentist = {"estimator": estimator, "adjust": adjust, "within": within}
    faults += form_faults(inference, priors, POOLED, _changed(frequentist))
    faults += choice_fault("adjust", adjust, ADJUST)
    if estimator is not None:
        faults += choice_fault("estimator", estimator, ESTIMATORS)
    if not 0 <= within < 1:
        faults.append(
            (f"`within: {within}` is no correlation.", "Write a number from 0 to below 1.")
        )
    if weights is not None:
        faults.append(
            (
                (
                    f"`weights: {weights}` cannot be used: what an estimate weighs follows from "
                    "its standard error."
                ),
                "Leave `weights` out; correct the standard errors if they are wrong.",
            )
        )
    column = estimate or outcome
    if column is None:
        return None, [
            *faults,
            ("No column of estimates is named.", "Write `estimate:` with the column's name."),
        ]
    both = tuple(dict.fromkeys((*names_of(moderators), *names_of(covariates))))
    roles = Roles(column, std_error, study, both, cluster)
    studies, found = read_studies(frame, roles)
    faults += found
    if studies is not None and studies.groups is None and (estimator or "").startswith("three"):
        faults.append(
            (
                f"`estimator: {estimator}` needs several estimates in a cluster.",
                "Name the column of the clusters in `cluster`, or write `estimator: reml`.",
            )
        )
    return (None if faults else studies), faults


def _changed(options: Mapping[str, Any]) -> list[str]:
    """Return the options of the frequentist form that were set to something else."""
    left = {"estimator": None, "adjust": "auto", "within": 0.0}
    return [name for name, value in options.items() if value != left[name]]
