"""The imputation estimator of Borusyak, Jaravel and Spiess (2024, Review of Economic Studies 91).

Effects of units and periods (and slopes of covariates) come from untreated rows alone; each treated
row's effect is its outcome less what these effects foretell; group-time effects are their means.
Errors: the conservative clustered variance of their theorem 3 and equation 8, where the effects of
rows are taken around the mean of their group and period, optionally without the own cluster.
Pre-trends: their separate regression on untreated rows (section 4.4).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evalkit.impact.least_squares import ROUNDING, Floats, Ints, sums_by
from evalkit.impact.panel import NEVER
from evalkit.impact.staggered.averages import Aggregate, GroupTime, cluster_factor
from evalkit.impact.staggered.regression import Solved, dummies, solve
from evalkit.impact.staggered.rows import Cell, Choices, Flags, NoFitError, Rows

MOST_LEADS = 5


@dataclass(frozen=True, slots=True)
class Imputed:
    """Effects by cell; the same with the own cluster left out of the means; treated rows without."""

    cells: GroupTime
    without_own: Floats
    lost: int


@dataclass(frozen=True, slots=True)
class Untreated:
    """The fit on untreated rows: which rows, and the code of each row's absorbed effect."""

    fitted: Solved
    rows: Flags
    groups: Ints
    columns: Floats


def group_time(rows: Rows, choices: Choices) -> Imputed:
    """Impute every treated row and average by group and period.

    Raises
    ------
    NoFitError
        When no treated row can be imputed.
    """
    start = rows.cohort[rows.unit]
    untreated = rows.time < np.where(start < NEVER, start - choices.anticipation, NEVER)
    base = _fit(rows, untreated)
    treated = np.flatnonzero(~untreated)
    seen = np.isin(base.groups[treated], base.groups[untreated])
    if not seen.any():
        raise NoFitError(-1, "no treated row is of a unit that is seen untreated before")
    about = _less_means(base, rows, treated[seen])
    cells = sorted({(int(start[r]), int(rows.time[r])) for r in treated[seen]})
    code = {cell: k for k, cell in enumerate(cells)}
    of_row = np.array(
        [code[int(start[r]), int(rows.time[r])] for r in treated[seen]], dtype=np.intp
    )
    effect = _rounded(about[0] - about[1] @ base.fitted.beta, rows)
    picked = _Picked(treated[seen], of_row, effect, about[1])
    distance = _cell_means(picked.x, rows.w[picked.rows], of_row, len(cells))
    known = base.fitted.knows(distance)
    if not any(known[k] and time >= group for k, (group, time) in enumerate(cells)):
        raise NoFitError(-1, "no treated period has an untreated unit to foretell it from")
    made = [_influence(rows, base, picked, distance, own=own) for own in (True, False)]
    anticipation = choices.anticipation
    kept = [Cell(group, time, group - anticipation - 1) for group, time in cells]
    whole = _collect(rows, kept, picked, made[0])
    lost = len(treated) - int(known[of_row].sum())
    return Imputed(_only(whole, known), made[1][:, known], lost)


@dataclass(frozen=True, slots=True)
class _Picked:
    """Treated rows that can be imputed: their cell, effect, and columns less untreated means."""

    rows: Ints
    cell: Ints
    effect: Floats
    x: Floats


def _fit(rows: Rows, untreated: Flags, more: Floats | None = None) -> Untreated:
    groups = rows.unit if rows.followed else rows.cohort[rows.unit]
    groups = np.unique(groups, return_inverse=True)[1].astype(np.intp)
    columns = [dummies(rows.time, np.arange(1, rows.periods)), rows.x]
    x = np.column_stack(columns if more is None else [more, *columns])
    inner = np.unique(groups[untreated], return_inverse=True)[1].astype(np.intp)
    fitted = solve(x[untreated], rows.y[untreated], rows.w[untreated], inner)
    return Untreated(fitted, untreated, groups, x)


def _less_means(base: Untreated, rows: Rows, at: Ints) -> tuple[Floats, Floats]:
    """Return outcome and columns of some rows less the untreated means of their unit."""
    count, u = int(base.groups.max()) + 1, base.rows
    w, groups = rows.w[u], base.groups[u]
    size = np.maximum(sums_by(w, groups, count), 1e-300)
    y = sums_by(w * rows.y[u], groups, count) / size
    x = sums_by(w[:, None] * base.columns[u], groups, count) / size[:, None]
    of = base.groups[at]
    return rows.y[at] - y[of], base.columns[at] - x[of]


def _rounded(values: Floats, rows: Rows) -> Floats:
    """Return the values with zero where rounding alone is left of the outcome."""
    tiny = ROUNDING * float(np.abs(rows.y).max())
    return np.asarray(np.where(np.abs(values) <= tiny, 0.0, values))


def _cell_means(values: Floats, w: Floats, cell: Ints, count: int) -> Floats:
    return sums_by(values * w[:, None], cell, count) / sums_by(w, cell, count)[:, None]


def _influence(
    rows: Rows, base: Untreated, picked: _Picked, distance: Floats, *, own: bool
) -> Floats:
    """Return influence functions by unit, shape (N, cells).

    The part of untreated rows is what the cell's covariates and periods rest on in the fit; effects
    of units drop out, as residuals sum to zero within units. In repeated cross-sections they sum to
    zero within groups only, and the weight of the group's mean stays with each row.
    """
    n, count = rows.n_units, len(distance)
    unit, w = rows.unit[picked.rows], rows.w[picked.rows]
    share = w / sums_by(w, picked.cell, count)[picked.cell]
    cluster = rows.cluster[unit]
    left = _rounded(picked.effect - _means_around(picked, share, cluster, own=own), rows)
    made = np.zeros((n, count))
    np.add.at(made, (unit, picked.cell), share * left)
    untreated = rows.unit[base.rows]
    made -= base.fitted.scores(untreated, n) @ base.fitted.inverse @ distance.T
    if not rows.followed:
        made -= _group_part(rows, base, picked, share, count)
    return np.asarray(made * (n / np.sqrt(cluster_factor(n, rows.n_clusters))))


def _group_part(rows: Rows, base: Untreated, picked: _Picked, share: Floats, count: int) -> Floats:
    """Return the part of untreated rows in the mean of their own group, in cross-sections."""
    u, groups = base.rows, int(base.groups.max()) + 1
    held = np.zeros((groups, count))
    np.add.at(held, (base.groups[picked.rows], picked.cell), share)
    size = np.maximum(sums_by(rows.w[u], base.groups[u], groups), 1e-300)
    part = rows.w[u] * base.fitted.residuals / size[base.groups[u]]
    return sums_by(part[:, None] * held[base.groups[u]], rows.unit[u], rows.n_units)


def _means_around(picked: _Picked, share: Floats, cluster: Ints, *, own: bool) -> Floats:
    """Return the mean effect of the cell that each row's own is taken around (equation 8)."""
    pair = picked.cell * (int(cluster.max()) + 1) + cluster
    pairs, code = np.unique(pair, return_inverse=True)
    code = code.astype(np.intp)
    v = sums_by(share, code, len(pairs))
    t = sums_by(share * picked.effect, code, len(pairs))
    cell = (pairs // (int(cluster.max()) + 1)).astype(np.intp)
    count = int(picked.cell.max()) + 1
    top, below = sums_by(v * t, cell, count)[cell], sums_by(v**2, cell, count)[cell]
    if own:
        return np.asarray((top / below)[code])
    alone = below - v**2 <= 1e-12 * below
    return np.asarray(
        np.where(alone, np.nan, (top - v * t) / np.where(alone, 1.0, below - v**2))[code]
    )


def _collect(rows: Rows, cells: list[Cell], picked: _Picked, influence: Floats) -> GroupTime:
    w, count, n = rows.w[picked.rows], len(cells), rows.n_units
    total = sums_by(w, picked.cell, count)
    effects = sums_by(w * picked.effect, picked.cell, count) / total
    unit_weight, never = rows.unit_weight, int((rows.cohort == NEVER).sum())
    size = np.array([unit_weight[rows.cohort == cell.group].sum() / n for cell in cells])
    treated = np.bincount(picked.cell, minlength=count).astype(np.intp)
    pool = np.array(
        [int((rows.cohort > cell.time).sum()) if never < n else never for cell in cells],
        dtype=np.intp,
    )
    return GroupTime(tuple(cells), effects, influence, total / n, size, None, treated, pool)


def _only(cells: GroupTime, known: Flags) -> GroupTime:
    return replace(
        cells,
        cells=tuple(cell for cell, keep in zip(cells.cells, known, strict=True) if keep),
        effects=cells.effects[known],
        influence=cells.influence[:, known],
        share=cells.share[known],
        size=cells.size[known],
        treated=cells.treated[known],
        compared=cells.compared[known],
    )


def leads(rows: Rows, choices: Choices) -> Aggregate | None:
    """Return differences before the start, from untreated rows alone.

    A column for each of the last `MOST_LEADS` periods before the start (fewer where not seen; at
    least one earlier period stays as the reference), beside effects of units and periods.
    """
    start, n = rows.cohort[rows.unit], rows.n_units
    ahead = choices.anticipation
    untreated = rows.time < np.where(start < NEVER, start - ahead, NEVER)
    relative = np.where(start < NEVER, rows.time - start, NEVER)
    treated = rows.cohort[rows.cohort < NEVER]
    longest = min(int(treated.max(initial=0)) - ahead - 1, MOST_LEADS)
    levels = np.arange(-ahead - longest, -ahead, dtype=np.intp)
    levels = levels[np.isin(levels, relative[untreated])] if longest > 0 else levels[:0]
    if not len(levels):
        return None
    base = _fit(rows, untreated, dummies(relative, levels))
    known = base.fitted.knows(np.eye(len(levels), base.columns.shape[1]))
    if not known.any():
        return None
    slopes = base.fitted.scores(rows.unit[untreated], n) @ base.fitted.inverse
    factor = n / np.sqrt(cluster_factor(n, rows.n_clusters))
    keep = np.flatnonzero(known)
    influence = slopes[:, keep] * factor
    return Aggregate("leads", levels[keep], base.fitted.beta[keep], influence, np.nan, np.zeros(n))
