"""Hides counts so small that they could point at a person, and what would give them away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evalkit.errors import DataError

Cells = npt.NDArray[np.int64]
Hidden = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A count that is not shown, and why, in plain words."""

    reason: str

    def __str__(self) -> str:
        """Return the mark that official statistics use."""
        return "[c]"


def suppress(count: int, threshold: int = 10, *, show_zero: bool = False) -> int | Suppressed:
    """Return a count, or a `Suppressed` where it is below the threshold.

    Parameters
    ----------
    count : int
        How many people.
    threshold : int
        The smallest count that is shown.
    show_zero : bool
        Show zeros. By default they are hidden as well: "none of the 12" says something of each.

    Examples
    --------
    >>> suppress(12), suppress(3)
    (12, Suppressed(reason='fewer than 10 people'))
    """
    if count < 0:
        raise DataError(f"A count cannot be {count}.", do="Give a number of people.")
    if count >= threshold or (count == 0 and show_zero):
        return int(count)
    return Suppressed(f"fewer than {threshold} people")


@dataclass(frozen=True, slots=True, eq=False)
class SafeTable:
    """A table of counts that may be shown.

    Attributes
    ----------
    counts : pandas.DataFrame of int or Suppressed
        The cells with their totals (last row and last column, named ``Total``).
    n_small, n_secondary : int
        How many cells (totals included) were hidden for being small, and how many more so that
        those cannot be worked out.
    words : str
        What a reader is told.
    """

    counts: pd.DataFrame
    n_small: int
    n_secondary: int
    words: str


def suppress_table(
    counts: pd.DataFrame, threshold: int = 10, *, show_zero: bool = False, width: int | None = None
) -> SafeTable:
    """Hide small counts of a two-way table, and further cells until no small one can be found.

    The reader is taken to see every cell that is left, every total that is left, and to know that
    counts are whole numbers from 0. For each small cell the least and the greatest count that fit
    all of that are computed by linear programming (the attacker's problem; Fischetti and Salazar
    2000). While they lie closer together than `width`, one more cell is hidden: the smallest in
    a row or column that would give a hidden cell away. All hidden cells carry the same reason, since a
    reason of their own would show which of them are small.

    Parameters
    ----------
    counts : pandas.DataFrame of int, shape (rows, columns)
        Counts without totals. Totals are added and protected too. A one-way table is a frame with
        one column.
    threshold : int
        The smallest count that is shown.
    show_zero : bool
        Leave zeros visible.
    width : int, optional
        How far apart the bounds of a hidden small count must lie; the threshold by default.

    Returns
    -------
    SafeTable
        The table with totals.

    Raises
    ------
    DataError
        When there is something else than counts in the table.
    """
    cells = _with_totals(counts)
    small = (cells < threshold) & ~((cells == 0) & show_zero)
    hidden = _protected(cells, small, threshold if width is None else width)
    reason = f"fewer than {threshold} people, or would let such a number be worked out"
    marks = [
        [Suppressed(reason) if hide else int(value) for value, hide in zip(row, mask, strict=True)]
        for row, mask in zip(cells, hidden, strict=True)
    ]
    one_way = counts.shape[1] == 1
    names = list(counts.columns) if one_way else [*counts.columns, "Total"]
    shown = pd.DataFrame([row[: len(names)] for row in marks], dtype=object, columns=names)
    shown.index = pd.Index([*counts.index, "Total"])
    visible = hidden[:, : len(names)]
    n_small = int(small[:, : len(names)].sum())
    words = f"[c]: {reason}." if visible.any() else ""
    return SafeTable(shown, n_small, int(visible.sum()) - n_small, words)


def _with_totals(counts: pd.DataFrame) -> Cells:
    values = counts.to_numpy(dtype=float, na_value=np.nan)
    if values.size == 0 or not (np.isfinite(values) & (values >= 0) & (values % 1 == 0)).all():
        raise DataError(
            "A table of counts must hold whole numbers from 0, in every cell.",
            do="Fill empty cells with 0 and leave totals out.",
        )
    inner = values.astype(np.int64)
    rows = np.column_stack([inner, inner.sum(axis=1)])
    return np.vstack([rows, rows.sum(axis=0)])


def _protected(cells: Cells, small: Hidden, width: int) -> Hidden:
    """Hide more cells until every small one has bounds at least `width` apart."""
    hidden = small.copy()
    if cells.shape[1] == 2:  # one column: its total is the column itself
        hidden[:, 1] = hidden[:, 0]
    while True:
        danger = _in_danger(cells, hidden, small, width)
        if danger is None:
            return hidden
        hidden[_next_to_hide(cells, hidden, danger)] = True
        if cells.shape[1] == 2:
            hidden |= hidden.any(axis=1, keepdims=True)


def _in_danger(cells: Cells, hidden: Hidden, small: Hidden, width: int) -> tuple[int, int] | None:
    """Return the first small cell that the visible ones pin down too closely."""
    if hidden.all():
        return None
    for row, column in np.argwhere(small):
        low, high = bounds(cells, hidden, (int(row), int(column)))
        if high - low < width:
            return int(row), int(column)
    return None


def bounds(cells: Cells, hidden: Hidden, cell: tuple[int, int]) -> tuple[float, float]:
    """Return the least and the greatest value a hidden cell can have, given all visible ones.

    Parameters
    ----------
    cells : array of int, shape (rows + 1, columns + 1)
        Counts; the last row and column are the totals.
    hidden : array of bool, the same shape
        Which cells the reader does not see.
    cell : tuple of int
        Row and column of the cell.
    """
    from scipy.optimize import linprog

    places = {(int(row), int(column)): at for at, (row, column) in enumerate(np.argwhere(hidden))}
    sums = [*_sums(cells.shape[0], cells.shape[1])]
    left = np.zeros((len(sums), len(places)), dtype=float)
    right = np.zeros(len(sums))
    for equation, members in enumerate(sums):
        for sign, place in members:
            if place in places:
                left[equation, places[place]] += sign
            else:
                right[equation] -= sign * cells[place]
    goal = np.zeros(len(places))
    goal[places[cell]] = 1.0
    ends = []
    for way in (1.0, -1.0):
        solved = linprog(way * goal, A_eq=left, b_eq=right, bounds=(0, None), method="highs")
        # Without an upper end (its total is hidden as well) the reader learns nothing from above.
        ends.append(way * solved.fun if solved.status == 0 else np.inf)
    return round(ends[0], 6), round(ends[1], 6)


def _sums(rows: int, columns: int) -> Iterable[list[tuple[int, tuple[int, int]]]]:
    """Yield the equations of a table: each row and column less its total is nought."""
    last_row, last_column = rows - 1, columns - 1
    for row in range(rows):
        inner = [(1, (row, column)) for column in range(last_column)]
        yield [*inner, (-1, (row, last_column))]
    for column in range(columns):
        inner = [(1, (row, column)) for row in range(last_row)]
        yield [*inner, (-1, (last_row, column))]


def _next_to_hide(cells: Cells, hidden: Hidden, danger: tuple[int, int]) -> tuple[int, int]:
    """Return the visible cell to hide next: totals only when nothing else is left.

    A row or column with one hidden cell gives it away, so the first such line gets a second one;
    without such a line, one beside the cell in danger is hidden, and else one anywhere.
    """
    rows, columns = cells.shape
    lines = [[(row, column) for column in range(columns)] for row in range(rows)]
    lines += [[(row, column) for row in range(rows)] for column in range(columns)]
    lonely = [line for line in lines if sum(bool(hidden[place]) for place in line) == 1]
    beside = [place for line in lines if danger in line for place in line]
    for places in (*lonely, beside, [place for line in lines for place in line]):
        free = [place for place in places if not hidden[place]]
        if free:
            return min(free, key=lambda place: _cost(cells, place, hidden))
    return danger  # not reached: the loop ends once all is hidden


def _cost(cells: Cells, place: tuple[int, int], hidden: Hidden) -> tuple[Any, ...]:
    """Rank by: total or not, empty or not, how many given-away lines it closes, size, place."""
    row, column = place
    is_total = row == cells.shape[0] - 1 or column == cells.shape[1] - 1
    across, down = int(hidden[row].sum()), int(hidden[:, column].sum())
    closes = int(across == 1) + int(down == 1)
    return (is_total, cells[place] == 0, -closes, int(cells[place]), place)
