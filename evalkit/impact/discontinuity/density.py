"""The test that the running variable's density is continuous at the cutoff.

Cattaneo, Jansson and Ma (2020): the density on each side is the slope of a local polynomial fitted to the empirical distribution
function; nothing is binned. The test uses degree 3 at bandwidths that are MSE-optimal for degree 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evalkit.impact.discontinuity.bandwidth import Pair
from evalkit.impact.discontinuity.local_polynomial import smoother
from evalkit.impact.least_squares import Floats

DEGREE = 2
NODES = 40


@dataclass(frozen=True, slots=True)
class DensityTest:
    """Densities below and above the cutoff, and the test of their difference."""

    low: float
    high: float
    std_error: float
    statistic: float
    p_value: float
    h: Pair
    rows: tuple[int, int]


def density_test(x: Floats, h: Pair | None = None) -> DensityTest:
    """Test whether the density of `x` jumps at 0.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Running variable less the cutoff; rows at 0 count as above.
    h : pair of float, optional
        Bandwidths below and above; chosen when left out.
    """
    from scipy.special import ndtr

    x = np.sort(x)
    chosen = density_bandwidths(x) if h is None else h
    parts = [_slope(x, upper, chosen[int(upper)], DEGREE + 1) for upper in (False, True)]
    gap = parts[1].density - parts[0].density
    error = float(np.linalg.norm(parts[1].influence - parts[0].influence) / len(x))
    statistic = gap / error if error > 0 else math.nan
    rows = (
        int(((x < 0) & (x > -chosen[0])).sum()),
        int(((x >= 0) & (x < chosen[1])).sum()),
    )
    p = 2 * float(ndtr(-abs(statistic)))
    return DensityTest(parts[0].density, parts[1].density, error, statistic, p, chosen, rows)


@dataclass(frozen=True, slots=True)
class _Slope:
    density: float
    influence: Floats
    bias: float


def _slope(x: Floats, upper: bool, h: float, degree: int) -> _Slope:  # noqa: FBT001 (a side)
    """Return the density at 0 from one side, the influence of each row, and the bias constant.

    `influence` is the effect of each row through the distribution function at the others, its own
    term left out (the jackknife of Cattaneo, Jansson and Ma 2020, section 3).
    """
    n = len(x)
    on = (x >= 0) if upper else (x < 0)
    fitted = smoother(x, on.astype(float), h, degree, "triangular", whole=True)
    reach = np.searchsorted(x, x, "right") / n
    weight = fitted.coefficient(1)
    line = fitted.basis @ (fitted.operator @ reach)
    behind = np.cumsum(weight[::-1])[::-1][np.searchsorted(x, x, "left")]
    influence = behind - float(weight @ line) - weight * (1 - line)
    bias = float(weight @ (x / h) ** (degree + 1)) * h
    return _Slope(float(weight @ reach), influence - influence.mean(), bias)


def density_bandwidths(x: Floats) -> Pair:
    """Return the bandwidths of both sides, MSE-optimal for the density.

    On each side the median of three: the one for that side's density, for the difference of the two
    and for their sum, each ``(V / (2 p B^2 n))^(1 / (2 p + 1))``. The third derivative behind the
    bias comes from degree p + 2, both pilots from a normal reference.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Sorted.
    """
    n, p = len(x), DEGREE
    wide, narrow = _pilots(x)
    bias, spread, scores = [], [], []
    for upper in (False, True):
        on = (x >= 0) if upper else (x < 0)
        own = np.sort(np.abs(x[on]))
        least = float(own[min(2 * (p + 3), len(own)) - 1]) * (1 + 1e-9)
        reach = np.searchsorted(x, x, "right") / n
        steep = smoother(x, on.astype(float), max(wide, least), p + 2, "triangular")
        third = float(steep.coefficient(p + 1) @ reach[steep.rows])
        c = max(narrow, least)
        found = _slope(x, upper, c, p)
        bias.append(found.bias * third)
        scores.append(found.influence * math.sqrt(c / n))
        spread.append(float(scores[-1] @ scores[-1]))
    joint = float(((scores[1] - scores[0]) ** 2).sum())
    both = [_balance(joint, bias[1] - bias[0], n), _balance(joint, bias[1] + bias[0], n)]
    most = (abs(float(x[0])), float(x[-1]))
    low, high = (
        min(float(np.median([*both, _balance(spread[i], bias[i], n)])), most[i] * (1 + 1e-9))
        for i in (0, 1)
    )
    return low, high


def _balance(variance: float, bias: float, n: int) -> float:
    bottom = 2 * DEGREE * bias**2 * n
    return float((variance / bottom) ** (1 / (2 * DEGREE + 1))) if bottom > 0 else math.inf


def _pilots(x: Floats) -> Pair:
    """Return the normal-reference bandwidths for the third derivative and for the density."""
    n, sd = len(x), float(x.std(ddof=1))
    z = -float(x.mean()) / sd
    p = DEGREE
    made = []
    for degree, derivative in ((p + 2, p + 1), (p, 1)):
        bias, variance = _constants(degree, derivative)
        curve = _normal_derivative(z, degree) / sd ** (degree + 1)
        least = 0.05 * float(np.exp(-z * z / 2)) / sd ** (degree + 1)
        size = max(abs(curve), least)
        top = (2 * derivative - 1) * variance * _normal_derivative(z, 0) / sd
        bottom = (2 * degree - 2 * derivative + 2) * (bias * size) ** 2 * n
        reach = float(np.abs(x).max())
        made.append(min((top / bottom) ** (1 / (2 * degree + 1)), reach) if bottom > 0 else reach)
    return made[0], made[1]


def _constants(degree: int, derivative: int) -> Pair:
    """Return the bias and variance constants at a boundary, triangular kernel."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    u, w = (nodes + 1) / 2, weights / 2
    powers = np.vander(u, degree + 1, increasing=True)
    held = powers * ((1 - u) * w)[:, None]
    inverse = np.linalg.inv(powers.T @ held)
    middle = held.T @ np.minimum(u[:, None], u) @ held
    size = math.factorial(derivative)
    bias = float((inverse @ (held.T @ u ** (degree + 1)))[derivative])
    variance = float((inverse @ middle @ inverse)[derivative, derivative])
    return bias * size / math.factorial(degree + 1), variance * size**2


def _normal_derivative(z: float, order: int) -> float:
    """Return a derivative of the standard normal density: (-1)^k He_k(z) phi(z)."""
    hermite = np.polynomial.hermite_e.hermeval(z, [0.0] * order + [1.0])
    return float((-1) ** order * hermite * math.exp(-z * z / 2) / math.sqrt(2 * math.pi))
