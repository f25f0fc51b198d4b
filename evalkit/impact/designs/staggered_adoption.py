"""Staggered adoption: units start in different periods (Callaway and Sant'Anna 2021)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.callaway import AGGREGATIONS, Base, Choices, Control, Method, NoFitError
from evalkit.impact.estimate import Estimate, Standardised
from evalkit.impact.frame import Faults, choice_fault, names_of, option_faults, refuse
from evalkit.impact.inference import Evidence
from evalkit.impact.panel import NEVER, Roles, read_panel
from evalkit.impact.staggered import (
    Found,
    Plan,
    aggregates_table,
    estimate,
    event_study_table,
    group_time_table,
    sides,
)
from evalkit.impact.staggered_checks import all_checks, evidence_of
from evalkit.impact.staggered_sample import Sample, column_faults, make_sample, sample_faults
from evalkit.impact.staggered_words import assumption_words, estimand_words, estimator_words
from evalkit.impact.study import hedges_g, period_label
from evalkit.impact.subgroups import with_subgroups

NAME = "staggered_adoption"
ESTIMATORS = ("callaway_santanna",)
PLANNED = ("sun_abraham", "imputation", "stacked")
CONTROLS = ("never_treated", "not_yet_treated")
BASES = ("varying", "universal")
METHODS = ("doubly_robust", "regression", "ipw")


@with_subgroups
def staggered_adoption(  # noqa: PLR0913 (options of the design are its contract)
    frame: Any,
    *,
    outcome: str,
    unit: str,
    time: str,
    first_treated: str,
    estimator: str = "callaway_santanna",
    control_group: str = "never_treated",
    base_period: str = "varying",
    anticipation: int = 0,
    method: str = "doubly_robust",
    aggregate: str = "group",
    bootstrap: int = 0,
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    by: str | None = None,  # noqa: ARG001 (with_subgroups)
    seed: int = 0,
    inference: str = "frequentist",
    margin: float | None = None,
) -> Estimate:
    """Estimate the effect on units that start in different periods and stay treated.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        One row for each unit and period. Units not seen in every period are left out and counted.
    outcome, unit, time : str
        Columns.
    first_treated : str
        Column: first treated period of the unit; blank, 0 or infinite for never.
    estimator : {"callaway_santanna"}
    control_group : {"never_treated", "not_yet_treated"}
    base_period : {"varying", "universal"}
        What periods before the start are compared with: the one before, or the last untreated.
    anticipation : int
        Periods before the start in which an effect is already possible.
    method : {"doubly_robust", "regression", "ipw"}
        How covariates (of the earlier of the two periods compared) are used.
    aggregate : {"group", "simple", "dynamic", "calendar"}
        Which average ``value`` is; all four stand in ``table["aggregates"]``.
    bootstrap : int
        Draws of the multiplier bootstrap; 0 for none.
    covariates, weights, cluster, level, by, seed, inference, margin
        As in `panel_fixed_effects`. Weights must be constant within units.

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
    Callaway and Sant'Anna (2021), Journal of Econometrics 225, 200-230.
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
        covariates=covariates,
        weights=weights,
        cluster=cluster,
        level=level,
        inference=inference,
    )
    refuse(faults, NAME)
    choices = Choices(
        cast("Method", method),
        cast("Control", control_group),
        cast("Base", base_period),
        int(anticipation),
    )
    plan = Plan(choices, aggregate, level, seed, int(bootstrap))
    return _estimate(cast("Sample", sample), plan, margin)


def prepare(  # noqa: PLR0913 (the options of the design that bear on the data)
    frame: Any,
    *,
    outcome: str,
    unit: str,
    time: str,
    first_treated: str,
    estimator: str = "callaway_santanna",
    control_group: str = "never_treated",
    base_period: str = "varying",
    anticipation: int = 0,
    method: str = "doubly_robust",
    aggregate: str = "group",
    bootstrap: int = 0,
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    inference: str = "frequentist",
) -> tuple[Sample | None, Faults]:
    """Return the sample, or None and every reason why the design cannot be run, and what to do."""
    faults = _option_faults(
        {
            "control_group": (control_group, CONTROLS),
            "base_period": (base_period, BASES),
            "method": (method, METHODS),
            "aggregate": (aggregate, AGGREGATIONS),
        },
        estimator,
        anticipation,
        bootstrap,
        option_faults(level=level, inference=inference),
    )
    values = (first_treated,)
    roles = Roles(outcome, unit, time, cluster, weights, names_of(covariates), values, values)
    panel, found = read_panel(frame, roles)
    faults += found
    if panel is not None:
        faults += column_faults(panel)
    if panel is None or faults:
        return None, faults
    sample = make_sample(panel, anticipation)
    if isinstance(sample, list):
        return None, sample
    faults = sample_faults(sample, control_group, anticipation)
    return (None, faults) if faults else (sample, [])


def _option_faults(
    choices: dict[str, tuple[str, Sequence[str]]],
    estimator: str,
    anticipation: int,
    bootstrap: int,
    faults: Faults,
) -> Faults:
    faults = [*faults]
    if estimator in PLANNED:
        faults.append(
            (
                f"`estimator: {estimator}` is not built yet.",
                f"Write one of those that are: {', '.join(ESTIMATORS)}.",
            )
        )
    else:
        faults += choice_fault("estimator", estimator, ESTIMATORS)
    for option, (value, known) in choices.items():
        faults += choice_fault(option, value, known)
    for option, count in (("anticipation", anticipation), ("bootstrap", bootstrap)):
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            faults.append(
                (f"`{option}: {count}` is no whole number from 0.", "Write 0, 1, 2 or the like.")
            )
    if isinstance(bootstrap, int) and 0 < bootstrap < 100:
        faults.append(
            (f"`bootstrap: {bootstrap}` draws are too few.", "Write 999 or more, or 0 for none.")
        )
    return faults


def _estimate(sample: Sample, plan: Plan, margin: float | None) -> Estimate:
    times = [_label(value) for value in sample.panel.times]
    try:
        found = estimate(sample.wide, plan)
    except NoFitError as error:
        group = times[error.group] if error.group >= 0 else "any"
        raise DesignError(
            f"{NAME}: the effect on the group that starts in {group} cannot be estimated: "
            f"{error.why}.",
            do="Use fewer covariates, `method: regression`, or leave that group out with `keep:`.",
        ) from None
    evidence = evidence_of(found, plan)
    diagnostics, distribution = all_checks(found, plan, evidence, margin)
    standard, why_not = _standardised(sample, evidence)
    return Estimate(
        id=NAME,
        design=NAME,
        estimator=estimator_words(plan, sample),
        estimand=estimand_words(sample, plan),
        outcome=sample.panel.roles.outcome,
        value=evidence.value,
        std_error=evidence.std_error,
        interval=evidence.interval,
        p_value=evidence.p_value,
        n_units=len(sample.wide.y),
        n_observations=sample.wide.y.size,
        n_clusters=int(sample.wide.cluster.max()) + 1,
        n_treated=sides(sample.wide)[0],
        standardised=standard,
        table=_tables(found, plan, times, distribution),
        checks=diagnostics,
        assumptions=assumption_words(plan, sample),
        seed=plan.seed,
        notes=(*sample.notes, *([f"No standardised effect: {why_not}."] if why_not else [])),
    )


def _label(value: Any) -> Any:
    return int(value) if float(value).is_integer() else float(value)


def _tables(
    found: Found, plan: Plan, times: list[Any], distribution: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    return {
        "event_study": event_study_table(found, plan),
        "group_time": group_time_table(found, plan, times),
        "aggregates": aggregates_table(found, plan, times),
        "inference": pd.DataFrame(list(found.rows)),
        "permutation": distribution,
    }


def _standardised(sample: Sample, evidence: Evidence) -> tuple[Standardised | None, str]:
    wide = sample.wide
    last = int(wide.cohort.min()) - 1
    pool = wide.cohort == (NEVER if (wide.cohort == NEVER).any() else wide.cohort.max())
    values = wide.y[pool, last]
    which = (
        f"of `{sample.panel.roles.outcome}` between the {len(values)} comparison units in "
        f"{period_label(sample.panel, last)}, the last period before the first start"
    )
    return hedges_g(evidence.value, evidence.interval, values, which)
