"""Which guid each thing of a project is written under: its own, or one made from its id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from evalkit.coding.model import CodingProject, Segment, User
from evalkit.coding.refi.lexical import is_guid, key, made_guid
from evalkit.errors import CodingError

_SEGMENT = re.compile(r"(.*):(\d+)-(\d+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Registry:
    """Guids by kind and id; those of codings and claims by their place, for ids may be shared."""

    by_id: Mapping[str, Mapping[str, str]]
    codings: tuple[str, ...]
    claims: tuple[str, ...]


def registry(project: CodingProject, codes: Mapping[str, str]) -> Registry:
    """Return the guids under which a project is written.

    Raises
    ------
    CodingError
        Two things of one kind have the same id.
    """
    salt = project.guid or project.name
    kinds: dict[str, list[tuple[str, str]]] = {
        "user": [(one.id, one.guid) for one in project.users],
        "variable": [(one.id, one.guid) for one in project.variables],
        "source": [(one.id, one.guid) for one in project.sources],
        "case": [(one.id, one.guid) for one in project.cases],
        "memo": [(one.id, one.guid) for one in project.memos],
        "link": [(one.id, one.guid) for one in project.links],
        "set": [(one.id, one.guid) for one in project.sets],
        "graph": [(one.id, one.guid) for one in project.graphs],
    }
    by_id = {"code": dict(codes)}
    for kind, things in kinds.items():
        _refuse_twice(kind, [id for id, _ in things])
        guids = chosen(kind, salt, things)
        by_id[kind] = {id: guid for (id, _), guid in zip(things, guids, strict=True)}
    codings = chosen("coding", salt, [(one.id, one.guid) for one in project.codings])
    claims = chosen(
        "claim", salt, [(f"{one.id} {one.segment.id}", one.guid) for one in project.claims]
    )
    return Registry(by_id, codings, claims)


def _refuse_twice(kind: str, ids: list[str]) -> None:
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            wrong = f"Two things of the kind `{kind}` have the id `{id}`."
            raise CodingError(wrong, do="Give each its own id.")
        seen.add(id)


def chosen(kind: str, salt: str, things: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return a guid for each id and guid: the latter where it can be used and is not taken."""
    listed = list(things)
    taken: set[str] = set()
    guids: list[str] = []
    for id, guid in listed:
        own = is_guid(guid) and key(guid) not in taken
        number = 0
        made = guid if own else made_guid(kind, salt, id)
        while key(made) in taken:
            number += 1
            made = made_guid(kind, salt, id, str(number))
        taken.add(key(made))
        guids.append(made)
    return tuple(guids)


def with_coders(project: CodingProject) -> CodingProject:
    """Return the project with a user for every name that codings, sources and memos carry."""
    listed = {user.id for user in project.users}
    names = [
        *(one.coder for one in project.codings),
        *(one.by for one in project.sources),
        *(one.by for one in project.memos),
    ]
    missing = [name for name in dict.fromkeys(names) if name and name not in listed]
    added = tuple(User(name, name, name if is_guid(name) else "") for name in missing)
    return replace(project, users=(*project.users, *added))


def segment_of(id: str, texts: Mapping[str, str]) -> Segment | None:
    """Return the segment that an id such as ``interview:3-9`` points at, when there is one."""
    found = _SEGMENT.fullmatch(id)
    if not found or found[1] not in texts or len(found[2]) > 12 or len(found[3]) > 12:
        return None
    start, end = int(found[2]), int(found[3])
    text = texts[found[1]]
    segment = Segment(found[1], start, end, text[start:end])
    return segment if segment.id == id and start <= end <= len(text) else None
