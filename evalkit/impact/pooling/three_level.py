"""Estimates within clusters (schools within districts): two variances between, by (RE)ML.

Marginal covariance of a cluster: ``diag(v + within) + between * 11'``; its inverse and determinant
have closed forms (Sherman and Morrison 1950), so no matrix is larger than the moderators.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats, Ints, sums_by


@dataclass(frozen=True, slots=True)
class Nested:
    """A three-level fit.

    Attributes
    ----------
    beta : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
    between, within : float
        Variance between clusters, and between estimates of one cluster.
    log_likelihood : float
    scores : ndarray, shape (G, p)
        ``x_g' V_g^-1 e_g`` of each cluster.
    converged : bool
    """

    beta: Floats
    covariance: Floats
    between: float
    within: float
    log_likelihood: float
    scores: Floats
    converged: bool


def weigh(columns: Floats, v: Floats, groups: Ints, variances: tuple[float, float]) -> Floats:
    """Return ``V^-1`` times columns (k, c)."""
    between, within = variances
    count = int(groups.max()) + 1
    w = 1 / (v + within)
    total = sums_by(w, groups, count)
    weighted = columns * w[:, None]
    inner = sums_by(weighted, groups, count) * (between / (1 + between * total))[:, None]
    return np.asarray(weighted - w[:, None] * inner[groups])


def fit_nested(y: Floats, v: Floats, x: Floats, groups: Ints, *, restricted: bool) -> Nested:
    """Fit by restricted or full maximum likelihood.

    Konstantopoulos (2011, Research Synthesis Methods 2).
    """
    from scipy.optimize import minimize

    unit = float(np.var(y)) or 1.0

    def minus(root: Floats) -> float:
        # Squared, so that a variance may be exactly 0.
        return -_evaluate(y, v, x, groups, _variances(root, unit), restricted=restricted)[0]

    starts = [(0.7, 0.7), (0.3, 0.9), (0.9, 0.3), (0.1, 0.1), (0.8, 0.0), (0.0, 0.8)]
    options = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000, "maxfev": 4000}
    found = [
        minimize(minus, np.array(start), method="Nelder-Mead", options=options) for start in starts
    ]
    best = min(found, key=lambda one: float(one.fun))
    between, within = _variances(best.x, unit)
    value, beta, covariance = _evaluate(y, v, x, groups, (between, within), restricted=restricted)
    residuals = y - x @ beta
    solved = weigh(residuals[:, None], v, groups, (between, within))
    scores = sums_by(x * solved, groups, int(groups.max()) + 1)
    return Nested(beta, covariance, between, within, value, scores, bool(best.success))


def _variances(root: Floats, unit: float) -> tuple[float, float]:
    return float(root[0] ** 2 * unit), float(root[1] ** 2 * unit)


def _evaluate(
    y: Floats,
    v: Floats,
    x: Floats,
    groups: Ints,
    variances: tuple[float, float],
    *,
    restricted: bool,
) -> tuple[float, Floats, Floats]:
    between, within = variances
    count = int(groups.max()) + 1
    total = sums_by(1 / (v + within), groups, count)
    determinant = float(np.log(v + within).sum() + np.log1p(between * total).sum())
    solved = weigh(np.column_stack([x, y]), v, groups, variances)
    gram = x.T @ solved[:, :-1]
    beta = np.linalg.solve(gram, x.T @ solved[:, -1])
    residuals = y - x @ beta
    square = float(residuals @ (solved[:, -1] - solved[:, :-1] @ beta))
    value = -0.5 * (determinant + square)
    k, p = x.shape
    if restricted:
        value -= 0.5 * (np.linalg.slogdet(gram)[1] - np.linalg.slogdet(x.T @ x)[1])
    value -= 0.5 * ((k - p) if restricted else k) * np.log(2 * np.pi)
    return float(value), np.asarray(beta, dtype=float), np.asarray(np.linalg.inv(gram), dtype=float)
