"""Which passage belongs to which case: what every query counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evalkit.coding.model import Case, Codebook, Coding, Segment, Source, Value
from evalkit.coding.text.tokens import merged

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a source with a code; what several coders marked there is one passage.

    Attributes
    ----------
    code, source, case : str
        `case` is empty where the passage belongs to none.
    start, end : int
    """

    code: str
    source: str
    case: str
    start: int
    end: int


def passages(
    codings: Iterable[Coding],
    codebook: Codebook,
    cases: Sequence[Case] = (),
    *,
    roll_up: bool = False,
) -> tuple[Passage, ...]:
    """Return the coded passages, once for each case they belong to.

    A passage belongs to a case when its source does, or when it shares a character with one of
    the case's segments. Codings that a rule made are left out: nobody has accepted them.

    Parameters
    ----------
    codings, codebook, cases
        The project's.
    roll_up : bool
        A passage counts for its code's parents too.
    """
    spans: dict[tuple[str, str], list[Span]] = {}
    for coding in codings:
        if coding.origin != "rule":
            segment = coding.segment
            for code in lineage(coding.code, codebook) if roll_up else (coding.code,):
                spans.setdefault((code, segment.source), []).append((segment.start, segment.end))
    owners = _owners(cases)
    return tuple(
        Passage(code, source, case, start, end)
        for (code, source), found in sorted(spans.items())
        for start, end in merged(found)
        for case in _cases_at(owners.get(source, ()), start, end) or ("",)
    )


def lineage(code: str, codebook: Codebook) -> tuple[str, ...]:
    """Return the code and its parents, up to the top of the tree."""
    found = [code]
    while (entry := codebook.by_id.get(found[-1])) and entry.parent and entry.parent not in found:
        found.append(entry.parent)
    return tuple(found)


def with_material(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Return the cases that have any text: only they can have said something, or not."""
    return tuple(case for case in cases if case.sources or case.segments)


def speakers(sources: Iterable[Source]) -> tuple[Case, ...]:
    """Return one case for each person who speaks, with the turns as its segments.

    A name that speaks in several sources is one person. Attributes are those of the sources in
    which all agree. Interviewers speak too: leave them out by their names.
    """
    turns: dict[str, list[Segment]] = {}
    attributes: dict[str, list[dict[str, str]]] = {}
    for source in sources:
        for turn in source.turns:
            words = source.text[turn.start : turn.end]
            turns.setdefault(turn.speaker, []).append(
                Segment(source.id, turn.start, turn.end, words)
            )
            attributes.setdefault(turn.speaker, []).append(dict(source.attributes))
    return tuple(
        Case(name, name, attributes=_common(attributes[name]), segments=tuple(turns[name]))
        for name in sorted(turns)
    )


def _common(attributes: Sequence[dict[str, str]]) -> dict[str, Value]:
    first = attributes[0]
    return {
        key: Value(value)
        for key, value in first.items()
        if all(other.get(key) == value for other in attributes)
    }


def _owners(cases: Sequence[Case]) -> dict[str, list[tuple[str, Span | None]]]:
    """Return for each source its cases, and the stretch that is about them (None: all of it)."""
    owners: dict[str, list[tuple[str, Span | None]]] = {}
    for case in cases:
        for source in case.sources:
            owners.setdefault(source, []).append((case.id, None))
        for segment in case.segments:
            span = (segment.start, segment.end)
            owners.setdefault(segment.source, []).append((case.id, span))
    return owners


def _cases_at(owners: Sequence[tuple[str, Span | None]], start: int, end: int) -> tuple[str, ...]:
    here = (case for case, span in owners if span is None or (start < span[1] and span[0] < end))
    return tuple(dict.fromkeys(here))
