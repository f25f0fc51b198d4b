"""Several treatments: generalised propensity scores from a multinomial logit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats, Ints
from evalkit.impact.weighting.effect import Arms
from evalkit.impact.weighting.entropy import tilt
from evalkit.impact.weighting.propensity import EDGE, MOST_STEPS, TOLERANCE, with_constant


@dataclass(frozen=True, slots=True)
class Multinomial:
    """A fitted multinomial logit.

    Attributes
    ----------
    x : ndarray, shape (n, q)
        Columns with the constant first.
    p : ndarray, shape (n, K)
        Fitted probability of each arm.
    inverse : ndarray, shape ((K - 1) q, (K - 1) q)
    scores : ndarray, shape (n, (K - 1) q)
    """

    x: Floats
    p: Floats
    inverse: Floats
    scores: Floats
    converged: bool


@dataclass(frozen=True, slots=True)
class Mean:
    """Mean outcome if all had one treatment: value, influence, the same with known weights."""

    value: float
    influence: Floats
    known: Floats
    weights: Floats


def multinomial(x: Floats, arm: Ints, weights: Floats) -> Multinomial:
    """Fit a multinomial logit of `arm` (0 the reference) by Newton's method.

    Imbens (2000, Biometrika 87) shows that the probability of each treatment given covariates is
    all that weighting needs.
    """
    z = with_constant(x)
    k, q = int(arm.max()) + 1, z.shape[1]
    chosen = (arm[:, None] == np.arange(1, k)).astype(float)
    beta = np.zeros((k - 1, q))
    p, last = _fitted(z, beta, arm, weights)
    converged = False
    for _ in range(MOST_STEPS):
        residual = weights[:, None] * (chosen - p[:, 1:])
        gradient = (residual.T @ z).reshape(-1)
        information = _information(z, p, weights)
        step = np.linalg.lstsq(information, gradient, rcond=1e-12)[0].reshape(k - 1, q)
        for _ in range(30):
            tried, now = _fitted(z, beta + step, arm, weights)
            if now <= last * (1 + 1e-12):
                break
            step = step / 2
        converged = abs(last - now) <= TOLERANCE * (abs(now) + 1e-3)
        beta, p, last = beta + step, tried, now
        if converged:
            break
    p = np.clip(p, EDGE, 1 - EDGE)
    residual = weights[:, None] * (chosen - p[:, 1:])
    scores = (residual[:, :, None] * z[:, None, :]).reshape(len(z), -1)
    inverse = np.asarray(np.linalg.pinv(_information(z, p, weights), hermitian=True), dtype=float)
    return Multinomial(z, p, inverse, scores, converged)


def _fitted(z: Floats, beta: Floats, arm: Ints, weights: Floats) -> tuple[Floats, float]:
    from scipy.special import log_softmax

    eta = np.column_stack([np.zeros(len(z)), z @ beta.T])
    logs = log_softmax(eta, axis=1)
    return np.exp(logs), float(-2 * (weights * logs[np.arange(len(z)), arm]).sum())


def _information(z: Floats, p: Floats, weights: Floats) -> Floats:
    """Return the information: blocks ``sum w p_a (1[a = b] - p_b) z z'``."""
    k, q = p.shape[1] - 1, z.shape[1]
    made = np.empty((k * q, k * q))
    for a in range(k):
        for b in range(k):
            part = weights * p[:, a + 1] * (float(a == b) - p[:, b + 1])
            made[a * q : (a + 1) * q, b * q : (b + 1) * q] = (z * part[:, None]).T @ z
    return made


def _by_score(fitted: Multinomial, level: int, row: Floats) -> Floats:
    """Return the influence that estimating the scores adds.

    `row` holds each row's derivative in the log of its weight ``1 / p_level``; the derivative of
    ``log(1 / p_level)`` in the coefficients of arm a is ``-(1[a = level] - p_a) z``.
    """
    k = fitted.p.shape[1] - 1
    own = np.array([float(a + 1 == level) for a in range(k)])
    part = -(own - fitted.p[:, 1:]) * row[:, None]
    gradient = (part.T @ fitted.x).reshape(-1)
    return np.asarray(fitted.scores @ (fitted.inverse @ gradient))


def ipw_mean(arms: Arms, arm: Ints, fitted: Multinomial, level: int) -> Mean:
    """Return the weighted mean outcome under one treatment, for the population of all rows."""
    weights = np.where(arm == level, arms.weights / fitted.p[:, level], 0.0)
    share = weights / weights.sum()
    value = float(share @ arms.y)
    known = share * (arms.y - value)
    return Mean(value, known + _by_score(fitted, level, known), known, weights)


def robust_mean(arms: Arms, arm: Ints, fitted: Multinomial, level: int) -> Mean:
    """Return the augmented (doubly robust) mean outcome under one treatment."""
    inside = (arm == level).astype(float)
    z, own = fitted.x, arms.weights * inside
    inverse = np.linalg.pinv((z * own[:, None]).T @ z, hermitian=True)
    model = z @ (inverse @ (z.T @ (own * arms.y)))
    share = arms.weights / arms.weights.sum()
    left = inside * (arms.y - model) / fitted.p[:, level]
    value = float(share @ (model + left))
    known = share * (model + left - value)
    gradient = z.T @ (share * (1 - inside / fitted.p[:, level]))
    by_model = (z * (own * (arms.y - model))[:, None]) @ (inverse @ gradient)
    influence = known + _by_score(fitted, level, share * left) + by_model
    count = float(inside.sum())
    influence = influence * np.where(
        inside == 1, np.sqrt(count / max(count - z.shape[1], 1.0)), 1.0
    )
    return Mean(value, influence, known, own / fitted.p[:, level])


def balanced_mean(arms: Arms, arm: Ints, level: int) -> Mean | None:
    """Return the mean outcome of one arm, weighted by entropy balancing to the means of all rows."""
    share = arms.weights / arms.weights.sum()
    away = arms.x - share @ arms.x
    rows = arm == level
    own = tilt(arms.x[rows], arms.weights[rows], share @ arms.x)
    if own is None:
        return None
    weights = np.zeros(len(arm))
    weights[rows] = own
    value = float(weights @ arms.y)
    known = weights * (arms.y - value)
    slopes = np.linalg.pinv((away * weights[:, None]).T @ away, hermitian=True) @ (away.T @ known)
    influence = share * (away @ slopes) + weights * (arms.y - value - away @ slopes)
    return Mean(value, influence, known, weights)
