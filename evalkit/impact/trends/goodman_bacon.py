"""Which comparisons of two groups a two-way estimate averages (Goodman-Bacon 2021).

For a panel without gaps or covariates, a treatment of 0 and 1 that stays, and weights that are
constant in time, the two-way estimate is a weighted average of all differences in differences
between groups that start together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats, Ints

UNTREATED = "treated vs untreated"
ALWAYS = "later vs always treated"
EARLIER = "earlier vs later treated"
LATER = "later vs earlier treated"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One difference in differences: whose treatment, against whom, its estimate and weight.

    `treated` and `against` are indices of groups.
    """

    kind: str
    treated: int
    against: int
    estimate: float
    weight: float


def group_means(y: Floats, w: Floats, group: Ints, time: Ints, shape: tuple[int, int]) -> Floats:
    """Return the weighted mean of `y` in every group and period, shape (groups, periods)."""
    cell = group * shape[1] + time
    size = shape[0] * shape[1]
    total = np.bincount(cell, weights=w, minlength=size)
    return np.asarray(np.bincount(cell, weights=w * y, minlength=size) / total).reshape(shape)


def decompose(means: Floats, sizes: Floats, starts: Sequence[int]) -> tuple[Comparison, ...]:
    """Return every comparison with its estimate and weight; the weights add to one.

    Parameters
    ----------
    means : ndarray, shape (K, T)
        Mean outcome of each group in each period.
    sizes : ndarray, shape (K,)
        Number (or weight) of units in each group.
    starts : sequence of int, length K
        First treated period of the group: 0 or less is treated in all periods, T or more in none.

    References
    ----------
    Goodman-Bacon (2021), Journal of Econometrics 225, equations 10a-10g.
    """
    periods = means.shape[1]
    order = np.argsort(np.asarray(starts), kind="stable")
    share = np.clip(1 - np.asarray(starts, dtype=float) / periods, 0.0, 1.0)
    found = []
    for place, k in enumerate(order):
        for j in order[place + 1 :]:
            found += _pair(means, sizes, starts, share, (int(k), int(j)))
    total = sum(one.weight for one in found)
    return tuple(
        Comparison(one.kind, one.treated, one.against, one.estimate, one.weight / total)
        for one in found
        if one.weight > 0
    )


def _pair(
    means: Floats, sizes: Floats, starts: Sequence[int], share: Floats, pair: tuple[int, int]
) -> list[Comparison]:
    """Return both comparisons of a group with one that starts later, with weights as yet unscaled."""
    k, j = pair
    early, late = share[k], share[j]
    n = sizes[k] + sizes[j]
    mix = sizes[k] / n * sizes[j] / n * n**2
    begin, next_begin = max(int(starts[k]), 0), min(int(starts[j]), means.shape[1])
    found = []
    if 0 < early < 1:  # the earlier one is seen before its start
        weight = mix * (early - late) * (1 - early)
        kind = UNTREATED if late == 0 else EARLIER
        spans = (slice(begin), slice(begin, next_begin))
        found.append(_comparison(kind, means, pair, spans, float(weight)))
    if 0 < late < 1:  # the later one is seen after its start
        weight = mix * late * (early - late)
        kind = ALWAYS if early == 1 else LATER
        spans = (slice(begin, next_begin), slice(next_begin, None))
        found.append(_comparison(kind, means, (j, k), spans, float(weight)))
    return found


def _comparison(
    kind: str, means: Floats, pair: tuple[int, int], spans: tuple[slice, slice], weight: float
) -> Comparison:
    if weight <= 0:
        return Comparison(kind, *pair, 0.0, 0.0)
    gap = means[pair[0]] - means[pair[1]]
    return Comparison(kind, *pair, float(gap[spans[1]].mean() - gap[spans[0]].mean()), weight)
