"""The report as a tree of blocks, whatever the format it is written in.

A block never holds a bare number of ours: a number is a `Number`, with the id of its result. Words
that come from users' files are `FromFile`, sentences that evalkit made with numbers in them are
`FromResult`. A plain ``str`` is a template's own words, and those spell numbers out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

PageOf = Literal["one", "three", "all"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number as printed, its full value, and the result it is read from.

    Attributes
    ----------
    value : float
        At full precision.
    text : str
        As printed.
    result : str
        Place in ``results.json``: ``"estimates/main#interval.low"``.
    how : {"", "counted", "worked out"}
        Empty when the number stands in the record as it is; else how it was made from `result`.
    """

    value: float
    text: str
    result: str
    how: Literal["", "counted", "worked out"] = ""


@dataclass(frozen=True, slots=True)
class FromFile:
    """Words of a user's file, and the file and line they stand in (or the source they are from)."""

    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class FromResult:
    """A sentence of the record, and its place there."""

    text: str
    result: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A word with a shape and a colour; the word alone says it all."""

    kind: str
    word: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Parts that matter most."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Ref:
    """A pointer to another place of the report."""

    text: str
    to: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a source inside a line; in quotation marks only when it is verbatim."""

    text: str
    verbatim: bool
    origin: str


Part = str | Number | FromFile | FromResult | Tag | Strong | Ref | Passage
Parts = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section."""

    text: Parts
    level: Literal[4, 5] = 4
    id: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    parts: Parts


@dataclass(frozen=True, slots=True)
class UserProse:
    """Words of a user's file in which simple Markdown (emphasis, lists) is understood."""

    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class Quotation:
    """A passage of a source, word for word: the one block that stands in quotation marks."""

    text: str
    origin: str
    by: Parts = ()
    tag: Tag | None = None


@dataclass(frozen=True, slots=True)
class Paraphrase:
    """What a source says, in the words of whoever wrote it down: never in quotation marks."""

    text: str
    origin: str
    by: Parts = ()
    tag: Tag | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its head, and whether it holds numbers."""

    head: Parts
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table; the first cell of each row is the row's head.

    ``empty`` is what is said in its place when there are no rows.
    """

    id: str
    caption: Parts
    columns: tuple[Column, ...]
    rows: tuple[tuple[Parts, ...], ...]
    note: Parts = ()
    empty: str = "There is nothing to show here."


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a nested list."""

    parts: Parts
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class NestedList:
    """A list whose items may hold lists."""

    items: tuple[Item, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, its title as a sentence, and the same content as a table or a list.

    ``result`` names what it was drawn from; `svg` holds the alternative text itself. A picture of the
    size "small" is for page one; a "wide" one keeps its width and scrolls.
    """

    id: str
    svg: str
    title: Parts
    alt: str
    twin: TableBlock | NestedList
    result: str
    note: Parts = ()
    size: Literal["plain", "small", "wide"] = "plain"


@dataclass(frozen=True, slots=True)
class Callout:
    """Something set apart: a warning, a limit, a note."""

    kind: Literal["warning", "note"]
    title: Parts
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Details:
    """Blocks that a reader opens when wanted; printed open."""

    summary: Parts
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A main message: one sentence to remember, a little more, how sure, and on what it rests."""

    headline: Parts
    more: Parts
    sure: Tag
    rests_on: Parts


@dataclass(frozen=True, slots=True)
class Messages:
    """The main messages, weightiest first."""

    items: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """Blocks under a short title, beside others."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Panels:
    """Panels side by side where there is room."""

    items: tuple[Panel, ...]


Block = (
    Heading
    | Prose
    | UserProse
    | Quotation
    | Paraphrase
    | TableBlock
    | NestedList
    | Figure
    | Callout
    | Details
    | Messages
    | Panels
)


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its id, its title (a template's words), which page it belongs to, its blocks."""

    id: str
    title: str
    page: PageOf
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report."""

    title: FromFile
    lines: tuple[Parts, ...]
    banners: tuple[Callout, ...]
    sections: tuple[Section, ...]


def plain(parts: Sequence[Part]) -> str:
    """Return parts as plain text, for alternative texts and formats without marks."""
    return "".join(_plain_one(part) for part in parts)


def _plain_one(part: Part) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Strong):
        return plain(part.parts)
    if isinstance(part, Tag):
        return part.word
    if isinstance(part, Passage) and part.verbatim:
        return f"“{part.text}”"
    return part.text


def joined(items: Sequence[Parts], between: str = ", ", last: str = " and ") -> Parts:
    """Return several parts as a list in a sentence."""
    found: list[Part] = []
    for at, item in enumerate(items):
        if at:
            found.append(last if at == len(items) - 1 else between)
        found.extend(item)
    return tuple(found)


_NOT_IN_ID = re.compile("[^a-z0-9]+")


def anchor(*words: str) -> str:
    """Return an id for a place of the page, different for different words."""
    whole = "-".join(words)
    clean = _NOT_IN_ID.sub("-", whole.lower()).strip("-")
    if clean == whole:
        return clean
    mark = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{clean[:60]}-{mark}" if clean and clean[0].isalpha() else f"x-{clean[:60]}-{mark}"
