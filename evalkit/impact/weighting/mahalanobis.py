"""Coordinates in which plain distance is the distance that matching is to use."""

from __future__ import annotations

import numpy as np

from evalkit.impact.least_squares import Floats, Ints

APART = 1e7
"""Distance between groups that must not be mixed, in units of the coordinates' spread."""


def whitened(x: Floats, weights: Floats) -> Floats:
    """Return columns whose Euclidean distance is the Mahalanobis distance in the whole sample.

    The covariance is that of all rows, treated and not (Abadie and Imbens 2011, section 2.1).
    """
    share = weights / weights.sum()
    centred = x - share @ x
    covariance = (centred * share[:, None]).T @ centred * len(x) / (len(x) - 1)
    values, vectors = np.linalg.eigh(covariance)
    safe = values > 1e-10 * values.max()
    scaled = vectors[:, safe] / np.sqrt(values[safe])
    # Row by row, so that equal rows stay equal to the last bit.
    return np.column_stack([(centred * scaled[:, j]).sum(axis=1) for j in range(scaled.shape[1])])


def scaled(x: Floats) -> Floats:
    """Return columns over their SD: the inverse-variance distance of Abadie and Imbens (2006)."""
    return np.asarray((x - x.mean(axis=0)) / x.std(axis=0, ddof=1))


def within_groups(points: Floats, group: Ints) -> Floats:
    """Return the points with a further coordinate that puts each group far from the others."""
    if not group.any():
        return points
    reach = float(np.ptp(points, axis=0).max()) or 1.0
    return np.column_stack([points, group * (APART * reach)])


def too_far(points: Floats, group: Ints) -> float:
    """Return the distance from which two points cannot be of one group."""
    if not group.any():
        return np.inf
    return 0.5 * APART * (float(np.ptp(points, axis=0).max()) or 1.0)
