"""Robust errors of least-squares coefficients, by row or by cluster, for any residuals.

Two-stage least squares is least squares on the fitted treatment with residuals from the actual one,
so both stages, the reduced form and the structural equation are served by the same few lines.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evalkit.impact.least_squares import Floats, Ints, cr2, cr2_parts, fit, sums_by


@dataclass(frozen=True, slots=True)
class Robust:
    """Robust inference on some coefficients.

    Attributes
    ----------
    parts : ndarray, shape (G, K)
        Contribution of each cluster (or row) to each coefficient, adjusted for leverage: CR2
        (Bell and McCaffrey 2002), which is HC2 where each row is its own cluster.
        ``parts.T @ parts`` is the covariance.
    df : ndarray, shape (K,)
        Satterthwaite degrees of freedom of each.
    plain : ndarray, shape (K,)
        Standard errors by CR1, ``G/(G-1) (n-1)/(n-k)``; HC1 where each row is its own cluster.
    """

    parts: Floats
    df: Floats
    plain: Floats

    @property
    def covariance(self) -> Floats:
        """Covariance of the coefficients, shape (K, K)."""
        return np.asarray(self.parts.T @ self.parts)

    @property
    def errors(self) -> Floats:
        """Standard errors, shape (K,)."""
        return np.sqrt(np.diag(self.covariance))


def robust(x: Floats, residuals: Floats, units: Ints | None, count: int) -> Robust:
    """Return robust inference on the first `count` coefficients.

    Parameters
    ----------
    x : ndarray, shape (n, q)
        Linearly independent columns, times the root of the weights.
    residuals : ndarray, shape (n,)
        Likewise weighted.
    units : ndarray of int, shape (n,), or None
        Clusters; None where every row is its own.
    """
    if units is None:
        return _by_row(x, residuals, count)
    return _by_cluster(x, residuals, units, count)


def _by_cluster(x: Floats, residuals: Floats, units: Ints, count: int) -> Robust:
    made = fit(x, residuals, units, 0)
    made = replace(made, scores=sums_by(x * residuals[:, None], units, made.clusters))
    bread = made.root @ made.root.T
    g, (n, q) = made.clusters, x.shape
    plain = np.sqrt(((made.scores @ bread[:, :count]) ** 2).sum(axis=0))
    return Robust(
        parts=np.column_stack([cr2_parts(made, j)[0] for j in range(count)]),
        df=np.array([cr2(made, j)[1] for j in range(count)]),
        plain=plain * np.sqrt(g / (g - 1) * (n - 1) / max(n - q, 1)),
    )


def _by_row(x: Floats, residuals: Floats, count: int) -> Robust:
    q, r = np.linalg.qr(x)
    rows = q @ np.linalg.inv(r).T[:, :count]  # coefficient j is rows[:, j]' y
    leverage = (q**2).sum(axis=1)
    left = np.where(leverage < 1 - 1e-10, 1 - leverage, np.inf)
    adjusted = rows / np.sqrt(left)[:, None]
    n, k = x.shape
    plain = np.sqrt(((rows * residuals[:, None]) ** 2).sum(axis=0) * n / max(n - k, 1))
    return Robust(
        parts=adjusted * residuals[:, None],
        df=np.array([_satterthwaite(q, adjusted[:, j] ** 2, leverage) for j in range(count)]),
        plain=plain,
    )


def _satterthwaite(q: Floats, square: Floats, leverage: Floats) -> float:
    """Return Bell and McCaffrey's degrees of freedom for independent rows of equal variance.

    With ``S = diag(square)`` and hat matrix ``H = QQ'``: ``tr(SM)^2 / tr(SMSM)`` for ``M = I - H``,
    where ``tr(SHSH)`` is the squared Frobenius norm of ``Q'SQ``.
    """
    inner = q.T @ (q * square[:, None])
    trace = float((square * (1 - leverage)).sum())
    below = float((square**2 * (1 - 2 * leverage)).sum() + (inner**2).sum())
    return trace**2 / below if below > 0 else float("nan")
