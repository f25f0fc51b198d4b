"""A table as read: its frame, the roles of its columns, and what was changed or is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalkit.errors import DataError, nearest

if TYPE_CHECKING:
    # pandas takes most of a second to import, and reading a header needs none of it.
    import numpy as np
    import pandas as pd

BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Changed:
    """Something done to a table, or noticed, on the way from the file to the frame.

    Attributes
    ----------
    column : str
        The column, or empty when the whole file is meant.
    what : str
        What was done, in plain words.
    count : int
        How many cells (or rows, as `what` says).
    example : str
        One of them, with its line in the file where that helps.
    """

    column: str
    what: str
    count: int
    example: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """How many values of a column are missing for one reason, and by which symbol."""

    column: str
    reason: str
    symbol: str
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table whose columns have roles.

    Attributes
    ----------
    id : str
        Its key in the protocol.
    frame : pandas.DataFrame
        The data: numbers as numbers, missing values as NaN, rows numbered from 0.
    unit, time, cluster : str
        Columns with these roles; empty when the table has none.
    file, sha256 : str
        Where it was read from, and the fingerprint of those bytes.
    changes : tuple of Changed
        Everything done on the way, in order.
    lines : numpy.ndarray of int, shape (rows,)
        The line (of a text file) or row (of a sheet) that each row of the frame stood on.
    cells : pandas.DataFrame
        One row for each cell that is missing for a stated reason (blank cells are not listed):
        ``line, column, symbol, reason, low, high``. ``low`` and ``high`` hold the bound of a
        symbol such as ``<5``, else NaN.
    """

    id: str
    frame: pd.DataFrame
    lines: np.ndarray[Any, np.dtype[np.int64]]
    cells: pd.DataFrame
    unit: str = ""
    time: str = ""
    cluster: str = ""
    file: str = ""
    sha256: str = ""
    changes: tuple[Changed, ...] = ()

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Missing values by column, reason and symbol, in the order of the columns."""
        blanks = self.frame.isna().sum()
        stated = _stated(self.cells)
        found: list[Missing] = []
        for column in self.frame.columns:
            counts = stated.get(str(column), {})
            blank = int(blanks[column]) - sum(counts.values())
            if blank > 0:
                found.append(Missing(str(column), BLANK, "", blank))
            found += [Missing(str(column), *key, counts[key]) for key in sorted(counts)]
        return tuple(found)

    def why(self, row: int, column: str) -> str:
        """Return why a cell is missing, or an empty string when it is not.

        Parameters
        ----------
        row : int
            Row of the frame, from 0.
        column : str
            Name of the column.
        """
        if not bool(self.frame[column].isna().iloc[row]):
            return ""
        here = (self.cells["line"] == self.lines[row]) & (self.cells["column"] == column)
        reasons = self.cells.loc[here, "reason"]
        return str(reasons.iloc[0]) if len(reasons) else BLANK


def _stated(cells: pd.DataFrame) -> dict[str, dict[tuple[str, str], int]]:
    """Count the stated reasons: column -> (reason, symbol) -> how many."""
    counts: dict[str, dict[tuple[str, str], int]] = {}
    grouped = cells.groupby(["column", "reason", "symbol"]).size().reset_index(name="count")
    for column, reason, symbol, count in grouped.itertuples(index=False):
        counts.setdefault(str(column), {})[str(reason), str(symbol)] = int(count)
    return counts


def need_column(columns: Mapping[str, Any] | Any, name: str, *, where: str = "the table") -> None:
    """Raise a `DataError` that names the nearest column when `name` is not among `columns`."""
    known = [str(column) for column in columns]
    if name not in known:
        listing = ", ".join(known[:12]) + (" ..." if len(known) > 12 else "")
        raise DataError(
            f"There is no column `{name}` in {where}.{nearest(name, known)}",
            do=f"Use one of its columns: {listing}.",
        )
