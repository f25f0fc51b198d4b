"""Rows of a CSV file with the line each begins on, for sources and codings alike."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from evalkit.coding.decode import decode_file
from evalkit.errors import CodingError, Fault, ProjectError, nearest

_LONGEST_CELL = 10_000_000
_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a CSV file: the line it begins on, and its cells by column."""

    line: int
    cells: dict[str, str]

    def cell(self, column: str) -> str:
        """Return the cell without blanks around it; empty when the file has no such column."""
        return self.cells.get(column, "").strip()


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a CSV file, its rows, and the faults of single rows."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...] = ()


def read_table(path: Path, file: str, needs: Collection[str]) -> Table:
    """Read a CSV file whose first row names the columns.

    Commas, semicolons and tabs are understood as separators. Blank rows are passed over. Rows
    with more cells than there are columns are left out and stand in ``faults``.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    file : str
        Its name in messages.
    needs : collection of str
        Columns that must be there.

    Raises
    ------
    ProjectError
        The file cannot be read at all, or columns are missing or stand twice.
    """
    try:
        text = decode_file(path, file).text
        grid = list(_grid(text, needs, file))
    except CodingError as error:
        raise ProjectError([error.fault(file)]) from error
    if not grid:
        fault = Fault(file, 0, "The file is empty.", f"Its columns are: {', '.join(needs)}.")
        raise ProjectError([fault])
    line, columns = grid[0][0], tuple(name.strip() for name in grid[0][1])
    faults = _header_faults(file, line, columns, needs)
    if faults:
        raise ProjectError(faults)
    good = [(at, cells) for at, cells in grid[1:] if len(cells) <= len(columns)]
    long = [(at, cells) for at, cells in grid[1:] if len(cells) > len(columns)]
    rows = tuple(Row(at, dict(zip(columns, cells, strict=False))) for at, cells in good)
    return Table(columns, rows, tuple(_long_row(file, at, cells, columns) for at, cells in long))


def _grid(text: str, needs: Collection[str], file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with the line it begins on."""
    before = csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(
        io.StringIO(text, newline="\n"), delimiter=_delimiter(text, needs), strict=True
    )
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, _without_empty_end(cells)
            line = reader.line_num + 1
    except csv.Error as error:
        wrong = f"The row that begins here is not valid CSV: {error}."
        do = 'Put cells with commas, quotes or line ends in "...", and write a quote inside as "".'
        raise CodingError(wrong, do=do, file=file, line=line) from error
    finally:
        csv.field_size_limit(before)


def _without_empty_end(cells: list[str]) -> list[str]:
    """Drop the empty cells spreadsheets leave at the end of a row."""
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]


def _delimiter(text: str, needs: Collection[str]) -> str:
    """Return the separator with which the first row shows most of the columns needed."""
    first = text.lstrip("\n").partition("\n")[0]

    def found(delimiter: str) -> int:
        names = {name.strip().strip('"').strip() for name in first.split(delimiter)}
        return sum(name in names for name in needs)

    return max(_DELIMITERS, key=found)


def _header_faults(
    file: str, line: int, columns: tuple[str, ...], needs: Collection[str]
) -> list[Fault]:
    faults = []
    for name in needs:
        if name not in columns:
            hint = nearest(name, [column for column in columns if column and column not in needs])
            hint = hint.replace("Did you mean", "Is it the one called")
            wrong = f"The column `{name}` is missing."
            do = f"Name it in the first row.{hint}"
            faults.append(Fault(file, line, wrong, do))
    for at, name in enumerate(columns):
        if not name:
            wrong = f"Column {at + 1} has no name."
            faults.append(Fault(file, line, wrong, "Name it in the first row, or delete it."))
        elif name in columns[:at]:
            faults.append(
                Fault(file, line, f"The column `{name}` stands twice.", "Rename one of them.")
            )
    return faults


def _long_row(file: str, line: int, cells: list[str], columns: tuple[str, ...]) -> Fault:
    wrong = f"The row has {len(cells)} cells and the file has {len(columns)} columns."
    return Fault(file, line, wrong, 'Put cells that contain commas in "...".')
