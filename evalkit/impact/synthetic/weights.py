"""Least squares over the simplex: weights of donors that are not negative and add up to one.

The problem ``min |D w - b|^2 + ridge |w|^2`` with ``w >= 0`` and ``sum(w) = 1`` is solved exactly by
an active set. Since the weights add up to one, ``D w - b = (D - b 1') w``; and since that is
homogeneous in `w`, the minimum over the simplex is, but for its length, the solution of non-negative
least squares with one further row of ones and the target one. Where several weights fit equally
well, the one of least norm is taken, so that neither the order of donors nor rounding chooses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.frame import Floats

Ints = NDArray[np.intp]
TIGHT = 1e-13
"""Slack, in units of the squared distance of the best single donor, that counts as none."""
FACE = 1e-8
"""The same for donors that could have weight without a worse fit."""
MANY = 300
"""With more donors than this, weights that meet the target exactly are tried first."""
MOST_NEWTON, MOST_TRIED = 200, 60


@dataclass(frozen=True, slots=True)
class Simplex:
    """Weights, whether no others fit as well, and the sum of squares (with the ridge)."""

    weights: Floats
    unique: bool
    loss: float


def simplex(target: Floats, donors: Floats, ridge: float = 0.0) -> Simplex:
    """Return the weights of the donors that come nearest to the target.

    Parameters
    ----------
    target : ndarray, shape (m,)
    donors : ndarray, shape (m, n)
    ridge : float
        Penalty on the sum of squared weights.

    Returns
    -------
    Simplex
        The solution of least norm when there are several.

    References
    ----------
    Lawson and Hanson (1974), Solving Least Squares Problems, ch. 23; Wolfe (1976), Finding the
    nearest point in a polytope, Mathematical Programming 11.
    """
    apart, size = _apart(target, donors, ridge)
    if ridge == 0 and donors.shape[1] > MANY:
        met = _met(apart)
        if met is not None:
            return Simplex(met, unique=False, loss=0.0)
    weights = nearest_weights(apart, ridge / size**2)
    left = apart @ weights
    loss = float(left @ left + ridge / size**2 * (weights @ weights))
    if ridge == 0:
        weights, unique = _least_norm(apart, weights, left)
    else:
        unique = True
    return Simplex(weights, unique, loss * size**2)


def _met(apart: Floats) -> Floats | None:
    """Return the most even weights that meet the target exactly, or None where none were found.

    With many more donors than rows these exist as a rule. They are those of calibration with a
    linear distance (Deville and Sarndal 1992), kept from being negative.
    """
    rows = np.vstack([apart / np.abs(apart).max(axis=1, keepdims=True).clip(1e-300),
                      np.ones((1, apart.shape[1]))])  # fmt: skip
    goal = np.zeros(len(rows))
    goal[-1] = 1.0
    found = project(rows, goal, most=MOST_TRIED)
    return found / found.sum() if np.abs(rows @ found - goal).max() <= 1e-9 else None


def _apart(target: Floats, donors: Floats, ridge: float) -> tuple[Floats, float]:
    """Return donors less target, scaled so that the best single donor lies at a distance of one."""
    apart = donors - target[:, None]
    squares = np.einsum("ij,ij->j", apart, apart) + ridge
    size = float(np.sqrt(squares.min()))
    largest = float(np.sqrt(squares.max()))
    if size <= 1e-12 * largest:
        size = largest
    size = size or 1.0
    return apart / size, size


def nearest_weights(apart: Floats, ridge: float = 0.0, warm: Floats | None = None) -> Floats:
    """Return the weights of a convex combination of least norm.

    Parameters
    ----------
    apart : ndarray, shape (m, n)
        Donors less target, of order one.
    ridge : float
    warm : ndarray, shape (n,), optional
        Weights to start from.
    """
    count = apart.shape[1]
    rows = np.vstack([apart, np.ones((1, count))])
    root = float(np.sqrt(ridge))
    weights = np.zeros(count) if warm is None else warm.copy()
    if warm is None:
        best = int(np.argmin(np.einsum("ij,ij->j", apart, apart)))
        weights[best] = 1.0
    on = weights > 0
    barred = np.zeros(count, dtype=bool)
    weights = _descend(rows, root, weights, on)
    for _ in range(20 * count):
        slope = rows[-1] - rows.T @ (rows @ weights) - ridge * weights
        slope[on | barred] = -np.inf
        entering = int(np.argmax(slope))
        if slope[entering] <= TIGHT:
            break
        before = on.copy()
        on[entering] = True
        weights = _descend(rows, root, weights, on)
        # Rounding alone can ask for a donor that then gets no weight: it is not asked again.
        barred[:] = False if not np.array_equal(on, before) else barred
        barred[entering] |= not on[entering]
    return np.asarray(weights / weights.sum())


def _descend(rows: Floats, root: float, weights: Floats, on: NDArray[np.bool_]) -> Floats:
    """Return least squares on the donors that are `on`, turning off those that reach zero."""
    weights = weights.copy()
    while True:
        held = np.flatnonzero(on)
        wanted = _solve(rows[:, held], root)
        if wanted.min() > 0:
            weights[:] = 0.0
            weights[held] = wanted
            return weights
        now = weights[held]
        falling = wanted <= 0
        steps = now[falling] / np.maximum(now[falling] - wanted[falling], 1e-300)
        step = float(steps.min())
        weights[held] = np.maximum(now + step * (wanted - now), 0.0)
        gone = held[falling][steps <= step * (1 + 1e-12)]
        weights[gone] = 0.0
        on[gone] = False


def _solve(columns: Floats, root: float) -> Floats:
    """Return the coefficients of the row of ones' target, one, with a ridge of ``root**2``."""
    m, p = columns.shape
    target = np.zeros(m + (p if root else 0))
    target[m - 1] = 1.0
    stacked = np.vstack([columns, root * np.eye(p)]) if root else columns
    return np.asarray(np.linalg.lstsq(stacked, target, rcond=1e-13)[0])


def _least_norm(apart: Floats, weights: Floats, left: Floats) -> tuple[Floats, bool]:
    """Return the weights of least norm among those that fit equally well, and whether one only."""
    slack = left @ apart - left @ left
    face = np.flatnonzero((slack <= FACE) | (weights > 0))
    rows = np.vstack([apart[:, face], np.ones((1, len(face)))])
    if len(face) <= len(rows):
        values = np.linalg.svd(rows, compute_uv=False)
        if values[-1] > 1e-9 * values[0]:
            return weights, True
    made = np.zeros_like(weights)
    made[face] = project(rows, rows @ weights[face])
    if np.abs(apart @ made - left).max() > 1e-6 or abs(made.sum() - 1) > 1e-6:
        return weights, False  # Newton's method did not end: a solution, if not that of least norm
    return made / made.sum(), bool(np.abs(made - weights).max() < 1e-12)


def project(rows: Floats, target: Floats, most: int = MOST_NEWTON) -> Floats:
    """Return the non-negative vector of least norm with ``rows @ x = target``.

    Newton's method on the dual, which is convex and piecewise quadratic: ``x = max(0, rows' u)``.

    Parameters
    ----------
    rows : ndarray, shape (m, n)
    target : ndarray, shape (m,)
        Reached by some non-negative vector.
    most : int
        Steps of Newton's method.
    """
    u = np.zeros(len(rows))
    x = np.zeros(rows.shape[1])
    for _ in range(most):
        gap = rows @ x - target
        if np.abs(gap).max() <= 1e-12 * max(1.0, float(np.abs(target).max())):
            break
        on = rows.T @ u >= 0
        gram = rows[:, on] @ rows[:, on].T
        shift = 1e-12 * float(np.trace(gram)) / len(rows)
        step = -np.linalg.lstsq(gram + shift * np.eye(len(rows)), gap, rcond=1e-14)[0]
        value = 0.5 * float(x @ x) - float(target @ u)
        slope, length = float(gap @ step), 1.0
        for _ in range(40):
            moved = u + length * step
            x = np.maximum(rows.T @ moved, 0.0)
            if 0.5 * float(x @ x) - float(target @ moved) <= value + 1e-4 * length * slope + 1e-16:
                break
            length /= 2
        u = u + length * step
    return x
