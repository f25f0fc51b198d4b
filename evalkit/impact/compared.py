"""The rows an analysis compares: its treated units and the comparison units its plan names by rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from evalkit.data import Table, choose_comparators, comparable_places
from evalkit.data.match import as_words, numbers_of, words_of
from evalkit.errors import DesignError, nearest
from evalkit.protocol.model import Analysis, Comparators

_TREATMENT_OPTIONS = ("treatment", "treated", "first_treated")
_MOST_NAMED = 12


@dataclass(frozen=True)
class Compared:
    """Rows that are kept, what was done to choose them, and the families of places, if any."""

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def compared_rows(table: Table, analysis: Analysis, options: Mapping[str, Any]) -> Compared:
    """Return the rows of the treated units and of those the plan compares them with.

    Raises
    ------
    DesignError, DataError
        When no column says who was treated, or the rule cannot be followed.
    """
    rule = analysis.compare_with
    if rule is None:
        return Compared(table.frame)
    unit = str(options.get("unit") or options.get("site") or table.unit)
    treated = _treated_units(table.frame, options, unit)
    need_columns(table, rule.by, "`compare_with` names no column of the table:")
    if len(rule.by) > 1:
        return _families(table, rule, unit, treated)
    chosen = choose_comparators(
        table.frame,
        unit=unit,
        time=table.time,
        treated_units=treated,
        how=rule.how,
        count=rule.count,
        by=rule.by[0],
        over=rule.over,
    )
    kept = table.frame[unit].isin([*treated, *chosen.units])
    words = (
        f"Compared with the {rule.count} untreated units that are {rule.how} on {rule.by[0]} "
        f"over {rule.over[0]:g} to {rule.over[1]:g}."
    )
    return Compared(table.frame[kept], (words,))


def _families(table: Table, rule: Comparators, unit: str, treated: list[Any]) -> Compared:
    """Keep each treated unit and its nearest untreated neighbours on several traits."""
    frame = table.frame
    before = frame[numbers_of(frame[table.time], table.time).between(*rule.over)]
    names = [as_words(one) for one in treated]
    pool = sorted(set(words_of(before[unit])) - set(names))
    known = before.dropna(subset=list(rule.by))
    families = comparable_places(
        known.assign(**{unit: words_of(known[unit])}),
        unit=unit,
        traits=rule.by,
        count=rule.count,
        places=names,
        pool=[name for name in pool if name in set(words_of(known[unit]))],
    )
    chosen = set(families["neighbour"])
    kept = frame[words_of(frame[unit]).isin({*names, *chosen})]
    far = families.loc[families["far"] == 1, "unit"].value_counts().sort_index()
    words = (
        f"Compared with {len(chosen)} untreated units: the {rule.count} nearest to each treated unit "
        f"on {', '.join(rule.by)} over {rule.over[0]:g} to {rule.over[1]:g}, at distances of "
        f"{families['distance'].min():.2f} to {families['distance'].max():.2f} standard deviations."
    )
    return Compared(kept, (words, *_far_words(far)), {"families": families})


def _far_words(far: pd.Series[int]) -> tuple[str, ...]:
    """Say which treated units have neighbours in name only."""
    if far.empty:
        return ()
    named = [f"{name} ({count})" for name, count in list(far.items())[:_MOST_NAMED]]
    more = len(far) - len(named)
    return (
        f"More than one standard deviation away, so neighbours in name only: of {', '.join(named)}"
        + (f" and of {more} more." if more else "."),
    )


def _treated_units(frame: pd.DataFrame, options: Mapping[str, Any], unit: str) -> list[Any]:
    if options.get("treated") is not None and "treated" not in frame.columns:
        names = options["treated"]
        given = [str(one) for one in (names if isinstance(names, list | tuple) else [names])]
        if not set(given) & set(map(str, frame.columns)):  # units by name, as synthetic_control has
            return sorted(frame.loc[frame[unit].astype(str).isin(given), unit].unique().tolist())
    column = next((str(options[name]) for name in _TREATMENT_OPTIONS if name in options), "")
    if column not in frame.columns:
        raise DesignError(
            "`compare_with` needs to know who was treated, and the analysis names no column for it.",
            do="Write `treatment:`, `treated:` or `first_treated:`.",
        )
    values = pd.to_numeric(frame[column], errors="coerce")
    on = values.notna() & (values != 0) & (values != float("inf"))
    return sorted(frame.loc[on, unit].unique().tolist())


def need_columns(table: Table, columns: Sequence[str], wrong: str) -> None:
    """Raise `DesignError` for the first of `columns` that the table has not."""
    for column in columns:
        if column and column not in table.frame.columns:
            raise DesignError(
                f"{wrong} `{column}` (table `{table.id}`).",
                do=nearest(column, map(str, table.frame.columns)).strip()
                or "Check the first line of the file.",
            )
