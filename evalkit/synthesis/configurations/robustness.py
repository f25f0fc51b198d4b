"""How firm a solution is: other cut-offs, each case left out, and what chance alone would give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from evalkit.synthesis.configurations.solve import Solution
from evalkit.synthesis.configurations.table import TruthTable, table_of

if TYPE_CHECKING:
    import pandas as pd

Again = Callable[[TruthTable], Solution]
CUTS = (-0.1, -0.05, 0.05, 0.1)


def robustness_of(found: Solution, table: TruthTable, again: Again) -> pd.DataFrame:
    """Return the solution under other cut-offs and without each case.

    Returns
    -------
    pandas.DataFrame
        ``change, models, first, same_terms`` (share of the first model's terms that are in a model
        again), ``inclusion, coverage``.
    """
    import pandas as pd

    own = {term.expression for model in found.models[:1] for term in model.terms}
    rows = []
    for change, other in _changes(table):
        made = again(other)
        kept = {term.expression for model in made.models for term in model.terms}
        first = made.models[0] if made.models else None
        rows.append(
            {
                "change": change,
                "models": len(made.models),
                "first": first.expression if first else "no combination",
                "same_terms": len(own & kept) / len(own) if own else float("nan"),
                "inclusion": first.inclusion if first else float("nan"),
                "coverage": first.coverage if first else float("nan"),
            }
        )
    return pd.DataFrame(rows)


def _changes(table: TruthTable) -> list[tuple[str, TruthTable]]:
    sets, apart = table.sets, table.apart
    made = []
    for step in CUTS:
        cut = round(table.cut + step, 6)
        if 0.5 < cut <= 1:
            other = table_of(sets, cut, table.frequency, table.pri_cut, apart=apart)
            made.append((f"inclusion cut-off {cut:g}", other))
    for frequency in (table.frequency - 1, table.frequency + 1):
        if frequency >= 1:
            other = table_of(sets, table.cut, frequency, table.pri_cut, apart=apart)
            made.append((f"at least {frequency} cases a row", other))
    for at, name in enumerate(sets.cases):
        rest = np.arange(len(sets.cases)) != at
        fewer = replace(
            sets,
            x=sets.x[rest],
            y=sets.y[rest],
            cases=sets.cases[:at] + sets.cases[at + 1 :],
        )
        other = table_of(fewer, table.cut, table.frequency, table.pri_cut, apart=apart)
        made.append((f"without {name}", other))
    return made


def chance_of(found: Solution, table: TruthTable, again: Again, shuffles: int, seed: int) -> float:
    """Return how often a shuffled outcome gives a model at least as included and as covering.

    The observed outcome is counted among them, so the share is never zero.
    """
    if not found.models:
        return 1.0
    goal = found.models[0]
    rng = np.random.default_rng([seed, 17])
    order = np.lexsort((table.sets.y, *table.sets.x.T))
    hits = 1
    for _ in range(shuffles):
        y = np.empty_like(table.sets.y)
        y[order] = rng.permutation(table.sets.y[order])
        other = table_of(
            replace(table.sets, y=y), table.cut, table.frequency, table.pri_cut, apart=table.apart
        )
        hits += any(
            one.inclusion >= goal.inclusion - 1e-9 and one.coverage >= goal.coverage - 1e-9
            for one in again(other).models
        )
    return hits / (shuffles + 1)
