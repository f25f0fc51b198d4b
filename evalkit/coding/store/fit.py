"""What does not fit: a segment whose words are elsewhere, a code or source that is not there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass

from evalkit.coding.model import Case, Claim, Code, Coding, Segment, Source
from evalkit.coding.store.records import StoreError, Thing
from evalkit.coding.store.table import text_of, version_of
from evalkit.errors import nearest

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Known:
    """What a thing may refer to.

    Attributes
    ----------
    text : function
        Text of the current version of a source; None when there is no such source.
    parent : function
        Parent of a code (empty: none); None when there is no such code.
    codes, sources : function
        All their ids, for the hint of the nearest.
    """

    text: Callable[[str], str | None]
    parent: Callable[[str], str | None]
    codes: Callable[[], Iterable[str]]
    sources: Callable[[], Iterable[str]]


def known_to(connection: sqlite3.Connection) -> Known:
    """Return what a store knows, looked up when it is asked for."""

    def text(source: str) -> str | None:
        version = version_of(connection, source)
        return text_of(connection, source, version) if version else None

    def parent(code: str) -> str | None:
        found = connection.execute("SELECT parent FROM code WHERE id = ?", (code,)).fetchone()
        return None if found is None else found[0] or ""

    def codes() -> Iterable[str]:
        return (row[0] for row in connection.execute("SELECT id FROM code"))

    def sources() -> Iterable[str]:
        return (row[0] for row in connection.execute("SELECT DISTINCT id FROM source"))

    return Known(text, parent, codes, sources)


def segments_of(thing: Thing) -> tuple[Segment, ...]:
    """Return the segments that a thing holds."""
    if isinstance(thing, Coding | Claim):
        return (thing.segment,)
    return thing.segments if isinstance(thing, Case) else ()


def misfits(thing: Thing, known: Known, waiting: Container[Segment] = frozenset()) -> Iterator[str]:
    """Yield what does not fit, one sentence each.

    Segments in `waiting` belong to an earlier version of their source and are not looked at.
    """
    for segment in segments_of(thing):
        if segment not in waiting:
            yield from _segment(segment, known)
    if isinstance(thing, Source | Code) and not thing.id:
        yield f"A {type(thing).__name__.lower()} has no id."
    if isinstance(thing, Source) and thing.version < 1:
        yield f"Source `{thing.id}` has version {thing.version}; versions count from 1."
    if isinstance(thing, Coding) and known.parent(thing.code) is None:
        near = nearest(thing.code, known.codes())
        yield f"There is no code `{thing.code}` (passage {thing.segment.id}).{near}"
    if isinstance(thing, Case):
        unknown = [source for source in thing.sources if known.text(source) is None]
        yield from (
            f"Case `{thing.id}` names source `{one}`, which is not here." for one in unknown
        )
    if isinstance(thing, Code):
        yield from _tree(thing, known)


def refuse(wrongs: Iterable[str], do: str) -> None:
    """Raise `StoreError` with everything that is wrong, or do nothing."""
    found = list(wrongs)
    if not found:
        return
    rest = f" … and {len(found) - _SHOWN} more." if len(found) > _SHOWN else ""
    raise StoreError(" ".join(found[:_SHOWN]) + rest, do=do)


def _segment(segment: Segment, known: Known) -> Iterator[str]:
    text = known.text(segment.source)
    if text is None:
        near = nearest(segment.source, known.sources())
        yield f"There is no source `{segment.source}`.{near}"
    elif not 0 <= segment.start <= segment.end <= len(text):
        yield f"{segment.id} is not within its source, which has {len(text)} characters."
    elif text[segment.start : segment.end] != segment.quote:
        yield f"The words at {segment.id} are not those of the segment."


def _tree(code: Code, known: Known) -> Iterator[str]:
    seen = {code.id}
    above = code.parent
    while above:
        if above in seen:
            yield f"Code `{code.id}` stands under itself."
            return
        seen.add(above)
        found = known.parent(above)
        if found is None:
            yield f"Code `{code.id}` stands under `{above}`, which is not in the codebook."
            return
        above = found
