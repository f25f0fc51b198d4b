"""The way back from pseudonyms to names, with the key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from evalkit.coding.model import CodingProject, Segment, Source
from evalkit.coding.pseudonyms.key import Held, Key, Span, fingerprint
from evalkit.coding.pseudonyms.rebuild import Mover
from evalkit.coding.pseudonyms.shift import Edit, Shift, applied, shift_of
from evalkit.coding.pseudonyms.there import pointed_back
from evalkit.errors import CodingError


@dataclass(frozen=True)
class Back:
    """What leads back.

    Attributes
    ----------
    key : Key
    texts : mapping of str to str
        Old texts of sources, by new ids.
    shifts, there : mapping of str to Shift
        From the new texts to the old, by new ids; from the old to the new, by old ids.
    left : list of str
        Places that were changed since (filled on the way).
    """

    key: Key
    texts: Mapping[str, str]
    shifts: Mapping[str, Shift]
    there: Mapping[str, Shift]
    left: list[str] = field(default_factory=list)


def prepared_back(project: CodingProject, key: Key) -> Back:
    """Put the texts of sources back; refuse those that the key is not of."""
    _refuse_others(project, key)
    held = {source.id: key.texts.get(f"source:{source.id}:text") for source in project.sources}
    shifts = {id: _shift(one) for id, one in held.items()}
    texts = {source.id: _undone(source.text, held[source.id]) for source in project.sources}
    there = {key.ids.get(id, id): shift.back() for id, shift in shifts.items()}
    return Back(key, texts, shifts, there)


def mover_back(back: Back, codes: frozenset[str]) -> Mover:
    """Return what puts names back."""
    return Mover(
        rename=lambda one: back.key.ids.get(one, one),
        place=lambda one: one,
        named=lambda one: one,
        text=lambda source: back.texts[source.id],
        sha256=lambda source: _words(back, f"source:{source.id}:sha256", source.sha256, ""),
        file=lambda source: _words(back, f"source:{source.id}:file", source.file, ""),
        words=partial(_words, back),
        segment=partial(_segment, back),
        point=partial(_point, back),
        span=partial(_span, back),
        codes=codes,
    )


def _refuse_others(project: CodingProject, key: Key) -> None:
    wrong = [source.id for source in project.sources if _differs(source, key)]
    if wrong:
        names = ", ".join(f"`{id}`" for id in wrong)
        do = "Give the key that was written with this project, and its texts unchanged."
        raise CodingError(f"The key does not fit the text of {names}.", do=do)


def _differs(source: Source, key: Key) -> bool:
    held = key.texts.get(f"source:{source.id}:text")
    return held is not None and held.sha256 != fingerprint(source.text)


def _shift(held: Held | None) -> Shift:
    """Return what putting the names back does to places."""
    edits = () if held is None else held.edits
    return shift_of([Edit(start, end, "", old) for start, end, old in edits])


def _undone(text: str, held: Held | None) -> str:
    edits = () if held is None else held.edits
    return applied(text, [Edit(start, end, text[start:end], old) for start, end, old in edits])


def _words(back: Back, place: str, text: str, before: str) -> str:  # noqa: ARG001 (as the way there)
    held = back.key.texts.get(place)
    if held is not None and held.sha256 != fingerprint(text):
        back.left.append(place)
        return text
    return _undone(text, held)


def _segment(back: Back, place: str, segment: Segment) -> Segment:
    source = segment.source
    start, end = _span(back, place, source, segment.start, segment.end)
    return Segment(back.key.ids.get(source, source), start, end, back.texts[source][start:end])


def _span(back: Back, place: str, source: str, start: int, end: int) -> Span:
    held = back.key.segments.get(place)
    # A passage that was coded since may stand in the place of one that ended inside a name.
    if held and back.there[back.key.ids.get(source, source)].span(*held) == (start, end):
        return held
    return back.shifts[source].span(start, end)


def _point(back: Back, place: str, id: str) -> str:
    return back.key.points.get(place) or pointed_back(id, back.key.ids, back.there)
