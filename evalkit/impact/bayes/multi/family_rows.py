"""Rows of outcomes of other families as the model reads them, those alike made one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evalkit.impact.bayes.collapse import Floats, Ints
from evalkit.impact.bayes.engine import DIGITS
from evalkit.impact.bayes.multi.layout import Layout


@dataclass(frozen=True)
class Rows:
    """Rows as the model reads them, those alike made one.

    Attributes
    ----------
    y, size, weight : numpy.ndarray, shape (rows,)
        For ordinal outcomes `y` is the category from 0; for student_t in SDs from the centre.
    fixed : numpy.ndarray, shape (rows, columns)
    codes : numpy.ndarray of int, shape (rows, blocks)
    features : numpy.ndarray, shape (rows, features of all blocks)
    site, treated : numpy.ndarray of int, shape (rows,)
    """

    y: Floats
    size: Floats
    weight: Floats
    fixed: Floats
    codes: Ints
    features: Floats
    site: Ints
    treated: Ints


@dataclass(frozen=True)
class Units:
    """How the outcome was measured for sampling: centre, scale, and the categories' scores."""

    centre: float
    scale: float
    scores: Floats


def units_of(layout: Layout, family: str) -> Units:
    """Return what the outcome is measured in for sampling."""
    if family == "student_t":
        off = layout.y[layout.treated == 0]
        spread = float(np.median(np.abs(off - np.median(off))) * 1.4826) or float(off.std())
        return Units(float(np.median(off)), spread or 1.0, np.zeros(0))
    if family == "ordinal":
        return Units(0.0, 1.0, np.unique(layout.y))
    return Units(0.0, 1.0, np.zeros(0))


def every_row(layout: Layout, family: str, units: Units) -> Rows:
    """Return the rows as the model reads them, one for each row of the data."""
    blocks = layout.blocks
    codes = np.column_stack([block.codes[:, 0] for block in blocks])
    features = np.column_stack(
        [layout.multiplier(one) * block.share[:, 0] for block in blocks for one in block.features]
    )
    y, fixed = (layout.y - units.centre) / units.scale, layout.fixed.round(DIGITS)
    if family == "ordinal":
        y = np.searchsorted(units.scores, layout.y).astype(float)
        fixed[:, layout.roles.index("level")] = 0.0  # the cuts carry the level
    weight = layout.weight / layout.weight.mean()
    treated = layout.treated.astype(int)
    return Rows(y.round(DIGITS), layout.size, weight, fixed, codes, features, layout.site, treated)


def fewer(rows: Rows, family: str) -> Rows:
    """Return the rows for sampling: those with the same predictors become one where they may."""
    return _summed(rows) if family in SUMMED else _counted(rows)


SUMMED = ("bernoulli", "binomial", "poisson")


def _alike(rows: Rows, *more: Floats) -> tuple[Ints, Ints]:
    """Return the first row of each kind, and which kind each row is of, in an order of content."""
    keys = np.column_stack([rows.fixed, rows.codes, rows.features, rows.site, rows.treated, *more])
    _, first, kind = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return first, np.asarray(kind).ravel()


def _summed(rows: Rows) -> Rows:
    """Sum outcomes and sizes over rows alike: sufficient for these families."""
    first, kind = _alike(rows)
    y = np.bincount(kind, rows.weight * rows.y).astype(float)
    size = np.bincount(kind, rows.weight * rows.size).astype(float)
    keep = size > 0  # nobody tried tells nothing
    return _picked(rows, first[keep], y[keep], size[keep], np.ones(int(keep.sum())))


def _counted(rows: Rows) -> Rows:
    """Count rows alike in everything, the outcome included."""
    first, kind = _alike(rows, rows.y[:, None], rows.size[:, None])
    weight = np.bincount(kind, rows.weight).astype(float)
    return _picked(rows, first, rows.y[first], rows.size[first], weight)


def _picked(rows: Rows, at: Ints, y: Floats, size: Floats, weight: Floats) -> Rows:
    return replace(
        rows,
        y=y,
        size=size,
        weight=weight,
        fixed=rows.fixed[at],
        codes=rows.codes[at],
        features=rows.features[at],
        site=rows.site[at],
        treated=rows.treated[at],
    )
