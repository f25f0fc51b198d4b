"""Kernel-weighted polynomials on one side of a cutoff, as linear operators on the outcome.

An estimate at the cutoff is a weighted sum of outcomes; those weights carry everything else:
bias correction, variances with and without clusters, and the bias at worst.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.errors import DesignError
from evalkit.impact.least_squares import Floats, Ints

KERNELS = ("triangular", "epanechnikov", "uniform")
PILOT = {"triangular": 2.576, "epanechnikov": 2.34, "uniform": 1.843}
"""Constants of the rule-of-thumb pilot bandwidth (Calonico, Cattaneo and Titiunik 2014)."""


def kernel(u: Floats, name: str) -> Floats:
    """Return the kernel at `u`; the uniform one includes its ends."""
    size = np.abs(u)
    if name == "triangular":
        return np.asarray(np.maximum(1 - size, 0.0))
    if name == "epanechnikov":
        return np.asarray(0.75 * np.maximum(1 - size**2, 0.0))
    return np.where(size <= 1, 0.5, 0.0)


@dataclass(frozen=True, slots=True)
class Smoother:
    """A local polynomial as a linear operator on the rows of its window.

    Attributes
    ----------
    rows : ndarray of int, shape (m,)
        Rows of the side with weight (or all).
    basis : ndarray, shape (m, order + 1)
        Powers of ``x / bandwidth``.
    weights : ndarray, shape (m,)
    root : ndarray, shape (order + 1, order + 1)
        ``root @ root.T`` is the inverse of ``basis' W basis``.
    operator : ndarray, shape (order + 1, m)
        Turns outcomes into coefficients of the powers of ``x / bandwidth``.
    bandwidth : float
    """

    rows: Ints
    basis: Floats
    weights: Floats
    root: Floats
    operator: Floats
    bandwidth: float

    @property
    def order(self) -> int:
        """Degree of the polynomial."""
        return int(self.basis.shape[1]) - 1

    def coefficient(self, power: int) -> Floats:
        """Return the weights (m,) of the coefficient of ``x ** power``."""
        return np.asarray(self.operator[power] / self.bandwidth**power)

    def left(self, values: Floats) -> Floats:
        """Return what the polynomial leaves of `values` (m, ...)."""
        return values - self.basis @ (self.operator @ values)


def smoother(
    x: Floats, prior: Floats, bandwidth: float, order: int, name: str, *, whole: bool = False
) -> Smoother:
    """Return the local polynomial of a degree.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Distance from the cutoff.
    prior : ndarray, shape (n,)
        Weights of the rows besides the kernel.
    whole : bool
        Keep rows without weight too, so that several polynomials share their rows.

    Raises
    ------
    DesignError
        When the window holds too few different values.
    """
    weights = kernel(x / bandwidth, name) * prior
    rows = np.flatnonzero((weights > 0) | whole).astype(np.intp)
    scaled, w = x[rows] / bandwidth, weights[rows]
    different = len(np.unique(scaled[w > 0]))
    if different < order + 1:
        raise DesignError(
            f"Within {bandwidth:.4g} of the cutoff one side has {different} different values of the "
            f"running variable; a polynomial of degree {order} needs at least {order + 1}.",
            do="Use a wider `bandwidth`, a lower `polynomial`, or local randomisation.",
        )
    basis = np.vander(scaled, order + 1, increasing=True)
    half = np.sqrt(w)
    q, r = np.linalg.qr(basis * half[:, None])
    root = np.linalg.inv(r)
    return Smoother(rows, basis, w, root, root @ (q.T * half), bandwidth)
