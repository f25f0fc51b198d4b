"""Whether a store is whole: the file, its keys, its passages, and its log."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from evalkit.coding.store.connect import Store, reading
from evalkit.coding.store.look import bound
from evalkit.coding.store.records import KINDS
from evalkit.coding.store.table import rows_of


def check(store: Store) -> tuple[str, ...]:
    """Return everything that is wrong with a store; empty when it is whole.

    The file is checked page by page, every key that refers to something, every passage against
    the words of its text, and every thing against what the log says it became last.
    """
    with reading(store) as connection:
        wrongs = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        if wrongs != ["ok"]:
            return tuple(wrongs)
        return (*_keys(connection), *_passages(connection), *_logged(connection))


def _keys(connection: sqlite3.Connection) -> Iterator[str]:
    for table, row, other, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f"Row {row} of `{table}` refers to something in `{other}` that is not there."


def _passages(connection: sqlite3.Connection) -> Iterator[str]:
    texts = {
        (row.value["id"], row.value.get("version", 1)): row.text
        for row in rows_of(connection, "source")
    }
    for kind in ("coding", "claim", "case"):
        for row in rows_of(connection, kind):
            for it, version in bound(row.value):
                text = texts.get((it.source, version))
                if text is None or text[it.start : it.end] != it.quote:
                    yield f"The words of {kind} {row.key} are not those at {it.id}."


def _logged(connection: sqlite3.Connection) -> Iterator[str]:
    last = {
        (kind, key): after
        for kind, key, after in connection.execute(
            "SELECT kind, key, after FROM event ORDER BY number"
        )
    }
    standing = {key: after for key, after in last.items() if after is not None}
    for kind in KINDS:
        for row in rows_of(connection, kind):
            after = standing.pop((kind, row.key), None)
            now = {"revision": row.revision, "value": row.value}
            if after is None or json.loads(after) != now:
                yield f"The log does not say what {kind} {row.key} is now."
    yield from (f"The log has {kind} {key}, which is not there." for kind, key in standing)
