"""Adding, changing and removing things; each call is one step of the log."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar

from evalkit.coding.model import Case, Claim, Code, Coding, Memo, Segment, Source
from evalkit.coding.store.connect import Store, writing
from evalkit.coding.store.fit import known_to, misfits, refuse, segments_of
from evalkit.coding.store.plain import dumped, plain, refuse_halves
from evalkit.coding.store.records import KIND_OF, KINDS, Conflict, Kept, StoreError, Thing, Verb
from evalkit.coding.store.step import Change, now, take
from evalkit.coding.store.table import TABLES, Row, next_key, row_of, version_of
from evalkit.errors import nearest

_MEND = "Correct it and try again; nothing was written."
_NO_SEGMENTS: Mapping[Segment, int] = MappingProxyType({})
T = TypeVar("T", Source, Code, Coding, Case, Memo, Claim)


def add(store: Store, *things: Thing, by: str, at: str = "") -> tuple[Kept[Any], ...]:
    """Add things of any kind, all or none, as one step.

    Parameters
    ----------
    store : Store
    *things : Source, Code, Coding, Case, Memo, Claim, Link, Collection, Graph, User or Loss
        A thing may refer to another one that stands before it.
    by, at : str
        Who adds them, and when (ISO 8601; now when empty).

    Returns
    -------
    tuple of Kept
        Each with its key and revision.

    Raises
    ------
    StoreError
        One does not fit: its words are not in the source, its code is not in the codebook, there
        is one of the same id, or the same coder has already said the same.
    """
    step, moment = 0, at or now()
    rows = []
    with writing(store) as connection:
        for thing in things:
            row = new_row(connection, thing)
            _refuse_second(connection, thing)
            step = take(connection, [Change("add", None, row)], by=by, at=moment, step=step)
            rows.append(row)
    pairs = zip(rows, things, strict=True)
    return tuple(Kept(row.kind, row.key, row.revision, thing) for row, thing in pairs)


def add_source(
    store: Store, source: Source, *, by: str, at: str = "", original: bytes | None = None
) -> Kept[Source]:
    """Add a source; `original` is the file it was read from, kept beside its text.

    Raises
    ------
    StoreError
        There is a source of this id (a corrected text is added with `revise_source`), or the
        bytes are not those whose ``sha256`` the source carries.
    """
    if original is not None and source.sha256:
        found = hashlib.sha256(original).hexdigest()
        if found != source.sha256.lower():
            wrong = f"The bytes given with source `{source.id}` are not those it was read from."
            raise StoreError(wrong, do="Give the file itself, unchanged.", file=source.file)
    with writing(store) as connection:
        row = replace(new_row(connection, source), original=original)
        _refuse_second(connection, source)
        take(connection, [Change("add", None, row)], by=by, at=at)
    return Kept("source", row.key, row.revision, source)


def add_code(store: Store, code: Code, *, by: str, at: str = "") -> Kept[Code]:
    """Add a code; a code of the same words may stand under another parent only."""
    return _added(store, code, by, at)


def add_coding(store: Store, coding: Coding, *, by: str, at: str = "") -> Kept[Coding]:
    """Add a coding, which must quote the current version of its source exactly."""
    return _added(store, coding, by, at)


def add_case(store: Store, case: Case, *, by: str, at: str = "") -> Kept[Case]:
    """Add a case."""
    return _added(store, case, by, at)


def add_memo(store: Store, memo: Memo, *, by: str, at: str = "") -> Kept[Memo]:
    """Add a memo."""
    return _added(store, memo, by, at)


def add_claim(store: Store, claim: Claim, *, by: str, at: str = "") -> Kept[Claim]:
    """Add a causal claim."""
    return _added(store, claim, by, at)


def edit(
    store: Store, kind: str, key: int, value: Thing, *, revision: int, by: str, at: str = ""
) -> Kept[Any]:
    """Put `value` in the place of a thing that was looked at in this `revision`.

    Raises
    ------
    Conflict
        Somebody changed or removed it since; the error carries both versions.
    StoreError
        It does not fit, or would get another id.
    """
    return _change(store, kind, key, lambda _: value, "edit", revision=revision, by=by, at=at)


def recode(
    store: Store, key: int, code: str, *, revision: int, by: str, at: str = ""
) -> Kept[Coding]:
    """Put another code on the passage of a coding; raises as `edit`."""

    def changed(coding: Coding) -> Coding:
        return replace(coding, code=code)

    return _change(store, "coding", key, changed, "recode", revision=revision, by=by, at=at)


def move_coding(
    store: Store, key: int, segment: Segment, *, revision: int, by: str, at: str = ""
) -> Kept[Coding]:
    """Put a coding on another passage; raises as `edit`."""

    def changed(coding: Coding) -> Coding:
        return replace(coding, segment=segment)

    return _change(store, "coding", key, changed, "move", revision=revision, by=by, at=at)


def edit_note(
    store: Store, key: int, note: str, *, revision: int, by: str, at: str = ""
) -> Kept[Coding]:
    """Change what a coder wrote beside a coding; raises as `edit`."""

    def changed(coding: Coding) -> Coding:
        return replace(coding, note=note)

    return _change(store, "coding", key, changed, "edit", revision=revision, by=by, at=at)


def remove(store: Store, kind: str, key: int, *, revision: int, by: str, at: str = "") -> None:
    """Remove a thing that was looked at in this `revision`; the log keeps it.

    Raises
    ------
    Conflict
        Somebody changed or removed it since.
    StoreError
        Something else still refers to it.
    """
    with writing(store) as connection:
        row = expected(connection, kind, key, revision, None)
        if kind == "code":
            _refuse_used(connection, row.value["id"])
        take(connection, [Change("remove", row, None)], by=by, at=at)


def remove_coding(store: Store, key: int, *, revision: int, by: str, at: str = "") -> None:
    """Remove a coding; raises as `remove`."""
    remove(store, "coding", key, revision=revision, by=by, at=at)


def new_row(connection: sqlite3.Connection, thing: Thing) -> Row:
    """Return the row of a thing that is to be added, or refuse it."""
    kind = KIND_OF[type(thing)]
    refuse(misfits(thing, known_to(connection)), _MEND)
    return row_for(connection, kind, next_key(connection, TABLES[kind]), 1, thing)


def row_for(
    connection: sqlite3.Connection,
    kind: str,
    key: int,
    revision: int,
    thing: Thing,
    waiting: Mapping[Segment, int] = _NO_SEGMENTS,
) -> Row:
    """Return a thing as a row, its segments bound to the current version of their source.

    Those in `waiting` stay bound to the version that is given there.
    """
    versions = {it.source: version_of(connection, it.source) for it in segments_of(thing)}
    text = thing.text if isinstance(thing, Source) else ""
    what = f"The {kind} `{getattr(thing, 'id', '')}`"
    refuse_halves(text, what)
    value = plain(thing, lambda segment: waiting.get(segment, versions[segment.source]))
    return Row(kind, key, revision, dumped(value, what), text)


def waiting_in(connection: sqlite3.Connection, row: Row) -> dict[Segment, int]:
    """Return the segments of a row that are bound to an earlier version, and which one."""
    value = row.value
    held = [value["segment"]] if "segment" in value else value.get("segments", [])
    return {
        Segment(it["source"], it["start"], it["end"], it["quote"]): it["version"]
        for it in held
        if it["version"] != version_of(connection, it["source"])
    }


def expected(
    connection: sqlite3.Connection, kind: str, key: int, revision: int, yours: Thing | None
) -> Row:
    """Return the row of a thing if it is still in the revision that was looked at.

    Raises
    ------
    Conflict
        It is not.
    """
    if kind not in KINDS:
        wrong = f"There is no kind of thing called `{kind}`.{nearest(kind, KINDS)}"
        raise StoreError(wrong, do=f"Kinds are {', '.join(KINDS)}.")
    row = row_of(connection, kind, key)
    if row and row.revision == revision:
        return row
    last = connection.execute(
        "SELECT by, at FROM event WHERE kind = ? AND key = ? ORDER BY number DESC LIMIT 1",
        (kind, key),
    ).fetchone()
    if last is None:
        raise StoreError(f"There is no {kind} with the number {key}.", do="Check the number.")
    done = f"revision {row.revision} is stored, you saw {revision}" if row else "it was removed"
    wrong = f"The {kind} {key} was changed by {last[0]} at {last[1]}: {done}."
    raise Conflict(wrong, yours=yours, stored=row.kept() if row else None, by=last[0], at=last[1])


def _added(store: Store, thing: T, by: str, at: str) -> Kept[T]:
    (kept,) = add(store, thing, by=by, at=at)
    return kept


def _change(
    store: Store,
    kind: str,
    key: int,
    changed: Callable[[Any], Thing],
    verb: Verb,
    *,
    revision: int,
    by: str,
    at: str,
) -> Kept[Any]:
    with writing(store) as connection:
        before = row_of(connection, kind, key) if kind in KINDS else None
        value = changed(before.kept().value) if before else None
        before = expected(connection, kind, key, revision, value)
        assert value is not None  # noqa: S101 (`expected` has refused a row that is not there)
        _refuse_other(before, value)
        # Whoever moves a coding says where it is in the current text.
        waiting = {} if verb == "move" else waiting_in(connection, before)
        refuse(misfits(value, known_to(connection), waiting), _MEND)
        after = row_for(connection, kind, key, revision + 1, value, waiting)
        take(connection, [Change(verb, before, after)], by=by, at=at)
    return Kept(kind, key, revision + 1, value)


def _refuse_other(before: Row, value: Thing) -> None:
    """Refuse a thing of another kind or id, and another text under the old version."""
    if KIND_OF[type(value)] != before.kind:
        wrong = f"A {before.kind} cannot become a {KIND_OF[type(value)]}."
        raise StoreError(wrong, do="Remove it and add the other one.")
    old = before.value
    # The id of a coding says where it is and what it says: it changes with them.
    if before.kind != "coding" and getattr(value, "id", "") != old.get("id", ""):
        wrong = f"The id `{old.get('id', '')}` cannot be changed: other things refer to it."
        raise StoreError(wrong, do="Add a new one, or change its words.")
    same = isinstance(value, Source) and (value.text, value.version) == (
        before.text,
        old.get("version", 1),
    )
    if isinstance(value, Source) and not same:
        wrong = f"The text of source `{value.id}` cannot be changed."
        raise StoreError(wrong, do="Add the corrected text with `revise_source`.")


def _refuse_second(connection: sqlite3.Connection, thing: Thing) -> None:
    """Refuse what would stand there twice."""
    kind = KIND_OF[type(thing)]
    name = getattr(thing, "id", "")
    if isinstance(thing, Source) and version_of(connection, thing.id):
        wrong = f"There is a source `{thing.id}`."
        raise StoreError(wrong, do="Add a corrected text of it with `revise_source`.")
    if isinstance(thing, Coding):
        _refuse_said(connection, thing)
    elif isinstance(thing, Code):
        _refuse_homonym(connection, thing)
    elif (
        name
        and connection.execute(
            "SELECT 1 FROM entry WHERE kind = ? AND id = ?", (kind, name)
        ).fetchone()
    ):
        raise StoreError(f"There is a {kind} `{name}`.", do="Give it another id, or edit that one.")


def _refuse_said(connection: sqlite3.Connection, coding: Coding) -> None:
    it = coding.segment
    found = connection.execute(
        "SELECT key FROM coding WHERE source = ? AND version = ? AND first = ? AND last = ? "
        "AND code = ? AND coder = ?",
        (
            *(it.source, version_of(connection, it.source), it.start, it.end),
            *(coding.code, coding.coder),
        ),
    ).fetchall()
    rows = (row_of(connection, "coding", key) for (key,) in found)
    if any(row.value.get("round", "") == coding.round for row in rows if row):
        wrong = f"{coding.coder} has already put `{coding.code}` on {it.id}."
        raise StoreError(wrong, do="Edit that coding, or code in another round.")


def _refuse_homonym(connection: sqlite3.Connection, code: Code) -> None:
    found = connection.execute("SELECT key, id, parent FROM code").fetchall()
    for key, name, parent in found:
        if name == code.id:
            raise StoreError(f"There is a code `{name}`.", do="Give it another id, or edit that.")
        if (parent or "") == code.parent:
            row = row_of(connection, "code", key)
            if row and row.value.get("words") == code.words:
                wrong = f"Code `{name}` has the same words under the same parent."
                raise StoreError(wrong, do="Choose other words, or another parent.")


def _refuse_used(connection: sqlite3.Connection, code: str) -> None:
    used = connection.execute("SELECT count(*) FROM coding WHERE code = ?", (code,)).fetchone()[0]
    below = connection.execute("SELECT count(*) FROM code WHERE parent = ?", (code,)).fetchone()[0]
    if used or below:
        wrong = f"Code `{code}` is on {used} passages and has {below} codes under it."
        raise StoreError(wrong, do="Recode or remove those first.")
