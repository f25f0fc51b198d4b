"""From what people say to a distribution: quantiles, or chips laid on bins."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.impact.bayes.beliefs.model import Belief, believed
from evalkit.impact.bayes.beliefs.shape import Part, cumulative, end_of, quantile

Floats = NDArray[np.float64]
SHAPES = ("normal", "student_t", "skew")
DEGREES = (3.0, 4.0, 6.0, 10.0, 20.0)
"""Degrees of freedom tried for a Student t."""
CLOSE_VALUE, CLOSE_CHANCE = 0.02, 0.05
"""A normal is taken where it misses what was said by no more than this: share of the range of the
quantiles, or probability where chips were laid (one chip of twenty)."""
STEEPEST = 1.5
"""Largest tilt, either way: the step from median to 95 % is then twelve times that to 5 %."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted shape: its name, the shape, and its largest miss, in multiples of what is close."""

    name: str
    part: Part
    miss: float


def from_quantiles(quantiles: Mapping[float, float], *, shape: str = "", unit: str = "") -> Belief:
    """Return the belief fitted to elicited quantiles by least squares on their values.

    Parameters
    ----------
    quantiles : mapping of float to float
        Probability below, and value in outcome units; two or more, both increasing.
    shape : {"", "normal", "student_t", "skew"}
        Left out: a normal where it comes close (within 2 % of the range of the values), else the
        shape that comes closest. A skew needs three quantiles, a Student t four.
    unit : str

    References
    ----------
    O'Hagan and others (2006), *Uncertain Judgements: Eliciting Experts' Probabilities*, chapter 6.
    """
    levels = np.array(sorted(quantiles))
    values = np.array([quantiles[level] for level in levels])
    fit = fit_quantiles(levels, values, shape)
    fitted = quantile(fit.part, levels)
    table = pd.DataFrame(
        {
            "probability": levels,
            "elicited": values,
            "fitted": fitted,
            "difference": fitted - values,
        }
    )
    say = (
        f"From {len(levels)} elicited quantiles; {_SHAPE_WORDS[fit.name]} that misses them by at most "
        f"{100 * CLOSE_VALUE * fit.miss:.1f} % of their range."
    )
    if levels[0] > 0.4 or levels[-1] < 0.6:
        say += " Nothing was said of one side of the middle; it is the other side's mirror image."
    return believed([fit.part], "quantiles", table, say + _caution(fit), unit=unit)


def fit_quantiles(levels: Floats, values: Floats, shape: str = "") -> Fit:
    """Return the shape fitted to quantiles; see `from_quantiles`."""
    spread = float(values[-1] - values[0])

    def made(name: str, part: Part) -> Fit:
        miss = float(np.abs(quantile(part, levels) - values).max()) / spread
        return Fit(name, part, miss / CLOSE_VALUE)

    # location and scale enter a quantile linearly: least squares is a straight line
    fits = [made("normal", _line(levels, values))]
    if shape in ("", "student_t") and (len(levels) > 3 or shape):
        found = [_line(levels, values, df=df) for df in DEGREES]
        best = min(found, key=lambda part: _squares(part, levels, values))
        fits.append(made("student_t", best))
    if shape in ("", "skew") and len(levels) > 2:
        fits.append(made("skew", _tilted_line(levels, values)))
    return _chosen(fits, shape)


def _chosen(fits: list[Fit], shape: str) -> Fit:
    if shape:
        return next((fit for fit in fits if fit.name == shape), fits[0])
    return fits[0] if fits[0].miss <= 1 else min(fits, key=lambda fit: fit.miss)


def _line(levels: Floats, values: Floats, *, tilt: float = 0.0, df: float = math.inf) -> Part:
    z = quantile(Part(0.0, 1.0, tilt, df), levels)
    centred = z - z.mean()
    slope = float((centred * (values - values.mean())).sum() / (centred**2).sum())
    return Part(float(values.mean() - slope * z.mean()), slope, tilt, df)


def _squares(part: Part, levels: Floats, values: Floats) -> float:
    return float(((quantile(part, levels) - values) ** 2).sum())


def _tilted_line(levels: Floats, values: Floats) -> Part:
    """Return the tilted shape with the least squares: a line for each tilt, the tilt searched."""
    from scipy.optimize import minimize_scalar

    scale = float(values[-1] - values[0]) ** 2

    def miss(tilt: float) -> float:
        return _squares(_line(levels, values, tilt=tilt), levels, values) / scale

    grid = np.linspace(-STEEPEST, STEEPEST, 61)
    best = float(grid[np.argmin([miss(float(tilt)) for tilt in grid])])
    ends = max(best - 0.05, -STEEPEST), min(best + 0.05, STEEPEST)
    found = minimize_scalar(miss, bounds=ends, method="bounded", options={"xatol": 1e-10})
    return _line(levels, values, tilt=float(found.x))


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of the grid and the chips on it; infinite where it is open."""

    low: float
    high: float
    chips: float


def from_chips(bins: list[Bin], *, shape: str = "", unit: str = "") -> Belief:
    """Return the belief fitted to chips laid on bins (roulette method).

    Least squares on the cumulative shares at those edges of bins that have chips on either side.
    Where chips lie on fewer than three bins they fix no shape; then a normal takes the mean and
    spread of chips laid evenly over their bins.

    Parameters
    ----------
    bins : list of Bin
        In order, not overlapping; the first and last may be open.
    shape : {"", "normal", "student_t", "skew"}
        As for `from_quantiles`; the limit is 5 % of probability.
    unit : str

    References
    ----------
    Gore (1987), "Biostatistics and the Medical Research Council"; Oakley and O'Hagan (2019), SHELF:
    the Sheffield Elicitation Framework, version 4.
    """
    fit = fit_chips(bins, shape)
    total = sum(one.chips for one in bins)
    ends = np.array([[one.low, one.high] for one in bins])
    fitted = np.diff(cumulative(fit.part, ends), axis=1).ravel()
    table = pd.DataFrame(
        {
            "low": ends[:, 0],
            "high": ends[:, 1],
            "chips": [one.chips for one in bins],
            "share": [one.chips / total for one in bins],
            "fitted_share": fitted,
        }
    )
    say = f"From {total:g} chips; {_chip_words(bins, fit)}"
    if total < 10:
        say += " Fewer than ten chips say little of the tails."
    return believed([fit.part], "chips", table, say + _caution(fit), unit=unit)


def _chip_words(bins: list[Bin], fit: Fit) -> str:
    used = [one for one in bins if one.chips > 0]
    if len(inner_edges(bins)[0]) < 2:
        return (
            "they lie on fewer than three bins, which fixes no shape, so a normal takes the mean and "
            "spread of chips laid evenly over their bins. Narrower bins would say more."
        )
    ends = cumulative(fit.part, np.array([used[0].low, used[-1].high]))
    return (
        f"{_SHAPE_WORDS[fit.name]} that misses the cumulative shares by at most "
        f"{100 * CLOSE_CHANCE * fit.miss:.1f} points of 100, and gives "
        f"{100 * (1 - float(ends[1] - ends[0])):.0f} % to where no chip lies."
    )


def fit_chips(bins: list[Bin], shape: str = "") -> Fit:
    """Return the shape fitted to chips; see `from_chips`."""
    edges, shares = inner_edges(bins)

    def misses(part: Part) -> Floats:
        return cumulative(part, edges) - shares

    def made(name: str, part: Part) -> Fit:
        return Fit(name, part, float(np.abs(misses(part)).max(initial=0.0)) / CLOSE_CHANCE)

    start = _even(bins)
    if len(edges) < 2:
        return Fit("normal", start, 0.0)
    fits = [made("normal", _least(start, misses))]
    if shape in ("", "student_t") and (len(edges) > 3 or shape):
        found = [_least(start, misses, df=df) for df in DEGREES]
        fits.append(
            made("student_t", min(found, key=lambda part: float((misses(part) ** 2).sum())))
        )
    if shape in ("", "skew") and len(edges) > 2:
        fits.append(made("skew", _least(fits[0].part, misses, tilt=True)))
    return _chosen(fits, shape)


def _least(
    start: Part, misses: Callable[[Part], Floats], *, df: float = math.inf, tilt: bool = False
) -> Part:
    """Return the shape with the least squares of probability, from a tilt either way where asked."""
    from scipy.optimize import least_squares

    def part_of(point: Floats) -> Part:
        centre, size, *lean = (float(one) for one in point)
        scale = start.scale * math.exp(size)
        return Part(start.centre + start.scale * centre, scale, lean[0] if lean else 0.0, df)

    starts = [(0.0, 0.0, lean) for lean in (-0.3, 0.3)] if tilt else [(0.0, 0.0)]
    bound = np.array([6.0, 6.0, STEEPEST][: len(starts[0])])
    found = [
        least_squares(
            lambda point: misses(part_of(point)),
            one,
            bounds=(-bound, bound),
            xtol=1e-12,
            ftol=1e-12,
        )
        for one in starts
    ]
    return part_of(min(found, key=lambda one: float(one.cost)).x)


def inner_edges(bins: list[Bin]) -> tuple[Floats, Floats]:
    """Return the edges with chips on either side, and the share of chips below each."""
    total = sum(one.chips for one in bins)
    below = np.cumsum([one.chips for one in bins]) / total
    found = [
        (edge, share)
        for share, one, after in zip(below, bins, bins[1:], strict=False)
        # a gap between two bins holds no chip: the share is the same at both its ends
        for edge in sorted({one.high, after.low})
        if 1e-12 < share < 1 - 1e-12
    ]
    edges = np.array([edge for edge, _ in found])
    return edges, np.array([share for _, share in found])


def _even(bins: list[Bin]) -> Part:
    """Return a normal with mean and spread of chips spread evenly over their (closed) bins."""
    used = [one for one in bins if one.chips > 0]
    widths = [one.high - one.low for one in bins if math.isfinite(one.high - one.low)]
    usual = float(np.median(widths)) if widths else 1.0
    low = [one.high - usual if math.isinf(one.low) else one.low for one in used]
    high = [one.low + usual if math.isinf(one.high) else one.high for one in used]
    share = np.array([one.chips for one in used]) / sum(one.chips for one in used)
    middle, width = (np.add(low, high)) / 2, np.subtract(high, low)
    mean = float(share @ middle)
    sd = math.sqrt(float(share @ ((middle - mean) ** 2 + width**2 / 12)))
    return Part(mean, sd)


_SHAPE_WORDS = {
    "normal": "a normal distribution",
    "student_t": "a Student t distribution (long tails)",
    "skew": "a skewed (shifted log-normal) distribution",
}


def _caution(fit: Fit) -> str:
    found = ""
    if fit.miss > 3:
        found = " That is far off: show the curve to whoever said it, and ask again."
    if abs(fit.part.tilt) > STEEPEST - 1e-3:
        found += " It is as skewed as is allowed: values further out (5 % and 95 %) would help."
    end = end_of(fit.part)
    if math.isfinite(end):
        side = "below" if fit.part.tilt > 0 else "above"
        found += f" It gives no chance at all to an effect {side} {end:.3g}; `doubt:` would."
    return found
