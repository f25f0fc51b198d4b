"""Which columns a plan uses, and which ones a table will have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evalkit.protocol.look import Look, outside, tables_of
from evalkit.protocol.model import Analysis, Outcome, Protocol, TablePlan

COLUMN_OPTIONS = frozenset(
    {
        "baseline",
        "by",
        "case",
        "cluster",
        "comparison",
        "covariates",
        "dose",
        "estimate",
        "exact",
        "first_treated",
        "instruments",
        "moderators",
        "neighbours",
        "offset",
        "phase",
        "post",
        "received",
        "running",
        "site",
        "std_error",
        "strata",
        "study",
        "time",
        "treated",
        "treatment",
        "unit",
        "weights",
    }
)
"""Options of designs whose value is the name of a column, or a list of such names."""

_NAMES_OF_UNITS = {("synthetic_control", "treated"), ("synthetic_control", "donors")}


def is_column(design: str, option: str) -> bool:
    """Return whether an option of a design holds the name of a column, or a list of such names."""
    return option in COLUMN_OPTIONS and (design, option) not in _NAMES_OF_UNITS


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a column: of which table, what for, and where the plan says so."""

    table: str
    column: str
    purpose: str
    place: tuple[str, ...]


def available(look: Look, table: TablePlan) -> tuple[str, ...] | None:
    """Return the columns a table has once joined and made ones are there; None when not known."""
    columns = _own(look, table)
    if columns is None:
        return None
    for other in table.joins:
        plan = look.protocol.tables.get(other)
        more = _own(look, plan) if plan is not None else None
        if more is None:
            return None
        columns = (*columns, *more)
    return tuple(dict.fromkeys(columns))


def _own(look: Look, table: TablePlan) -> tuple[str, ...] | None:
    if outside(table.file) or not look.exists(table.file):
        return None
    columns = look.columns_of(table)
    return None if columns is None else (*columns, *table.new_columns)


def used_columns(protocol: Protocol) -> Iterator[Use]:
    """Yield every use of a column, in the order of the plan."""
    for table in protocol.tables.values():
        yield from _in_table(table)
    for outcome in protocol.outcomes.values():
        yield from _in_outcome(protocol, outcome)
    for analysis in protocol.analyses.values():
        for id in tables_of(protocol, analysis):
            yield from _in_analysis(protocol, analysis, id)
    for name, entry in protocol.rest.get("delivery", {}).items():
        if entry.get("column"):
            place = ("delivery", name, "column")
            yield Use(str(entry["table"]), str(entry["column"]), f"delivery `{name}`", place)


def _in_table(table: TablePlan) -> Iterator[Use]:
    place = ("tables", table.id)
    for role in ("unit", "time", "cluster"):
        if getattr(table, role):
            yield Use(table.id, getattr(table, role), f"its {role}", (*place, role))
    for other, key in table.joins.items():
        where = (*place, "join", other)
        yield Use(table.id, key, f"joined with `{other}`", where)
        yield Use(other, key, f"joined to `{table.id}`", where)
    for name, made in table.new_columns.items():
        where = (*place, "new_columns", name)
        for column in filter(None, (made.column, made.reached_by)):
            yield Use(table.id, column, f"to make `{name}`", where)


def _in_outcome(protocol: Protocol, outcome: Outcome) -> Iterator[Use]:
    made_from = protocol.outcomes.get(outcome.gap_in)
    table = made_from.table if made_from is not None else outcome.table
    for key in ("column", "less", "baseline", "between"):
        if getattr(outcome, key):
            purpose = f"outcome `{outcome.id}`"
            yield Use(table, getattr(outcome, key), purpose, ("outcomes", outcome.id, key))


def _in_analysis(protocol: Protocol, analysis: Analysis, table: str) -> Iterator[Use]:
    place, purpose = ("analyses", analysis.id), f"analysis `{analysis.id}`"
    for outcome in analysis.outcomes:
        if outcome not in protocol.outcomes:
            yield Use(table, outcome, purpose, (*place, "outcome"))
    for column in analysis.keep:
        yield Use(table, column, purpose, (*place, "keep", column))
    for column in analysis.compare_with.by if analysis.compare_with else ():
        yield Use(table, column, purpose, (*place, "compare_with", "by"))
    for option, value in analysis.options.items():
        if is_column(analysis.design, option):
            for column in _names(value):
                yield Use(table, column, purpose, (*place, option))


def _names(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for name in value if isinstance(name, str)]
    return [value] if isinstance(value, str) and value else []
