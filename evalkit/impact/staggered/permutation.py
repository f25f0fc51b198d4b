"""Re-assigning starts among clusters in the staggered design."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.inference import MOST_DRAWN, Permuted
from evalkit.impact.least_squares import Floats, Ints, sums_by
from evalkit.impact.panel import NEVER, varies_within
from evalkit.impact.permutation import DRAWS, assign, possible_assignments
from evalkit.impact.staggered.rows import Cell, Choices, Flags, Rows, comparisons


@dataclass(frozen=True, slots=True)
class Starts:
    """Effects with starts re-assigned among clusters: the aggregate, and the leads if there are."""

    permuted: Permuted
    leads: Floats | None


@dataclass(frozen=True, slots=True)
class PermutedCells:
    """Effects (draws, cells) with the weight of each cell and of its group."""

    cells: list[Cell]
    effects: Floats
    share: Floats
    size: Floats


def permute_starts(rows: Rows, choices: Choices, name: str, seed: int) -> Starts | str:
    """Re-assign starts among clusters, or say why that cannot be done."""
    reason = _why_not(rows, choices)
    if reason:
        return reason
    count = rows.n_clusters
    of_cluster = np.zeros(count, dtype=np.intp)
    of_cluster[rows.cluster] = rows.cohort
    starts, observed = np.unique(of_cluster, return_inverse=True)
    observed = observed.astype(np.intp)
    dose = (rows.time >= rows.cohort[rows.unit]).astype(float)
    sums, doses, weights = (_by_cluster(one * rows.w, rows) for one in (rows.y, dose, 1.0))
    if (weights == 0).any():
        return "some clusters are not seen in some of the periods"
    order = np.lexsort((*(sums / weights).T, observed)).astype(np.intp)
    draws = min(DRAWS, MOST_DRAWN // max(count, len(starts) * rows.periods))
    drawn = assign(observed, draws, np.random.default_rng([seed, 1]), order)
    parts = [
        permuted_cells(one, weights, drawn.paths, starts.astype(np.intp), choices)
        for one in (sums, doses)
    ]
    if not any(cell.post for cell in parts[0].cells):
        return "too few groups have a comparison"
    b, a = (permuted_value(part, name)[:, None] for part in parts)
    picks = [k for k, cell in enumerate(parts[0].cells) if cell.lead]
    imputed = choices.estimator == "imputation"  # its leads come from a regression of their own
    leads = None if imputed else parts[0].effects[:, picks]
    return Starts(Permuted(b, a, drawn.exact, possible_assignments(observed)), leads)


def _why_not(rows: Rows, choices: Choices) -> str:
    if rows.x.shape[1]:
        model = "outcome" if choices.method == "regression" else "propensity"
        model = model if choices.estimator in ("callaway_santanna", "stacked") else "outcome"
        return f"with covariates each re-assignment would need its own {model} model"
    if varies_within(rows.cohort.astype(float), rows.cluster):
        return "some clusters hold units that start apart"
    if rows.followed and rows.pairs and not rows.whole:
        return "some units are not seen in every period"
    return ""


def _by_cluster(values: Floats, rows: Rows) -> Floats:
    """Return sums by cluster and period, shape (G, T)."""
    code = rows.cluster[rows.unit] * rows.periods + rows.time
    summed = sums_by(values, code.astype(np.intp), rows.n_clusters * rows.periods)
    return summed.reshape(rows.n_clusters, rows.periods)


def permuted_cells(
    sums: Floats, weights: Floats, paths: NDArray[np.int8], starts: Ints, choices: Choices
) -> PermutedCells:
    """Return group-time effects without covariates under re-assigned starts.

    Parameters
    ----------
    sums, weights : ndarray, shape (G, T)
        Weighted sums of the outcome in each cluster and period, and sums of weights.
    paths : ndarray of int, shape (draws, G)
        Start given to each cluster, as an index of `starts`.
    """
    given = [(paths == k).astype(float) for k in range(len(starts))]
    size = np.stack([one @ weights for one in given], axis=1)
    total = np.stack([one @ sums for one in given], axis=1)
    if choices.estimator == "imputation":
        return _imputed(total / size, size, starts, choices)
    cells, effects, share, group = [], [], [], []
    by_row = choices.estimator == "sun_abraham"
    for cell, pool in comparisons(starts, sums.shape[1], choices):
        against = np.isin(starts, pool)
        k = int(np.flatnonzero(starts == cell.group)[0])
        ends = [
            total[:, k, t] / size[:, k, t]
            - total[:, against, t].sum(1) / size[:, against, t].sum(1)
            for t in (cell.time, cell.base)
        ]
        cells.append(cell)
        effects.append(ends[0] - ends[1])
        group.append(size[:, k].sum(axis=1))
        share.append(size[:, k, cell.time] if by_row else group[-1])
    nothing = np.zeros((len(paths), 0))
    stacked = (np.column_stack(one) if one else nothing for one in (effects, share, group))
    return PermutedCells(cells, *stacked)


def _imputed(means: Floats, size: Floats, starts: Ints, choices: Choices) -> PermutedCells:
    """Impute treated cells from effects of groups and periods, for every draw at once.

    Units that start together have the same untreated periods, so that group means, weighted by
    size, give the same period effects as the units' own rows.
    """
    periods = means.shape[2]
    until = np.where(starts < NEVER, starts - choices.anticipation, NEVER)
    free = (np.arange(periods) < until[:, None]).astype(float)
    held = size * free
    total = held.sum(axis=2, keepdims=True)
    gram = np.einsum("bst,tu->btu", held, np.eye(periods)) - np.einsum(
        "bst,bsu->btu", held, held / total
    )
    level = (held * means).sum(axis=2, keepdims=True) / total
    right = (held * (means - level)).sum(axis=1)
    periodic = _solve(gram, right)
    group = ((held * (means - periodic[:, None, :])).sum(axis=2, keepdims=True)) / total
    left = means - group - periodic[:, None, :]
    foretold: Flags = np.asarray(free.any(axis=0))
    places = [
        (s, t)
        for s, start in enumerate(starts.tolist())
        for t in range(periods)
        if start < NEVER and not free[s, t] and foretold[t]
    ]
    cells = [Cell(int(starts[s]), t, int(until[s]) - 1) for s, t in places]
    pick = tuple(np.array(one, dtype=np.intp) for one in zip(*places, strict=True))
    share = size[:, pick[0], pick[1]]
    return PermutedCells(cells, left[:, pick[0], pick[1]], share, size.sum(axis=2)[:, pick[0]])


def _solve(gram: Floats, right: Floats) -> Floats:
    """Solve for period effects with the first at zero; periods without rows get zero too."""
    made = np.zeros_like(right)
    seen = np.flatnonzero(np.abs(gram).sum(axis=(0, 2)) > 0)[1:]
    if len(seen):
        inner = gram[:, seen[:, None], seen]
        made[:, seen] = np.linalg.solve(inner, right[:, seen, None])[:, :, 0]
    return made


def permuted_value(found: PermutedCells, name: str) -> Floats:
    """Return the aggregate `name` of permuted group-time effects, shape (draws,)."""
    effects, share = found.effects, found.share
    post = np.array([cell.post for cell in found.cells], dtype=bool)
    group = np.array([cell.group for cell in found.cells], dtype=np.intp)
    time = np.array([cell.time for cell in found.cells], dtype=np.intp)
    if name == "simple":
        return np.asarray((effects * share)[:, post].sum(1) / share[:, post].sum(1))
    key = {"group": group, "calendar": time, "dynamic": time - group}[name]
    columns, sizes = [], []
    for level in np.unique(key[post]):
        pick = post & (key == level)
        weights = np.ones_like(share[:, pick]) if name == "group" else share[:, pick]
        columns.append((effects[:, pick] * weights).sum(1) / weights.sum(1))
        sizes.append(found.size[:, pick][:, 0] if name == "group" else np.ones(len(share)))
    by_level, weight = np.column_stack(columns), np.column_stack(sizes)
    return np.asarray((by_level * weight).sum(1) / weight.sum(1))
