"""Putting a whole project into a store: all of it or nothing, and never anything twice."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from types import MappingProxyType

from evalkit.coding.model import CodingProject, Source
from evalkit.coding.store.connect import Store, writing
from evalkit.coding.store.fit import Known, misfits, refuse
from evalkit.coding.store.plain import dumped, plain, refuse_halves
from evalkit.coding.store.records import KIND_OF, KINDS, About, Thing
from evalkit.coding.store.step import Change, take
from evalkit.coding.store.table import TABLES, Row, next_key, rows_of, versions_of

_MEND = "Nothing was written: correct the project, or put it into a store of its own."
_NO_BYTES: Mapping[str, bytes] = MappingProxyType({})


def put_project(
    store: Store,
    project: CodingProject,
    by: str,
    *,
    at: str = "",
    originals: Mapping[str, bytes] = _NO_BYTES,
) -> int:
    """Put a whole project in, all or nothing, as one step.

    What is already there, alike in every field, is not put in again; so doing it twice changes
    nothing. The name and note of a store that has them stay.

    Parameters
    ----------
    store : Store
    project : CodingProject
    by, at : str
        Who imports it, and when (ISO 8601; now when empty).
    originals : mapping of str to bytes
        The files that sources were read from, by id of the source.

    Returns
    -------
    int
        The number of the step, for `undo`; 0 when nothing was new.

    Raises
    ------
    StoreError
        Things do not fit together, or differ from those of the same id in the store. All of
        them are named (the first twenty), and nothing is written.
    """
    parts = tuple(_parts(project))
    with writing(store) as connection:
        here = [row for kind in KINDS for row in rows_of(connection, kind)]
        current = versions_of(connection)
        known = _known(here, current, project)
        refuse((*_twice(parts), *(it for part in parts for it in misfits(part, known))), _MEND)
        versions = current | {source.id: source.version for source in project.sources}
        rows = _new([_row(part, versions, originals) for part in parts], here, current)
        changes = [Change("add", None, row) for row in _numbered(connection, rows)]
        return take(connection, changes, by=by, at=at) if changes else 0


def _parts(project: CodingProject) -> Iterator[Thing]:
    """Yield all things of a project, in the order of `KINDS`."""
    book = project.codebook
    about = About(project.name, project.note, project.guid, book.version, book.file)
    if about != About():
        yield about
    yield from chain[Thing](project.users, project.variables, project.sources, book.codes)
    yield from chain[Thing](project.cases, project.codings, project.memos, project.claims)
    yield from chain[Thing](project.links, project.sets, project.graphs, project.losses)


def _named(kind: str, value: Mapping[str, object]) -> str:
    """Return what a thing is told apart by; empty for those that may be there several times."""
    if kind == "project":
        return kind
    return "" if kind == "coding" else str(value.get("id", ""))


def _twice(parts: Iterable[Thing]) -> Iterator[str]:
    """Yield the ids that several things of one kind have."""
    pairs = ((KIND_OF[type(it)], getattr(it, "id", "")) for it in parts)
    count = Counter((kind, id) for kind, id in pairs if id and kind != "coding")
    for (kind, id), times in count.items():
        if times > 1:
            yield f"The project has {times} of kind {kind} with the id `{id}`."


def _known(here: Iterable[Row], current: Mapping[str, int], project: CodingProject) -> Known:
    """Return what the things of a project may refer to: the store's and their own."""
    texts: dict[str, str] = {}
    parents: dict[str, str] = {}
    for row in here:
        if row.kind == "source" and row.value.get("version", 1) == current[row.value["id"]]:
            texts[row.value["id"]] = row.text
        elif row.kind == "code":
            parents[row.value["id"]] = row.value.get("parent", "")
    texts |= {source.id: source.text for source in project.sources}
    parents |= {code.id: code.parent for code in project.codebook.codes}
    return Known(texts.get, parents.get, lambda: parents, lambda: texts)


def _row(thing: Thing, versions: Mapping[str, int], originals: Mapping[str, bytes]) -> Row:
    kind, id = KIND_OF[type(thing)], getattr(thing, "id", "")
    text = thing.text if isinstance(thing, Source) else ""
    what = f"The {kind} `{id}`"
    refuse_halves(text, what)
    body = dumped(plain(thing, lambda segment: versions[segment.source]), what)
    return Row(kind, 0, 1, body, text, originals.get(id) if kind == "source" else None)


def _new(rows: Sequence[Row], here: Iterable[Row], current: Mapping[str, int]) -> list[Row]:
    """Return the rows that are not there yet; refuse those that are there and differ."""
    named: dict[tuple[str, str], Row] = {}
    count: Counter[tuple[str, str]] = Counter()
    for row in here:
        value = row.value
        name = _named(row.kind, value)
        if row.kind != "source" or value.get("version", 1) == current[name]:
            named[row.kind, name] = row
        count[row.kind, row.body] += 1
    new, wrongs = [], []
    for row in rows:
        name = _named(row.kind, row.value)
        there = named.get((row.kind, name)) if name else None
        if there is None and not count[row.kind, row.body]:
            new.append(row)
        elif there is None:
            count[row.kind, row.body] -= 1
        elif (there.body, there.text) != (row.body, row.text) and row.kind != "project":
            wrongs.append(f"The store has another {row.kind} `{name}`.")
    refuse(wrongs, _MEND)
    return new


def _numbered(connection: sqlite3.Connection, rows: Iterable[Row]) -> Iterator[Row]:
    keys = {table: next_key(connection, table) for table in set(TABLES.values())}
    for row in rows:
        table = TABLES[row.kind]
        yield replace(row, key=keys[table])
        keys[table] += 1
