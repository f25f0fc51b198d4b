"""Effects by period around the start of treatment, and the test of the periods before it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.estimate import Check
from evalkit.impact.inference import (
    CR1,
    CR2,
    PERMUTATION,
    Permuted,
    coefficient_rows,
    covariance_method,
    leading_method,
    permute,
    sides_of,
)
from evalkit.impact.least_squares import Fit, Floats, cr1, cr2_parts
from evalkit.impact.panel import NEVER, Panel
from evalkit.impact.permutation import FEWER_DRAWS, TIE
from evalkit.impact.trends.bands import half_widths
from evalkit.impact.two_way import Effects, Model, Paths, build

COLUMNS = (
    *("period", "relative", "estimate", "std_error", "low", "high"),
    *("band_low", "band_high", "reference"),
)


@dataclass(frozen=True, slots=True)
class EventStudy:
    """The table of an event study, the test of its leads, and why it is missing if it is.

    Attributes
    ----------
    table : DataFrame
        One row a period; `low` and `high` hold for that period alone, `band_low` and `band_high`
        for all periods together.
    leads : ndarray
        Estimates before the reference period, named by `lead_periods`.
    joint_statistic, joint_p, method
        Test that all leads are zero.
    reason : str
        Why there is none; "" where there is.
    path : ndarray, shape (m,)
        Estimates of all periods but the reference, in the order of time, `relative` to the start.
    covariance : ndarray, shape (m, m)
        Of the path; of the method that leads. Effects nested in clusters are not counted.
    df : float
        Smallest degrees of freedom of that method; infinite where it rests on many clusters.
    after : ndarray
        Share of the treated rows in each period from the start on.
    """

    table: pd.DataFrame
    leads: Floats
    lead_periods: tuple[Any, ...]
    joint_statistic: float
    joint_p: float
    method: str
    reason: str = ""
    path: Floats = field(default_factory=lambda: np.zeros(0))
    relative: tuple[int, ...] = ()
    reference: int = -1
    covariance: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    df: float = math.inf
    after: Floats = field(default_factory=lambda: np.zeros(0))


def no_event_study(reason: str) -> EventStudy:
    """Return an empty event study that says why."""
    table = pd.DataFrame({name: [] for name in COLUMNS})
    return EventStudy(table, np.zeros(0), (), math.nan, math.nan, "", reason)


def event_study(
    panel: Panel, effects: Effects, paths: Paths | str, *, level: float, seed: int
) -> EventStudy:
    """Estimate the effect in every period around the start, against the last one before it.

    Parameters
    ----------
    paths : Paths or str
        Treatment paths of the clusters, or why they cannot be permuted.
    """
    if panel.first is None:
        return no_event_study("the treatment is a dose, or has lags, and so no one first period")
    if effects in ("unit", "neither"):
        return no_event_study("without effects of periods, time itself would count as effect")
    relative = np.unique((panel.time - panel.first)[panel.first < NEVER])
    before = relative[relative < 0]
    if not len(before):
        return no_event_study("no treated unit is seen before the start")
    reference = int(before.max())
    events = tuple(int(r) for r in relative if r != reference)
    try:
        model = build(panel, effects, events)
    except DesignError:
        return no_event_study(
            "effects by period cannot be told apart from effects of periods "
            "(no unit stays untreated throughout)"
        )
    return _study(model, paths, reference, level, seed)


def _study(model: Model, paths: Paths | str, reference: int, level: float, seed: int) -> EventStudy:
    fitted = model.fit()
    m = len(model.events)
    method = CR1 if model.swept else covariance_method(*sides_of(model, paths))
    table, covariance, df = _path(model, fitted, method, (reference, level, seed))
    leads = np.array([j for j, r in enumerate(model.events) if r < reference], dtype=np.intp)
    statistic, p_value, how = _joint(model, fitted, paths, leads, level, seed)
    before = table.loc[table["relative"] < reference, "period"]
    return EventStudy(
        table[list(COLUMNS)],
        fitted.beta[leads],
        tuple(before.tolist()),
        statistic,
        p_value,
        how,
        path=fitted.beta[:m],
        relative=model.events,
        reference=reference,
        covariance=covariance * _nested_factor(model, fitted, method),
        df=df,
        after=_after(model),
    )


def _path(
    model: Model, fitted: Fit, method: str, how: tuple[int, float, int]
) -> tuple[pd.DataFrame, Floats, float]:
    """Return the table of all periods, their covariance, and the fewest degrees of freedom."""
    reference, level, seed = how
    m = len(model.events)
    rows = [_period(fitted, j, r, method, level) for j, r in enumerate(model.events)]
    known = CR2 in [row.pop("method") for row in rows]
    covariance = _cr2_covariance(fitted, m) if known else cr1(fitted)[:m, :m]
    df = np.array([row.pop("df") for row in rows])
    errors = np.array([row["std_error"] for row in rows])
    for row, reach in zip(rows, half_widths(errors, df, covariance, level, seed), strict=True):
        row.update(band_low=row["estimate"] - reach, band_high=row["estimate"] + reach)
    nothing = dict.fromkeys(("std_error", "low", "high", "band_low", "band_high"), math.nan)
    rows.append({"relative": reference, "estimate": 0.0, **nothing, "reference": True})
    table = pd.DataFrame(rows).sort_values("relative", ignore_index=True)
    table["period"] = _labels(model.panel, table["relative"].to_numpy())
    return table, covariance, float(np.nanmin(df)) if known and np.isfinite(df).any() else math.inf


def _cr2_covariance(fitted: Fit, m: int) -> Floats:
    """Return the CR2 covariance of the first `m` coefficients."""
    parts = np.column_stack([cr2_parts(fitted, j)[0] for j in range(m)])
    return np.asarray(parts.T @ parts)


def _nested_factor(model: Model, fitted: Fit, method: str) -> float:
    """Return what takes effects nested in clusters out of the count of parameters of CR1."""
    if method != CR1:
        return 1.0
    return max(fitted.n - fitted.k, 1) / max(fitted.n - fitted.k + model.nested, 1)


def _after(model: Model) -> Floats:
    """Return the share (by weight) of treated rows in each period from the start on."""
    panel = model.panel
    first = np.full(len(panel.time), NEVER) if panel.first is None else panel.first
    gap = panel.time - first
    total = np.array([panel.w[gap == r].sum() for r in model.events if r >= 0])
    return np.asarray(total / total.sum())


def _period(fitted: Fit, j: int, relative: int, method: str, level: float) -> dict[str, Any]:
    rows = coefficient_rows(fitted, j, level)
    chosen = next((one for one in rows if one["method"] == method), rows[0])
    parts = {name: chosen[name] for name in ("method", "std_error", "df", "low", "high")}
    return {"relative": relative, "estimate": float(fitted.beta[j]), **parts, "reference": False}


def _labels(panel: Panel, relative: Any) -> list[Any]:
    """Return periods as in the data when all start together, else relative to the start."""
    first = np.zeros(0, dtype=np.intp) if panel.first is None else panel.first
    starts = np.unique(first[first < NEVER])
    if len(starts) != 1:
        return [int(r) for r in relative]
    labels = panel.times[starts[0] + relative]
    whole = labels.dtype.kind == "f" and bool((labels == np.round(labels)).all())
    return [int(one) for one in labels] if whole else list(labels)


def _joint(
    model: Model,
    fitted: Fit,
    paths: Paths | str,
    leads: np.ndarray[Any, np.dtype[np.intp]],
    level: float,
    seed: int,
) -> tuple[float, float, str]:
    if not len(leads):
        return math.nan, math.nan, ""
    permuted = permute(model, paths, seed, FEWER_DRAWS)
    possible = permuted.possible if isinstance(permuted, Permuted) else 0
    method = leading_method(*sides_of(model, paths), possible, level)
    if isinstance(permuted, Permuted) and method == PERMUTATION:
        return _permuted_joint(permuted, fitted.beta[leads], leads)
    return _wald(fitted, leads)


def _permuted_joint(
    permuted: Permuted, observed: Floats, leads: np.ndarray[Any, np.dtype[np.intp]]
) -> tuple[float, float, str]:
    """Test all leads at once: their squared distance from zero against its permutations."""
    drawn = permuted.b[:, leads]
    spread = np.linalg.pinv(drawn.T @ drawn / len(drawn), rcond=1e-10, hermitian=True)
    distances = np.einsum("bi,ij,bj->b", drawn, spread, drawn)
    statistic = float(observed @ spread @ observed)
    hits = int((distances >= statistic * (1 - TIE)).sum())
    p = hits / len(drawn) if permuted.exact else (hits + 1) / (len(drawn) + 1)
    return statistic, p, "permutation"


def _wald(fitted: Fit, leads: np.ndarray[Any, np.dtype[np.intp]]) -> tuple[float, float, str]:
    from scipy.special import fdtrc

    q, df = len(leads), fitted.clusters - 1
    covariance = cr1(fitted)[np.ix_(leads, leads)]
    inverse = np.linalg.pinv(covariance, rcond=1e-12, hermitian=True)
    statistic = float(fitted.beta[leads] @ inverse @ fitted.beta[leads]) / q
    return statistic, float(fdtrc(q, df, statistic)), f"F({q}, {df}) on {CR1.split(',')[0]}"


def pre_trend(study: EventStudy, value: float) -> Check:
    """Return the check of the periods before the start against the size of the estimate."""
    name = "pre-trend"
    if study.reason:
        return Check(name, None, None, "information", f"Not tested: {study.reason}.")
    if not len(study.leads):
        return Check(
            name,
            None,
            None,
            "information",
            "Not tested: only one period before the start is seen, so nothing shows whether the "
            "groups moved alike before. The assumption of parallel trends rests on argument alone.",
        )
    largest = int(np.argmax(np.abs(study.leads)))
    lead = float(study.leads[largest])
    ratio = ratio_of(lead, value)
    verdict, reading = grade(study.joint_p, ratio)
    listing = ", ".join(
        f"{period}: {gap:.3g}" for period, gap in zip(study.lead_periods, study.leads, strict=True)
    )
    meaning = (
        f"Difference of the groups before the start, against the last period before it ({listing}). "
        f"Joint test by {study.method}: p = {study.joint_p:.3g}. The largest, {lead:.3g} in "
        f"{study.lead_periods[largest]}, is {ratio:.0%} of the estimate. {reading}"
    )
    return Check(name, study.joint_statistic, study.joint_p, verdict, meaning)


def ratio_of(effect: float, value: float) -> float:
    """Return how large `effect` is beside the estimate; infinite beside an estimate of zero."""
    return abs(effect / value) if value else math.inf


def grade(p_value: float | None, ratio: float) -> tuple[Any, str]:
    """Return the verdict on an effect where none can be, and its reading.

    Fail when p < 0.05; concern when p < 0.20 or the effect is at least half as large as the
    estimate, or where there is no p-value; pass otherwise.
    """
    if p_value is not None and p_value < 0.05:
        return (
            "fail",
            "There was a difference before there was a programme: the design is in doubt.",
        )
    if p_value is None or not p_value >= 0.20 or ratio >= 0.5:
        return (
            "concern",
            "A difference of this size before there was a programme could explain much of the estimate.",
        )
    return (
        "pass",
        "No sign of a difference before there was a programme; a small one could still go unseen.",
    )
