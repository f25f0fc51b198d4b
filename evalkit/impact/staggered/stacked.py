"""The weighted stacked estimator of Wing, Freedman and Hollingsworth (2024, NBER 32054).

For each start a sub-experiment: those that start then, and those untreated through a window around
it. All sub-experiments are stacked; the comparison's rows are weighted so that each sub-experiment
counts by its share of the treated. The cells are those of `callaway` with these comparisons; here
is the pooled regression, whose coefficients are the averages by period and whose covariance is what
the authors report.
"""

from __future__ import annotations

import numpy as np

from evalkit.impact.least_squares import Floats, Ints, sums_by
from evalkit.impact.staggered.averages import Aggregate, cluster_factor, mean_of_levels
from evalkit.impact.staggered.rows import Cell, Choices, Rows, comparisons


def pooled(rows: Rows, choices: Choices, kept: tuple[Cell, ...]) -> Aggregate:
    """Return the averages by periods since the start from the pooled weighted regression.

    ``y = a_e + treated * (b + d_e)`` on the stacked rows has a mean for each side and period, so
    its coefficients and scores are those of weighted means. Errors are clustered, with
    ``G/(G-1) * (n-1)/(n-k)``, `n` counting stacked rows.
    """
    pairs = [(c, pool) for c, pool in comparisons(rows.cohort, rows.periods, choices) if c in kept]
    base = -1 - choices.anticipation
    levels = np.unique([cell.time - cell.group for cell, _ in pairs]).astype(np.intp)
    means, parts, n = {}, {}, 0
    for level in levels.tolist():
        means[level], parts[level], count = _side_means(rows, pairs, level)
        n += count
    effects = np.array([means[level] - means[base] for level in levels.tolist()])
    influence = np.column_stack([parts[level] - parts[base] for level in levels.tolist()])
    k = 2 * len(levels)
    clusters = len(np.unique(rows.cluster[(influence != 0).any(axis=1)]))
    full = clusters / max(clusters - 1, 1) * (n - 1) / max(n - k, 1)
    factor = rows.n_units * np.sqrt(full / cluster_factor(rows.n_units, rows.n_clusters))
    return mean_of_levels("dynamic", levels, effects, influence * factor)


def _side_means(
    rows: Rows, pairs: list[tuple[Cell, Ints]], level: int
) -> tuple[float, Floats, int]:
    """Return treated less comparison mean at one period since the start, and its parts by unit."""
    cohort, share = rows.cohort[rows.unit], rows.unit_weight
    weights = np.zeros((2, len(rows.y)))
    count = 0
    for cell, pool in pairs:
        if cell.time - cell.group != level:
            continue
        now = rows.time == cell.time
        sides = (now & (cohort == cell.group), now & np.isin(cohort, pool))
        held = share[rows.cohort == cell.group].sum()
        total = rows.w[sides[1]].sum()
        weights[0] += sides[0] * rows.w
        weights[1] += sides[1] * rows.w * (held / total if total else 0.0)
        count += int(sides[0].sum() + sides[1].sum())
    normed = weights / weights.sum(axis=1, keepdims=True)
    means = normed @ rows.y
    part = normed[0] * (rows.y - means[0]) - normed[1] * (rows.y - means[1])
    return float(means[0] - means[1]), sums_by(part, rows.unit, rows.n_units), count
