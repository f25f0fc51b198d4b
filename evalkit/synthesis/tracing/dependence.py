"""Signs that hang together: the chance of several of them at once, when their link is not known.

Two accounts of one person are not two pieces of evidence. Inside a package all that is assumed is
that signs do not speak against each other: their joint chance lies between that of independent
signs and that of signs that are as alike as their single chances allow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from evalkit.errors import DataError

Range = tuple[float, float]


def joint(p1: float, p2: float, rho: float) -> dict[tuple[int, int], float]:
    """Return the four joint chances of two signs with a given correlation.

    ``p11 = p1 p2 + rho sqrt(p1 p2 q1 q2)`` (the correlation of two indicators).

    Raises
    ------
    DataError
        A correlation that these chances do not allow, with those they do.
    """
    unit = math.sqrt(p1 * p2 * (1 - p1) * (1 - p2))
    low = (max(0.0, p1 + p2 - 1) - p1 * p2) / unit if unit else 0.0
    high = (min(p1, p2) - p1 * p2) / unit if unit else 0.0
    if not low - 1e-12 <= rho <= high + 1e-12:
        raise DataError(
            f"Signs with chances {p1:g} and {p2:g} cannot correlate at {rho:g}.",
            do=f"The correlation must lie between {low:.3g} and {high:.3g}.",
        )
    both = p1 * p2 + rho * unit
    return {(1, 1): both, (1, 0): p1 - both, (0, 1): p2 - both, (0, 0): 1 - p1 - p2 + both}


def pattern(present: Sequence[float], absent: Sequence[float], dependence: float) -> float:
    """Return the chance of a pattern of signs, some present and some absent.

    Parameters
    ----------
    present, absent : sequence of float
        The single chances of the signs that were found, and of those that were not.
    dependence : float
        0 for independent signs, 1 for signs as alike as their chances allow (one hidden draw
        decides all); between them a mixture of the two. For two signs this runs over all
        correlations from 0 to the highest feasible one.
    """
    apart = math.prod(present) * math.prod(1 - p for p in absent)
    alike = max(0.0, min(present, default=1.0) - max(absent, default=0.0))
    return (1 - dependence) * apart + dependence * alike


def bounds(present: Sequence[Range], absent: Sequence[Range], dependence: Range) -> Range:
    """Return the lowest and highest chance of a pattern; exact, as it is monotone in every chance."""
    worst = [
        pattern([low for low, _ in present], [high for _, high in absent], one)
        for one in dependence
    ]
    best = [
        pattern([high for _, high in present], [low for low, _ in absent], one)
        for one in dependence
    ]
    return min(worst), max(best)
