"""Choosing the passages a report prints for a link, those against it always among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.coding.model import Code, Codebook, Coding, Source
from evalkit.coding.sentences import sentences
from evalkit.errors import CodingError

Side = Literal["for", "against", "neither"]

SIDES: dict[str, Side] = {
    "for": "for",
    "mechanism": "for",
    "against": "against",
    "nil": "against",
    "rival": "against",
    "mixed": "neither",
    "context": "neither",
}
"""Which side of a link a passage is on. No change seen and another explanation both speak
against the claim that the link holds; a mixed passage and a condition take no side."""

_CUT = " …"


@dataclass(frozen=True, slots=True)
class Quotation:
    """A passage as a report prints it.

    Attributes
    ----------
    text : str
        The words on one line, cut at the end of a sentence (then an ellipsis) when long.
    title, speaker : str
        Title of the source, or its id; who speaks, as far as the source says.
    verbatim : bool
        False for a paraphrase, which never stands in quotation marks.
    coding : str
        Id of the coding it rests on.
    says : str
        What its code says of the link: for, against, mixed ...
    side : {"for", "against", "neither"}
        The side it is on.
    source, code : str
        Ids.
    """

    text: str
    title: str
    speaker: str
    verbatim: bool
    coding: str
    says: str
    side: Side
    source: str
    code: str


def quotations(
    link: str,
    codings: Sequence[Coding],
    codebook: Codebook,
    sources: Sequence[Source],
    *,
    each: int = 2,
    longest: int = 320,
) -> tuple[Quotation, ...]:
    """Choose the passages to print for a link.

    Each side has its own share, so passages against the link are always shown when there are
    any. Within a side, sources and speakers not yet heard come first, then people's own words
    before paraphrases, then passages that need no cutting, then the order of the sources.

    Parameters
    ----------
    link : str
        ``"a -> b"``.
    codings, codebook, sources
        The project's.
    each : int
        At most so many for, against, and on neither side.
    longest : int
        At most so many characters a passage.

    Returns
    -------
    tuple of Quotation
        For, then against, then neither; the same whatever the order of the codings.

    Raises
    ------
    CodingError
        `each` is less than 1, which could hide what speaks against the link.
    """
    if each < 1:
        wrong = f"`each` cannot be {each}: what speaks against a link must be shown."
        raise CodingError(wrong, do="Use 1 or more.")
    by_id = {source.id: source for source in sources}
    rank = {source.id: at for at, source in enumerate(sources)}
    found = _on_link(link, codings, codebook, by_id)
    chosen: list[Coding] = []
    for side in ("for", "against", "neither"):
        mine = [it for it in found if SIDES[codebook.by_id[it.code].says] == side]
        chosen.extend(_spread(mine, by_id, rank, each, longest))
    return tuple(
        quotation(it, codebook.by_id[it.code], by_id[it.segment.source], longest=longest)
        for it in chosen
    )


def quotation(coding: Coding, code: Code, source: Source, *, longest: int = 320) -> Quotation:
    """Return one coding as a `Quotation`."""
    return Quotation(
        text=shortened(coding.segment.quote, longest),
        title=source.title or source.id,
        speaker=speaker(source),
        verbatim=source.text_type == "verbatim",
        coding=coding.id,
        says=code.says,
        side=SIDES[code.says],
        source=source.id,
        code=code.id,
    )


def printed(quote: Quotation) -> str:
    """Return the passage as running text: own words in quotation marks, a paraphrase without.

    A paraphrase is introduced as what it is, so that nobody takes it for the speaker's words.
    """
    if quote.verbatim:
        return f"“{quote.text}”"
    who = quote.speaker or "the speaker"
    return f"Paraphrase, not the words of {who}: {quote.text}"


def speaker(source: Source) -> str:
    """Return who speaks in a source: its ``speaker``, else ``who``, else ``speaker_type``."""
    names = (source.attributes.get(key, "") for key in ("speaker", "who", "speaker_type"))
    return next((name for name in names if name), "")


def shortened(text: str, longest: int) -> str:
    """Return `text` on one line, at most `longest` characters.

    What is too long is cut after the last whole sentence that fits, or, when not even the first
    one does, after the last whole word; an ellipsis shows it.
    """
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    room = longest - len(_CUT)
    ends = [end for _, end in sentences(line) if end <= room]
    if ends:
        return line[: ends[-1]] + _CUT
    words = line[: room + 1].rpartition(" ")[0] or line[:room]
    return words.rstrip(" ,;:-") + _CUT


def _on_link(
    link: str, codings: Iterable[Coding], codebook: Codebook, sources: Mapping[str, Source]
) -> list[Coding]:
    """Return the codings that speak to the link, one for each passage and what is said of it."""
    first: dict[tuple[str, str], Coding] = {}
    for coding in sorted(codings, key=lambda it: (it.code, it.coder)):
        code = codebook.by_id.get(coding.code)
        if code and link in code.links and coding.segment.source in sources:
            first.setdefault((coding.segment.id, code.says), coding)
    return list(first.values())


def _spread(
    codings: list[Coding],
    sources: Mapping[str, Source],
    rank: Mapping[str, int],
    count: int,
    longest: int,
) -> list[Coding]:
    """Choose `count` codings, as many sources and speakers among them as can be."""
    left = list(codings)
    heard: Counter[str] = Counter()
    voices: Counter[str] = Counter()
    chosen: list[Coding] = []

    def order(coding: Coding) -> tuple[int, int, bool, bool, int, int, int, str]:
        source = sources[coding.segment.source]
        return (
            heard[source.id],
            voices[speaker(source)],
            source.text_type != "verbatim",
            len(coding.segment.quote) > longest,
            rank[source.id],
            coding.segment.start,
            coding.segment.end,
            coding.id,
        )

    while left and len(chosen) < count:
        best = min(left, key=order)
        chosen.append(best)
        heard[best.segment.source] += 1
        voices[speaker(sources[best.segment.source])] += 1
        # The same words must not be printed twice on one side, whatever the code.
        left = [it for it in left if it.segment != best.segment]
    return chosen
