"""Importance weights that no single draw can rule: Pareto smoothing of the largest ones."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from evalkit.impact.bayes.described.model import Floats

LEAST_TAIL = 5
"""A tail of fewer draws is left as it is: no shape can be fitted to it."""


class Weighted(NamedTuple):
    """Weights that add to one, and the shape of their tail: from 0.7 on they are not to be trusted."""

    weights: Floats
    shape: float


def smoothed(log_weights: Floats) -> Weighted:
    """Return normalised importance weights with the largest ones smoothed.

    The largest ``min(S / 5, 3 sqrt(S))`` weights are replaced by the expected order statistics of
    the generalised Pareto distribution fitted to them (Vehtari, Simpson, Gelman, Yao and Gabry
    2024, section 3), none above the largest raw weight.

    Parameters
    ----------
    log_weights : numpy.ndarray, shape (draws,)
    """
    logs = log_weights - log_weights.max()
    size = len(logs)
    tail = math.ceil(min(0.2 * size, 3 * math.sqrt(size)))
    order = np.argsort(logs, kind="stable")
    large, edge = order[-tail:], logs[order[-tail - 1]] if tail < size else -math.inf
    shape = math.inf
    if tail >= LEAST_TAIL and edge > -math.inf and logs[large[0]] < logs[large[-1]]:
        cut = math.exp(edge)
        shape, scale = pareto_fit(np.exp(logs[large]) - cut)
        if math.isfinite(shape):
            at = (np.arange(tail) + 0.5) / tail
            logs = logs.copy()
            logs[large] = np.minimum(np.log(cut + _quantile(at, shape, scale)), 0.0)
    weights = np.exp(logs)
    return Weighted(weights / weights.sum(), shape)


def pareto_fit(excess: Floats) -> tuple[float, float]:
    """Return shape and scale of a generalised Pareto distribution, by Zhang and Stephens (2009).

    The posterior mean of ``b = -shape / scale`` over their grid of quadrature points, then the
    shape that maximises the likelihood at it. The shape is drawn towards 0.5 as by ten draws more,
    as Vehtari and others (2024, appendix C) recommend for short tails.

    Parameters
    ----------
    excess : numpy.ndarray, shape (n,)
        In ascending order, from zero up.
    """
    size = len(excess)
    points = 30 + math.floor(math.sqrt(size))
    quarter = excess[math.floor(size / 4 + 0.5) - 1]
    if quarter <= 0 or excess[-1] <= 0:
        return math.inf, math.nan
    grid = 1 - np.sqrt(points / (np.arange(1, points + 1) - 0.5))
    grid = 1 / excess[-1] + grid / (3 * quarter)
    shapes = np.log1p(-grid[:, None] * excess).mean(axis=1)
    likelihood = size * (np.log(-grid / shapes) - shapes - 1)
    weights = np.exp(likelihood - likelihood.max())
    best = float((grid * weights).sum() / weights.sum())
    shape = float(np.log1p(-best * excess).mean())
    scale = -shape / best
    return (shape * size + 0.5 * 10) / (size + 10), scale


def _quantile(at: Floats, shape: float, scale: float) -> Floats:
    if abs(shape) < 1e-12:
        return np.asarray(-scale * np.log1p(-at))
    return np.asarray(scale * np.expm1(-shape * np.log1p(-at)) / shape)
