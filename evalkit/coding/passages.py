"""Finding the passages of a text that are most like a quotation that is not in it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

from evalkit.coding.model import Source

_WORD = re.compile(r"\w+(?:'\w+)*")
_MOST_WORDS = 60
"""A longer quotation is searched for by its first words: they place it just as well."""
_LIKE_ENOUGH = 0.5
_SINGLE_MARKS = "\u2018\u2019\u201a\u201b\u2032\u0060\u00b4"
_DOUBLE_MARKS = "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_FOLDED = str.maketrans(
    {
        **dict.fromkeys(_SINGLE_MARKS, "'"),
        **dict.fromkeys(_DOUBLE_MARKS, '"'),
        **dict.fromkeys(_DASHES, "-"),
        "\u00ad": "",  # the soft hyphen is not seen
    }
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A place in a source that a quotation may have meant.

    Attributes
    ----------
    start, end : int
        Code points, half open.
    likeness : float
        1 where only quotation marks, dashes, spaces or capitals differ; below 1 otherwise.
    shown : str
        The words there, with a few around them.
    """

    start: int
    end: int
    likeness: float
    shown: str


def nearest_passages(source: Source, quote: str, limit: int = 3) -> tuple[Passage, ...]:
    """Return the passages of `source` most like `quote`, best first.

    A passage that differs only in the form of quotation marks and dashes, in white space or in
    capitals comes before all others. The rest are found by sliding a window of as many words as
    the quotation has over the source and comparing the best windows word by word.
    """
    same = _same_but_for_form(source.text, quote)
    spans = [(start, end, 1.0) for start, end in same[:limit]]
    if not spans:
        spans = _like_in_words(source.text, quote, limit)
    return tuple(
        Passage(start, end, likeness, around(source.text, start, end))
        for start, end, likeness in spans
    )


def around(text: str, start: int, end: int, extra: int = 25, longest: int = 120) -> str:
    """Return the words of a span with a few before and after, on one line."""
    before = text[max(0, start - extra) : start]
    inside = text[start:end]
    if len(inside) > longest:
        inside = inside[: longest // 2] + " … " + inside[-longest // 2 :]
    after = text[end : end + extra]
    left = "…" if start > extra else ""
    right = "…" if end + extra < len(text) else ""
    return " ".join(f"{left}{before}[{inside}]{after}{right}".split())


def folded(text: str) -> tuple[str, list[int]]:
    """Return `text` in one plain form, and for each of its characters the place it came from.

    Quotation marks and dashes become the typewriter's, compatibility forms are resolved, white
    space becomes single spaces, and capitals small.
    """
    marks: list[str] = []
    places: list[int] = []
    for at, mark in enumerate(text):
        plain = mark if mark.isascii() else unicodedata.normalize("NFKD", mark.translate(_FOLDED))
        for small in plain.casefold():
            if small.isspace():
                if marks and marks[-1] == " ":
                    continue
                small = " "  # noqa: PLW2901 (every white space counts as one)
            marks.append(small)
            places.append(at)
    return "".join(marks), places


def _same_but_for_form(text: str, quote: str) -> list[tuple[int, int]]:
    wanted = folded(quote)[0].strip()
    plain, places = folded(text)
    spans: list[tuple[int, int]] = []
    at = plain.find(wanted) if wanted else -1
    while at >= 0 and len(spans) < 100:
        spans.append((places[at], places[at + len(wanted) - 1] + 1))
        at = plain.find(wanted, at + 1)
    return spans


def _like_in_words(text: str, quote: str, limit: int) -> list[tuple[int, int, float]]:
    wanted = [match[0] for match in _WORD.finditer(_plain(quote))][:_MOST_WORDS]
    # `_plain` keeps the length of the text, so places in it are places in the text.
    found = [(match[0], match.start(), match.end()) for match in _WORD.finditer(_plain(text))]
    words = [word for word, _, _ in found]
    wanted = _spelled_as_there(wanted, words)
    if not wanted or not words:
        return []
    spans: list[tuple[int, int, float]] = []
    for start in _best_windows(words, wanted, 4 * limit):
        first, last, likeness = _aligned(words, wanted, start)
        span = (found[first][1], found[last][2], likeness)
        apart = all(span[1] <= other[0] or other[1] <= span[0] for other in spans)
        if likeness >= _LIKE_ENOUGH and apart:
            spans.append(span)
    return sorted(spans, key=lambda span: (-span[2], span[0]))[:limit]


def _plain(text: str) -> str:
    """Fold case and apostrophes character for character, so that places stay the same."""
    low = "".join(small if len(small := mark.lower()) == 1 else mark for mark in text)
    return low.replace("\u2019", "'")


def _spelled_as_there(wanted: list[str], words: list[str]) -> list[str]:
    """Replace words that the text has not by one that it has and that is spelled much like them."""
    known = set(words)
    return [word if word in known else _near_word(word, known) for word in wanted]


def _near_word(word: str, known: set[str]) -> str:
    # Only words of like length with the same first letter, so that this stays quick.
    like = [it for it in known if it[0] == word[0] and abs(len(it) - len(word)) <= 2]
    return next(iter(get_close_matches(word, sorted(like), n=1, cutoff=0.75)), word)


def _best_windows(words: list[str], wanted: list[str], limit: int) -> list[int]:
    """Return where the windows begin that share most words with the quotation, rare words first."""
    often = Counter(words)
    weights = {word: 1 / often[word] ** 0.5 for word in wanted if word in often}
    if not weights:
        return []
    size = len(wanted)
    need, have = Counter(wanted), Counter[str]()
    score, scores = 0.0, []
    for at, word in enumerate(words):
        if word in weights:
            have[word] += 1
            score += weights[word] if have[word] <= need[word] else 0
        gone = words[at - size] if at >= size else ""
        if gone in weights:
            score -= weights[gone] if have[gone] <= need[gone] else 0
            have[gone] -= 1
        scores.append((-round(score, 9), max(0, at - size + 1)))
    chosen: list[int] = []
    for _, start in sorted(scores):
        if all(abs(start - other) >= max(1, size // 2) for other in chosen):
            chosen.append(start)
            if len(chosen) == limit:
                break
    return chosen


def _aligned(words: list[str], wanted: list[str], start: int) -> tuple[int, int, float]:
    """Return the first and last word that match near a window, and how alike they are (0 to 1)."""
    spare = max(2, len(wanted) // 4)
    low = max(0, start - spare)
    window = words[low : start + len(wanted) + spare]
    blocks = SequenceMatcher(None, window, wanted, autojunk=False).get_matching_blocks()
    real = [block for block in blocks if block.size]
    if not real:
        return start, start, 0.0
    first, last = low + real[0].a, low + real[-1].a + real[-1].size - 1
    shared = sum(block.size for block in real)
    return first, last, round(2 * shared / (len(wanted) + last - first + 1), 6)
