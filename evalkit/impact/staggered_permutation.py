"""Re-assigning starts among clusters in the staggered design."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.callaway import Cell, Choices, Wide, cells_of, compared_with
from evalkit.impact.inference import MOST_DRAWN, Permuted
from evalkit.impact.least_squares import Floats, Ints, sums_by
from evalkit.impact.panel import varies_within
from evalkit.impact.permutation import DRAWS, assign, possible_assignments


@dataclass(frozen=True, slots=True)
class Starts:
    """Effects with starts re-assigned among clusters: the aggregate, and the leads."""

    permuted: Permuted
    leads: Floats


def permute_starts(wide: Wide, choices: Choices, name: str, seed: int) -> Starts | str:
    """Re-assign starts among clusters, or say why that cannot be done."""
    if wide.x.shape[2] and choices.method != "regression":
        return "with covariates each re-assignment would need its own propensity model"
    if wide.x.shape[2]:
        return "with covariates each re-assignment would need its own outcome model"
    if varies_within(wide.cohort.astype(float), wide.cluster):
        return "some clusters hold units that start apart"
    count = int(wide.cluster.max()) + 1
    of_cluster = np.zeros(count, dtype=np.intp)
    of_cluster[wide.cluster] = wide.cohort
    starts, observed = np.unique(of_cluster, return_inverse=True)
    periods = np.arange(wide.y.shape[1])
    dose = (periods >= wide.cohort[:, None]).astype(float)
    sums, doses = (sums_by(one * wide.w[:, None], wide.cluster, count) for one in (wide.y, dose))
    weights = sums_by(wide.w, wide.cluster, count)
    order = np.lexsort((*(sums / weights[:, None]).T, observed)).astype(np.intp)
    draws = min(DRAWS, MOST_DRAWN // count)
    drawn = assign(observed.astype(np.intp), draws, np.random.default_rng([seed, 1]), order)
    parts = [
        permuted_cells(one, weights, drawn.paths, starts.astype(np.intp), choices)
        for one in (sums, doses)
    ]
    b, a = (permuted_value(*part, name)[:, None] for part in parts)
    cells, effects, _ = parts[0]
    leads = effects[:, [k for k, cell in enumerate(cells) if is_lead(cell)]]
    possible = possible_assignments(observed.astype(np.intp))
    return Starts(Permuted(b, a, drawn.exact, possible), leads)


def is_lead(cell: Cell) -> bool:
    """Return whether a comparison is one before the start that could differ from zero."""
    return not cell.post and cell.time != cell.base


def permuted_cells(
    sums: Floats, weights: Floats, paths: NDArray[np.int8], starts: Ints, choices: Choices
) -> tuple[list[Cell], Floats, Floats]:
    """Return group-time effects without covariates under re-assigned starts.

    Parameters
    ----------
    sums : ndarray, shape (G, T)
        Weighted sums of the outcome in each cluster.
    weights : ndarray, shape (G,)
        Sums of weights.
    paths : ndarray of int, shape (draws, G)
        Start given to each cluster, as an index of `starts`.

    Returns
    -------
    cells : list of Cell
    effects, share : ndarray, shape (draws, cells)
    """
    given = [(paths == k).astype(float) for k in range(len(starts))]
    total = np.stack([one @ sums for one in given], axis=1)
    size = np.stack([one @ weights for one in given], axis=1)
    cells, effects, share = [], [], []
    for cell in cells_of(starts, sums.shape[1], choices):
        pool = compared_with(starts, cell, choices)
        if not pool.any():
            continue
        k = int(np.flatnonzero(starts == cell.group)[0])
        change = total[:, :, cell.time] - total[:, :, cell.base]
        other = change[:, pool].sum(axis=1) / size[:, pool].sum(axis=1)
        cells.append(cell)
        effects.append(change[:, k] / size[:, k] - other)
        share.append(size[:, k])
    return cells, np.column_stack(effects), np.column_stack(share)


def permuted_value(cells: list[Cell], effects: Floats, share: Floats, name: str) -> Floats:
    """Return the aggregate `name` of permuted group-time effects, shape (draws,)."""
    post = np.array([cell.post for cell in cells], dtype=bool)
    group = np.array([cell.group for cell in cells], dtype=np.intp)
    time = np.array([cell.time for cell in cells], dtype=np.intp)
    if name == "simple":
        return np.asarray((effects * share)[:, post].sum(1) / share[:, post].sum(1))
    key = {"group": group, "calendar": time, "dynamic": time - group}[name]
    columns, sizes = [], []
    for level in np.unique(key[post]):
        pick = post & (key == level)
        weights = np.ones_like(share[:, pick]) if name == "group" else share[:, pick]
        columns.append((effects[:, pick] * weights).sum(1) / weights.sum(1))
        sizes.append(share[:, pick][:, 0] if name == "group" else np.ones(len(share)))
    by_level, weight = np.column_stack(columns), np.column_stack(sizes)
    return np.asarray((by_level * weight).sum(1) / weight.sum(1))
