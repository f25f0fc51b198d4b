"""Databases of other programs, opened so that neither side can harm the other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from evalkit.errors import CodingError

MAX_BYTES = 2_000_000_000  # of the file; QualCoder keeps its media outside
MAX_VALUE = 60_000_000  # bytes of one cell
MAX_STEPS = 20_000  # of ten thousand instructions each: some seconds of work

Row = sqlite3.Row


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that can only read, and gives up on a database made to take for ever.

    Raises
    ------
    CodingError
        It cannot be read, is damaged, or takes too long.
    """
    file = path.name
    if not path.is_file():
        raise CodingError("There is no such file.", do="Check its name.", file=file)
    if path.stat().st_size > MAX_BYTES:
        wrong = f"It has more than {MAX_BYTES // 1_000_000_000} GB."
        raise CodingError(wrong, do="Export the project from its program.", file=file)
    steps = iter(range(MAX_STEPS))
    # immutable: no journal is written beside a file that is not ours.
    place = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    try:
        link = sqlite3.connect(place, uri=True)
    except sqlite3.Error as error:
        raise _damaged(file, error) from None
    try:
        link.row_factory = sqlite3.Row
        link.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE)
        link.set_progress_handler(lambda: 0 if next(steps, None) is not None else 1, 10_000)
        link.execute("PRAGMA trusted_schema = OFF")
        link.execute("PRAGMA query_only = ON")
        yield link
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        raise _damaged(file, error) from None
    finally:
        link.close()


def _damaged(file: str, error: Exception) -> CodingError:
    if "interrupted" in str(error):
        wrong = "It takes too long to read."
    else:
        wrong = f"It is damaged, or no SQLite database ({error})."
    do = "Open it in the program it came from and save a copy."
    return CodingError(wrong, do=do, file=file)


def tables(link: sqlite3.Connection) -> frozenset[str]:
    """Return the names of the tables; views, which are programs, are not among them."""
    rows = link.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return frozenset(str(row[0]) for row in rows)


def rows(link: sqlite3.Connection, table: str, order: str) -> list[Row]:
    """Return all rows of a table in order; none where there is no such table."""
    if table not in tables(link):
        return []
    return list(link.execute(f'SELECT * FROM "{table}" ORDER BY "{order}"'))  # noqa: S608 (names of ours)


def cell(row: Row, name: str) -> str:
    """Return a cell as text; empty where it is null or the column is of another version."""
    value: Any = row[name] if name in row.keys() else None  # noqa: SIM118 (a Row is no mapping)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def number(row: Row, name: str) -> int:
    """Return a cell as a whole number; -1 where it is none."""
    value: Any = row[name] if name in row.keys() else None  # noqa: SIM118 (a Row is no mapping)
    return value if isinstance(value, int) else -1


def moment(text: str) -> str:
    """Return a time as SQLite writes it, as ISO 8601."""
    return text.strip().replace(" ", "T", 1)
