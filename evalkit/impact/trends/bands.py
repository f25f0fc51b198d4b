"""Bands that hold for a whole path at once, by draws from its covariance.

The band holds in all periods together with the chance stated; the interval of a single period only
in that period. Sup-t bands: Montiel Olea and Plagborg-Moller (2019, Journal of Applied
Econometrics 34).
"""

from __future__ import annotations

import numpy as np

from evalkit.impact.least_squares import Floats

DRAWS = 20_000


def sup_t(covariance: Floats, level: float, seed: int, draws: int = DRAWS) -> float:
    """Return the quantile of the largest absolute t statistic when nothing differs from zero.

    Parameters
    ----------
    covariance : ndarray, shape (m, m)
        Of the path; entries without error are left out.
    seed : int
    """
    sd = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    known = sd > 0
    if not known.any():
        return float("nan")
    correlation = covariance[np.ix_(known, known)] / np.outer(sd[known], sd[known])
    values, vectors = np.linalg.eigh(correlation)
    # The symmetric root does not depend on the signs that eigenvectors happen to have.
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    z = np.random.default_rng([seed, 3]).standard_normal((draws, int(known.sum()))) @ root
    return float(np.quantile(np.abs(z).max(axis=1), level))


def half_widths(
    std_error: Floats, df: Floats, covariance: Floats, level: float, seed: int
) -> Floats:
    """Return the half-widths of a simultaneous band, shape (m,).

    The quantile of the largest normal statistic is turned into one of t with the degrees of
    freedom of each entry, at the same tail probability; it is never below the pointwise quantile.

    Parameters
    ----------
    std_error, df : ndarray, shape (m,)
        Standard error and degrees of freedom of each entry; infinite degrees are normal.
    covariance : ndarray, shape (m, m)
    """
    from scipy.special import ndtr, ndtri, stdtrit

    q = max(sup_t(covariance, level, seed), float(ndtri(0.5 + level / 2)))
    finite = np.isfinite(df) & (df > 0)
    quantile = np.where(finite, stdtrit(np.where(finite, df, 1.0), ndtr(q)), q)
    return np.asarray(np.where(np.isnan(df), np.nan, quantile) * std_error)
