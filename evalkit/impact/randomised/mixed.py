"""Random intercepts (and random effects of treatment) by restricted maximum likelihood.

The likelihood needs only the Gram matrices of each cluster, so a fit costs a few small matrix
products whatever the number of rows. Degrees of freedom after Satterthwaite (1946) as in Giesbrecht
and Burns (1985): twice the squared variance of a coefficient over the variance of that variance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import ROUNDING, Floats, Ints, cluster_products

STEP = 1e-3
"""Relative step of the numerical derivatives in the variances."""
NO_VARIANCE = 1e-7
"""A relative standard deviation between clusters below this counts as none."""


@dataclass(frozen=True, slots=True)
class Grams:
    """Products of each cluster: random columns z, fixed columns x, outcome y (roots of weights in)."""

    zz: Floats
    zx: Floats
    zy: Floats
    xx: Floats
    xy: Floats
    yy: float
    n: int


@dataclass(frozen=True, slots=True)
class Mixed:
    """A fitted multilevel model.

    Attributes
    ----------
    beta, cov : ndarray, shapes (q,), (q, q)
    within : float
        Variance within clusters.
    between : ndarray, shape (r, r)
        Covariance of the random effects.
    df : ndarray, shape (q,)
        Satterthwaite degrees of freedom; NaN where a variance is estimated at zero.
    """

    beta: Floats
    cov: Floats
    within: float
    between: Floats
    df: Floats

    @property
    def singular(self) -> bool:
        """Whether a variance between clusters is estimated at zero."""
        return bool(np.linalg.eigvalsh(self.between)[0] <= 1e-10 * self.within)


def grams_of(y: Floats, x: Floats, z: Floats, clusters: Ints, weights: Floats) -> Grams:
    """Return the products of each cluster; rows count by their weight (precision)."""
    root = np.sqrt(weights)
    y, x, z = y * root, x * root[:, None], z * root[:, None]
    count = int(clusters.max()) + 1
    return Grams(
        cluster_products(z, z, clusters, count),
        cluster_products(z, x, clusters, count),
        cluster_products(z, y[:, None], clusters, count)[:, :, 0],
        x.T @ x,
        x.T @ y,
        float(y @ y),
        len(y),
    )


def fit_mixed(grams: Grams, wanted: int = 1) -> Mixed:
    """Fit by REML; degrees of freedom are worked out for the first `wanted` coefficients."""
    theta = _optimum(grams)
    lower = _lower(theta, grams.zz.shape[1])
    beta, inverse, rest, _ = _solve(grams, lower @ lower.T)
    within = rest / (grams.n - len(beta))
    between = within * lower @ lower.T
    df = np.full(len(beta), np.nan)
    something = within * grams.n > ROUNDING * grams.yy
    if something and np.abs(np.diag(lower)).min() > NO_VARIANCE:
        df[:wanted] = _satterthwaite(grams, between, within, wanted)
    return Mixed(beta, within * inverse, within, between, df)


def _lower(theta: Floats, size: int) -> Floats:
    lower = np.zeros((size, size))
    lower[np.tril_indices(size)] = theta
    return lower


def _solve(grams: Grams, relative: Floats) -> tuple[Floats, Floats, float, float]:
    """Return coefficients, inverse of X'V^-1 X, residual sum of squares, log det V.

    `relative` is the covariance of the random effects over the variance within; V is in its units.
    """
    size = len(relative)
    # V^-1 = I - Z D (I + Z'Z D)^-1 Z' (Woodbury), a form that allows a singular D.
    inner = np.eye(size) + grams.zz @ relative
    middle = relative @ np.linalg.inv(inner)
    xx = grams.xx - np.einsum("gip,gij,gjq->pq", grams.zx, middle, grams.zx)
    xy = grams.xy - np.einsum("gip,gij,gj->p", grams.zx, middle, grams.zy)
    yy = grams.yy - float(np.einsum("gi,gij,gj->", grams.zy, middle, grams.zy))
    inverse = np.linalg.inv(xx)
    beta = inverse @ xy
    logdet = float(np.linalg.slogdet(inner)[1].sum())
    return beta, inverse, max(yy - float(xy @ beta), 0.0), logdet


def _profiled(theta: Floats, grams: Grams) -> float:
    """Return the REML deviance with coefficients and the variance within profiled out."""
    lower = _lower(theta, grams.zz.shape[1])
    beta, inverse, rest, logdet = _solve(grams, lower @ lower.T)
    free = grams.n - len(beta)
    tiny = np.finfo(float).tiny
    return logdet - float(np.linalg.slogdet(inverse)[1]) + free * math.log(max(rest, tiny) / free)


def _optimum(grams: Grams) -> Floats:
    from scipy.optimize import minimize, minimize_scalar

    if grams.zz.shape[1] == 1:
        # theta = t / (1 - t), so that all ratios from none to very large are tried.
        found = minimize_scalar(
            lambda t: _profiled(np.array([t / (1 - t)]), grams),
            bounds=(0.0, 0.999),
            method="bounded",
            options={"xatol": 1e-10},
        )
        best = np.array([found.x / (1 - found.x)])
        none = np.zeros(1)
        return none if _profiled(none, grams) <= _profiled(best, grams) + 1e-9 else best
    bounds = [(0.0, None), (None, None), (0.0, None)]
    tries = [
        minimize(_profiled, start, (grams,), "L-BFGS-B", bounds=bounds)
        for start in ((1.0, 0.0, 1.0), (0.5, 0.0, 0.1))
    ]
    best = min(tries, key=lambda one: one.fun).x
    polished = minimize(
        _profiled,
        best,
        (grams,),
        "Nelder-Mead",
        bounds=bounds,
        options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000},
    )
    return np.asarray(polished.x)


def _satterthwaite(grams: Grams, between: Floats, within: float, wanted: int) -> Floats:
    """Return the df of the first coefficients, by numerical derivatives in the variances."""
    size = len(between)
    place = np.tril_indices(size)
    at = np.append(between[place], within)
    scale = STEP * np.maximum(np.abs(at), STEP * within)

    def at_point(point: Floats) -> tuple[float, Floats]:
        d = np.zeros((size, size))
        d[place] = point[:-1]
        d = d + d.T - np.diag(np.diag(d))
        beta, inverse, rest, logdet = _solve(grams, d / point[-1])
        free = grams.n - len(beta)
        deviance = (
            logdet
            - float(np.linalg.slogdet(inverse)[1])
            + free * math.log(point[-1])
            + rest / point[-1]
        )
        return deviance, point[-1] * np.diag(inverse)[:wanted]

    moves = np.diag(scale)
    count = len(at)
    slopes = np.array(
        [(at_point(at + one)[1] - at_point(at - one)[1]) / (2 * one.sum()) for one in moves]
    )
    hessian = np.empty((count, count))
    for i in range(count):
        for j in range(i + 1):
            one, other = moves[i], moves[j]
            signs = ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))
            total = sum(s * at_point(at + a * one + b * other)[0] for a, b, s in signs)
            hessian[i, j] = hessian[j, i] = total / (4 * scale[i] * scale[j])
    # The deviance is minus twice the log likelihood: its information is half the Hessian.
    spread = 2 * np.linalg.pinv(hessian)
    value = at_point(at)[1]
    below = np.einsum("ij,ik,kj->j", slopes, spread, slopes)
    return np.where(below > 0, 2 * value**2 / np.where(below > 0, below, 1.0), np.nan)


def whiten(columns: Floats, z: Floats, clusters: Ints, weights: Floats, relative: Floats) -> Floats:
    """Return ``V^(-1/2)`` times the columns (n, k), the roots of the weights included.

    ``V = I + Z D Z'`` within each cluster, D relative to the variance within: least squares on the
    result is the multilevel estimate at these variances.
    """
    root = np.sqrt(weights)[:, None]
    z, columns = z * root, columns * root
    count = int(clusters.max()) + 1
    values, vectors = np.linalg.eigh(cluster_products(z, z, clusters, count))
    known = values > 1e-10 * np.maximum(values[:, -1:], 1e-300)
    size = np.where(known, np.sqrt(np.where(known, values, 1.0)), 0.0)
    back = np.where(known, 1.0 / np.where(known, size, 1.0), 0.0)
    half = (vectors * size[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    inverse = (vectors * back[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    inside, turned = np.linalg.eigh(np.eye(len(relative)) + half @ relative @ half)
    shrunk = (turned * (inside**-0.5)[:, None, :]) @ np.swapaxes(turned, 1, 2)
    middle = inverse @ (shrunk - np.eye(len(relative))) @ inverse
    sums = cluster_products(z, columns, clusters, count)
    return np.asarray(columns + np.einsum("ni,nik->nk", z, (middle @ sums)[clusters]))
