"""From group-time effects to tables, intervals and checks of the staggered design."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.callaway import (
    AGGREGATIONS,
    Aggregate,
    Choices,
    GroupTime,
    NoFitError,
    Wide,
    aggregate,
    covariance,
    group_time,
    multiplier_bootstrap,
)
from evalkit.impact.inference import (
    ANALYTIC,
    BOOTSTRAP,
    FEW,
    permutation_leads,
    permutation_row,
    row,
    t_row,
    wider,
)
from evalkit.impact.least_squares import Ints
from evalkit.impact.panel import NEVER
from evalkit.impact.permutation import TIE
from evalkit.impact.staggered_permutation import Starts, is_lead, permute_starts

RULE = (
    f"With fewer than {FEW} treated or comparison clusters the wider of two intervals leads: that "
    "of the permutation of starts among clusters, if there are enough assignments for the level, and "
    "that of t with as many degrees of freedom as there are clusters on the smaller side, less one. "
    "Otherwise t on clusters - 1 degrees of freedom leads, or the multiplier bootstrap if asked."
)


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

    wide: Wide
    cells: GroupTime
    aggregates: dict[str, Aggregate]
    rows: tuple[dict[str, Any], ...]
    starts: Starts | None
    why_not_permuted: str

    @property
    def leads(self) -> dict[str, Any]:
        """The row of the inference table that leads."""
        return next(one for one in self.rows if one["leads"])


def estimate(wide: Wide, plan: Plan, *, permute: bool = True) -> Found:
    """Estimate group-time effects, average them in four ways, and infer on the chosen one."""
    cells = group_time(wide, plan.choices)
    if not any(cell.post for cell in cells.cells):
        raise NoFitError(-1, "no group has both a period before it starts and a comparison after")
    aggregates = {name: aggregate(cells, name) for name in AGGREGATIONS}
    chosen = aggregates[plan.aggregate]
    starts = (
        permute_starts(wide, plan.choices, plan.aggregate, plan.seed)
        if permute
        else "not asked for"
    )
    rows = _rows(wide, plan, chosen, starts)
    why = starts if isinstance(starts, str) else ""
    made = None if isinstance(starts, str) else starts
    return Found(wide, cells, aggregates, rows, made, why)


def sides(wide: Wide) -> tuple[int, int]:
    """Return the clusters with a treated unit, and those that serve as comparison.

    Where all are treated in the end, the last to start serve.
    """
    count = int(wide.cluster.max()) + 1
    last = NEVER if (wide.cohort == NEVER).any() else wide.cohort.max()
    treated = np.unique(wide.cluster[wide.cohort < last])
    return len(treated), count - len(treated)


def _rows(
    wide: Wide, plan: Plan, chosen: Aggregate, starts: Starts | str
) -> tuple[dict[str, Any], ...]:
    treated, comparison = sides(wide)
    few = min(treated, comparison) < FEW
    df = min(treated, comparison) - 1 if few else treated + comparison - 1
    influence = chosen.value_influence[:, None]
    error = math.sqrt(covariance(influence, wide.cluster)[0, 0])
    method = ANALYTIC if not few else f"influence function, t with {df} df (few clusters)"
    rows = [t_row(method, chosen.value, error, df, plan.level)]
    leads = 0
    if plan.bootstrap:
        rows.append(_bootstrap_row(wide, plan, chosen, df))
        leads = 0 if few else len(rows) - 1
    if isinstance(starts, Starts):
        rows.append(permutation_row(starts.permuted, chosen.value, plan.level))
        if permutation_leads(treated, comparison, starts.permuted.possible, plan.level):
            leads = len(rows) - 1 if wider(rows[-1], rows[0]) is rows[-1] else 0
    rows[leads]["leads"] = True
    return tuple(rows)


def _bootstrap_row(wide: Wide, plan: Plan, chosen: Aggregate, df: int) -> dict[str, Any]:
    errors, _ = multiplier_bootstrap(
        chosen.value_influence[:, None], wide.cluster, plan.bootstrap, plan.level, plan.seed
    )
    made = t_row(BOOTSTRAP, chosen.value, float(errors[0]), df, plan.level)
    return row(BOOTSTRAP, made["std_error"], df, (made["low"], made["high"]), made["p_value"])


def pre_test(found: Found) -> tuple[float, float, int, str]:
    """Return statistic, p-value, number of cells and method of the test of all leads at once."""
    from scipy.special import chdtrc

    picks = [k for k, cell in enumerate(found.cells.cells) if is_lead(cell)]
    if not picks:
        return math.nan, math.nan, 0, ""
    effects = found.cells.effects[picks]
    if found.starts is not None and min(sides(found.wide)) < FEW:
        drawn = found.starts.leads
        spread = np.linalg.pinv(drawn.T @ drawn / len(drawn), rcond=1e-10, hermitian=True)
        distance = np.einsum("bi,ij,bj->b", drawn, spread, drawn)
        statistic = float(effects @ spread @ effects)
        hits = int((distance >= statistic * (1 - TIE)).sum())
        exact = found.starts.permuted.exact
        p = hits / len(drawn) if exact else (hits + 1) / (len(drawn) + 1)
        return statistic, p, len(picks), "permutation"
    spread = covariance(found.cells.influence[:, picks], found.wide.cluster)
    inverse = np.linalg.pinv(spread, rcond=1e-10, hermitian=True)
    rank = int(np.linalg.matrix_rank(spread, hermitian=True))
    statistic = float(effects @ inverse @ effects)
    return statistic, float(chdtrc(rank, statistic)), len(picks), f"Wald, chi2({rank})"


def group_time_table(found: Found, plan: Plan, times: list[Any]) -> pd.DataFrame:
    """Return the group-time effects, one row each, with pointwise intervals."""
    cells = found.cells
    errors = np.sqrt(np.diag(covariance(cells.influence, found.wide.cluster)))
    df = found.rows[0]["df"]
    rows = []
    for k, cell in enumerate(cells.cells):
        made = t_row("", float(cells.effects[k]), float(errors[k]), df, plan.level)
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
    """Return effects by periods since the start; with a bootstrap also a simultaneous band."""
    dynamic = found.aggregates["dynamic"]
    errors = np.sqrt(np.diag(covariance(dynamic.influence, found.wide.cluster)))
    df = found.rows[0]["df"]
    critical = math.nan
    if plan.bootstrap:
        _, critical = multiplier_bootstrap(
            dynamic.influence, found.wide.cluster, plan.bootstrap, plan.level, plan.seed
        )
    rows = []
    for level, effect, error in zip(dynamic.levels, dynamic.effects, errors, strict=True):
        made = t_row("", float(effect), float(error), df, plan.level)
        reference = plan.choices.base == "universal" and level == -1 - plan.choices.anticipation
        one = {
            "period": int(level),
            "relative": int(level),
            "estimate": float(effect),
            "std_error": math.nan if reference else float(error),
            "low": math.nan if reference else made["low"],
            "high": math.nan if reference else made["high"],
            "reference": bool(reference),
        }
        if plan.bootstrap:
            one |= {"band_low": effect - critical * error, "band_high": effect + critical * error}
        rows.append(one)
    return pd.DataFrame(rows)


def aggregates_table(found: Found, plan: Plan, times: list[Any]) -> pd.DataFrame:
    """Return all four aggregations, each level of them and each level's standard error."""
    df = found.rows[0]["df"]
    rows = []
    for name, one in found.aggregates.items():
        values = [("all", one.value, one.value_influence)]
        for k, level in enumerate(one.levels):
            label = int(level) if name == "dynamic" else times[int(level)]
            values.append((str(label), float(one.effects[k]), one.influence[:, k]))
        for label, value, influence in values:
            error = math.sqrt(covariance(influence[:, None], found.wide.cluster)[0, 0])
            made = t_row("", value, error, df, plan.level)
            parts = {key: made[key] for key in ("std_error", "low", "high", "p_value")}
            rows.append({"aggregate": name, "level": label, "estimate": value, **parts})
    return pd.DataFrame(rows)


def nearest_half(wide: Wide) -> Ints | None:
    """Return the rows with only the half of never-treated units nearest before the first start.

    None when there are fewer than eight never-treated units.
    """
    never = np.flatnonzero(wide.cohort == NEVER)
    if len(never) < 8:
        return None
    first = int(wide.cohort.min())
    means = wide.y[:, :first].mean(axis=1)
    target = np.average(means[wide.cohort < NEVER], weights=wide.w[wide.cohort < NEVER])
    distance = np.abs(means[never] - target)
    chosen = never[np.lexsort((means[never], distance))][: (len(never) + 1) // 2]
    return np.sort(np.concatenate([np.flatnonzero(wide.cohort < NEVER), chosen])).astype(np.intp)
