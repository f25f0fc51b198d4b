"""How far two phases overlap: NAP, Tau, Tau-U, PND, on arrays of one case."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats


@dataclass(frozen=True, slots=True)
class Tau:
    """A Tau: its sum of signs, the number of pairs it is over, and its standard error.

    The standard error is that of Mann and Whitney (1947) when nothing changed, points independent.
    """

    sign_sum: float
    pairs: int
    std_error: float

    @property
    def value(self) -> float:
        """The sum over the pairs."""
        return self.sign_sum / self.pairs if self.pairs else math.nan


def between_sum(before: Floats, after: Floats) -> float:
    """Return pairs that rise less pairs that fall, from each point before to each after."""
    return float(np.sign(after[None, :] - before[:, None]).sum())


def trend_sum(values: Floats) -> float:
    """Return pairs that rise less pairs that fall within a phase, in time order (Kendall's S)."""
    return float(np.sign(np.triu(values[None, :] - values[:, None], 1)).sum())


def nap(before: Floats, after: Floats) -> float:
    """Return the non-overlap of all pairs (Parker and Vannest 2009): P(after > before) + ties / 2."""
    return 0.5 + 0.5 * between_sum(before, after) / (len(before) * len(after))


def pnd(before: Floats, after: Floats) -> float:
    """Return the share of points after that are above every one before."""
    return float((after > before.max()).mean())


def tau_u(before: Floats, after: Floats) -> dict[str, Tau]:
    """Return the family of Tau-U (Parker, Vannest, Davis and Sauber 2011).

    Returns
    -------
    dict
        ``"A vs B"``; ``"A vs B - trend A"`` (the baseline's trend taken off, over the A-B pairs);
        ``"A vs B + trend B"`` and ``"A vs B + trend B - trend A"`` (over their own pairs).
    """
    n, m = len(before), len(after)
    s, a, b = between_sum(before, after), trend_sum(before), trend_sum(after)
    cross, inside = n * m, m * (m - 1) // 2
    error = math.sqrt((n + m + 1) / (3 * n * m))
    every = cross + inside + n * (n - 1) // 2
    return {
        "A vs B": Tau(s, cross, error),
        "A vs B - trend A": Tau(s - a, cross, error),
        "A vs B + trend B": Tau(s + b, cross + inside, math.nan),
        "A vs B + trend B - trend A": Tau(s + b - a, every, math.nan),
    }
