"""Permutation of treatment paths among clusters, and confidence sets by inverting the test.

A path is the treatment of a cluster over the periods (never; from 2018 on; ...). Re-assigning
paths to clusters changes the treatment columns only, and these enter the estimate through sums
over clusters of small products, so thousands of re-assignments cost a few matrix products.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.least_squares import Floats, Ints, absorb, cluster_products, sums_by

DRAWS = 19_999
"""Random assignments for an estimate; `FEWER_DRAWS` for the checks on it."""
FEWER_DRAWS = 1_999
MOST_EXACT = 20_000
"""Every assignment is tried when there are no more than this; else `DRAWS` of them are drawn."""
TIE = 1e-9
"""Relative difference below which two statistics count as equal."""


@dataclass(frozen=True, slots=True)
class Assignments:
    """Paths given to clusters: ``paths`` (draws, G); whether these are all there are."""

    paths: NDArray[np.int8]
    exact: bool
    possible: int


@dataclass(frozen=True, slots=True)
class PathProducts:
    """Products of the treatment columns that each cluster would have under each path.

    Attributes
    ----------
    zz : ndarray, shape (G, S, S, m, m)
        Products of the columns under one path with those under another.
    zw : ndarray, shape (G, S, m, p)
        With an orthonormal basis of the other regressors.
    zy : ndarray, shape (G, S, m)
        With the outcome less what the other regressors explain.
    observed : ndarray of int, shape (G,)
        The path each cluster had.
    """

    zz: Floats
    zw: Floats
    zy: Floats
    observed: Ints


def possible_assignments(observed: Ints) -> int:
    """Return how many distinct ways there are to give these paths to the clusters."""
    left, ways = len(observed), 1
    for count in np.bincount(observed):
        ways *= math.comb(left, int(count))
        left -= int(count)
    return ways


def assign(observed: Ints, draws: int, rng: np.random.Generator, order: Ints) -> Assignments:
    """Return all assignments where they are few and of two paths, else random ones.

    Clusters are taken in `order` (by content), so that their labels and rows do not matter.
    """
    possible = possible_assignments(observed)
    ranked = observed[order]
    if possible <= MOST_EXACT and len(np.unique(observed)) == 2:
        rare = int(np.argmin(np.bincount(observed, minlength=2)))
        paths = np.full((possible, len(observed)), 1 - rare, dtype=np.int8)
        size = int((observed == rare).sum())
        chosen = np.array(list(itertools.combinations(range(len(observed)), size)))
        np.put_along_axis(paths, chosen, np.int8(rare), axis=1)
        exact = True
    else:
        tiled = np.tile(ranked.astype(np.int8), (draws, 1))
        paths, exact = rng.permuted(tiled, axis=1), False
    placed = np.empty_like(paths)
    placed[:, order] = paths
    return Assignments(placed, exact, possible)


def path_products(
    columns: Floats,
    others: Floats,
    y: Floats,
    *,
    clusters: Ints,
    units: Ints | None,
    weights: Floats,
    observed: Ints,
) -> PathProducts:
    """Return the products that permutation needs.

    Parameters
    ----------
    columns : ndarray, shape (S, n, m)
        Treatment columns if every cluster had path s, before absorption.
    others : ndarray, shape (n, p)
        Other regressors, absorbed, independent.
    y : ndarray, shape (n,)
        Outcome, absorbed.
    clusters, units : ndarray of int
        Codes; `units` is None when no effects of units are absorbed.
    """
    s, n, m = columns.shape
    count = len(observed)
    basis = np.linalg.qr(others)[0]
    left = y - basis @ (basis.T @ y)
    flat = np.moveaxis(columns, 0, 1).reshape(n, s * m)
    z = absorb(flat, units, weights)
    zz = cluster_products(z, z, clusters, count).reshape(count, s, m, s, m)
    zw = cluster_products(z, basis, clusters, count).reshape(count, s, m, basis.shape[1])
    zy = sums_by(z * left[:, None], clusters, count).reshape(count, s, m)
    return PathProducts(np.swapaxes(zz, 2, 3), zw, zy, observed)


def permuted_coefficients(
    products: PathProducts, assignments: Assignments
) -> tuple[Floats, Floats]:
    """Return the coefficients under each assignment: of the outcome, and of the treatment itself.

    Returns
    -------
    b : ndarray, shape (draws, m)
        Coefficients of the outcome on the permuted treatment columns.
    a : ndarray, shape (draws, m)
        Coefficients of the first observed treatment column on the permuted ones: how much of a
        true effect would be seen under the assignment.
    """
    g, s = products.zz.shape[:2]
    own = products.zz[:, np.arange(s), np.arange(s)]
    seen = products.zz[np.arange(g), :, products.observed, :, 0]
    gram, across, top, cross = (
        _sum_over(assignments.paths, part) for part in (own, products.zw, products.zy, seen)
    )
    observed = products.zw[np.arange(g), products.observed, 0].sum(axis=0)
    gram = gram - across @ np.swapaxes(across, 1, 2)
    right = np.stack([top, cross - across @ observed], axis=2)
    solved = _solve(gram, right)
    return solved[:, :, 0], solved[:, :, 1]


def _sum_over(paths: NDArray[np.int8], part: Floats) -> Floats:
    """Return the sums over clusters of ``part[g, paths[b, g]]``, shape (draws, ...)."""
    g, s = part.shape[:2]
    flat = part.reshape(g, s, -1)
    total = sum((paths == k).astype(float) @ flat[:, k] for k in range(s))
    return np.asarray(total).reshape(len(paths), *part.shape[2:])


def _solve(gram: Floats, right: Floats) -> Floats:
    """Solve each system; assignments whose columns are collinear give zeros."""
    size = np.trace(gram, axis1=1, axis2=2)[:, None]
    scale = np.sqrt(np.maximum(np.einsum("bii->bi", gram), 1e-10 * size + 1e-300))
    scaled = gram / scale[:, :, None] / scale[:, None, :]
    inverse = np.linalg.pinv(scaled, rcond=1e-9, hermitian=True)
    return np.asarray((inverse @ (right / scale[:, :, None])) / scale[:, :, None])


def two_sided(draws: Floats, value: float, *, exact: bool) -> float:
    """Return the share of `draws` at least as far from zero as `value`.

    When the draws are a sample, the observed assignment is counted as one of them (Phipson and
    Smyth 2010), so the p-value is never zero.
    """
    hits = int((np.abs(draws) >= abs(value) * (1 - TIE)).sum())
    return hits / len(draws) if exact else (hits + 1) / (len(draws) + 1)


def invert_permutation(
    b: Floats, a: Floats, value: float, *, exact: bool, level: float
) -> tuple[float, float]:
    """Return the ends of the set of constant effects that the permutation test does not refuse.

    Under the effect ``r`` the statistic of an assignment is ``b - r a`` and the observed one
    ``value - r``. An assignment with ``|a| < 1`` counts against `r` on an interval around `value`
    whose ends solve ``b - r a = +-(value - r)``; one with ``|a| >= 1`` always counts. So the ends
    of the set are order statistics, without a search.
    """
    alike = np.abs(a) >= 1 - TIE
    safe = np.where(alike, 0.0, a)
    first, second = (b - value) / (safe - 1), (b + value) / (safe + 1)
    low = np.sort(np.where(alike, -np.inf, np.minimum(first, second)))
    high = np.sort(np.where(alike, np.inf, np.maximum(first, second)))[::-1]
    alpha = 1 - level
    place = (
        math.floor(alpha * len(b) + TIE) if exact else math.floor(alpha * (len(b) + 1) + TIE) - 1
    )
    if not 0 <= place < len(b):
        return -math.inf, math.inf
    return float(low[place]), float(high[place])
