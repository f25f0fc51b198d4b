"""Robust variance of dependent estimates, with the small-sample correction CR2.

Hedges, Tipton and Johnson (2010, Research Synthesis Methods 1); the correction and its degrees of
freedom after Tipton (2015, Psychological Methods 20) and Pustejovsky and Tipton (2018), for any
working covariance that is block-diagonal by cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats, Ints

SMALLEST = 1e-10


@dataclass(frozen=True, slots=True)
class Robust:
    """The CR2 covariance of the coefficients.

    Attributes
    ----------
    covariance : ndarray, shape (p, p)
    df : ndarray, shape (p,)
        Satterthwaite degrees of freedom of each coefficient.
    parts : ndarray, shape (G, p)
        Contribution of each cluster.
    """

    covariance: Floats
    df: Floats
    parts: Floats


def cr2_robust(
    y: Floats, x: Floats, groups: Ints, working: list[Floats], weights: list[Floats]
) -> Robust:
    """Return the CR2 covariance of the weighted fit.

    Parameters
    ----------
    y : ndarray, shape (k,)
    x : ndarray, shape (k, p)
    groups : ndarray of int, shape (k,)
        Codes from 0, sorted.
    working : list of ndarray, shape (k_g, k_g)
        Working covariance of the errors of each cluster.
    weights : list of ndarray, shape (k_g, k_g)
        Weight matrix of each cluster.
    """
    count, p = int(groups.max()) + 1, x.shape[1]
    rows = [np.flatnonzero(groups == g) for g in range(count)]
    wx = [weights[g] @ x[rows[g]] for g in range(count)]
    total = sum(x[rows[g]].T @ wx[g] for g in range(count))
    bread: Floats = np.asarray(np.linalg.inv(total), dtype=float)
    beta = bread @ sum(wx[g].T @ y[rows[g]] for g in range(count))
    e = y - x @ beta
    loadings = [
        _adjusted(x[rows[g]], wx[g], working[g], bread, (x, rows, wx, working))
        for g in range(count)
    ]
    parts = np.array([loadings[g] @ e[rows[g]] for g in range(count)])
    df = np.array(
        [_df([one[j] for one in loadings], x, rows, wx, working, bread) for j in range(p)]
    )
    return Robust(parts.T @ parts, df, parts)


def _adjusted(
    x: Floats,
    wx: Floats,
    working: Floats,
    bread: Floats,
    whole: tuple[Floats, list[Ints], list[Floats], list[Floats]],
) -> Floats:
    """Return ``bread x' W A`` of a cluster (p, k_g), with A as in Pustejovsky and Tipton's eq. 10."""
    _, rows, wxs, workings = whole
    spread = sum(wxs[g].T @ workings[g] @ wxs[g] for g in range(len(rows)))
    hat = x @ bread
    # Covariance of the cluster's residuals under the working model.
    own = working - hat @ wx.T @ working - working @ wx @ hat.T + hat @ spread @ hat.T
    root = np.linalg.cholesky(working)
    inner = root.T @ own @ root
    values, vectors = np.linalg.eigh((inner + inner.T) / 2)
    known = values > SMALLEST * max(float(values.max()), SMALLEST)
    power = np.where(known, 1 / np.sqrt(np.where(known, values, 1.0)), 0.0)
    a = root @ ((vectors * power) @ vectors.T) @ root.T
    return np.asarray(bread @ wx.T @ a)


def _df(
    loadings: list[Floats],
    x: Floats,
    rows: list[Ints],
    wx: list[Floats],
    working: list[Floats],
    bread: Floats,
) -> float:
    """Return ``tr(Omega)^2 / tr(Omega^2)`` with Omega the covariance of the clusters' parts."""
    count = len(rows)
    spread = sum(wx[g].T @ working[g] @ wx[g] for g in range(count))
    # part_g = l_g' (I - H)_g eps; H = x bread (Wx)'.
    lx = np.array([loadings[g] @ x[rows[g]] @ bread for g in range(count)])
    lw = np.array([loadings[g] @ working[g] @ wx[g] for g in range(count)])
    omega = np.diag([float(loadings[g] @ working[g] @ loadings[g]) for g in range(count)])
    cross = lx @ lw.T
    omega = omega - cross - cross.T + lx @ spread @ lx.T
    square = float((omega**2).sum())
    return float(np.trace(omega) ** 2 / square) if square > 0 else np.nan


def correlated_effects(
    v: Floats, groups: Ints, rho: float, extra: tuple[float, float]
) -> list[Floats]:
    """Return each cluster's working covariance.

    Sampling errors of a cluster correlate at `rho`; `extra` are the variances (between, within)
    of the true effects.
    """
    between, within = extra
    made = []
    for g in range(int(groups.max()) + 1):
        own = v[groups == g]
        sampling = rho * np.sqrt(np.outer(own, own)) + (1 - rho) * np.diag(own)
        made.append(sampling + between + within * np.eye(len(own)))
    return made
