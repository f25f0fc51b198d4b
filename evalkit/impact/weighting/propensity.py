"""The propensity score: a logit by Newton's method, and whether it separates the groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats

MOST_STEPS = 60
TOLERANCE = 1e-13
"""Relative change of the deviance at which Newton's method stops."""
EDGE = 1e-12
"""Propensities are kept this far from 0 and 1, so that weights stay finite."""


@dataclass(frozen=True, slots=True)
class Logit:
    """A fitted logit.

    Attributes
    ----------
    x : ndarray, shape (n, k + 1)
        Columns with the constant first.
    p : ndarray, shape (n,)
        Fitted probabilities.
    inverse : ndarray, shape (k + 1, k + 1)
        Inverse of the information of the whole sample.
    scores : ndarray, shape (n, k + 1)
        Score of each row.
    separated : bool
        Whether the covariates tell the two groups apart completely.
    converged : bool
    """

    beta: Floats
    x: Floats
    p: Floats
    inverse: Floats
    scores: Floats
    separated: bool
    converged: bool

    @property
    def linear(self) -> Floats:
        """Log odds of the fitted probabilities."""
        return np.asarray(np.log(self.p / (1 - self.p)))


def with_constant(x: Floats) -> Floats:
    """Return the columns after a column of ones."""
    return np.column_stack([np.ones(len(x)), x])


def rowwise(x: Floats, beta: Floats) -> Floats:
    """Return ``x @ beta`` such that equal rows give equal results to the last bit."""
    return np.asarray((x * beta).sum(axis=1))


def logit(x: Floats, t: Floats, weights: Floats) -> Logit:
    """Fit a logit of `t` on a constant and `x` by weighted maximum likelihood.

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Standardised, independent columns.
    t : ndarray, shape (n,)
        Zero or one.
    weights : ndarray, shape (n,)

    Notes
    -----
    Newton's method with halved steps where the likelihood would fall. A group of rows that are all
    treated (or all not) drives a coefficient to infinity; the deviance still settles, and the
    probabilities of these rows end near 0 or 1, which the overlap check reports.
    """
    z = with_constant(x)
    beta = np.zeros(z.shape[1])
    share = float((weights * t).sum() / weights.sum())
    beta[0] = np.log(share / (1 - share))
    last = deviance(z, t, weights, beta)
    converged = False
    for _ in range(MOST_STEPS):
        p = _probability(rowwise(z, beta))
        step = _step(z, weights * (t - p), weights * p * (1 - p))
        beta, now = _halved(z, t, weights, beta, step, last)
        converged = abs(last - now) <= TOLERANCE * (abs(now) + 1e-3)
        last = now
        if converged or now < 1e-6 * len(t):
            break
    eta = rowwise(z, beta)
    p = np.clip(_probability(eta), EDGE, 1 - EDGE)
    separated = bool(eta[t == 1].min() > eta[t == 0].max())
    information = (z * (weights * p * (1 - p))[:, None]).T @ z
    scores = z * (weights * (t - p))[:, None]
    inverse = np.asarray(np.linalg.pinv(information, hermitian=True), dtype=float)
    return Logit(beta, z, p, inverse, scores, separated, converged)


def _probability(eta: Floats) -> Floats:
    from scipy.special import expit

    return np.asarray(expit(eta))


def deviance(z: Floats, t: Floats, weights: Floats, beta: Floats) -> float:
    """Return twice the negative log likelihood."""
    eta = rowwise(z, beta)
    return float(2 * (weights * (np.logaddexp(0.0, eta) - t * eta)).sum())


def _step(z: Floats, residual: Floats, curvature: Floats) -> Floats:
    gradient = z.T @ residual
    information = (z * curvature[:, None]).T @ z
    return np.asarray(np.linalg.lstsq(information, gradient, rcond=1e-12)[0])


def _halved(
    z: Floats, t: Floats, weights: Floats, beta: Floats, step: Floats, last: float
) -> tuple[Floats, float]:
    """Return the step, halved until the deviance does not rise."""
    for _ in range(30):
        now = deviance(z, t, weights, beta + step)
        if now <= last * (1 + 1e-12):
            return beta + step, now
        step = step / 2
    return beta, last
