"""Sources from web pages (.html, .htm): the words a reader of the page sees."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from evalkit.coding.apart import read_apart
from evalkit.coding.decode import decode
from evalkit.coding.material import Draft, clean
from evalkit.coding.model import Source
from evalkit.coding.pieces import Heap, Mark, assemble, losses_of, new_heap
from evalkit.errors import CodingError

_BLANKS = re.compile("[ \t\n\f\r]+")  # a no-break space is a character like others
_DECLARED = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE
)
_BLOCKS: Final = frozenset(
    """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol
    optgroup option p pre search section summary table tbody tfoot thead tr ul
    """.split()  # noqa: SIM905 (a list of words)
)
_VOID: Final = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905 (a list of words)
)
_SKIPPED: Final = {
    "script": "script or style",
    "style": "script or style",
    "template": "script or style",
    "noscript": "script or style",
    "svg": "picture",
    "canvas": "picture",
    "math": "formula",
    "audio": "sound or film",
    "video": "sound or film",
    "iframe": "embedded page",
    "object": "embedded page",
    "select": "form field",
    "textarea": "form field",
    "button": "form field",
    "rt": "ruby text",
    "rp": "",
    "del": "tracked deletion",
    "s": "tracked deletion",
    "strike": "tracked deletion",
    "title": "",
}
"""Elements whose content is not carried, and the kind they are counted under."""
_SEEN: Final = frozenset({"del", "s", "strike"})
"""Skipped only where their end follows: what is never closed must not hide the rest of the page."""
_SINGLE: Final = {"img": "picture", "embed": "embedded page", "input": "form field"}
_WHY: Final = {
    "HTML comment": "not shown to readers of the page",
    "embedded page": "another document inside the page",
    "form field": "fields of forms are not text",
    "formula": "formulas are not carried",
    "hidden text": "the page hides it",
    "link address": "the words of a link are kept, its address is not",
    "list mark": "numbers and bullets that the browser paints are not in the text",
    "picture": "pictures are not text",
    "ruby text": "reading aids beside the words",
    "script or style": "programs and layout are not text",
    "sound or film": "sound and film are not text",
    "tracked deletion": "struck out by the writer",
    "tracked insertion": "kept, as if the change were accepted",
}

Event = tuple[str, str, dict[str, str]]
"""What the parser met: ``open``, ``close``, ``text`` or ``comment``; tag or text; attributes."""


def read_html(path: Path, file: str) -> tuple[Source, ...]:
    """Read one source; its id is the file's name without the ending.

    Paragraphs and other blocks become lines, rows of tables lines with tabs between cells; blanks
    in a row count as one, as in a browser. Scripts, pictures, list marks, hidden and struck out
    text are left out.

    Parameters
    ----------
    path : pathlib.Path
        The page; parsed in a child process with limits.
    file : str
        Its name in messages.

    Raises
    ------
    ProjectError
        It is no text, damaged, or has no words.
    """
    return read_apart(path, file, ".html").sources


def html_draft(data: bytes) -> Draft:
    """Return the words of a page, and what was left out; runs in the child.

    Raises
    ------
    CodingError
        It is not text.
    """
    page, encoding = _decoded(data)
    events = _events(page)
    heap = new_heap()
    _read(_whole_tables(events), heap)
    text, odd = clean(assemble(_trimmed(heap.pieces)))
    title = clean(_title(events))[0]
    return Draft(text, title, losses=(*losses_of(heap, _WHY), *odd), encoding=encoding)


def _decoded(data: bytes) -> tuple[str, str]:
    """Return the page and its encoding: a byte order mark, then what it declares, then a guess."""
    declared = _DECLARED.search(data[:4096])
    marked = data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))
    name = declared[1].decode("ascii").lower() if declared else ""
    # A page whose declaration could be read as ASCII is not in UTF-16, whatever it says.
    if name and not marked and not name.startswith(("utf-16", "utf-32", "utf16", "utf32")):
        # Browsers read these two names as Windows-1252 (WHATWG Encoding Standard, 4.2).
        name = "cp1252" if name in ("iso-8859-1", "latin1", "us-ascii") else name
        try:
            text = data.decode(name)
        except (LookupError, UnicodeError):
            text = ""
        if text and "\x00" not in text:
            return text, name
    found = decode(data)
    return found.text, found.encoding


class _Collector(HTMLParser):  # the library's parser speaks only through methods of a subclass
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.events: list[Event] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.events.append(("open", tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        self.events.append(("close", tag, {}))

    def handle_data(self, data: str) -> None:
        self.events.append(("text", data, {}))

    def handle_comment(self, data: str) -> None:
        self.events.append(("comment", data, {}))


def _events(page: str) -> list[Event]:
    parser = _Collector()
    try:
        parser.feed(page)
        parser.close()
    except AssertionError:  # the parser's word for marked sections it does not know
        do = "Save it again from a browser or a word processor."
        raise CodingError("The page is damaged: its marks make no sense.", do=do) from None
    return parser.events


def _whole_tables(events: list[Event]) -> list[Event]:
    """Return the events with the ends of cells and rows that a page may leave out."""
    whole: list[Event] = []
    open_: list[set[str]] = [set()]  # of each table inside another: which of cell and row is open
    for event in events:
        what, tag, _ = event
        tag = "td" if tag == "th" else tag
        ends = {"td": ("td",), "tr": ("td", "tr"), "table": ("td", "tr")}.get(tag, ())
        if what == "open" and tag == "table":
            open_.append(set())
        elif what in ("open", "close") and ends:
            whole += [("close", end, {}) for end in ends if end in open_[-1]]
            open_[-1] -= set(ends)
            if what == "open":
                open_[-1].add(tag)
        if what == "close" and tag == "table" and len(open_) > 1:
            open_.pop()
        if not (what == "close" and tag in ("td", "tr")):
            whole.append(event)
    return whole


def _read(events: list[Event], heap: Heap) -> None:
    """Put the pieces of the page on the heap, passing over elements that are not carried."""
    ends = {name: place for place, (what, name, _) in enumerate(events) if what == "close"}
    inside, depth, kept_blanks = "", 0, 0
    for place, (what, name, attributes) in enumerate(events):
        if inside:  # only its own tag counts, so that broken nesting cannot hide the rest
            depth += (name == inside) * ((what == "open") - (what == "close"))
            inside = inside if depth else ""
        elif what == "open" and _skips(name, attributes, heap, closed=ends.get(name, -1) > place):
            inside, depth = name, 1
        elif what == "text":
            heap.pieces.append(name if kept_blanks else _BLANKS.sub(" ", name))
        elif what == "comment":
            heap.left_out["HTML comment"] += 1
        else:
            kept_blanks += (name == "pre") * (1 if what == "open" else -1)
            kept_blanks = max(0, kept_blanks)
            _tag(what, name, attributes, heap)


def _skips(tag: str, attributes: dict[str, str], heap: Heap, *, closed: bool) -> bool:
    style = attributes.get("style", "").replace(" ", "").lower()
    hidden = "hidden" in attributes or "display:none" in style
    kind = "hidden text" if hidden else _SKIPPED.get(tag)
    if kind is None or tag in _VOID or tag in ("html", "body"):
        return False
    if not closed and (hidden or tag in _SEEN):
        return False
    heap.left_out[kind] += bool(kind)
    return True


def _tag(what: str, tag: str, attributes: dict[str, str], heap: Heap) -> None:
    opens = what == "open"
    if tag == "br":
        heap.pieces.append(Mark.LINE)
    elif tag in ("td", "th"):
        heap.pieces.append(Mark.OPEN if opens else Mark.CELL)
    elif tag == "tr" and not opens:
        heap.pieces.append(Mark.ROW)
    elif tag in _BLOCKS:
        heap.pieces.append(Mark.BLOCK)
    if opens:
        heap.left_out[_SINGLE.get(tag, "")] += tag in _SINGLE
        heap.left_out["list mark"] += tag == "li"
        heap.left_out["link address"] += tag == "a" and "href" in attributes
        heap.changed["tracked insertion"] += tag == "ins"


def _trimmed(pieces: list[str | Mark]) -> list[str | Mark]:
    """Return the pieces without blanks at the ends of blocks and after blanks."""
    kept: list[str | Mark] = []
    for piece in pieces:
        last = kept[-1] if kept else Mark.LINE
        if isinstance(piece, str):
            after_blank = not isinstance(last, str) or last[-1:] in (" ", "\n")
            words = piece[1:] if after_blank and piece.startswith(" ") else piece
            kept.extend([words] if words else [])
            continue
        if isinstance(last, str) and last.endswith(" "):
            kept[-1] = last[:-1]
        kept.append(piece)
    return kept


def _title(events: list[Event]) -> str:
    opened = False
    for what, name, _ in events:
        if opened and what == "text":
            return " ".join(name.split())
        opened = what == "open" and name == "title"
    return ""
