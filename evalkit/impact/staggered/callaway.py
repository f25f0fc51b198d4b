"""Group-time average effects of Callaway and Sant'Anna (2021), on arrays without labels.

Callaway and Sant'Anna, Journal of Econometrics 225 (2021): groups start treatment in different
periods; the effect on each group in each period is a two-by-two comparison with units not treated.
With the comparisons of Wing, Freedman and Hollingsworth (2024) the same cells make the stacked
estimator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from evalkit.impact.least_squares import Floats, Ints, sums_by
from evalkit.impact.staggered.averages import GroupTime
from evalkit.impact.staggered.cross_sections import cross_sections
from evalkit.impact.staggered.rows import Cell, Choices, Flags, NoFitError, Rows, comparisons
from evalkit.impact.staggered.two_by_two import two_by_two


@dataclass(frozen=True, slots=True)
class Wide:
    """Units in rows, periods in columns: ``y`` (N, T) and ``x`` (N, T, k), NaN where not seen."""

    y: Floats
    x: Floats
    w: Floats
    cohort: Ints


class One(NamedTuple):
    """One comparison: the effect, its influence by unit (N,), and units on either side."""

    effect: float
    influence: Floats
    treated: int
    compared: int


def widen(rows: Rows) -> Wide:
    """Return followed units one a row."""
    size = (rows.n_units, rows.periods)
    y, x = np.full(size, np.nan), np.full((*size, rows.x.shape[1]), np.nan)
    y[rows.unit, rows.time] = rows.y
    x[rows.unit, rows.time] = rows.x
    return Wide(y, x, rows.unit_weight, rows.cohort)


def group_time(rows: Rows, choices: Choices) -> GroupTime:
    """Estimate every group-time effect.

    Raises
    ------
    NoFitError
        When a group and its comparison cannot be told apart or overlap in no covariate value.
    """
    wide = widen(rows) if rows.followed and rows.pairs else None
    kept, found = [], []
    for cell, pool in comparisons(rows.cohort, rows.periods, choices):
        sides = (rows.cohort == cell.group, np.isin(rows.cohort, pool))
        try:
            one = (
                _in_pairs(wide, cell, sides, choices)
                if wide
                else _in_rows(rows, cell, sides, choices)
            )
        except np.linalg.LinAlgError as error:
            raise NoFitError(cell.group, str(error)) from None
        if one is not None:
            kept.append(cell)
            found.append(one)
    return _collect(rows, kept, found)


def _collect(rows: Rows, kept: list[Cell], found: list[One]) -> GroupTime:
    n, w = rows.n_units, rows.unit_weight
    nothing = np.zeros((n, 0))
    member = np.column_stack([rows.cohort == cell.group for cell in kept] or [nothing])
    member = member.astype(float) * w[:, None]
    share = member.mean(axis=0)
    return GroupTime(
        tuple(kept),
        np.array([one.effect for one in found]),
        np.column_stack([one.influence for one in found]) if found else nothing,
        share,
        share,
        member,
        np.array([one.treated for one in found], dtype=np.intp),
        np.array([one.compared for one in found], dtype=np.intp),
    )


def _in_pairs(wide: Wide, cell: Cell, sides: tuple[Flags, Flags], choices: Choices) -> One | None:
    """Compare units that are seen in both periods with themselves."""
    change = wide.y[:, cell.time] - wide.y[:, cell.base]
    earlier = wide.x[:, min(cell.time, cell.base)]
    seen = np.isfinite(change) & np.isfinite(earlier).all(axis=1)
    treated, used = sides[0] & seen, (sides[0] | sides[1]) & seen
    count, n = int(treated.sum()), int(used.sum())
    if count in (0, n):
        return None
    influence = np.zeros(len(change))
    if cell.time == cell.base:
        return One(0.0, influence, count, n - count)
    x = np.column_stack([np.ones(n), earlier[used]])
    made = two_by_two(change[used], treated[used].astype(float), x, wide.w[used], choices.method)
    influence[used] = made[1] * (len(change) / n)
    return One(made[0], influence, count, n - count)


def _in_rows(rows: Rows, cell: Cell, sides: tuple[Flags, Flags], choices: Choices) -> One | None:
    """Compare the rows of the two periods, whoever they are."""
    when = (rows.time == cell.time) | (rows.time == cell.base)
    used = when & (sides[0] | sides[1])[rows.unit]
    treated, after = sides[0][rows.unit[used]], rows.time[used] == cell.time
    four = [int((treated == d).sum()) for d in (True, False)]
    if min(four) == 0:
        return None
    if cell.time == cell.base:
        return One(0.0, np.zeros(rows.n_units), four[0], four[1])
    if min(int(((treated == d) & (after == t)).sum()) for d in (1, 0) for t in (1, 0)) == 0:
        return None
    x = np.column_stack([np.ones(int(used.sum())), rows.x[used]])
    effect, part = cross_sections(rows.y[used], (treated, after), x, rows.w[used], choices.method)
    influence = sums_by(part * (rows.n_units / len(part)), rows.unit[used], rows.n_units)
    units = [len(np.unique(rows.unit[used][treated == d])) for d in (True, False)]
    return One(effect, influence, units[0], units[1])
