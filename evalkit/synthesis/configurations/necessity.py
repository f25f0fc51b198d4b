"""Necessity: what is there (nearly) whenever the outcome is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evalkit.errors import DataError, nearest
from evalkit.synthesis.configurations.sets import (
    Floats,
    Sets,
    inclusion,
    pri,
    read_sets,
    relevance,
)

if TYPE_CHECKING:
    import pandas as pd


def necessity(
    frame: pd.DataFrame,
    outcome: str,
    conditions: Sequence[str],
    inclusion: float = 0.9,
    relevance: float = 0.6,
    *,
    depth: int = 2,
    case: str | None = None,
) -> pd.DataFrame:
    """Return how necessary each condition, and joins of them, are for the outcome.

    Parameters
    ----------
    frame, outcome, conditions, case
        As for `truth_table`.
    inclusion, relevance : float
        From these on an expression is marked as necessary; a set that holds nearly every case is
        included trivially, which the relevance (RoN) shows.
    depth : int
        Most conditions joined by "and" (``*``) or "or" (``+``); joins are listed only where they
        reach the cut-offs and no shorter expression inside them does.

    Returns
    -------
    pandas.DataFrame
        ``expression, inclusion, relevance, coverage, necessary``: every value of every condition,
        then the joins.

    References
    ----------
    Schneider and Wagemann (2012), Set-Theoretic Methods for the Social Sciences, ch. 5 and 9.
    """
    import pandas as pd

    sets = read_sets(frame, outcome, conditions, case)
    literals = [
        ((at, value), sets.degree(at, value))
        for at in range(len(sets.conditions))
        for value in reversed(range(sets.levels[at]))
    ]
    rows = [_row(sets, sets.literal(*key), x, inclusion, relevance) for key, x in literals]
    for size in range(2, depth + 1):
        for chosen in itertools.combinations(literals, size):
            if len({key[0] for key, _ in chosen}) < size:
                continue
            rows += _joins(sets, chosen, (inclusion, relevance))
    return pd.DataFrame(rows)


def _joins(
    sets: Sets, chosen: Sequence[tuple[tuple[int, int], Floats]], cuts: tuple[float, float]
) -> list[dict[str, object]]:
    """Return the "and" and the "or" of some values, where they are necessary and news."""
    made = []
    names = [sets.literal(*key) for key, _ in chosen]
    parts = [x for _, x in chosen]
    alone = [_row(sets, "", x, *cuts)["necessary"] for x in parts]
    both = _row(sets, "*".join(names), np.minimum.reduce(parts), *cuts)
    if both["necessary"]:
        made.append(both)
    either = _row(sets, "+".join(names), np.maximum.reduce(parts), *cuts)
    if either["necessary"] and not any(alone):
        made.append(either)
    return made


def _row(sets: Sets, name: str, x: Floats, cut: float, relevant: float) -> dict[str, object]:
    included, relevance_of = inclusion(sets.y, x), relevance(x, sets.y)
    return {
        "expression": name,
        "inclusion": included,
        "relevance": relevance_of,
        "coverage": inclusion(x, sets.y),
        "necessary": int(included >= cut - 1e-9 and relevance_of >= relevant - 1e-9),
    }


def fit(
    expression: str, frame: pd.DataFrame, outcome: str, conditions: Sequence[str]
) -> dict[str, float]:
    """Return how any expression fits the outcome, as sufficient for it and as necessary.

    Parameters
    ----------
    expression : str
        Such as ``A*~B + C`` or ``A[2]*B``: ``*`` is "and", ``+`` is "or", ``~`` is "not".

    Returns
    -------
    dict
        ``inclusion, pri, coverage`` (sufficiency); ``necessity, relevance, necessity_coverage``.

    Raises
    ------
    DataError
        A name in the expression that is no condition.
    """
    sets = read_sets(frame, outcome, conditions)
    terms = [
        np.minimum.reduce([_degree(sets, part.strip()) for part in term.split("*")])
        for term in expression.split("+")
    ]
    x = np.maximum.reduce(terms)
    return {
        "inclusion": inclusion(x, sets.y),
        "pri": pri(x, sets.y),
        "coverage": inclusion(sets.y, x),
        "necessity": inclusion(sets.y, x),
        "relevance": relevance(x, sets.y),
        "necessity_coverage": inclusion(x, sets.y),
    }


def _degree(sets: Sets, literal: str) -> Floats:
    name, _, value = literal.removeprefix("~").partition("[")
    if name not in sets.conditions:
        raise DataError(
            f"`{literal}` is no condition.{nearest(name, sets.conditions)}",
            do="Write conditions joined by * and +, such as A*~B + C.",
        )
    number = int(value.rstrip("]")) if value else 1
    x = sets.degree(sets.conditions.index(name), number)
    return 1 - x if literal.startswith("~") else x
