"""Words of a text, and the ones that say nothing of the matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from evalkit.coding.model import Coding, Segment, Source

STOP_WORDS = frozenset(
    """
    a about after again all also am an and any are as at be because been before being both but by
    can could did do does doing done down each even every few for from get gets getting give go
    goes going got had has have having he her here hers him his how i if in into is it its just
    let like lot made make makes many may me might more most much must my no nor not now of off on
    once one only or other our out over own put quite really said same say says see she should so
    some such take than that the their them then there these they thing things think this those
    through to too two under up us very was way we well went were what when where which while who
    why will with would yes yet you your
    don't didn't doesn't isn't aren't wasn't weren't can't couldn't won't wouldn't it's that's
    i'm i've we've we're they're they've there's you're he's she's i'd we'd i'll we'll
    """.split()  # noqa: SIM905 (one literal a line would hide the words)
)
"""Words that say nothing of the matter."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def words_of(text: str) -> list[str]:
    """Return the words of `text` in small letters; curly apostrophes are straightened."""
    return _WORD.findall(text.lower().replace("\u2019", "'"))


def content_words(text: str) -> Iterator[str]:
    """Return the words that say something: no stop words, no ``'s``, three letters or more."""
    for found in words_of(text):
        word = found.removesuffix("'s")
        if len(word) > 2 and word not in STOP_WORDS:
            yield word


def whole(sources: Iterable[Source]) -> tuple[Segment, ...]:
    """Return every source as one segment: what the functions on words take."""
    return tuple(Segment(it.id, 0, len(it.text), it.text) for it in sources)


def coded(codings: Iterable[Coding], sources: Sequence[Source], code: str) -> tuple[Segment, ...]:
    """Return what was coded with `code`; what several coders marked counts once."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for coding in codings:
        if coding.code == code:
            at = coding.segment
            spans.setdefault(at.source, []).append((at.start, at.end))
    return tuple(
        Segment(source.id, start, end, source.text[start:end])
        for source in sources
        for start, end in merged(spans.get(source.id, ()))
    )


def uncoded(codings: Iterable[Coding], sources: Sequence[Source], code: str) -> tuple[Segment, ...]:
    """Return the rest of the sources: everything that nobody coded with `code`."""
    marked: dict[str, list[Segment]] = {}
    for segment in coded(codings, sources, code):
        marked.setdefault(segment.source, []).append(segment)
    rest = []
    for source in sources:
        at = 0
        for start, end in [
            *((s.start, s.end) for s in marked.get(source.id, ())),
            (len(source.text),) * 2,
        ]:
            if at < start:
                rest.append(Segment(source.id, at, start, source.text[at:start]))
            at = end
    return tuple(rest)


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans, sorted, those that overlap joined into one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
