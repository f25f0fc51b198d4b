"""Where in a source a quotation stands: exactly there, or refused with the nearest passages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from evalkit.coding.model import Segment, Source
from evalkit.coding.passages import Passage, around, nearest_passages
from evalkit.errors import CodingError

_SHOWN = 3


def locate(source: Source, quote: str, occurrence: int | None = None) -> Segment:
    """Return the segment of `source` whose words are `quote`.

    Nothing is forgiven: a straight quotation mark for a curly one is another text. The passage
    that was probably meant is named in the error, so that the quotation can be corrected.

    Parameters
    ----------
    source : Source
        The text.
    quote : str
        The words, exactly as they stand there.
    occurrence : int, optional
        Which one is meant, from 1, where the words stand several times (overlapping places
        count too).

    Returns
    -------
    Segment
        Half-open span in code points, carrying the quotation.

    Raises
    ------
    CodingError
        The words are not there, or stand several times and `occurrence` does not say which.
    """
    if not quote.strip():
        raise _refused(source, "The quotation is empty.", "Copy the words from the source.")
    wanted = occurrence or 1
    if wanted < 1:
        wrong = f"`occurrence` cannot be {occurrence}."
        raise _refused(source, wrong, "The first place is 1, the second 2.")
    starts = list(islice(places(source.text, quote), max(wanted, _SHOWN + 1)))
    if not starts:
        raise _missing(source, quote)
    if occurrence is None and len(starts) > 1:
        raise _ambiguous(source, quote, starts)
    if len(starts) < wanted:
        count = "once" if len(starts) == 1 else f"{len(starts)} times"
        wrong = f"{_short(quote)} stands {count} in source `{source.id}`, not {wanted} times."
        raise _refused(source, wrong, "Correct `occurrence`.")
    start = starts[wanted - 1]
    return Segment(source.id, start, start + len(quote), quote)


def places(text: str, quote: str) -> Iterator[int]:
    """Yield where `quote` begins in `text`, overlapping places included."""
    at = text.find(quote)
    while at >= 0:
        yield at
        at = text.find(quote, at + 1)


def occurrence_of(source: Source, segment: Segment) -> int | None:
    """Return which of several places the segment is (from 1), or None where there is only one."""
    starts = list(places(source.text, segment.quote))
    return starts.index(segment.start) + 1 if len(starts) > 1 else None


def occurrence_cell(segment: Segment, sources: Mapping[str, Source], of: str) -> str:
    """Return what the column `occurrence` holds for a segment: blank where its words stand once.

    Parameters
    ----------
    segment : Segment
    sources : mapping of str to Source
        By id.
    of : str
        What the segment belongs to, for messages.

    Raises
    ------
    CodingError
        The source is missing, or the words are no longer there.
    """
    if segment.source not in sources:
        wrong = f"The source `{segment.source}` of {of} is missing."
        raise CodingError(wrong, do="Give every source that is quoted from.")
    source = sources[segment.source]
    segment.verify(source)
    occurrence = occurrence_of(source, segment)
    return "" if occurrence is None else str(occurrence)


def _ambiguous(source: Source, quote: str, starts: list[int]) -> CodingError:
    count = f"{len(starts)} times" if len(starts) <= _SHOWN else f"more than {_SHOWN} times"
    shown = "; ".join(
        f"({number}) at {start}-{start + len(quote)}: {around(source.text, start, start + len(quote))}"
        for number, start in enumerate(starts[:_SHOWN], start=1)
    )
    wrong = f"{_short(quote)} stands {count} in source `{source.id}`."
    do = f"Quote more words, or say which in the column `occurrence`: {shown}"
    return _refused(source, wrong, do)


def _missing(source: Source, quote: str) -> CodingError:
    wrong = f"{_short(quote)} does not stand in source `{source.id}`."
    near = nearest_passages(source, quote, _SHOWN)
    if not near:
        do = "Nothing in that source is like it: is it from another one?"
        return _refused(source, wrong, do)
    if near[0].likeness == 1:
        kinds = "; ".join(_difference(source, quote, passage) for passage in near)
        return _refused(source, wrong, f"Copy the words exactly. Only their form differs: {kinds}")
    listed = "; ".join(_place(passage) for passage in near)
    return _refused(source, wrong, f"Copy the words exactly. Nearest: {listed}")


def _difference(source: Source, quote: str, passage: Passage) -> str:
    """Name the first characters that differ between the quotation and the passage meant."""
    there = source.text[passage.start : passage.end]
    pairs = zip(quote.strip(), there, strict=False)
    mine, theirs = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
    if not mine or mine.isspace() or theirs.isspace():
        return f"{_place(passage)} (blanks or line ends differ)"
    return f"{_place(passage)} (the source has `{theirs}` where the quotation has `{mine}`)"


def _place(passage: Passage) -> str:
    return f"at {passage.start}-{passage.end}: {passage.shown}"


def _short(quote: str, longest: int = 80) -> str:
    line = " ".join(quote.split())
    return f"“{line if len(line) <= longest else line[: longest - 1] + '…'}”"


def _refused(source: Source, wrong: str, do: str) -> CodingError:
    return CodingError(wrong, do=do, file=source.file, line=source.line)
