"""Sentences of a text, as spans: nltk's Punkt with our own abbreviations, and no download."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

Span = tuple[int, int]

ABBREVIATIONS = frozenset(
    """
    a.m al approx apr aug ave c cf co corp dec dept dr e.g ed eds est etc ext feb fig govt i.e inc
    jan jr jul jun ltd mar max min misc mr mrs ms mt nov oct op p p.m para pp prof rd ref rev sec
    sep sept sr st tel viz vol vs yr yrs
    """.split()  # noqa: SIM905 (a list of sixty literals, one a line, would hide the words)
)
"""Words after whose full stop a sentence goes on, without the stop."""

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_TURN = re.compile(r"\n(?=[^\S\n]*(?:[-*•] |[0-9]{1,2}[.)] |[A-Z][\w .'-]{0,30}:\s))")
_GOES_ON = re.compile(r"[a-z,;)]")


def sentences(text: str) -> tuple[Span, ...]:
    """Return the sentences of `text` as half-open spans in code points, in order.

    A sentence ends where Punkt (Kiss and Strunk, 2006, "Unsupervised Multilingual Sentence
    Boundary Detection") sees an end, at a blank line, and before a line that begins with a
    speaker's name and a colon or with a list mark. White space between sentences belongs to none.
    """
    spans: list[Span] = []
    for start, end in paragraphs(text):
        for first, last in _turns(text, start, end):
            spans.extend(_in_block(text, first, last))
    return tuple(spans)


def paragraphs(text: str) -> tuple[Span, ...]:
    """Return the paragraphs of `text` (parted by blank lines) as half-open spans."""
    ends = [match.span() for match in _PARAGRAPH.finditer(text)]
    return tuple(_trimmed(text, _between(ends, 0, len(text))))


def _turns(text: str, start: int, end: int) -> list[Span]:
    ends = [match.span() for match in _TURN.finditer(text, start, end)]
    return _trimmed(text, _between(ends, start, end))


def _between(ends: list[Span], start: int, end: int) -> list[Span]:
    """Return what lies between the separators."""
    starts = [start, *(after for _, after in ends)]
    stops = [*(before for before, _ in ends), end]
    return list(zip(starts, stops, strict=True))


def _trimmed(text: str, spans: list[Span]) -> list[Span]:
    found = []
    for start, end in spans:
        block = text[start:end]
        first = start + len(block) - len(block.lstrip())
        last = start + len(block.rstrip())
        if first < last:
            found.append((first, last))
    return found


def _in_block(text: str, start: int, end: int) -> list[Span]:
    block = text[start:end]
    found: list[Span] = []
    for first, last in _punkt().span_tokenize(block):
        if found and _GOES_ON.match(block[first]):  # "Really?" she said.
            found[-1] = (found[-1][0], start + last)
        else:
            found.append((start + first, start + last))
    return _trimmed(text, found)


@cache
def _punkt() -> Any:
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    parameters = PunktParameters()
    parameters.abbrev_types = set(ABBREVIATIONS)
    return PunktSentenceTokenizer(parameters)
