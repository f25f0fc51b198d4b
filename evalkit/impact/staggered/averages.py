"""Averages of group-time effects, their influence functions and what follows from these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats, Ints, sums_by
from evalkit.impact.staggered.rows import Cell, Flags

AGGREGATIONS = ("group", "simple", "dynamic", "calendar")


@dataclass(frozen=True, slots=True)
class GroupTime:
    """Group-time effects with influence functions.

    Attributes
    ----------
    cells : tuple of Cell
    effects : ndarray, shape (cells,)
    influence : ndarray, shape (N, cells)
        By unit; the covariance of effects is ``influence' influence / N**2``, summed by cluster.
    share : ndarray, shape (cells,)
        Weight of each cell where cells are averaged by size.
    size : ndarray, shape (cells,)
        Weight of the cell's group where groups are averaged.
    member : ndarray, shape (N, cells), or None
        Each unit's part in its group's share; None where the weights are taken as they are.
    treated, compared : ndarray of int, shape (cells,)
        Units on either side.
    """

    cells: tuple[Cell, ...]
    effects: Floats
    influence: Floats
    share: Floats
    size: Floats
    member: Floats | None
    treated: Ints
    compared: Ints


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One way to average group-time effects: by level, and all levels together."""

    name: str
    levels: Ints
    effects: Floats
    influence: Floats
    value: float
    value_influence: Floats


def aggregate(found: GroupTime, name: str) -> Aggregate:
    """Average group-time effects (Callaway and Sant'Anna 2021, section 3).

    Parameters
    ----------
    name : {"group", "simple", "dynamic", "calendar"}
        ``group``: the average over its treated periods for each group, then over groups by size.
        ``simple``: all treated cells by size. ``dynamic``: by periods since the start, then the
        mean of those from 0 on. ``calendar``: by period, then their mean.
    """
    post = np.array([cell.post for cell in found.cells], dtype=bool)
    group = np.array([cell.group for cell in found.cells], dtype=np.intp)
    time = np.array([cell.time for cell in found.cells], dtype=np.intp)
    if name == "simple":
        value, influence = _weighted(found, post)
        nothing = np.zeros((len(influence), 0))
        return Aggregate(name, np.zeros(0, np.intp), np.zeros(0), nothing, value, influence)
    if name == "group":
        return _by_group(found, post, group)
    key = time - group if name == "dynamic" else time
    use = np.ones(len(key), dtype=bool) if name == "dynamic" else post
    levels = np.unique(key[use])
    parts = [_weighted(found, use & (key == level)) for level in levels]
    effects = np.array([effect for effect, _ in parts])
    influence = np.column_stack([one for _, one in parts])
    return mean_of_levels(name, levels, effects, influence)


def mean_of_levels(name: str, levels: Ints, effects: Floats, influence: Floats) -> Aggregate:
    """Return levels with the plain mean of those from 0 on."""
    mean = levels >= 0
    value = float(effects[mean].mean())
    return Aggregate(name, levels, effects, influence, value, influence[:, mean].mean(axis=1))


def _weighted(found: GroupTime, use: Flags) -> tuple[float, Floats]:
    """Average the cells in `use` by size; the sizes may be estimates too."""
    share = found.share[use]
    weights = share / share.sum()
    value = float(weights @ found.effects[use])
    return value, found.influence[:, use] @ weights + _sizes(found, use) @ found.effects[use]


def _sizes(found: GroupTime, use: Flags | Ints) -> Floats:
    """Return the influence functions of the weights, shape (N, cells used)."""
    share = found.share[use]
    if found.member is None:
        return np.zeros((len(found.influence), len(share)))
    about = found.member[:, use] - share
    total = share.sum()
    return np.asarray(about / total - about.sum(axis=1)[:, None] * share / total**2)


def _by_group(found: GroupTime, post: Flags, group: Ints) -> Aggregate:
    levels = np.unique(group[post])
    picks = [post & (group == level) for level in levels]
    effects = np.array([found.effects[pick].mean() for pick in picks])
    influence = np.column_stack([found.influence[:, pick].mean(axis=1) for pick in picks])
    first = np.array([int(np.flatnonzero(pick)[0]) for pick in picks], dtype=np.intp)
    weights = found.size[first] / found.size[first].sum()
    whole = influence @ weights + _sizes(found, first) @ effects
    return Aggregate("group", levels, effects, influence, float(weights @ effects), whole)


def covariance(influence: Floats, cluster: Ints) -> Floats:
    """Return the covariance of estimates from their influence functions, clustered.

    Parameters
    ----------
    influence : ndarray, shape (N, q)
    cluster : ndarray of int, shape (N,)
        With clusters of more than one unit, ``G/(G-1)`` corrects for their number; with one unit
        each, none, as is usual for these estimators.
    """
    n, count = len(influence), int(cluster.max()) + 1
    summed = sums_by(influence, cluster, count)
    return np.asarray(summed.T @ summed / n**2 * cluster_factor(n, count))


def cluster_factor(units: int, clusters: int) -> float:
    """Return the factor by which `covariance` widens for the number of clusters."""
    return clusters / (clusters - 1) if clusters < units else 1.0


def contributions(influence: Floats, cluster: Ints, *, corrected: bool) -> Floats:
    """Return the part of each cluster in the error of an estimate, shape (G,).

    The root of their sum of squares is the standard error, times the root of ``G/(G-1)`` unless
    that is in the error already (`corrected`).
    """
    n, count = len(influence), int(cluster.max()) + 1
    factor = cluster_factor(n, count) * (1.0 if corrected else count / (count - 1))
    return np.asarray(sums_by(influence, cluster, count) / n * np.sqrt(factor))


def multiplier_bootstrap(
    influence: Floats, cluster: Ints, draws: int, level: float, seed: int
) -> tuple[Floats, float]:
    """Return bootstrap standard errors and the critical value of a simultaneous band.

    Rademacher multipliers on clusters; standard errors from the interquartile range, and the
    critical value is the `level` quantile of the largest absolute t (Callaway and Sant'Anna 2021,
    algorithm 1).
    """
    n, count = len(influence), int(cluster.max()) + 1
    summed = sums_by(influence, cluster, count) / n
    # Clusters by content, so that their labels and order do not matter.
    summed = summed[np.lexsort(summed.T[::-1])]
    signs = np.random.default_rng([seed, 3]).integers(0, 2, size=(draws, count)) * 2.0 - 1.0
    drawn = signs @ summed
    quartiles = np.quantile(drawn, [0.25, 0.75], axis=0)
    errors = (quartiles[1] - quartiles[0]) / 1.3489795003921634  # IQR of a standard normal
    known = errors > 0
    if not known.any():
        return errors, float("nan")
    largest = np.abs(drawn[:, known] / errors[known]).max(axis=1)
    return errors, float(np.quantile(largest, level))
