"""Entropy balancing: the weights nearest to equal ones that give the covariates the wanted means."""

from __future__ import annotations

import numpy as np

from evalkit.impact.least_squares import Floats
from evalkit.impact.weighting.doubly_robust import small_sample
from evalkit.impact.weighting.effect import Arms, Effect

MOST_STEPS = 200
BALANCED = 1e-8
"""Largest difference of means left, in SD."""


def tilt(x: Floats, base: Floats, target: Floats) -> Floats | None:
    """Return weights of sum one for the rows of `x` with the means `target`, or None.

    Hainmueller (2012, Political Analysis 20, equations 7 to 9): the dual problem, convex and
    unconstrained, by Newton's method with halved steps. None when no weights have these means:
    `target` then lies outside the hull of the rows.

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Standardised columns.
    base : ndarray, shape (n,)
        Weights to stay near to.
    target : ndarray, shape (k,)
    """
    centred, logs = x - target, np.log(base / base.sum())
    slope = np.zeros(x.shape[1])
    weights, value = _dual(centred, logs, slope)
    for _ in range(MOST_STEPS):
        gradient = centred.T @ weights
        if np.abs(gradient).max(initial=0.0) < BALANCED:
            return weights
        hessian = (centred * weights[:, None]).T @ centred - np.outer(gradient, gradient)
        step = -np.linalg.lstsq(hessian, gradient, rcond=1e-13)[0]
        for _ in range(40):
            tried, now = _dual(centred, logs, slope + step)
            if now <= value + 1e-4 * float(gradient @ step) + 1e-15:
                break
            step = step / 2
        else:
            return None
        slope, weights, value = slope + step, tried, now
        if value < -600:  # the dual has no lower bound: the means cannot be had
            return None
    return None


def _dual(centred: Floats, logs: Floats, slope: Floats) -> tuple[Floats, float]:
    eta = logs + centred @ slope
    top = eta.max()
    raw = np.exp(eta - top)
    return raw / raw.sum(), float(top + np.log(raw.sum()))


def entropy_balancing(arms: Arms, *, estimand: str) -> Effect | None:
    """Return the effect after the covariates' means were made equal, or None when they cannot be.

    For the effect on the treated the comparison rows are weighted to the means of the treated; for
    the average effect both arms are weighted to the means of all. The influence allows for the
    estimated weights and for the sampled target means (M-estimation; Zhao and Percival 2017).
    """
    target_rows = arms.weights * arms.t if estimand == "att" else arms.weights
    share = target_rows / target_rows.sum()
    target = share @ arms.x
    away = arms.x - target
    weights = np.zeros(len(arms.y))
    influence, known = np.zeros(len(arms.y)), np.zeros(len(arms.y))
    value = 0.0
    for arm, sign in ((1, 1.0), (0, -1.0)):
        rows = arms.t == arm
        own = tilt(arms.x[rows], arms.weights[rows], target)
        if own is None:
            return None
        weights[rows] = own
        mean = float(own @ arms.y[rows])
        value += sign * mean
        left = arms.y - mean
        known[rows] += sign * own * left[rows]
        gram = (away[rows] * own[:, None]).T @ away[rows]
        slopes = np.linalg.pinv(gram, hermitian=True) @ (away[rows].T @ (own * left[rows]))
        part = sign * share * (away @ slopes)
        part[rows] += sign * own * (left - away @ slopes)[rows]
        influence += part
    return Effect(value, influence * small_sample(arms), known, weights)
