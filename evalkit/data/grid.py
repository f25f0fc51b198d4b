"""From loose records to a grid: which row is the header, what stands above and below it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from evalkit.data.table import Changed
from evalkit.data.text import HEAD, Record
from evalkit.errors import DataError

_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?", re.ASCII)
_YEAR = re.compile(r"(19|20|21)\d\d", re.ASCII)
_NOTE = re.compile(
    r"(foot)?notes?\b|sources?\b|copyright\b|\u00a9|\(c\)|\*|\[?\d\]|key\b", re.IGNORECASE
)
_TOTAL = re.compile(r"(grand |overall )?totals?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Grid:
    """Names, and cells as text: every row as long as the names.

    Attributes
    ----------
    names : tuple of str
        Names of the columns, each once.
    rows : list of list of str
        The cells.
    lines : list of int
        Line of the file for each row.
    changes : tuple of Changed
        What was left out or filled up.
    """

    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    changes: tuple[Changed, ...]


def to_grid(records: Sequence[Record], file: str, *, sheet: bool = False) -> Grid:
    """Find the header among `records`, and put the rows below it in order.

    Rows above the header (titles), notes below the data, blank rows and, on a sheet, a row of
    totals are left out, and each is said. A row with more cells than the header is refused.

    Raises
    ------
    DataError
        When there is no header, two columns have one name, or a row is too long.
    """
    filled = [(line, row) for line, row in records if any(cell.strip() for cell in row)]
    if not filled:
        raise DataError("The file is empty.", do="Put the table in it again.", file=file)
    top = _header(filled)
    changes = _titles(filled[:top])
    line, header = filled[top]
    _refuse_numbers(header, file, line)
    body = filled[top + 1 :]
    keep, extra = _columns(header, body)
    names = _names(header, keep, file, line)
    body, ended = _ending(body, _blank_lines(records), sheet=sheet, width=len(names))
    blanks = _blanks_within(records, line, body)
    rows, padded = _even(body, len(header), file, keep)
    notes = (*changes, *extra, *blanks, *ended, *padded, *_renamed(header, keep, names))
    return Grid(names, rows, [line for line, _ in body], notes)


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _header(filled: Sequence[Record]) -> int:
    """Return the first row that fills at least three fifths of the widest row's cells."""
    head = filled[:HEAD]
    widest = max(_filled(row) for _, row in head)
    enough = math.ceil(0.6 * widest)
    return next(place for place, (_, row) in enumerate(head) if _filled(row) >= enough)


def _titles(above: Sequence[Record]) -> tuple[Changed, ...]:
    if not above:
        return ()
    first = next(cell.strip() for cell in above[0][1] if cell.strip())
    return (Changed("", "rows above the header left out", len(above), first[:60]),)


def _refuse_numbers(header: Sequence[str], file: str, line: int) -> None:
    cells = [cell.strip() for cell in header if cell.strip()]
    numbers = [cell for cell in cells if _NUMBER.fullmatch(cell) and not _YEAR.fullmatch(cell)]
    if len(numbers) > len(cells) / 2:
        raise DataError(
            f"The first row holds numbers ({', '.join(numbers[:3])}), not names of columns.",
            do="Put a row with the names of the columns above the data.",
            file=file,
            line=line,
        )


def _columns(
    header: Sequence[str], body: Sequence[Record]
) -> tuple[list[int], tuple[Changed, ...]]:
    """Return the places of the columns kept: those with a name or with anything in them."""
    nameless = [place for place, cell in enumerate(header) if not cell.strip()]
    empty = {
        place
        for place in nameless
        if not any(place < len(row) and row[place].strip() for _, row in body)
    }
    keep = [place for place in range(len(header)) if place not in empty]
    if not empty:
        return keep, ()
    return keep, (Changed("", "empty columns without a name left out", len(empty)),)


def _names(header: Sequence[str], keep: Sequence[int], file: str, line: int) -> tuple[str, ...]:
    names: dict[str, int] = {}
    for place in keep:
        name = " ".join(header[place].split()) or f"column_{place + 1}"
        if name in names:
            raise DataError(
                f"Two columns are named `{name}` (columns {names[name]} and {place + 1}).",
                do="Give each column its own name, all in one row.",
                file=file,
                line=line,
            )
        names[name] = place + 1
    return tuple(names)


def _renamed(
    header: Sequence[str], keep: Sequence[int], names: Sequence[str]
) -> tuple[Changed, ...]:
    return tuple(
        Changed(name, "column without a name was given one", 1)
        if not header[place].strip()
        else Changed(name, "spaces in the column's name evened out", 1, repr(header[place]))
        for place, name in zip(keep, names, strict=True)
        if header[place] != name
    )


def _blank_lines(records: Sequence[Record]) -> set[int]:
    return {line for line, row in records if not any(cell.strip() for cell in row)}


def _blanks_within(
    records: Sequence[Record], top: int, body: Sequence[Record]
) -> tuple[Changed, ...]:
    last = body[-1][0] if body else 0
    within = [line for line in _blank_lines(records) if top < line < last]
    if not within:
        return ()
    return (Changed("", "blank rows left out", len(within), f"line {min(within)}"),)


def _ending(
    body: list[Record], blank: set[int], *, sheet: bool, width: int
) -> tuple[list[Record], tuple[Changed, ...]]:
    """Take notes, and on a sheet a row of totals, off the end of the data."""
    kept = len(body)
    while width > 2 and kept and _is_note(body, kept - 1, blank):
        kept -= 1
    changes: list[Changed] = []
    if kept < len(body):
        example = next(cell.strip() for cell in body[kept][1] if cell.strip())
        changes.append(
            Changed("", "rows of notes below the data left out", len(body) - kept, example[:60])
        )
    if sheet and kept and _TOTAL.fullmatch(body[kept - 1][1][0].strip()):
        kept -= 1
        changes.append(
            Changed("", "row of totals left out", 1, f"row {body[kept][0]}: {body[kept][1][0]}")
        )
    return body[:kept], tuple(changes)


def _is_note(body: Sequence[Record], place: int, blank: set[int]) -> bool:
    """One filled cell at the left, in words, that names itself a note or follows a blank row.

    A last person of whom only the identifier is known must not be taken for a note.
    """
    line, row = body[place]
    first = row[0].strip()
    if _filled(row) != 1 or not first or _NUMBER.fullmatch(first):
        return False
    above = body[place - 1][0] if place else 0
    after_gap = any(gap in blank for gap in range(above + 1, line))
    return bool(_NOTE.match(first)) or (after_gap and " " in first)


def _even(
    body: Sequence[Record], width: int, file: str, keep: Sequence[int]
) -> tuple[list[list[str]], tuple[Changed, ...]]:
    """Give every row the header's length; refuse rows that have more."""
    rows: list[list[str]] = []
    short: list[int] = []
    for line, row in body:
        cells = row
        if len(row) != width:
            cells = _fitted(row, width, file, line)
            if len(row) < width:
                short.append(line)
        rows.append(cells if len(keep) == width else [cells[place] for place in keep])
    if not short:
        return rows, ()
    what = "rows shorter than the header, filled up with blanks"
    return rows, (Changed("", what, len(short), f"line {short[0]}"),)


def _fitted(row: list[str], width: int, file: str, line: int) -> list[str]:
    if any(cell.strip() for cell in row[width:]):
        raise DataError(
            f"This row has {len(row)} cells and the header has {width}.",
            do="Put quotation marks round a cell that contains the separator, or mend the header.",
            file=file,
            line=line,
        )
    return [cell for cell, _ in zip_longest(row[:width], range(width), fillvalue="")]
