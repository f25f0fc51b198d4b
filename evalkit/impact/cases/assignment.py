"""Every way the phases of a case could have been laid out, and the test statistic under each."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.least_squares import Floats

Ints = NDArray[np.intp]
MOST_EXACT = 100_000
"""Every layout is tried when there are no more than this, all cases together."""
DRAWS = 19_999


@dataclass(frozen=True, slots=True)
class Layouts:
    """The layouts of one case.

    Attributes
    ----------
    changes : ndarray of int, shape (m, phases - 1)
        First point of the second and later phases.
    observed : int
        Row of the layout that was.
    """

    changes: Ints
    observed: int


def possible_changes(points: int, phases: int, least: int) -> int:
    """Return how many layouts there are: ``C(n - p m + p - 1, p - 1)``."""
    free = points - phases * least
    return math.comb(free + phases - 1, phases - 1) if free >= 0 else 0


def layouts(
    points: int, changes: tuple[int, ...], least: int, rng: np.random.Generator
) -> tuple[Layouts, bool]:
    """Return the layouts of a case with every phase `least` points long, and whether they are all.

    Parameters
    ----------
    points : int
    changes : tuple of int
        Where the phases did change.
    """
    phases = len(changes) + 1
    possible = possible_changes(points, phases, least)
    free = points - phases * least
    if possible <= MOST_EXACT:
        chosen = np.array(
            list(itertools.combinations(range(free + phases - 1), phases - 1)), dtype=np.intp
        ).reshape(possible, phases - 1)
        exact = True
    else:
        keys = rng.random((DRAWS, free + phases - 1))
        chosen = np.sort(np.argsort(keys, axis=1)[:, : phases - 1], axis=1)
        exact = False
    steps = np.arange(phases - 1)
    made = chosen - steps + least * (steps + 1)
    wanted = np.array(changes)
    if not exact:
        made = np.vstack([wanted, made])
    return Layouts(made, int(np.flatnonzero((made == wanted).all(axis=1))[0])), exact


def given_starts(starts: Ints, observed: int) -> Layouts:
    """Return the layouts of a case of two phases whose start was drawn from a list."""
    made = np.unique(starts)
    return Layouts(made[:, None].astype(np.intp), int(np.flatnonzero(made == observed)[0]))


def mean_difference(y: Floats, changes: Ints) -> Floats:
    """Return the mean of all treated points less that of all others, under each layout.

    Parameters
    ----------
    y : ndarray, shape (n,)
    changes : ndarray of int, shape (m, c)
        Phases alternate, the first untreated.
    """
    edges = np.concatenate(
        [changes, np.full((len(changes), 1), len(y))], axis=1
    )  # ends of the phases from the second on stand at edges[:, 1:]
    sums = np.concatenate([[0.0], np.cumsum(y - y.mean())])
    treated, count = np.zeros(len(changes)), np.zeros(len(changes))
    for j in range(0, changes.shape[1], 2):
        treated += sums[edges[:, j + 1]] - sums[edges[:, j]]
        count += edges[:, j + 1] - edges[:, j]
    # Deviations from the mean add up to zero, so the others' sum is minus the treated one.
    return np.asarray(treated / count + treated / (len(y) - count))


def immediate_change(y: Floats, changes: Ints, window: int) -> Floats:
    """Return the change from the last points of a phase to the first of the next, in mean.

    Changes back to baseline count with their sign turned.
    """
    sums = np.concatenate([[0.0], np.cumsum(y)])
    n, total = len(y), np.zeros(len(changes))
    edges = np.concatenate(
        [np.zeros((len(changes), 1), dtype=np.intp), changes, np.full((len(changes), 1), n)], axis=1
    )
    for j in range(changes.shape[1]):
        at = changes[:, j]
        first, last = np.maximum(at - window, edges[:, j]), np.minimum(at + window, edges[:, j + 2])
        step = (sums[last] - sums[at]) / (last - at) - (sums[at] - sums[first]) / (at - first)
        total += step if j % 2 == 0 else -step
    return np.asarray(total / changes.shape[1])


@dataclass(frozen=True, slots=True)
class Distribution:
    """The statistic under re-assignment.

    Attributes
    ----------
    b, a : ndarray, shape (draws,)
        Statistic of the outcome, and of the treatment itself (what a true effect of 1 would show).
    exact : bool
    possible : int
        Layouts that the design allows.
    """

    b: Floats
    a: Floats
    exact: bool
    possible: int


def combine(
    parts: list[tuple[Floats, Floats]], possible: int, rng: np.random.Generator, *, exact: bool
) -> Distribution:
    """Return the mean over cases of their statistics, for every combination of layouts or a sample.

    Marascuilo and Busk (1988): cases are assigned independently.
    """
    cases = len(parts)
    sizes = math.prod(len(b) for b, _ in parts)
    if exact and sizes <= MOST_EXACT:
        b, a = parts[0]
        for more_b, more_a in parts[1:]:
            b = (b[:, None] + more_b).ravel()
            a = (a[:, None] + more_a).ravel()
        return Distribution(b / cases, a / cases, exact=True, possible=possible)
    chosen = [rng.integers(len(b), size=DRAWS) for b, _ in parts]
    pairs = list(zip(parts, chosen, strict=True))
    drawn_b = np.mean([part[0][rows] for part, rows in pairs], axis=0)
    drawn_a = np.mean([part[1][rows] for part, rows in pairs], axis=0)
    return Distribution(drawn_b, drawn_a, exact=False, possible=possible)


def exchange(
    table: list[tuple[Floats, Floats]], starts: list[int], rng: np.random.Generator
) -> Distribution:
    """Return the mean over cases with the observed starts given to the cases in every order.

    Wampold and Worsham (1986).

    Parameters
    ----------
    table : list of (b, a), each shape (cases,)
        Statistics of case i under the start of each case.
    starts : list of int
        Code of each case's start (cases that start alike share one).
    """
    cases = len(starts)
    distinct = math.factorial(cases) // math.prod(
        math.factorial(starts.count(code)) for code in set(starts)
    )
    if math.factorial(cases) <= 50_000:
        orders = np.array(list(itertools.permutations(range(cases))), dtype=np.intp)
        exact = True
    else:
        orders, exact = rng.permuted(np.tile(np.arange(cases), (DRAWS, 1)), axis=1), False
    rows = np.arange(cases)
    b = np.stack([part[0] for part in table])[rows, orders].mean(axis=1)
    a = np.stack([part[1] for part in table])[rows, orders].mean(axis=1)
    return Distribution(b, a, exact, distinct)
