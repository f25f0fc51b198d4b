"""Randomised trials: of people or of clusters, in strata or not, with two arms or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from evalkit.impact.bayes.forms.common_priors import Asked, form_faults
from evalkit.impact.bayes.forms.common_slots import RANDOMISED
from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import BOTH, Faults, choice_fault, names_of, option_faults, refuse
from evalkit.impact.randomised.months import CONVERSIONS
from evalkit.impact.randomised.read import read_trial
from evalkit.impact.randomised.regression import ESTIMATORS, build, lin_faults
from evalkit.impact.randomised.result import Setting, study
from evalkit.impact.randomised.trial import Roles, Trial
from evalkit.impact.subgroups import with_subgroups

NAME = "randomised"
DOMAINS = ("attainment", "other")


@with_subgroups
def randomised(  # noqa: PLR0913 (options of the design are its contract)
    frame: Any,
    *,
    outcome: str,
    treatment: str,
    strata: str | Sequence[str] | None = None,
    baseline: str | Sequence[str] | None = None,
    received: str | None = None,
    cluster: str | None = None,
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    level: float = 0.95,
    by: str | None = None,  # noqa: ARG001 (with_subgroups)
    seed: int = 0,
    inference: str = "frequentist",
    priors: Mapping[str, Any] | None = None,
    margin: float | None = None,
    estimator: str | None = None,
    reference: Any = None,
    domain: str | None = None,
    months: str = "eef_projects",
) -> Estimate:
    """Estimate the effect of being assigned to an arm of a trial (intention to treat).

    Parameters
    ----------
    frame : pandas or polars DataFrame
        One row for each person measured; those lost too, with a blank outcome.
    outcome : str
        Column.
    treatment : str
        Column: the arm drawn, as 0 and 1, as words, or as a few whole numbers.
    strata : str or list of str, optional
        Columns that say within which blocks lots were drawn: they become effects.
    baseline : str or list of str, optional
        Columns: the outcome (or the like) before the trial.
    received : str, optional
        Column: whether, or how much of, the programme was received; adds the complier effect.
    cluster : str, optional
        Column: the groups that were drawn whole, or that people share.
    covariates : str or list of str, optional
        Further columns from before the trial; text becomes 0 and 1.
    weights : str, optional
        Column of sampling weights.
    level : float
        Confidence level.
    by : str, optional
        Column of subgroups: each is estimated alone, and the gap between them.
    seed : int
        Seed of the re-assignments and the bootstraps, or of the posterior's draws.
    inference : {"frequentist", "bayesian"}
        By re-assignment and robust errors, or by the posterior of a model in which clusters differ.
    priors : mapping, optional
        Of the Bayesian form, in outcome units: any of ``{"effect": {"mean", "sd"}, "noise": {"sd",
        "df"}, "levels": {"sd", "df"}, "spread": {"sd", "df"}}``. The rest follow the documented rule.
    margin : float, optional
        Smallest change that matters, in the outcome's units.
    estimator : {"difference_in_means", "ancova", "lin", "multilevel"}, optional
        "ancova" where a baseline or covariates are named, else "difference_in_means".
    reference : optional
        Label of the control arm; left out, it is found by its name, or is the first in order.
    domain : {"attainment", "other"}, optional
        "attainment" adds months of progress.
    months : {"eef_projects", "eef_toolkit_2018", "eef_toolkit_2026"}
        Table by which months of progress are read.

    Returns
    -------
    Estimate
        The first arm against the reference arm, with every method of inference; further arms
        stand in ``table["arms"]``.

    Raises
    ------
    DesignError
        When the data cannot carry the design, with every reason and what to do.

    References
    ----------
    Lin (2013), Annals of Applied Statistics 7. Bell and McCaffrey (2002), Survey Methodology 28.
    Pustejovsky and Tipton (2018), Journal of Business & Economic Statistics 36. Hedges (2007),
    Journal of Educational and Behavioral Statistics 32. Lee (2009), Review of Economic Studies 76.
    """
    trial, faults = prepare(
        frame,
        outcome=outcome,
        treatment=treatment,
        strata=strata,
        baseline=baseline,
        received=received,
        cluster=cluster,
        covariates=covariates,
        weights=weights,
        level=level,
        inference=inference,
        priors=priors,
        estimator=estimator,
        reference=reference,
        domain=domain,
        months=months,
    )
    refuse(faults, NAME)
    trial = cast("Trial", trial)
    if inference == "bayesian":
        from evalkit.impact.bayes.forms import randomised_study as bayesian

        return bayesian.study(trial, Asked(priors, level, margin, seed), domain, months)
    chosen = _estimator(trial.roles, estimator)
    model, _ = build(trial.analysed(), chosen)
    return study(trial, model, Setting(NAME, chosen, level, seed, margin, domain, months))


def prepare(  # noqa: PLR0913 (the options of the design that bear on the data)
    frame: Any,
    *,
    outcome: str,
    treatment: str,
    strata: str | Sequence[str] | None = None,
    baseline: str | Sequence[str] | None = None,
    received: str | None = None,
    cluster: str | None = None,
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    level: float = 0.95,
    inference: str = "frequentist",
    priors: Mapping[str, Any] | None = None,
    estimator: str | None = None,
    reference: Any = None,
    domain: str | None = None,
    months: str = "eef_projects",
) -> tuple[Trial | None, Faults]:
    """Return the trial, or None and every reason why the design cannot be run, and what to do."""
    faults = option_faults(level=level, inference=inference, built=BOTH)
    idle = ["estimator"] if estimator is not None else []
    faults += form_faults(inference, priors, RANDOMISED, idle)
    faults += choice_fault("months", months, tuple(CONVERSIONS))
    if domain is not None:
        faults += choice_fault("domain", domain, DOMAINS)
    if estimator is not None:
        faults += choice_fault("estimator", estimator, ESTIMATORS)
    roles = Roles(
        outcome,
        treatment,
        names_of(strata),
        names_of(baseline),
        names_of(covariates),
        received,
        cluster,
        weights,
    )
    trial, found = read_trial(frame, roles, reference)
    faults += found
    if trial is None or faults:
        return None, faults
    faults = _model_faults(trial, _estimator(roles, estimator))
    return (None, faults) if faults else (trial, [])


def _estimator(roles: Roles, estimator: str | None) -> str:
    """Return the estimator, the default one where none is named."""
    if estimator is not None:
        return estimator
    return "ancova" if roles.baseline or roles.covariates else "difference_in_means"


def _model_faults(trial: Trial, estimator: str) -> Faults:
    """Return why this estimator cannot be had on these rows."""
    seen = trial.analysed()
    groups = seen.cluster if seen.clustered else seen.stratum
    if estimator == "multilevel" and not 2 < int(groups.max()) + 1 < seen.n:
        return [
            (
                (
                    "`estimator: multilevel` needs groups of rows: a `cluster` or `strata` with at least "
                    "three values, and several rows in each."
                ),
                "Name the cluster, or write another estimator.",
            )
        ]
    faults = lin_faults(seen) if estimator == "lin" else []
    if faults:
        return faults
    plain = replace(seen, x=seen.x[:, :0], x_names=())
    faults = build(plain, estimator)[1] or build(seen, estimator)[1]
    wide = seen.x.shape[1] + len(seen.arms)
    if not faults and wide >= seen.n - 1:
        return [
            (
                f"There are {wide} columns for {seen.n} rows.",
                "Name fewer covariates.",
            )
        ]
    return faults
