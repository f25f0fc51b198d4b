"""One step: changes and the events that tell of them, written together or not at all."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from evalkit.coding.store.plain import refuse_halves
from evalkit.coding.store.records import Event, StoreError, Verb
from evalkit.coding.store.table import (
    Row,
    delete_rows,
    insert_rows,
    next_key,
    update_rows,
)

_INSERT = (
    "INSERT INTO event (number, step, at, by, verb, kind, key, before, after, undoes) "
    "VALUES (?,?,?,?,?,?,?,?,?,?)"
)


@dataclass(frozen=True, slots=True)
class Change:
    """A row before (None: it was not there) and after (None: it is removed)."""

    verb: Verb
    before: Row | None
    after: Row | None
    undoes: int = 0

    @property
    def row(self) -> Row:
        """The row after the change, or the last one before a removal."""
        row = self.after or self.before
        assert row is not None  # noqa: S101 (a change without either is never made)
        return row


def take(
    connection: sqlite3.Connection,
    changes: Sequence[Change],
    *,
    by: str,
    at: str = "",
    step: int = 0,
) -> int:
    """Write changes and their events, and return the number of their step.

    Parameters
    ----------
    connection : sqlite3.Connection
        In a transaction that writes.
    changes : sequence of Change
    by, at : str
        Who does it, and when (ISO 8601; now when empty).
    step : int
        The step they belong to; a new one when 0.

    Raises
    ------
    StoreError
        Nobody is named, or a name has half a character.
    """
    if not by:
        raise StoreError("Nobody is named who does this.", do="Say who, in `by`.")
    refuse_halves(by + at, "The name or time")
    moment = at or now()
    delete_rows(connection, (it.row for it in changes if it.after is None))
    update_rows(connection, [it.row for it in changes if it.before and it.after])
    insert_rows(connection, (it.row for it in changes if it.before is None))
    first = next_key(connection, "event")
    numbered = enumerate(changes, first)
    connection.executemany(
        _INSERT, ((number, step or first, moment, by, *_told(it)) for number, it in numbered)
    )
    return step or first


def now() -> str:
    """Return the present moment as the log writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def event_of(row: Sequence[Any]) -> Event:
    """Return a row of the table of events as an `Event`."""
    number, step, at, by, verb, kind, key, before, after, undoes = row
    return Event(
        number,
        step,
        at,
        by,
        verb,
        kind,
        key,
        json.loads(before) if before else None,
        json.loads(after) if after else None,
        undoes,
    )


def row_before(event: Event, key: int) -> Row | None:
    """Return what an event says stood there before it, text and bytes of a source included."""
    if event.before is None:
        return None
    held = event.before
    original = base64.b64decode(held["original"]) if "original" in held else None
    body = json.dumps(held["value"], ensure_ascii=False, separators=(",", ":"))
    return Row(event.kind, key, held["revision"], body, held.get("text", ""), original)


def _told(change: Change) -> tuple[object, ...]:
    """Return what an event says of a change: verb, kind, key, before, after, undoes."""
    row = change.row
    before = _held(change.before, whole=change.after is None)
    after = _held(change.after, whole=False)
    return change.verb, row.kind, row.key, before, after, change.undoes


def _held(row: Row | None, *, whole: bool) -> str | None:
    """Return what an event keeps of a row; of a source that goes, its text and bytes too."""
    if row is None:
        return None
    head = f'{{"revision":{row.revision},"value":{row.body}'
    if whole and row.kind == "source":
        head += f',"text":{json.dumps(row.text, ensure_ascii=False)}'
        if row.original is not None:
            head += f',"original":"{base64.b64encode(row.original).decode()}"'
    return head + "}"
