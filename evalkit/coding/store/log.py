"""The log of events: what was done, the history of one thing, and taking a step back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace

from evalkit.coding.store.connect import Store, reading, writing
from evalkit.coding.store.fit import known_to, misfits, refuse, segments_of
from evalkit.coding.store.records import Conflict, Event, StoreError, Verb
from evalkit.coding.store.step import Change, event_of, row_before, take
from evalkit.coding.store.table import Row, row_of

_ALL = (
    "SELECT number, step, at, by, verb, kind, key, before, after, undoes FROM event "
    "WHERE number > ? ORDER BY number"
)
_OF_KIND = (
    "SELECT number, step, at, by, verb, kind, key, before, after, undoes FROM event "
    "WHERE kind = ? ORDER BY number"
)
_OF_THING = (
    "SELECT number, step, at, by, verb, kind, key, before, after, undoes FROM event "
    "WHERE kind = ? AND key = ? ORDER BY number"
)
_OF_STEP = (
    "SELECT number, step, at, by, verb, kind, key, before, after, undoes FROM event "
    "WHERE number >= (SELECT step FROM event WHERE number = ?) "
    "AND step = (SELECT step FROM event WHERE number = ?) ORDER BY number"
)
_LATEST = (
    "SELECT number, step, at, by, verb, kind, key, before, after, undoes FROM event "
    "WHERE kind = ? AND key = ? ORDER BY number DESC LIMIT 1"
)
_BACK: dict[Verb, Verb] = {
    "add": "remove",
    "remove": "add",
    "edit": "edit",
    "move": "move",
    "recode": "recode",
}


def events(store: Store, since: int = 0) -> tuple[Event, ...]:
    """Return the events after number `since`, in order."""
    with reading(store) as connection:
        return tuple(event_of(row) for row in connection.execute(_ALL, (since,)))


def events_of(connection: sqlite3.Connection, kind: str) -> Iterator[Event]:
    """Yield the events of things of one kind, in order, one at a time."""
    for row in connection.execute(_OF_KIND, (kind,)):
        yield event_of(row)


def history(store: Store, kind: str, key: int) -> tuple[Event, ...]:
    """Return everything that ever happened to one thing, in order."""
    with reading(store) as connection:
        return tuple(event_of(row) for row in connection.execute(_OF_THING, (kind, key)))


def undo(store: Store, event: int | Event, *, by: str, at: str = "") -> tuple[Event, ...]:
    """Take back the step that an event belongs to; the log keeps both.

    An undone step is itself a step, and undoing that one does it again.

    Parameters
    ----------
    store : Store
    event : int or Event
        Any event of the step.
    by, at : str
        Who takes it back, and when.

    Returns
    -------
    tuple of Event
        The new events.

    Raises
    ------
    Conflict
        Something of the step was changed since; undo that first. Nothing was written.
    StoreError
        There is no such event, or something else needs what the step added.
    """
    number = event if isinstance(event, int) else event.number
    with writing(store) as connection:
        done = [event_of(row) for row in connection.execute(_OF_STEP, (number, number))]
        if not done:
            raise StoreError(f"There is no event {number}.", do="See `events(store)`.")
        changes = [_back(connection, it) for it in reversed(done)]
        step = take(connection, changes, by=by, at=at)
        # What comes back may point at what went meanwhile.
        for it in changes:
            if it.after:
                _refuse_unfit(connection, it.after)
        return tuple(event_of(row) for row in connection.execute(_OF_STEP, (step, step)))


def _back(connection: sqlite3.Connection, event: Event) -> Change:
    """Return the change that takes an event back, if the thing is still what the event made it.

    Its value counts, not its last event: a later change that was taken back is no hindrance.
    """
    now = row_of(connection, event.kind, event.key)
    left = event.after["value"] if event.after else None
    latest = event_of(connection.execute(_LATEST, (event.kind, event.key)).fetchone())
    if (now.value if now else None) != left:
        raise _changed(event, now, latest)
    before = row_before(event, event.key)
    if before is not None:
        # Revisions only rise: whoever looked at the undone one must notice.
        last = latest.after or latest.before or {}
        before = replace(before, revision=last["revision"] + 1)
        if now is not None:
            before = replace(before, text=now.text, original=now.original)
    return Change(_BACK[event.verb], now, before, undoes=event.number)


def _changed(event: Event, now: Row | None, latest: Event) -> Conflict:
    wrong = (
        f"The {event.kind} {event.key} was changed by {latest.by} at {latest.at} "
        f"(event {latest.number}), after event {event.number}."
    )
    yours = row_before(event, event.key)
    return Conflict(
        wrong,
        yours=yours.kept().value if yours else None,
        stored=now.kept() if now else None,
        by=latest.by,
        at=latest.at,
    )


def _refuse_unfit(connection: sqlite3.Connection, row: Row) -> None:
    kept = row_of(connection, row.kind, row.key)
    if kept is not None and row.kind != "source":
        value = kept.kept().value
        # Segments are bound to the version they were cut from, whose text never changes.
        wrongs = misfits(value, known_to(connection), segments_of(value))
        refuse(wrongs, "Undo what was done to that first; nothing was written.")
