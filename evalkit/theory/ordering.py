"""In which order boxes stand in their columns, so that few links cross.

Columns are given, so what is left is the order inside each. Sweeps over the columns put every box
at the mean place of its neighbours (the barycentre of Sugiyama, Tagawa and Toda 1981), then move
single boxes to where they cross least (sifting, Matuszewski, Schoenfeld and Molitor 1999). Starts
from several seeded random orders; the best result is shaken and mended again.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.int64]

STARTS = 16
SHAKES = 100
_SWEEPS = 6


@dataclass(slots=True)
class _Columns:
    """Which item of each column is joined to which of the next, and the order tried now."""

    joins: list[Matrix]
    orders: list[list[int]]
    chance: random.Random

    def copy_orders(self) -> list[list[int]]:
        return [list(order) for order in self.orders]


def order_columns(
    sizes: Sequence[int],
    joins: Sequence[Sequence[tuple[int, int]]],
    *,
    seed: int = 0,
    starts: int = STARTS,
    shakes: int = SHAKES,
) -> tuple[list[list[int]], int]:
    """Order the items of each column.

    Parameters
    ----------
    sizes : sequence of int
        How many items each column has.
    joins : sequence of sequence of (int, int)
        For each column but the last, which of its items are joined to which of the next.
    seed : int
        Of the random starts; the same seed gives the same order.
    starts, shakes : int
        Random starts, and times the best order is shaken and mended.

    Returns
    -------
    orders : list of list of int
        Items from top to bottom, for each column.
    crossings : int
        Crossings that are left.
    """
    chance = random.Random(seed)  # noqa: S311 (a layout is no secret)
    columns = _Columns(_matrices(sizes, joins), [list(range(size)) for size in sizes], chance)
    best, fewest = columns.copy_orders(), _crossings(columns)
    for start in range(starts):
        if fewest == 0:
            break
        if start:
            for order in columns.orders:
                chance.shuffle(order)
        best, fewest = _better(columns, best, fewest)
    for shake in range(shakes):
        if fewest == 0:
            break
        columns.orders = [list(order) for order in best]
        _shake(columns.orders, chance, strength=1 + shake % 3)
        best, fewest = _better(columns, best, fewest)
    return best, fewest


def _better(columns: _Columns, best: list[list[int]], fewest: int) -> tuple[list[list[int]], int]:
    _mend(columns)
    crossings = _crossings(columns)
    # "<=": a different order with as few crossings is a better place to shake from next time
    return (columns.copy_orders(), crossings) if crossings <= fewest else (best, fewest)


def _matrices(sizes: Sequence[int], joins: Sequence[Sequence[tuple[int, int]]]) -> list[Matrix]:
    matrices = []
    for at, pairs in enumerate(joins):
        matrix = np.zeros((sizes[at], sizes[at + 1]), dtype=np.int64)
        for left, right in pairs:
            matrix[left, right] += 1
        matrices.append(matrix)
    return matrices


def _shake(orders: list[list[int]], chance: random.Random, strength: int) -> None:
    """Reverse a short run in some columns: near enough to keep most of what was good."""
    for order in orders:
        for _ in range(strength):
            if len(order) > 1 and chance.random() < 0.5:
                start = chance.randrange(len(order) - 1)
                end = min(len(order), start + 2 + chance.randrange(3))
                order[start:end] = order[start:end][::-1]


def _mend(columns: _Columns) -> None:
    """Sweep right and left until nothing gets better."""
    count = len(columns.orders)
    for at in range(1, count):
        _to_barycentre(columns, at, columns.joins[at - 1].T, columns.orders[at - 1])
    fewest = -1
    for _ in range(_SWEEPS):
        for at in (*range(count), *range(count - 2, -1, -1)):
            _sift(columns, at)
        now = _crossings(columns)
        if now == fewest:
            break
        fewest = now


def _to_barycentre(columns: _Columns, at: int, joined: Matrix, neighbours: list[int]) -> None:
    places = np.empty(len(neighbours))
    places[neighbours] = np.arange(len(neighbours))
    count = joined.sum(axis=1)
    old = {item: place for place, item in enumerate(columns.orders[at])}
    mean = (joined @ places) / np.maximum(count, 1)
    columns.orders[at].sort(
        key=lambda item: (float(mean[item]) if count[item] else float(old[item]), old[item])
    )


def _costs(columns: _Columns, at: int) -> list[list[int]]:
    """Return, for each pair of items of a column, the crossings when the first stands above."""
    size = len(columns.orders[at])
    total = np.zeros((size, size), dtype=np.int64)
    if at < len(columns.joins):
        total += _above(columns.joins[at][:, columns.orders[at + 1]])
    if at:
        total += _above(columns.joins[at - 1].T[:, columns.orders[at - 1]])
    costs: list[list[int]] = total.tolist()
    return costs


def _above(joined: Matrix) -> Any:
    before = np.cumsum(joined, axis=1) - joined
    return joined @ before.T


def _sift(columns: _Columns, at: int) -> None:
    """Move each item of a column to where it crosses least."""
    order = columns.orders[at]
    if len(order) < 2:
        return
    costs = _costs(columns, at)
    for item in list(order):
        order.remove(item)
        mine, change = costs[item], 0
        changes = [0]
        for other in order:
            change += costs[other][item] - mine[other]
            changes.append(change)
        best = min(changes)
        # of equally good places any will do: wandering on a plateau is what finds the way down
        places = [at for at, change in enumerate(changes) if change == best]
        order.insert(places[int(columns.chance.random() * len(places))], item)


def _crossings(columns: _Columns) -> int:
    total = 0
    for at, matrix in enumerate(columns.joins):
        joined = matrix[columns.orders[at]][:, columns.orders[at + 1]]
        below = np.cumsum(joined[::-1], axis=0)[::-1] - joined
        left = np.cumsum(below, axis=1) - below
        total += int((joined * left).sum())
    return total
