"""Staggered adoption: units start in different periods and stay treated; four estimators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.bayes.forms.common_priors import Asked, form_faults
from evalkit.impact.bayes.forms.common_slots import STAGGERED
from evalkit.impact.bayes.forms.staggered_sites import site_faults
from evalkit.impact.estimate import Estimate, Standardised
from evalkit.impact.frame import BOTH, Faults, choice_fault, names_of, option_faults, refuse
from evalkit.impact.inference import Evidence
from evalkit.impact.panel import NEVER, Roles, read_panel
from evalkit.impact.staggered.averages import AGGREGATIONS
from evalkit.impact.staggered.checks import all_checks, evidence_of
from evalkit.impact.staggered.fit import ESTIMATORS
from evalkit.impact.staggered.found import (
    Found,
    Plan,
    aggregates_table,
    estimate,
    event_study_table,
    group_time_table,
    sides,
)
from evalkit.impact.staggered.rows import Base, Choices, Control, Estimator, Method, NoFitError
from evalkit.impact.staggered.sample import (
    UNBALANCED,
    Sample,
    column_faults,
    make_sample,
    sample_faults,
)
from evalkit.impact.staggered.words import (
    assumption_words,
    estimand_words,
    estimator_words,
    option_notes,
)
from evalkit.impact.study import hedges_g, period_label
from evalkit.impact.subgroups import with_subgroups

NAME = "staggered_adoption"
CONTROLS = ("never_treated", "not_yet_treated")
BASES = ("varying", "universal")
METHODS = ("doubly_robust", "regression", "ipw", "doubly_robust_improved")


@with_subgroups
def staggered_adoption(  # noqa: PLR0913 (options of the design are its contract)
    frame: Any,
    *,
    outcome: str,
    unit: str | None = None,
    time: str,
    first_treated: str,
    estimator: str = "callaway_santanna",
    control_group: str = "never_treated",
    base_period: str = "varying",
    anticipation: int = 0,
    method: str = "doubly_robust",
    aggregate: str = "group",
    bootstrap: int = 0,
    unbalanced: str | None = None,
    window: Sequence[int] | None = None,
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
    """Estimate the effect on units that start in different periods and stay treated.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        One row for each unit and period; without `unit`, one for each person in a cross-section.
    outcome, time : str
        Columns.
    unit : str, optional
        Column; left out, the data are repeated cross-sections, and `cluster` should name the places.
    first_treated : str
        Column: first treated period of the unit; blank, 0 or infinite for never.
    estimator : {"callaway_santanna", "sun_abraham", "imputation", "stacked"}
        Group-time effects one by one; one regression with group-by-period coefficients; imputation
        of what treated units would have been; sub-experiments in a window around each start.
    control_group : {"never_treated", "not_yet_treated"}
        Whom `callaway_santanna` compares with. The others follow their own rule.
    base_period : {"varying", "universal"}
        What periods before the start are compared with: the one before, or the last untreated.
    anticipation : int
        Periods before the start in which an effect is already possible.
    method : {"doubly_robust", "regression", "ipw", "doubly_robust_improved"}
        How covariates (of the earlier of the two periods compared) are used by `callaway_santanna`
        and `stacked`; in the others they stand in the regression.
    aggregate : {"group", "simple", "dynamic", "calendar"}
        Which average ``value`` is; all four stand in ``table["aggregates"]``.
    bootstrap : int
        Draws of the multiplier bootstrap; 0 for none.
    unbalanced : {"drop", "keep", "cross_sections"}, optional
        Units that are not seen in every period: left out; used in the periods they are seen in
        (in pairs of periods for `callaway_santanna` and `stacked`); or rows compared whoever they
        are. Default: drop for `callaway_santanna` and `stacked`, keep for the regressions.
    window : two int, optional
        For `stacked`: periods before the start, and after its first. Default: the widest that all
        groups are seen in.
    covariates, weights, cluster, level, by, seed, margin
        As in `panel_fixed_effects`. Weights are sampling weights, constant within units.
    inference : {"frequentist", "bayesian"}
        By influence functions and permutation, or by the posterior of a model that pools group-time
        effects; it compares with all units not treated yet, whatever `estimator` and its options.
    priors : mapping, optional
        Of the Bayesian form, in outcome units: any of ``{"effect": {"mean", "sd"}, "noise", "drift",
        "event", "cohort", "cell", "spread": {"sd", "df"}}``. The rest follow the documented rule.

    Returns
    -------
    Estimate
        The effect with its interval, its checks and what it assumes.

    Raises
    ------
    DesignError
        When the data cannot carry the design, with every reason and what to do.

    References
    ----------
    Callaway and Sant'Anna (2021), Journal of Econometrics 225, 200-230. Sun and Abraham (2021),
    same, 175-199. Borusyak, Jaravel and Spiess (2024), Review of Economic Studies 91, 3253-3285.
    Wing, Freedman and Hollingsworth (2024), NBER Working Paper 32054. Sant'Anna and Zhao (2020),
    Journal of Econometrics 219, 101-122.
    """
    sample, faults = prepare(
        frame,
        outcome=outcome,
        unit=unit,
        time=time,
        first_treated=first_treated,
        estimator=estimator,
        control_group=control_group,
        base_period=base_period,
        anticipation=anticipation,
        method=method,
        aggregate=aggregate,
        bootstrap=bootstrap,
        unbalanced=unbalanced,
        window=window,
        covariates=covariates,
        weights=weights,
        cluster=cluster,
        level=level,
        inference=inference,
        priors=priors,
    )
    refuse(faults, NAME)
    options = (estimator, control_group, base_period, method)
    plan = Plan(_choices(options, anticipation, window), aggregate, level, seed, int(bootstrap))
    sample = cast("Sample", sample)
    if inference == "bayesian":
        from evalkit.impact.bayes.forms import staggered_study as bayesian

        return bayesian.study(sample, plan, Asked(priors, level, margin, seed))
    return _estimate(sample, plan, margin)


def prepare(  # noqa: PLR0913 (the options of the design that bear on the data)
    frame: Any,
    *,
    outcome: str,
    unit: str | None = None,
    time: str,
    first_treated: str,
    estimator: str = "callaway_santanna",
    control_group: str = "never_treated",
    base_period: str = "varying",
    anticipation: int = 0,
    method: str = "doubly_robust",
    aggregate: str = "group",
    bootstrap: int = 0,
    unbalanced: str | None = None,
    window: Sequence[int] | None = None,
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    inference: str = "frequentist",
    priors: Mapping[str, Any] | None = None,
) -> tuple[Sample | None, Faults]:
    """Return the sample, or None and every reason why the design cannot be run, and what to do."""
    gaps = _gaps(unbalanced, estimator)
    faults = _option_faults(
        {
            "estimator": (estimator, ESTIMATORS),
            "control_group": (control_group, CONTROLS),
            "base_period": (base_period, BASES),
            "method": (method, METHODS),
            "aggregate": (aggregate, AGGREGATIONS),
            "unbalanced": (gaps, UNBALANCED),
        },
        {"anticipation": anticipation, "bootstrap": bootstrap},
        [
            *option_faults(level=level, inference=inference, built=BOTH),
            *form_faults(inference, priors, STAGGERED, _idle(estimator, bootstrap)),
            *_window_fault(window),
        ],
    )
    values = (first_treated,)
    roles = Roles(outcome, unit, time, cluster, weights, names_of(covariates), values, values)
    panel, found = read_panel(frame, roles)
    faults += found
    if panel is not None:
        faults += column_faults(panel)
    if panel is None or faults:
        return None, faults
    sample = make_sample(panel, anticipation, gaps)
    if isinstance(sample, list):
        return None, sample
    options = (estimator, control_group, base_period, method)
    faults = sample_faults(sample, _choices(options, anticipation, window))
    faults += site_faults(sample) if inference == "bayesian" else []
    return (None, faults) if faults else (sample, [])


def _idle(estimator: str, bootstrap: int) -> list[str]:
    """Return the options set that bear on the frequentist form only."""
    options = {"estimator": estimator != "callaway_santanna", "bootstrap": bool(bootstrap)}
    return [name for name, changed in options.items() if changed]


def _gaps(unbalanced: str | None, estimator: str) -> str:
    if unbalanced is not None:
        return unbalanced
    return "keep" if estimator in ("sun_abraham", "imputation") else "drop"


def _choices(
    options: tuple[str, str, str, str], anticipation: int, window: Sequence[int] | None
) -> Choices:
    estimator, control, base, method = options
    return Choices(
        cast("Method", method),
        cast("Control", control),
        cast("Base", base),
        int(anticipation),
        cast("Estimator", estimator),
        None if window is None else (int(window[0]), int(window[1])),
    )


def _option_faults(
    choices: dict[str, tuple[str, Sequence[str]]], counts: dict[str, int], faults: Faults
) -> Faults:
    faults = [*faults]
    for option, (value, known) in choices.items():
        if option == "aggregate" and value == "overall":
            faults.append(
                (
                    "`aggregate: overall` does not say which average is meant.",
                    f"Write one of: {', '.join(known)}; they weight the groups and periods differently.",
                )
            )
        else:
            faults += choice_fault(option, value, known)
    for option, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            faults.append(
                (f"`{option}: {count}` is no whole number from 0.", "Write 0, 1, 2 or the like.")
            )
    draws = counts["bootstrap"]
    if isinstance(draws, int) and 0 < draws < 100:
        faults.append(
            (f"`bootstrap: {draws}` draws are too few.", "Write 999 or more, or 0 for none.")
        )
    return faults


def _window_fault(window: Sequence[int] | None) -> Faults:
    if window is None:
        return []
    numbers = [] if isinstance(window, (str, int, float)) else list(window)
    whole = all(isinstance(one, int) and not isinstance(one, bool) for one in numbers)
    if len(numbers) == 2 and whole and numbers[0] >= 1 and numbers[1] >= 0:
        return []
    return [
        (
            f"`window: {window}` is not two whole numbers.",
            "Write the periods before the start (from 1) and after its first (from 0), as [2, 1].",
        )
    ]


def _estimate(sample: Sample, plan: Plan, margin: float | None) -> Estimate:
    times = [_label(value) for value in sample.panel.times]
    try:
        found = estimate(sample.rows, plan)
    except NoFitError as error:
        group = times[error.group] if error.group >= 0 else "any"
        raise DesignError(
            f"{NAME}: the effect on the group that starts in {group} cannot be estimated: "
            f"{error.why}.",
            do="Use fewer covariates, `method: regression`, or leave that group out with `keep:`.",
        ) from None
    evidence = evidence_of(found, plan)
    roles = sample.panel.roles
    named = bool(roles.unit or roles.cluster)
    diagnostics, tables = all_checks(found, plan, evidence, margin, named=named)
    standard, why_not = _standardised(sample, evidence)
    return Estimate(
        id=NAME,
        design=NAME,
        estimator=estimator_words(plan, sample),
        estimand=estimand_words(sample, plan),
        outcome=roles.outcome,
        value=evidence.value,
        std_error=evidence.std_error,
        interval=evidence.interval,
        p_value=evidence.p_value,
        n_units=sample.rows.n_units,
        n_observations=len(sample.rows.y),
        n_clusters=sample.rows.n_clusters,
        n_treated=sides(sample.rows)[0],
        standardised=standard,
        table={
            "event_study": event_study_table(found, plan),
            "group_time": group_time_table(found, plan, times),
            "aggregates": aggregates_table(found, plan, times),
            "inference": pd.DataFrame(list(found.rows)),
            **tables,
        },
        checks=diagnostics,
        assumptions=assumption_words(plan, sample),
        seed=plan.seed,
        notes=_notes(sample, found, plan, why_not),
        contributions=sample.panel.by_label(evidence.contributions),
    )


def _label(value: Any) -> Any:
    return int(value) if float(value).is_integer() else float(value)


def _notes(sample: Sample, found: Found, plan: Plan, why_not: str) -> tuple[str, ...]:
    notes = (*sample.notes, *found.fitted.notes, *option_notes(sample, plan))
    return (*notes, f"No standardised effect: {why_not}.") if why_not else notes


def _standardised(sample: Sample, evidence: Evidence) -> tuple[Standardised | None, str]:
    rows = sample.rows
    last = int(rows.cohort.min()) - 1
    pool = rows.cohort == (NEVER if (rows.cohort == NEVER).any() else rows.cohort.max())
    values = rows.y[pool[rows.unit] & (rows.time == last)]
    which = (
        f"of `{sample.panel.roles.outcome}` between the {len(values)} comparison units in "
        f"{period_label(sample.panel, last)}, the last period before the first start"
    )
    return hedges_g(evidence.value, evidence.interval, values, which)
