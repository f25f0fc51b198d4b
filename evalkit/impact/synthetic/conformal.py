"""Inference from time: errors under a supposed effect, shifted along the periods.

Under the right effect the errors of the treated period are like those of any other, so they are
compared with the errors at every shift of time. Weights are fitted to all periods with the supposed
effect taken out (Chernozhukov, Wuthrich and Zhu 2021).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from evalkit.impact.frame import Floats
from evalkit.impact.permutation import TIE
from evalkit.impact.synthetic.weights import simplex

FINE = 16
"""Steps on either side that are tried one by one; beyond, each point is twice as far out."""
DOUBLINGS = 14
HALVINGS = 14


def joint_p(treated: Floats, donors: Floats, before: int, effect: float) -> float:
    """Return the p-value of the effect `effect` in every period from the start on.

    Moving blocks: the mean absolute error of as many periods as are treated, at each cyclic shift.

    Parameters
    ----------
    treated : ndarray, shape (T,)
    donors : ndarray, shape (T, n)
    before : int
    effect : float
    """
    count = len(treated)
    supposed = treated - effect * (np.arange(count) >= before)
    errors = np.abs(supposed - donors @ simplex(supposed, donors).weights)
    errors = np.where(errors <= TIE * np.abs(supposed).max(), 0.0, errors)
    later = count - before
    sums = np.convolve(np.concatenate([errors, errors[: later - 1]]), np.ones(later), "valid")
    return float((sums >= sums[before] * (1 - TIE)).mean())


def period_p(treated: Floats, donors: Floats, effect: float) -> float:
    """Return the p-value of an effect in the last of these periods, each before it being a shift."""
    supposed = treated.copy()
    supposed[-1] -= effect
    errors = np.abs(supposed - donors @ simplex(supposed, donors).weights)
    errors = np.where(errors <= TIE * np.abs(supposed).max(), 0.0, errors)
    return float((errors >= errors[-1] * (1 - TIE)).mean())


def joint_interval(
    treated: Floats, donors: Floats, before: int, centre: float, *, level: float
) -> tuple[float, float]:
    """Return the ends of the constant effects that are not refused."""
    step = _step(treated, donors, before)
    return not_refused(partial(joint_p, treated, donors, before), centre, step, 1 - level)


def period_intervals(
    treated: Floats, donors: Floats, before: int, gaps: Floats, *, level: float
) -> Floats:
    """Return the ends of the effects not refused in each period from the start on, shape (T1, 2)."""
    step = _step(treated, donors, before)
    ends = []
    for later in range(before, len(treated)):
        rows = [*range(before), later]
        own, others = treated[rows], donors[rows]
        ends.append(
            not_refused(
                partial(period_p, own, others),
                float(gaps[later]),
                step,
                1 - level,
            )
        )
    return np.array(ends)


def _step(treated: Floats, donors: Floats, before: int) -> float:
    early = treated[:before], donors[:before]
    fit = math.sqrt(simplex(*early).loss / before)
    return max(fit, 1e-3 * float(np.abs(early[0] - early[1].mean(axis=1)).max()), 1e-12)


def not_refused(
    p_of: Callable[[float], float], centre: float, step: float, alpha: float
) -> tuple[float, float]:
    """Return the outermost effects whose p-value is above `alpha`, searched from `centre`.

    The set can have holes, and may miss the centre: p is tried at points ever further out, no effect
    among them, and the ends of the outermost that are not refused are refined. An end that is never
    refused is infinite; both are NaN when every point is refused.
    """
    far = FINE * np.geomspace(2, 2**DOUBLINGS, DOUBLINGS)
    steps = np.concatenate([np.arange(FINE + 1), far]) * step
    points = np.unique(np.concatenate([centre - steps, centre + steps, [0.0]]))
    held = np.flatnonzero([p_of(float(one)) > alpha + TIE for one in points])
    if not len(held):
        return math.nan, math.nan
    low, high = int(held[0]), int(held[-1])
    return (
        -math.inf if low == 0 else _refine(p_of, points[low], points[low - 1], alpha),
        math.inf
        if high == len(points) - 1
        else _refine(p_of, points[high], points[high + 1], alpha),
    )


def _refine(p_of: Callable[[float], float], inside: float, outside: float, alpha: float) -> float:
    """Return where p falls to `alpha`, by halving."""
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        if p_of(middle) > alpha + TIE:
            inside = middle
        else:
            outside = middle
    return float(inside)
