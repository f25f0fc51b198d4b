"""What every weighting estimator gives: an effect, its weights, each row's part in its error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats


@dataclass(frozen=True, slots=True)
class Effect:
    """An estimated effect.

    Attributes
    ----------
    value : float
    influence : ndarray, shape (n,)
        Influence of each row on `value`, estimated weights allowed for; they sum to about zero,
        and the root of their sum of squares is the sandwich standard error.
    known : ndarray, shape (n,)
        The same if the weights were known and not estimated.
    weights : ndarray, shape (n,)
        Weights of the rows in their arm's mean, sampling weights included.
    """

    value: float
    influence: Floats
    known: Floats
    weights: Floats


@dataclass(frozen=True, slots=True)
class Arms:
    """Arrays that all estimators start from: outcome, treated or not, covariates, weights."""

    y: Floats
    t: Floats
    x: Floats
    weights: Floats

    def take(self, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Arms:
        """Return some rows."""
        return Arms(self.y[rows], self.t[rows], self.x[rows], self.weights[rows])


def difference_of_means(arms: Arms, weights: Floats) -> tuple[float, Floats]:
    """Return the weighted difference of means and its influence, the weights being known."""
    t, y = arms.t, arms.y
    one, zero = weights * t, weights * (1 - t)
    first, second = (one @ y) / one.sum(), (zero @ y) / zero.sum()
    influence = one * (y - first) / one.sum() - zero * (y - second) / zero.sum()
    return float(first - second), np.asarray(influence)
