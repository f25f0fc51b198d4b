"""Where a passage really stands: the way a program counts is found from the words it quotes.

REFI-QDA 1.5 counts Unicode code points from 0. Programs differ: some count the two characters of a
Windows line end where the file has one (or the other way about), some the byte order mark, some
UTF-16 units or UTF-8 bytes, some give the last character and not the one after it. Many put the
words of a passage in its name. The convention under which most names come out is the file's; the
standard wins ties.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Form = Literal["as it stands", "LF", "CRLF"]
Unit = Literal["code points", "UTF-16 units", "UTF-8 bytes"]

_CUT = ("…", "...")
_SHORTEST_CUT = 12  # characters before an ellipsis that count as evidence
_MARK = "\ufeff"
OUTSIDE = "its positions are not in the text"


@dataclass(frozen=True, slots=True)
class Convention:
    """A way of counting: in which form of the text, in which unit, and what the end means."""

    form: Form = "as it stands"
    mark: bool = False
    unit: Unit = "code points"
    inclusive: bool = False

    def __str__(self) -> str:
        """Return it in words, such as ``UTF-16 units, byte order mark counted``."""
        parts = [str(self.unit)]
        if self.form != "as it stands":
            parts.append(f"line ends counted as {self.form}")
        if self.mark:
            parts.append("byte order mark counted")
        if self.inclusive:
            parts.append("the end is the last character")
        return ", ".join(parts)


STANDARD = Convention()
FORMS: tuple[Form, ...] = ("as it stands", "LF", "CRLF")
UNITS: tuple[Unit, ...] = ("code points", "UTF-16 units", "UTF-8 bytes")
CONVENTIONS = tuple(
    Convention(form, mark, unit, inclusive)
    for inclusive in (False, True)
    for mark in (False, True)
    for unit in UNITS
    for form in FORMS
)
"""Every way that is tried, the standard first; of equally good ones the first is kept."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A passage as a file gives it: its two positions and the name that may quote it."""

    start: int
    end: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A passage in code points of the text, half open, or why it has no place.

    ``named`` says whether its name quotes it; ``own`` is a name that is no quotation;
    ``checked`` is false where nothing could show that the place is right.
    """

    span: tuple[int, int] | None
    why: str = ""
    named: bool = False
    own: str = ""
    checked: bool = True


@dataclass(frozen=True, slots=True)
class Anchored:
    """The passages of one source and the convention that placed them."""

    convention: Convention
    places: tuple[Placed, ...]


Table = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ruler:
    """The starts of a text's characters in some unit, and where each stands in the LF text."""

    at: Table
    lf: Table

    def place(self, offset: int) -> int | None:
        """Return the LF position of an offset, or None inside a character or out of range."""
        found = int(np.searchsorted(self.at, offset))
        if found == len(self.at) or self.at[found] != offset:
            return None
        return int(self.lf[found])


def anchored(raw: str, marks: Iterable[Mark]) -> Anchored:
    """Place every mark in the text whose line ends are line feeds.

    Parameters
    ----------
    raw : str
        The text as the file holds it, line ends untouched, without a byte order mark.
    marks : iterable of Mark
        The passages of this source.

    Returns
    -------
    Anchored
        One place for each mark, in order.
    """
    given = tuple(marks)
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    rulers: dict[tuple[Form, bool, Unit], Ruler] = {}
    best, found = STANDARD, _hits(raw, text, given, STANDARD, rulers)
    wanted = sum(mark.name != "" for mark in given)
    if sum(found) < wanted:
        tried = {way: _hits(raw, text, given, way, rulers) for way in CONVENTIONS}
        best = max(CONVENTIONS, key=lambda way: sum(tried[way]))
        found = tried[best]
    evidence = any(found)
    places = tuple(
        _placed(raw, text, mark, best, rulers, named=hit, evidence=evidence)
        for mark, hit in zip(given, found, strict=True)
    )
    return Anchored(best, places)


def _hits(
    raw: str,
    text: str,
    marks: tuple[Mark, ...],
    way: Convention,
    rulers: dict[tuple[Form, bool, Unit], Ruler],
) -> list[bool]:
    """Say of each mark whether its name quotes what stands at its place."""
    spans = (_span(raw, mark, way, rulers) if mark.name else None for mark in marks)
    return [
        span is not None and quotes(mark.name, text[span[0] : span[1]])
        for mark, span in zip(marks, spans, strict=True)
    ]


def quotes(name: str, passage: str) -> bool:
    """Say whether a name is the words of a passage: whole, cut with an ellipsis, or respaced."""
    if not name or not passage:
        return False
    if name == passage:
        return True
    words, said = _respaced(name), _respaced(passage)
    if not words or passage != passage.strip():  # respaced names say nothing of the edges
        return _is_cut(name, passage)
    return words == said or _is_cut(name, passage) or _is_cut(words, said)


def _respaced(words: str) -> str:
    return " ".join(words.split())


def _is_cut(name: str, passage: str) -> bool:
    for dots in _CUT:
        head = name.removesuffix(dots)
        if head != name and len(head) >= _SHORTEST_CUT:
            return len(passage) > len(head.rstrip()) and passage.startswith(head)
    return False


def _span(
    raw: str, mark: Mark, way: Convention, rulers: dict[tuple[Form, bool, Unit], Ruler]
) -> tuple[int, int] | None:
    which = (way.form, way.mark, way.unit)
    if which not in rulers:
        rulers[which] = _ruler(raw, way)
    ruler = rulers[which]
    start, end = ruler.place(mark.start), ruler.place(mark.end)
    if way.inclusive and end is not None:
        last = int(np.searchsorted(ruler.at, mark.end))
        end = int(ruler.lf[last + 1]) if last + 1 < len(ruler.lf) else None
    if start is None or end is None or start > end:
        return None
    return start, end


def _ruler(raw: str, way: Convention) -> Ruler:
    points = np.frombuffer(_form(raw, way.form).encode("utf-32-le"), dtype="<u4").astype(np.int64)
    # The line feed after a carriage return adds nothing to the text with LF line ends.
    second = np.concatenate([[False], (points[:-1] == 13) & (points[1:] == 10)]).astype(bool)
    second = second[: len(points)]
    lf = np.concatenate([[0], np.cumsum(~second)])
    at = np.concatenate([[0], np.cumsum(_widths(points, way.unit))])
    if way.mark:
        at = at + _widths(np.array([ord(_MARK)]), way.unit)[0]
    return Ruler(at, lf)


def _form(raw: str, form: Form) -> str:
    if form == "as it stands":
        return raw
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    return text if form == "LF" else text.replace("\n", "\r\n")


def _widths(points: Table, unit: Unit) -> Table:
    if unit == "code points":
        return np.ones(len(points), dtype=np.int64)
    if unit == "UTF-16 units":
        return 1 + (points > 0xFFFF).astype(np.int64)
    steps = [(points > top).astype(np.int64) for top in (0x7F, 0x7FF, 0xFFFF)]
    return 1 + steps[0] + steps[1] + steps[2]


def _placed(
    raw: str,
    text: str,
    mark: Mark,
    way: Convention,
    rulers: dict[tuple[Form, bool, Unit], Ruler],
    *,
    named: bool,
    evidence: bool,
) -> Placed:
    span = _span(raw, mark, way, rulers)
    if span is None:
        return Placed(None, OUTSIDE, own=mark.name)
    # A name that lost its outer blanks says nothing of the edges, but is no label either.
    named = named or _respaced(mark.name) == _respaced(text[slice(*span)]) != ""
    if named or not mark.name:
        sure = named or evidence or _insensitive(raw, mark, span, rulers)
        return Placed(span, named=named, checked=sure)
    if _stands_elsewhere(text, mark.name, span):
        return Placed(None, "its words stand elsewhere than its positions say", own=mark.name)
    return Placed(span, own=mark.name, checked=evidence or _insensitive(raw, mark, span, rulers))


def _stands_elsewhere(text: str, name: str, span: tuple[int, int]) -> bool:
    """Say whether a name is a passage of the text, and not one inside its own span.

    A name that is nowhere in the text, or a single short word, is a label somebody gave; a
    quotation found elsewhere means that the positions are wrong, and which of the two to believe
    is not for a program to guess.
    """
    head = next((name.removesuffix(dots) for dots in _CUT if name.endswith(dots)), name).strip()
    quotation = len(head) >= _SHORTEST_CUT or len(head.split()) > 1
    return quotation and head in text and head not in text[span[0] : span[1]]


def _insensitive(
    raw: str,
    mark: Mark,
    span: tuple[int, int],
    rulers: dict[tuple[Form, bool, Unit], Ruler],
) -> bool:
    """Say whether every form and unit (mark and end rule apart) gives the same place."""
    ways = (way for way in CONVENTIONS if not way.inclusive and not way.mark)
    return all(_span(raw, mark, way, rulers) == span for way in ways)


def conventions(found: Mapping[str, Anchored]) -> Mapping[Convention, tuple[str, ...]]:
    """Return the sources, by name, that each convention other than the standard placed."""
    counted = Counter(one.convention for one in found.values())
    return {
        way: tuple(name for name, one in found.items() if one.convention == way)
        for way in counted
        if way != STANDARD
    }
