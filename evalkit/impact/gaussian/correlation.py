"""Correlation matrices from free numbers, with the LKJ prior.

Each free number is the inverse hyperbolic tangent of a canonical partial correlation; under
LKJ(eta) these are independent and, between -1 and 1, beta distributed (Lewandowski, Kurowicka and
Joe 2009, section 2).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from evalkit.impact.gaussian.model import Floats

ETA = 2.0


def pairs(d: int) -> int:
    """Return how many correlations d quantities have."""
    return d * (d - 1) // 2


@lru_cache(maxsize=64)
def _shape(d: int) -> Floats:
    """Return the beta parameter of every partial correlation, row by row."""
    return np.array([ETA + (d - 2 - j) / 2 for i in range(1, d) for j in range(i)])


def root_of(free: Floats, d: int) -> tuple[Floats, Floats, Floats]:
    """Return Cholesky factors of correlations, their LKJ log density, and the Jacobian.

    Parameters
    ----------
    free : numpy.ndarray, shape (batch, pairs)
        None at all: no correlation.
    d : int

    Returns
    -------
    numpy.ndarray, shape (batch, d, d)
    numpy.ndarray, shape (batch,)
        Log density of the partial correlations, without its constant.
    numpy.ndarray, shape (batch,)
        Log of the slope of the partial correlations by the free numbers.
    """
    root = np.zeros((len(free), d, d))
    root[:, np.arange(d), np.arange(d)] = 1.0
    if not free.shape[1]:
        return root, np.zeros(len(free)), np.zeros(len(free))
    z, at = np.tanh(free), 0
    short = -2 * (np.abs(free) + np.log1p(np.exp(-2 * np.abs(free))) - np.log(2))  # log(1 - z^2)
    for i in range(1, d):
        own = slice(at, at + i)
        left = np.exp(0.5 * np.cumsum(short[:, own], axis=1))
        root[:, i, 0] = z[:, at]
        root[:, i, 1:i] = z[:, at + 1 : at + i] * left[:, :-1]
        root[:, i, i] = left[:, -1]
        at += i
    return root, short @ (_shape(d) - 1), short.sum(axis=1)


def slopes_of(free: Floats, d: int, by_root: Floats) -> Floats:
    """Return slopes by the free numbers, those of the LKJ prior and the Jacobian included.

    Parameters
    ----------
    free : numpy.ndarray, shape (batch, pairs)
    d : int
    by_root : numpy.ndarray, shape (batch, d, d)
        Slopes of the log likelihood by the Cholesky factor.
    """
    root, _, _ = root_of(free, d)
    z, at = np.tanh(free), 0
    out = -2 * z * _shape(d)
    for i in range(1, d):
        own = slice(at, at + i)
        left = np.ones((len(free), i))
        left[:, 1:] = np.exp(0.5 * np.cumsum(np.log1p(-(z[:, own][:, :-1] ** 2)), axis=1))
        each = by_root[:, i, : i + 1] * root[:, i, : i + 1]
        # what stands to the right of j shrinks with sqrt(1 - z^2), whose log has the slope -z
        after = np.cumsum(each[:, ::-1], axis=1)[:, ::-1][:, 1:]
        out[:, own] += by_root[:, i, :i] * left * (1 - z[:, own] ** 2) - z[:, own] * after
        at += i
    return out


def draw(d: int, rng: np.random.Generator, batch: int) -> Floats:
    """Return free numbers drawn from LKJ(2), shape (batch, pairs)."""
    shape = _shape(d)
    return np.asarray(np.arctanh(2 * rng.beta(shape, shape, (batch, len(shape))) - 1))
