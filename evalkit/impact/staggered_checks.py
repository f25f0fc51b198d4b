"""Diagnostics of the staggered design, in words."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from evalkit.impact.callaway import Control, NoFitError, Wide, covariance
from evalkit.impact.checks import VERY_FEW, moved_verdict, p_words, smallest_detectable
from evalkit.impact.checks import permutation as permutation_check
from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.event_study import grade, ratio_of
from evalkit.impact.inference import FEW, Evidence, detectable, interval_of, known, t_row
from evalkit.impact.least_squares import Ints
from evalkit.impact.staggered import RULE, Found, Plan, estimate, nearest_half, pre_test, sides


def evidence_of(found: Found, plan: Plan) -> Evidence:
    """Return the chosen aggregate as evidence with every method of inference."""
    value, leads = found.aggregates[plan.aggregate].value, found.leads
    permuted = found.starts.permuted if found.starts else None
    return Evidence(
        value=value,
        std_error=found.rows[0]["std_error"],
        interval=interval_of(leads, plan.level),
        p_value=known(leads["p_value"]),
        detectable=detectable(leads, permuted, value, plan.level),
        rows=found.rows,
        permuted=permuted,
        why_not_permuted=found.why_not_permuted,
    )


def all_checks(
    found: Found, plan: Plan, evidence: Evidence, margin: float | None
) -> tuple[tuple[Check, ...], pd.DataFrame]:
    """Return every check, and the distribution of the permutation."""
    permuted, distribution = permutation_check(evidence)
    method = evidence.interval.method
    return (
        _pre_trend(found, evidence.value),
        _placebo_date(found, plan, evidence.value),
        permuted,
        _few_treated(found, method),
        _comparison_group(found, plan, evidence.value),
        smallest_detectable(evidence.detectable, method, plan.level, margin),
    ), distribution


def _pre_trend(found: Found, value: float) -> Check:
    statistic, p, count, how = pre_test(found)
    if not count:
        meaning = (
            "Not tested: no group is seen in two periods before its start, so nothing shows "
            "whether groups moved alike before."
        )
        return Check("pre-trend", None, None, "information", meaning)
    dynamic = found.aggregates["dynamic"]
    leads = dynamic.levels < 0
    worst = int(np.argmax(np.where(leads, np.abs(dynamic.effects), -1)))
    ratio = ratio_of(float(dynamic.effects[worst]), value)
    verdict, reading = grade(p, ratio)
    meaning = (
        f"Joint test that all {count} group-time effects before the start are zero: {how}, "
        f"p = {p:.5g}. The largest average before the start, {dynamic.effects[worst]:.3g} at "
        f"{dynamic.levels[worst]} periods, is {ratio:.0%} of the estimate. {reading}"
    )
    return Check("pre-trend", statistic, p, verdict, meaning)


def _placebo_date(found: Found, plan: Plan, value: float) -> Check:
    name, dynamic = "placebo date", found.aggregates["dynamic"]
    universal = plan.choices.base == "universal"
    at = -1 - plan.choices.anticipation - int(universal)
    place = np.flatnonzero(dynamic.levels == at)
    if not len(place):
        meaning = "Not done: no group is seen in two periods before its start."
        return Check(name, None, None, "information", meaning)
    k = int(place[0])
    effect = float(-dynamic.effects[k] if universal else dynamic.effects[k])
    error = math.sqrt(covariance(dynamic.influence[:, [k]], found.wide.cluster)[0, 0])
    p = known(t_row("", effect, error, found.rows[0]["df"], plan.level)["p_value"])
    ratio = ratio_of(effect, value)
    verdict, reading = grade(p, ratio)
    meaning = (
        "Had every group started one period earlier, its first period would show "
        f"{effect:.3g} (p = {p_words(p)}), {ratio:.0%} of the estimate. {reading}"
    )
    return Check(name, effect, p, verdict, meaning)


def _few_treated(found: Found, method: str) -> Check:
    treated, comparison = sides(found.wide)
    fewest = min(treated, comparison)
    verdict: Verdict = "fail" if fewest < VERY_FEW else "concern" if fewest < FEW else "pass"
    sizes = found.cells.treated
    meaning = (
        f"{treated} treated and {comparison} comparison clusters; the smallest group that starts "
        f"together has {int(sizes.min())} units. Fewer than {VERY_FEW} on either side fails, fewer "
        f"than {FEW} is a concern. What leads is: {method}. {RULE}"
    )
    return Check("few treated clusters", float(treated), None, verdict, meaning)


def _comparison_group(found: Found, plan: Plan, value: float) -> Check:
    name = "comparison group"
    rows = nearest_half(found.wide)
    try:
        if rows is None:
            never = plan.choices.control == "never_treated"
            other: Control = "not_yet_treated" if never else "never_treated"
            choices = replace(plan.choices, control=other)
            again = estimate(found.wide, replace(plan, choices=choices), permute=False)
            whom = f"With {other.replace('_', ' ')} units as comparison"
        else:
            again = estimate(_subset(found.wide, rows), plan, permute=False)
            whom = "Against the half of never-treated units that began nearest to the treated"
    except NoFitError as error:
        return Check(name, None, None, "information", f"Not done: {error.why}.")
    other_value = again.aggregates[plan.aggregate].value
    verdict, reading = moved_verdict(value, other_value)
    meaning = f"{whom}, the estimate is {other_value:.3g} instead of {value:.3g}. {reading}"
    return Check(name, other_value, known(again.rows[0]["p_value"]), verdict, meaning)


def _subset(wide: Wide, rows: Ints) -> Wide:
    cluster = np.unique(wide.cluster[rows], return_inverse=True)[1].astype(np.intp)
    w = wide.w[rows]
    return Wide(wide.y[rows], wide.x[rows], w / w.mean(), wide.cohort[rows], cluster)
