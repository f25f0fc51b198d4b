"""Taguette's database: its documents, tags as a tree, highlights, and who made them.

No export of Taguette 1.5 names the coder; only its log of commands does.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.coding.exchange.bodies import Body, body
from evalkit.coding.exchange.sqlite import Row, cell, moment, number, opened, rows, tables
from evalkit.coding.exchange.tree import tree
from evalkit.coding.model import (
    Codebook,
    Coding,
    CodingProject,
    Memo,
    Segment,
    Source,
    User,
)
from evalkit.coding.refi.lexical import slug, unique
from evalkit.coding.refi.tally import Tally, losses, note
from evalkit.errors import CodingError, nearest

NEEDED = frozenset(("projects", "documents", "tags", "highlights", "highlight_tags", "commands"))


@dataclass(frozen=True, slots=True)
class Made:
    """Who made a highlight first, and when it was last changed."""

    coder: str
    on: str


def read_taguette(path: str | Path, project: str | None = None) -> CodingProject:
    """Read a project from Taguette's database.

    Parameters
    ----------
    path : str or pathlib.Path
        ``taguette.sqlite3`` or a project's own ``.sqlite3`` export.
    project : str, optional
        Name or number of the project; needed where the database has several.

    Returns
    -------
    CodingProject
        Dotted tags as a tree; the coder of each highlight from the log of commands; highlights
        without a tag as memos about their passage.

    Raises
    ------
    CodingError
        It is no database of Taguette, is damaged, or `project` does not say which one.
    """
    place = Path(path)
    with opened(place) as link:
        if not tables(link) >= NEEDED:
            wrong = "It is a database, but not one of Taguette."
            raise CodingError(wrong, do="Give the file Taguette keeps.", file=place.name)
        return _project(link, _chosen(link, project, place.name), place.name)


def _chosen(link: sqlite3.Connection, wanted: str | None, file: str) -> Row:
    found = rows(link, "projects", "id")
    names = [cell(row, "name") for row in found]
    if wanted is None and len(found) == 1:
        return found[0]
    match = [row for row in found if wanted in (cell(row, "name"), cell(row, "id"))]
    if len(match) == 1:
        return match[0]
    if not found:
        raise CodingError("It holds no project.", do="Give another file.", file=file)
    listed = ", ".join(f"{cell(row, 'id')} ({cell(row, 'name')})" for row in found)
    if wanted is None:
        wrong = f"It holds {len(found)} projects."
    else:
        wrong = f"It holds no single project `{wanted}`.{nearest(wanted, names)}"
    raise CodingError(wrong, do=f"Say which by its number: {listed}.", file=file)


def _project(link: sqlite3.Connection, project: Row, file: str) -> CodingProject:
    tally: Tally = {}
    number_ = number(project, "id")
    taken: dict[str, int] = {}
    tags = _of(rows(link, "tags", "id"), "project_id", number_)
    paths = {number(tag, "id"): tuple(cell(tag, "path").split(".")) for tag in tags}
    meant = {paths[number(tag, "id")]: cell(tag, "description") for tag in tags}
    codes, by_path = tree(meant, taken)
    by_tag = {tag: by_path[path] for tag, path in paths.items()}
    commands = _of(rows(link, "commands", "id"), "project_id", number_)
    documents = _of(rows(link, "documents", "id"), "project_id", number_)
    added = _log(commands, "document_add", "document_id", tally)
    sources: list[Source] = []
    memos: list[Memo] = []
    bodies: dict[int, tuple[Source, Body]] = {}
    for row in documents:
        source, read, about = _source(row, added, taken, file)
        sources.append(source)
        memos.extend(about)
        bodies[number(row, "id")] = (source, read)
    made = _log(commands, "highlight_add", "highlight_id", tally)
    tagged = _tagged(link)
    codings: list[Coding] = []
    for row in rows(link, "highlights", "id"):
        if number(row, "document_id") not in bodies:
            continue  # of another project
        source, read = bodies[number(row, "document_id")]
        segment = _segment(row, source, read, tally)
        if segment is None:
            continue
        who = made.get(number(row, "id"), Made("", ""))
        if not who.coder:
            note(tally, "highlight", "its coder is not in the log of commands", segment.id)
        ids = [by_tag[tag] for tag in tagged.get(number(row, "id"), ()) if tag in by_tag]
        codings += [Coding(segment, code, who.coder, who.on, file=file) for code in ids]
        if not ids:
            why = "a highlight without a tag; it is kept as a memo about its passage"
            note(tally, "highlight", why, segment.id, "changed")
            id = unique("passage", taken)
            memos.append(Memo(id, "", by=who.coder, on=who.on, about=(segment.id,)))
    return CodingProject(
        name=cell(project, "name"),
        sources=tuple(sources),
        codebook=Codebook(codes),
        codings=tuple(codings),
        memos=tuple(memos),
        users=_users(link, number_, commands),
        losses=losses(tally),
        note=cell(project, "description"),
    )


def _of(found: Sequence[Row], column: str, wanted: int) -> list[Row]:
    return [row for row in found if number(row, column) == wanted]


def _log(commands: Sequence[Row], kind: str, what: str, tally: Tally) -> dict[int, Made]:
    """Return who added each thing, by its number, from the log of commands."""
    found: dict[int, Made] = {}
    for row in commands:
        payload = _payload(row, tally)
        if payload.get("type") != kind:
            continue
        id = payload.get(what, number(row, "document_id"))
        if not isinstance(id, int):
            continue
        first = found.get(id)  # a later `highlight_add` of the same one is an edit
        coder = first.coder if first else cell(row, "user_login")
        found[id] = Made(coder, first.on if first else moment(cell(row, "date")))
    return found


def _payload(row: Row, tally: Tally) -> Mapping[str, Any]:
    try:
        payload = json.loads(cell(row, "payload"))
    except (ValueError, RecursionError):
        note(tally, "command", "an entry of the log that cannot be read", cell(row, "id"))
        return {}
    return payload if isinstance(payload, dict) else {}


def _tagged(link: sqlite3.Connection) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for row in rows(link, "highlight_tags", "tag_id"):
        found.setdefault(number(row, "highlight_id"), []).append(number(row, "tag_id"))
    return found


def _source(
    row: Row, added: Mapping[int, Made], taken: dict[str, int], file: str
) -> tuple[Source, Body, list[Memo]]:
    read = body(cell(row, "contents"))
    name = cell(row, "name")
    who = added.get(number(row, "id"), Made("", ""))
    id = unique(slug(name.rpartition(".")[0] or name) or "document", taken)
    source = Source(
        id=id,
        text=read.text,
        title=name,
        file=file,
        on=moment(cell(row, "created")),
        by=who.coder,
    )
    about = cell(row, "description")
    memos = [Memo(unique(f"{id}.note", taken), about, about=(id,))] if about else []
    return source, read, memos


def _segment(row: Row, source: Source, read: Body, tally: Tally) -> Segment | None:
    span = read.span(number(row, "start_offset"), number(row, "end_offset"))
    snippet = _squeezed(body(cell(row, "snippet")).text)
    if span is None:
        why = "its positions are not in the text"
        note(tally, "highlight", why, f"{source.title}: {snippet}")
        return None
    segment = Segment(source.id, *span, source.text[slice(*span)])
    if snippet and snippet != _squeezed(segment.quote):
        why = "its words stand elsewhere than its positions say"
        note(tally, "highlight", why, f"{source.title}: {snippet}")
        return None
    return segment


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _users(link: sqlite3.Connection, project: int, commands: Sequence[Row]) -> tuple[User, ...]:
    """Return the members of a project and everybody else who did something in it."""
    members = _of(rows(link, "project_members", "user_login"), "project_id", project)
    names = [cell(row, "user_login") for row in (*members, *commands)]
    return tuple(User(name, name) for name in dict.fromkeys(names) if name)
