"""Keywords in context: every place of a word, with what stands around it.

All sources are searched as one long string in small letters, with `str.find`, which is tens of
times faster than asking of every token whether it is the word.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from evalkit.coding.model import Source
from evalkit.errors import CodingError


@dataclass(frozen=True, slots=True)
class Context:
    """A word found in a source, and what stands left and right of it."""

    source: str
    start: int
    end: int
    left: str
    word: str
    right: str


@dataclass(frozen=True, slots=True)
class Buffer:
    """Sources joined for searching; make it once for many words.

    Attributes
    ----------
    ids : tuple of str
    starts : tuple of int
        Where each source begins in `text`.
    text, small : str
        All texts, a line feed between two; and the same in small letters, character for character.
    """

    ids: tuple[str, ...]
    starts: tuple[int, ...]
    text: str
    small: str


def join_sources(sources: Iterable[Source]) -> Buffer:
    """Join sources for searching."""
    sources = tuple(sources)
    text = "\n".join(source.text for source in sources)
    starts = accumulate((len(source.text) + 1 for source in sources), initial=0)
    ids = tuple(source.id for source in sources)
    return Buffer(ids, tuple(starts)[: len(ids)], text, _small(text))


def keyword_in_context(
    sources: Iterable[Source], words: str, *, width: int = 60, whole: bool = True
) -> tuple[Context, ...]:
    """Find `words` in the sources, whatever their case, with what stands around them.

    Parameters
    ----------
    sources : iterable of Source
        Where to look.
    words : str
        A word or several; any white space between them matches any other.
    width : int
        How many characters to show on each side.
    whole : bool
        Only whole words: ``read`` does not find ``already``.

    Returns
    -------
    tuple of Context
        In the order of the sources and of each text.

    Raises
    ------
    CodingError
        There is nothing to look for.
    """
    return tuple(find_in_context(join_sources(sources), words, width=width, whole=whole))


def find_in_context(
    buffer: Buffer, words: str, *, width: int = 60, whole: bool = True
) -> Iterator[Context]:
    """Find `words` in joined sources, one place after the other.

    Parameters
    ----------
    buffer : Buffer
    words, width, whole
        As for `keyword_in_context`.

    Yields
    ------
    Context

    Raises
    ------
    CodingError
        There is nothing to look for.
    """
    parts = _small(words).split()
    if not parts:
        raise CodingError("There is no word to look for.", do="Give one.")
    for start, end in _places(buffer.small, parts, whole=whole):
        at = bisect_right(buffer.starts, start) - 1
        first = buffer.starts[at]
        last = buffer.starts[at + 1] - 1 if at + 1 < len(buffer.starts) else len(buffer.text)
        if end <= last:
            yield Context(
                buffer.ids[at],
                start - first,
                end - first,
                buffer.text[max(first, start - width) : start],
                buffer.text[start:end],
                buffer.text[end : min(last, end + width)],
            )


def _small(text: str) -> str:
    """Return small letters, one for one, so that places stay the same."""
    small = text.lower()
    if len(small) == len(text):  # no letter becomes shorter, so none became longer
        return small
    return "".join(low if len(low := mark.lower()) == 1 else mark for mark in text)


def _places(small: str, parts: list[str], *, whole: bool) -> Iterator[tuple[int, int]]:
    first = parts[0]
    rest = re.compile("".join(rf"\s+{re.escape(part)}" for part in parts[1:]))
    start = small.find(first)
    while start >= 0:
        end = start + len(first)
        more = rest.match(small, end)
        if more and not (whole and _inside_a_word(small, start, more.end())):
            yield start, more.end()
            end = more.end()
        else:
            end = start + 1
        start = small.find(first, end)


def _inside_a_word(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return before.isalnum() or after.isalnum() or "_" in (before, after)
