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


def fit_nested(
    y: Floats,
    v: Floats,
    x: Floats,
    groups: Ints,
    *,
    restricted: bool,
    near: tuple[float, float] | None = None,
) -> Nested:
    """Fit by restricted or full maximum likelihood.

    Konstantopoulos (2011, Research Synthesis Methods 2). The search begins at several places, as
    the likelihood may have more than one top; with `near` (variances of almost the same data) there.
    """
    from scipy.optimize import minimize

    unit = float(np.var(y)) or 1.0

    def minus(root: Floats) -> float:
        # Squared, so that a variance may be exactly 0.
        return -_evaluate(y, v, x, groups, _variances(root, unit), restricted=restricted)[0]

    starts = [(0.7, 0.7), (0.1, 0.1), (0.8, 0.0), (0.0, 0.8)]
    if near is not None:
        starts = [(max(float(np.sqrt(near[0] / unit)), 0.05), float(np.sqrt(near[1] / unit)))]
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


def profile_interval(
    data: tuple[Floats, Floats, Floats, Ints],
    found: Nested,
    which: int,
    level: float,
    *,
    restricted: bool,
) -> tuple[float, float]:
    """Return the profile-likelihood interval of one of the two variances.

    Parameters
    ----------
    data : (y, v, x, groups)
    which : {0, 1}
        Between clusters, or within them.
    """
    from scipy.optimize import brentq, minimize_scalar
    from scipy.special import chdtri

    y, v, x, groups = data
    drop = found.log_likelihood - 0.5 * float(chdtri(1, 1 - level))
    unit = float(np.var(y)) or 1.0
    top = 100 * (unit + float(v.max()))

    def excess(one: float) -> float:
        def minus(root: float) -> float:
            pair = (one, root**2) if which == 0 else (root**2, one)
            return -_evaluate(y, v, x, groups, pair, restricted=restricted)[0]

        best = minimize_scalar(
            minus, bounds=(0.0, 10 * np.sqrt(unit)), method="bounded", options={"xatol": 1e-6}
        )
        return -min(float(best.fun), minus(0.0)) - drop

    value = (found.between, found.within)[which]
    low = 0.0 if excess(0.0) >= 0 else float(brentq(excess, 0.0, value, rtol=1e-7))
    high = value + unit
    while excess(high) > 0 and high < top:
        high *= 2
    return low, float(brentq(excess, value, high, rtol=1e-7)) if excess(high) < 0 else np.inf
