"""From columns of text to typed columns: every change counted, every gap with its reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evalkit.data.cells import Cell, declared_codes, identifier, mended, understand
from evalkit.data.symbols import DECLARED, UNMISTAKABLE
from evalkit.data.table import Changed

CELL_COLUMNS = ("line", "column", "symbol", "reason", "low", "high")

_SLASHED = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}([/.-])\d{1,2}\1\d{2}", re.ASCII)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+", re.ASCII)
_TRUTH = {"true": 1, "false": 0}
_DRESS_WORDS = {
    "%": "per cent signs taken off (50% is 50)",
    ",": "thousands commas taken out",
    "minus": "typographic minus signs read as minus",
}

Lines = npt.NDArray[np.int64]


def no_cells() -> pd.DataFrame:
    """Return an empty list of missing cells, with its columns and their types."""
    return _no_cells().copy()


@cache
def _no_cells() -> pd.DataFrame:
    """Make the empty list once: every column of a table without gaps asks for it."""
    frame = pd.DataFrame(columns=list(CELL_COLUMNS), dtype=object)
    return frame.astype({"line": np.int64, "low": float, "high": float})


@dataclass(frozen=True, slots=True)
class Reading:
    """What one column became: its values (`column`), what was done, and the cells missing with a reason."""

    column: pd.Series[Any]
    changes: tuple[Changed, ...] = ()
    cells: pd.DataFrame = field(default_factory=no_cells)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column at work: each distinct text understood, and where it stands."""

    name: str
    codes: npt.NDArray[np.intp]
    raw: tuple[str, ...]
    cells: tuple[Cell, ...]
    counts: tuple[int, ...]
    lines: Lines

    def of(self, *kinds: str) -> list[int]:
        return [place for place, cell in enumerate(self.cells) if cell.kind in kinds]

    def size(self, places: Sequence[int]) -> int:
        return sum(self.counts[place] for place in places)

    def said(self, what: str, places: Sequence[int]) -> tuple[Changed, ...]:
        """Return the change for these distinct texts, with the first of them as example."""
        if not places:
            return ()
        row = int(np.flatnonzero(np.isin(self.codes, places))[0])
        text = self.cells[int(self.codes[row])].text[:60]
        return (Changed(self.name, what, self.size(places), f"{text} (line {self.lines[row]})"),)


def read_column(
    name: str,
    texts: Sequence[str],
    lines: Lines,
    symbols: Mapping[str, str],
    missing: tuple[str, ...],
) -> Reading:
    """Turn one column of text into numbers, dates, 0/1 or words, whichever all of it is.

    A column in which everything is a number or a known symbol becomes numeric, its symbols missing
    with their reasons. A column of words stays as it is, single letters such as "c" included.
    """
    codes, distinct = pd.factorize(np.asarray(texts, dtype=object))
    declared = declared_codes(missing)
    raw = tuple(str(text) for text in distinct)
    cells = tuple(understand(text, symbols, declared) for text in raw)
    counts = np.bincount(codes, minlength=len(cells))
    column = _Column(name, codes, raw, cells, tuple(int(n) for n in counts), lines)
    return _decide(column)


def _decide(column: _Column) -> Reading:
    numbers = column.of("number", "dressed")
    if not column.of("words"):
        if numbers and not (why := _not_quantity(column, numbers)):
            return _numeric(column)
        if numbers:
            return _words(column, column.said(why, numbers))
        if all(_is_gap(cell) for cell in column.cells):
            return _numeric(column)
        return _words(column, column.said("left as text: only symbols", column.of("symbol")))
    for attempt in (_truth, _dates):
        if reading := attempt(column):
            return reading
    return _words(column, _nearly_numeric(column, numbers))


def _is_gap(cell: Cell) -> bool:
    return cell.kind in {"blank", "declared", "bound"} or cell.text.lower() in UNMISTAKABLE


def _not_quantity(column: _Column, numbers: Sequence[int]) -> str:
    """Return why a column of numbers must not be read as quantities, or an empty string."""
    cells = [column.cells[place] for place in numbers]
    for cell in cells:
        if why := identifier(cell.text):
            return why
    percent = any("%" in cell.dress for cell in cells)
    if percent and any("%" not in cell.dress and cell.number for cell in cells):
        return "left as text: some have a per cent sign and some do not"
    money = {name for cell in cells for name in cell.dress if name in "£$€"}
    return "left as text: more than one currency" if len(money) > 1 else ""


def _numeric(column: _Column) -> Reading:
    numbers = np.array([cell.number for cell in column.cells], dtype=float)
    values = numbers[column.codes]
    whole = bool(np.isfinite(values).all()) and bool((values == np.floor(values)).all())
    written = all("." not in cell.text and "e" not in cell.text.lower() for cell in column.cells)
    series = pd.Series(values.astype(np.int64) if whole and written else values)
    changes: tuple[Changed, ...] = ()
    for dress in sorted({name for cell in column.cells for name in cell.dress}):
        places = [place for place, cell in enumerate(column.cells) if dress in cell.dress]
        changes += column.said(_DRESS_WORDS.get(dress, f"{dress} signs taken off"), places)
    gaps = column.of("symbol", "bound", "declared")
    changes += _gaps_said(column, gaps)
    if not column.of("number", "dressed"):
        changes += (Changed(column.name, "column holds no value at all", len(values)),)
    return Reading(series, changes, _gap_cells(column, gaps))


def _gaps_said(column: _Column, gaps: Sequence[int]) -> tuple[Changed, ...]:
    changes: tuple[Changed, ...] = ()
    for place in gaps:
        cell = column.cells[place]
        changes += column.said(f"`{cell.text}` read as missing: {cell.reason}", [place])
    return changes


def _gap_cells(column: _Column, gaps: Sequence[int]) -> pd.DataFrame:
    if not gaps:
        return no_cells()
    at = np.flatnonzero(np.isin(column.codes, gaps))
    found = [column.cells[int(code)] for code in column.codes[at]]
    return pd.DataFrame(
        {
            "line": column.lines[at],
            "column": column.name,
            "symbol": [cell.text for cell in found],
            "reason": [cell.reason for cell in found],
            "low": [cell.low for cell in found],
            "high": [cell.high for cell in found],
        }
    )


def _truth(column: _Column) -> Reading | None:
    """Read TRUE and FALSE as 1 and 0 where nothing else stands in the column."""
    places = column.of("words")
    if len(places) + len(column.of("blank", "declared")) < len(column.cells):
        return None
    if any(column.cells[place].text.lower() not in _TRUTH for place in places):
        return None
    said = column.said("TRUE and FALSE read as 1 and 0", places)
    return _spread(column, lambda cell: _TRUTH.get(cell.text.lower(), np.nan), said)


def _spread(column: _Column, value: Callable[[Cell], Any], changes: tuple[Changed, ...]) -> Reading:
    """Put a value for each distinct text in its places; declared codes become missing."""
    gaps = column.of("declared")
    distinct = pd.Series([value(cell) for cell in column.cells])
    series = distinct.take(column.codes).reset_index(drop=True)
    return Reading(series, (*changes, *_gaps_said(column, gaps)), _gap_cells(column, gaps))


def _dates(column: _Column) -> Reading | None:
    """Read dates where every cell is one and the order of day and month is certain."""
    places = column.of("words")
    if len(places) + len(column.of("blank", "declared")) < len(column.cells):
        return None
    texts = [column.cells[place].text for place in places]
    order = _date_order(texts)
    if order in _UNPROVEN:
        return _words(column, column.said(_UNPROVEN[order], places))
    dates = {text: _date(text, order) for text in texts} if order else {}
    if not order or None in dates.values():
        return None
    said = column.said(_PROVEN[order], places)
    return _spread(column, lambda cell: dates.get(cell.text, pd.NaT), said)


_PROVEN = {
    "iso": "read as dates",
    "day": "read as dates, day first (a day above 12 proves it)",
    "month": "read as dates, month first (a day above 12 proves it)",
}
_UNPROVEN = {
    "either": "dates left as text: nothing proves whether day or month comes first",
    "both": "dates left as text: some are day first, some month first",
    "short": "dates left as text: years of two digits",
}


def _date_order(texts: Sequence[str]) -> str:
    if all(_ISO.fullmatch(text) for text in texts):
        return "iso"
    if all(_SHORT_YEAR.fullmatch(text) for text in texts):
        return "short"
    parts = [_SLASHED.fullmatch(text) for text in texts]
    if not all(parts):
        return ""
    day = any(int(part[1]) > 12 for part in parts if part)
    month = any(int(part[3]) > 12 for part in parts if part)
    return {(True, False): "day", (False, True): "month", (True, True): "both"}.get(
        (day, month), "either"
    )


def _date(text: str, order: str) -> pd.Timestamp | None:
    """Return the moment, or None where no such day exists."""
    try:
        if order == "iso":
            moment = datetime.fromisoformat(text)
        else:
            first, _, second, year = _SLASHED.fullmatch(text).groups()  # type: ignore[union-attr]  # all matched before
            day, month = (first, second) if order == "day" else (second, first)
            moment = datetime(int(year), int(month), int(day))  # noqa: DTZ001 (a date of the file has no time zone)
    except ValueError:
        return None
    # pandas before 3 holds no dates outside 1677 to 2262.
    return pd.Timestamp(moment) if 1700 <= moment.year <= 2200 else None


def _nearly_numeric(column: _Column, numbers: Sequence[int]) -> tuple[Changed, ...]:
    """Say so where most cells are numbers but words keep the column from being one of numbers."""
    words = column.of("words")
    if all(_DECIMAL_COMMA.fullmatch(column.cells[place].text) for place in words):
        return column.said("left as text: numbers with a decimal comma (1,5)", words)
    if not numbers or column.size(numbers) <= column.size(words):
        return ()
    common = Counter({column.cells[place].text: column.counts[place] for place in words})
    shown = ", ".join(f"`{text[:30]}`" for text, _ in common.most_common(3))
    what = f"left as text: most are numbers, but not {shown}; declare them under `missing:`"
    return column.said(what, words)


def _words(column: _Column, changes: tuple[Changed, ...]) -> Reading:
    """Keep text: ends trimmed, letters garbled by a wrong encoding mended."""
    trimmed = [
        place
        for place, cell in enumerate(column.cells)
        if cell.text and cell.text != column.raw[place]
    ]
    garbled = [place for place, cell in enumerate(column.cells) if mended(cell.text) != cell.text]
    said = (
        *changes,
        *column.said("spaces at the ends taken off", trimmed),
        *column.said("garbled letters mended", garbled),
    )
    return _spread(column, _word, said)


def _word(cell: Cell) -> Any:
    missing = cell.kind == "blank" or cell.reason == DECLARED
    return np.nan if missing else mended(cell.text)
