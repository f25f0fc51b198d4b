"""Poisson and negative binomial regression with an offset, on arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from evalkit.impact.least_squares import Floats

ROUNDS = 60
LARGEST = 30.0


@dataclass(frozen=True, slots=True)
class CountFit:
    """A count model at convergence.

    Attributes
    ----------
    beta : ndarray, shape (k,)
        Log rate ratios.
    mean : ndarray, shape (n,)
        Expected counts.
    alpha : float
        Extra variance: ``mean + alpha * mean**2``; 0 for Poisson.
    x, y : ndarray
        The weighted linear regression the model is at convergence: columns (n, k), outcome (n,).
    converged : bool
    """

    beta: Floats
    mean: Floats
    alpha: float
    x: Floats
    y: Floats
    converged: bool


def poisson(x: Floats, y: Floats, offset: Floats, alpha: float = 0.0) -> CountFit:
    """Fit counts by iteratively reweighted least squares with a log link.

    McCullagh and Nelder (1989), Generalized Linear Models, 2.5.

    Parameters
    ----------
    x : ndarray, shape (n, k)
    y : ndarray, shape (n,)
        Counts.
    offset : ndarray, shape (n,)
        Log of the population.
    alpha : float
        Extra variance of the negative binomial, given.
    """
    scale = np.linalg.norm(x, axis=0)
    columns = x / scale
    eta = np.log(np.maximum(y, 0.1))
    beta, deviance, converged = np.zeros(x.shape[1]), np.inf, False
    for _ in range(ROUNDS):
        mean = np.exp(np.clip(eta, -LARGEST, LARGEST))
        root = np.sqrt(mean / (1 + alpha * mean))
        working = eta - offset + (y - mean) / mean
        beta = np.linalg.lstsq(columns * root[:, None], working * root, rcond=None)[0]
        eta = columns @ beta + offset
        now = -2 * _likelihood(y, np.exp(np.clip(eta, -LARGEST, LARGEST)), alpha)
        if abs(now - deviance) < 1e-12 * (abs(now) + 0.1):
            converged = True
            break
        deviance = now
    mean = np.exp(np.clip(eta, -LARGEST, LARGEST))
    root = np.sqrt(mean / (1 + alpha * mean))
    working = (eta - offset + (y - mean) / mean) * root
    return CountFit(beta / scale, mean, alpha, x * root[:, None], working, converged)


def negative_binomial(x: Floats, y: Floats, offset: Floats) -> CountFit:
    """Fit a negative binomial (variance ``mean + alpha * mean**2``), alpha by maximum likelihood.

    Cameron and Trivedi (2013), Regression Analysis of Count Data, 2nd ed., 3.3. Where the counts
    vary no more than Poisson ones, alpha is 0.
    """
    from scipy.optimize import minimize_scalar

    fitted = poisson(x, y, offset)
    alpha = 0.0
    for _ in range(ROUNDS):
        found = minimize_scalar(
            partial(_minus_likelihood, y, fitted.mean), bounds=(-16.0, 3.0), method="bounded"
        )
        new = float(np.exp(found.x)) if found.x > -15 else 0.0
        fitted = poisson(x, y, offset, new)
        if abs(new - alpha) <= 1e-7 * (alpha + 1e-9):
            break
        alpha = new
    return fitted


def _minus_likelihood(y: Floats, mean: Floats, log_alpha: float) -> float:
    return -_likelihood(y, mean, float(np.exp(log_alpha)))


def _likelihood(y: Floats, mean: Floats, alpha: float) -> float:
    from scipy.special import gammaln

    if alpha == 0:
        return float((y * np.log(mean) - mean - gammaln(y + 1)).sum())
    size = 1 / alpha
    parts = gammaln(y + size) - gammaln(size) - gammaln(y + 1)
    parts = parts - size * np.log1p(alpha * mean) + y * np.log(alpha * mean / (1 + alpha * mean))
    return float(parts.sum())
