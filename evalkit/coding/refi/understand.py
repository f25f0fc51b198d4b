"""A project file's XML as a coding project: everything the standard says, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal
from xml.etree.ElementTree import Element

from evalkit.coding.model import (
    Case,
    Codebook,
    CodingProject,
    Collection,
    Edge,
    Graph,
    Link,
    Memo,
    User,
    Vertex,
)
from evalkit.coding.package import local
from evalkit.coding.refi.codes import Found, read_codes, text_of, written_guid
from evalkit.coding.refi.desk import (
    Desk,
    child,
    children,
    enter,
    meaning,
    refer,
    when,
    who,
)
from evalkit.coding.refi.lexical import colour, integer, key, slug
from evalkit.coding.refi.sources import Read, read_description, read_sources
from evalkit.coding.refi.tally import losses, note
from evalkit.coding.refi.texts import read_words
from evalkit.coding.refi.variables import read_values, read_variables

PROJECT = "project"
"""What a memo is about that belongs to the project as a whole."""

Direction = Literal["Associative", "OneWay", "Bidirectional"]
_DIRECTIONS: Mapping[str, Direction] = {
    "Associative": "Associative",
    "OneWay": "OneWay",
    "Bidirectional": "Bidirectional",
}


def understand(root: Element, desk: Desk, *, passed: frozenset[str] = frozenset()) -> CodingProject:
    """Return the project of a root element.

    Parameters
    ----------
    root : Element
        The element ``Project``.
    desk : Desk
        Where the texts come from, and the ids given before.
    passed : frozenset of str
        Guids of notes that are no memos, but evalkit's own.
    """
    users = tuple(_user(node, desk) for node in children(child(root, "Users"), "User"))
    codebook = _codebook(child(root, "CodeBook"), desk)
    variables = read_variables(child(root, "Variables"), desk)
    read = read_sources(child(root, "Sources"), desk)
    cases = tuple(_case(node, desk) for node in children(child(root, "Cases"), "Case"))
    refer(desk, root, PROJECT)
    notes = [
        node
        for node in children(child(root, "Notes"), "Note")
        if key(node.get("guid", "")) not in passed
    ]
    names = [_enter(desk, "memo", node, "memo") for node in notes]
    links = tuple(_link(node, desk) for node in children(child(root, "Links"), "Link"))
    sets = tuple(_set(node, desk) for node in children(child(root, "Sets"), "Set"))
    graphs = tuple(_graph(node, desk) for node in children(child(root, "Graphs"), "Graph"))
    memos = _memos(read, zip(notes, names, strict=True), links, desk)
    _report_unread(root, desk)
    return CodingProject(
        name=root.get("name", ""),
        sources=tuple(one.source for one in read),
        codebook=codebook,
        codings=tuple(coding for one in read for coding in one.codings),
        cases=cases,
        memos=memos,
        links=links,
        sets=sets,
        graphs=graphs,
        users=users,
        losses=losses(desk.tally),
        note=text_of(root),
        variables=variables,
    )


def _enter(desk: Desk, kind: str, node: Element, otherwise: str) -> str:
    return enter(desk, kind, node.get("guid", ""), slug(node.get("name", "")) or otherwise)


def _user(node: Element, desk: Desk) -> User:
    guid, name = node.get("guid", ""), node.get("name", "")
    wanted = node.get("id", "") or name or "user"
    return User(enter(desk, "user", guid, wanted), name, guid)


def _codebook(node: Element | None, desk: Desk) -> Codebook:
    holder = child(node, "Codes") if node is not None else None
    if holder is None:
        return Codebook()
    codebook, found = read_codes(holder, desk.tally)
    for one in found:
        _register(one, desk)
    return codebook


def _register(one: Found, desk: Desk) -> None:
    desk.known.setdefault("code", {}).setdefault(written_guid(one), one.code.id)
    desk.taken[one.code.id] = 1
    refer(desk, one.node, one.code.id)


def _case(node: Element, desk: Desk) -> Case:
    name = node.get("name", "")
    id = _enter(desk, "case", node, "case")
    for ref in children(node, "CodeRef"):
        where = f"{name or id}: {meaning(desk, ref.get('targetGUID'))}"
        note(desk.tally, "CodeRef", "a code on a case as a whole", where)
    sources = [
        desk.known.get("source", {}).get(_target(ref)) for ref in children(node, "SourceRef")
    ]
    marked = [desk.passages.get(_target(ref)) for ref in children(node, "SelectionRef")]
    for kind, refs in (("SourceRef", sources), ("SelectionRef", marked)):
        for _ in range(refs.count(None)):
            why = "a case refers to something that was not read"
            note(desk.tally, kind, why, name or id)
    return Case(
        id=id,
        words=name,
        attributes=read_values(node, desk),
        sources=tuple(one for one in sources if one is not None),
        segments=tuple(one for one in marked if one is not None),
        note=text_of(node),
        guid=node.get("guid", ""),
    )


def _target(ref: Element) -> str:
    return key(ref.get("targetGUID", ""))


def _memos(
    read: tuple[Read, ...],
    notes: Iterable[tuple[Element, str]],
    links: tuple[Link, ...],
    desk: Desk,
) -> tuple[Memo, ...]:
    found = [memo for one in read for memo in one.marks]
    for node, id in notes:
        about = [*desk.noted.get(key(node.get("guid", "")), [])]
        # NVivo and ATLAS.ti tie a memo to a passage by a link, and not by a reference.
        about += [link.target for link in links if link.origin == id]
        found.append(
            Memo(
                id=id,
                text=read_words(node, desk, node.get("name", "") or id).text,
                words=node.get("name", ""),
                by=who(desk, node),
                on=when(desk, node),
                about=tuple(dict.fromkeys(about)),
                guid=node.get("guid", ""),
            )
        )
        if (described := read_description(node, desk, id)) is not None:
            found.append(described)
        for inside in children(node, "PlainTextSelection", "Coding", "VariableValue"):
            why = "evalkit codes sources, not memos"
            note(desk.tally, f"Note/{local(inside.tag)}", why, node.get("name", "") or id)
    return tuple(found)


def _link(node: Element, desk: Desk) -> Link:
    direction = node.get("direction", "Associative")
    if direction not in _DIRECTIONS:
        why = f"`{direction}` is no direction of the standard"
        note(desk.tally, "Link", why, node.get("name", ""), "deviation")
    id = _enter(desk, "link", node, "link")
    refer(desk, node, id)
    return Link(
        id=id,
        origin=meaning(desk, node.get("originGUID")),
        target=meaning(desk, node.get("targetGUID")),
        words=node.get("name", ""),
        direction=_DIRECTIONS.get(direction, "Associative"),
        colour=colour(node.get("color", "")),
        guid=node.get("guid", ""),
    )


def _set(node: Element, desk: Desk) -> Collection:
    id = _enter(desk, "set", node, "set")
    members = []
    kinds = {"MemberCode": "code", "MemberSource": "source", "MemberNote": "memo"}
    for ref in children(node, *kinds):
        guid = ref.get("targetGUID") or ref.get("guid") or ""
        member = desk.known.get(kinds[local(ref.tag)], {}).get(key(guid))
        if member is None:
            why = "a member of a set that was not read"
            note(desk.tally, local(ref.tag), why, f"{node.get('name', '')}: {guid}")
        else:
            members.append(member)
    return Collection(id, node.get("name", ""), tuple(members), text_of(node), node.get("guid", ""))


def _graph(node: Element, desk: Desk) -> Graph:
    return Graph(
        id=_enter(desk, "graph", node, "graph"),
        words=node.get("name", ""),
        vertices=tuple(_vertex(one, desk) for one in children(node, "Vertex")),
        edges=tuple(_edge(one, desk) for one in children(node, "Edge")),
        guid=node.get("guid", ""),
    )


def _vertex(node: Element, desk: Desk) -> Vertex:
    return Vertex(
        guid=node.get("guid", ""),
        represents=meaning(desk, node.get("representedGUID")),
        words=node.get("name", ""),
        x=_whole(node, "firstX") or 0,
        y=_whole(node, "firstY") or 0,
        x2=_whole(node, "secondX"),
        y2=_whole(node, "secondY"),
        shape=node.get("shape", ""),
        colour=colour(node.get("color", "")),
    )


def _whole(node: Element, name: str) -> int | None:
    text = integer(node.get(name, ""))
    return int(text) if text else None


def _edge(node: Element, desk: Desk) -> Edge:
    return Edge(
        guid=node.get("guid", ""),
        origin=node.get("sourceVertex", ""),
        target=node.get("targetVertex", ""),
        represents=meaning(desk, node.get("representedGUID")),
        words=node.get("name", ""),
        direction=node.get("direction", ""),
        style=node.get("lineStyle", ""),
        colour=colour(node.get("color", "")),
    )


def _report_unread(root: Element, desk: Desk) -> None:
    """Report dates and users of changes, which the model does not keep."""
    for node in root.iter():
        if node is not root and (node.get("modifyingUser") or node.get("modifiedDateTime")):
            why = "who changed it last, and when"
            where = node.get("name") or node.get("guid", "")
            note(desk.tally, "modifiedDateTime", why, f"{local(node.tag)} {where}")
    if any(root.get(name) for name in ("creatingUserGUID", "creationDateTime")):
        why = "who made the project, and when"
        note(desk.tally, "Project", why, root.get("name", ""))
