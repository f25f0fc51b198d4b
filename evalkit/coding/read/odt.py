"""Sources from OpenDocument texts (.odt): the words of the body, with everything else counted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from evalkit.coding.apart import read_apart
from evalkit.coding.material import Draft, clean
from evalkit.coding.model import Source
from evalkit.coding.package import attribute, local, open_package, parse_xml, read_part
from evalkit.coding.pieces import Heap, Mark, assemble, losses_of, new_heap
from evalkit.errors import CodingError

_BODY = "content.xml"
_MOST_REPEATS = 1_000
_BLANKS = re.compile("[ \t\r\n]+")
_LEFT_OUT: Final = {
    "note": "footnote or endnote",
    "annotation": "comment",
    "annotation-end": "",
    "image": "picture",
    "object": "embedded object",
    "object-ole": "embedded object",
    "ruby-text": "ruby text",
    "hidden-text": "hidden text",
    "hidden-paragraph": "hidden text",
    "forms": "",
    "sequence-decls": "",
    "variable-decls": "",
    "user-field-decls": "",
    "title": "",  # of a picture, counted as such
    "desc": "",
    "binary-data": "",
    "event-listeners": "",
}
"""Elements whose content is not carried, and the kind they are counted under (empty: elsewhere)."""
_WHY: Final = {
    "comment": "comments are not the words of the source",
    "document property": "author, dates and the like are not carried",
    "embedded object": "another file inside the document",
    "footnote or endnote": "notes are not in the line of the text",
    "header or footer": "repeated on pages, not the words of the source",
    "hidden text": "the writer hid it",
    "link address": "the words of a link are kept, its address is not",
    "list mark": "numbers and bullets that the program paints are not in the text",
    "page break": "a text has no pages",
    "picture": "pictures are not text",
    "repeated cell": "cells repeated very often are given once",
    "ruby text": "reading aids beside the words",
    "tracked deletion": "the writer deleted it",
    "tracked insertion": "kept, as if the change were accepted",
}


def read_odt(path: Path, file: str) -> tuple[Source, ...]:
    """Read one source; its id is the file's name without the ending.

    Paragraphs become lines, rows of tables lines with tabs between cells. Tracked insertions are
    kept and deletions left out; notes, comments, headers, list marks and pictures are left out.

    Parameters
    ----------
    path : pathlib.Path
        The document; parsed in a child process with limits.
    file : str
        Its name in messages.

    Raises
    ------
    ProjectError
        It is no OpenDocument text, damaged, hostile, or has no words.
    """
    return read_apart(path, file, ".odt").sources


def odt_draft(data: bytes) -> Draft:
    """Return the words of a document, and what was left out; runs in the child.

    Raises
    ------
    CodingError
        It is no OpenDocument text, protected, damaged or hostile.
    """
    archive = open_package(data, "an OpenDocument text (.odt)", _BODY)
    _refuse_locked(archive)
    root = parse_xml(read_part(archive, _BODY), _BODY)
    heap, breaks = new_heap(), _breaking_styles(root)
    for body in root:
        for element in body if local(body.tag) == "body" else ():
            if local(element.tag) == "text":
                _walk(element, heap)
    text, odd = clean(assemble(heap.pieces))
    heap.left_out["page break"] = sum(
        attribute(element, "style-name") in breaks
        for element in root.iter()
        if local(element.tag) in ("p", "h")
    )
    _count_headers(archive, heap)
    title = clean(_title(archive, heap))[0]
    return Draft(text, title, losses=(*losses_of(heap, _WHY), *odd), encoding="utf-8")


def _refuse_locked(archive: ZipFile) -> None:
    name = "META-INF/manifest.xml"
    if name in archive.namelist() and b"encryption-data" in read_part(archive, name):
        wrong = "The document is protected by a password."
        raise CodingError(wrong, do="Save it again without a password.")


def _breaking_styles(root: Element) -> frozenset[str]:
    """Return the styles that begin or end a page."""
    return frozenset(
        attribute(style, "name")
        for style in root.iter()
        if local(style.tag) == "style"
        for own in style
        if "page" in (attribute(own, "break-before"), attribute(own, "break-after"))
    )


def _walk(element: Element, heap: Heap) -> None:
    """Put the pieces of an element on the heap; depth is limited by the parser."""
    _words(element.text, heap)
    for child in element:
        tag = local(child.tag)
        if tag in _READ:
            _READ[tag](child, heap)
        elif tag in _LEFT_OUT:
            heap.left_out[_LEFT_OUT[tag]] += bool(_LEFT_OUT[tag])
        else:
            _walk(child, heap)
        _words(child.tail, heap)


def _words(text: str | None, heap: Heap) -> None:
    """Blanks in a row count as one, and none stand at the beginning of a paragraph (ODF 1.3, 6.1.2)."""
    if not text:
        return
    words = _BLANKS.sub(" ", text)
    last = heap.pieces[-1] if heap.pieces else Mark.LINE
    after_blank = not isinstance(last, str) or last.endswith(" ")
    if words := words.lstrip(" ") if after_blank else words:
        heap.pieces.append(words)


def _paragraph(element: Element, heap: Heap) -> None:
    heap.pieces.append(Mark.BLOCK)  # a paragraph of a text box stands inside another
    _walk(element, heap)
    heap.pieces.append(Mark.LINE)


def _spaces(element: Element, heap: Heap) -> None:
    heap.pieces.append(" " * min(_number(attribute(element, "c")), _MOST_REPEATS))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 1


def _tab(_: Element, heap: Heap) -> None:
    heap.pieces.append("\t")


def _line(_: Element, heap: Heap) -> None:
    heap.pieces.append("\n")


def _link(element: Element, heap: Heap) -> None:
    heap.left_out["link address"] += 1
    _walk(element, heap)


def _item(element: Element, heap: Heap) -> None:
    heap.left_out["list mark"] += 1
    _walk(element, heap)


def _changes(element: Element, heap: Heap) -> None:
    """Count the list of changes at the top, which keeps the deleted words."""
    for part in element.iter():
        heap.left_out["tracked deletion"] += local(part.tag) == "deletion"
        heap.changed["tracked insertion"] += local(part.tag) == "insertion"


def _cell(element: Element, heap: Heap) -> None:
    before = len(heap.pieces)
    heap.pieces.append(Mark.OPEN)
    _walk(element, heap)
    filled = any(isinstance(piece, str) for piece in heap.pieces[before:])
    heap.pieces.append(Mark.CELL)
    if _number(attribute(element, "number-columns-repeated")) > 1 and filled:
        heap.changed["repeated cell"] += 1


def _row(element: Element, heap: Heap) -> None:
    _walk(element, heap)
    heap.pieces.append(Mark.ROW)


_READ: Final = {
    "p": _paragraph,
    "h": _paragraph,
    "s": _spaces,
    "tab": _tab,
    "line-break": _line,
    "a": _link,
    "list-item": _item,
    "tracked-changes": _changes,
    "table-cell": _cell,
    "covered-table-cell": _cell,
    "table-row": _row,
}


def _count_headers(archive: ZipFile, heap: Heap) -> None:
    name = "styles.xml"
    if name not in archive.namelist():
        return
    for part in parse_xml(read_part(archive, name), name).iter():
        if local(part.tag) in ("header", "footer"):
            heap.left_out["header or footer"] += any(text.strip() for text in part.itertext())


def _title(archive: ZipFile, heap: Heap) -> str:
    """Return the title among the document's properties, and count the others."""
    name = "meta.xml"
    if name not in archive.namelist():
        return ""
    filled = [
        (local(part.tag), " ".join(part.text.split()))
        for part in parse_xml(read_part(archive, name), name).iter()
        if part.text and part.text.strip()
    ]
    heap.left_out["document property"] += sum(tag != "title" for tag, _ in filled)
    return next((words for tag, words in filled if tag == "title"), "")
