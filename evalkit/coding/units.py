"""Cutting a source into the units that coders are compared on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal, get_args

from evalkit.coding.model import Segment, Source
from evalkit.coding.sentences import Span, paragraphs, sentences
from evalkit.errors import CodingError, nearest

Unit = Literal["sentence", "paragraph", "turn", "token", "character", "given"]
UNITS: tuple[str, ...] = get_args(Unit)

_TOKEN = re.compile(r"\w+(?:['\u2019]\w+)*|[^\w\s]")


def cut(
    source: Source, unit: Unit, given: Sequence[Span] = (), edges: Iterable[int] = ()
) -> tuple[Span, ...]:
    """Return the units of a source as half-open spans in code points, in order, never overlapping.

    Parameters
    ----------
    source : Source
    unit : {"sentence", "paragraph", "turn", "token", "character", "given"}
        A turn is what one person says before another speaks.
    given : sequence of (int, int)
        The units of this source, when they are given.
    edges : iterable of int
        Where codings begin and end. Characters between two edges are treated alike by every
        coder, so one span stands for all of them; how many is its length.

    Raises
    ------
    CodingError
        The source has no turns, or given units overlap.
    """
    if unit == "sentence":
        return sentences(source.text)
    if unit == "paragraph":
        return paragraphs(source.text)
    if unit == "turn":
        return _turns(source)
    if unit == "token":
        return tuple(match.span() for match in _TOKEN.finditer(source.text))
    if unit == "given":
        return _apart(source, given)
    ends = sorted({0, len(source.text), *edges})
    return tuple(pairwise(ends))


def check_unit(unit: str, given: Sequence[Segment]) -> None:
    """Raise `CodingError` when there is no such unit, or none were given.

    Raises
    ------
    CodingError
        See above.
    """
    if unit not in UNITS:
        do = f"One of: {', '.join(UNITS)}.{nearest(str(unit), UNITS)}"
        raise CodingError(f"There is no unit `{unit}`.", do=do)
    if unit == "given" and not given:
        wrong = "The unit is `given`, and no units are."
        raise CodingError(wrong, do="Give them as `spans`, one Segment each.")


def _turns(source: Source) -> tuple[Span, ...]:
    if not source.turns:
        wrong = f"`{source.id}` has no turns: nothing in it says who speaks."
        do = "Compare sentences, or read the source from a format that names the speakers."
        raise CodingError(wrong, do=do, file=source.file, line=source.line)
    return tuple((turn.start, turn.end) for turn in source.turns if turn.start < turn.end)


def _apart(source: Source, given: Sequence[Span]) -> tuple[Span, ...]:
    ordered = tuple(sorted(set(given)))
    for (_, end), (start, _) in pairwise(ordered):
        if start < end:
            wrong = f"Given units of `{source.id}` overlap at {start}."
            raise CodingError(wrong, do="Give units that lie apart.", file=source.file)
    return ordered
