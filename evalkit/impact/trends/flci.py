"""Fixed-length intervals when the difference in trends may bend by no more than a number.

Rambachan and Roth (2023, section 4.1) after Donoho (1994) and Armstrong and Kolesar (2018): among
the estimators that are linear in the event-study coefficients, the one whose interval, its largest
bias allowed for, is the shortest.

The estimator is ``weights' post + v' pre``. Written in the second differences before the start,
the largest bias is ``M`` times a sum of absolute values and the variance is quadratic, so the
estimators that are best for some ``M`` are those on the path of a lasso, which is followed exactly
from kink to kink.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats

ROUNDS = 6
CUTS = 41


@dataclass(frozen=True, slots=True)
class Frontier:
    """The best linear estimators: shortest interval for some bound, kink by kink.

    Attributes
    ----------
    v : ndarray, shape (J, n_pre + n_post)
        Weights of the coefficients at each kink; linear in between.
    after : float
        Part of the bias, as a multiple of the bound, that no estimator avoids.
    bends : ndarray, shape (J, n_pre - 1)
        Weights of the second differences before the start.
    """

    v: Floats
    bends: Floats
    after: float


def frontier(covariance: Floats, n_pre: int, weights: Floats) -> Frontier:
    """Return the path of the best linear estimators.

    Parameters
    ----------
    covariance : ndarray, shape (n_pre + n_post, n_pre + n_post)
    weights : ndarray, shape (n_post,)
        Weights of the effects after the start in the effect of interest.
    """
    n_post = len(weights)
    back = np.arange(1, n_pre + 1)
    # A bend w[j] before the start and the slope are sums of the weights v[-k]:
    # slope = sum k v[-k], w[j] = sum (k - j)+ v[-k], j = 1 .. n_pre - 1.
    table = np.maximum(back[None, :] - np.arange(n_pre)[:, None], 0).astype(float)
    inverse = np.linalg.inv(table)[::-1]
    slope = float(weights @ np.arange(1, n_post + 1))
    base = np.concatenate([inverse[:, 0] * slope, weights])
    free = np.vstack([inverse[:, 1:], np.zeros((n_post, n_pre - 1))])
    q = free.T @ covariance @ free
    # A covariance of few clusters has directions without error; they must not divide by zero.
    q = q + np.eye(n_pre - 1) * (1e-12 * np.trace(covariance))
    bends = _lasso_path(q, free.T @ covariance @ base)
    steps = np.arange(n_post)
    after = np.maximum(np.arange(1, n_post + 1)[None, :] - steps[:, None], 0) @ weights
    return Frontier(base + bends @ free.T, bends, float(np.abs(after).sum()))


def _lasso_path(q: Floats, r: Floats) -> Floats:
    """Return the kinks of ``argmin w'Qw/2 + r'w + penalty * sum|w|``, from w = 0 to no penalty."""
    count = len(r)
    w, path = np.zeros(count), [np.zeros(count)]
    if count == 0 or not np.abs(r).max() > 0:
        return np.array(path)
    penalty = float(np.abs(r).max())
    active = [int(np.abs(r).argmax())]
    sign = np.zeros(count)
    sign[active[0]] = -np.sign(r[active[0]])
    for _ in range(50 * count):
        right = np.column_stack([-r[active], -sign[active]])
        block = np.asarray(np.linalg.solve(q[np.ix_(active, active)], right), dtype=float)
        # On this stretch w[active] = block[:, 0] + penalty * block[:, 1].
        nearest, which, leaves = _next_kink(q, r, (active, sign), block, penalty)
        penalty = nearest
        w = np.zeros(count)
        w[active] = block[:, 0] + penalty * block[:, 1]
        if leaves:
            w[which] = 0.0
        path.append(w)
        if penalty <= 0:
            break
        if leaves:
            active.remove(which)
            sign[which] = 0.0
        else:
            gradient = r[which] + q[which, active] @ w[active]
            sign[which] = -np.sign(gradient)
            active.append(which)
    return np.array(path)


def _next_kink(
    q: Floats, r: Floats, state: tuple[list[int], Floats], block: Floats, penalty: float
) -> tuple[float, int, bool]:
    """Return the next lower penalty at which a weight leaves zero or reaches it, and which."""
    active, _ = state
    below = penalty * (1 - 1e-10)
    events: list[tuple[float, int, bool]] = [(0.0, -1, False)]
    for place, j in enumerate(active):
        if block[place, 1] != 0:
            at = -block[place, 0] / block[place, 1]
            if 0 < at < below:
                events.append((float(at), j, True))
    for j in set(range(len(r))) - set(active):
        still = r[j] + q[j, active] @ block[:, 0]
        slope = q[j, active] @ block[:, 1]
        for side in (1.0, -1.0):
            if side - slope != 0:
                at = still / (side - slope)
                if 0 < at < below:
                    events.append((float(at), j, False))
    return max(events)


def fixed_length(
    beta: Floats, covariance: Floats, n_pre: int, weights: Floats, bounds: Floats, alpha: float
) -> tuple[Floats, Floats]:
    """Return the ends of the shortest fixed-length interval under each bound, shapes (K,).

    Parameters
    ----------
    beta, covariance : ndarray, shapes (m,), (m, m)
        Coefficients before the start (earliest first), then after it.
    weights : ndarray, shape (n_post,)
    bounds : ndarray, shape (K,)
        Largest second difference of the difference in trends.
    alpha : float
        Error rate.
    """
    made = frontier(covariance, n_pre, weights)
    last = len(made.v) - 1
    centre, width = np.full(len(bounds), 0.5 * last), 0.5 * last
    grid = np.linspace(-1, 1, CUTS)
    place, half = np.zeros((len(bounds), 1)), np.zeros((len(bounds), 1))
    for _ in range(ROUNDS):
        place = np.clip(centre[:, None] + width * grid, 0, last)
        half = _half_length(made, covariance, place, bounds, alpha)
        centre = np.take_along_axis(place, half.argmin(axis=1)[:, None], axis=1)[:, 0]
        width *= 2.0 / (CUTS - 1) * 1.5
    best = half.min(axis=1)
    middle = _between(made.v, centre[:, None])[:, 0] @ beta
    return middle - best, middle + best


def _between(kinks: Floats, place: Floats) -> Floats:
    """Return the points of a path between its kinks: place 1.5 is halfway from the 2nd to the 3rd."""
    low = np.minimum(place.astype(int), max(len(kinks) - 2, 0))
    share = (place - low)[..., None]
    return np.asarray((1 - share) * kinks[low] + share * kinks[np.minimum(low + 1, len(kinks) - 1)])


def _half_length(
    made: Frontier, covariance: Floats, place: Floats, bounds: Floats, alpha: float
) -> Floats:
    v = _between(made.v, place)
    least = 1e-16 * np.trace(covariance)
    sd = np.sqrt(np.maximum(np.einsum("klm,mn,kln->kl", v, covariance, v), least))
    bias = bounds[:, None] * (made.after + np.abs(_between(made.bends, place)).sum(axis=2))
    return np.asarray(sd * folded_quantile(bias / sd, 1 - alpha))


def folded_quantile(mean: Floats, level: float) -> Floats:
    """Return the quantile of the absolute value of a normal with this mean and variance 1."""
    from scipy.special import ndtr, ndtri

    mean = np.abs(mean)
    # Concave to the right of the mean: Newton's steps from below rise to the root.
    found = mean + ndtri(level)
    for _ in range(9):
        short = level - ndtr(found - mean) + ndtr(-found - mean)
        density = np.exp(-((found - mean) ** 2) / 2) + np.exp(-((found + mean) ** 2) / 2)
        found = found + short * np.sqrt(2 * np.pi) / density
    return np.asarray(found)
