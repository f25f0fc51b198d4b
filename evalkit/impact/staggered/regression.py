"""Least squares with absorbed effects for many coefficients: influence by unit, no cluster Grams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import ROUNDING, Floats, Ints, absorb, sums_by

KEPT = 1e-9
"""A direction of the scaled Gram matrix with less than this share of the largest is not identified."""


@dataclass(frozen=True, slots=True)
class Solved:
    """A weighted fit after absorbing one set of effects.

    Attributes
    ----------
    beta : ndarray, shape (q,)
    inverse : ndarray, shape (q, q)
        Pseudo-inverse of the Gram matrix.
    missing : ndarray, shape (q, m)
        Directions the data say nothing about: a combination ``c`` is known when ``c @ missing`` is 0.
    residuals : ndarray, shape (n,)
        Not multiplied by the weights.
    columns : ndarray, shape (n, q)
        Columns less their group means, times the weight: what residuals are multiplied by.
    rank : int
    """

    beta: Floats
    inverse: Floats
    missing: Floats
    residuals: Floats
    columns: Floats
    rank: int

    def scores(self, unit: Ints, count: int) -> Floats:
        """Return the sums over each unit of column times residual, shape (count, q)."""
        return sums_by(self.columns * self.residuals[:, None], unit, count)

    def knows(self, combinations: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return which rows of `combinations` (c, q) of coefficients the data identify."""
        size = np.maximum(np.abs(combinations).sum(axis=1), 1e-300)
        return np.asarray(
            np.abs(combinations @ self.missing).max(axis=1, initial=0.0) < 1e-6 * size
        )


def solve(x: Floats, y: Floats, w: Floats, groups: Ints) -> Solved:
    """Fit `y` on `x` with an effect of each group, by weighted least squares.

    Parameters
    ----------
    x : ndarray, shape (n, q)
        Columns may be collinear: the shortest solution is returned, and what it does not know.
    y, w : ndarray, shape (n,)
    groups : ndarray of int, shape (n,)
        Codes from 0.
    """
    root = np.sqrt(w)
    z, target = absorb(x, groups, w), absorb(y, groups, w)
    before, scale = np.linalg.norm(x * root[:, None], axis=0), np.linalg.norm(z, axis=0)
    empty = scale <= 1e-9 * before
    scale = np.where(empty, 1.0, scale)
    z = np.where(empty, 0.0, z) / scale
    values, vectors = np.linalg.eigh(z.T @ z) if z.shape[1] else (np.zeros(0), np.zeros((0, 0)))
    kept = values > KEPT * max(values.max(initial=0.0), 1e-300)
    inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    beta = inverse @ (z.T @ target)
    beta = beta + inverse @ (z.T @ (target - z @ beta))
    left = target - z @ beta
    left = np.where(np.abs(left) > ROUNDING * max(float(np.abs(root * y).max()), 1e-300), left, 0.0)
    missing = vectors[:, ~kept] / scale[:, None]
    missing = missing / np.maximum(np.abs(missing).max(axis=0, initial=0.0), 1e-300)
    return Solved(
        beta / scale,
        inverse / np.outer(scale, scale),
        missing,
        left / root,
        z * scale * root[:, None],
        int(kept.sum()),
    )


def dummies(codes: Ints, levels: Ints) -> Floats:
    """Return a column of 0 and 1 for each of `levels`, shape (n, levels)."""
    return np.asarray(codes[:, None] == levels, dtype=float)
