"""The interaction-weighted estimator of Sun and Abraham (2021, Journal of Econometrics 225).

One regression with effects of units and periods and a coefficient for each group and period around
its start (but the last before it); then averages of the coefficients with the groups' shares of the
rows as weights. Compared with are the never treated, else the last to start.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats, sums_by
from evalkit.impact.staggered.averages import GroupTime, cluster_factor
from evalkit.impact.staggered.regression import dummies, solve
from evalkit.impact.staggered.rows import Cell, Choices, Flags, NoFitError, Rows, comparisons


@dataclass(frozen=True, slots=True)
class Interactions:
    """The cells of the regression: which rows are in each, and which cell is the reference."""

    cells: tuple[Cell, ...]
    inside: Floats
    used: Flags


@dataclass(frozen=True, slots=True)
class Interacted:
    """Effects by cell; their covariance if errors were independent, and its degrees of freedom."""

    cells: GroupTime
    independent: Floats
    df: int


def group_time(rows: Rows, choices: Choices) -> Interacted:
    """Estimate the coefficient of every group and period.

    The influence functions carry ``G/(G-1) * (n-1)/(n-k)`` of a cluster-robust covariance in which
    effects of units nested in clusters do not count among the `k` parameters.

    Raises
    ------
    NoFitError
        When no coefficient after a start is identified.
    """
    made = _interactions(rows, choices)
    used, n = made.used, rows.n_units
    cohort = rows.cohort[rows.unit]
    groups = rows.unit if rows.followed else np.unique(cohort, return_inverse=True)[1]
    groups = np.unique(groups[used], return_inverse=True)[1].astype(np.intp)
    free = [k for k, cell in enumerate(made.cells) if cell.time != cell.base]
    periods = np.unique(rows.time[used])
    x = np.column_stack(
        [made.inside[used][:, free], dummies(rows.time[used], periods[1:]), rows.x[used]]
    )
    fitted = solve(x, rows.y[used], rows.w[used], groups)
    known = fitted.knows(np.eye(len(free), x.shape[1]))
    if not any(known[j] and made.cells[k].post for j, k in enumerate(free)):
        raise NoFitError(-1, "no effect after a start can be told from those of units and periods")
    nested = 0 if rows.followed else int(groups.max())
    factor = _factor(rows, used, fitted.rank + 1 + nested)
    slopes = fitted.scores(rows.unit[used], n) @ fitted.inverse * (n * np.sqrt(factor))
    place = {k: j for j, k in enumerate(free) if known[j]}
    kept = [k for k, cell in enumerate(made.cells) if k in place or cell.time == cell.base]
    at = np.array([place.get(k, -1) for k in kept], dtype=np.intp)
    effects = np.where(at >= 0, fitted.beta[at], 0.0)
    influence = np.where(at >= 0, slopes[:, at], 0.0)
    df = int(used.sum()) - fitted.rank - int(groups.max()) - 1
    spread = float(rows.w[used] @ fitted.residuals**2) / df if df > 0 else np.nan
    independent = np.where((at >= 0)[:, None] & (at >= 0), fitted.inverse[np.ix_(at, at)], 0.0)
    return Interacted(_collect(rows, made, kept, (effects, influence)), independent * spread, df)


def _interactions(rows: Rows, choices: Choices) -> Interactions:
    pairs = comparisons(rows.cohort, rows.periods, choices)
    cohort = rows.cohort[rows.unit]
    starts = [start for cell, pool in pairs for start in (cell.group, *pool.tolist())]
    until = max((cell.time for cell, _ in pairs), default=-1)
    used = np.isin(cohort, starts) & (rows.time <= until)
    inside = [used & (cohort == cell.group) & (rows.time == cell.time) for cell, _ in pairs]
    seen = [k for k, one in enumerate(inside) if one.any()]
    if not seen:
        raise NoFitError(-1, "no group has both a period before it starts and a comparison after")
    return Interactions(
        tuple(pairs[k][0] for k in seen),
        np.column_stack([inside[k] for k in seen]).astype(float),
        used,
    )


def _factor(rows: Rows, used: Flags, parameters: int) -> float:
    """Return what turns the plain sandwich of unit scores into the cluster-robust covariance."""
    n, clusters = int(used.sum()), len(np.unique(rows.cluster[rows.unit[used]]))
    full = clusters / max(clusters - 1, 1) * (n - 1) / max(n - parameters, 1)
    return full / cluster_factor(rows.n_units, rows.n_clusters)


def _collect(
    rows: Rows, made: Interactions, kept: list[int], found: tuple[Floats, Floats]
) -> GroupTime:
    inside = made.inside[:, kept]
    share = (inside * rows.w[:, None]).sum(axis=0) / rows.n_units
    cells = tuple(made.cells[k] for k in kept)
    w, cohort = rows.unit_weight, rows.cohort
    size = np.array([w[cohort == cell.group].sum() / rows.n_units for cell in cells])
    counts = sums_by(inside, rows.unit, rows.n_units) > 0
    others = np.unique(rows.unit[made.used & (inside.sum(axis=1) == 0)])
    compared = int((~np.isin(cohort[others], [cell.group for cell in cells])).sum())
    return GroupTime(
        cells, found[0], found[1], share, size, None,
        counts.sum(axis=0).astype(np.intp), np.full(len(cells), compared, dtype=np.intp),
    )  # fmt: skip


def with_shares(rows: Rows, cells: GroupTime) -> GroupTime:
    """Return the same effects with the groups' shares as estimates that add to the error."""
    w, n = rows.unit_weight, rows.n_units
    member = np.column_stack([(rows.cohort == cell.group) * w for cell in cells.cells])
    scale = cells.share / np.maximum(member.sum(axis=0) / n, 1e-300)
    return GroupTime(
        cells.cells, cells.effects, cells.influence, cells.share, cells.size, member * scale,
        cells.treated, cells.compared,
    )  # fmt: skip
