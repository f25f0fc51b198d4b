"""From a truth table to its solutions: every model that is as short as any, with its fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from evalkit.errors import DataError, nearest
from evalkit.synthesis.configurations.implicants import (
    Term as Cube,
)
from evalkit.synthesis.configurations.implicants import (
    holds,
    minimal_covers,
    prime_implicants,
)
from evalkit.synthesis.configurations.sets import Floats, Ints, Sets, inclusion, pri
from evalkit.synthesis.configurations.table import (
    POSITIVE,
    REMAINDER,
    TruthTable,
    table_of,
    values_of,
)

Kind = Literal["conservative", "parsimonious", "intermediate"]
MOST_PAIRED = 40
"""Conservative and parsimonious models that are paired for intermediate ones."""
KINDS: tuple[Kind, ...] = ("conservative", "parsimonious", "intermediate")


@dataclass(frozen=True, slots=True)
class Term:
    """One way to the outcome.

    Attributes
    ----------
    expression : str
        Such as ``A*~B``, or ``A[2]*B[0]`` where conditions have several values.
    inclusion, pri, coverage, unique_coverage : float
        Of the term as sufficient for the outcome, over all cases.
    cases : tuple of str
        Cases more in than out of the term.
    deviant : tuple of str
        Those of them that lack the outcome.
    """

    expression: str
    inclusion: float
    pri: float
    coverage: float
    unique_coverage: float
    cases: tuple[str, ...]
    deviant: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """One choice of terms, joined by "or".

    Attributes
    ----------
    terms : tuple of Term
    expression : str
    inclusion, pri, coverage : float
    assumptions : tuple of int
        Rows without cases (from 1) that the model takes to lead to the outcome.
    """

    terms: tuple[Term, ...]
    expression: str
    inclusion: float
    pri: float
    coverage: float
    assumptions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Solution:
    """All models that tie, of the outcome and of its absence.

    Attributes
    ----------
    outcome, kind : str
    models : tuple of Model
        Every model with the fewest terms; empty where no row leads to the outcome.
    prime_implicants : tuple of str
    negated : Solution or None
        The same for the absence of the outcome: causes need not be symmetrical.
    contradictory_assumptions : tuple of int
        Rows without cases that are taken to lead to the outcome and to its absence.
    both_ways : tuple of int
        Rows with cases that pass the cut-off for the outcome and for its absence.
    notes : tuple of str
    robustness : pandas.DataFrame or None
    chance : float or None
        Share of shufflings of the outcome with a model as good as the first one here.
    """

    outcome: str
    kind: Kind
    models: tuple[Model, ...]
    prime_implicants: tuple[str, ...]
    negated: Solution | None = None
    contradictory_assumptions: tuple[int, ...] = ()
    both_ways: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    robustness: Any = None
    chance: float | None = None


def solve(
    table: TruthTable,
    solution: Kind,
    expectations: Mapping[str, Any] | Sequence[Any] | None,
    *,
    enhanced: bool,
) -> Solution:
    """Return every minimal model of a truth table; see `minimise`."""
    if solution not in KINDS:
        raise DataError(
            f"There is no solution `{solution}`.{nearest(solution, KINDS)}",
            do=f"Write one of: {', '.join(KINDS)}.",
        )
    wanted = _expectations(expectations, table.sets)
    other = _negated(table)
    untenable = _untenable(table, other, solution, wanted) if enhanced else frozenset()
    found = _solve(table, solution, wanted, untenable)
    # What helps the outcome hinders its absence.
    against = {
        at: frozenset(range(table.sets.levels[at])) - values for at, values in wanted.items()
    }
    negated = _solve(other, solution, against, untenable)
    notes = [*table.notes, *found.notes, *_notes(found, solution, wanted)]
    return replace(
        found,
        negated=negated,
        contradictory_assumptions=tuple(sorted(_assumed(found) & _assumed(negated))),
        both_ways=_both_ways(table, other),
        notes=tuple(notes),
    )


def _negated(table: TruthTable) -> TruthTable:
    sets = table.sets
    outcome = sets.outcome.removeprefix("~") if sets.outcome.startswith("~") else f"~{sets.outcome}"
    other = replace(sets, outcome=outcome, y=1 - sets.y)
    return table_of(other, table.cut, table.frequency, table.pri_cut, apart=table.apart)


def _both_ways(table: TruthTable, other: TruthTable) -> tuple[int, ...]:
    both = (table.out == POSITIVE) & (other.out == POSITIVE)
    return tuple((np.flatnonzero(both) + 1).tolist())


def _assumed(found: Solution) -> frozenset[int]:
    return frozenset(row for model in found.models for row in model.assumptions)


def _untenable(
    table: TruthTable, other: TruthTable, kind: Kind, wanted: Mapping[int, frozenset[int]]
) -> frozenset[int]:
    """Return the rows that the parsimonious solutions of both the outcome and its absence assume."""
    if kind == "conservative":
        return frozenset()
    one = _solve(table, "parsimonious", wanted, frozenset())
    opposite = _solve(other, "parsimonious", {}, frozenset())
    return _assumed(one) & _assumed(opposite)


def _expectations(given: Any, sets: Sets) -> dict[int, frozenset[int]]:
    """Return, for each condition with an expectation, the values that should help."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        if len(given) != len(sets.conditions):
            raise DataError(
                f"{len(given)} expectations for {len(sets.conditions)} conditions.",
                do='Give one for each condition, "-" for none, or name them: {"A": 1}.',
            )
        given = dict(zip(sets.conditions, given, strict=True))
    made: dict[int, frozenset[int]] = {}
    for name, value in given.items():
        if name not in sets.conditions:
            raise DataError(
                f"There is no condition `{name}`.{nearest(name, sets.conditions)}",
                do="Name conditions as in the truth table.",
            )
        if value in ("-", "", None):
            continue
        at = sets.conditions.index(name)
        values = frozenset(
            int(one) for one in (value if isinstance(value, list | tuple) else [value])
        )
        if not values <= set(range(sets.levels[at])):
            raise DataError(
                f"`{name}` has no value {sorted(values)}.",
                do=f"Its values run from 0 to {sets.levels[at] - 1}.",
            )
        made[at] = values
    return made


def _solve(
    table: TruthTable, kind: Kind, wanted: Mapping[int, frozenset[int]], untenable: frozenset[int]
) -> Solution:
    sets = table.sets
    if not (table.out == POSITIVE).any():
        return Solution(sets.outcome, kind, (), ())
    if kind != "intermediate":
        allowed = np.flatnonzero(table.out == POSITIVE).tolist()
        if kind == "parsimonious":
            rest = np.flatnonzero(table.out == REMAINDER).tolist()
            allowed += [row for row in rest if row + 1 not in untenable]
        primes, covers = _minimal(table, allowed)
        return _solution(table, kind, primes, list(_models(table, primes, covers).values()))
    return _intermediate(table, wanted, untenable)


def _minimal(table: TruthTable, allowed: Sequence[int]) -> tuple[list[Cube], list[tuple[int, ...]]]:
    """Return the prime implicants when these rows may be held, and the smallest choices of them."""
    every = np.arange(len(table.out))
    forbidden = np.setdiff1d(every, np.array(sorted(allowed), dtype=np.intp))
    positive = values_of(np.flatnonzero(table.out == POSITIVE), table.sets.levels)
    primes = prime_implicants(positive, values_of(forbidden, table.sets.levels))
    return primes, minimal_covers(holds(primes, positive))


def _intermediate(
    table: TruthTable, wanted: Mapping[int, frozenset[int]], untenable: frozenset[int]
) -> Solution:
    """Return the models between each conservative and each parsimonious one."""
    sets = table.sets
    rows = np.flatnonzero(table.out == POSITIVE).tolist()
    rest = np.flatnonzero(table.out == REMAINDER)
    free = [row for row in rest.tolist() if row + 1 not in untenable]
    long, long_covers = _minimal(table, rows)
    short, short_covers = _minimal(table, [*rows, *free])
    values = values_of(np.array(free, dtype=np.intp), sets.levels)
    backed = _backed(long, short, wanted, values)
    choices: set[tuple[int, ...]] = set()
    for one in long_covers[:MOST_PAIRED]:
        for other in short_covers[:MOST_PAIRED]:
            held = backed[np.ix_(one, other)].any(axis=(0, 1))
            choices.add(tuple(np.flatnonzero(held).tolist()))
    models: dict[tuple[Cube, ...], Model] = {}
    primes: set[Cube] = set()
    for easy in sorted(choices):
        made, covers = _minimal(table, [*rows, *(free[at] for at in easy)])
        primes |= set(made)
        models.update(_models(table, made, covers))
    found = _solution(table, "intermediate", sorted(primes, key=_shortest), list(models.values()))
    if max(len(long_covers), len(short_covers)) > MOST_PAIRED:
        note = f"More than {MOST_PAIRED} models tie on a side: only these were paired."
        found = replace(found, notes=(note,))
    return found


def _shortest(term: Cube) -> tuple[int, Cube]:
    return sum(value >= 0 for value in term), tuple(-value for value in term)


def _backed(
    long: Sequence[Cube],
    short: Sequence[Cube],
    wanted: Mapping[int, frozenset[int]],
    rest: Ints,
) -> np.ndarray[tuple[int, int, int], np.dtype[np.bool_]]:
    """Return which rows without cases the expectations support, for each pair of terms.

    Of a long term inside a short one, a value that only the long one names is kept when it is
    expected to help or nothing is expected, and dropped when the opposite is expected: if the
    outcome comes even without the help, it would come with it.

    Returns
    -------
    ndarray of bool, shape (long, short, rows)
    """
    made = np.zeros((len(long), len(short), len(rest)), dtype=bool)
    for i, one in enumerate(long):
        for j, other in enumerate(short):
            if all(value in (-1, one[at]) for at, value in enumerate(other)):
                kept = tuple(
                    value if other[at] >= 0 or at not in wanted or value in wanted[at] else -1
                    for at, value in enumerate(one)
                )
                made[i, j] = holds([kept], rest)[0]
    return made


def _solution(
    table: TruthTable, kind: Kind, primes: Sequence[Cube], models: Sequence[Model]
) -> Solution:
    sets = table.sets
    # Of models that tie, the one that holds most of the outcome stands first.
    order = sorted(models, key=lambda one: (-round(one.coverage, 9), -round(one.inclusion, 9)))
    named = tuple(sets.expression(one) for one in primes)
    return Solution(sets.outcome, kind, tuple(order), named)


def _models(
    table: TruthTable, primes: Sequence[Cube], covers: Sequence[tuple[int, ...]]
) -> dict[tuple[Cube, ...], Model]:
    """Return the models that covers of prime implicants make, with their fit."""
    sets = table.sets
    degrees = np.array([sets.degrees(cube) for cube in primes]).reshape(len(primes), len(sets.y))
    rest = np.flatnonzero(table.out == REMAINDER)
    held = holds(primes, values_of(rest, sets.levels))
    alone = [_term(sets, cube, x) for cube, x in zip(primes, degrees, strict=True)]
    made = {}
    for cover in covers:
        chosen = list(cover)
        terms = _with_unique([alone[at] for at in chosen], degrees[chosen], sets.y)
        union = degrees[chosen].max(axis=0)
        made[tuple(primes[at] for at in chosen)] = Model(
            terms=terms,
            expression=" + ".join(one.expression for one in terms),
            inclusion=inclusion(union, sets.y),
            pri=pri(union, sets.y),
            coverage=_covered(union, sets.y),
            assumptions=tuple((rest[held[chosen].any(axis=0)] + 1).tolist()),
        )
    return made


def _term(sets: Sets, cube: Cube, x: Floats) -> Term:
    inside = np.flatnonzero(x > 0.5)
    return Term(
        expression=sets.expression(cube),
        inclusion=inclusion(x, sets.y),
        pri=pri(x, sets.y),
        coverage=_covered(x, sets.y),
        unique_coverage=float("nan"),
        cases=tuple(sets.cases[one] for one in inside),
        deviant=tuple(sets.cases[one] for one in inside if sets.y[one] <= 0.5),
    )


def _with_unique(terms: Sequence[Term], degrees: Floats, y: Floats) -> tuple[Term, ...]:
    """Return the terms with what each alone covers: the model's coverage less that without it."""
    padded = np.vstack([degrees, np.zeros(degrees.shape[1])])
    order = np.sort(padded, axis=0)
    top, second, leader = order[-1], order[-2], degrees.argmax(axis=0)
    whole = _covered(top, y)
    return tuple(
        replace(term, unique_coverage=whole - _covered(np.where(leader == at, second, top), y))
        for at, term in enumerate(terms)
    )


def _covered(x: Floats, y: Floats) -> float:
    return inclusion(y, x)


def _notes(found: Solution, kind: Kind, wanted: Mapping[int, frozenset[int]]) -> list[str]:
    notes = []
    if not found.models:
        notes.append(f"No combination leads to {found.outcome} at these cut-offs.")
    if len(found.models) > 1:
        notes.append(f"{len(found.models)} models fit equally well: none may be told alone.")
    if kind == "intermediate" and not wanted:
        notes.append(
            "No expectations were given, so no assumption is easy: this is the conservative one."
        )
    return notes
