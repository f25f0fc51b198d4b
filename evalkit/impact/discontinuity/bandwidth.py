"""Bandwidths that minimise the mean squared error, or the error of coverage.

Direct plug-in in three steps (Calonico, Cattaneo and Titiunik 2014, Econometrica 82, and 2014,
Stata Journal 14; with covariates Calonico, Cattaneo, Farrell and Titiunik 2019): a bandwidth `d`
for the derivative behind the bias of the bias, `b` for the derivative behind the bias, `h` for the
effect. Each is ``((1 + 2 v) V / (2 (p + 1 - v) (B^2 + R)))^(1 / (2 p + 3))`` for the v-th
derivative by a polynomial of degree p, with R three times the variance of the estimated bias, as in
Imbens and Kalyanaraman (2012).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.discontinuity.local_polynomial import PILOT, Smoother, smoother
from evalkit.impact.discontinuity.sample import Sample, Side
from evalkit.impact.discontinuity.variance import Window, scores
from evalkit.impact.least_squares import Floats

SELECTORS = (
    *("mserd", "msetwo", "msesum", "msecomb1", "msecomb2"),
    *("cerrd", "certwo", "cersum", "cercomb1", "cercomb2"),
)
MASSED = 0.2
"""From this share of repeated values on, the running variable counts as having mass points."""
LEAST_DIFFERENT = 10
"""Different values of a running variable with mass points that every window holds on each side."""
COMBINED = {"comb1": ("rd", "sum"), "comb2": ("rd", "two", "sum")}
ABOVE_ALL = 1 + 1e-9

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Settings:
    """How an effect is estimated.

    Attributes
    ----------
    polynomial, derivative : int
        Degree p of the polynomial of the effect; 1 for a kink.
    kernel, variance, selector : str
    mass_points : bool
        Whether repeated values are allowed for.
    """

    polynomial: int = 1
    derivative: int = 0
    kernel: str = "triangular"
    variance: str = "nearest_neighbour"
    selector: str = "mserd"
    mass_points: bool = True


@dataclass(frozen=True, slots=True)
class Bandwidths:
    """Bandwidths below and above the cutoff: of the effect (`h`) and of its bias (`b`)."""

    h: Pair
    b: Pair
    pilot: float = float("nan")


@dataclass(frozen=True, slots=True)
class _Step:
    """Degree, derivative, and degree of the polynomial that estimates the bias."""

    order: int
    derivative: int
    bias_order: int


@dataclass(frozen=True, slots=True)
class _Limits:
    """Least and greatest bandwidth of each side."""

    least: Pair
    most: Pair

    def hold(self, pair: Pair, *, together: bool) -> Pair:
        """Return the bandwidths, brought within the limits."""
        least = (max(self.least),) * 2 if together else self.least
        most = (max(self.most),) * 2 if together else self.most
        low = min(max(pair[0], least[0]), most[0])
        return low, min(max(pair[1], least[1]), most[1])


def select(sample: Sample, settings: Settings) -> Bandwidths:
    """Return the bandwidths that a selector chooses.

    Parameters
    ----------
    sample : Sample
        Of a sharp design; `linearised` turns a fuzzy one into it.
    """
    criterion, combination = settings.selector[:3], settings.selector[3:]
    kinds = COMBINED.get(combination, (combination,))
    sides = sample.sides()
    limits = _limits(sides, settings)
    pilot = _pilot(sample, settings, limits)
    made = np.array([_three_steps(sides, settings, limits, pilot, kind) for kind in kinds])
    h, b = made.min(axis=0) if combination == "comb1" else np.median(made, axis=0)
    if criterion == "cer":
        h = h * coverage_factor(sample, settings)
    return Bandwidths((float(h[0]), float(h[1])), (float(b[0]), float(b[1])), pilot)


def coverage_factor(sample: Sample, settings: Settings) -> float:
    """Return what shrinks an MSE-optimal bandwidth to the coverage-optimal rate.

    Calonico, Cattaneo and Farrell (2020): ``n^(-p / ((3 + p) (3 + 2 p)))``.
    """
    p = settings.polynomial
    return float(sample.n ** (-p / ((3 + p) * (3 + 2 * p))))


def pilot_bandwidth(sample: Sample, settings: Settings) -> float:
    """Return the rule-of-thumb bandwidth that the three steps begin with."""
    return _pilot(sample, settings, _limits(sample.sides(), settings))


def massed(x: Floats) -> bool:
    """Return whether the values of one side repeat so often that they form mass points."""
    return len(x) > 0 and 1 - len(np.unique(x)) / len(x) >= MASSED


def _limits(sides: tuple[Side, Side], settings: Settings) -> _Limits:
    check = settings.mass_points and any(massed(side.x) for side in sides)
    needed = LEAST_DIFFERENT if check else settings.polynomial + 3
    least, most = [], []
    for side in sides:
        different = np.unique(np.abs(side.x))
        least.append(float(different[min(needed, len(different)) - 1]) * ABOVE_ALL)
        most.append(float(different[-1]) * ABOVE_ALL)
    return _Limits((least[0], least[1]), (most[0], most[1]))


def _pilot(sample: Sample, settings: Settings, limits: _Limits) -> float:
    """Return ``C min(SD, IQR / 1.349) n^(-1/5)``, n counting repeated values once."""
    x = sample.x
    spread = float(np.subtract(*np.quantile(x, [0.75, 0.25]))) / 1.349
    sd = float(x.std(ddof=1))
    n = len(np.unique(x)) if settings.mass_points else sample.n
    pilot = PILOT[settings.kernel] * (min(sd, spread) if spread > 0 else sd) * float(n) ** -0.2
    return float(min(max(pilot, *limits.least), max(limits.most)))


def _three_steps(
    sides: tuple[Side, Side], settings: Settings, limits: _Limits, pilot: float, kind: str
) -> tuple[Pair, Pair]:
    p, q = settings.polynomial, settings.polynomial + 1
    steps = (
        (_Step(q + 1, q + 1, q + 2), 0.0),
        (_Step(q, p + 1, q + 1), 1.0),
        (_Step(p, settings.derivative, q), 1.0),
    )
    found: list[Pair] = [limits.most]
    for step, regularise in steps:
        parts = [
            _constants(side, settings, step, (pilot, width))
            for side, width in zip(sides, found[-1], strict=True)
        ]
        rate = 1 / (2 * step.order + 3)
        raw = _balance(np.array(parts), kind, regularise)
        held = [float(one**rate) if np.isfinite(one) and one > 0 else np.inf for one in raw]
        found.append(limits.hold((held[0], held[1]), together=kind != "two"))
    return found[3], found[2]


def _balance(parts: Floats, kind: str, regularise: float) -> list[float]:
    """Return variance over squared bias, of both sides together or of each; inf without bias.

    `parts` has a row (variance, bias, regularisation) for each side.
    """
    v, bias, r = parts.T
    if kind == "two":
        tops, bottoms = list(v), list(bias**2 + regularise * r)
    else:
        total = bias[1] - bias[0] if kind == "rd" else bias[1] + bias[0]
        tops, bottoms = [v.sum()] * 2, [total**2 + regularise * r.sum()] * 2
    return [
        float(top / bottom) if bottom > 0 else np.inf
        for top, bottom in zip(tops, bottoms, strict=True)
    ]


def _constants(
    side: Side, settings: Settings, step: _Step, widths: Pair
) -> tuple[float, float, float]:
    """Return the variance, bias and regularisation of one side, ready to be balanced.

    The variance comes from the pilot window ``widths[0]``, the derivative behind the bias from
    the window ``widths[1]``. Covariates are taken out within the side.
    """
    narrow, wide = widths
    o, v = step.order, step.derivative
    fitted = smoother(side.x, side.w, narrow, o, settings.kernel)
    window = side.keep(fitted.rows)
    gamma = side_loadings(fitted.left(window.d), fitted.weights)
    omega = fitted.coefficient(v)
    var_narrow = _variance(window, omega, fitted, settings, gamma)
    at_scale = float(fitted.operator[v] @ (window.x / narrow) ** (o + 1))

    broad = smoother(side.x, side.w, wide, step.bias_order, settings.kernel)
    held = side.keep(broad.rows)
    derivative = broad.coefficient(o + 1)
    slope = float(derivative @ held.d @ gamma)
    var_slope = _variance(held, derivative, broad, settings, gamma)

    factor = 2 * (o + 1 - v)
    return (
        (2 * v + 1) * narrow ** (2 * v + 1) * var_narrow,
        np.sqrt(factor) * at_scale * slope,
        factor * at_scale**2 * 3 * var_slope,
    )


def side_loadings(left: Floats, weights: Floats) -> Floats:
    """Return ``(1, -gamma)``: the outcome less what the covariates explain within the window."""
    if left.shape[1] == 1:
        return np.ones(1)
    z = left[:, 1:] * np.sqrt(weights)[:, None]
    y = left[:, 0] * np.sqrt(weights)
    return np.concatenate([[1.0], -np.linalg.lstsq(z, y, rcond=1e-10)[0]])


def _variance(
    side: Side, omega: Floats, fitted: Smoother, settings: Settings, gamma: Floats
) -> float:
    count = 0 if side.cluster is None else int(side.cluster.max()) + 1
    window = Window(side.x, side.d, side.cluster, count)
    return float(((scores(window, omega, fitted, settings.variance).values @ gamma) ** 2).sum())
