"""Which effects a two-way estimate averages, and with what weights.

De Chaisemartin and D'Haultfoeuille (2020, American Economic Review 110): under parallel trends the
estimate is a weighted sum of the effects in all treated cells, and some weights may be negative,
so that it can be negative although every effect is positive.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats


@dataclass(frozen=True, slots=True)
class TwoWayWeights:
    """The weights of the effects in treated cells, and how much effects must differ to mislead.

    Attributes
    ----------
    weights : ndarray, shape (n,)
        Of every cell; 0 where it is not treated; they add to one.
    cells, negative_cells : int
        Treated cells with a weight, and those of them whose weight is negative.
    sum_positive, sum_negative : float
    share_negative : float
        Share of treated cells with a negative weight.
    sd_zero : float
        Smallest standard deviation of effects across treated cells with which their average may
        be zero (corollary 1, i).
    sd_opposite : float
        Smallest one with which all effects may be of the other sign than the estimate (corollary
        1, ii); infinite where no weight is negative, since it then cannot be.
    """

    weights: Floats
    cells: int
    negative_cells: int
    sum_positive: float
    sum_negative: float
    share_negative: float
    sd_zero: float
    sd_opposite: float


def two_way_weights(residual: Floats, dose: Floats, size: Floats, value: float) -> TwoWayWeights:
    """Return the weights of the effects in the treated cells.

    Parameters
    ----------
    residual : ndarray, shape (n,)
        Treatment of each cell less what effects and covariates explain.
    dose : ndarray, shape (n,)
        Treatment of each cell, not negative; for a dose the effects are those of one unit more.
    size : ndarray, shape (n,)
        Number of units (or weight) of each cell.
    value : float
        The two-way estimate.
    """
    product = size * residual * dose
    weights = product / product.sum()
    on = dose > 0
    share = size[on] * dose[on] / (size[on] * dose[on]).sum()
    relative = weights[on] / share
    # Rounding must not pass for a negative weight.
    negative = weights < -1e-10 * np.abs(weights).max()
    spread = math.sqrt(float(share @ (relative - 1) ** 2))
    return TwoWayWeights(
        weights=weights,
        cells=int(on.sum()),
        negative_cells=int(negative.sum()),
        sum_positive=float(weights[~negative].sum()),
        sum_negative=float(weights[negative].sum()),
        share_negative=float(negative.sum() / on.sum()),
        sd_zero=abs(value) / spread if spread > 1e-9 else math.inf,
        sd_opposite=_opposite(relative, share, value) if negative.any() else math.inf,
    )


def _opposite(relative: Floats, share: Floats, value: float) -> float:
    """Return the smallest SD of effects with which all may have the other sign.

    With weights in falling order and P, S, T the sums of share, share*w and share*w^2 from a cell
    on: ``|value| / sqrt(T + S^2 / (1 - P))`` at the first cell with ``w < -S / (1 - P)``.
    """
    order = np.argsort(-relative, kind="stable")
    w, p = relative[order], share[order]
    tail = [np.cumsum(part[::-1])[::-1] for part in (p, p * w, p * w**2)]
    rest = np.maximum(1 - tail[0], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        reached = (rest > 1e-12) & (w < -tail[1] / rest)
    place = int(reached.argmax())
    square = tail[2][place] + tail[1][place] ** 2 / rest[place]
    return abs(value) / math.sqrt(float(square)) if reached.any() and square > 0 else math.inf
