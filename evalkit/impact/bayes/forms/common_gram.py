"""Collapsed models whose coefficients are of everyone (fixed) or of each group (varying).

Arrays in, arrays out. Groups that are few have coefficients of their own; where there are more than
`MOST_COEFFICIENTS` allows, their part is taken out beforehand by generalised least squares at the ratio of
variances that REML finds: with so many groups that ratio is known well, and the residual spread,
by which every error is measured, is still learnt with the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from evalkit.impact.gaussian import Gram
from evalkit.impact.least_squares import Floats, Ints, cluster_products, sums_by
from evalkit.impact.randomised.mixed import fit_mixed, grams_of, whiten

MOST_COEFFICIENTS = 240
"""Coefficients of groups that are sampled; beyond that many, see above."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """Rows as columns of everyone and columns that each group has its own coefficients of.

    Attributes
    ----------
    y, weight : ndarray, shape (n,)
        Outcome in units; precision weights.
    x : ndarray, shape (n, p)
    z : ndarray, shape (n, d)
    group : ndarray of int, shape (n,)
        Codes from 0.
    absorbed : int
        Effects that were taken out of all columns before: they cost degrees of freedom.
    """

    y: Floats
    x: Floats
    z: Floats
    group: Ints
    weight: Floats
    absorbed: int = 0

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return int(self.group.max()) + 1 if self.z.shape[1] else 0

    def columns(self) -> Ints:
        """Return which coefficients are those of the groups, shape (groups, d)."""
        d, p = self.z.shape[1], self.x.shape[1]
        return np.asarray(p + np.arange(self.n_groups * d, dtype=np.intp)).reshape(self.n_groups, d)

    def fitted(self, coef: Floats) -> Floats:
        """Return the rows' values at coefficients (p + groups * d,)."""
        made = self.x @ coef[: self.x.shape[1]]
        if self.z.shape[1]:
            made = made + (self.z * coef[self.columns()][self.group]).sum(axis=1)
        return np.asarray(made)


@dataclass(frozen=True)
class Collapse:
    """Rows collapsed.

    Attributes
    ----------
    gram : Gram
    columns : ndarray of int, shape (groups, d)
        The coefficients of the groups; none where they were taken out.
    taken_out : ndarray, shape (d, d), or None
        Covariance of the groups' coefficients in units of the noise's variance, where taken out.
    residuals : callable
        From coefficients to residuals, each times the root of its weight.
    """

    gram: Gram
    columns: Ints
    taken_out: Floats | None
    residuals: Callable[[Floats], Floats]


def collapse(rows: Grouped) -> Collapse:
    """Return the products of all columns, with the groups' taken out where they are too many."""
    taken = None
    if rows.n_groups * rows.z.shape[1] > MOST_COEFFICIENTS:
        rows, taken = without_groups(rows)

    def residuals(coef: Floats) -> Floats:
        return np.asarray((rows.y - rows.fitted(coef)) * np.sqrt(rows.weight))

    return Collapse(gram_of(rows), rows.columns(), taken, residuals)


def gram_of(rows: Grouped) -> Gram:
    """Return the products of all columns, those of the groups built from sums within groups."""
    x, z, w, count = rows.x, rows.z, rows.weight, rows.n_groups
    p, d = x.shape[1], z.shape[1]
    m = p + count * d
    xx, xy = np.zeros((m, m)), np.zeros(m)
    wx, wy = x * w[:, None], w * rows.y
    xx[:p, :p], xy[:p] = wx.T @ x, wx.T @ rows.y
    if count:
        cross = cluster_products(z, wx, rows.group, count).reshape(count * d, p)
        xx[p:, :p], xx[:p, p:] = cross, cross.T
        own = cluster_products(z, z * w[:, None], rows.group, count)
        for g, at in enumerate(rows.columns()):
            xx[np.ix_(at, at)] = own[g]
        xy[p:] = sums_by(z * wy[:, None], rows.group, count).ravel()
    return Gram(xx, xy, float(wy @ rows.y), float(len(rows.y) - rows.absorbed))


def without_groups(rows: Grouped) -> tuple[Grouped, Floats]:
    """Return rows with the groups' part taken out, and its covariance in units of the noise.

    The rows are multiplied by the inverse root of their covariance at the variances that REML finds
    (`mixed`), so that what is left are independent errors of one spread.
    """
    rows = _two_columns(rows)
    grams = grams_of(rows.y, rows.x, rows.z, rows.group, rows.weight)
    mixed = fit_mixed(replace(grams, n=grams.n - rows.absorbed), wanted=0)
    relative = mixed.between / mixed.within
    made = whiten(np.column_stack([rows.y, rows.x]), rows.z, rows.group, rows.weight, relative)
    ones = np.ones(len(rows.y))
    none = np.zeros((len(ones), 0))
    left = Grouped(made[:, 0], made[:, 1:], none, rows.group, ones, rows.absorbed)
    return left, np.asarray(relative)


def _two_columns(rows: Grouped) -> Grouped:
    """Return rows whose groups have two columns at most: of several arms, all as one."""
    if rows.z.shape[1] <= 2:
        return rows
    return replace(rows, z=np.column_stack([rows.z[:, 0], rows.z[:, 1:].sum(axis=1)]))
