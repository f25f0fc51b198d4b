"""Errors of least squares where every row counts alone, and the jackknife of clusters.

HC1 and HC2 with the degrees of freedom of Bell and McCaffrey (2002) for individually randomised
trials; CR3 for cluster trials. One set of effects (strata, or the constant) may be absorbed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Fit, Floats, Ints, sums_by

FULL_LEVERAGE = 1e-9
"""A row (or a direction of a cluster) with less than this left to itself is fitted exactly."""


@dataclass(frozen=True, slots=True)
class Solved:
    """Least squares on columns whose effects were absorbed and that carry the root of the weights.

    Attributes
    ----------
    beta : ndarray, shape (q,)
    residuals : ndarray, shape (n,)
    basis : ndarray, shape (n, q)
        Orthonormal columns that span the regressors.
    back : ndarray, shape (q, q)
        ``beta = back @ basis.T @ y``.
    groups : ndarray of int, shape (n,)
        Absorbed groups.
    shares : ndarray, shape (n,)
        Weight of each row in its group: the root of its leverage there is ``sqrt(shares)``.
    k : int
        Parameters, absorbed effects included.
    """

    beta: Floats
    residuals: Floats
    basis: Floats
    back: Floats
    groups: Ints
    shares: Floats
    k: int

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.residuals)

    def leverage(self) -> Floats:
        """Return the leverage of each row, absorbed effects included."""
        return np.asarray((self.basis**2).sum(axis=1) + self.shares)

    def loading(self, j: int) -> Floats:
        """Return the weights of the outcome in coefficient `j`."""
        return np.asarray(self.basis @ self.back[j])


def solve(x: Floats, y: Floats, groups: Ints | None, weights: Floats) -> Solved:
    """Solve least squares; `x` (n, q) and `y` (n,) have effects of `groups` already absorbed.

    Without groups nothing was absorbed: the constant, if there is one, is a column of `x`.
    """
    basis, upper = np.linalg.qr(x)
    back = np.linalg.inv(upper)
    beta = back @ (basis.T @ y)
    if groups is None:
        groups, shares, count = np.zeros(len(y), dtype=np.intp), np.zeros(len(y)), 0
    else:
        count = int(groups.max()) + 1
        shares = weights / sums_by(weights, groups, count)[groups]
    left = y - x @ beta
    # What is left by rounding alone must not pass for variation.
    left = np.where(np.abs(left) > 1e-11 * np.linalg.norm(y), left, 0.0)
    return Solved(beta, left, basis, back, groups, shares, count + x.shape[1])


def equal_variances(solved: Solved, j: int) -> float:
    """Return the classical standard error of coefficient `j`."""
    spread = (solved.residuals**2).sum() / max(solved.n - solved.k, 1)
    return float(np.sqrt(spread * (solved.loading(j) ** 2).sum()))


def hc1(solved: Solved, j: int) -> float:
    """Return the HC1 standard error of coefficient `j` (MacKinnon and White 1985)."""
    raw = ((solved.loading(j) * solved.residuals) ** 2).sum()
    return float(np.sqrt(raw * solved.n / max(solved.n - solved.k, 1)))


def hc2_parts(solved: Solved, j: int) -> tuple[Floats, float]:
    """Return each row's contribution to the HC2 error of coefficient `j`, and Bell-McCaffrey df.

    With ``a_i = loading_i / sqrt(1 - h_i)`` the squared error is ``e' diag(a^2) e`` and ``e`` is
    ``M`` times the true errors; the df match its first two moments under equal variances:
    ``tr(AM)^2 / tr(AMAM)``. For a difference of two means the error is Neyman's (1923) and the df
    are close to Welch's.
    """
    h = solved.leverage()
    known = 1 - h > FULL_LEVERAGE
    left = np.where(known, 1 - h, 1.0)
    a = np.where(known, solved.loading(j) / np.sqrt(left), 0.0)
    trace = float((a**2 * left).sum())
    square = float((a**4 * (1 - 2 * h)).sum()) + _hat_square(solved, a**2)
    df = trace**2 / square if square > 0 else np.nan
    return a * solved.residuals, df


def _hat_square(solved: Solved, a: Floats) -> float:
    """Return the squared Frobenius norm of ``Q' diag(a) Q``, Q a basis with the absorbed effects."""
    count = int(solved.groups.max()) + 1
    inner = solved.basis.T @ (solved.basis * a[:, None])
    across = sums_by(solved.basis * (a * np.sqrt(solved.shares))[:, None], solved.groups, count)
    own = sums_by(a * solved.shares, solved.groups, count)
    return float((inner**2).sum() + 2 * (across**2).sum() + (own**2).sum())


def cr3(fitted: Fit, j: int) -> tuple[float, float]:
    """Return the CR3 (jackknife) standard error of coefficient `j` and its Satterthwaite df.

    Bell and McCaffrey (2002): residuals of each cluster times ``(I - H_gg)^(-1)``, which is the
    spread of the estimates when clusters are left out in turn, without a factor in front.
    """
    root = fitted.root
    inner = root.T @ fitted.grams @ root
    values, vectors = np.linalg.eigh(np.eye(len(root)) - inner)
    known = values > FULL_LEVERAGE
    power = np.where(known, 1.0 / np.where(known, values, 1.0), 0.0)
    v = ((vectors * power[:, None, :]) @ np.swapaxes(vectors, 1, 2) @ root[j]) @ root.T
    parts = np.einsum("gi,gi->g", v, fitted.scores)
    return float(np.sqrt((parts**2).sum())), satterthwaite(fitted, v)


def satterthwaite(fitted: Fit, v: Floats) -> float:
    """Return the df of a sum of squares of ``v_g' X_g' e_g`` under independent, equal errors."""
    sv = np.einsum("gij,gj->gi", fitted.grams, v)
    own, shared = np.einsum("gi,gi->g", v, sv), sv @ fitted.root
    trace = own.sum() - (shared**2).sum()
    products = own[:, None] * np.eye(len(own)) - shared @ shared.T
    square = float((products**2).sum())
    return float(trace**2 / square) if square > 0 else float("nan")
