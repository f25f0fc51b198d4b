"""Take many sets of effects out of columns by alternating projections.

One projection after another on each set of effects comes to the projection on all of them together
(von Neumann 1949; Halperin 1962; for regressions Guimaraes and Portugal 2010). The conjugate-gradient
acceleration of the symmetric sweep (Correia 2016) keeps this fast where sets overlap badly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.impact.least_squares import Floats, Ints, sums_by

TOLERANCE = 1e-11
MOST_SWEEPS = 5_000


def sweep_out(columns: Floats, groups: Sequence[Ints], weights: Floats) -> tuple[Floats, bool]:
    """Return the columns less all effects of the groups, unweighted, and whether it converged.

    Parameters
    ----------
    columns : ndarray, shape (n, k)
    groups : sequence of ndarray of int, each of shape (n,)
        Codes from 0.
    weights : ndarray, shape (n,)
    """
    left = np.asarray(columns, dtype=float).copy()
    if len(groups) == 1 or columns.shape[1] == 0:
        return (_without(left, groups[0], weights) if columns.shape[1] else left), True
    size = np.sqrt(np.einsum("ij,ij,i->j", left, left, weights))
    size = np.where(size > 0, size, 1.0)
    # Conjugate gradients on (I - S) z = (I - S) x, S the symmetric sweep; what is left is x - z.
    step = left - _symmetric(left, groups, weights)
    direction = step.copy()
    square = _products(step, step, weights)
    for _ in range(MOST_SWEEPS):
        if (np.sqrt(square) <= TOLERANCE * size).all():
            return left, True
        moved = direction - _symmetric(direction, groups, weights)
        curve = _products(direction, moved, weights)
        length = np.where(curve > 0, square / np.where(curve > 0, curve, 1.0), 0.0)
        left -= length * direction
        step -= length * moved
        new = _products(step, step, weights)
        direction = step + np.where(square > 0, new / np.where(square > 0, square, 1.0), 0.0) * (
            direction
        )
        square = new
    return left, False


def _products(one: Floats, other: Floats, weights: Floats) -> Floats:
    return np.asarray(np.einsum("ij,ij,i->j", one, other, weights))


def _symmetric(columns: Floats, groups: Sequence[Ints], weights: Floats) -> Floats:
    for group in (*groups, *tuple(groups)[-2::-1]):
        columns = _without(columns, group, weights)
    return columns


def _without(columns: Floats, group: Ints, weights: Floats) -> Floats:
    count = int(group.max()) + 1
    total = sums_by(weights, group, count)[:, None]
    return np.asarray(columns - (sums_by(columns * weights[:, None], group, count) / total)[group])


def rank_of(groups: Sequence[Ints]) -> int:
    """Return the number of free parameters in the effects of all groups together.

    Exact for one set and for two (levels less the number of connected parts, Abowd, Creecy and
    Kramarz 2002); for more, each further set is counted against the first alone, which can only
    count too many.
    """
    first = groups[0]
    return int(first.max()) + 1 + sum(_levels(one) - _parts(first, one) for one in groups[1:])


def _levels(group: Ints) -> int:
    return int(group.max()) + 1


def _parts(one: Ints, other: Ints) -> int:
    """Return into how many parts two sets of effects fall that share no row."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    first, size = _levels(one), _levels(one) + _levels(other)
    edges = coo_matrix((np.ones(len(one)), (one, first + other)), shape=(size, size))
    return int(connected_components(edges, directed=False)[0])


def contained(coarse: Ints, fine: Ints) -> bool:
    """Return whether every level of `fine` lies in one level of `coarse`."""
    seen = np.full(_levels(fine), -1, dtype=np.intp)
    seen[fine] = coarse
    return bool((seen[fine] == coarse).all())
