"""From rows to Gram matrices: one pass, after which no row is looked at again."""

from __future__ import annotations

import numpy as np

from evalkit.errors import DesignError
from evalkit.impact.gaussian.model import Floats, Gram, Ints


def gram(x: Floats, y: Floats, weights: Floats | None = None) -> Gram:
    """Return the sums of one noise group.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, m)
    y : numpy.ndarray, shape (n,)
        Centred and in standard deviations: digits lost to a large offset are not found again.
    weights : numpy.ndarray, shape (n,), optional
        Precision weights: the variance of a row is ``noise^2 / weight``.

    Raises
    ------
    DesignError
        When a number is missing or infinite, a weight is not above zero, or shapes disagree.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    _refuse_bad_rows(x, y, w)
    root = np.sqrt(w)[:, None]
    rows = root * np.column_stack([x, y])
    both = rows.T @ rows
    return Gram(both[:-1, :-1], both[:-1, -1], float(both[-1, -1]), float(len(y)))


def grams(x: Floats, y: Floats, group: Ints, weights: Floats | None = None) -> tuple[Gram, ...]:
    """Return the sums of each noise group; `group` is coded from 0 and may leave groups empty."""
    codes = np.asarray(group)
    if len(codes) != len(y) or (len(codes) and codes.min() < 0):
        raise DesignError(
            f"{len(y)} rows have {len(codes)} noise groups, or a code is below 0.",
            do="Give each row one code from 0.",
        )
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    count = int(codes.max()) + 1 if len(codes) else 0
    masks = [codes == g for g in range(count)]
    return tuple(gram(x[mask], y[mask], w[mask]) for mask in masks)


def cross_grams(x: tuple[Floats, ...], y: tuple[Floats, ...]) -> tuple[Gram, ...]:
    """Return the sums over pairs of outcomes of the same rows that `Noise.cross` wants.

    Parameters
    ----------
    x : tuple of numpy.ndarray, shape (n, m)
        The rows of each outcome, in the columns of all coefficients.
    y : tuple of numpy.ndarray, shape (n,)
    """
    if len({len(one) for one in y}) != 1:
        raise DesignError(
            "Outcomes with correlated residuals must be measured on the same rows.",
            do="Keep the rows where every outcome is known, or leave the residuals uncorrelated.",
        )
    for rows, outcome in zip(x, y, strict=True):
        _refuse_bad_rows(rows, outcome, np.ones(len(outcome)))
    found = []
    for g in range(len(x)):
        for h in range(g):
            xx = x[g].T @ x[h]
            xy = x[g].T @ y[h] + x[h].T @ y[g]
            found.append(Gram(xx + xx.T, xy, float(2 * (y[g] @ y[h])), float(len(y[g]))))
    return tuple(found)


def _refuse_bad_rows(x: Floats, y: Floats, w: Floats) -> None:
    if x.ndim != 2 or y.ndim != 1 or not len(x) == len(y) == len(w):
        raise DesignError(
            f"Rows disagree: x has shape {x.shape}, y {y.shape} and the weights {w.shape}.",
            do="Give one row of x, one y and one weight for each observation.",
        )
    bad = int((~np.isfinite(x).all(axis=1) | ~np.isfinite(y)).sum())
    if bad:
        raise DesignError(
            f"{bad} of {len(y)} rows have a missing or infinite number.",
            do="Leave these rows out, or fill them in before.",
        )
    if not (np.isfinite(w) & (w > 0)).all():
        raise DesignError("A weight is not above zero.", do="Give positive, finite weights.")
