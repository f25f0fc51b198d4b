"""Data of the plot: binned means on each side, and the fitted lines.

Numbers of bins mimic the variance of the outcome (Calonico, Cattaneo and Titiunik 2015, Journal of
the American Statistical Association 110), with spacings estimators of the variances.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from evalkit.impact.discontinuity.bandwidth import Bandwidths, Settings
from evalkit.impact.discontinuity.local_polynomial import smoother
from evalkit.impact.discontinuity.sample import Sample, Side
from evalkit.impact.least_squares import Floats, sums_by

MOST_BINS = 500
POINTS = 41
COLUMNS = ("series", "side", "x", "y", "low", "high", "rows")


def plot_table(
    sample: Sample, settings: Settings, bands: Bandwidths, *, level: float
) -> pd.DataFrame:
    """Return binned means with intervals (two spacings) and the fitted lines, in raw units."""
    rows: list[dict[str, object]] = []
    for name, side, h in zip(("below", "above"), sample.sides(), bands.h, strict=True):
        for spacing in ("evenly spaced", "quantile"):
            rows += [
                {"series": f"bins, {spacing}", "side": name, **one}
                for one in _bins(side, spacing, level)
            ]
        rows += [{"series": "fitted line", "side": name, **one} for one in _line(side, settings, h)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["x"] = table["x"] + sample.roles.cutoff
    return table


def bin_count(side: Side, spacing: str) -> int:
    """Return the number of bins whose means vary about as much as the outcome does.

    ``n Var(y) / (log(n)^2 V)``, V the variance around the curve, averaged over the range (evenly
    spaced) or over the rows (quantile), from differences of neighbours.
    """
    x, y = side.x, side.d[:, 0]
    n = len(x)
    reach = float(x[-1] - x[0])
    total = float(y.var(ddof=1)) if n > 1 else 0.0
    if n < 4 or reach == 0 or total == 0:
        return 1
    steps = np.diff(y) ** 2
    if spacing == "quantile":
        v = float(steps.sum()) / (2 * n)
    else:
        v = float((np.diff(x) * steps).sum()) / (2 * reach)
    if v <= 0:
        return min(MOST_BINS, n)
    return int(np.clip(math.ceil(n * total / (math.log(n) ** 2 * v)), 1, min(MOST_BINS, n)))


def _bins(side: Side, spacing: str, level: float) -> list[dict[str, object]]:
    from scipy.special import stdtrit

    x, y = side.x, side.d[:, 0]
    count = bin_count(side, spacing)
    edges = (
        np.quantile(x, np.linspace(0, 1, count + 1))
        if spacing == "quantile"
        else np.linspace(x[0], x[-1], count + 1)
    )
    place = np.clip(np.searchsorted(edges, x, "right") - 1, 0, count - 1).astype(np.intp)
    n = np.bincount(place, minlength=count).astype(float)
    held = n > 0
    mean = sums_by(y, place, count) / np.maximum(n, 1)
    squares = sums_by((y - mean[place]) ** 2, place, count)
    error = np.sqrt(squares / np.maximum(n - 1, 1) / np.maximum(n, 1))
    reach = np.where(n > 1, stdtrit(np.maximum(n - 1, 1), 0.5 + level / 2) * error, np.nan)
    middle = sums_by(x, place, count) / np.maximum(n, 1)
    columns = (middle, mean, mean - reach, mean + reach, n)
    return [
        dict(zip(("x", "y", "low", "high", "rows"), map(float, one), strict=True))
        for one in np.column_stack(columns)[held]
    ]


def _line(side: Side, settings: Settings, h: float) -> list[dict[str, object]]:
    fitted = smoother(side.x, side.w, h, settings.polynomial, settings.kernel)
    beta: Floats = fitted.operator @ side.d[fitted.rows, 0]
    ends = (float(side.x[fitted.rows].min()), float(side.x[fitted.rows].max()))
    grid = np.linspace(min(ends[0], 0.0), max(ends[1], 0.0), POINTS)
    values = np.vander(grid / h, settings.polynomial + 1, increasing=True) @ beta
    blank = {"low": math.nan, "high": math.nan, "rows": float(len(fitted.rows))}
    return [{"x": float(x), "y": float(y), **blank} for x, y in zip(grid, values, strict=True)]
