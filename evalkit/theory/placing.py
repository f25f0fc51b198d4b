"""Heights: items keep their order and their distance, and stand as level with their links as can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 10
_TO_MIDDLE = 0.15  # a weak pull, so that what is not linked does not wander off


@dataclass(frozen=True, slots=True)
class Pull:
    """A link between two neighbouring columns: it would be level if both ends stood at one height.

    ``left`` and ``right`` are items of the left and the right column; the offsets say how far
    from the item's middle the link leaves and arrives; long links have more weight, to be straight.
    """

    left: int
    right: int
    left_offset: float
    right_offset: float
    weight: float


def level(wanted: Sequence[float], weights: Sequence[float], apart: Sequence[float]) -> list[float]:
    """Return the places nearest to those wanted that keep the order and the distances.

    Weighted least squares by pooling adjacent violators (Ayer and others 1955), after taking the
    distances out.

    Parameters
    ----------
    wanted, weights : sequence of float
        For each item from top to bottom.
    apart : sequence of float
        Least distance of each item from the one above it; the first entry is not used.
    """
    shift, shifts = 0.0, []
    for at, distance in enumerate(apart):
        shift += distance if at else 0.0
        shifts.append(shift)
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for place, weight, moved in zip(wanted, weights, shifts, strict=True):
        pool = (place - moved, weight, 1)
        while pools and pools[-1][0] >= pool[0]:
            mean, heavy, count = pools.pop()
            both = heavy + pool[1]
            pool = ((mean * heavy + pool[0] * pool[1]) / both, both, count + pool[2])
        pools.append(pool)
    means = [mean for mean, _, count in pools for _ in range(count)]
    return [mean + moved for mean, moved in zip(means, shifts, strict=True)]


def place_columns(
    orders: Sequence[Sequence[int]],
    heights: Sequence[Sequence[float]],
    spaces: Sequence[Sequence[float]],
    pulls: Sequence[Sequence[Pull]],
) -> list[list[float]]:
    """Return the height (of the middle) of each item of each column.

    Parameters
    ----------
    orders : sequence of sequence of int
        Items from top to bottom, for each column.
    heights, spaces : sequence of sequence of float
        Height of each item, and the space it needs above and below.
    pulls : sequence of sequence of Pull
        For each column but the last, its links to the next.
    """
    apart = [_distances(*column) for column in zip(orders, heights, spaces, strict=True)]
    middles = [_stacked(order, gap) for order, gap in zip(orders, apart, strict=True)]
    last = len(orders) - 1
    for _ in range(_SWEEPS):
        for at in (*range(last + 1), *range(last - 1, -1, -1)):
            _relax(at, orders, apart, middles, pulls)
    return middles


def _distances(
    order: Sequence[int], heights: Sequence[float], spaces: Sequence[float]
) -> list[float]:
    distances = [0.0]
    for above, below in pairwise(order):
        half = (heights[above] + heights[below]) / 2
        distances.append(half + max(spaces[above], spaces[below]))
    return distances


def _stacked(order: Sequence[int], apart: Sequence[float]) -> list[float]:
    middles, place = [0.0] * len(order), -sum(apart) / 2
    for item, distance in zip(order, apart, strict=False):
        place += distance
        middles[item] = place
    return middles


def _relax(
    at: int,
    orders: Sequence[Sequence[int]],
    apart: Sequence[Sequence[float]],
    middles: list[list[float]],
    pulls: Sequence[Sequence[Pull]],
) -> None:
    size = len(middles[at])
    sums, weights = [0.0] * size, [_TO_MIDDLE] * size
    for pull in pulls[at] if at < len(pulls) else ():
        place = middles[at + 1][pull.right] + pull.right_offset - pull.left_offset
        sums[pull.left] += pull.weight * place
        weights[pull.left] += pull.weight
    for pull in pulls[at - 1] if at else ():
        place = middles[at - 1][pull.left] + pull.left_offset - pull.right_offset
        sums[pull.right] += pull.weight * place
        weights[pull.right] += pull.weight
    order = orders[at]
    wanted = [sums[item] / weights[item] for item in order]
    placed = level(wanted, [weights[item] for item in order], apart[at])
    for item, place in zip(order, placed, strict=True):
        middles[at][item] = place
