"""Ridge-augmented synthetic control (Ben-Michael, Feller and Rothstein 2021).

Where the weighted donors do not follow the treated unit before the start, a ridge regression of
later on earlier outcomes corrects for what is left. It amounts to weights that may be negative: they
extrapolate, and the penalty says how far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.frame import Floats
from evalkit.impact.synthetic.weights import simplex

PENALTIES = 21
SMALLEST = 1e-8
"""The smallest penalty tried, as a share of the largest."""


@dataclass(frozen=True, slots=True)
class Augmented:
    """Weights (which may be negative), the penalty, and the mean squared error of each tried."""

    weights: Floats
    penalty: float
    tried: Floats
    errors: Floats


def augmented(
    treated: Floats,
    donors: Floats,
    base: Floats,
    *,
    penalty: float | None = None,
    fixed: bool = False,
) -> Augmented:
    """Return the weights of the donors, corrected by ridge regression.

    Parameters
    ----------
    treated : ndarray, shape (t0,)
        Before the start.
    donors : ndarray, shape (t0, n)
    base : ndarray, shape (n,)
        Weights of the synthetic control that is corrected.
    penalty : float, optional
        Of the ridge; chosen by leaving out periods in turn when not given.
    fixed : bool
        Whether the base weights stay as they are when a period is left out (they come from
        predictors) or are fitted again to the others.

    References
    ----------
    Ben-Michael, Feller and Rothstein (2021), The Augmented Synthetic Control Method, Journal of the
    American Statistical Association 116, eqs. 12 to 14 and section 5.3.
    """
    own, others = _centred(treated, donors)
    tried, errors = np.zeros(0), np.zeros(0)
    if penalty is None:
        tried = penalties(others)
        errors, spread = _errors(own, others, tried, base if fixed else None)
        best = int(np.argmin(errors))
        penalty = float(tried[errors <= errors[best] + spread[best]].max())
    weights = base + _correction(own, others, base, np.array([penalty]))[0]
    return Augmented(weights, penalty, tried, errors)


def _centred(treated: Floats, donors: Floats) -> tuple[Floats, Floats]:
    level = donors.mean(axis=1)
    return treated - level, donors - level[:, None]


def penalties(others: Floats) -> Floats:
    """Return penalties evenly spaced in logs, from the largest squared singular value down."""
    largest = float(np.linalg.norm(others, 2)) ** 2 or 1.0
    return np.asarray(largest * np.geomspace(1.0, SMALLEST, PENALTIES))


def _correction(own: Floats, others: Floats, base: Floats, tried: Floats) -> Floats:
    """Return what ridge regression adds to the weights, for each penalty: shape (p, n)."""
    left = own - others @ base
    u, s, vt = np.linalg.svd(others, full_matrices=False)
    scale = s / (s**2 + tried[:, None])
    return np.asarray((scale * (u.T @ left)) @ vt)


def _errors(
    own: Floats, others: Floats, tried: Floats, base: Floats | None
) -> tuple[Floats, Floats]:
    """Return mean squared errors at periods left out in turn, and the standard errors of these."""
    count = len(own)
    squares = np.empty((count, len(tried)))
    for left_out in range(count):
        rest = np.arange(count) != left_out
        start = simplex(own[rest], others[rest]).weights if base is None else base
        made = start + _correction(own[rest], others[rest], start, tried)
        squares[left_out] = (own[left_out] - made @ others[left_out]) ** 2
    return squares.mean(axis=0), squares.std(axis=0, ddof=1) / np.sqrt(count)
