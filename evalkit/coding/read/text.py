"""A source from a plain text or Markdown file: the whole file is one source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, cast

from evalkit.coding.decode import decode_file
from evalkit.coding.model import Source
from evalkit.errors import CodingError, Fault, ProjectError, nearest

_HEADER_LINE = re.compile(r"([a-z][a-z_]*):[ \t]*(\S.*)")
_TEXT_TYPES = ("verbatim", "paraphrase")
_KNOWN = frozenset(
    {
        "date",
        "kind",
        "language",
        "licence",
        "place",
        "site",
        "speaker",
        "speaker_type",
        "text_type",
        "title",
        "url",
        "who",
    }
)
"""Lines like ``interviewer: hello`` open many a transcript. A block of such lines is a header
only when one of its keys is among these, no key stands twice and a blank line ends it."""


def read_text(path: Path, file: str) -> tuple[Source, ...]:
    """Read one source; its id is the file's name without the ending.

    The file may begin with lines such as ``who: parent`` and ``site: north``, ended by a blank
    line: they become attributes and are not part of the text. ``title`` and ``text_type`` set
    the title and the type.

    Parameters
    ----------
    path : pathlib.Path
        UTF-8, UTF-16 or Windows-1252.
    file : str
        Its name in messages.

    Returns
    -------
    tuple of Source
        The one source.

    Raises
    ------
    ProjectError
        The file is too large, not text, or has no words; or its ``text_type`` is unknown.
    """
    try:
        text = decode_file(path, file).text
    except CodingError as error:
        raise ProjectError([error.fault(file)]) from error
    header, body, line = split_header(text)
    text_type = header.pop("text_type", "verbatim")
    title = header.pop("title", "")
    faults = _faults(file, body, text_type)
    if faults:
        raise ProjectError(faults)
    kind = cast("Literal['verbatim', 'paraphrase']", text_type)
    return (Source(path.stem, body, title, kind, header, file, line),)


def split_header(text: str) -> tuple[dict[str, str], str, int]:
    """Return the header's keys and values, the text after it, and the line the text begins on."""
    head, blank, body = text.partition("\n\n")
    found = [_HEADER_LINE.fullmatch(line) for line in head.split("\n")]
    pairs = [(match[1], match[2].rstrip()) for match in found if match]
    header = dict(pairs)
    whole = len(pairs) == len(found) and len(header) == len(pairs)
    if not (blank and whole and _KNOWN & header.keys()):
        return {}, text, 1
    stripped = body.lstrip("\n")
    return header, stripped, len(found) + 2 + len(body) - len(stripped)


def _faults(file: str, body: str, text_type: str) -> list[Fault]:
    faults = []
    if not body.strip():
        faults.append(Fault(file, 0, "The file has no words in it.", "Fill it, or delete it."))
    if text_type not in _TEXT_TYPES:
        do = f"Write verbatim or paraphrase.{nearest(text_type, _TEXT_TYPES)}"
        faults.append(Fault(file, 1, f"`text_type` cannot be `{text_type}`.", do))
    return faults
