"""Fuzzy designs with a weak first stage: Anderson-Rubin sets on the bias-corrected jumps.

The set holds every effect ``t`` for which the jump of ``outcome - t * treatment`` is not refused;
it is right however small the jump in treatment is (Anderson and Rubin 1949; for discontinuities
Feir, Lemieux and Marmer 2016, and Noack and Rothe 2024).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats

WEAK = 10.0
"""First-stage F below which the Anderson-Rubin set leads."""


@dataclass(frozen=True, slots=True)
class AndersonRubin:
    """The set of effects not refused.

    `shape` is "interval", "two rays" (everything but a gap: `low` and `high` are infinite, `gap`
    is what is left out) or "line" (nothing is refused).
    """

    low: float
    high: float
    p_value: float
    shape: str
    gap: tuple[float, float] = (math.nan, math.nan)


def anderson_rubin(
    outcome: float, first: float, covariance: Floats, critical: float
) -> AndersonRubin:
    """Return the Anderson-Rubin set.

    Parameters
    ----------
    outcome, first : float
        Bias-corrected jumps of the outcome and of treatment received.
    covariance : ndarray, shape (2, 2)
        Of the two.
    critical : float
        Critical value of the t statistic.
    """
    c2 = critical**2
    a = first**2 - c2 * covariance[1, 1]
    b = -2 * (outcome * first - c2 * covariance[0, 1])
    c = outcome**2 - c2 * covariance[0, 0]
    p = _p_value(outcome, float(covariance[0, 0]))
    inside = b * b - 4 * a * c
    if a > 0 and inside >= 0:
        ends = sorted(float(-b + side * math.sqrt(inside)) / float(2 * a) for side in (-1, 1))
        return AndersonRubin(ends[0], ends[1], p, "interval")
    if a < 0 and inside > 0:
        ends = sorted(float(-b + side * math.sqrt(inside)) / float(2 * a) for side in (-1, 1))
        return AndersonRubin(-math.inf, math.inf, p, "two rays", (ends[0], ends[1]))
    return AndersonRubin(-math.inf, math.inf, p, "line")


def _p_value(outcome: float, variance: float) -> float:
    from scipy.special import ndtr

    return 2 * float(ndtr(-abs(outcome) / math.sqrt(variance))) if variance > 0 else math.nan


def first_stage_f(first: float, error: float) -> float:
    """Return the squared t statistic of the jump in treatment received."""
    return float(np.inf) if error == 0 else (first / error) ** 2
