"""A corrected text: passages move where their words surely still stand, the rest go to a list.

A passage and a place in the new text are *partners* when its words stand there and the 32
characters on one side at least are the same (fewer only where the text begins or ends). It moves
when both have no other partner and enough is the same to be no chance, or when its words are long
and stand once in both texts. If the text was changed in one stretch, a passage outside it is a
partner of its right place, so no passage can then move to a wrong one.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from evalkit.coding.locate import places
from evalkit.coding.model import Collection, Graph, Link, Memo, Segment, Source
from evalkit.coding.passages import Passage, nearest_passages
from evalkit.coding.store.connect import Store, writing
from evalkit.coding.store.look import bound
from evalkit.coding.store.plain import dumped, plain, refuse_halves
from evalkit.coding.store.records import Kept, StoreError, Verb
from evalkit.coding.store.step import Change, take
from evalkit.coding.store.table import (
    Row,
    next_key,
    row_of,
    rows_of,
    text_of,
    version_of,
)

AROUND = 32
"""Characters on each side of a passage that say which of several places is meant."""

ENOUGH = 16
"""Characters, words of the passage included, that must be the same at least: a lone "no" deleted
here and typed there is not the same "no"."""

_NEAREST = 3
_BOUND = ("coding", "claim", "case")
_POINTING = ("memo", "link", "set", "graph")


@dataclass(frozen=True, slots=True)
class Unmoved:
    """A passage that the corrected text does not surely have.

    Attributes
    ----------
    segment : Segment
        The passage in the old text.
    why : str
    near : tuple of Passage
        The places most like it in the new text, best first.
    """

    segment: Segment
    why: str
    near: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Revised:
    """What became of the passages of a source whose text was corrected.

    Attributes
    ----------
    source : Kept of Source
        The new version.
    moved : tuple of (Segment, Segment)
        Before and after, also where the place is the same.
    unmoved : tuple of Unmoved
        They stay with the old version until somebody places them; see `unplaced`.
    step : int
        For `undo`.
    """

    source: Kept[Source]
    moved: tuple[tuple[Segment, Segment], ...]
    unmoved: tuple[Unmoved, ...]
    step: int


def moved(old: str, new: Source, segment: Segment) -> Segment | Unmoved:
    """Return where a passage of the `old` text stands in `new`, or why that is not sure.

    Parameters
    ----------
    old : str
        The text the segment was cut from.
    new : Source
        The corrected text.
    segment : Segment
        Its words are those of `old`.

    Returns
    -------
    Segment or Unmoved
        A segment has exactly the same words.
    """
    if old == new.text:
        return replace(segment, source=new.id)
    at = _place(old, new.text, segment)
    if isinstance(at, int):
        return Segment(new.id, at, at + len(segment.quote), segment.quote)
    near = nearest_passages(new, segment.quote, _NEAREST) if segment.quote.strip() else ()
    return Unmoved(segment, at, near)


def revise_source(
    store: Store, source: Source, *, by: str, at: str = "", original: bytes | None = None
) -> Revised:
    """Add a corrected text as the new version of a source, and move what can be moved.

    Passages of codings, claims and cases, and the places that memos, links, sets and graphs
    point at, all move by the same rule. A pointer that cannot be moved gets the version it
    belongs to: ``talk:10-20`` becomes ``talk@1:10-20``.

    Parameters
    ----------
    store : Store
    source : Source
        Has the id of one in the store; its version is counted here.
    by, at : str
        Who corrects it, and when (ISO 8601; now when empty).
    original : bytes, optional
        The file the new text was read from.

    Returns
    -------
    Revised

    Raises
    ------
    StoreError
        There is no source of this id, or its text is the same.
    """
    refuse_halves(source.text, f"The source `{source.id}`")
    with writing(store) as connection:
        current = _refuse_same(connection, source)
        new = replace(source, version=current + 1)
        key = next_key(connection, "source")
        body = dumped(plain(new), f"The source `{new.id}`")
        row = Row("source", key, 1, body, new.text, original)
        movement = _Movement(new, _texts(connection, new.id, current), {})
        changes = [Change("add", None, row), *_changes(connection, movement)]
        step = take(connection, changes, by=by, at=at)
    found = movement.found.items()
    return Revised(
        Kept("source", key, 1, new),
        tuple((old, it) for (old, _), it in found if isinstance(it, Segment)),
        tuple(it for _, it in found if isinstance(it, Unmoved)),
        step,
    )


@dataclass(frozen=True, slots=True)
class _Movement:
    """The new text, the old ones by version, and what was found so far."""

    new: Source
    texts: Mapping[int, str]
    found: dict[tuple[Segment, int], Segment | Unmoved]

    def of(self, segment: Segment, version: int) -> Segment | Unmoved:
        """Return where a segment of a version goes."""
        if (segment, version) not in self.found:
            self.found[segment, version] = moved(self.texts[version], self.new, segment)
        return self.found[segment, version]


def _place(old: str, new: str, segment: Segment) -> int | str:
    """Return where the passage begins in `new`, or why that is not sure."""
    quote = segment.quote
    if len(quote) >= AROUND:
        there = list(islice(places(new, quote), 2))
        if len(there) == 1 and len(list(islice(places(old, quote), 2))) == 1:
            return there[0]
    partners = _partners(old, segment.start, len(quote), new)
    if not partners:
        return "The words, or what stood around them, are no longer there."
    if len(partners) > 1:
        return "Several places could be meant."
    (at,) = partners
    if _partners(new, at, len(quote), old) != {segment.start}:
        return "Several passages could be meant by this place."
    if not _enough(old, segment.start, new, at, len(quote)):
        return "Too little around the words is the same to be sure."
    return at


def _partners(here: str, start: int, length: int, there: str) -> set[int]:
    """Return the places of `there` that are partners of a passage of `here`."""
    end = start + length
    left, right = here[max(0, start - AROUND) : end], here[start : end + AROUND]
    if start < AROUND:
        befores = [0] if there.startswith(left) else []
    else:
        befores = list(islice(places(there, left), 2))
    if end + AROUND > len(here):
        afters = [len(there) - len(right)] if there.endswith(right) else []
    else:
        afters = list(islice(places(there, right), 2))
    return {at + len(left) - length for at in befores} | set(afters)


def _enough(old: str, start: int, new: str, at: int, length: int) -> bool:
    mine = _sides(old, start, length)
    theirs = _sides(new, at, length)
    same = sum(_alike(*pair) for pair in zip(mine, theirs, strict=True))
    return mine == theirs or length + same >= ENOUGH


def _alike(one: str, other: str) -> int:
    """Return how many characters are the same from the beginning."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _sides(text: str, start: int, length: int) -> tuple[str, str]:
    """Return what stands before a passage, backwards, and what stands after it."""
    end = start + length
    return text[max(0, start - AROUND) : start][::-1], text[end : end + AROUND]


def _refuse_same(connection: sqlite3.Connection, source: Source) -> int:
    current = version_of(connection, source.id)
    if not current:
        raise StoreError(f"There is no source `{source.id}`.", do="Add it with `add_source`.")
    if text_of(connection, source.id, current) == source.text:
        wrong = f"The text of source `{source.id}` is already this one."
        raise StoreError(wrong, do="Change its title or attributes with `edit`.")
    return current


def _texts(connection: sqlite3.Connection, source: str, current: int) -> dict[int, str]:
    found = connection.execute("SELECT version, text FROM source WHERE id = ?", (source,))
    return {version: text for version, text in found if version <= current}


def _changes(connection: sqlite3.Connection, movement: _Movement) -> Iterator[Change]:
    source = movement.new.id
    for kind in _BOUND:
        for row in _rows_in(connection, kind, source):
            value = _rebound(row.value, movement)
            if value != row.value:
                yield _edited(row, value)
    point = _pointer(movement)
    for kind in _POINTING:
        for row in rows_of(connection, kind):
            thing = row.kept().value
            there = _pointed(thing, point)
            if there != thing:
                yield _edited(row, plain(there))


def _rows_in(connection: sqlite3.Connection, kind: str, source: str) -> Iterable[Row]:
    if kind != "coding":
        rows = rows_of(connection, kind)
        return [row for row in rows if any(it.source == source for it, _ in bound(row.value))]
    keys = connection.execute("SELECT key FROM coding WHERE source = ? ORDER BY key", (source,))
    found = (row_of(connection, kind, key) for (key,) in keys.fetchall())
    return [row for row in found if row]


def _edited(row: Row, value: Mapping[str, Any]) -> Change:
    body = dumped(value, f"The {row.kind} {row.key}")
    verb: Verb = "edit" if row.kind in ("case", *_POINTING) else "move"
    return Change(verb, row, replace(row, revision=row.revision + 1, body=body))


def _rebound(value: Mapping[str, Any], movement: _Movement) -> Mapping[str, Any]:
    """Return a row's body with its passages of this source in the new text, where they are sure."""
    if "segment" in value:
        return {**value, "segment": _rebind(value["segment"], movement)}
    if "segments" in value:
        return {**value, "segments": [_rebind(it, movement) for it in value["segments"]]}
    return value


def _rebind(held: Mapping[str, Any], movement: _Movement) -> Mapping[str, Any]:
    if held["source"] != movement.new.id:
        return held
    segment = Segment(held["source"], held["start"], held["end"], held["quote"])
    there = movement.of(segment, held["version"])
    if isinstance(there, Unmoved):
        return held
    return {**held, "start": there.start, "end": there.end, "version": movement.new.version}


def _pointer(movement: _Movement) -> Callable[[str], str]:
    """Return a function that gives an id, which may point into the text, its new form."""
    new = movement.new
    version = new.version - 1
    old = movement.texts[version]
    # As ids of segments and codings are written: source:start-end, coding:source:start-end:...
    form = re.compile(rf"(coding:)?{re.escape(new.id)}:(\d+)-(\d+)(:.*)?", re.DOTALL)

    def point(id: str) -> str:
        found = form.fullmatch(id)
        if not found:
            return id
        start, end = int(found[2]), int(found[3])
        if not start <= end <= len(old):
            return id
        there = movement.of(Segment(new.id, start, end, old[start:end]), version)
        waits = f"{new.id}@{version}:{start}-{end}"
        place = there.id if isinstance(there, Segment) else waits
        return f"{found[1] or ''}{place}{found[4] or ''}"

    return point


def _pointed(thing: Any, point: Callable[[str], str]) -> Any:
    if isinstance(thing, Memo):
        return replace(thing, about=tuple(point(it) for it in thing.about))
    if isinstance(thing, Collection):
        return replace(thing, members=tuple(point(it) for it in thing.members))
    if isinstance(thing, Link):
        return replace(thing, origin=point(thing.origin), target=point(thing.target))
    if isinstance(thing, Graph):
        spots = (replace(it, represents=point(it.represents)) for it in thing.vertices)
        lines = (replace(it, represents=point(it.represents)) for it in thing.edges)
        return replace(thing, vertices=tuple(spots), edges=tuple(lines))
    return thing
