"""From influence functions to the inference, the tables and the path of the staggered design."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.inference import (
    ANALYTIC,
    BOOTSTRAP,
    FEW,
    MANY,
    permutation_leads,
    permutation_row,
    t_row,
    wider,
)
from evalkit.impact.least_squares import Floats
from evalkit.impact.panel import NEVER
from evalkit.impact.permutation import TIE
from evalkit.impact.staggered.averages import Aggregate, covariance, multiplier_bootstrap
from evalkit.impact.staggered.fit import ESTIMATORS, Fitted, Leads, dynamic_levels, fit
from evalkit.impact.staggered.permutation import Starts, permute_starts
from evalkit.impact.staggered.rows import Choices, Estimator, Flags, NoFitError, Rows
from evalkit.impact.trends.bands import half_widths

RULE = (
    f"With fewer than {FEW} treated or comparison clusters the wider of two intervals leads: that "
    "of the permutation of starts among clusters, if there are enough assignments for the level, and "
    "that of t with as many degrees of freedom as there are clusters on the smaller side, less one. "
    "Otherwise t on clusters - 1 degrees of freedom leads, or the multiplier bootstrap if asked."
)


INDEPENDENT = "independent errors"
ENOUGH = 10
"""Clusters for each lead below which the chi2 approximation of their joint test is not trusted."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a staggered estimate is made and reported."""

    choices: Choices
    aggregate: str
    level: float
    seed: int
    bootstrap: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that one estimation gives."""

    data: Rows
    fitted: Fitted
    rows: tuple[dict[str, Any], ...]
    starts: Starts | None
    why_not_permuted: str

    @property
    def leads(self) -> dict[str, Any]:
        """The row of the inference table that leads."""
        return next(one for one in self.rows if one["leads"])

    @property
    def df(self) -> float:
        """Degrees of freedom of the analytic error."""
        return float(self.rows[0]["df"])

    def covariance(self, influence: Floats) -> Floats:
        """Return the covariance of estimates from their influence functions."""
        return covariance(influence, self.data.cluster)


def estimate(data: Rows, plan: Plan, *, permute: bool = True) -> Found:
    """Estimate group-time effects, average them in four ways, and infer on the chosen one."""
    fitted = fit(data, plan.choices)
    starts = (
        permute_starts(data, plan.choices, plan.aggregate, plan.seed)
        if permute
        else "not asked for"
    )
    rows = _rows(data, plan, fitted, starts)
    why = starts if isinstance(starts, str) else ""
    return Found(data, fitted, rows, None if isinstance(starts, str) else starts, why)


def sides(data: Rows) -> tuple[int, int]:
    """Return the clusters with a treated unit, and those with one that serves as comparison.

    Where all are treated in the end, the last to start serve. A cluster may hold both.
    """
    last = NEVER if (data.cohort == NEVER).any() else data.cohort.max()
    treated = data.cohort < last
    return len(np.unique(data.cluster[treated])), len(np.unique(data.cluster[~treated]))


def _rows(
    data: Rows, plan: Plan, fitted: Fitted, starts: Starts | str
) -> tuple[dict[str, Any], ...]:
    chosen = fitted.aggregates[plan.aggregate]
    treated, comparison = sides(data)
    few = min(treated, comparison) < FEW
    df = max(min(treated, comparison) if few else data.n_clusters, 1) - 1
    method = ANALYTIC if not few else f"influence function, t with {df} df (few clusters)"
    error = _error(chosen.value_influence, data)
    rows = [t_row(method, chosen.value, error, df, plan.level)]
    leads = 0
    if plan.bootstrap:
        rows.append(_bootstrap_row(data, plan, chosen, df))
        leads = 0 if few else len(rows) - 1
    for name, other in fitted.others.items():
        if plan.aggregate in other:
            error = _error(other[plan.aggregate].value_influence, data)
            rows.append(t_row(f"{name} with {df} df", chosen.value, error, df, plan.level))
    if fitted.plain is not None:
        error = fitted.plain.errors[plan.aggregate]
        rows.append(t_row(INDEPENDENT, chosen.value, error, fitted.plain.df, plan.level))
    if isinstance(starts, Starts):
        rows.append(permutation_row(starts.permuted, chosen.value, plan.level))
        if permutation_leads(treated, comparison, starts.permuted.possible, plan.level):
            leads = len(rows) - 1 if wider(rows[-1], rows[0]) is rows[-1] else 0
    rows[leads]["leads"] = True
    return tuple(rows)


def _error(influence: Floats, data: Rows) -> float:
    return math.sqrt(covariance(influence[:, None], data.cluster)[0, 0])


def _bootstrap_row(data: Rows, plan: Plan, chosen: Aggregate, df: int) -> dict[str, Any]:
    errors, _ = multiplier_bootstrap(
        chosen.value_influence[:, None], data.cluster, plan.bootstrap, plan.level, plan.seed
    )
    return t_row(BOOTSTRAP, chosen.value, float(errors[0]), df, plan.level)


def pre_test(found: Found) -> tuple[float, float, int, str]:
    """Return statistic, p-value, number of leads and method of the test of all leads at once."""
    leads = found.fitted.leads
    if not len(leads.effects):
        return math.nan, math.nan, 0, ""
    drawn = found.starts.leads if found.starts is not None else None
    if drawn is not None and min(sides(found.data)) < FEW:
        return (*_permuted_test(found, drawn), len(leads.effects), "permutation")
    if len(leads.effects) * ENOUGH > found.data.n_clusters:
        # More leads than clusters can carry: their averages by period, which are fewer.
        dynamic, pick = found.fitted.dynamic, found.fitted.dynamic.levels < 0
        leads = Leads(dynamic.effects[pick], dynamic.influence[:, pick])
    count = len(leads.effects)
    spread = found.covariance(leads.influence)
    inverse = np.linalg.pinv(spread, rcond=1e-10, hermitian=True)
    statistic = float(leads.effects @ inverse @ leads.effects)
    rank = int((np.linalg.eigvalsh(spread) > 1e-10 * max(np.trace(spread), 1e-300)).sum())
    p, how = _wald(statistic, rank, found)
    return statistic, p, count, how


def _permuted_test(found: Found, drawn: Floats) -> tuple[float, float]:
    effects = found.fitted.leads.effects
    spread = np.linalg.pinv(drawn.T @ drawn / len(drawn), rcond=1e-10, hermitian=True)
    distance = np.einsum("bi,ij,bj->b", drawn, spread, drawn)
    statistic = float(effects @ spread @ effects)
    hits = int((distance >= statistic * (1 - TIE)).sum())
    exact = found.starts is not None and found.starts.permuted.exact
    return statistic, hits / len(drawn) if exact else (hits + 1) / (len(drawn) + 1)


def _wald(statistic: float, rank: int, found: Found) -> tuple[float, str]:
    """Return the p-value of a Wald statistic: chi2 with many clusters, Hotelling's F with few."""
    from scipy.special import chdtrc, fdtrc

    clusters = found.data.n_clusters
    if rank == 0:
        return math.nan, "not to be had: no lead varies"
    if clusters >= MANY and found.df >= FEW and rank * ENOUGH <= clusters:
        return float(chdtrc(rank, statistic)), f"Wald, chi2({rank})"
    below = min(found.df + 1, clusters) - rank
    if below < 1:
        return math.nan, f"not to be had: {rank} leads and too few clusters"
    f = statistic * below / (rank * (below + rank - 1))
    return float(fdtrc(rank, below, f)), f"F({rank}, {below:g})"


def group_time_table(found: Found, plan: Plan, times: list[Any]) -> pd.DataFrame:
    """Return the group-time effects, one row each, with pointwise intervals."""
    cells = found.fitted.cells
    errors = np.sqrt(np.diag(found.covariance(cells.influence)))
    rows = []
    for k, cell in enumerate(cells.cells):
        made = t_row("", float(cells.effects[k]), float(errors[k]), found.df, plan.level)
        rows.append(
            {
                "group": times[cell.group],
                "time": times[cell.time],
                "base": times[cell.base],
                "estimate": float(cells.effects[k]),
                **{name: made[name] for name in ("std_error", "low", "high", "p_value")},
                "post": cell.post,
                "n_treated": int(cells.treated[k]),
                "n_comparison": int(cells.compared[k]),
            }
        )
    return pd.DataFrame(rows)


def event_study_table(found: Found, plan: Plan) -> pd.DataFrame:
    """Return effects by periods since the start, pointwise intervals and a simultaneous band.

    The band holds for the whole path at once: by the multiplier bootstrap where it was asked for,
    else by draws from the covariance (sup-t).
    """
    dynamic, data = found.fitted.dynamic, found.data
    spread = found.covariance(dynamic.influence)
    errors = np.sqrt(np.diag(spread))
    if plan.bootstrap:
        _, critical = multiplier_bootstrap(
            dynamic.influence, data.cluster, plan.bootstrap, plan.level, plan.seed
        )
        reach = critical * errors
    else:
        reach = half_widths(errors, np.full(len(errors), found.df), spread, plan.level, plan.seed)
    rows = []
    for k, level in enumerate(dynamic.levels.tolist()):
        effect, error = float(dynamic.effects[k]), float(errors[k])
        made = t_row("", effect, error, found.df, plan.level)
        reference = level == -1 - plan.choices.anticipation and error == 0
        one = {
            "period": level,
            "relative": level,
            "estimate": effect,
            "std_error": error,
            "low": made["low"],
            "high": made["high"],
            "reference": bool(reference),
            "band_low": effect - float(reach[k]),
            "band_high": effect + float(reach[k]),
        }
        blank = ("std_error", "low", "high", "band_low", "band_high")
        rows.append(one | (dict.fromkeys(blank, math.nan) if reference else {}))
    return pd.DataFrame(rows)


def aggregates_table(found: Found, plan: Plan, times: list[Any]) -> pd.DataFrame:
    """Return all four aggregations, each level of them and each level's standard error."""
    rows = []
    for name, one in found.fitted.aggregates.items():
        values = [("all", one.value, one.value_influence)]
        for k, level in enumerate(one.levels):
            label = int(level) if name == "dynamic" else times[int(level)]
            values.append((str(label), float(one.effects[k]), one.influence[:, k]))
        for label, value, influence in values:
            made = t_row("", value, _error(influence, found.data), found.df, plan.level)
            parts = {key: made[key] for key in ("std_error", "low", "high", "p_value")}
            rows.append({"aggregate": name, "level": label, "estimate": value, **parts})
    return pd.DataFrame(rows)


def estimators_table(found: Found, plan: Plan) -> pd.DataFrame:
    """Return the four estimators side by side on the same rows: same average, value and error."""
    rows = []
    for name in ESTIMATORS:
        why, value, error = "", math.nan, math.nan
        try:
            made = _with_estimator(found, plan, name)
            chosen = made.aggregates[plan.aggregate]
            value, error = chosen.value, _error(chosen.value_influence, found.data)
        except NoFitError as trouble:
            why = trouble.why
        rows.append(
            {
                "estimator": name,
                "estimate": value,
                "std_error": error,
                "chosen": name == plan.choices.estimator,
                "why": why,
            }
        )
    return pd.DataFrame(rows)


def _with_estimator(found: Found, plan: Plan, name: Any) -> Fitted:
    chosen: Estimator = name
    if chosen == plan.choices.estimator:
        return found.fitted
    never = (found.data.cohort == NEVER).any()
    choices = replace(plan.choices, estimator=chosen)
    choices = choices if never else replace(choices, control="not_yet_treated")
    return fit(found.data, choices)


def path(found: Found, plan: Plan) -> tuple[Aggregate, Floats] | str:
    """Return the event study against one base period, and its covariance, or why there is none.

    Leads against the period before each of them, or from untreated rows alone, are not of the same
    kind as the effects after the start; the method of Rambachan and Roth needs one base for all.
    """
    choices = plan.choices
    if choices.estimator == "imputation":
        return (
            "leads and effects of the imputation are not measured against the same periods (Roth "
            "2024); run it with `estimator: callaway_santanna`"
        )
    dynamic = found.fitted.dynamic
    if choices.estimator == "callaway_santanna" and choices.base == "varying":
        try:
            dynamic = fit(found.data, replace(choices, base="universal")).dynamic
        except NoFitError as error:
            return error.why
    keep = dynamic_levels(dynamic.levels, choices)
    study = replace(
        dynamic,
        levels=dynamic.levels[keep],
        effects=dynamic.effects[keep],
        influence=dynamic.influence[:, keep],
    )
    return study, found.covariance(study.influence)


def nearest_half(data: Rows) -> Flags | None:
    """Return the units with only the half of never treated ones nearest before the first start.

    None when there are fewer than eight never treated units, or no one is followed.
    """
    never = np.flatnonzero(data.cohort == NEVER)
    if len(never) < 8 or not data.followed:
        return None
    before = data.time < data.cohort.min()
    seen = np.bincount(data.unit[before], minlength=data.n_units)
    sums = np.bincount(data.unit[before], weights=data.y[before], minlength=data.n_units)
    means = np.where(seen > 0, sums / np.maximum(seen, 1), np.inf)
    treated = (data.cohort < NEVER) & (seen > 0)
    if not treated.any():
        return None
    target = np.average(means[treated], weights=data.unit_weight[treated])
    distance = np.abs(means[never] - target)
    chosen = never[np.lexsort((means[never], distance))][: (len(never) + 1) // 2]
    kept = data.cohort < NEVER
    kept[chosen] = True
    return np.asarray(kept)
