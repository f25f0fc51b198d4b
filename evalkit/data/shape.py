"""Joins tables, makes columns, keeps rows: each step counted among the table's changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from evalkit.data.columns import no_cells
from evalkit.data.match import as_number, as_words, known_words, numbers_of, words_of
from evalkit.data.table import Changed, Table, need_column
from evalkit.errors import DataError

_RANGE = re.compile(r"\s*(\S+)\s+to\s+(\S+)\s*")


def join_tables(left: Table, right: Table, by: str) -> Table:
    """Add the columns of `right` to `left`, many rows of `left` to one of `right`.

    Parameters
    ----------
    left, right : Table
        The table whose rows are kept, and the table looked up.
    by : str
        The key column, of the same name in both. Numbers and numbers written as text match
        (``201`` and ``"201"``; ``7`` and ``"007"`` where one side holds numbers).

    Returns
    -------
    Table
        `left` with the new columns. A column that stands in both is taken from `left`. Rows
        without a partner have missing values with the reason ``no partner in ...``.

    Raises
    ------
    DataError
        When the key is absent, twice in `right`, or no row of `left` finds a partner.
    """
    need_column(left.frame.columns, by, where=f"table `{left.id}`")
    need_column(right.frame.columns, by, where=f"table `{right.id}`")
    ours, theirs = _keys(left.frame[by], right.frame[by])
    _refuse_twice(theirs, right, by)
    place = pd.Series(np.arange(len(theirs)), index=theirs).drop("", errors="ignore")
    partner = place.reindex(ours).to_numpy(dtype=float, na_value=np.nan)
    alone = np.isnan(partner)
    if alone.all():
        raise DataError(
            f"No row of `{left.id}` finds a partner in `{right.id}` by `{by}` "
            f"(`{ours.iloc[0]}` here, `{theirs.iloc[0]}` there).",
            do="Write the key in the same way in both files.",
        )
    new = [str(name) for name in right.frame.columns if name not in left.frame.columns]
    added = right.frame[new].reindex(partner).reset_index(drop=True)
    frame = pd.concat([left.frame, added], axis=1)
    cells = [left.cells, _carried(left, right, new, partner), _unpartnered(left, right, new, alone)]
    filled = [part for part in cells if len(part)]
    return replace(
        left,
        frame=frame,
        cells=pd.concat(filled, ignore_index=True) if filled else no_cells(),
        changes=(*left.changes, *_joined(left, right, by, alone), *_twice_named(left, right, by)),
    )


def _keys(ours: pd.Series[Any], theirs: pd.Series[Any]) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Return both keys as words; zeros in front are dropped where one side holds numbers."""
    numeric = [pd.api.types.is_numeric_dtype(column) for column in (ours, theirs)]
    words = [words_of(column) for column in (ours, theirs)]
    if any(numeric) and not all(numeric):
        words = [column.map(_without_zeros) for column in words]
    return words[0], words[1]


def _without_zeros(text: str) -> str:
    return (text.lstrip("0") or "0") if text.isdigit() else text


def _refuse_twice(keys: pd.Series[Any], right: Table, by: str) -> None:
    twice = keys[(keys != "") & keys.duplicated(keep=False)]
    if len(twice):
        value = twice.iloc[0]
        lines = ", ".join(str(line) for line in right.lines[(keys == value).to_numpy()][:4])
        raise DataError(
            f"`{by}` is `{value}` in more than one row of `{right.id}` (lines {lines}).",
            do="Keep one row for each, or join the other way round.",
            file=right.file,
        )


def _carried(left: Table, right: Table, new: Sequence[str], partner: Any) -> pd.DataFrame:
    """Return why joined cells are missing, placed on the lines of `left`."""
    stated = right.cells[right.cells["column"].isin(new)]
    if not len(stated):
        return no_cells()
    met = ~np.isnan(partner)
    pairs = pd.DataFrame({"line": right.lines[partner[met].astype(int)], "here": left.lines[met]})
    cells = stated.merge(pairs, on="line").drop(columns="line").rename(columns={"here": "line"})
    return cells[list(right.cells.columns)]


def _unpartnered(left: Table, right: Table, new: Sequence[str], alone: Any) -> pd.DataFrame:
    lines = left.lines[alone]
    if not len(lines) or not new:
        return no_cells()
    pairs = pd.MultiIndex.from_product([lines, new], names=["line", "column"]).to_frame(index=False)
    return pairs.assign(symbol="", reason=f"no partner in {right.id}", low=np.nan, high=np.nan)


def _joined(left: Table, right: Table, by: str, alone: Any) -> tuple[Changed, ...]:
    if not alone.any():
        return ()
    values = left.frame.loc[alone, by].dropna()
    example = as_words(values.iloc[0]) if len(values) else "blank"
    return (Changed(by, f"rows without a partner in {right.id}", int(alone.sum()), example),)


def _twice_named(left: Table, right: Table, by: str) -> tuple[Changed, ...]:
    both = [str(name) for name in left.frame.columns if name in right.frame.columns and name != by]
    what = f"column stands in {right.id} too: that of {left.id} is kept"
    return tuple(Changed(name, what, 1) for name in both)


def new_column(
    table: Table, name: str, column: str, *, values: Sequence[Any] = (), reached_by: str = ""
) -> Table:
    """Add a column of 0 and 1, made from another column.

    Exactly one of `values` and `reached_by` is given.

    Parameters
    ----------
    table : Table
        The table.
    name : str
        Name of the new column.
    column : str
        The column it is made from.
    values : sequence, optional
        1 where `column` has one of them, else 0 (blank: 0; missing for a stated reason such as
        suppression: missing).
    reached_by : str, optional
        A column of times: 1 once it has reached the value of `column`, 0 before, and 0 where
        `column` is blank.

    Raises
    ------
    DataError
        When a column is absent, the name is taken, or one of `values` never occurs.
    """
    if name in table.frame.columns:
        raise DataError(f"There is a column `{name}` already.", do="Choose another name.")
    for needed in filter(None, (column, reached_by)):
        need_column(table.frame.columns, needed, where=f"table `{table.id}`")
    if bool(values) == bool(reached_by):
        raise DataError(
            f"The new column `{name}` needs either values or a time column, not both.",
            do="Give `is:` or `reached_by:`.",
        )
    source = table.frame[column]
    if reached_by:
        time = numbers_of(table.frame[reached_by], reached_by)
        made = (time >= numbers_of(source, column)).astype(float).mask(time.isna())
    else:
        words, wanted = words_of(source), [as_words(value) for value in values]
        known_words(words, wanted, column)
        made = words.isin(wanted).astype(float)
    hidden = table.cells.loc[table.cells["column"] == column, "line"]
    made = made.mask(pd.Series(np.isin(table.lines, hidden)))
    whole = made if made.isna().any() else made.astype(np.int64)
    ones = int((made == 1).sum())
    changed = Changed(name, f"column made from `{column}`: rows that are 1", ones)
    return replace(
        table, frame=table.frame.assign(**{name: whole}), changes=(*table.changes, changed)
    )


def keep_rows(table: Table, keep: Mapping[str, Any]) -> Table:
    """Keep the rows that meet every condition, counting those dropped by each.

    Parameters
    ----------
    table : Table
        The table.
    keep : mapping
        Column to a value, a list of values, or ``"2016 to 2019"`` (both ends included).

    Raises
    ------
    DataError
        When a column is absent, a value never occurs in it, or no row is left.

    Examples
    --------
    >>> from evalkit.data.simulate import simulate_table
    >>> table = keep_rows(simulate_table(units=4, periods=3, seed=1), {"time": "1 to 2"})
    >>> len(table.frame), table.changes[-1].count
    (8, 4)
    """
    frame, lines = table.frame, table.lines
    changes: list[Changed] = []
    for column, wanted in keep.items():
        need_column(frame.columns, column, where=f"table `{table.id}`")
        # Values are looked for in the whole table: an earlier condition may have dropped them.
        mask = _meets(table.frame[column], wanted, column)[frame.index]
        dropped = int((~mask).sum())
        if dropped:
            what = f"rows left out: `{column}` is not {_shown(wanted)}"
            changes.append(Changed(column, what, dropped))
        frame = frame[mask]
    if frame.empty:
        raise DataError(
            f"No row of `{table.id}` meets all of: {', '.join(keep)}.",
            do="Loosen what is written under `keep:`.",
        )
    lines = table.lines[frame.index]
    return replace(
        table,
        frame=frame.reset_index(drop=True),
        lines=lines,
        cells=table.cells[table.cells["line"].isin(lines)].reset_index(drop=True),
        changes=(*table.changes, *changes),
    )


def _shown(wanted: Any) -> str:
    values = wanted if isinstance(wanted, list | tuple) else [wanted]
    return " or ".join(as_words(value) for value in values)


def _meets(values: pd.Series[Any], wanted: Any, column: str) -> pd.Series[bool]:
    words = words_of(values)
    if isinstance(wanted, str) and wanted.strip() not in set(words) and (ends := _ends(wanted)):
        return numbers_of(values, column).between(*ends)
    many = list(wanted) if isinstance(wanted, list | tuple) else [wanted]
    asked = [as_words(value) for value in many]
    known_words(words, asked, column)
    return words.isin(asked)


def _ends(wanted: str) -> tuple[float, float] | None:
    """Return both ends of ``"a to b"``, or None where it is not a range of numbers or dates."""
    found = _RANGE.fullmatch(wanted)
    low, high = (as_number(found[1]), as_number(found[2])) if found else (None, None)
    return None if low is None or high is None else (low, high)


def gap(frame: pd.DataFrame, column: str, less: str, name: str = "") -> pd.DataFrame:
    """Return a copy with the difference of two columns, ``column - less``.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    column, less : str
        The column, and the one taken from it.
    name : str
        Name of the new column; ``"<column> less <less>"`` by default.

    Raises
    ------
    DataError
        When a column is absent or holds words.

    Examples
    --------
    >>> import pandas as pd
    >>> gap(pd.DataFrame({"others": [70.0], "poor": [51.0]}), "others", "poor").iloc[0, -1]
    np.float64(19.0)
    """
    for needed in (column, less):
        need_column(frame.columns, needed)
        if not pd.api.types.is_numeric_dtype(frame[needed]):
            raise DataError(
                f"Column `{needed}` holds words, so no gap can be taken.",
                do="Use a column of numbers, or declare its words under `missing:`.",
            )
    return frame.assign(**{name or f"{column} less {less}": frame[column] - frame[less]})
