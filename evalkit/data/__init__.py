"""Tables: read from messy files, joined, described, protected, simulated.

Everything here is imported when it is first used; reading a header needs no pandas.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalkit.data.comparators import choose_comparators as choose_comparators
    from evalkit.data.describe import Description as Description
    from evalkit.data.describe import attrition as attrition
    from evalkit.data.describe import balance as balance
    from evalkit.data.describe import constant_columns as constant_columns
    from evalkit.data.describe import describe_table as describe_table
    from evalkit.data.describe import duplicated_units as duplicated_units
    from evalkit.data.disclosure import Suppressed as Suppressed
    from evalkit.data.disclosure import suppress as suppress
    from evalkit.data.disclosure import suppress_table as suppress_table
    from evalkit.data.families import comparable_places as comparable_places
    from evalkit.data.frame import to_pandas as to_pandas
    from evalkit.data.read import columns_of as columns_of
    from evalkit.data.read import read_table as read_table
    from evalkit.data.shape import gap as gap
    from evalkit.data.shape import join_tables as join_tables
    from evalkit.data.shape import keep_rows as keep_rows
    from evalkit.data.shape import new_column as new_column
    from evalkit.data.simulate import simulate_panel as simulate_panel
    from evalkit.data.table import Changed as Changed
    from evalkit.data.table import Missing as Missing
    from evalkit.data.table import Table as Table

_WHERE = {
    "Changed": "table",
    "Description": "describe",
    "Missing": "table",
    "Suppressed": "disclosure",
    "Table": "table",
    "attrition": "describe",
    "balance": "describe",
    "choose_comparators": "comparators",
    "columns_of": "read",
    "comparable_places": "families",
    "constant_columns": "describe",
    "describe_table": "describe",
    "duplicated_units": "describe",
    "gap": "shape",
    "join_tables": "shape",
    "keep_rows": "shape",
    "new_column": "shape",
    "read_table": "read",
    "simulate_panel": "simulate",
    "suppress": "disclosure",
    "suppress_table": "disclosure",
    "to_pandas": "frame",
}

__all__ = [*_WHERE]  # noqa: PLE0604 (names are strings of a literal)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        msg = f"module 'evalkit.data' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(importlib.import_module(f"evalkit.data.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
