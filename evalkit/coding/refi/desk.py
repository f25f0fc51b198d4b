"""What a reader of a project has before it: the file's parts, the ids given so far, the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from evalkit.coding.model import Segment
from evalkit.coding.package import local
from evalkit.coding.refi.lexical import is_guid, key, moment, unique
from evalkit.coding.refi.tally import Tally, note

Fetch = Callable[[str, str], bytes | None]
"""Takes a path of the file's own form (``internal://...``) and the name of who asks."""

GENERAL = ("source", "code", "case", "memo", "selection", "coding", "link", "set", "graph", "user")
"""Kinds in the order in which a guid that may mean anything is looked up."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Registers that fill while a project is read.

    ``given`` holds ids that evalkit wrote into the file, ``known`` the id of every guid met,
    ``noted`` what each note is about, ``passages`` the place of each selection.
    """

    fetch: Fetch
    file: str = ""
    own: bool = False
    given: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tally: Tally = field(default_factory=dict)
    known: dict[str, dict[str, str]] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    noted: dict[str, list[str]] = field(default_factory=dict)
    passages: dict[str, Segment] = field(default_factory=dict)
    cased: frozenset[str] = frozenset()


def children(node: Element | None, *tags: str) -> list[Element]:
    """Return the children of these names, in order."""
    return [] if node is None else [child for child in node if local(child.tag) in tags]


def child(node: Element, tag: str) -> Element | None:
    """Return the first child of that name."""
    return next(iter(children(node, tag)), None)


def enter(desk: Desk, kind: str, guid: str, wanted: str) -> str:
    """Return the id of a thing newly met, and register it under its guid."""
    register = desk.known.setdefault(kind, {})
    taken = desk.users if kind == "user" else desk.taken
    id = desk.given.get(kind, {}).get(key(guid), "")
    if not id or key(guid) in register:
        id = unique(wanted or kind, taken)
    if not is_guid(guid):
        why = "its guid is missing or has not the form of one"
        note(desk.tally, kind, why, id, "deviation")
    register.setdefault(key(guid), id)
    return id


def meaning(desk: Desk, guid: str | None) -> str:
    """Return the id of what a guid stands for, or the guid itself where that is not known."""
    found = key(guid or "")
    return next(
        (desk.known[kind][found] for kind in GENERAL if found in desk.known.get(kind, {})),
        guid or "",
    )


def who(desk: Desk, node: Element, otherwise: Element | None = None) -> str:
    """Return the id of the user who made a thing."""
    guid = node.get("creatingUser", "")
    if not guid and otherwise is not None:
        guid = otherwise.get("creatingUser", "")
    if guid and key(guid) not in desk.known.get("user", {}):
        note(desk.tally, "User", "a user who is not in the list of users", guid, "deviation")
        return guid
    return desk.known.get("user", {}).get(key(guid), "")


def when(desk: Desk, node: Element, otherwise: Element | None = None) -> str:
    """Return when a thing was made, as ISO 8601."""
    said = node.get("creationDateTime", "")
    if not said and otherwise is not None:
        said = otherwise.get("creationDateTime", "")
    right = moment(said)
    if said != right:
        why = "a date that is not written as the standard wants"
        note(desk.tally, "creationDateTime", why, said, "deviation" if right else "lost")
    return right


def refer(desk: Desk, node: Element, id: str) -> None:
    """Register the notes that a thing refers to."""
    for ref in children(node, "NoteRef"):
        desk.noted.setdefault(key(ref.get("targetGUID", "")), []).append(id)
