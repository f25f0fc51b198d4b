"""From a checked panel to the `Estimate` of a design with two-way effects."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact import checks
from evalkit.impact.estimate import Check, Estimate, Interval, Standardised
from evalkit.impact.event_study import EventStudy, event_study, pre_trend
from evalkit.impact.frame import Faults, read_columns
from evalkit.impact.inference import (
    CR1,
    Evidence,
    coefficient_rows,
    covariance_method,
    sides_of,
    t_row,
)
from evalkit.impact.least_squares import Fit, Floats
from evalkit.impact.panel import NEVER, Panel, Roles
from evalkit.impact.trends.mixture import Rows, mixture
from evalkit.impact.trends.sensitivity import not_done, sensitivity
from evalkit.impact.two_way import (
    LAG,
    Effects,
    Model,
    Paths,
    build,
    further_effects,
    paths_for,
    without_singletons,
)

CR1_NESTED = "cluster-robust CR1, effects nested in clusters not counted"
INDEPENDENT = "independent errors of equal variance (clusters ignored, for comparison only)"


@dataclass(frozen=True, slots=True)
class Words:
    """What a design says of itself: its key, its formula, its target, what it rests on."""

    design: str
    estimator: str
    estimand: str
    assumptions: tuple[str, ...]


def study(
    panel: Panel,
    words: Words,
    *,
    effects: Effects,
    level: float,
    seed: int,
    margin: float | None,
) -> Estimate:
    """Estimate the effect in a panel, with event study, every inference and every check.

    Parameters
    ----------
    panel : Panel
        With ``d`` and ``first`` filled in.
    margin : float or None
        Smallest change that matters, in the outcome's units.
    """
    kept, alone = without_singletons(panel, effects)
    model = build(kept, effects)
    paths = paths_for(model)
    evidence = checks.evidence_of(model, level, seed)
    events = event_study(kept, effects, paths, level=level, seed=seed)
    tables, more = _trends(model, evidence, events, level)
    permuted, distribution = checks.permutation(evidence)
    setting = checks.Setting(effects, level, seed)
    standard, why_not = standardise(kept, evidence)
    treated, _ = sides_of(model, paths)
    return Estimate(
        id=words.design,
        design=words.design,
        estimator=words.estimator,
        estimand=words.estimand,
        outcome=panel.roles.outcome,
        value=evidence.value,
        std_error=evidence.std_error,
        interval=evidence.interval,
        p_value=evidence.p_value,
        n_units=kept.n_units,
        n_observations=len(kept.y),
        n_clusters=kept.n_clusters,
        n_treated=treated,
        standardised=standard,
        table={
            "event_study": events.table,
            "inference": pd.DataFrame(_all_rows(model, evidence, level)),
            "permutation": distribution,
            **_coefficients(model, paths, level),
            **tables,
        },
        checks=_checks(model, evidence, events, setting, (margin, permuted, more)),
        assumptions=words.assumptions,
        seed=seed,
        notes=_notes(panel, model, alone, why_not, events),
        contributions=kept.by_label(evidence.contributions),
    )


def _checks(
    model: Model,
    evidence: Evidence,
    events: EventStudy,
    setting: checks.Setting,
    others: tuple[float | None, Check, tuple[Check, ...]],
) -> tuple[Check, ...]:
    margin, permuted, more = others
    panel = model.panel
    method = evidence.interval.method
    paths = paths_for(model)
    found = [
        pre_trend(events, evidence.value),
        checks.placebo_date(panel, evidence.value, setting),
        permuted,
        checks.few_treated(model, paths, method),
        checks.decision_grade(*sides_of(model, paths)),
        checks.comparison_group(panel, evidence, setting),
        checks.serial_correlation(model),
        *more,
        checks.smallest_detectable(evidence.detectable, method, setting.level, margin),
    ]
    staggered = checks.staggered_start(panel)
    return tuple(found if staggered is None else [*found, staggered])


def _notes(
    panel: Panel, model: Model, alone: int, why_not: str, events: EventStudy
) -> tuple[str, ...]:
    notes = [*panel.notes]
    if alone:
        what = (
            "rows are alone in a unit or in a level of an effect"
            if further_effects(panel)
            else ("units are seen once only")
        )
        notes.append(f"{alone} {what} and were left out: they show no change.")
    if model.dropped:
        names = ", ".join(f"`{name}`" for name in model.dropped)
        notes.append(
            f"Left out because the effects or other covariates already explain them: {names}."
        )
    if events.reason:
        notes.append(f"No event study: {events.reason}.")
    if why_not:
        notes.append(f"No standardised effect: {why_not}.")
    notes.append(
        "The standard error is cluster-robust (CR1) and counts every effect of units and periods "
        "as a parameter; the interval and p-value are of the method named with them."
    )
    if model.swept:
        notes.append(
            f"The {model.swept} effects are too many to write down and were swept out, so only CR1 "
            "is given: the other methods would have to know every one."
        )
    return tuple(notes)


def _all_rows(model: Model, evidence: Evidence, level: float) -> list[dict[str, Any]]:
    """Return the rows of inference, with those that publications print beside them.

    CR1 where effects nested in clusters do not count as parameters, after the cluster-robust rows;
    and independent errors, last.
    """
    rows = list(evidence.rows)
    fitted = model.fit()
    left = fitted.n - fitted.k
    if left < 1:
        return rows
    residuals = model.residuals()
    spread = float(residuals @ residuals) / left
    error = math.sqrt(spread * float(fitted.root[0] @ fitted.root[0]))
    last = t_row(INDEPENDENT, evidence.value, error, left, level)
    if not model.nested:
        return [*rows, last]
    error = evidence.std_error * math.sqrt(left / (left + model.nested))
    nested = t_row(CR1_NESTED, evidence.value, error, model.panel.n_clusters - 1, level)
    robust = sum(one["method"].startswith("cluster-robust") for one in rows)
    return [*rows[:robust], nested, *rows[robust:], last]


def _trends(
    model: Model, evidence: Evidence, events: EventStudy, level: float
) -> tuple[dict[str, pd.DataFrame], tuple[Check, ...]]:
    """Return what the estimate averages, and how far trends may differ: tables and checks."""
    tables: dict[str, pd.DataFrame] = {}
    mixed: tuple[Check, ...] = ()
    panel = model.panel
    if model.effects == "two_way" and not _lagged(panel):
        tables, one = mixture(_rows(model), evidence.value)
        mixed = (one,)
    more, found = _honest(panel, events, level)
    return {**tables, **more}, (*mixed, *found)


def _rows(model: Model) -> Rows:
    panel = model.panel
    basis = np.linalg.qr(model.others)[0]
    z = model.z[:, 0]
    return Rows(
        y=panel.y,
        d=panel.d,
        w=panel.w,
        unit=panel.unit,
        time=panel.time,
        first=panel.first,
        residual=(z - basis @ (basis.T @ z)) / np.sqrt(panel.w),
        labels=period_labels(panel),
        plain=not panel.roles.covariates and not further_effects(panel),
    )


def _honest(
    panel: Panel, events: EventStudy, level: float
) -> tuple[dict[str, pd.DataFrame], tuple[Check, ...]]:
    if events.reason:
        return {}, (not_done(events.reason),)
    first = np.zeros(0, dtype=np.intp) if panel.first is None else panel.first
    if len(np.unique(first[first < NEVER])) > 1:
        return {}, (not_done("units start at different times; `staggered_adoption` computes it"),)
    if events.reference != -1:
        return {}, (not_done("the treated are not seen in the period before the start"),)
    return sensitivity(
        events.path, events.covariance, events.relative, events.after, df=events.df, level=level
    )


def _lagged(panel: Panel) -> list[str]:
    return [name for name in panel.own if name.startswith(LAG)]


def _coefficients(model: Model, paths: Paths | str, level: float) -> dict[str, pd.DataFrame]:
    """Return the coefficients of treatment and covariates, and of lags with their sum."""
    if not model.panel.roles.covariates:
        return {}
    fitted = model.fit()
    method = CR1 if model.swept else covariance_method(*sides_of(model, paths))
    names = model.panel.roles.own[0], *model.names
    scale = np.ones(1) if model.scale is None else np.concatenate([[1.0], model.scale])
    places = [0, *range(model.z.shape[1], len(fitted.beta))]
    rows = [
        {"term": name, **_coefficient(fitted, j, method, level, by)}
        for j, name, by in zip(places, names, scale, strict=True)
        if name
    ]
    tables = {"coefficients": pd.DataFrame(rows)}
    lags = [name.removeprefix(LAG) for name in _lagged(model.panel)]
    if lags and set(lags) <= set(names):
        shown = [row for row in rows if row["term"] in (names[0], *lags)]
        total = {"term": "sum", **_coefficient(_sum_fit(model, lags), 0, method, level, 1.0)}
        tables["lags"] = pd.DataFrame([*shown, total])
        tables["lags"].insert(1, "periods_ago", [*map(float, range(len(shown))), math.nan])
    return tables


def _coefficient(fitted: Fit, j: int, method: str, level: float, scale: float) -> dict[str, Any]:
    rows = coefficient_rows(fitted, j, level)
    chosen = next((one for one in rows if one["method"] == method), rows[0])
    scaled = {key: chosen[key] / scale for key in ("std_error", "low", "high")}
    rest = {key: chosen[key] for key in ("df", "p_value", "method")}
    return {"estimate": float(fitted.beta[j]) / scale, **scaled, **rest}


def _sum_fit(model: Model, lags: list[str]) -> Fit:
    """Return the fit whose first coefficient is the sum of the effects of treatment and its lags.

    ``b0 d + b1 l1 + ... = (b0 + b1 + ...) d + b1 (l1 - d) + ...``.
    """
    others, scale = model.others.copy(), np.ones(0) if model.scale is None else model.scale
    for j, name in enumerate(model.names):
        if name in lags:
            others[:, j] -= model.z[:, 0] / scale[j]
    return replace(model, others=others).fit()


def standardise(panel: Panel, evidence: Evidence) -> tuple[Standardised | None, str]:
    """Return the effect in SD between comparison units before the start, or why there is none."""
    if panel.first is None:
        return None, "the treatment is a dose or has lags; an effect in SD would depend on its unit"
    untreated = panel.first == NEVER
    started = panel.first[~untreated]
    early = panel.time < (started.min() if len(started) else NEVER)
    if not (untreated & early).any():
        return None, "no comparison unit is seen before the start"
    last = panel.time[untreated & early].max()
    values = panel.y[untreated & (panel.time == last)]
    return hedges_g(
        evidence.value,
        evidence.interval,
        values,
        f"of `{panel.roles.outcome}` between the {len(values)} comparison units in "
        f"{period_label(panel, int(last))}, the last period before the start",
    )


def hedges_g(
    value: float, interval: Interval, values: Floats, which: str
) -> tuple[Standardised | None, str]:
    """Return the effect over the SD of `values`, with Hedges' (1981) correction for their number.

    The interval is the leading one over the same SD: the SD is taken as known.
    """
    if len(values) < 3 or values.std() == 0:
        return None, f"the SD {which} cannot be had"
    sd = float(values.std(ddof=1))
    scale = (1 - 3 / (4 * (len(values) - 1) - 1)) / sd
    return (
        Standardised(value * scale, interval.low * scale, interval.high * scale, sd, f"SD {which}"),
        "",
    )


def period_label(panel: Panel, index: int) -> str:
    """Return a period as people write it: 2017, not 2017.0."""
    value = panel.times[index]
    if isinstance(value, np.datetime64):
        return str(value)[:10]
    return f"{float(value):g}"


def period_labels(panel: Panel) -> list[Any]:
    """Return all periods as values: whole numbers as such, dates as text."""
    if panel.times.dtype.kind == "M":
        return [str(value)[:10] for value in panel.times]
    return [int(value) if value == round(value) else float(value) for value in panel.times]


def say_movers(frame: Any, roles: Roles, faults: Faults) -> Faults:
    """Return the faults with units that change their cluster counted and the first one named."""
    if not (roles.unit and roles.cluster and any("more than one" in wrong for wrong, _ in faults)):
        return faults
    table, _ = read_columns(frame, [roles.unit, roles.cluster])
    seen = table.drop_duplicates().groupby(roles.unit).size()
    movers = seen[seen > 1]
    if movers.empty:
        return faults
    wrong = (
        f"{len(movers)} of {len(seen)} `{roles.unit}` move between `{roles.cluster}`, the first: "
        f"{movers.index[0]}; errors of a unit are alike over time and so must lie in one cluster."
    )
    remedy = (
        f"Choose a cluster that holds each `{roles.unit}` for all its periods (a higher level, or the "
        f"first `{roles.cluster}` of each), leave `cluster` out to use `{roles.unit}`, or leave "
        f"movers out. `{roles.cluster}` may still be one of the `effects`."
    )
    return [(wrong, remedy) if "belong to more than one" in fault[0] else fault for fault in faults]


def with_treatment(panel: Panel, d: Floats, first: Floats | None) -> Panel:
    """Return the panel with its treatment filled in."""
    return replace(panel, d=d, first=None if first is None else first.astype(np.intp))
