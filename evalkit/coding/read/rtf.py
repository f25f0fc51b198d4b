"""Sources from Rich Text (.rtf), as WordPad, old Word and many transcribing services write it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from evalkit.coding.apart import read_apart
from evalkit.coding.material import Draft, clean
from evalkit.coding.model import Source
from evalkit.coding.pieces import Heap, Mark, Piece, assemble, losses_of, new_heap
from evalkit.errors import CodingError

MAX_DEPTH = 1_000
_SAVE: Final = "Open it in a word processor and save it again, best as .docx."
_TOKEN = re.compile(
    r"\\(?P<word>[A-Za-z]{1,40})(?P<number>-?\d{1,9})?[ ]?"
    r"|\\'(?P<byte>[0-9A-Fa-f]{2})"
    r"|\\(?P<symbol>.)"
    r"|(?P<brace>[{}])"
    r"|(?P<text>[^\\{}\r\n]+)"
    r"|[\r\n]+",
    re.DOTALL,
)
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_CHARSETS: Final = {
    0: "cp1252",
    1: "",
    2: "symbol",
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
"""Code pages of ``\\fcharset`` (RTF 1.9.1, font table)."""
_CHARACTERS: Final[dict[str, Piece]] = {
    "tab": "\t",
    "line": "\n",
    "lbr": "\n",
    "emdash": "\u2014",
    "endash": "\u2013",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
    "bullet": "\u2022",
    "emspace": "\u2003",
    "enspace": "\u2002",
    "qmspace": "\u2005",
    "zwj": "\u200d",
    "zwnj": "\u200c",
    "zwbo": "\u200b",
    "ltrmark": "\u200e",
    "rtlmark": "\u200f",
    "par": Mark.LINE,
    "sect": Mark.LINE,
    "cell": Mark.CELL,
    "nestcell": Mark.CELL,
    "row": Mark.ROW,
    "nestrow": Mark.ROW,
}
_SYMBOLS: Final = {"~": "\u00a0", "-": "\u00ad", "_": "\u2011", "\\": "\\", "{": "{", "}": "}"}
_SKIPPED: Final = {
    "stylesheet": "",
    "colortbl": "",
    "info": "document property",
    "shprslt": "",
    "sp": "",
    "listtext": "list mark",
    "pntext": "list mark",
    "pict": "picture",
    "objdata": "",
    "footnote": "footnote or endnote",
    "annotation": "comment",
    "fldinst": "field command",
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "header or footer"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "header or footer"),
    **dict.fromkeys(("atnid", "atnauthor", "atndate", "atnref", "atntime", "atrfstart"), ""),
    **dict.fromkeys(("atrfend", "filetbl", "revtbl", "listtable", "listoverridetable"), ""),
    **dict.fromkeys(("xe", "tc", "tcn", "rxe", "txe", "bkmkstart", "bkmkend", "nonesttables"), ""),
}
"""Destinations whose words are not carried, and the kind they are counted under."""
_CARRIED: Final = frozenset({"shpinst", "shptxt", "fldrslt", "ud", "fonttbl", "shppict"})
"""Destinations marked with a star that are looked into all the same."""
_WHY: Final = {
    "comment": "comments are not the words of the source",
    "document property": "title, author, dates and the like are not carried",
    "field command": "the words of a field or link are kept, its command or address is not",
    "footnote or endnote": "notes are not in the line of the text",
    "header or footer": "repeated on pages, not the words of the source",
    "hidden text": "the writer hid it",
    "list mark": "numbers and bullets that the program paints are not in the text",
    "page break": "a text has no pages",
    "picture": "pictures are not text",
    "symbol": "a sign of a picture font; U+FFFD stands for it",
    "tracked deletion": "the writer deleted it",
    "tracked insertion": "kept, as if the change were accepted",
    "unknown byte": "not a letter of the encoding that the document names",
}


@dataclass(slots=True)
class _Group:
    """What holds inside one pair of braces."""

    skip: bool = False
    fonts: bool = False
    hidden: bool = False
    deleted: bool = False
    revised: bool = False
    fallback: int = 1  # characters that follow \u for old programs
    font: int = 0


@dataclass(slots=True)
class _Reading:
    """The state of reading one document."""

    heap: Heap
    stack: list[_Group]
    page: str = "cp1252"
    default: int = 0
    pages: dict[int, str] = field(default_factory=dict)
    bytes: bytearray = field(default_factory=bytearray)
    passed: int = 0  # characters of a fallback still to pass over
    starred: bool = False
    old_form: bool = False  # the next group is said once more in Unicode


def read_rtf(path: Path, file: str) -> tuple[Source, ...]:
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
        It is no Rich Text, damaged, hostile, or has no words.
    """
    return read_apart(path, file, ".rtf").sources


def rtf_draft(data: bytes) -> Draft:
    """Return the words of a document, and what was left out; runs in the child.

    Raises
    ------
    CodingError
        It is no Rich Text, or nested too deeply.
    """
    text = data.removeprefix(codecs.BOM_UTF8).lstrip().decode("latin-1")
    if not text.startswith("{\\rtf"):
        raise CodingError("It is not Rich Text.", do=_SAVE)
    reading = _Reading(new_heap(), [_Group()])
    place = 0
    while place < len(text) and (token := _TOKEN.match(text, place)):
        place = token.end() + _take(token, reading)
        if len(reading.stack) == 0:
            break  # the document's own last brace
    _flush(reading)
    words, odd = clean(_PAIR.sub(_joined, assemble(reading.heap.pieces)))
    return Draft(words, losses=(*losses_of(reading.heap, _WHY), *odd), encoding=reading.page)


def _joined(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def _take(token: re.Match[str], reading: _Reading) -> int:
    """Take one token in; return how many bytes after it are no text (of a picture, say)."""
    if token["brace"]:
        _brace(token["brace"], reading)
    elif token["word"]:
        return _word(token["word"], token["number"], reading)
    elif token["byte"]:
        _letters(bytes.fromhex(token["byte"]), reading)
    elif token["symbol"]:
        _symbol(token["symbol"], reading)
    elif token["text"]:
        _letters(token["text"].encode("latin-1"), reading)
    return 0


def _brace(brace: str, reading: _Reading) -> None:
    _flush(reading)
    reading.passed, reading.starred = 0, False
    if brace == "}":
        reading.stack.pop()
    elif len(reading.stack) > MAX_DEPTH:
        raise CodingError("It is nested too deeply.", do=_SAVE)
    else:
        group = replace(reading.stack[-1])
        group.skip = group.skip or reading.old_form
        reading.old_form = False
        reading.stack.append(group)
    if brace == "}" and len(reading.stack) == 1:
        reading.stack.pop()


def _letters(data: bytes, reading: _Reading) -> None:
    """Keep bytes until their run ends: letters of some scripts have two."""
    over = min(reading.passed, len(data))
    reading.passed -= over
    group = reading.stack[-1]
    if not (group.skip or group.fonts or group.hidden or group.deleted):
        reading.bytes += data[over:]


def _flush(reading: _Reading) -> None:
    if not reading.bytes:
        return
    group = reading.stack[-1] if reading.stack else _Group()
    page = reading.pages.get(group.font, "") or reading.page
    data = bytes(reading.bytes)
    reading.bytes.clear()
    if page == "symbol":
        reading.heap.changed["symbol"] += len(data)
        reading.heap.pieces.append("\ufffd" * len(data))
        return
    words = data.decode(page, errors="replace")
    reading.heap.changed["unknown byte"] += words.count("\ufffd")
    reading.heap.pieces.append(words)


def _symbol(symbol: str, reading: _Reading) -> None:
    if symbol == "*":
        reading.starred = True
    elif symbol in "\r\n":
        _put(Mark.LINE, reading)
    elif symbol in _SYMBOLS:
        _put(_SYMBOLS[symbol], reading)


def _put(piece: Piece, reading: _Reading) -> None:
    _flush(reading)
    group = reading.stack[-1]
    if reading.passed:
        reading.passed -= 1
    elif not (group.skip or group.fonts or group.hidden or group.deleted):
        reading.heap.pieces.append(piece)


def _word(word: str, digits: str | None, reading: _Reading) -> int:
    _flush(reading)
    group = reading.stack[-1]
    number = int(digits) if digits else None
    starred, reading.starred = reading.starred, False
    if word == "bin":
        return max(0, number or 0)
    if group.skip:
        return 0
    if word in _CHARACTERS:
        _put(_CHARACTERS[word], reading)
    elif word in _SKIPPED:
        group.skip = True
        reading.heap.left_out[_SKIPPED[word]] += bool(_SKIPPED[word])
    elif word in _SETS:
        _SETS[word](group, number, reading)
    elif starred and word not in _CARRIED:
        group.skip = True
    return 0


def _unicode(group: _Group, number: int | None, reading: _Reading) -> None:
    code = (number or 0) % 65_536
    _put(chr(code), reading)
    reading.passed = group.fallback


def _page_break(_: _Group, __: int | None, reading: _Reading) -> None:
    reading.heap.left_out["page break"] += 1


def _text_box(_: _Group, __: int | None, reading: _Reading) -> None:
    _put(Mark.BLOCK, reading)


def _two_forms(_: _Group, __: int | None, reading: _Reading) -> None:
    """Of the same words in old letters and in Unicode (``upr``), the second are read."""
    reading.old_form = True


def _fallback(group: _Group, number: int | None, _: _Reading) -> None:
    group.fallback = max(0, min(number if number is not None else 1, 100))


def _font(group: _Group, number: int | None, _: _Reading) -> None:
    group.font = number or 0


def _default_font(_: _Group, number: int | None, reading: _Reading) -> None:
    reading.default = number or 0
    for group in reading.stack:
        group.font = reading.default


def _font_table(group: _Group, _: int | None, __: _Reading) -> None:
    group.fonts = True


def _charset(group: _Group, number: int | None, reading: _Reading) -> None:
    if group.fonts:
        reading.pages[group.font] = _CHARSETS.get(number or 0, "")


def _code_page(_: _Group, number: int | None, reading: _Reading) -> None:
    name = {10_000: "mac_roman", 65_001: "utf-8"}.get(number or 0, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        return
    reading.page = name


def _plain(group: _Group, _: int | None, reading: _Reading) -> None:
    group.hidden = group.deleted = group.revised = False
    group.font = reading.default


def _hidden(group: _Group, number: int | None, reading: _Reading) -> None:
    reading.heap.left_out["hidden text"] += number != 0 and not group.hidden
    group.hidden = number != 0


def _deleted(group: _Group, number: int | None, reading: _Reading) -> None:
    reading.heap.left_out["tracked deletion"] += number != 0 and not group.deleted
    group.deleted = number != 0


def _revised(group: _Group, number: int | None, reading: _Reading) -> None:
    reading.heap.changed["tracked insertion"] += number != 0 and not group.revised
    group.revised = number != 0


_SETS: Final[dict[str, Callable[[_Group, int | None, _Reading], None]]] = {
    "u": _unicode,
    "uc": _fallback,
    "upr": _two_forms,
    "page": _page_break,
    "pagebb": _page_break,
    "shptxt": _text_box,
    "f": _font,
    "deff": _default_font,
    "fonttbl": _font_table,
    "fcharset": _charset,
    "ansicpg": _code_page,
    "plain": _plain,
    "v": _hidden,
    "deleted": _deleted,
    "revised": _revised,
}
