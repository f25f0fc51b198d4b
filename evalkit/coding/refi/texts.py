"""The words of a source: from the file's own text, or from the text inside the XML."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element

from evalkit.coding.decode import decode
from evalkit.coding.refi.desk import Desk, child
from evalkit.coding.refi.tally import note
from evalkit.errors import CodingError
from evalkit.files.write import sha256

Newline = Literal["", "LF", "CRLF", "CR", "mixed"]


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its line ends as the file has them (``raw``), and where it came from.

    ``exact`` texts were written by evalkit: each character of them stands for itself.
    """

    raw: str = ""
    sha256: str = ""
    encoding: str = ""
    found: bool = False
    exact: bool = False

    @property
    def text(self) -> str:
        """The text with every line end a line feed."""
        if self.exact:
            return self.raw
        return self.raw.replace("\r\n", "\n").replace("\r", "\n")


def read_words(node: Element, desk: Desk, name: str) -> Text:
    """Return the text of a source, transcript or note; an empty one where there is none."""
    path, inside = node.get("plainTextPath", ""), child(node, "PlainTextContent")
    kind = node.tag.rpartition("}")[2]
    if path and inside is not None:
        note(desk.tally, kind, "it has both a text and the path of one", name, "deviation")
    data = desk.fetch(path, name) if path else None
    if data is not None:
        try:
            return _decoded(data, desk, name)
        except CodingError as error:
            note(desk.tally, kind, error.wrong, name)
    if inside is not None:
        return Text(inside.text or "", found=True)
    if not path:
        rich = node.get("richTextPath", "")
        why = "it has no plain text, only a document with layout" if rich else "it has no text"
        note(desk.tally, kind, why, name, "lost" if rich else "deviation")
    return Text(found=not path and not node.get("richTextPath", ""))


def _decoded(data: bytes, desk: Desk, name: str) -> Text:
    if desk.own:
        return Text(data.decode("utf-8", "replace"), found=True, exact=True)
    body = data.removeprefix(codecs.BOM_UTF8)
    if len(body) < len(data):
        why = "the text begins with a byte order mark"
        note(desk.tally, "plainTextPath", why, name, "deviation")
    try:
        return Text(body.decode("utf-8"), sha256(data), "utf-8", found=True)
    except UnicodeDecodeError:
        found = decode(data, name)
        why = f"the text is {found.encoding}, not UTF-8"
        note(desk.tally, "plainTextPath", why, name, "deviation")
        return Text(found.text, sha256(data), found.encoding, found=True)


def newline(raw: str) -> Newline:
    """Return which line ends a text has; empty when it has one line only."""
    both = raw.count("\r\n")
    found: dict[Newline, int] = {
        "CRLF": both,
        "CR": raw.count("\r") - both,
        "LF": raw.count("\n") - both,
    }
    kinds = [kind for kind, count in found.items() if count]
    return "" if not kinds else kinds[0] if len(kinds) == 1 else "mixed"
