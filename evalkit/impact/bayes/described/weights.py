"""Conclusions about several outcomes that hold whatever weights people give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.bayes.described.decision import LIKELY, VERY_LIKELY
from evalkit.impact.bayes.described.model import Floats, Quantity, Setting
from evalkit.impact.bayes.described.several import wanted_draws


@dataclass(frozen=True)
class WhateverWeights:
    """What is true of a weighted mean of outcomes under any weights that are not negative.

    Attributes
    ----------
    every_wanted, every_unwanted : float
        Probability that all outcomes moved as wanted (then so did every weighted mean), or that
        all moved the other way.
    lowest, highest : float
        Range of the probability that the weighted mean moved as wanted, over all weights.
    mean_low, mean_high : float
        Range of the weighted mean effect over all weights, in the units of `scales`, wanted
        direction up; NaN without scales.
    table : pandas.DataFrame
        `outcome`, `p_wanted`, `weight_lowest`, `weight_highest` (the weights at which the
        probability is lowest and highest), `mean` (in units of `scales`, or NaN).
    words : str
    """

    every_wanted: float
    every_unwanted: float
    lowest: float
    highest: float
    mean_low: float
    mean_high: float
    table: pd.DataFrame
    words: str


def whatever_weights(
    quantities: Sequence[Quantity], setting: Setting, scales: Sequence[float] | None = None
) -> WhateverWeights:
    """Return what holds whatever non-negative weights people give the outcomes.

    The weights that make a good (or bad) answer most (least) likely are found for the normal
    distribution with the draws' mean and covariance: there the probability falls and rises with
    the ratio of mean to standard deviation, whose lowest and highest value over weights are vertex
    or quadratic problems. The probabilities are then counted in the draws at those weights.

    Parameters
    ----------
    quantities : sequence of Quantity
        Two or more outcomes, draws of one joint posterior, each with its wanted direction.
    setting : Setting
    scales : sequence of float, optional
        What counts as one unit of each outcome (its standard deviation, or the smallest change that
        matters), so that means can be compared. The probabilities do not depend on it.

    Raises
    ------
    DesignError
        When there is one outcome only, or a scale is not above zero.
    """
    toward, _ = wanted_draws(quantities, setting)
    _refuse(len(quantities), scales)
    unit = np.ones(toward.shape[1]) if scales is None else np.asarray(scales, dtype=float)
    scaled = toward / unit
    common = toward / _own_scale(toward)  # the search alone; no probability depends on it
    low, high = extreme_weights(common)
    at_low, at_high = (float((common @ one > 0).mean()) for one in (low, high))
    single = (toward > 0).mean(axis=0)
    lowest, highest = min(at_low, single.min()), max(at_high, single.max())
    means = scaled.mean(axis=0) if scales is not None else np.full(toward.shape[1], np.nan)
    back = [one / _own_scale(toward) * unit for one in (low, high)]
    table = pd.DataFrame(
        {
            "outcome": [one.name for one in quantities],
            "p_wanted": single,
            "weight_lowest": back[0] / back[0].sum(),
            "weight_highest": back[1] / back[1].sum(),
            "mean": means,
        }
    )
    both = float((toward > 0).all(axis=1).mean()), float((toward < 0).all(axis=1).mean())
    ends = (float(lowest), float(highest))
    words = _words(both, ends, str(table["outcome"].iloc[int(single.argmin())]))
    return WhateverWeights(*both, *ends, float(means.min()), float(means.max()), table, words)


def extreme_weights(draws: Floats) -> tuple[Floats, Floats]:
    """Return the weights with the lowest and the highest ratio of mean to SD, each adding to one.

    On weights whose mean is not negative the ratio is quasi-concave (a linear function over a
    convex one), so that its lowest value lies at a single outcome and its highest is the solution
    of: least variance for a mean of one, weights not negative. Where means are negative the two
    change places.
    """
    mean = draws.mean(axis=0)
    covariance = np.cov(draws, rowvar=False)
    ratio = mean / np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    lowest = _steepest(-mean, covariance) if mean.min() < 0 else _only(int(ratio.argmin()), ratio)
    highest = _steepest(mean, covariance) if mean.max() > 0 else _only(int(ratio.argmax()), ratio)
    return lowest, highest


def _steepest(mean: Floats, covariance: Floats) -> Floats:
    """Return non-negative weights with the largest ratio of mean to SD; some mean is above zero.

    ``argmin w' C w - 2 c w' m`` over w >= 0 has that direction for any c > 0, and is non-negative
    least squares in the root of C.
    """
    from scipy.optimize import nnls

    ridge = 1e-10 * float(np.trace(covariance)) / len(mean) + 1e-300
    root = np.linalg.cholesky(covariance + ridge * np.eye(len(mean)))
    found, _ = nnls(root.T, np.linalg.solve(root, mean))
    return np.asarray(found / found.sum())


def _only(at: int, like: Floats) -> Floats:
    made = np.zeros_like(like)
    made[at] = 1.0
    return made


def _own_scale(toward: Floats) -> Floats:
    scale = toward.std(axis=0)
    return np.where(scale > 0, scale, 1.0)


def _refuse(count: int, scales: Sequence[float] | None) -> None:
    if count < 2:
        raise DesignError("Weights need two outcomes or more.", do="Give the others too.")
    if scales is None:
        return
    if len(scales) != count or not all(0 < one < np.inf for one in scales):
        raise DesignError(
            f"The scales {list(scales)} are not one number above zero for each of {count} outcomes.",
            do="Give the standard deviation of each outcome, or its smallest change that matters.",
        )


def _words(both: tuple[float, float], ends: tuple[float, float], weakest: str) -> str:
    start = (
        f"The probability that every outcome moved as wanted is {both[0]:.2f}, and that every one "
        f"moved the other way {both[1]:.2f}. Whatever weights are given to the outcomes, the "
        f"probability that their weighted mean moved as wanted lies between {ends[0]:.2f} and "
        f"{ends[1]:.2f}. "
    )
    for limit, how in ((VERY_LIKELY, "very likely"), (LIKELY, "likely")):
        if ends[0] >= limit:
            return f"{start}It {how} helped on the whole, whatever the weights."
        if ends[1] <= 1 - limit:
            return f"{start}It {how} harmed on the whole, whatever the weights."
    return (
        f"{start}So the answer depends on what people value: it is weakest for those to whom "
        f"`{weakest}` matters most."
    )
