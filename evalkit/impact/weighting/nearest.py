"""Nearest neighbours: greedy without replacement, and with replacement and every tie.

Distances are computed in blocks, so memory stays bounded. Rows must be in an order that only their
content decides; ties without replacement are then broken by lot, and the lot by the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats, Ints

CELLS = 4_000_000
"""Most distances held at once."""
SAME = 1e-9
"""Relative difference below which two distances are the same."""


@dataclass(frozen=True, slots=True)
class Space:
    """Where the rows lie, and what keeps two of them from being matched.

    Attributes
    ----------
    points : ndarray, shape (n, d)
        Euclidean distance between rows is the distance to be matched on.
    limit : float
        Two rows further apart than this are no match.
    score : ndarray, shape (n,), or None
        A score with a caliper of its own.
    caliper : float
        Largest difference of the score.
    """

    points: Floats
    limit: float = np.inf
    score: Floats | None = None
    caliper: float = np.inf


@dataclass(frozen=True, slots=True)
class Matches:
    """Who stands in for whom.

    Attributes
    ----------
    target, donor : ndarray of int, shape (pairs,)
        Rows; `donor` is one of those that stand in for `target`.
    share : ndarray, shape (pairs,)
        Part of the donor in the stand-in: the parts of a target sum to one.
    unmatched : ndarray of int
        Targets for whom no one is near enough.
    tied : int
        Targets whose choice was decided by lot.
    """

    target: Ints
    donor: Ints
    share: Floats
    unmatched: Ints
    tied: int = 0


def distances(space: Space, rows: Ints, others: Ints) -> Floats:
    """Return distances (rows, others), infinite where the two must not be matched."""
    from scipy.spatial.distance import cdist

    made = cdist(space.points[rows], space.points[others])
    made[made > space.limit * (1 + SAME)] = np.inf
    if space.score is not None:
        gap = np.abs(space.score[rows][:, None] - space.score[others][None, :])
        made[gap > space.caliper * (1 + SAME)] = np.inf
    return np.asarray(made)


def blocks(rows: Ints, width: int) -> list[Ints]:
    """Return the rows in blocks such that a block times `width` stays below `CELLS`."""
    size = max(1, CELLS // max(width, 1))
    return [rows[i : i + size] for i in range(0, len(rows), size)]


def without_replacement(
    space: Space, targets: Ints, donors: Ints, *, ratio: int, seed: int
) -> Matches:
    """Match each target, in the order given, with the nearest donor not yet taken.

    With a ratio above one every target gets its first donor before any gets a second.
    """
    lot = donors[np.random.default_rng([seed, 3]).permutation(len(donors))]
    free = np.ones(len(lot), dtype=bool)
    pairs: list[tuple[int, int]] = []
    tied = 0
    for _ in range(ratio):
        for block in blocks(targets, len(lot)):
            table = distances(space, block, lot)
            for target, row in zip(block, table, strict=True):
                left = np.where(free, row, np.inf)
                best = int(left.argmin())
                if not np.isfinite(left[best]):
                    continue
                tied += int((left <= left[best] * (1 + SAME)).sum() > 1)
                free[best] = False
                pairs.append((int(target), int(lot[best])))
    return _matches(np.array(pairs, dtype=np.intp).reshape(-1, 2), targets, tied)


def with_replacement(space: Space, targets: Ints, donors: Ints, *, ratio: int) -> Matches:
    """Match each target with its `ratio` nearest donors, and all that tie with the last of them."""
    found = [
        np.column_stack([block[i], donors[j]])
        for block in blocks(targets, len(donors))
        for i, j in [np.nonzero(nearest_mask(distances(space, block, donors), ratio))]
    ]
    pairs = np.concatenate(found) if found else np.zeros((0, 2), dtype=np.intp)
    return _matches(pairs, targets, 0)


def nearest_mask(table: Floats, count: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Return which columns are among the `count` nearest of each row, ties with the last included."""
    count = min(count, table.shape[1])
    last = np.partition(table, count - 1, axis=1)[:, [count - 1]]
    # Where fewer are allowed than asked for, all that are allowed are taken.
    reach = np.where(np.isfinite(last), last * (1 + SAME) + np.finfo(float).tiny, np.inf)
    return np.asarray((table <= reach) & np.isfinite(table))


def _matches(pairs: Ints, targets: Ints, tied: int) -> Matches:
    size = int(max(targets.max(initial=0), pairs.max(initial=0))) + 1
    count = np.bincount(pairs[:, 0], minlength=size)
    share = 1.0 / count[pairs[:, 0]] if len(pairs) else np.zeros(0)
    return Matches(pairs[:, 0], pairs[:, 1], share, targets[count[targets] == 0], tied)
