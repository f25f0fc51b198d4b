"""From rows or site means to one raw effect a treated site and the exact shape of its error.

Whatever the data looked like, a partially pooled Gaussian model of site effects needs only this::

    raw ~ Normal(site effects, sigma^2 * noise),   df * sigma_hat^2 / sigma^2 ~ chi-squared(df)

so that the cost of sampling does not grow with the rows. Arrays in, arrays out; no labels.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class RawEffects:
    """The least-squares effect of each treated site, in outcome units, with its error.

    Attributes
    ----------
    effect : numpy.ndarray, shape (sites,)
        Unpooled effect of each treated site.
    noise : numpy.ndarray, shape (sites, sites)
        Covariance of their errors in units of ``sigma**2``; errors are correlated because all
        treated sites are held against the same comparison.
    sigma : float
        Residual standard deviation that `noise` is measured by.
    df : float
        Degrees of freedom behind `sigma`.
    largest : float
        Largest residual in absolute value, in units of its own standard deviation.
    residuals : int
        How many residuals that was the largest of.
    rest : numpy.ndarray, shape (residuals,)
        The residuals themselves, by which several outcomes are seen to be related.
    """

    effect: Floats
    noise: Floats
    sigma: float
    df: float
    largest: float
    residuals: int
    rest: Floats = field(default_factory=lambda: np.zeros(0))


def within_sites(y: Floats, x: Floats, site: Ints, treated: Ints, weight: Floats) -> RawEffects:
    """Return the raw effect of every site that has treated and untreated rows.

    Least squares of ``y`` on an intercept and a treatment effect of each site's own and slopes for
    `x` common to all: the slopes from deviations within (site, arm), then differences of adjusted
    arm means (Frisch and Waugh 1933). Flat priors on intercepts and slopes are thereby integrated
    out exactly.

    Parameters
    ----------
    y, weight : numpy.ndarray, shape (rows,)
    x : numpy.ndarray, shape (rows, slopes)
    site : numpy.ndarray of int, shape (rows,)
        Codes from 0, none left out.
    treated : numpy.ndarray of int, shape (rows,)
        0 or 1; every site must have both.
    """
    cell = 2 * site + treated
    total = np.bincount(cell, weight)
    y_mean, x_mean = cell_means(y, cell, weight), cell_means(x, cell, weight)
    dy, dx = y - y_mean[cell], x - x_mean[cell]
    root = np.sqrt(weight)
    gram = _inverse_gram(dx * root[:, None])
    slopes = gram @ (dx.T @ (weight * dy))
    residual = root * (dy - dx @ slopes)
    df = float(len(y) - len(total) - x.shape[1])
    sigma = float(np.sqrt(residual @ residual / df)) if df > 0 else 0.0
    x_gap = x_mean[1::2] - x_mean[0::2]
    noise = np.diag(1 / total[1::2] + 1 / total[0::2]) + x_gap @ gram @ x_gap.T
    effect = y_mean[1::2] - y_mean[0::2] - x_gap @ slopes
    largest = float(np.abs(residual).max() / sigma) if sigma > 0 else 0.0
    return RawEffects(effect, noise, sigma, df, largest, len(y), residual)


def against_comparison(
    comparison: Floats, x_comparison: Floats, treated: Floats, x_treated: Floats, column: Ints
) -> RawEffects:
    """Return each treated site's change (or level) less what the comparison sites lead to expect.

    One number a site enters, so serial correlation of a site's years cannot shrink the error: it
    is part of the spread of the comparison sites' own changes (Bertrand, Duflo and Mullainathan
    2004, section IV.C, "ignoring time series information").

    Parameters
    ----------
    comparison : numpy.ndarray, shape (comparison sites, kinds)
        The comparison sites' changes over each kind of before-and-after window.
    x_comparison : numpy.ndarray, shape (comparison sites, slopes)
        Regressors with the intercept in the first column.
    treated : numpy.ndarray, shape (sites,)
        The treated sites' own changes.
    x_treated : numpy.ndarray, shape (sites, slopes)
    column : numpy.ndarray of int, shape (sites,)
        Which kind of window each treated site has.

    Notes
    -----
    With one window this is exact. With several (sites that start at different times) the relative
    size and the correlation of their errors are taken from the comparison sites as if known.
    """
    gram = _inverse_gram(x_comparison)
    slopes = gram @ (x_comparison.T @ comparison)
    residual = comparison - x_comparison @ slopes
    df = float(len(comparison) - x_comparison.shape[1])
    spread = residual.T @ residual / df
    size = float(np.mean(np.diag(spread)[column]))
    effect = treated - np.einsum("ij,ji->i", x_treated, slopes[:, column])
    shared = np.eye(len(treated)) + x_treated @ gram @ x_treated.T
    noise = spread[np.ix_(column, column)] * shared / size if size > 0 else shared
    own = residual[:, column[0]]
    largest = float(np.abs(own).max() / np.sqrt(spread[column[0], column[0]] or 1.0))
    return RawEffects(effect, noise, float(np.sqrt(size)), df, largest, len(own), own)


def cell_means(values: Floats, cell: Ints, weight: Floats) -> Floats:
    """Return weighted means by cell; `values` may have columns. Cells without rows give NaN."""
    count = int(cell.max()) + 1
    total = np.bincount(cell, weight, count)
    with np.errstate(invalid="ignore"):
        if values.ndim == 1:
            return np.asarray(np.bincount(cell, weight * values, count) / total)
        sums = [np.bincount(cell, weight * column, count) for column in values.T]
        return np.asarray(np.array(sums).T.reshape(count, values.shape[1]) / total[:, None])


def _inverse_gram(x: Floats) -> Floats:
    return np.asarray(np.linalg.pinv(x.T @ x)) if x.shape[1] else np.zeros((0, 0))
