"""Errors that remember, taken out exactly: the Kalman filter as a linear map of columns.

The filter's innovations are linear in what is filtered, so that outcome and regressors go through it
side by side, for many values of the parameters at once, and generalised least squares follows
(Harvey 1989, Forecasting, Structural Time Series Models and the Kalman Filter, section 3.4.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats, Ints


@dataclass(frozen=True, slots=True)
class Whitened:
    """What the filter leaves, for each of B sets of parameters.

    Attributes
    ----------
    products : ndarray, shape (B, k, k)
        Of the whitened columns.
    logdet : ndarray, shape (B,)
        Log determinant of the errors' covariance.
    state : ndarray, shape (B, k)
        What the state at the last period is expected to be, as read from each column.
    variance : ndarray, shape (B,)
        Of the state there.
    """

    products: Floats
    logdet: Floats
    state: Floats
    variance: Floats


def whiten(
    columns: Floats, position: Ints, first: Floats, step: Floats, noise: Floats, memory: Floats
) -> Whitened:
    """Filter columns through state-space errors.

    The error of period t is ``a[t] + e[t]``, with ``a[t + 1] = memory * a[t] + u[t]``.

    Parameters
    ----------
    columns : ndarray, shape (n, k)
    position : ndarray of int, shape (n,)
        Ascending; where periods are missing the state moves on unseen.
    first : ndarray, shape (B,)
        Variance of the state at the first period.
    step, noise, memory : ndarray, shape (B,)
        Variances of ``u`` and ``e``; the correlation that a state keeps.
    """
    count, width = len(memory), columns.shape[1]
    products, logdet = np.zeros((count, width, width)), np.zeros(count)
    state, variance = np.zeros((count, width)), first
    for left, total, *after in _steps(columns, position, (first, step, noise, memory)):
        products += left[:, :, None] * left[:, None, :]
        logdet += np.log(total)
        state, variance = after
    return Whitened(products, logdet, state, variance)


def innovations(
    columns: Floats, position: Ints, variances: tuple[Floats, Floats, Floats], memory: Floats
) -> Floats:
    """Return the whitened columns, shape (n, k), for one set of parameters.

    Parameters
    ----------
    columns : ndarray, shape (n, k)
    position : ndarray of int, shape (n,)
    variances : tuple of ndarray, shape (1,)
        Of the first state, of a step, of the noise.
    memory : ndarray, shape (1,)
    """
    parameters = (*variances, memory)
    return np.array([left[0] for left, *_ in _steps(columns, position, parameters)])


def _steps(
    columns: Floats, position: Ints, parameters: tuple[Floats, ...]
) -> Iterator[tuple[Floats, Floats, Floats, Floats]]:
    """Yield each period's innovations in their own SD, their variance, and the state after it."""
    variance, step, noise, memory = parameters
    state, last = np.zeros((len(memory), columns.shape[1])), position[0]
    for row, at in zip(columns, position, strict=True):
        for _ in range(int(at - last)):
            state = state * memory[:, None]
            variance = memory**2 * variance + step
        last = at
        total = variance + noise
        away = row - state
        gain = variance / total
        state = state + gain[:, None] * away
        variance = variance * (1 - gain)
        yield away / np.sqrt(total)[:, None], total, state, variance


@dataclass(frozen=True, slots=True)
class Ahead:
    """Errors in later periods, for each of B sets of parameters, and the average of those seen.

    Attributes
    ----------
    reach : ndarray, shape (B, h)
        What is left of the last state in each period that is seen.
    kept : ndarray, shape (B,)
        The average of that.
    spread : ndarray, shape (B,)
        Variance of the average of the states, from later steps alone, in units of a step's variance.
    towards : ndarray, shape (B, h)
        Covariance of each period's state with that average, in the same units.
    """

    reach: Floats
    kept: Floats
    spread: Floats
    towards: Floats


def look_ahead(ahead: Ints, memory: Floats) -> Ahead:
    """Return how errors go on after the last period that was filtered.

    Parameters
    ----------
    ahead : ndarray of int, shape (h,)
        Ascending, from 1: the periods that are seen.
    memory : ndarray, shape (B,)
    """
    horizon, count = int(ahead[-1]), len(memory)
    weight = np.zeros(horizon)
    weight[ahead - 1] = 1 / len(ahead)
    # a step counts in the average by the weights of its own and all later periods
    loading, load = np.zeros((count, horizon)), np.zeros(count)
    for j in range(horizon - 1, -1, -1):
        load = weight[j] + memory * load
        loading[:, j] = load
    towards, along = np.zeros((count, horizon)), np.zeros(count)
    for j in range(horizon):
        along = memory * along + loading[:, j]
        towards[:, j] = along
    reach = memory[:, None] ** ahead
    spread = (loading**2).sum(axis=1)
    return Ahead(reach, reach.mean(axis=1), spread, towards[:, ahead - 1])


def simulate(
    ahead: Ints, start: Floats, memory: Floats, step: Floats, rng: np.random.Generator
) -> Floats:
    """Return one course of the states ahead for each set of parameters, shape (B, h)."""
    made, state = np.zeros((len(memory), int(ahead[-1]))), start
    for j in range(made.shape[1]):
        state = memory * state + np.sqrt(step) * rng.standard_normal(len(memory))
        made[:, j] = state
    return np.asarray(made[:, ahead - 1])
