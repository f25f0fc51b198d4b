"""Sources from Word documents (.docx): the words of the body, with everything else counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from evalkit.coding.apart import read_apart
from evalkit.coding.material import Draft, clean
from evalkit.coding.model import Source
from evalkit.coding.package import attribute, local, open_package, parse_xml, read_part
from evalkit.coding.pieces import Heap, Mark, assemble, losses_of, new_heap

_BODY = "word/document.xml"
_CHARACTERS: Final = {"tab": "\t", "noBreakHyphen": "\u2011", "softHyphen": "\u00ad"}
_LEFT_OUT: Final = {
    "annotationRef": "",
    "commentReference": "",  # counted by the comments themselves
    "footnoteReference": "",
    "endnoteReference": "",
    "Fallback": "",  # the same words once more, for older programs
    "instrText": "",  # the command of a field; its result is kept
    "delInstrText": "",
    "rt": "ruby text",
    "altChunk": "embedded document",
    "OLEObject": "embedded object",
    "pic": "picture",
    "imagedata": "picture",
    "chart": "chart",
    "relIds": "diagram",
}
"""Elements whose content is not carried, and the kind they are counted under (empty: elsewhere)."""
_CHANGES: Final = {
    "del": "tracked deletion",
    "moveFrom": "tracked deletion",
    "ins": "tracked insertion",
    "moveTo": "tracked insertion",
}
_WHY: Final = {
    "chart": "charts are not text",
    "comment": "comments are not the words of the source",
    "diagram": "diagrams are not text",
    "document property": "author, dates and the like are not carried",
    "embedded document": "another file inside the document",
    "embedded object": "another file inside the document",
    "endnote": "notes are not in the line of the text",
    "footnote": "notes are not in the line of the text",
    "formula": "a formula is carried as its letters in a row",
    "header or footer": "repeated on pages, not the words of the source",
    "hidden text": "the writer hid it",
    "link address": "the words of a link are kept, its address is not",
    "list mark": "numbers and bullets that the program paints are not in the text",
    "page break": "a text has no pages",
    "picture": "pictures are not text",
    "ruby text": "reading aids beside the words",
    "symbol": "a sign of a picture font; U+FFFD stands for it",
    "tracked deletion": "the writer deleted it",
    "tracked insertion": "kept, as if the change were accepted",
}
_NOTES: Final = {
    "word/comments.xml": ("comment", "comment"),
    "word/footnotes.xml": ("footnote", "footnote"),
    "word/endnotes.xml": ("endnote", "endnote"),
}


def read_docx(path: Path, file: str) -> tuple[Source, ...]:
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
        It is no Word document, damaged, hostile, or has no words.
    """
    return read_apart(path, file, ".docx").sources


def docx_draft(data: bytes) -> Draft:
    """Return the words of a document, and what was left out; runs in the child.

    Raises
    ------
    CodingError
        It is no Word document, damaged or hostile.
    """
    archive = open_package(data, "a Word document (.docx)", _BODY)
    root = parse_xml(read_part(archive, _BODY), _BODY)
    heap, lists = new_heap(), _list_styles(archive)
    heap.left_out["list mark"] += sum(_numbered(part, lists) for part in root.iter())
    for element in root:
        if local(element.tag) == "body":
            _walk(element, heap)
    text, odd = clean(assemble(heap.pieces))
    _count_parts(archive, heap)
    title = clean(_title(archive, heap))[0]
    return Draft(text, title, losses=(*losses_of(heap, _WHY), *odd), encoding="utf-8")


def _walk(element: Element, heap: Heap) -> None:
    """Put the pieces of an element's children on the heap; depth is limited by the parser."""
    for child in element:
        tag = local(child.tag)
        if tag in _READ:
            _READ[tag](child, heap)
        elif tag in _LEFT_OUT:
            heap.left_out[_LEFT_OUT[tag]] += bool(_LEFT_OUT[tag])
        elif not tag.endswith("Pr"):  # properties hold no words
            _walk(child, heap)


def _paragraph(element: Element, heap: Heap) -> None:
    heap.pieces.append(Mark.BLOCK)  # a paragraph of a text box stands inside another
    _walk(element, heap)
    heap.pieces.append(Mark.LINE)


def _run(element: Element, heap: Heap) -> None:
    hidden = any(
        local(part.tag) == "vanish" and attribute(part, "val") not in ("0", "false", "off")
        for own in element
        if local(own.tag) == "rPr"
        for part in own
    )
    if hidden:
        heap.left_out["hidden text"] += 1
    else:
        _walk(element, heap)


def _text(element: Element, heap: Heap) -> None:
    heap.pieces.append(element.text or "")


def _break(element: Element, heap: Heap) -> None:
    if attribute(element, "type") in ("page", "column"):
        heap.left_out["page break"] += 1
    else:
        heap.pieces.append("\n")


def _character(element: Element, heap: Heap) -> None:
    heap.pieces.append(_CHARACTERS[local(element.tag)])


def _symbol(_: Element, heap: Heap) -> None:
    heap.pieces.append("\ufffd")
    heap.changed["symbol"] += 1


def _change(element: Element, heap: Heap) -> None:
    if not any(local(part.tag) in ("t", "delText") for part in element.iter()):
        if local(element.tag) in ("ins", "moveTo"):
            _walk(element, heap)
        return
    kind = _CHANGES[local(element.tag)]
    if kind == "tracked deletion":
        heap.left_out[kind] += 1
    else:
        heap.changed[kind] += 1
        _walk(element, heap)


def _link(element: Element, heap: Heap) -> None:
    heap.left_out["link address"] += bool(attribute(element, "id"))
    _walk(element, heap)


def _formula(element: Element, heap: Heap) -> None:
    heap.changed["formula"] += 1
    _walk(element, heap)


def _cell(element: Element, heap: Heap) -> None:
    heap.pieces.append(Mark.OPEN)
    _walk(element, heap)
    heap.pieces.append(Mark.CELL)


def _row(element: Element, heap: Heap) -> None:
    deleted = any(local(part.tag) == "del" for own in element[:1] for part in own)
    if deleted:
        heap.left_out["tracked deletion"] += 1
        return
    _walk(element, heap)
    heap.pieces.append(Mark.ROW)


_READ: Final = {
    "p": _paragraph,
    "r": _run,
    "t": _text,
    "br": _break,
    "cr": _break,
    "tab": _character,
    "noBreakHyphen": _character,
    "softHyphen": _character,
    "sym": _symbol,
    "ins": _change,
    "del": _change,
    "moveFrom": _change,
    "moveTo": _change,
    "hyperlink": _link,
    "oMath": _formula,
    "tc": _cell,
    "tr": _row,
}


def _numbered(element: Element, lists: frozenset[str]) -> bool:
    """Say whether a paragraph is an item of a list, by itself or by its style."""
    if local(element.tag) != "p" or not len(element) or local(element[0].tag) != "pPr":
        return False
    return any(
        local(part.tag) == "numPr"
        or (local(part.tag) == "pStyle" and attribute(part, "val") in lists)
        for part in element[0]
    )


def _list_styles(archive: ZipFile) -> frozenset[str]:
    name = "word/styles.xml"
    if name not in archive.namelist():
        return frozenset()
    return frozenset(
        attribute(style, "styleId")
        for style in parse_xml(read_part(archive, name), name)
        if any(local(part.tag) == "numPr" for part in style.iter())
    )


def _count_parts(archive: ZipFile, heap: Heap) -> None:
    """Count what stands in other parts of the document."""
    for name, (tag, kind) in _NOTES.items():
        if name in archive.namelist():
            heap.left_out[kind] += sum(1 for _ in _notes(archive, name, tag))
    for name in archive.namelist():
        if name.startswith(("word/header", "word/footer")) and name.endswith(".xml"):
            heap.left_out["header or footer"] += _has_words(
                parse_xml(read_part(archive, name), name)
            )


def _notes(archive: ZipFile, name: str, tag: str) -> Iterator[Element]:
    """Yield the notes or comments of a part; Word's own separators are no notes."""
    for element in parse_xml(read_part(archive, name), name):
        own = attribute(element, "type") in ("", "normal")
        if local(element.tag) == tag and own:
            yield element


def _has_words(element: Element) -> bool:
    return any(local(part.tag) == "t" and (part.text or "").strip() for part in element.iter())


def _title(archive: ZipFile, heap: Heap) -> str:
    """Return the title among the document's properties, and count the others."""
    name = "docProps/core.xml"
    if name not in archive.namelist():
        return ""
    filled = {
        local(part.tag): " ".join(part.text.split())
        for part in parse_xml(read_part(archive, name), name)
        if part.text and part.text.strip()
    }
    heap.left_out["document property"] += len(filled.keys() - {"title"})
    return filled.get("title", "")
