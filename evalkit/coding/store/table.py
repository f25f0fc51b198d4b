"""Rows of the tables: which columns a thing has, and the SQL that reads and writes them.

A row holds the whole thing as JSON (`body`) and, in columns, only what keys and indexes need.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.coding.store.plain import made
from evalkit.coding.store.records import KINDS, Kept, Plain

TABLES = {kind: kind if kind in ("source", "code", "coding") else "entry" for kind in KINDS}

_SELECT = {
    "source": "SELECT key, revision, body, text FROM source",
    "code": "SELECT key, revision, body, '' FROM code",
    "coding": "SELECT key, revision, body, '' FROM coding",
    "entry": "SELECT key, revision, body, '' FROM entry",
}
_BY_KEY = {
    "source": "SELECT key, revision, body, text FROM source WHERE key = ?",
    "code": "SELECT key, revision, body, '' FROM code WHERE key = ?",
    "coding": "SELECT key, revision, body, '' FROM coding WHERE key = ?",
    "entry": "SELECT key, revision, body, '' FROM entry WHERE key = ? AND kind = ?",
}
_INSERT = {
    "source": "INSERT INTO source (key, revision, body, id, version, text) VALUES (?,?,?,?,?,?)",
    "code": "INSERT INTO code (key, revision, body, id, parent) VALUES (?,?,?,?,?)",
    "coding": (
        "INSERT INTO coding (key, revision, body, source, version, first, last, code, coder) "
        "VALUES (?,?,?,?,?,?,?,?,?)"
    ),
    "entry": (
        "INSERT INTO entry (key, revision, body, kind, id, source, version) VALUES (?,?,?,?,?,?,?)"
    ),
}
_UPDATE = {
    "source": "UPDATE source SET revision = ?, body = ? WHERE key = ?",
    "code": "UPDATE code SET revision = ?, body = ?, id = ?, parent = ? WHERE key = ?",
    "coding": (
        "UPDATE coding SET revision = ?, body = ?, source = ?, version = ?, first = ?, last = ?, "
        "code = ?, coder = ? WHERE key = ?"
    ),
    "entry": (
        "UPDATE entry SET revision = ?, body = ?, kind = ?, id = ?, source = ?, version = ? "
        "WHERE key = ?"
    ),
}
_DELETE = {
    "source": "DELETE FROM source WHERE key = ?",
    "code": "DELETE FROM code WHERE key = ?",
    "coding": "DELETE FROM coding WHERE key = ?",
    "entry": "DELETE FROM entry WHERE key = ?",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A thing as a table has it; `text` and `original` (bytes) are those of a source."""

    kind: str
    key: int
    revision: int
    body: str
    text: str = ""
    original: bytes | None = None

    @property
    def value(self) -> Plain:
        """What the body says."""
        value: Plain = json.loads(self.body)
        return value

    def kept(self) -> Kept[Any]:
        """Return the thing itself."""
        return Kept(self.kind, self.key, self.revision, made(self.kind, self.value, self.text))


def row_of(connection: sqlite3.Connection, kind: str, key: int) -> Row | None:
    """Return the row of one thing, or None where there is none (any more)."""
    table = TABLES[kind]
    found = connection.execute(
        _BY_KEY[table], (key, kind) if table == "entry" else (key,)
    ).fetchone()
    if found is None:
        return None
    number, revision, body, text = found
    original = original_of(connection, key) if kind == "source" else None
    return Row(kind, number, revision, body, text, original)


def rows_of(connection: sqlite3.Connection, kind: str) -> Iterator[Row]:
    """Yield the rows of a kind in the order in which they were put in, originals left out."""
    table = TABLES[kind]
    sql = _SELECT[table] + (" WHERE kind = ? ORDER BY key" if table == "entry" else " ORDER BY key")
    for key, revision, body, text in connection.execute(sql, (kind,) if table == "entry" else ()):
        yield Row(kind, key, revision, body, text)


def insert_rows(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Put rows in."""
    by_table: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        values = (row.key, row.revision, row.body, *_columns(row))
        last = (row.text,) if row.kind == "source" else ()
        by_table.setdefault(TABLES[row.kind], []).append((*values, *last))
        if row.original is not None:
            connection.execute("INSERT INTO original VALUES (?,?)", (row.key, row.original))
    for table, values_ in by_table.items():
        connection.executemany(_INSERT[table], values_)


def update_rows(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Put what rows say in place of what stands there; a source keeps its text and version."""
    for row in rows:
        columns = () if row.kind == "source" else _columns(row)
        connection.execute(_UPDATE[TABLES[row.kind]], (row.revision, row.body, *columns, row.key))


def delete_rows(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Take rows out."""
    for row in rows:
        if row.kind == "source":
            connection.execute("DELETE FROM original WHERE source = ?", (row.key,))
        connection.execute(_DELETE[TABLES[row.kind]], (row.key,))


def next_key(connection: sqlite3.Connection, table: str) -> int:
    """Return the next number of a table; numbers of things that were removed do not come again."""
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
    return int((found.fetchone() or (0,))[0]) + 1


def versions_of(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the current version of every source."""
    return dict(connection.execute("SELECT id, max(version) FROM source GROUP BY id"))


def version_of(connection: sqlite3.Connection, source: str) -> int:
    """Return the current version of one source; 0 when there is none of this id."""
    found = connection.execute("SELECT max(version) FROM source WHERE id = ?", (source,))
    return int(found.fetchone()[0] or 0)


def text_of(connection: sqlite3.Connection, source: str, version: int) -> str:
    """Return the text of one version of a source."""
    found = connection.execute(
        "SELECT text FROM source WHERE id = ? AND version = ?", (source, version)
    )
    return str(found.fetchone()[0])


def original_of(connection: sqlite3.Connection, key: int) -> bytes | None:
    """Return the bytes that the source of this key was read from, None where they are not kept."""
    found = connection.execute("SELECT bytes FROM original WHERE source = ?", (key,)).fetchone()
    return bytes(found[0]) if found else None


def _columns(row: Row) -> tuple[Any, ...]:
    """Return what the keys and indexes of a row's table need, in the order of its SQL."""
    value = row.value
    if row.kind == "source":
        return (value["id"], value.get("version", 1))
    if row.kind == "code":
        return (value["id"], value.get("parent") or None)
    segment = value.get("segment") or {}
    place = (segment.get("source"), segment.get("version"))
    if row.kind == "coding":
        return (*place, segment["start"], segment["end"], value["code"], value["coder"])
    # Things without an id of their own are told apart by their key alone.
    return (row.kind, value.get("id") or None, *place)
