"""Partial R2 of a treatment and of covariates: what each explains of what the others leave."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats, Ints, cr1, fit, independent_columns

NOTHING_LEFT = 1e-12
"""Share of a variable's own square sum below which nothing of it is left to explain."""


@dataclass(frozen=True, slots=True)
class Regression:
    """A linear regression of an outcome on a treatment and covariates, as arrays.

    Attributes
    ----------
    y, d : ndarray, shape (n,)
        Outcome and treatment (0 and 1, or a dose), in their own units, without missing values.
    x : ndarray, shape (n, k)
        Covariates, without a constant.
    names : tuple of str, length k
        What the covariates are called; columns of one name (dummies of a category) count as one.
    weights : ndarray, shape (n,), optional
    clusters : ndarray of int, shape (n,), optional
        Codes from 0; the error is then cluster-robust (CR1, t with clusters - 1 df).
    absorbed : int, optional
        None: a constant is added. Otherwise effects were taken out of every column already, that
        many parameters are counted for them, and no constant is added.
    """

    y: Floats
    d: Floats
    x: Floats
    names: tuple[str, ...]
    weights: Floats | None = None
    clusters: Ints | None = None
    absorbed: int | None = None


@dataclass(frozen=True, slots=True)
class Adjusted:
    """The coefficient of the treatment, and what each covariate explains beside it.

    Attributes
    ----------
    value, std_error : float
        Coefficient; its error under equal spread, ``df`` degrees of freedom.
    df : int
        ``n`` less all parameters.
    robust_error, robust_df : float
        Error and degrees of freedom for intervals; those above where no clusters are given.
    names : tuple of str
        Covariates that are left once collinear ones are dropped.
    r2_treatment, r2_outcome : ndarray, shape (len(names),)
        Partial R2 of each covariate with the treatment (given the others), and with the outcome
        (given the others and the treatment).
    """

    value: float
    std_error: float
    df: int
    robust_error: float
    robust_df: float
    names: tuple[str, ...]
    r2_treatment: Floats
    r2_outcome: Floats


def partial_r2(t: float, df: float) -> float:
    """Return the partial R2 behind a t statistic, ``t2 / (t2 + df)``.

    References
    ----------
    Cinelli and Hazlett (2020), Journal of the Royal Statistical Society B 82, section 4.
    """
    return t * t / (t * t + df)


def partial_f2(t: float, df: float) -> float:
    """Return Cohen's partial f2 behind a t statistic, ``t2 / df = R2 / (1 - R2)``."""
    return t * t / df


def adjust(data: Regression, groups: dict[str, tuple[str, ...]] | None = None) -> Adjusted | str:
    """Fit the regression, or return why it cannot serve.

    Parameters
    ----------
    data : Regression
    groups : dict of str to tuple of str, optional
        Sets of covariates that serve as one benchmark, by the name of the set, beside each alone.
    """
    weight = np.ones(len(data.y)) if data.weights is None else data.weights
    root = np.sqrt(weight)
    y, d = data.y * root, data.d * root
    columns, names = _columns(data, root)
    kept = independent_columns(columns, np.linalg.norm(columns, axis=0))
    columns, names = columns[:, kept], [names[j] for j in kept]
    used = (data.absorbed or 0) + columns.shape[1] + 1
    df = len(y) - used
    left = d - _projection(columns, d)
    if df < 2 or left @ left <= NOTHING_LEFT * (d @ d):
        return "the covariates and the number of rows leave nothing of the treatment to explain"
    full = np.column_stack([columns, d])
    slopes_y, inverse_y, rss_y = _least_squares(full, y)
    if rss_y <= NOTHING_LEFT * (y @ y):
        return "the regression leaves nothing of the outcome unexplained"
    sets = {name: (name,) for name in dict.fromkeys(one for one in names if one)} | (groups or {})
    places = {key: [j for j, name in enumerate(names) if name in one] for key, one in sets.items()}
    places = {key: where for key, where in places.items() if where}
    of_d = _least_squares(columns, d) if places else (slopes_y, inverse_y, rss_y)
    std_error = math.sqrt(rss_y / df * float(inverse_y[-1, -1]))
    robust = _clustered(full, y, data, used) or (std_error, float(df))
    return Adjusted(
        value=float(slopes_y[-1]),
        std_error=std_error,
        df=df,
        robust_error=robust[0],
        robust_df=robust[1],
        names=tuple(places),
        r2_treatment=np.array([_group_r2(where, *of_d) for where in places.values()]),
        r2_outcome=np.array(
            [_group_r2(where, slopes_y, inverse_y, rss_y) for where in places.values()]
        ),
    )


def _columns(data: Regression, root: Floats) -> tuple[Floats, list[str]]:
    columns = data.x * root[:, None]
    if data.absorbed is not None:
        return columns, list(data.names)
    return np.column_stack([root, columns]), ["", *data.names]


def _projection(columns: Floats, d: Floats) -> Floats:
    if columns.shape[1] == 0:
        return np.zeros_like(d)
    q = np.linalg.qr(columns)[0]
    return np.asarray(q @ (q.T @ d))


def _least_squares(x: Floats, y: Floats) -> tuple[Floats, Floats, float]:
    """Return coefficients, the inverse of the Gram matrix, and the residual sum of squares."""
    q, r = np.linalg.qr(x)
    inverse = np.linalg.inv(r)
    slopes = inverse @ (q.T @ y)
    left = y - x @ slopes
    return slopes, inverse @ inverse.T, float(left @ left)


def _group_r2(where: list[int], slopes: Floats, inverse: Floats, rss: float) -> float:
    """Return the partial R2 of a set of columns: the drop in fit without them, by their Wald form."""
    b = slopes[where]
    drop = float(b @ np.linalg.solve(inverse[np.ix_(where, where)], b))
    return drop / (drop + rss)


def _clustered(full: Floats, y: Floats, data: Regression, used: int) -> tuple[float, float] | None:
    if data.clusters is None:
        return None
    count = int(data.clusters.max()) + 1
    if count < 2:
        return None
    fitted = fit(full, y, data.clusters, used - full.shape[1])
    return math.sqrt(float(cr1(fitted)[-1, -1])), count - 1.0
