"""A project as the XML and the text files of a ``.qdpx``, strictly to REFI-QDA 1.5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from evalkit.coding.model import (
    Case,
    Coding,
    CodingProject,
    Collection,
    Graph,
    Link,
    Memo,
    Source,
    Value,
)
from evalkit.coding.refi.codes import codes_element
from evalkit.coding.refi.lexical import colour, is_guid, key, made_guid, moment, plain
from evalkit.coding.refi.markup import element, with_text
from evalkit.coding.refi.passages import Passages, Selection, passages
from evalkit.coding.refi.registry import Registry, registry, segment_of, with_coders
from evalkit.coding.refi.theory import Drawn, drawn
from evalkit.coding.refi.understand import PROJECT
from evalkit.coding.refi.variables import value_element
from evalkit.errors import CodingError

_CUT = 100  # characters of a passage in its name, as ATLAS.ti cuts them
_DIRECTIONS = ("Associative", "OneWay", "Bidirectional")
_STYLES = ("dotted", "dashed", "solid")
_SHAPES = (
    *("Person", "Oval", "Rectangle", "RoundedRectangle", "Star", "LeftTriangle"),
    *("RightTriangle", "UpTriangle", "DownTriangle", "Note"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """The XML, the files it points at by their names in the zip, and the guids it uses."""

    root: Element
    files: dict[str, bytes]
    given: Registry


@dataclass(frozen=True, slots=True)
class Press:
    """What the writers of parts share."""

    project: CodingProject
    given: Registry
    passages: Passages
    refs: Mapping[tuple[str, str], tuple[str, ...]]
    codings: Mapping[str, str]
    texts: Mapping[str, str]
    variables: Mapping[str, tuple[str, str]]
    files: dict[str, bytes]
    names: set[str]


def document(project: CodingProject) -> Document:
    """Return the document of a project, without what REFI-QDA has no place for.

    Raises
    ------
    CodingError
        The project cannot be written: ids or guids clash, or words and passages disagree.
    """
    whole = with_coders(project)
    tree, codes = codes_element(project.codebook)
    given = registry(whole, codes)
    placed = passages(whole, given)
    codings = {one.id: guid for one, guid in zip(whole.codings, given.codings, strict=True)}
    press = Press(
        project=whole,
        given=given,
        passages=placed,
        refs=_note_refs(whole, given, codings),
        codings=codings,
        texts={source.id: source.text for source in whole.sources},
        variables=_variable_guids(whole, given),
        files={},
        names=set(),
    )
    theory = drawn(whole, codes, given.claims)
    root = element("Project", name=plain(project.name), origin="evalkit")
    book = Element("CodeBook")
    book.append(tree)
    _add_code_refs(tree, press)
    for part in (
        _holder("Users", (_user(one.id, one.words, press) for one in whole.users)),
        book if len(tree) else None,
        _holder("Variables", _variables(press)),
        _holder("Cases", (_case(one, press) for one in whole.cases)),
        _holder("Sources", (_source(one, press) for one in whole.sources)),
        _holder("Notes", (_memo(one, press) for one in whole.memos if one.id not in placed.used)),
        _holder("Links", _links(press, theory)),
        _holder("Sets", (_set(one, press) for one in whole.sets)),
        _holder("Graphs", _graphs(press, theory)),
        with_text("Description", plain(project.note)) if project.note else None,
    ):
        if part is not None:
            root.append(part)
    root.extend(_refs(press, "", PROJECT))
    return Document(root, press.files, given)


def _holder(tag: str, parts: Iterable[Element]) -> Element | None:
    """Return a list of elements, or None: the standard forbids empty lists."""
    made = Element(tag)
    made.extend(list(parts))  # a generator's own error would be masked
    return made if len(made) else None


def _note_refs(
    project: CodingProject, given: Registry, codings: Mapping[str, str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the guids of the memos about each thing, by its kind and id."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for memo in project.memos:
        guid = given.by_id["memo"][memo.id]
        for about in dict.fromkeys(memo.about):
            kind = next(
                (kind for kind in ("source", "code", "link") if about in given.by_id[kind]),
                "coding" if about in codings else "",
            )
            found[kind, about] = (*found.get((kind, about), ()), guid)
    return found


def _refs(press: Press, kind: str, id: str) -> list[Element]:
    written = press.passages.used
    used = {press.given.by_id["memo"][memo] for memo in written}
    return [
        element("NoteRef", targetGUID=guid)
        for guid in press.refs.get((kind, id), ())
        if guid not in used
    ]


def _add_code_refs(tree: Element, press: Press) -> None:
    ids = {key(guid): id for id, guid in press.given.by_id["code"].items()}
    for node in tree.iter("Code"):
        first = 1 if len(node) and node[0].tag == "Description" else 0
        for ref in reversed(_refs(press, "code", ids[key(node.get("guid", ""))])):
            node.insert(first, ref)


def _user(id: str, words: str, press: Press) -> Element:
    return element(
        "User", guid=press.given.by_id["user"][id], name=plain(words or id), id=plain(id)
    )


def _person(press: Press, id: str) -> str | None:
    return press.given.by_id["user"].get(id)


def _file(press: Press, guid: str, text: str, what: str) -> str:
    """Add a text file and return the path by which the XML points at it."""
    name = guid.strip("{}")
    if name.lower() in press.names:
        name = made_guid("file", guid, what)
    press.names.add(name.lower())
    try:
        press.files[f"sources/{name}.txt"] = text.encode("utf-8")
    except UnicodeEncodeError as error:
        wrong = f"The text of {what} has half of a character at place {error.start:,}."
        raise CodingError(wrong, do="Read the source again from its file.") from None
    return f"internal://{name}.txt"


def _variable_guids(project: CodingProject, given: Registry) -> dict[str, tuple[str, str]]:
    """Return guid and kind of every variable, those that only values name included."""
    found = {one.id: (given.by_id["variable"][one.id], str(one.kind)) for one in project.variables}
    salt = project.guid or project.name
    for case in project.cases:
        for name, value in case.attributes.items():
            found.setdefault(name, (made_guid("variable", salt, name), value.kind))
    for source in project.sources:
        for name in source.attributes:
            found.setdefault(name, (made_guid("variable", salt, name), "Text"))
    return found


def _variables(press: Press) -> list[Element]:
    notes = {one.id: one.note for one in press.project.variables}
    made = []
    for name, (guid, kind) in press.variables.items():
        node = element("Variable", guid=guid, name=plain(name), typeOfVariable=kind)
        if notes.get(name):
            node.append(with_text("Description", plain(notes[name])))
        made.append(node)
    return made


def _values(press: Press, attributes: Mapping[str, Value]) -> list[Element]:
    made = (value_element(press.variables[name][0], value) for name, value in attributes.items())
    return [node for node in made if node is not None]


def _case(case: Case, press: Press) -> Element:
    node = element("Case", guid=press.given.by_id["case"][case.id], name=plain(case.words) or None)
    if case.note:
        node.append(with_text("Description", plain(case.note)))
    node.extend(_values(press, case.attributes))
    sources = (press.given.by_id["source"].get(id) for id in case.sources)
    marked = (press.passages.at(segment.id) for segment in case.segments)
    node.extend([element("SourceRef", targetGUID=guid) for guid in sources if guid])
    node.extend([element("SelectionRef", targetGUID=guid) for guid in marked if guid])
    return node


def _source(source: Source, press: Press) -> Element:
    guid = press.given.by_id["source"][source.id]
    node = element(
        "TextSource",
        guid=guid,
        name=plain(source.title) or None,
        plainTextPath=_file(press, guid, source.text, f"source `{source.id}`"),
        creatingUser=_person(press, source.by),
        creationDateTime=moment(source.on) or None,
    )
    _describe(node, guid, press)
    chosen = press.passages.selections.get(source.id, ())
    seen: set[str] = set()
    for one in chosen:
        # Memos about a passage hang on its first selection only, or they would come back twice.
        refs = _refs(press, "", one.segment.id) if one.segment.id not in seen else []
        seen.add(one.segment.id)
        node.append(_selection(one, refs, press))
    node.extend([_coding(place, press) for place in press.passages.whole.get(source.id, ())])
    node.extend(_refs(press, "source", source.id))
    node.extend(_values(press, {name: Value(text) for name, text in source.attributes.items()}))
    return node


def _describe(node: Element, guid: str, press: Press) -> None:
    if guid in press.passages.described:
        node.append(with_text("Description", plain(press.passages.described[guid])))


def _selection(selection: Selection, refs: list[Element], press: Press) -> Element:
    quote = selection.segment.quote
    name = quote if len(quote) <= _CUT else f"{quote[:_CUT]}…"
    node = element(
        "PlainTextSelection",
        guid=selection.guid,
        name=plain(name) or None,
        startPosition=str(selection.segment.start),
        endPosition=str(selection.segment.end),
        creatingUser=_person(press, selection.by),
        creationDateTime=moment(selection.on) or None,
    )
    if selection.note:
        node.append(with_text("Description", plain(selection.note)))
    node.extend([_coding(place, press) for place in selection.codings])
    node.extend(refs)
    return node


def _coding(place: int, press: Press) -> Element:
    coding: Coding = press.project.codings[place]
    node = element(
        "Coding",
        guid=press.given.codings[place],
        creatingUser=_person(press, coding.coder),
        creationDateTime=moment(coding.on) or None,
    )
    node.append(element("CodeRef", targetGUID=press.given.by_id["code"][coding.code]))
    if press.codings[coding.id] == press.given.codings[place]:
        node.extend(_refs(press, "coding", coding.id))
    return node


def _memo(memo: Memo, press: Press) -> Element:
    guid = press.given.by_id["memo"][memo.id]
    node = element(
        "Note",
        guid=guid,
        name=plain(memo.words) or None,
        plainTextPath=_file(press, guid, memo.text, f"memo `{memo.id}`"),
        creatingUser=_person(press, memo.by),
        creationDateTime=moment(memo.on) or None,
    )
    _describe(node, guid, press)
    return node


def _standing_for(press: Press, meant: str) -> str | None:
    """Return the guid of a thing by its id, or the guid itself where one was given."""
    kinds = ("source", "code", "case", "memo")
    for kind in kinds:
        if meant in press.given.by_id[kind]:
            return press.given.by_id[kind][meant]
    if segment_of(meant, press.texts) is not None and (guid := press.passages.at(meant)):
        return guid
    if meant in press.codings:
        return press.codings[meant]
    for kind in ("link", "set", "graph", "user"):
        if meant in press.given.by_id[kind]:
            return press.given.by_id[kind][meant]
    return meant if is_guid(meant) else None


def _links(press: Press, theory: Drawn) -> list[Element]:
    made = []
    for link in press.project.links:
        node = _link(
            link,
            press.given.by_id["link"][link.id],
            (_standing_for(press, link.origin), _standing_for(press, link.target)),
        )
        node.extend(_refs(press, "link", link.id))
        made.append(node)
    drawn_ = (
        _link(link, link.guid, (link.origin or None, link.target or None)) for link in theory.links
    )
    return [*made, *drawn_]


def _link(link: Link, guid: str, ends: tuple[str | None, str | None]) -> Element:
    return element(
        "Link",
        guid=guid,
        name=plain(link.words) or None,
        direction=link.direction,
        color=colour(link.colour) or None,
        originGUID=ends[0],
        targetGUID=ends[1],
    )


def _set(group: Collection, press: Press) -> Element:
    node = element("Set", guid=press.given.by_id["set"][group.id], name=plain(group.words))
    if group.note:
        node.append(with_text("Description", plain(group.note)))
    for tag, kind in (("MemberCode", "code"), ("MemberSource", "source"), ("MemberNote", "memo")):
        guids = (press.given.by_id[kind].get(member) for member in dict.fromkeys(group.members))
        node.extend([element(tag, targetGUID=guid) for guid in guids if guid])
    return node


def _graphs(press: Press, theory: Drawn) -> list[Element]:
    made = [
        _graph(graph, press.given.by_id["graph"][graph.id], press) for graph in press.project.graphs
    ]
    return made + ([_graph(theory.graph, theory.graph.guid, press)] if theory.graph else [])


def _graph(graph: Graph, guid: str, press: Press) -> Element:
    node = element("Graph", guid=guid, name=plain(graph.words) or None)
    points = {one.guid: _point(guid, one.guid, n) for n, one in enumerate(graph.vertices)}
    for number, one in enumerate(graph.vertices):
        node.append(
            element(
                "Vertex",
                guid=_point(guid, one.guid, number),
                representedGUID=_standing_for(press, one.represents),
                name=plain(one.words) or None,
                firstX=str(one.x),
                firstY=str(one.y),
                secondX=None if one.x2 is None else str(one.x2),
                secondY=None if one.y2 is None else str(one.y2),
                shape=one.shape if one.shape in _SHAPES else None,
                color=colour(one.colour) or None,
            )
        )
    for number, edge in enumerate(graph.edges):
        ends = [points.get(end, _point(guid, end, -1)) for end in (edge.origin, edge.target)]
        node.append(
            element(
                "Edge",
                guid=_point(guid, edge.guid, -2 - number),
                representedGUID=_standing_for(press, edge.represents),
                name=plain(edge.words) or None,
                sourceVertex=ends[0],
                targetVertex=ends[1],
                color=colour(edge.colour) or None,
                direction=edge.direction if edge.direction in _DIRECTIONS else None,
                lineStyle=edge.style if edge.style in _STYLES else None,
            )
        )
    return node


def _point(graph: str, guid: str, number: int) -> str:
    return guid if is_guid(guid) else made_guid("point", graph, guid, str(number))
