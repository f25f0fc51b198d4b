"""Honest intervals under a bound on curvature, valid for discrete running variables too.

Kolesar and Rothe (2018, American Economic Review 108) and Armstrong and Kolesar (2020, Quantitative
Economics 11): if the second derivative of the regression is at most M on either side, the bias of a
linear estimator is at most ``M`` times the integral of ``|W(t)|``, with
``W(t) = sum of w_i (|x_i| - t)`` over rows further out than t.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evalkit.impact.discontinuity.bandwidth import Bandwidths, Settings
from evalkit.impact.discontinuity.robust import jumps
from evalkit.impact.discontinuity.sample import Sample
from evalkit.impact.least_squares import Floats

FEW_VALUES = 10
"""Fewer different values than this within the bandwidth on a side: the honest interval leads."""
GRID = 24


@dataclass(frozen=True, slots=True)
class Support:
    """Different values of the running variable on each side: in all, and within the bandwidth."""

    rows: tuple[int, int]
    different: tuple[int, int]
    within: tuple[int, int]

    @property
    def massed(self) -> bool:
        """Whether values repeat enough to count as mass points."""
        pairs = zip(self.rows, self.different, strict=True)
        return any(different < 0.8 * rows for rows, different in pairs)

    @property
    def few(self) -> bool:
        """Whether so few values lie within the bandwidth that the usual interval fails."""
        return self.massed and min(self.within) < FEW_VALUES


@dataclass(frozen=True, slots=True)
class Honest:
    """Estimate, error, worst bias and interval under a bound on curvature."""

    value: float
    std_error: float
    worst_bias: float
    low: float
    high: float
    p_value: float
    curvature: float
    h: float


def support(sample: Sample, h: tuple[float, float]) -> Support:
    """Return how many different values the running variable has on each side."""
    sides = sample.sides()
    within = [np.abs(side.x) <= width for side, width in zip(sides, h, strict=True)]
    low, high = sides
    return Support(
        (len(low.x), len(high.x)),
        (len(np.unique(low.x)), len(np.unique(high.x))),
        (len(np.unique(low.x[within[0]])), len(np.unique(high.x[within[1]]))),
    )


def curvature_bound(sample: Sample, values: Floats) -> float:
    """Return the rule-of-thumb bound: the largest second derivative of a quartic on either side.

    Armstrong and Kolesar (2020, section 4.1). It is read off the data, so it can be too small; a
    bound from knowledge of the subject is better.
    """
    found = 0.0
    for on in (~sample.upper, sample.upper):
        x, y = sample.x[on], values[on]
        scale = float(np.abs(x).max())
        degree = min(4, len(np.unique(x)) - 1)
        if degree < 2 or scale == 0:
            continue
        root = np.sqrt(sample.w[on])
        basis = np.vander(x / scale, degree + 1) * root[:, None]
        quartic = np.linalg.lstsq(basis, y * root, rcond=None)[0]
        second = np.polyval(np.polyder(quartic, 2), x / scale) / scale**2
        found = max(found, float(np.abs(second).max()))
    return found


def worst_bias(x: Floats, weights: Floats, curvature: float) -> float:
    """Return the largest bias of ``weights' y`` on one side when ``|f''| <= curvature``.

    Parameters
    ----------
    x, weights : ndarray, shape (n,)
        Distances from the cutoff; weights that reproduce a straight line.
    """
    places, at = np.unique(np.abs(x), return_inverse=True)
    w = np.bincount(at, weights=weights)
    knots = np.concatenate([[0.0], places])
    mass = np.concatenate([[0.0], w])
    behind, moment = np.cumsum(mass[::-1])[::-1], np.cumsum((mass * knots)[::-1])[::-1]
    curve = moment - knots * behind  # W at each knot: linear between them
    left, right, width = curve[:-1], curve[1:], np.diff(knots)
    crosses = left * right < 0
    total = np.abs(left) + np.abs(right)
    safe = np.where(crosses, total, 1.0)
    area = np.where(crosses, (left**2 + right**2) / (2 * safe), total / 2)
    return float(curvature * (area * width).sum())


def critical_value(ratio: float, level: float) -> float:
    """Return the quantile of ``|N(ratio, 1)|``."""
    from scipy.special import chndtrix, ndtri

    if ratio > 30:
        return float(ratio + ndtri(level))
    return float(np.sqrt(chndtrix(level, 1, ratio**2)))


def honest(
    sample: Sample, settings: Settings, *, curvature: float | None, level: float, h: float | None
) -> Honest:
    """Return the honest interval, at the bandwidth that makes it shortest when none is given.

    Parameters
    ----------
    sample : Sample
        Sharp; covariates are taken out as elsewhere.
    curvature : float or None
        Bound on the second derivative; the rule of thumb when None.
    """
    bound = curvature_bound(sample, sample.y) if curvature is None else curvature
    made = [_at(sample, settings, bound, level, width) for width in _widths(sample, h)]
    return min(made, key=lambda one: one.high - one.low)


def _widths(sample: Sample, h: float | None) -> list[float]:
    """Return the bandwidths that are tried: those that hold at least three values on each side."""
    if h is not None:
        return [h]
    sides = [np.unique(np.abs(side.x)) for side in sample.sides()]
    least = max(float(one[min(3, len(one)) - 1]) for one in sides) * (1 + 1e-6)
    most = max(float(one[-1]) for one in sides) * (1 + 1e-6)
    return [float(one) for one in np.geomspace(least, max(most, least), GRID)]


def _at(sample: Sample, settings: Settings, bound: float, level: float, h: float) -> Honest:
    from scipy.special import ndtr

    line = Settings(1, 0, settings.kernel, settings.variance, settings.selector)
    pair = Bandwidths((h, h), (h, h))
    found = jumps(sample, line, pair)
    use = found.loadings[:, 0]
    value = float(found.conventional @ use) * sample.sign
    error = float(np.sqrt(sum(((one.values @ use) ** 2).sum() for one in found.plain)))
    bias = sum(
        worst_bias(side.x, w, bound) for side, w in zip(found.windows, found.weights, strict=True)
    )
    if error == 0:
        return Honest(value, 0.0, bias, value - bias, value + bias, math.nan, bound, h)
    ratio = bias / error
    reach = critical_value(ratio, level) * error
    far = abs(value) / error
    p = float(ndtr(ratio - far) + ndtr(-ratio - far))
    return Honest(value, error, bias, value - reach, value + reach, p, bound, h)
