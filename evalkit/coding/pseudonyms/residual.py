"""What still stands in texts that could say who somebody is: a report for people to go through."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from evalkit.coding.model import Source
from evalkit.coding.passages import around
from evalkit.coding.pseudonyms.dates import find_dates
from evalkit.coding.pseudonyms.identify import find_identifiers
from evalkit.coding.pseudonyms.names import unknown_names
from evalkit.coding.pseudonyms.numbers import find_wrong_upns
from evalkit.coding.pseudonyms.roster import Roster, find_names

RESIDUAL_COLUMNS = (*("source", "where", "kind", "start", "end", "words", "times", "around", "do"),)
_REPLACE = "Replace it."
_NAME = "If it names somebody, put it in the roster."
_DATE = "If it is a date of birth, or tells who it is, take it out."
_UPN = "It has the form of a UPN and another check letter: if it is one, mistyped, take it out."


def residual(sources: Iterable[Source], roster: Roster | None = None) -> pd.DataFrame:
    """Return what still stands in sources that could say who somebody is.

    Parameters
    ----------
    sources : iterable of Source
    roster : Roster, optional
        To look for its names too, and to pass over its pseudonyms.

    Returns
    -------
    pandas.DataFrame
        One row a find, those that are surest first: ``source``, ``where`` (text, title, id, file,
        speaker, or an attribute), ``kind`` (roster name, a kind of identifier, possible UPN, date,
        possible name), ``start`` and ``end`` there, ``words``, ``times`` (for possible names, one
        row each), ``around`` and ``do``. An empty frame says that these rules found nothing; it
        does not say that nobody can be recognised.
    """
    texts = sorted(sources, key=lambda source: source.id)
    known = roster or Roster()
    rows = [row for source in texts for row in _rows(source, known)]
    rows.sort(
        key=lambda row: (_RANKS.get(row["kind"], 1), row["source"], row["where"], row["start"])
    )
    rows += [_possible(name) for name in unknown_names(texts, roster).to_dict("records")]
    return pd.DataFrame(rows, columns=list(RESIDUAL_COLUMNS))


def _possible(name: Mapping[Hashable, Any]) -> dict[str, Any]:
    return {
        "source": name["source"],
        "where": "text",
        "kind": "possible name",
        "start": name["start"],
        "end": name["end"],
        "words": name["name"],
        "times": name["times"],
        "around": name["example"],
        "do": _NAME,
    }


_RANKS = {"roster name": 0, "possible UPN": 2, "date": 3}


def _rows(source: Source, roster: Roster) -> Iterator[dict[str, Any]]:
    for where, text, before in _texts(source):
        identifiers = find_identifiers(text, before=before)
        found = [(it.kind, it.start, it.end, _REPLACE) for it in identifiers]
        # an id has its parts joined by marks: interview-anna_smith
        plain = text if where == "text" else "".join(" " if it in "_-./" else it for it in text)
        found += [
            ("roster name", it.start, it.end, _REPLACE)
            for it in find_names(plain, roster)
            if not it.word
        ]
        if where == "text":
            held = {(it.start, it.end) for it in identifiers}
            found += [("possible UPN", *span, _UPN) for span in find_wrong_upns(text)]
            found += [("date", *span, _DATE) for span in find_dates(text) if span not in held]
        for kind, start, end, do in found:
            yield {
                "source": source.id,
                "where": where,
                "kind": kind,
                "start": start,
                "end": end,
                "words": text[start:end],
                "times": 1,
                "around": around(text, start, end),
                "do": do,
            }


def _texts(source: Source) -> Iterator[tuple[str, str, str]]:
    """Yield the texts of a source: where, the words, and what they are."""
    yield "text", source.text, ""
    yield "title", source.title, ""
    yield "id", source.id, ""
    yield "file", source.file, ""
    for speaker in dict.fromkeys(turn.speaker for turn in source.turns):
        yield "speaker", speaker, ""
    for name, text in source.attributes.items():
        yield f"attribute {name}", text, f"{name}: "
