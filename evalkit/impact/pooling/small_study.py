"""Whether small studies show larger effects: Egger's regression, and trim and fill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats
from evalkit.impact.pooling.model import Pool, between_variance, pool


@dataclass(frozen=True, slots=True)
class Egger:
    """Slope of the estimates on their standard errors, and the estimate at a standard error of 0."""

    slope: float
    std_error: float
    statistic: float
    df: int
    at_zero: float


def egger(y: Floats, v: Floats, estimator: str) -> tuple[Egger, Egger]:
    """Return the mixed-effects version (normal quantiles), and that of Egger et al. (1997, t).

    Sterne and Egger (2005). The first lets studies differ, as the pooled model does; the second is
    the weighted regression with a multiplicative dispersion.
    """
    x = np.column_stack([np.ones(len(y)), np.sqrt(v)])
    made = pool(y, v, x, between_variance(y, v, x, estimator))
    first = _of(made, float(made.covariance[1, 1]), len(y) - 2)
    plain = pool(y, v, x, 0.0)
    factor = plain.q / (len(y) - 2)
    return first, _of(plain, float(plain.covariance[1, 1]) * factor, len(y) - 2)


def _of(made: Pool, variance: float, df: int) -> Egger:
    slope, error = float(made.beta[1]), float(np.sqrt(variance))
    return Egger(slope, error, slope / error if error > 0 else np.nan, df, float(made.beta[0]))


@dataclass(frozen=True, slots=True)
class Filled:
    """Trim and fill: how many estimates are added, on which side, and the pool with them."""

    missing: int
    side: str
    pooled: Pool
    y: Floats
    v: Floats


def trim_and_fill(y: Floats, v: Floats, estimator: str) -> Filled:
    """Return the trim and fill of Duval and Tweedie (2000), with their estimator L0.

    The side that lacks estimates is the one against the slope on the standard error.
    """
    ones = np.ones((len(y), 1))
    side = "left" if _slope_on_error(y, v) >= 0 else "right"
    sign = 1.0 if side == "left" else -1.0
    order = np.argsort(sign * y, kind="stable")
    values, variances = sign * y[order], v[order]
    k, missing, centre = len(y), 0, 0.0
    for _ in range(100):
        kept = slice(0, k - missing)
        tau2 = between_variance(values[kept], variances[kept], ones[kept], estimator)
        centre = float(pool(values[kept], variances[kept], ones[kept], tau2).beta[0])
        distance = values - centre
        ranks = _ranks(np.abs(distance))
        total = float(ranks[distance > 0].sum())
        found = round((4 * total - k * (k + 1)) / (2 * k - 1))
        found = int(min(max(found, 0), k - 2))
        if found == missing:
            break
        missing = found
    mirrored = 2 * centre - values[k - missing :] if missing else values[:0]
    full = sign * np.concatenate([values, mirrored])
    spread = np.concatenate([variances, variances[k - missing :] if missing else variances[:0]])
    x = np.ones((len(full), 1))
    return Filled(
        missing,
        side,
        pool(full, spread, x, between_variance(full, spread, x, estimator)),
        full,
        spread,
    )


def _slope_on_error(y: Floats, v: Floats) -> float:
    x = np.column_stack([np.ones(len(y)), np.sqrt(v)])
    if np.ptp(v) == 0:
        return 0.0
    return float(pool(y, v, x, 0.0).beta[1])


def _ranks(values: Floats) -> Floats:
    """Return average ranks from 1."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[where], dtype=float)
