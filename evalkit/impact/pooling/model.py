"""Random-effects meta-analysis and meta-regression on arrays without labels.

Notation: estimates ``y`` (k,), their sampling variances ``v`` (k,), moderators ``x`` (k, p) with a
constant first, variance between studies ``tau2``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from evalkit.impact.least_squares import Floats

ESTIMATORS = ("reml", "ml", "dl", "pm", "fixed")


@dataclass(frozen=True, slots=True)
class Pool:
    """A weighted fit of estimates on moderators.

    Attributes
    ----------
    beta : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
        Model-based: the inverse of ``x'Wx``.
    tau2 : float
    weights : ndarray, shape (k,)
        ``1 / (v + tau2)``.
    q : float
        Weighted sum of squared residuals at these weights.
    """

    beta: Floats
    covariance: Floats
    tau2: float
    weights: Floats
    q: float


def pool(y: Floats, v: Floats, x: Floats, tau2: float) -> Pool:
    """Fit by weights ``1 / (v + tau2)``."""
    weights = 1 / (v + tau2)
    root = np.sqrt(weights)
    q_matrix, r = np.linalg.qr(x * root[:, None])
    beta = np.linalg.solve(r, q_matrix.T @ (y * root))
    back = np.linalg.solve(r, np.eye(len(r)))
    residuals = y - x @ beta
    return Pool(beta, back @ back.T, tau2, weights, float(weights @ residuals**2))


def between_variance(y: Floats, v: Floats, x: Floats, estimator: str) -> float:
    """Return the variance between studies.

    Parameters
    ----------
    estimator : {"reml", "ml", "dl", "pm", "fixed"}
        Restricted and full maximum likelihood (Raudenbush 2009); DerSimonian and Laird (1986);
        Paule and Mandel (1982); 0.
    """
    if estimator == "fixed" or len(y) <= x.shape[1]:
        return 0.0
    if estimator == "dl":
        return _dersimonian_laird(y, v, x)
    if estimator == "pm":
        return solve_q(y, v, x, float(len(y) - x.shape[1]))
    return _likeliest(partial(likelihood, y, v, x, restricted=estimator == "reml"), y, v)


def _dersimonian_laird(y: Floats, v: Floats, x: Floats) -> float:
    fixed = pool(y, v, x, 0.0)
    w = fixed.weights
    trace = w.sum() - np.trace(fixed.covariance @ (x.T @ (x * (w**2)[:, None])))
    return float(max(0.0, (fixed.q - (len(y) - x.shape[1])) / trace))


def likelihood(y: Floats, v: Floats, x: Floats, tau2: float, *, restricted: bool) -> float:
    """Return the (restricted) log likelihood at `tau2`, moderators at their best.

    Harville (1977), eq. 6.2, with the term in ``log|x'x|`` that makes it free of how the
    moderators are scaled.
    """
    made = pool(y, v, x, tau2)
    k, p = x.shape
    value = 0.5 * np.log(made.weights).sum() - 0.5 * made.q
    if not restricted:
        return float(value - 0.5 * k * np.log(2 * np.pi))
    value += 0.5 * np.linalg.slogdet(made.covariance)[1] + 0.5 * np.linalg.slogdet(x.T @ x)[1]
    return float(value - 0.5 * (k - p) * np.log(2 * np.pi))


def _likeliest(at: Callable[[float], float], y: Floats, v: Floats) -> float:
    """Return the `tau2` of the highest likelihood: a grid, as it may have two tops, then a search."""
    from scipy.optimize import minimize_scalar

    top = 10 * (float(np.var(y)) + float(v.max())) + np.finfo(float).tiny
    low = 1e-8 * min(float(v.min()), top)
    grid = np.concatenate([[0.0], np.geomspace(low, top, 80)])
    values = np.array([at(float(tau2)) for tau2 in grid])
    i = int(np.argmax(values))
    left, right = grid[max(i - 1, 0)], grid[min(i + 1, len(grid) - 1)]
    found = minimize_scalar(
        lambda tau2: -at(float(tau2)),
        bounds=(left, right),
        method="bounded",
        options={"xatol": 1e-12 * right + 1e-9 * right},
    )
    best = float(found.x)
    return best if at(best) > at(0.0) + 1e-13 * abs(at(0.0)) else 0.0


def generalised_q(y: Floats, v: Floats, x: Floats, tau2: float) -> float:
    """Return the weighted sum of squared residuals at the weights of `tau2`; it falls in `tau2`."""
    return pool(y, v, x, tau2).q


def solve_q(y: Floats, v: Floats, x: Floats, wanted: float) -> float:
    """Return the `tau2` at which the generalised Q is `wanted`; 0 where it is below throughout."""
    from scipy.optimize import brentq

    if generalised_q(y, v, x, 0.0) <= wanted or wanted <= 0:
        return 0.0 if wanted > 0 else np.inf
    top = float(np.var(y)) + float(v.max())
    for _ in range(200):
        if generalised_q(y, v, x, top) < wanted:
            break
        top *= 2
    return float(brentq(lambda t: generalised_q(y, v, x, t) - wanted, 0.0, top, xtol=1e-14 * top))


def q_profile(y: Floats, v: Floats, x: Floats, level: float) -> tuple[float, float]:
    """Return the Q-profile interval of `tau2` (Viechtbauer 2007, Statistics in Medicine 26)."""
    from scipy.special import chdtri

    df = len(y) - x.shape[1]
    low, high = (1 - level) / 2, (1 + level) / 2
    ends = (float(chdtri(df, low)), float(chdtri(df, high)))
    return solve_q(y, v, x, ends[0]), solve_q(y, v, x, ends[1])


def typical_variance(v: Floats, x: Floats) -> float:
    """Return the typical sampling variance (Higgins and Thompson 2002, eq. 9, with moderators)."""
    w = 1 / v
    made = np.linalg.inv(x.T @ (x * w[:, None]))
    trace = w.sum() - np.trace(made @ (x.T @ (x * (w**2)[:, None])))
    return float((len(v) - x.shape[1]) / trace)


def knapp_hartung(made: Pool, df: int) -> Floats:
    """Return the covariance of Knapp and Hartung (2003): the model's, times ``q / (k - p)``.

    The factor is not kept from falling below 1.
    """
    return np.asarray(made.covariance * (made.q / df))


def leverages(x: Floats, weights: Floats) -> Floats:
    """Return the leverage of each estimate in the weighted fit, shape (k,)."""
    q, _ = np.linalg.qr(x * np.sqrt(weights)[:, None])
    return np.asarray((q**2).sum(axis=1))
