"""What a table holds: rows, units, periods, gaps, balance, who left, what stands twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from evalkit.data.match import as_words
from evalkit.data.table import Missing, Table, need_column


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A unit that stands more than once in a period, and the lines where it does."""

    unit: str
    time: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """How complete a panel of units and periods is.

    Attributes
    ----------
    n_units, n_periods : int
        How many of each.
    expected, present : int
        Units times periods, and how many of those pairs have a row.
    n_complete : int
        Units with a row in every period.
    """

    n_units: int
    n_periods: int
    expected: int
    present: int
    n_complete: int

    @property
    def balanced(self) -> bool:
        """True when every unit has a row in every period."""
        return self.present == self.expected


@dataclass(frozen=True, slots=True)
class Description:
    """The size and the gaps of a table.

    ``periods`` are in order, as words. ``balance`` is None for a table without unit and time.
    """

    id: str
    n_rows: int
    n_columns: int
    n_units: int
    n_clusters: int
    periods: tuple[str, ...]
    missing: tuple[Missing, ...]
    balance: Balance | None
    duplicates: tuple[Duplicate, ...]
    constant: tuple[str, ...]


def describe_table(table: Table) -> Description:
    """Describe a table by the roles its columns have.

    Examples
    --------
    >>> from evalkit.data.simulate import simulate_table
    >>> described = describe_table(simulate_table(units=5, periods=3, seed=1))
    >>> described.n_units, described.periods, described.balance.balanced
    (5, ('1', '2', '3'), True)
    """
    frame = table.frame
    both = bool(table.unit and table.time)
    times = sorted(frame[table.time].dropna().unique()) if table.time else []
    return Description(
        id=table.id,
        n_rows=len(frame),
        n_columns=frame.shape[1],
        n_units=int(frame[table.unit].nunique()) if table.unit else 0,
        n_clusters=int(frame[table.cluster].nunique()) if table.cluster else 0,
        periods=tuple(as_words(time) for time in times),
        missing=table.missing,
        balance=balance(frame, table.unit, table.time) if both else None,
        duplicates=duplicated_units(frame, table.unit, table.time, table.lines)
        if table.unit
        else (),
        constant=constant_columns(frame),
    )


def duplicated_units(
    frame: pd.DataFrame,
    unit: str,
    time: str = "",
    lines: npt.NDArray[np.int64] | None = None,
) -> tuple[Duplicate, ...]:
    """Return units that stand more than once in one period (or, without `time`, at all).

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    unit, time : str
        Columns with the unit and the period.
    lines : array of int, optional
        Lines of the file, one for each row (`Table.lines`); row numbers from 1 by default.
    """
    keys = [unit, time] if time else [unit]
    for column in keys:
        need_column(frame.columns, column)
    numbers = np.arange(1, len(frame) + 1) if lines is None else lines
    known = frame[keys].notna().all(axis=1)
    twice = frame[known & frame.duplicated(keys, keep=False)]
    found: dict[tuple[str, str], list[int]] = {}
    for row, values in zip(twice.index, twice[keys].itertuples(index=False), strict=True):
        words = (as_words(values[0]), as_words(values[1]) if time else "")
        found.setdefault(words, []).append(int(numbers[frame.index.get_loc(row)]))
    return tuple(Duplicate(*words, tuple(at)) for words, at in found.items())


def constant_columns(frame: pd.DataFrame, columns: Sequence[str] = ()) -> tuple[str, ...]:
    """Return columns that hold one value only, or none (of `columns`, or of all)."""
    for column in columns:
        need_column(frame.columns, column)
    return tuple(
        str(column)
        for column in (columns or frame.columns)
        if len(frame[column].dropna().unique()) <= 1
    )


def balance(frame: pd.DataFrame, unit: str, time: str) -> Balance:
    """Say how complete a panel is; a unit twice in a period counts once."""
    for column in (unit, time):
        need_column(frame.columns, column)
    pairs = frame[[unit, time]].dropna().drop_duplicates()
    n_units, n_periods = int(pairs[unit].nunique()), int(pairs[time].nunique())
    complete = int((pairs.groupby(unit).size() == n_periods).sum())
    return Balance(n_units, n_periods, n_units * n_periods, len(pairs), complete)


def attrition(frame: pd.DataFrame, unit: str, time: str, outcome: str = "") -> pd.DataFrame:
    """Say, period by period, who is there, who came and who left.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each unit and period.
    unit, time : str
        Columns with the unit and the period.
    outcome : str, optional
        Where given, a unit is there only when this column has a value.

    Returns
    -------
    pandas.DataFrame
        ``period, present, joined`` (there, not in the period before), ``left`` (not there, but in
        the period before), ``of_first`` (units of the first period still there) and
        ``share_of_first`` (their share, 0 to 1).
    """
    for column in filter(None, (unit, time, outcome)):
        need_column(frame.columns, column)
    there = frame.dropna(subset=[unit, time, *([outcome] if outcome else [])])
    periods = sorted(frame[time].dropna().unique())
    members = [set(there.loc[there[time] == period, unit]) for period in periods]
    first = members[0] if members else set()
    rows = [
        {
            "period": period,
            "present": len(now),
            "joined": len(now - before),
            "left": len(before - now),
            "of_first": len(now & first),
            "share_of_first": len(now & first) / len(first) if first else np.nan,
        }
        for period, before, now in zip(periods, [first, *members], members, strict=False)
    ]
    names = ["period", "present", "joined", "left", "of_first", "share_of_first"]
    return pd.DataFrame(rows, columns=names)
