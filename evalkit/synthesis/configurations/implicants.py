"""Exact prime implicants and all minimal covers, by operations on sets of conditions.

A term that holds a row keeps some of the row's values. It is allowed when no forbidden row keeps
all of them too. So the terms allowed for a row are the sets of conditions that are in no agreement
set of the row with a forbidden one, and the prime ones are the smallest such sets: found for all
2**k sets at once by passing "is inside an agreement set" down from larger sets to smaller ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from evalkit.synthesis.configurations.sets import Ints

Term = tuple[int, ...]
MOST_MODELS = 500
"""Tied models that are listed; with more, the data say next to nothing."""


def prime_implicants(positive: Ints, forbidden: Ints) -> list[Term]:
    """Return every prime implicant that holds at least one positive row, in order.

    Parameters
    ----------
    positive : ndarray, shape (p, k)
        Values of the rows to be explained.
    forbidden : ndarray, shape (f, k)
        Values of the rows no term may hold.

    Returns
    -------
    list of tuple
        A value for each condition, -1 where the term does not name it; fewest conditions first.
    """
    found = {
        tuple(int(v) if chosen >> at & 1 else -1 for at, v in enumerate(row))
        for row, sets in zip(positive.tolist(), _smallest(positive, forbidden), strict=True)
        for chosen in np.flatnonzero(sets).tolist()
    }
    return sorted(found, key=_order)


def _order(term: Term) -> tuple[int, list[int], list[int]]:
    named = [at for at, value in enumerate(term) if value >= 0]
    return len(named), named, [-term[at] for at in named]


def _smallest(positive: Ints, forbidden: Ints) -> NDArray[np.bool_]:
    """Return, for each row, the smallest sets of conditions that keep the forbidden rows out.

    Returns
    -------
    ndarray of bool, shape (p, 2**k)
        Whether the set whose bits are the column's number is one.
    """
    count, k = positive.shape
    bits = 1 << np.arange(k)
    inside = np.zeros((count, 1 << k), dtype=bool)
    for at, row in enumerate(positive):
        inside[at, (forbidden == row) @ bits] = True
    cubes = inside.reshape(count, *(2,) * k)  # one axis a condition, the last condition first
    for axis in range(1, k + 1):  # a set inside an agreement set has all its subsets inside it too
        without, having = _halves(cubes, axis)
        without |= having
    smallest = ~cubes
    for axis in range(1, k + 1):
        _, having = _halves(smallest, axis)
        having &= _halves(cubes, axis)[0]
    return smallest.reshape(count, 1 << k)


def _halves(cubes: NDArray[np.bool_], axis: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return views of the sets without and with the condition of an axis."""
    moved = np.moveaxis(cubes, axis, 0)
    return moved[0], moved[1]


def holds(terms: Sequence[Term], rows: Ints) -> NDArray[np.bool_]:
    """Return which terms hold which rows, shape (terms, rows)."""
    made = np.array(terms, dtype=np.intp).reshape(len(terms), 1, rows.shape[1])
    return np.asarray(((made < 0) | (made == rows[None])).all(axis=2))


def minimal_covers(chart: NDArray[np.bool_]) -> list[tuple[int, ...]]:
    """Return every smallest choice of terms that together hold all rows, in order.

    The least number of terms is found by integer programming (HiGHS, exact), then all choices of
    that number by search. Terms that hold the same rows are one class while searching.

    Parameters
    ----------
    chart : ndarray of bool, shape (terms, rows)
    """
    if not chart.shape[1]:
        return []
    classes: dict[bytes, list[int]] = {}
    for at, held in enumerate(chart):
        classes.setdefault(held.tobytes(), []).append(at)
    members = list(classes.values())
    rows = _hardest_rows(chart[[one[0] for one in members]])
    size = _least(rows, len(members))
    made: list[tuple[int, ...]] = []
    for choice in _choices(rows, size, 0):
        for terms in itertools.product(*(members[one] for one in choice)):
            made.append(tuple(sorted(terms)))
            if len(made) >= MOST_MODELS:
                return sorted(made)
    return sorted(made)


def _hardest_rows(chart: NDArray[np.bool_]) -> list[int]:
    """Return each row's classes as bits, without rows that are met whenever another one is."""
    rows = sorted({sum(1 << int(at) for at in np.flatnonzero(column)) for column in chart.T})
    return [one for one in rows if not any(other != one and other & one == other for other in rows)]


def _least(rows: Sequence[int], terms: int) -> int:
    """Return the least number of classes that meet all rows."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    grid = np.array([[row >> at & 1 for at in range(terms)] for row in rows], dtype=float)
    found = milp(
        np.ones(terms),
        constraints=LinearConstraint(grid, lb=1.0),
        integrality=np.ones(terms),
        bounds=Bounds(0, 1),
    )
    return round(float(found.fun))


def _choices(rows: Sequence[int], size: int, barred: int) -> Iterator[tuple[int, ...]]:
    """Give every choice of `size` classes that meets all rows, each once; hardest row first."""
    if not rows:
        if size == 0:
            yield ()
        return
    if size == 0 or _at_least(rows) > size:
        return
    hardest = min(rows, key=lambda one: ((one & ~barred).bit_count(), one))
    free = hardest & ~barred
    while free:
        term = free & -free
        free ^= term
        rest = [one for one in rows if not one & term]
        if all(one & ~barred for one in rest):
            for more in _choices(rest, size - 1, barred):
                yield (term.bit_length() - 1, *more)
        barred |= term  # choices with this class have all been given


def _at_least(rows: Sequence[int]) -> int:
    """Return a number below which no choice can meet all rows: rows that share no class."""
    taken = count = 0
    for row in sorted(rows, key=int.bit_count):
        if not row & taken:
            taken |= row
            count += 1
    return count
