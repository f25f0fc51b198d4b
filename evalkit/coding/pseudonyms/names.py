"""Words with a capital that may be names nobody listed: a queue for people, never a verdict."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from evalkit.coding.model import Source
from evalkit.coding.passages import around
from evalkit.coding.pseudonyms.identify import find_identifiers
from evalkit.coding.pseudonyms.lexicon import (
    CAPITALS,
    ENDINGS,
    EVERYDAY,
    NAMES_THAT_ARE_WORDS,
    TITLES,
)
from evalkit.coding.pseudonyms.roster import Roster, find_names, plain

QUEUE_COLUMNS = ("name", "times", "sources", "why", "example", "source", "start", "end")
"""``why`` says what makes a name of it; ``example`` is its first place, with a few words around."""

_TOKEN = re.compile(r"[^\W\d_][\w'\u2019-]*(?<=\w)")
_JOINED = re.compile(r"[ \t\u00a0]+|[ \t]+(?:of|de|da|van|von|bin|al|the)[ \t]+")
_BEGIN = re.compile(r"(?:^|[.!?…:;\n\"“”\u2018(\[—\u2013•*>-])[ \t\"“\u2018'(*]*$")
_TITLE = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|Cllr|Rev|St)\.[ \t]+$")
_LABEL = re.compile(r"\*{0,2}[ \t]?:(?=\s|$)")
_STRONG = ("stands behind a title", "speaks", "stands within sentences")


@dataclass(slots=True)
class _Seen:
    """Where a name was met (filled while the sources are gone through)."""

    places: list[tuple[str, int, int]] = field(default_factory=list)
    why: Counter[str] = field(default_factory=Counter)


def unknown_names(sources: Iterable[Source], roster: Roster | None = None) -> pd.DataFrame:
    """Return words with a capital that may be names and are in nobody's roster, for review.

    Inside a sentence a capital is enough, unless English writes the word with one (days, months,
    languages ...). At the beginning of a sentence a word counts only when it stands behind a
    title, labels a speaker, is met within sentences elsewhere, or is no common word and is never
    written small in any of the sources. Names that stand together are one.

    Parameters
    ----------
    sources : iterable of Source
    roster : Roster, optional
        Its names and pseudonyms are passed over.

    Returns
    -------
    pandas.DataFrame
        One row a name, the most frequent first: ``name``, ``times``, ``sources`` (how many),
        ``why``, ``example``, and the first place. Names in small letters are not seen; that a
        word is not here does not say that it is safe.
    """
    texts = sorted(sources, key=lambda source: source.id)
    small = {word for source in texts for word in re.findall(r"\b[a-z][\w'\u2019-]*", source.text)}
    met: dict[str, _Seen] = {}
    unsure: list[tuple[str, tuple[str, int, int]]] = []
    for source in texts:
        for words, span, why in _candidates(source.text, roster or Roster()):
            place = (source.id, *span)
            if why:
                seen = met.setdefault(words, _Seen())
                seen.places.append(place)
                seen.why[why] += 1
            else:
                unsure.append((words, place))
    parts = {part for words in met for part in words.split()}
    for words, place in unsure:
        why = _at_beginning(words, small, parts)
        if why:
            seen = met.setdefault(words, _Seen())
            seen.places.append(place)
            seen.why[why] += 1
    return _queue(met, {source.id: source.text for source in texts})


def _at_beginning(words: str, small: set[str], parts: set[str]) -> str:
    if words in parts or any(part in parts for part in words.split()):
        return "begins a sentence, and stands within others"
    if all(_common(part) or part.lower() in small for part in words.split()):
        return ""
    return "begins a sentence, and is no common word"


def _common(word: str) -> bool:
    low = word.lower().replace("\u2019", "'")
    stem = next((low.removesuffix(end) for end in ENDINGS if low.endswith(end)), low)
    forms = {low, stem, *(stem.removesuffix(end) for end in ("s", "es", "ed", "ing", "ly"))}
    parts = set(low.split("-")) if "-" in low else set()
    return bool(forms & EVERYDAY) or bool(parts and all(_common(part) for part in parts if part))


def _candidates(text: str, roster: Roster) -> Iterator[tuple[str, tuple[int, int], str]]:
    """Yield words with a capital, joined where they stand together; no reason where one begins."""
    passed = _passed(text, roster)
    run: list[re.Match[str]] = []
    for token in (*_TOKEN.finditer(text), None):
        if run and (token is None or not _goes_on(text, run[-1], token)):
            yield from _run(text, run)
            run = []
        if token is not None and _may_be(token[0]) and not passed[token.start()]:
            run.append(token)


def _passed(text: str, roster: Roster) -> bytearray:
    """Return for each place whether something known stands there."""
    known = bytearray(len(text) + 1)
    pseudonyms = sorted({person.pseudonym for person in roster.people}, key=len, reverse=True)
    spans = [(it.start, it.end) for it in find_names(text, roster)]
    spans += [(it.start, it.end) for it in find_identifiers(text)]
    if pseudonyms:
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, pseudonyms))})(?!\w)")
        spans += [match.span() for match in pattern.finditer(text)]
    for start, end in spans:
        known[start:end] = b"\x01" * (end - start)
    return known


def _goes_on(text: str, last: re.Match[str], token: re.Match[str]) -> bool:
    between = text[last.end() : token.start()]
    return bool(_JOINED.fullmatch(between)) and _may_be(token[0]) and not last[0].endswith("'s")


def _may_be(word: str) -> bool:
    bare = _bare(word)
    if any(mark.isdigit() for mark in bare):
        return False
    return bare[0].isupper() and bare.lower() not in CAPITALS and not _is_acronym(bare)


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper() and len(word) <= 5


def _bare(word: str) -> str:
    return re.sub(r"['\u2019]s$", "", word)


def _run(text: str, run: list[re.Match[str]]) -> Iterator[tuple[str, tuple[int, int], str]]:
    """Yield the name that tokens standing together make, with the reason, if it has one."""
    titled = run[0][0].lower() in TITLES
    begins = _begins(text, run[0].start())
    if titled:
        run = run[1:]
    elif begins and len(run) > 1 and _common(run[0][0]):
        run, begins = run[1:], False
    if not run:
        return
    start, end = run[0].start(), run[-1].start() + len(_bare(run[-1][0]))
    words = " ".join(_bare(token[0]) for token in run)
    labels = begins and _LABEL.match(text, run[-1].end())
    common = all(_common(token[0]) for token in run)
    name = words.lower() in NAMES_THAT_ARE_WORDS
    why = _STRONG[0] if titled else _STRONG[1] if labels else ""
    if not why and not begins and (name or not common):
        why = _STRONG[2]
    if len(words) > 1 and not (labels and common):
        yield words, (start, end), why


def _begins(text: str, start: int) -> bool:
    before = text[max(0, start - 40) : start]
    return bool(_BEGIN.search(before) or start == 0) and not _TITLE.search(before)


def _queue(met: dict[str, _Seen], texts: dict[str, str]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for name, seen in met.items():
        source, start, end = seen.places[0]
        row = {
            "name": name,
            "times": len(seen.places),
            "sources": len({place[0] for place in seen.places}),
            "why": "; ".join(sorted(seen.why)),
            "example": around(texts[source], start, end),
            "source": source,
            "start": start,
            "end": end,
        }
        rows.append(row)
    rows.sort(key=lambda row: (-row["times"], plain(row["name"]), row["name"]))
    return pd.DataFrame(rows, columns=list(QUEUE_COLUMNS))
