"""Variances of weighted sums of outcomes on one side: neighbours, sandwich, clusters.

Everything is returned as scores: contributions of rows or clusters whose sum of squares is the
variance, with the small-sample factor inside. Scores of two outcomes give their covariance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.discontinuity.local_polynomial import Smoother
from evalkit.impact.least_squares import Floats, Ints, cluster_products, sums_by

NEIGHBOURS = 3
BY_ROW = ("nearest_neighbour", "hc0", "hc1", "hc2", "hc3")
HOMOSKEDASTIC = "homoskedastic"
BY_CLUSTER = ("cr1", "cr2", "cr3", "nearest_neighbour")
NEARLY_ONE = 1 - 1e-9


def neighbour_residuals(x: Floats, values: Floats, count: int = NEIGHBOURS) -> Floats:
    """Return ``sqrt(J / (J + 1))`` times each value less the mean of its J nearest neighbours.

    Rows at the same or at an equal distance all count, so J may be more than `count`
    (Abadie and Imbens 2006; Calonico, Cattaneo and Titiunik 2014, section 5).

    Parameters
    ----------
    x : ndarray, shape (n,)
    values : ndarray, shape (n, m)
    """
    different, place, sizes = np.unique(x, return_inverse=True, return_counts=True)
    sums = sums_by(values, place.astype(np.intp), len(different))
    last = len(different) - 1
    below, above = np.arange(last + 1) - 1, np.arange(last + 1) + 1
    near, total = sizes - 1.0, sums.copy()
    wanted = min(count, len(x) - 1)
    while (short := near < wanted).any():
        low, high = np.maximum(below, 0), np.minimum(above, last)
        to_low = np.where(below >= 0, different - different[low], np.inf)
        to_high = np.where(above <= last, different[high] - different, np.inf)
        take_low, take_high = (
            short & (to_low <= to_high),
            short & (to_high <= to_low),
        )
        near = near + take_low * sizes[low] + take_high * sizes[high]
        total = total + take_low[:, None] * sums[low] + take_high[:, None] * sums[high]
        below, above = below - take_low, above + take_high
    j = np.maximum(near[place], 1.0)[:, None]
    return np.asarray(np.sqrt(j / (j + 1)) * (values - (total[place] - values) / j))


@dataclass(frozen=True, slots=True)
class Window:
    """Rows of one side whose errors are counted.

    Attributes
    ----------
    x : ndarray, shape (m,)
    values : ndarray, shape (m, k)
        Columns whose scores are wanted.
    cluster : ndarray of int, shape (m,), or None
        Codes in 0 .. count - 1.
    count : int
        Number of clusters on both sides; 0 without clusters.
    """

    x: Floats
    values: Floats
    cluster: Ints | None
    count: int


@dataclass(frozen=True, slots=True)
class Scores:
    """Contributions (rows or clusters, k) to the error; what Satterthwaite's df needs of them."""

    values: Floats
    working: Floats | None = None


def scores(window: Window, omega: Floats, fitted: Smoother, variance: str) -> Scores:
    """Return the contributions to the error of ``omega' values``.

    Parameters
    ----------
    omega : ndarray, shape (m,)
    fitted : Smoother
        The polynomial whose residuals are taken (over the rows of the window).
    variance : str
        One of `BY_ROW`, or of `BY_CLUSTER` when there are clusters.
    """
    if variance == HOMOSKEDASTIC:
        gram, free = residual_gram(window, fitted)
        return alike(omega, gram / free)
    near = variance == "nearest_neighbour"
    residuals = neighbour_residuals(window.x, window.values) if near else fitted.left(window.values)
    if window.cluster is None:
        return Scores(omega[:, None] * residuals * _row_factor(fitted, variance)[:, None])
    if variance in ("nearest_neighbour", "cr1"):
        made = sums_by(omega[:, None] * residuals, window.cluster, window.count)
        held = len(np.unique(window.cluster))
        n, k = len(omega), fitted.order + 1
        factor = (n - 1) / max(n - k, 1) * held / max(held - 1, 1)
        return Scores(made * np.sqrt(factor))
    adjusted = _adjusted(window, omega, fitted, -0.5 if variance == "cr2" else -1.0)
    made = sums_by(adjusted[:, None] * residuals, window.cluster, window.count)
    return Scores(made, _working(window, adjusted, fitted))


def residual_gram(window: Window, fitted: Smoother) -> tuple[Floats, int]:
    """Return the sums of products of the residuals with weight, and their degrees of freedom."""
    on = fitted.weights > 0
    left = fitted.left(window.values)[on]
    return left.T @ left, max(int(on.sum()) - fitted.order - 1, 1)


def alike(omega: Floats, covariance: Floats) -> Scores:
    """Return scores of errors that are alike in every row, with this covariance of the columns."""
    share, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(share, 0.0))
    return Scores(float(np.linalg.norm(omega)) * root.T)


def _row_factor(fitted: Smoother, variance: str) -> Floats:
    n, k = len(fitted.rows), fitted.order + 1
    if variance in ("nearest_neighbour", "hc0"):
        return np.ones(n)
    if variance == "hc1":
        return np.full(n, np.sqrt(n / max(n - k, 1)))
    leverage = fitted.weights * ((fitted.basis @ fitted.root) ** 2).sum(axis=1)
    free = 1 - np.minimum(leverage, NEARLY_ONE)
    return np.asarray(1 / np.sqrt(free) if variance == "hc2" else 1 / free)


def _adjusted(window: Window, omega: Floats, fitted: Smoother, power: float) -> Floats:
    """Return `omega` with the cluster leverage taken out (Bell and McCaffrey 2002).

    ``(I - P)^power`` of each cluster, P its block of the projection on the weighted basis, differs
    from I only in the few directions of the basis, so small matrices are enough.
    """
    assert window.cluster is not None  # noqa: S101 (only called with clusters)
    basis = fitted.basis @ fitted.root
    held = cluster_products(basis * fitted.weights[:, None], basis, window.cluster, window.count)
    share, vectors = np.linalg.eigh(held)
    free = 1 - np.clip(share, 0.0, 1.0)
    with_power = np.where(free > 1 - NEARLY_ONE, np.maximum(free, 1e-300) ** power, 0.0)
    small = share < 1e-12
    ratio = np.where(small, -power, (with_power - 1) / np.where(small, 1.0, share))
    middle = (vectors * ratio[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    sums = sums_by(basis * omega[:, None], window.cluster, window.count)
    turned = np.einsum("gij,gj->gi", middle, sums)
    return np.asarray(omega + fitted.weights * (basis * turned[window.cluster]).sum(axis=1))


def _working(window: Window, u: Floats, fitted: Smoother) -> Floats:
    """Return the covariances of the clusters' scores when errors are independent and alike.

    The score of cluster g is ``a_g' y`` with ``a_g = (I - X A)_g' u_g``.
    """
    assert window.cluster is not None  # noqa: S101 (only called with clusters)
    p = sums_by(fitted.basis * u[:, None], window.cluster, window.count)
    t = sums_by(fitted.operator.T * u[:, None], window.cluster, window.count)
    cross = t @ p.T
    own = np.diag(sums_by(u**2, window.cluster, window.count))
    return np.asarray(own - cross - cross.T + p @ (fitted.operator @ fitted.operator.T) @ p.T)


def satterthwaite(working: Floats) -> float:
    """Return the degrees of freedom ``tr(W)^2 / tr(W^2)`` of a sum of squared scores."""
    bottom = float((working**2).sum())
    return float(np.trace(working) ** 2 / bottom) if bottom > 0 else float("nan")
