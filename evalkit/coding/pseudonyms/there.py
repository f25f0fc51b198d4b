"""The way from names to pseudonyms through a project; it keeps what the way back needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from evalkit.coding.model import CodingProject, Segment, Source
from evalkit.coding.passages import around
from evalkit.coding.pseudonyms.edits import Replacing, edits_of, id_without_names
from evalkit.coding.pseudonyms.key import Held, Key, Span, fingerprint
from evalkit.coding.pseudonyms.rebuild import Mover
from evalkit.coding.pseudonyms.roster import Found
from evalkit.coding.pseudonyms.shift import Edit, Shift, applied, shift_of
from evalkit.errors import CodingError

_POINTER = re.compile(r"(coding:|claim:)?(.+?):(\d+)-(\d+)(:.*)?", re.DOTALL)


@dataclass(frozen=True)
class There:
    """What is known before the project is gone through, and what is kept on the way.

    Attributes
    ----------
    how : Replacing
    sources : mapping of str to Source
    edits, new, shifts : mapping
        Of each source's text, by its old id: the edits, the text after them, what places do.
    ids, old_ids : mapping of str to str
        Old ids of sources and cases, and the new ones; and back, where they differ.
    doubtful : tuple of mapping
        Names that could be words.
    pseudonyms, texts, segments, points : dict
        As in `Key`; filled on the way.
    """

    how: Replacing
    sources: Mapping[str, Source]
    edits: Mapping[str, list[Edit]]
    new: Mapping[str, str]
    shifts: Mapping[str, Shift]
    ids: Mapping[str, str]
    old_ids: Mapping[str, str]
    doubtful: tuple[Mapping[str, object], ...]
    pseudonyms: dict[str, str] = field(default_factory=dict)
    texts: dict[str, Held] = field(default_factory=dict)
    segments: dict[str, Span] = field(default_factory=dict)
    points: dict[str, str] = field(default_factory=dict)


def prepared(project: CodingProject, how: Replacing) -> There:
    """Read all texts of sources, in the order of their ids, and choose the new ids."""
    sources = {source.id: source for source in project.sources}
    found = {id: edits_of(sources[id].text, how, sources[id].turns) for id in sorted(sources)}
    edits = {id: of_text for id, (of_text, _) in found.items()}
    doubtful = tuple(_doubt(sources[id], one) for id, (_, names) in found.items() for one in names)
    ids = {*sources, *_named_elsewhere(project)}
    renamed = _renamed(ids, how)
    return There(
        how=how,
        sources=sources,
        edits=edits,
        new={id: applied(sources[id].text, of_text) for id, of_text in edits.items()},
        shifts={id: shift_of(of_text) for id, of_text in edits.items()},
        ids=renamed,
        old_ids={new: old for old, new in renamed.items() if new != old},
        doubtful=doubtful,
    )


def _named_elsewhere(project: CodingProject) -> Iterator[str]:
    """Yield the ids of cases, and of sources and cases that others name, there or not."""
    for case in project.cases:
        yield from (case.id, *case.sources, *(part.source for part in case.segments))
    for claim in project.claims:
        yield from (claim.segment.source, *([claim.case] if claim.case else []))
    yield from (coding.segment.source for coding in project.codings)


def mover_there(there: There, codes: frozenset[str]) -> Mover:
    """Return what replaces names."""
    return Mover(
        rename=lambda one: there.ids[one],
        place=lambda one: there.ids[one],
        named=partial(_pointed, there),
        text=partial(_text, there),
        sha256=partial(_sha256, there),
        file=partial(_file, there),
        words=partial(_words, there),
        segment=partial(_segment, there),
        point=partial(_point, there),
        span=partial(_span, there),
        codes=codes,
    )


def key_of(there: There) -> Key:
    """Return the key, once the project was gone through."""
    return Key(there.pseudonyms, there.old_ids, there.texts, there.segments, there.points)


def pointed_back(id: str, ids: Mapping[str, str], shifts: Mapping[str, Shift]) -> str:
    """Return the old pointer of a new one.

    Parameters
    ----------
    id : str
    ids : mapping of str to str
        New ids of sources and cases, and the old ones.
    shifts : mapping of str to Shift
        From the old texts to the new, by old ids.
    """
    if id in ids:
        return ids[id]
    found = _POINTER.fullmatch(id)
    old = ids.get(found[2], found[2]) if found else ""
    if not found or old not in shifts:
        return _parts(id, ids)
    start, end = shifts[old].back().span(int(found[3]), int(found[4]))
    return f"{found[1] or ''}{old}:{start}-{end}{found[5] or ''}"


def _parts(id: str, ids: Mapping[str, str]) -> str:
    """Return an id such as ``cell:case:code`` with the ids of sources and cases in it replaced."""
    return ":".join(ids.get(part, part) for part in id.split(":")) if ":" in id else id


def _renamed(ids: set[str], how: Replacing) -> dict[str, str]:
    """Return new ids, none of which is the id of anything else, old or new."""
    taken, found = set(ids), dict[str, str]()
    for id in sorted(ids):
        new = plain = id_without_names(id, how)
        number = 1
        while new != id and new in taken:
            number += 1
            new = f"{plain}-{number}"
        taken.add(new)
        found[id] = new
    return found


def _doubt(source: Source, found: Found) -> Mapping[str, object]:
    return {
        "source": source.id,
        "start": found.start,
        "end": found.end,
        "words": source.text[found.start : found.end],
        "replaced": not found.word,
        "around": around(source.text, found.start, found.end),
    }


def _kept(there: There, place: str, text: str, edits: list[Edit]) -> str:
    """Return the text after edits, and keep what they replaced."""
    if not edits:
        return text
    new, shift = applied(text, edits), shift_of(edits)
    spans = zip(shift.new_starts, shift.new_ends, edits, strict=True)
    held = tuple((start, end, edit.old) for start, end, edit in spans)
    there.texts[place] = Held(fingerprint(new), held)
    return new


def _text(there: There, source: Source) -> str:
    edits = there.edits[source.id]
    for edit in edits:
        there.pseudonyms.setdefault(edit.new, edit.old)
    return _kept(there, f"source:{there.ids[source.id]}:text", source.text, edits)


def _sha256(there: There, source: Source) -> str:
    """Drop the fingerprint of a file with names in it: it would show which file that was."""
    place, old = f"source:{there.ids[source.id]}:sha256", source.sha256
    edits = [Edit(0, len(old), old, "")] if old and there.edits[source.id] else []
    return _kept(there, place, old, edits)


def _file(there: There, source: Source) -> str:
    place, new = f"source:{there.ids[source.id]}:file", id_without_names(source.file, there.how)
    edits = [Edit(0, len(source.file), source.file, new)] if new != source.file else []
    return _kept(there, place, source.file, edits)


def _words(there: There, place: str, text: str, before: str) -> str:
    edits = edits_of(text, there.how, before=before)[0] if text else []
    for edit in edits:
        there.pseudonyms.setdefault(edit.new, edit.old)
    return _kept(there, place, text, edits)


def _segment(there: There, place: str, segment: Segment) -> Segment:
    source = segment.source
    if source not in there.sources:
        wrong = f"The source `{source}` of {segment.id} is missing."
        raise CodingError(wrong, do="Give every source that is quoted.")
    segment.verify(there.sources[source])
    start, end = _span(there, place, source, segment.start, segment.end)
    return Segment(there.ids[source], start, end, there.new[source][start:end])


def _span(there: There, place: str, source: str, start: int, end: int) -> Span:
    """Return where a span then stands; keep the old one where the way back would not find it."""
    shift = there.shifts[source]
    new = shift.span(start, end)
    if shift.back().span(*new) != (start, end):
        there.segments[place] = (start, end)
    return new


def _point(there: There, place: str, id: str) -> str:
    new = _pointed(there, id)
    if pointed_back(new, there.old_ids, there.shifts) != id:
        there.points[place] = id
    return new


def _pointed(there: There, id: str) -> str:
    if id in there.ids:
        return there.ids[id]
    found = _POINTER.fullmatch(id)
    if not found or found[2] not in there.sources:
        return _parts(id, there.ids)
    start, end = there.shifts[found[2]].span(int(found[3]), int(found[4]))
    rest = found[5] or ""
    if found[1] == "claim:":  # its id repeats the cause and effect, perhaps in people's words
        rest = id_without_names(rest, there.how)
    return f"{found[1] or ''}{there.ids[found[2]]}:{start}-{end}{rest}"
