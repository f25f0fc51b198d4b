"""The standardised mean difference between cases, comparable with that of a group design.

Pustejovsky, Hedges and Shadish (2014, Journal of Educational and Behavioral Statistics 39): cases
differ in level, points of one case hang together from one to the next, and the effect is divided
by the standard deviation between people, not within one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats
from evalkit.impact.series.linear import Ints, whiten

FEWEST_CASES = 3


@dataclass(frozen=True, slots=True)
class BetweenCase:
    """The between-case effect.

    Attributes
    ----------
    g, std_error : float
        Effect with the small-sample correction, and its error.
    df : float
        Satterthwaite degrees of freedom of the total variance.
    sd : float
        Root of the variance between and within cases.
    rho, share : float
        Autocorrelation; share of the variance between cases.
    """

    g: float
    std_error: float
    df: float
    sd: float
    rho: float
    share: float


Case = tuple[Floats, Floats, Ints]


def between_case(cases: list[Case]) -> BetweenCase | str:
    """Return the between-case effect, or why it cannot be had.

    Parameters
    ----------
    cases : list of (y, treated, position)
        Outcome, 0/1, and the place in time of each point.
    """
    from scipy.optimize import minimize

    if len(cases) < FEWEST_CASES:
        return f"a standard deviation between people needs {FEWEST_CASES} cases or more"
    y = np.concatenate([one[0] for one in cases])
    if min(float(np.ptp(y)), 1.0) == 0:
        return "the outcome does not vary"
    starts = [(0.1, 0.5), (0.8, -1.0), (-0.3, 2.0)]
    found = min(
        (
            minimize(
                lambda t: _minus(cases, t),
                np.array(start),
                method="Nelder-Mead",
                options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 2000},
            )
            for start in starts
        ),
        key=lambda one: float(one.fun),
    )
    rho, ratio = _natural(found.x)
    value, sigma2, beta, covariance = _given(cases, rho, ratio)
    if not (np.isfinite(value) and sigma2 > 0):
        return "the variances could not be found"
    total = sigma2 * (1 + ratio)
    df = _degrees(cases, found.x, sigma2)
    if not df > 2:
        return f"the standard deviation between people rests on {df:.1f} degrees of freedom only"
    correct = 1 - 3 / (4 * df - 1)
    delta = float(beta[1]) / math.sqrt(total)
    kappa = math.sqrt(float(covariance[1, 1]) / total)
    variance = correct**2 * (df * kappa**2 / (df - 2) + delta**2 * (df / (df - 2) - 1 / correct**2))
    return BetweenCase(
        correct * delta, math.sqrt(variance), df, math.sqrt(total), rho, ratio / (1 + ratio)
    )


def _natural(t: Floats) -> tuple[float, float]:
    """Return the autocorrelation, and the variance between cases over that within."""
    return 0.98 * math.tanh(float(t[0])), math.exp(min(float(t[1]), 12.0))


def _given(cases: list[Case], rho: float, ratio: float) -> tuple[float, float, Floats, Floats]:
    """Return the restricted log likelihood (variance within profiled out), and the fit."""
    gram, rows, determinant = np.zeros((3, 3)), 0, 0.0
    for y, treated, position in cases:
        z = whiten(np.column_stack([np.ones(len(y)), treated, y]), position, rho)
        gap = np.diff(position)
        determinant += float(np.log1p(-(np.abs(rho) ** (2 * gap))).sum())
        # The case's own level has the whitened constant as its column (Sherman and Morrison).
        own = z[:, 0]
        shared = own @ z
        top = ratio / (1 + ratio * float(own @ own))
        gram += z.T @ z - top * np.outer(shared, shared)
        determinant += math.log1p(ratio * float(own @ own))
        rows += len(y)
    xx, xy = gram[:2, :2], gram[:2, 2]
    beta = np.asarray(np.linalg.solve(xx, xy), dtype=np.float64)
    square = float(gram[2, 2] - xy @ beta)
    sigma2 = square / (rows - 2)
    if sigma2 <= 0:
        return -math.inf, 0.0, beta, np.zeros((2, 2))
    value = -0.5 * ((rows - 2) * math.log(sigma2) + determinant + np.linalg.slogdet(xx)[1])
    return float(value), sigma2, beta, np.asarray(sigma2 * np.linalg.inv(xx), dtype=np.float64)


def _minus(cases: list[Case], t: Floats) -> float:
    value = -_given(cases, *_natural(t))[0]
    return value if np.isfinite(value) else 1e300


def _joint(cases: list[Case], theta: Floats) -> float:
    """Return minus the restricted log likelihood of (log variance within, t0, t1), not profiled."""
    rho, ratio = _natural(theta[1:])
    value, sigma2, _, _ = _given(cases, rho, ratio)
    rows = sum(len(one[0]) for one in cases) - 2
    given = math.exp(float(theta[0]))
    # What profiling took in: the difference between the two at this variance.
    return -value + 0.5 * rows * (math.log(given / sigma2) + sigma2 / given - 1)


def _degrees(cases: list[Case], t: Floats, sigma2: float) -> float:
    """Return ``2 V^2 / var(V)`` of the total variance, by the delta method."""
    theta = np.array([math.log(sigma2), t[0], t[1]])
    steps = np.eye(3) * 1e-3
    hessian = np.empty((3, 3))
    for i in range(3):
        for j in range(3):
            hessian[i, j] = sum(
                a * b * _joint(cases, theta + a * steps[i] + b * steps[j])
                for a in (-1, 1)
                for b in (-1, 1)
            ) / (4 * 1e-6)
    if np.linalg.eigvalsh(hessian).min() <= 1e-8:
        # The variance between cases ends at zero: what is within is what there is.
        return float(sum(len(one[0]) for one in cases) - 2) if t[1] < -6 else 0.0
    ratio = math.exp(min(float(t[1]), 12.0))
    slope = np.array([1.0, 0.0, ratio / (1 + ratio)])
    return float(2 / (slope @ np.linalg.solve(hessian, slope)))
