"""From a truth table to its solution, with how firm it is beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from evalkit.synthesis.configurations.robustness import chance_of, robustness_of
from evalkit.synthesis.configurations.solve import Kind, Solution, solve
from evalkit.synthesis.configurations.table import TruthTable


def minimise(
    table: TruthTable,
    solution: Kind = "conservative",
    expectations: Mapping[str, Any] | Sequence[Any] | None = None,
    *,
    enhanced: bool = False,
    robustness: bool = False,
    shuffles: int = 0,
    seed: int = 0,
) -> Solution:
    """Return every minimal model of a truth table.

    Parameters
    ----------
    table : TruthTable
    solution : {"conservative", "parsimonious", "intermediate"}
        No assumption on rows without cases; any that makes the model shorter; only those that
        `expectations` support.
    expectations : mapping or sequence, optional
        Of each condition whether its presence (1) or absence (0) should help, or neither (``"-"``
        or left out); for conditions of several values, a value or a list of values.
    enhanced : bool
        Leave out assumptions that are untenable: those made for the absence of the outcome too.
    robustness : bool
        Also vary the cut-offs and leave out each case in turn (``Solution.robustness``).
    shuffles : int
        Also shuffle the outcome this many times (``Solution.chance``).
    seed : int
        Seed of the shuffling.

    Returns
    -------
    Solution
        With the absence of the outcome beside it.

    Raises
    ------
    DataError
        An unknown solution, or expectations of conditions that are not there.

    References
    ----------
    Ragin (2008), ch. 9 (intermediate); Schneider and Wagemann (2012), ch. 8 (enhanced).
    """
    found = solve(table, solution, expectations, enhanced=enhanced)

    def again(other: TruthTable) -> Solution:
        return solve(other, solution, expectations, enhanced=enhanced)

    return replace(
        found,
        robustness=robustness_of(found, table, again) if robustness else None,
        chance=chance_of(found, table, again, shuffles, seed) if shuffles else None,
    )
