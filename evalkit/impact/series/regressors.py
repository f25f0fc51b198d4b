"""The columns of a segmented regression, without labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.least_squares import Floats

Ints = NDArray[np.intp]


def level(position: Ints, start: int, ramp: int) -> Floats:
    """Return 0 before the start and 1 after, reached in `ramp` even steps.

    Parameters
    ----------
    position : ndarray of int, shape (n,)
    start : int
        First period of the programme.
    ramp : int
        Periods until the full effect; 1 is a step.
    """
    return np.clip((position - start + 1.0) / ramp, 0.0, 1.0)


def slope(position: Ints, start: int, ramp: int) -> Floats:
    """Return the periods since the effect was full: 0 before it and in that very period."""
    return np.asarray(np.maximum(position - start - (ramp - 1.0), 0.0))


def season_columns(position: Ints, season: int, harmonics: int) -> Floats:
    """Return the season's columns, shape (n, c).

    Parameters
    ----------
    position : ndarray of int, shape (n,)
    season : int
        Periods in a cycle; 0 or 1 for none.
    harmonics : int
        Pairs of sine and cosine (Fourier terms); 0 for a dummy of each period but one.
    """
    if season < 2:
        return np.zeros((len(position), 0))
    if harmonics == 0:
        return np.asarray(position[:, None] % season == np.arange(1, season), dtype=float)
    columns = []
    for h in range(1, min(harmonics, season // 2) + 1):
        angle = 2 * np.pi * h * (position % season) / season
        if 2 * h < season:  # at half the period the sine is zero throughout
            columns.append(np.sin(angle))
        columns.append(np.cos(angle))
    return np.column_stack(columns)
