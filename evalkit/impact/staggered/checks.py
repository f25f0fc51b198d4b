"""Diagnostics of the staggered design, in words."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from evalkit.impact.checks import (
    VERY_FEW,
    decision_grade,
    moved_verdict,
    p_words,
    smallest_detectable,
)
from evalkit.impact.checks import permutation as permutation_check
from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.event_study import grade, ratio_of
from evalkit.impact.inference import FEW, Evidence, detectable, interval_of, known, t_row
from evalkit.impact.staggered.averages import Aggregate, contributions
from evalkit.impact.staggered.found import (
    RULE,
    Found,
    Plan,
    estimate,
    estimators_table,
    nearest_half,
    path,
    pre_test,
    sides,
)
from evalkit.impact.staggered.rows import Control, NoFitError
from evalkit.impact.trends.sensitivity import not_done, sensitivity

Tables = dict[str, pd.DataFrame]


def evidence_of(found: Found, plan: Plan) -> Evidence:
    """Return the chosen aggregate as evidence with every method of inference."""
    chosen, leads = found.fitted.aggregates[plan.aggregate], found.leads
    permuted = found.starts.permuted if found.starts else None
    return Evidence(
        value=chosen.value,
        std_error=found.rows[0]["std_error"],
        interval=interval_of(leads, plan.level),
        p_value=known(leads["p_value"]),
        detectable=detectable(leads, permuted, chosen.value, plan.level),
        rows=found.rows,
        permuted=permuted,
        why_not_permuted=found.why_not_permuted,
        contributions=contributions(
            chosen.value_influence, found.data.cluster, corrected=_corrected(found, plan)
        ),
    )


def _corrected(found: Found, plan: Plan) -> bool:
    """Return whether the error has ``G/(G-1)`` in it: see `covariance` and the estimators."""
    if plan.choices.estimator in ("sun_abraham", "imputation"):
        return plan.choices.estimator == "sun_abraham"
    return found.data.n_clusters < found.data.n_units


def all_checks(
    found: Found, plan: Plan, evidence: Evidence, margin: float | None, *, named: bool
) -> tuple[tuple[Check, ...], Tables]:
    """Return every check, and the tables that belong to them.

    `named` says whether the data name units or clusters, so that errors can be of these.
    """
    permuted, distribution = permutation_check(evidence)
    honest, honest_tables = _honest(found, plan)
    others = estimators_table(found, plan)
    method = evidence.interval.method
    return (
        _pre_trend(found, evidence.value),
        _placebo_date(found, plan, evidence.value),
        permuted,
        _few_treated(found, method, named=named),
        decision_grade(*sides(found.data)),
        _comparison_group(found, plan, evidence.value),
        _estimators(others, evidence),
        *honest,
        smallest_detectable(evidence.detectable, method, plan.level, margin),
    ), {"permutation": distribution, "estimators": others, **honest_tables}


def _pre_trend(found: Found, value: float) -> Check:
    statistic, p, count, how = pre_test(found)
    if not count:
        meaning = (
            "Not tested: no group is seen in two periods before its start, so nothing shows "
            "whether groups moved alike before."
        )
        return Check("pre-trend", None, None, "information", meaning)
    effects, place = _largest_lead(found)
    ratio = ratio_of(effects, value)
    verdict, reading = grade(known(p), ratio)
    meaning = (
        f"Joint test that all {count} differences before the start are zero: {how}, "
        f"p = {p_words(known(p))}. The largest average before the start, {effects:.3g} at "
        f"{place} periods, is {ratio:.0%} of the estimate. {reading}"
    )
    return Check("pre-trend", known(statistic), known(p), verdict, meaning)


def _largest_lead(found: Found) -> tuple[float, int]:
    dynamic = found.fitted.dynamic
    worst = int(np.argmax(np.where(dynamic.levels < 0, np.abs(dynamic.effects), -1.0)))
    return float(dynamic.effects[worst]), int(dynamic.levels[worst])


def _placebo_date(found: Found, plan: Plan, value: float) -> Check:
    name = "placebo date"
    made = _placebo(found, plan)
    if made is None:
        meaning = "Not done: no group is seen in two periods before its start."
        return Check(name, None, None, "information", meaning)
    effect, error = made
    p = known(t_row("", effect, error, found.df, plan.level)["p_value"])
    ratio = ratio_of(effect, value)
    verdict, reading = grade(p, ratio)
    meaning = (
        "Had every group started one period earlier, its first period would show "
        f"{effect:.3g} (p = {p_words(p)}), {ratio:.0%} of the estimate. {reading}"
    )
    return Check(name, effect, p, verdict, meaning)


def _placebo(found: Found, plan: Plan) -> tuple[float, float] | None:
    """Return the last difference before the start and its error.

    Against one base for all periods it is that of the base with the period before, sign turned.
    """
    dynamic = found.fitted.dynamic
    reference = -1 - plan.choices.anticipation
    own = plan.choices.estimator == "imputation" or (
        plan.choices.estimator == "callaway_santanna" and plan.choices.base == "varying"
    )
    place = np.flatnonzero(dynamic.levels == (reference if own else reference - 1))
    if not len(place):
        return None
    k = int(place[0])
    error = math.sqrt(found.covariance(dynamic.influence[:, [k]])[0, 0])
    return float(dynamic.effects[k] if own else -dynamic.effects[k]), error


def _few_treated(found: Found, method: str, *, named: bool) -> Check:
    treated, comparison = sides(found.data)
    fewest = min(treated, comparison)
    verdict: Verdict = "fail" if fewest < VERY_FEW else "concern" if fewest < FEW else "pass"
    sizes = found.fitted.cells.treated
    meaning = (
        f"{treated} treated and {comparison} comparison clusters; the smallest group that starts "
        f"together has {int(sizes.min())} units. Fewer than {VERY_FEW} on either side fails, fewer "
        f"than {FEW} is a concern. What leads is: {method}. {RULE}"
    )
    if int(sizes.min()) == 1:
        meaning += (
            " A group of one unit shows no spread of its own, so its part of the error is missing."
        )
    if not named:
        verdict = "concern"
        meaning = (
            "No cluster is named, so every row counts as independent although treatment was given "
            f"to whole groups; the interval is likely to be too narrow. {meaning}"
        )
    return Check("few treated clusters", float(treated), None, verdict, meaning)


def _comparison_group(found: Found, plan: Plan, value: float) -> Check:
    name, units = "comparison group", nearest_half(found.data)
    try:
        if units is None and plan.choices.estimator != "callaway_santanna":
            meaning = "Not done: there are fewer than eight never treated units to choose from."
            return Check(name, None, None, "information", meaning)
        if units is None:
            never = plan.choices.control == "never_treated"
            other: Control = "not_yet_treated" if never else "never_treated"
            choices = replace(plan.choices, control=other)
            again = estimate(found.data, replace(plan, choices=choices), permute=False)
            whom = f"With {other.replace('_', ' ')} units as comparison"
        else:
            again = estimate(found.data.keep(units), plan, permute=False)
            whom = "Against the half of never-treated units that began nearest to the treated"
    except NoFitError as error:
        return Check(name, None, None, "information", f"Not done: {error.why}.")
    other_value = again.fitted.aggregates[plan.aggregate].value
    verdict, reading = moved_verdict(value, other_value)
    meaning = f"{whom}, the estimate is {other_value:.3g} instead of {value:.3g}. {reading}"
    return Check(name, other_value, known(again.rows[0]["p_value"]), verdict, meaning)


def _estimators(table: pd.DataFrame, evidence: Evidence) -> Check:
    """Compare the estimators: how far apart they are in standard errors of the one chosen."""
    name = "other estimators"
    made = table[table["estimate"].notna()].set_index("estimator")
    chosen = str(table.loc[table["chosen"], "estimator"].iloc[0])
    # The stacked average is of the cells in its window only: shown, but of another target.
    like = made.drop(index=[chosen, "stacked"], errors="ignore")
    if chosen == "stacked" or like.empty or not evidence.std_error > 0:
        meaning = (
            f"For information: {_listing(made)}. No verdict: what the others average is not what "
            "this one does, or they cannot be had."
        )
        return Check(name, None, None, "information", meaning)
    gaps = (like["estimate"] - evidence.value).abs() / evidence.std_error
    worst = float(gaps.max())
    turned = bool((like["estimate"] * evidence.value < 0).any())
    verdict: Verdict = "concern" if worst > 1 or (turned and worst > 0.5) else "pass"
    reading = (
        "They compare with different units and periods, so parallel trends seem to hold for some of "
        "these and not for others."
        if verdict == "concern"
        else "They agree, so that little hangs on the choice; all rest on parallel trends."
    )
    meaning = (
        f"The same average by each estimator, on the same rows (standard error): {_listing(made)}. "
        f"The farthest from the one chosen is {worst:.2f} of its standard errors away (the stacked "
        f"one, which averages the cells in its window only, aside). {reading}"
    )
    return Check(name, worst, None, verdict, meaning)


def _listing(made: pd.DataFrame) -> str:
    pairs = zip(made.index, made["estimate"], made["std_error"], strict=True)
    return ", ".join(f"{name} {value:.3g} ({error:.3g})" for name, value, error in pairs)


def _honest(found: Found, plan: Plan) -> tuple[tuple[Check, ...], Tables]:
    """Return the sensitivity to non-parallel trends of Rambachan and Roth, and its tables."""
    made = path(found, plan)
    if isinstance(made, str):
        return (not_done(made),), {}
    study, covariance = made
    tables = {"event_study_covariance": _covariance_table(study, covariance)}
    if plan.choices.anticipation:
        reason = "with anticipation the periods just before the start are neither before nor after"
        return (not_done(reason),), tables
    count = int((study.levels >= 0).sum())
    if not count or not (np.diag(covariance) > 0).all():
        return (not_done("some coefficients of the event study have no error"),), tables
    more, checks = sensitivity(
        study.effects,
        covariance,
        study.levels.tolist(),
        np.full(count, 1 / count),
        df=found.df if found.df > 0 else np.inf,
        level=plan.level,
    )
    return checks, tables | more


def _covariance_table(
    study: Aggregate, covariance: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> pd.DataFrame:
    """Return the event study against one base period with its covariance, one row a period."""
    columns = {str(level): covariance[:, k] for k, level in enumerate(study.levels.tolist())}
    return pd.DataFrame({"period": study.levels, "estimate": study.effects, **columns})
