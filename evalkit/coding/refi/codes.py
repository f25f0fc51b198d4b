"""The tree of codes as REFI-QDA writes it, and the flat codebook it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, cast
from xml.etree.ElementTree import Element

from evalkit.coding.model import Code, Codebook
from evalkit.coding.package import MAX_DEPTH, local
from evalkit.coding.refi.block import joined, parted
from evalkit.coding.refi.lexical import colour, is_guid, key, made_guid, plain, slug, unique
from evalkit.coding.refi.markup import element, with_text
from evalkit.coding.refi.tally import Tally, note
from evalkit.errors import CodingError
from evalkit.files.shape import adapter

_DEEPEST = MAX_DEPTH - 20  # what a reader with that limit still opens, its containers counted
_FIELDS = tuple(field.name for field in fields(Code))
_PLACE = "order"  # of a code in the flat codebook, when it is not that of the tree
_BOOK = "codebook"


@dataclass(frozen=True, slots=True)
class Found:
    """A code as read, with its element and what its block says."""

    code: Code
    node: Element
    block: Mapping[str, Any]


def read_codes(holder: Element, tally: Tally) -> tuple[Codebook, tuple[Found, ...]]:
    """Return the codebook below `holder` and, in the order of the tree, what was found.

    Ids are those of the block, or else the path of names (``mechanism/trust``); homonyms under
    one parent are told apart by a number.
    """
    taken: dict[str, int] = {}
    walked = [(node, path, *parted(text_of(node))) for node, path in _walk(holder)]
    named = {id(node): _named(block, taken) for node, _, _, block in walked}
    ids: dict[int, str] = {}
    found = []
    for node, path, text, block in walked:
        ids[id(node)] = named[id(node)] or unique("/".join(map(_step, path)), taken)
        parent = ids.get(id(path[-2]), "") if len(path) > 1 else ""
        code = _code(node, ids[id(node)], parent, text, tally)
        found.append(Found(_with_block(code, block, tally), node, block))
    _report_twice(found, tally)
    return _book(found), tuple(found)


def _named(block: Mapping[str, Any], taken: dict[str, int]) -> str:
    """Return and take the id a block gives, or nothing when it gives none of its own."""
    named = block.get("id")
    return unique(named, taken) if isinstance(named, str) and named not in taken else ""


def _walk(holder: Element) -> Iterator[tuple[Element, tuple[Element, ...]]]:
    """Yield the codes below `holder` with the path of codes that leads to each."""
    stack: list[tuple[Element, tuple[Element, ...]]]
    stack = [(child, (child,)) for child in reversed(_codes(holder))]
    while stack:
        node, path = stack.pop()
        yield node, path
        stack.extend((child, (*path, child)) for child in reversed(_codes(node)))


def _codes(node: Element) -> list[Element]:
    return [child for child in node if local(child.tag) == "Code"]


def _step(node: Element) -> str:
    return slug(node.get("name", "")) or "code"


def text_of(node: Element, tag: str = "Description") -> str:
    """Return the text of the first child called `tag`, or an empty string."""
    return next((child.text or "" for child in node if local(child.tag) == tag), "")


def _code(node: Element, id: str, parent: str, define: str, tally: Tally) -> Code:
    name, guid = node.get("name", ""), node.get("guid", "")
    if "name" not in node.attrib:
        note(tally, "Code", "a code without a name", guid, "deviation")
    if not is_guid(guid):
        note(tally, "Code", "its guid has not the form of one", name or guid, "deviation")
    tint = node.get("color", "")
    if tint and not colour(tint):
        note(tally, "Code color", "it is no colour of the form #rrggbb", tint, "lost")
    codable = node.get("isCodable", "").strip().lower()
    if codable not in ("true", "false", "1", "0"):
        note(
            tally, "Code", "it does not say whether it may be used; taken as yes", name, "deviation"
        )
    return Code(
        id=id,
        words=name,
        parent=parent,
        define=define,
        guid=guid,
        colour=colour(tint),
        codable=codable not in ("false", "0"),
    )


def _with_block(code: Code, block: Mapping[str, Any], tally: Tally) -> Code:
    """Return the code with the fields of its block, when they are what a code can hold."""
    known = {name: value for name, value in block.items() if name in _FIELDS}
    if not known:
        return code
    from pydantic import ValidationError

    values = {name: getattr(code, name) for name in _FIELDS} | known
    try:
        return cast("Code", adapter(Code).validate_python(values))
    except ValidationError:
        note(tally, "Code", "its [evalkit] block cannot be read", code.words, "lost")
        return replace(code, define=joined(code.define, block))


def _report_twice(found: list[Found], tally: Tally) -> None:
    seen: set[str] = set()
    for one in found:
        if (guid := written_guid(one)) in seen:
            note(tally, "Code", "its guid stands twice", one.code.words, "deviation")
        seen.add(guid)


def written_guid(found: Found) -> str:
    """Return the guid by which the file refers to a code, which need not be the code's own."""
    return key(found.node.get("guid", ""))


def _book(found: list[Found]) -> Codebook:
    places = [place for one in found if isinstance(place := one.block.get(_PLACE), int)]
    codes = [one.code for one in found]
    if len(places) == len(codes):
        order = sorted(range(len(codes)), key=places.__getitem__)
        codes = [codes[place] for place in order]
    about = next((one.block[_BOOK] for one in found if _BOOK in one.block), None)
    values: dict[str, Any] = about if isinstance(about, dict) else {}
    version, file = values.get("version"), values.get("file")
    return Codebook(
        tuple(codes),
        version if isinstance(version, int) else 1,
        file if isinstance(file, str) else "codebook.yaml",
    )


def codes_element(codebook: Codebook) -> tuple[Element, dict[str, str]]:
    """Return the element ``Codes`` of a codebook, and the guid that each code id was given.

    Raises
    ------
    CodingError
        Two codes have one id, a code stands under itself, or the tree is too deep.
    """
    _refuse_circles(codebook)
    given = _guids(codebook)
    holder = Element("Codes")
    nodes = {code.id: _element(code, given[code.id]) for code in codebook.codes}
    for code in codebook.codes:
        above = nodes.get(code.parent, holder) if code.parent else holder
        above.append(nodes[code.id])
    _add_blocks(codebook, holder, given)
    return holder, given


def _refuse_circles(codebook: Codebook) -> None:
    if len(codebook.by_id) < len(codebook.codes):
        ids = [code.id for code in codebook.codes]
        twice = next(id for id in ids if ids.count(id) > 1)
        raise CodingError(f"Two codes have the id `{twice}`.", do="Give each code its own id.")
    depths: dict[str, int] = {"": 0}
    for code in codebook.codes:
        path: list[str] = []
        at = code.id
        while at not in depths and at in codebook.by_id:
            if at in path:
                wrong = f"The code `{at}` stands under itself."
                raise CodingError(wrong, do="Correct its parent.")
            path.append(at)
            at = codebook.by_id[at].parent
        depth = depths.get(at, 0)
        depths.update({id: depth + n for n, id in enumerate(reversed(path), start=1)})
    if max(depths.values()) > _DEEPEST:
        wrong = f"The tree of codes is more than {_DEEPEST} levels deep."
        raise CodingError(wrong, do="Make it flatter; no other program opens it.")


def _guids(codebook: Codebook) -> dict[str, str]:
    taken: set[str] = set()
    given: dict[str, str] = {}
    for code in codebook.codes:
        own = is_guid(code.guid) and key(code.guid) not in taken
        given[code.id] = code.guid if own else made_guid("code", code.id)
        taken.add(key(given[code.id]))
    return given


def _element(code: Code, guid: str) -> Element:
    return element(
        "Code",
        guid=guid,
        name=plain(code.words),
        isCodable="true" if code.codable else "false",
        color=colour(code.colour) or None,
    )


def _add_blocks(codebook: Codebook, holder: Element, given: Mapping[str, str]) -> None:
    """Write definitions, each with a block of what a plain reading would not bring back."""
    by_guid = {key(guid): id for id, guid in given.items()}
    for node in list(holder.iter("Code")):
        define = codebook.by_id[by_guid[key(node.get("guid", ""))]].define
        if define:
            node.insert(0, with_text("Description", plain(define)))
    _, back = read_codes(holder, {})
    order = [by_guid[key(one.code.guid)] for one in back]
    codes = {one.code.guid: one.code for one in back}
    nodes = {one.code.guid: one.node for one in back}
    renamed = any(codes[given[id]].id != id for id in order)
    moved = order != [code.id for code in codebook.codes]
    for place, code in enumerate(codebook.codes):
        plainly = codes[given[code.id]]
        block = _differing(code, plainly, codebook, renamed=renamed)
        if moved:
            block[_PLACE] = place
        if place == 0 and (codebook.version, codebook.file) != (1, "codebook.yaml"):
            block[_BOOK] = {"version": codebook.version, "file": codebook.file}
        _describe(nodes[given[code.id]], plain(code.define), block)


def _differing(code: Code, plainly: Code, codebook: Codebook, *, renamed: bool) -> dict[str, Any]:
    block: dict[str, Any] = {"id": code.id} if renamed else {}
    for name in _FIELDS:
        value = getattr(code, name)
        if name == "parent":
            if value not in codebook.by_id and value:
                block[name] = value
        elif name != "id" and value != getattr(plainly, name):
            block[name] = list(value) if isinstance(value, tuple) else value
    return block


def _describe(node: Element, define: str, block: Mapping[str, Any]) -> None:
    text = joined(define, block)
    if text and len(node) and node[0].tag == "Description":
        node[0].text = text
    elif text:
        node.insert(0, with_text("Description", text))
