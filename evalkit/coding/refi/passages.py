"""The passages of a project as selections: one for each place, guid and note, with its codings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evalkit.coding.model import Coding, CodingProject, Memo, Segment, Source
from evalkit.coding.refi.lexical import is_guid, key, made_guid
from evalkit.coding.refi.registry import Registry, segment_of
from evalkit.coding.refi.sources import described
from evalkit.errors import CodingError


@dataclass(frozen=True, slots=True)
class Selection:
    """A passage with its guid, its description, who marked it, and the places of its codings."""

    segment: Segment
    guid: str
    note: str = ""
    by: str = ""
    on: str = ""
    codings: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Passages:
    """What stands inside each source, and which memos it uses up.

    ``whole`` holds the places of codings of a source as a whole, ``described`` the descriptions of
    sources and memos by their guids.
    """

    selections: Mapping[str, tuple[Selection, ...]]
    whole: Mapping[str, tuple[int, ...]]
    described: Mapping[str, str]
    used: frozenset[str]

    def at(self, segment: str) -> str:
        """Return the guid of the first selection at a place, or an empty string."""
        source = segment.rpartition(":")[0]
        found = (one.guid for one in self.selections.get(source, ()) if one.segment.id == segment)
        return next(found, "")


def passages(project: CodingProject, given: Registry) -> Passages:
    """Return the selections of every source, in the order of their places.

    Raises
    ------
    CodingError
        A coding's words are no longer those of its source.
    """
    sources = {source.id: source for source in project.sources}
    texts = {id: source.text for id, source in sources.items()}
    groups: dict[tuple[str, ...], list[int]] = {}
    whole: dict[str, list[int]] = {}
    for place, coding in enumerate(project.codings):
        source = sources.get(coding.segment.source)
        if source is None or coding.code not in given.by_id["code"]:
            continue
        _verify(coding, source)
        if _is_whole(coding, source, given):
            whole.setdefault(source.id, []).append(place)
        else:
            groups.setdefault(_group(coding), []).append(place)
    made = [_coded(project, given, places) for places in groups.values()]
    marks = {memo.id: found for memo in project.memos if (found := _mark(memo, texts, given))}
    made += marks.values()
    made += _of_cases(project, made, given, texts)
    about = _descriptions(project, given)
    return Passages(
        _sorted(made, given),
        {id: tuple(places) for id, places in whole.items()},
        dict(about.values()),
        frozenset({*marks, *about}),
    )


def _verify(coding: Coding, source: Source) -> None:
    segment = coding.segment
    if not 0 <= segment.start <= segment.end <= len(source.text):
        wrong = f"The passage {segment.id} is not inside its source."
        raise CodingError(wrong, do="Code the passage again.")
    segment.verify(source)


def _is_whole(coding: Coding, source: Source, given: Registry) -> bool:
    spans = (coding.segment.start, coding.segment.end) == (0, len(source.text))
    return (
        spans and not coding.note and key(coding.selection) == key(given.by_id["source"][source.id])
    )


def _group(coding: Coding) -> tuple[str, ...]:
    """Return what codings of one selection share; without a guid, one coder's make one."""
    who = "" if coding.selection else coding.coder
    return (coding.segment.id, key(coding.selection), coding.note, who)


def _coded(project: CodingProject, given: Registry, places: list[int]) -> Selection:
    first = project.codings[places[0]]
    guid = first.selection if is_guid(first.selection) else ""
    return Selection(
        first.segment,
        guid or made_guid("selection", given.codings[places[0]]),
        first.note,
        first.coder,
        first.on,
        tuple(places),
    )


def _mark(memo: Memo, texts: Mapping[str, str], given: Registry) -> Selection | None:
    """Return the selection of a memo without a title that is about one passage only."""
    if memo.words or len(memo.about) != 1:
        return None
    segment = segment_of(memo.about[0], texts)
    if segment is None:
        return None
    return Selection(segment, given.by_id["memo"][memo.id], memo.text, memo.by, memo.on)


def _of_cases(
    project: CodingProject, made: list[Selection], given: Registry, texts: Mapping[str, str]
) -> list[Selection]:
    """Return selections for the passages of cases that nothing else marks."""
    there = {one.segment.id for one in made}
    wanted = {one.id: one for case in project.cases for one in case.segments}
    return [
        Selection(segment, made_guid("passage", given.by_id["source"][segment.source], id))
        for id, segment in wanted.items()
        if id not in there and segment_of(id, texts) == segment
    ]


def _descriptions(project: CodingProject, given: Registry) -> dict[str, tuple[str, str]]:
    """Return, by the ids of memos that are a description, the guid of what it is of and the text."""
    guids = [
        given.by_id[kind][about]
        for memo in project.memos
        for about in memo.about
        for kind in ("source", "memo")
        if about in given.by_id[kind]
    ]
    things = {described(guid): guid for guid in guids}
    return {
        memo.id: (things[key(memo.guid)], memo.text)
        for memo in project.memos
        if (memo.words, memo.by, memo.on, len(memo.about)) == ("", "", "", 1)
        and key(memo.guid) in things
    }


def _sorted(made: list[Selection], given: Registry) -> dict[str, tuple[Selection, ...]]:
    """Return the selections by source, in order; a guid that is taken is made anew."""
    found: dict[str, list[Selection]] = {}
    taken: set[str] = set()
    ordered = sorted(made, key=lambda one: (one.segment.start, one.segment.end))
    for one in ordered:
        guid, number = one.guid, 0
        while key(guid) in taken:
            number += 1
            guid = made_guid("selection", one.guid, one.segment.id, str(number))
        taken.add(key(guid))
        moved = Selection(one.segment, guid, one.note, one.by, one.on, one.codings)
        found.setdefault(one.segment.source, []).append(moved)
    return {source: tuple(found[source]) for source in given.by_id["source"] if source in found}
