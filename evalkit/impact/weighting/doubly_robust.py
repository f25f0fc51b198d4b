"""Augmented inverse probability weighting: right if the weights or the outcome model are right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats
from evalkit.impact.weighting.effect import Arms, Effect
from evalkit.impact.weighting.ipw import weights_of
from evalkit.impact.weighting.propensity import Logit, with_constant


@dataclass(frozen=True, slots=True)
class Outcome:
    """A least-squares model of the outcome in one arm, predicted for every row."""

    fitted: Floats
    x: Floats
    inverse: Floats
    scores: Floats


def outcome_model(arms: Arms, arm: int) -> Outcome:
    """Fit the outcome on the covariates in one arm.

    Scores are zero outside the arm. Residuals are scaled up for the parameters of the model (HC1),
    as they are too small where an arm has few rows.
    """
    z = with_constant(arms.x)
    inside = (arms.t == arm).astype(float)
    weights = arms.weights * inside
    inverse = np.linalg.pinv((z * weights[:, None]).T @ z, hermitian=True)
    beta = inverse @ (z.T @ (weights * arms.y))
    fitted = z @ beta
    scores = z * (weights * (arms.y - fitted))[:, None]
    return Outcome(fitted, z, inverse, scores)


def small_sample(arms: Arms) -> Floats:
    """Return the HC1 factor of the residuals of each row: root of n / (n - k) of its arm."""
    k = arms.x.shape[1] + 1
    counts = np.array([(arms.t == 0).sum(), (arms.t == 1).sum()], dtype=float)
    factor = np.sqrt(counts / np.maximum(counts - k, 1.0))
    return np.asarray(factor[arms.t.astype(int)])


def doubly_robust(arms: Arms, fitted: Logit, *, estimand: str) -> Effect:
    """Return the augmented (AIPW) estimate of the effect.

    Average effect: Robins, Rotnitzky and Zhao (1994); Lunceford and Davidian (2004), equation 9.
    Effect on the treated: residuals from the comparison model, weighted by the odds and normalised
    (Sant'Anna and Zhao 2020, section 2). The influence stacks the scores of all models.
    """
    return _on_treated(arms, fitted) if estimand == "att" else _on_all(arms, fitted)


def _on_treated(arms: Arms, fitted: Logit) -> Effect:
    own, slope = weights_of(arms.t, fitted.p, "att", stabilised=False)
    model = outcome_model(arms, 0)
    left = arms.y - model.fitted
    treated, compared = arms.weights * arms.t, own * arms.weights * (1 - arms.t)
    first, second = treated / treated.sum(), compared / compared.sum()
    gap, offset = first @ left, second @ left
    known = first * (left - gap) - second * (left - offset)
    by_weights = -fitted.x.T @ (slope / own * second * (left - offset))
    by_model = model.x.T @ (second - first)
    influence = (
        known
        + fitted.scores @ (fitted.inverse @ by_weights)
        + model.scores @ (model.inverse @ by_model)
    ) * small_sample(arms)
    return Effect(float(gap - offset), influence, known, own * arms.weights)


def _on_all(arms: Arms, fitted: Logit) -> Effect:
    one, zero = outcome_model(arms, 1), outcome_model(arms, 0)
    t, p, share = arms.t, fitted.p, arms.weights / arms.weights.sum()
    up, down = t * (arms.y - one.fitted) / p, (1 - t) * (arms.y - zero.fitted) / (1 - p)
    each = one.fitted - zero.fitted + up - down
    value = float(share @ each)
    known = share * (each - value)
    by_weights = fitted.x.T @ (-share * (up * (1 - p) + down * p))
    by_one = one.x.T @ (share * (1 - t / p))
    by_zero = -zero.x.T @ (share * (1 - (1 - t) / (1 - p)))
    influence = (
        known
        + fitted.scores @ (fitted.inverse @ by_weights)
        + one.scores @ (one.inverse @ by_one)
        + zero.scores @ (zero.inverse @ by_zero)
    ) * small_sample(arms)
    weights = weights_of(t, p, "ate")[0] * arms.weights
    return Effect(value, influence, known, weights)
