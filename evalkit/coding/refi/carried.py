"""What REFI-QDA has no place for, kept in one memo of the file as JSON and put back on reading.

What the standard form alone would bring back is compared with the project, field by field; every
difference is carried. With each goes a digest of what stood there in the standard form: where
another program has changed that since, its word counts and the carried one is dropped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from evalkit.coding.model import (
    Case,
    Claim,
    Code,
    Coding,
    CodingProject,
    Collection,
    Graph,
    Link,
    Memo,
    Source,
    User,
    Variable,
)
from evalkit.coding.refi.lexical import key, made_guid
from evalkit.coding.refi.registry import Registry
from evalkit.coding.refi.tally import Tally, note
from evalkit.files.shape import adapter

NOTE = made_guid("carried")
"""Guid of the memo; every file that evalkit writes has it under this one."""

FORMAT = "evalkit-refi/1"
KINDS: dict[str, tuple[str, type[Any]]] = {
    "users": ("user", User),
    "variables": ("variable", Variable),
    "sources": ("source", Source),
    "codings": ("coding", Coding),
    "cases": ("case", Case),
    "memos": ("memo", Memo),
    "links": ("link", Link),
    "sets": ("set", Collection),
    "graphs": ("graph", Graph),
    "claims": ("claim", Claim),
}
"""Fields of the project that hold things with guids: their kind in the registry, their type."""

Carried = dict[str, Any]


def to_plain(value: Any) -> Any:
    """Return a value of the model as JSON knows it."""
    if is_dataclass(value):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): to_plain(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_plain(item) for item in value]
    return value


def _digest(value: Any) -> str:
    text = json.dumps(to_plain(value), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def guids_of(kind: str, given: Registry) -> tuple[str, ...]:
    """Return the guids under which the things of a kind are written, in the project's order."""
    if kind in ("coding", "claim"):
        return given.codings if kind == "coding" else given.claims
    return tuple(given.by_id[kind].values())


def ids_of(given: Registry) -> dict[str, dict[str, str]]:
    """Return, for every kind, the ids by the guids under which things are written."""
    return {
        kind: {key(guid): id for id, guid in guids.items()}
        for kind, guids in given.by_id.items()
        if guids and kind != "code"  # codes carry their ids in their own descriptions
    }


def difference(project: CodingProject, back: CodingProject, given: Registry) -> Carried:
    """Return what `project` has and the standard form, read back as `back`, has not.

    Parameters
    ----------
    project : CodingProject
        As it is to be written.
    back : CodingProject
        What a reader of the standard makes of it, ids as in `project`.
    given : Registry
        The guids used; users made for the writing alone included.
    """
    kinds = {
        name: found
        for name, (kind, _) in KINDS.items()
        if (found := _kind(getattr(project, name), getattr(back, name), guids_of(kind, given)))
    }
    own = {
        name: [_digest(getattr(back, name)), getattr(project, name)]
        for name in ("name", "note", "guid")
        if getattr(project, name) != getattr(back, name)
    }
    return {
        **({"project": own} if own else {}),
        **({"kinds": kinds} if kinds else {}),
        **_codebook(project, back),
    }


def _codebook(project: CodingProject, back: CodingProject) -> Carried:
    """Return the version and file of a codebook without codes, which nothing else can carry."""
    book = project.codebook
    if book == back.codebook:
        return {}
    return {"codebook": {"version": book.version, "file": book.file}}


def _kind(things: Sequence[Any], back: Sequence[Any], guids: Sequence[str]) -> Carried:
    keys = [key(guid) for guid in guids[: len(things)]]
    there = {key(one.guid): one for one in back}
    changed = {
        guid: differing
        for guid, one in zip(keys, things, strict=True)
        if guid in there and (differing := _fields(one, there[guid]))
    }
    whole = {
        guid: to_plain(one) for guid, one in zip(keys, things, strict=True) if guid not in there
    }
    ours = set(keys)
    drop = [guid for guid in there if guid not in ours]
    moved = keys != [key(one.guid) for one in back]
    parts = {"changed": changed, "whole": whole, "drop": drop, "order": keys if moved else []}
    return {name: part for name, part in parts.items() if part}


def _fields(one: Any, back: Any) -> dict[str, list[Any]]:
    return {
        field.name: [_digest(getattr(back, field.name)), to_plain(getattr(one, field.name))]
        for field in fields(one)
        if getattr(one, field.name) != getattr(back, field.name)
    }


def written(carried: Carried, ids: Mapping[str, Mapping[str, str]]) -> str:
    """Return the text of the memo."""
    values = {"format": FORMAT, "ids": ids, **carried}
    return json.dumps(values, separators=(",", ":"), sort_keys=True, ensure_ascii=True) + "\n"


def opened(text: str) -> Carried | None:
    """Return what a memo carries, or None where it is no such memo."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        return None
    shapes = ("ids", "project", "kinds", "codebook")
    return found if all(isinstance(found.get(name, {}), dict) for name in shapes) else None


def ids_in(carried: Carried) -> dict[str, dict[str, str]]:
    """Return the ids that a memo gives, unusable entries left out."""
    return {
        str(kind): {str(guid): id for guid, id in ids.items() if isinstance(id, str)}
        for kind, ids in carried.get("ids", {}).items()
        if isinstance(ids, dict)
    }


def restored(back: CodingProject, carried: Carried, tally: Tally) -> CodingProject:
    """Return the project with what its memo carries put back; what does not fit is reported."""
    kinds = carried.get("kinds", {})
    found: dict[str, Any] = {
        name: _restored_kind(getattr(back, name), kinds[name], type_, tally)
        for name, (_, type_) in KINDS.items()
        if isinstance(kinds.get(name), dict)
    }
    own: dict[str, Any] = {
        name: pair[1]
        for name, pair in carried.get("project", {}).items()
        if name in ("name", "note", "guid")
        and _fits(pair, getattr(back, name))
        and isinstance(pair[1], str)
    }
    project = replace(back, **found, **own)
    book = carried.get("codebook", {})
    if not project.codebook.codes and type(book.get("version")) is int:
        empty = replace(project.codebook, version=book["version"], file=str(book.get("file", "")))
        project = replace(project, codebook=empty)
    return project


def _fits(pair: Any, now: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and pair[0] == _digest(now)


def _restored_kind(
    back: Sequence[Any], carried: Carried, type_: Any, tally: Tally
) -> tuple[Any, ...]:
    changed, whole = _part(carried, "changed"), _part(carried, "whole")
    drop = {guid for guid in carried.get("drop", ()) if isinstance(guid, str)}
    there: dict[str, Any] = {}
    rest = []
    for one in back:
        guid = key(one.guid)
        if guid in drop or guid in there:
            rest += [] if guid in drop else [one]
            continue
        there[guid] = _mended(one, changed.get(guid, {}), type_, tally)
    for guid, values in whole.items():
        if guid not in there and (made := _made(values, type_, tally)) is not None:
            there[guid] = made
    order = [guid for guid in carried.get("order", ()) if isinstance(guid, str) and guid in there]
    order = list(dict.fromkeys([*order, *there]))
    return (*(there[guid] for guid in order), *rest)


def _part(carried: Carried, name: str) -> dict[str, Any]:
    part = carried.get(name, {})
    return part if isinstance(part, dict) else {}


def _mended(one: Any, changes: Any, type_: Any, tally: Tally) -> Any:
    """Return a thing with its carried fields, those that another program changed left as found."""
    pairs = changes if isinstance(changes, dict) else {}
    names = {field.name for field in fields(one)}
    values = {
        name: pair[1]
        for name, pair in pairs.items()
        if name in names and _fits(pair, getattr(one, name))
    }
    if not values:
        return one
    made = _made({**{name: getattr(one, name) for name in names}, **values}, type_, tally)
    return one if made is None else made


def _made(values: Any, type_: Any, tally: Tally) -> Any:
    from pydantic import ValidationError

    try:
        return adapter(type_).validate_python(values)
    except ValidationError:
        note(
            tally,
            getattr(type_, "__name__", ""),
            "what evalkit's memo says of it cannot be read",
            "",
        )
        return None


def code_fields(codes: Sequence[Code]) -> dict[str, list[str]]:
    """Return, for each field of codes that stands only in their blocks, the codes that have it."""
    plain = ("include", "exclude", "example", "says", "links", "rival", "version")
    empty = Code("", "")
    return {
        name: ids
        for name in plain
        if (ids := [one.id for one in codes if getattr(one, name) != getattr(empty, name)])
    }
