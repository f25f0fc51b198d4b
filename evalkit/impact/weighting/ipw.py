"""Inverse probability weighting, normalised, with the error of the estimated propensity score."""

from __future__ import annotations

import numpy as np

from evalkit.impact.least_squares import Floats
from evalkit.impact.weighting.effect import Arms, Effect, difference_of_means
from evalkit.impact.weighting.propensity import Logit


def weights_of(
    t: Floats, p: Floats, estimand: str, *, stabilised: bool = True
) -> tuple[Floats, Floats]:
    """Return the weight of each row and its derivative in the log odds, before sampling weights.

    Parameters
    ----------
    t, p : ndarray, shape (n,)
    estimand : {"att", "ate"}
    stabilised : bool
        Multiply each arm by its share (Robins, Hernan and Brumback 2000), so that the mean is about
        one. Normalised means do not change by it.
    """
    if estimand == "att":
        odds = p / (1 - p)
        weights, slope = np.where(t == 1, 1.0, odds), np.where(t == 1, 0.0, odds)
        scale = np.where(t == 1, 1.0, (1 - t.mean()) / t.mean()) if stabilised else 1.0
    else:
        weights = np.where(t == 1, 1 / p, 1 / (1 - p))
        slope = np.where(t == 1, -(1 - p) / p, p / (1 - p))
        scale = np.where(t == 1, t.mean(), 1 - t.mean()) if stabilised else 1.0
    return np.asarray(weights * scale), np.asarray(slope * scale)


def capped(weights: Floats, slope: Floats, t: Floats, quantile: float) -> tuple[Floats, Floats]:
    """Return weights that stop at a quantile of their arm, where the slope then is zero."""
    limit = np.array([np.quantile(weights[t == arm], quantile) for arm in (0, 1)])
    top = limit[t.astype(int)]
    return np.minimum(weights, top), np.where(weights > top, 0.0, slope)


def ipw(
    arms: Arms,
    fitted: Logit,
    *,
    estimand: str,
    stabilised: bool = True,
    cap: float | None = None,
) -> Effect:
    """Return the normalised (Hajek) estimate of the effect.

    The influence of a row stacks its score in the logit on the weighted means: M-estimation
    (Lunceford and Davidian 2004, Statistics in Medicine 23, section 3; Stefanski and Boos 2002).
    """
    own, slope = weights_of(arms.t, fitted.p, estimand, stabilised=stabilised)
    if cap is not None:
        own, slope = capped(own, slope, arms.t, cap)
    weights = own * arms.weights
    value, known = difference_of_means(arms, weights)
    # d value / d beta: each row's known influence moves with its weight.
    relative = slope / np.where(own > 0, own, 1.0)
    gradient = fitted.x.T @ (known * relative)
    influence = known + fitted.scores @ (fitted.inverse @ gradient)
    return Effect(value, influence, known, weights)
