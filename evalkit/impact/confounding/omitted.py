"""Omitted-variable bias in terms of partial R2 (Cinelli and Hazlett 2020).

A confounder Z is described by two numbers: ``r2_d``, what it explains of what the covariates leave
of the treatment, and ``r2_y``, what it explains of what treatment and covariates leave of the
outcome. Everything here is exact for least squares, and for several confounders together an upper
bound. All directions are the worst one: the confounder pulls the estimate towards zero, or past it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

MOST = 1.0 - 1e-12


class Bound(NamedTuple):
    """The strength of a confounder that is some multiple as strong as a covariate."""

    r2_d: float
    r2_y: float


def robustness_value(
    t: float, df: float, *, q: float = 1.0, critical: float | None = None
) -> float:
    """Return how much of treatment and of outcome a confounder must explain to take away `q`.

    Parameters
    ----------
    t : float
        Estimate over its standard error.
    df : float
        Residual degrees of freedom of that regression.
    q : float
        Share of the estimate that is to be explained away; 1 is all of it.
    critical : float, optional
        Critical value of t with ``df - 1`` degrees of freedom: then the confounder need only make
        ``(1 - q)`` times the estimate lie within the interval.

    Returns
    -------
    float
        Between 0 and 1: the same share of both suffices, no smaller one does.

    References
    ----------
    Cinelli and Hazlett (2020), JRSS B 82, equations 18 and 20; where a confounder that explains
    less of the outcome does more harm because a full one would narrow the interval, the value is
    that of Cinelli and Hazlett (2025), Biometrika 112.
    """
    f = q * abs(t) / math.sqrt(df)
    need = 0.0 if critical is None else abs(critical) / math.sqrt(df - 1)
    left = f - need
    if left <= 0:
        return 0.0
    if critical is not None and f > 1 / need:
        return (f * f - need * need) / (1 + f * f)
    return 0.5 * (math.sqrt(left**4 + 4 * left**2) - left**2)


def bias(std_error: float, df: float, r2_d: float, r2_y: float) -> float:
    """Return the size of the bias from a confounder (ibid., equation 15)."""
    return std_error * math.sqrt(df) * math.sqrt(r2_y * r2_d / (1 - r2_d))


def adjusted_estimate(value: float, std_error: float, df: float, bound: Bound) -> float:
    """Return the estimate had such a confounder been adjusted for (the worst direction)."""
    return math.copysign(1.0, value) * (abs(value) - bias(std_error, df, *bound))


def adjusted_error(std_error: float, df: float, bound: Bound) -> float:
    """Return the standard error had such a confounder been adjusted for (ibid., section 3.2)."""
    return std_error * math.sqrt((1 - bound.r2_y) / (1 - bound.r2_d) * df / (df - 1))


def adjusted_t(value: float, std_error: float, df: float, bound: Bound) -> float:
    """Return the t statistic had such a confounder been adjusted for (`df` - 1 left)."""
    error = adjusted_error(std_error, df, bound)
    estimate = adjusted_estimate(value, std_error, df, bound)
    return estimate / error if error > 0 else math.copysign(math.inf, estimate)


def bound(r2_dx: float, r2_yx: float, *, kd: float = 1.0, ky: float = 1.0) -> Bound | None:
    """Return the strength of a confounder `kd` and `ky` times as strong as a covariate.

    Parameters
    ----------
    r2_dx, r2_yx : float
        Partial R2 of the covariate (or set of covariates) with the treatment given the other
        covariates, and with the outcome given those and the treatment.
    kd, ky : float
        How many times as much it explains of the treatment, and of the outcome.

    Returns
    -------
    Bound or None
        None where no confounder can be that strong: it would explain more than all there is.
        ``r2_y`` is at most 1.

    References
    ----------
    Cinelli and Hazlett (2020), section 4.4 and appendix, for benchmarks "as strong as a covariate".
    """
    r2_d = kd * r2_dx / (1 - r2_dx)
    if r2_d >= MOST:
        return None
    shared = kd * r2_dx**2 / ((1 - kd * r2_dx) * (1 - r2_dx))
    if shared >= MOST:
        return None
    eta = (math.sqrt(ky) + math.sqrt(shared)) / math.sqrt(1 - shared)
    return Bound(r2_d, min(eta**2 * r2_yx / (1 - r2_yx), 1.0))


def multiple_to_zero(value: float, error: tuple[float, float], r2_dx: float, r2_yx: float) -> float:
    """Return how many times as strong as a covariate a confounder must be to take all away.

    Parameters
    ----------
    error : tuple of float
        Standard error of `value` and its degrees of freedom.

    Returns
    -------
    float
        Infinite where no multiple suffices (the covariate explains nothing of the treatment).
    """
    if min(r2_dx, r2_yx) <= 0 or value == 0:
        return math.inf if value else 0.0

    def survives(k: float) -> bool:
        made = bound(r2_dx, r2_yx, kd=k, ky=k)
        return made is not None and abs(value) > bias(*error, *made)

    low, high = 0.0, 1.0
    while survives(high):
        low, high = high, 2 * high
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if survives(middle) else (low, middle)
    return 0.5 * (low + high)


def extreme(value: float, std_error: float, df: float, *, r2_y: float = 1.0) -> float:
    """Return what a confounder must explain of the treatment, if it explains `r2_y` of the outcome.

    With ``r2_y = 1`` this is the partial R2 of the treatment with the outcome (ibid., section 4.2).
    """
    f2 = (value / std_error) ** 2 / df
    return f2 / (f2 + r2_y)
