"""Causal Map's workbook: statements, their sources, and the links people drew between factors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evalkit.coding.exchange.tree import tree
from evalkit.coding.locate import places
from evalkit.coding.model import (
    Case,
    Claim,
    Codebook,
    CodingProject,
    Segment,
    Source,
    User,
    Value,
)
from evalkit.coding.refi.lexical import slug, unique
from evalkit.coding.refi.tally import Tally, losses, note
from evalkit.data.apart import MAX_UNPACKED, sheet_records
from evalkit.errors import CodingError, DataError

Rows = list[dict[str, str]]
Sign = Literal["+", "-", "none", "blocked"]

LINKS = "links"
SHEETS = ("statements", "sources", "factors")

_CAUSE = ("from_label", "from", "cause")
_EFFECT = ("to_label", "to", "effect")
_LABEL = ("label", "factor", "factor_label", "name")
_TEXT = ("text", "statement", "statement_text")
_CODER = ("coder", "user", "username", "created_by")
_WHEN = ("created", "created_at", "date", "modified")
_SIGN = ("sign", "sentiment", "polarity")
_USED = (
    *(*_CAUSE, *_EFFECT, *_CODER, *_WHEN, *_SIGN),
    *("quote", "statement_id", "source_id", "link_id", "id", "mechanism", "context", "prompted"),
    *("stance", "first_hand"),
)
_SIGNS: Mapping[str, Sign] = {
    **dict.fromkeys(("-", "-1", "minus", "negative", "decrease"), "-"),
    **dict.fromkeys(("0", "none", "no effect"), "none"),
    **dict.fromkeys(("blocked", "prevented"), "blocked"),
}
_PROMPTED: Mapping[str, Literal["no", "yes", "leading"]] = {
    **dict.fromkeys(("no", "false", "0"), "no"),
    **dict.fromkeys(("yes", "true", "1"), "yes"),
    "leading": "leading",
}
_FIRST_HAND = {
    **dict.fromkeys(("yes", "true", "1"), True),
    **dict.fromkeys(("no", "false", "0"), False),
}


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts by the numbers of their statements, or else of their sources."""

    by_statement: Mapping[str, Source]
    by_source: Mapping[str, Source]
    speaker: Mapping[str, str]


def read_causal_map(path: str | Path) -> CodingProject:
    """Read a workbook of Causal Map.

    The sheet ``links`` is needed (``from_label``, ``to_label``, ``statement_id`` or ``source_id``,
    ``quote``); ``statements``, ``sources`` and ``factors`` are read where they are there.

    Parameters
    ----------
    path : str or pathlib.Path
        An ``.xlsx`` file.

    Returns
    -------
    CodingProject
        Statements (or whole texts) as sources, Causal Map's sources (people, households) as cases
        with their attributes, factors as a tree of codes (``;`` parts the levels), links as
        claims. Where a quotation does not stand in its statement exactly once, the whole
        statement is the claim's passage, and the report says so.

    Raises
    ------
    CodingError
        It cannot be opened, or has no sheet of links.
    """
    place = Path(path)
    data = _data(place)
    links = sheet(data, place.name, LINKS)
    if links is None:
        wrong = "It has no sheet `links`, which a workbook of Causal Map has."
        raise CodingError(wrong, do="Export the links from Causal Map.", file=place.name)
    found = {name: sheet(data, place.name, name) or [] for name in SHEETS}
    return _project(links, found, place.name)


def _data(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_UNPACKED:
            wrong = f"It has more than {MAX_UNPACKED // 1_000_000} MB."
            raise CodingError(wrong, do="Export fewer statements.", file=path.name)
        return path.read_bytes()
    except OSError as error:
        wrong = f"It cannot be read: {error.strerror or error}."
        raise CodingError(wrong, do="Check its name and who may open it.", file=path.name) from None


def sheet(data: bytes, file: str, name: str) -> Rows | None:
    """Return the rows of a sheet by the names of its columns; None where there is no such sheet.

    Raises
    ------
    CodingError
        The workbook cannot be opened.
    """
    try:
        records, _ = sheet_records(data, file, sheet=name)
    except DataError as error:
        if error.wrong.startswith("There is no sheet"):
            return None
        raise CodingError(error.wrong, do=error.do, file=file) from None
    if not records:
        return []
    heads = [slug(cell) for cell in records[0][1]]
    return [
        {head: cell.strip() for head, cell in zip(heads, cells, strict=False) if head}
        for _, cells in records[1:]
        if any(cell.strip() for cell in cells)
    ]


def _first(row: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((row[name] for name in names if row.get(name)), "")


def _path(label: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in label.split(";") if part.strip()) or (label,)


def _project(links: Rows, sheets: Mapping[str, Rows], file: str) -> CodingProject:
    tally: Tally = {}
    taken: dict[str, int] = {}
    meant = {
        _path(label): row.get("factor_memo", "")
        for row in sheets["factors"]
        if (label := _first(row, _LABEL))
    }
    for row in links:
        for label in (_first(row, _CAUSE), _first(row, _EFFECT)):
            if label:
                meant.setdefault(_path(label), "")
    codes, by_path = tree(meant, taken)
    texts = _texts(sheets, links, file, taken)
    cases = {row["source_id"]: _case(row, texts, taken) for row in _named(sheets["sources"])}
    people = {id: case.id for id, case in cases.items()}
    claims = tuple(_claims(links, texts, by_path, people, tally))
    names = dict.fromkeys(claim.coder for claim in claims if claim.coder)
    _report(links, texts, tally)
    return CodingProject(
        name=Path(file).stem,
        sources=(*texts.by_statement.values(), *texts.by_source.values()),
        codebook=Codebook(codes),
        cases=tuple(cases.values()),
        claims=claims,
        users=tuple(User(name, name) for name in names),
        losses=losses(tally),
    )


def _named(rows: Rows) -> Iterator[dict[str, str]]:
    """Yield the first row of each source."""
    seen: set[str] = set()
    for row in rows:
        if row.get("source_id") and row["source_id"] not in seen:
            seen.add(row["source_id"])
            yield row


def _texts(sheets: Mapping[str, Rows], links: Rows, file: str, taken: dict[str, int]) -> Texts:
    """Return the texts: of statements, or of sources, or else the quotations of the links."""
    statements = [row for row in sheets["statements"] if row.get("statement_id")]
    speaker = {row["statement_id"]: row.get("source_id", "") for row in statements}
    by_statement = {
        row["statement_id"]: _source(row["statement_id"], _first(row, _TEXT), file, taken)
        for row in statements
        if _first(row, _TEXT)
    }
    whole = [] if by_statement else [row for row in _named(sheets["sources"]) if _first(row, _TEXT)]
    by_source = {
        row["source_id"]: _source(row["source_id"], _first(row, _TEXT), file, taken)
        for row in whole
    }
    if not by_statement and not by_source:
        quoted: dict[str, list[str]] = {}
        for row in links:
            if row.get("quote"):
                quoted.setdefault(_key(row), []).append(row["quote"])
        by_source = {
            id: _source(id, "\n".join(dict.fromkeys(quotes)), file, taken)
            for id, quotes in quoted.items()
        }
    return Texts(by_statement, by_source, speaker)


def _key(row: Mapping[str, str]) -> str:
    return row.get("source_id") or row.get("statement_id") or "quotations"


def _source(id: str, text: str, file: str, taken: dict[str, int]) -> Source:
    words = text.replace("\r\n", "\n").replace("\r", "\n")
    return Source(unique(slug(id) or "statement", taken), words, id, file=file)


def _case(row: Mapping[str, str], texts: Texts, taken: dict[str, int]) -> Case:
    id = row["source_id"]
    said = [
        text.id for statement, text in texts.by_statement.items() if texts.speaker[statement] == id
    ]
    said += [texts.by_source[id].id] if id in texts.by_source else []
    return Case(
        id=unique(slug(id) or "case", taken),
        words=id,
        attributes={
            name: Value(cell)
            for name, cell in row.items()
            if cell and name not in ("source_id", *_TEXT)
        },
        sources=tuple(said),
    )


def _claims(
    links: Rows,
    texts: Texts,
    factors: Mapping[tuple[str, ...], str],
    people: Mapping[str, str],
    tally: Tally,
) -> Iterator[Claim]:
    ids: dict[str, int] = {}
    for number, row in enumerate(links, start=2):
        cause, effect = _first(row, _CAUSE), _first(row, _EFFECT)
        named = f"links, row {number}"
        segment = _segment(row, texts, named, tally)
        if not cause or not effect or segment is None:
            why = "it lacks a cause, an effect, or the text it stands in"
            note(tally, "link", why, named)
            continue
        speaker = row.get("source_id") or texts.speaker.get(row.get("statement_id", ""), "")
        yield Claim(
            segment=segment,
            cause=factors[_path(cause)],
            effect=factors[_path(effect)],
            sign=_SIGNS.get(_first(row, _SIGN).lower(), "+"),
            mechanism=row.get("mechanism", ""),
            context=row.get("context", ""),
            case=people.get(speaker, speaker),
            stance=row.get("stance", ""),
            prompted=_PROMPTED.get(row.get("prompted", "").lower(), ""),
            first_hand=_FIRST_HAND.get(row.get("first_hand", "").lower()),
            coder=_first(row, _CODER),
            on=_first(row, _WHEN),
            id=unique(row.get("link_id") or row.get("id") or f"link-{number - 1}", ids),
        )


def _segment(row: Mapping[str, str], texts: Texts, named: str, tally: Tally) -> Segment | None:
    source = texts.by_statement.get(row.get("statement_id", "")) or texts.by_source.get(_key(row))
    if source is None:
        return None
    quote = row.get("quote", "").replace("\r\n", "\n").replace("\r", "\n")
    starts = list(zip(range(2), places(source.text, quote), strict=False)) if quote else []
    if len(starts) == 1:
        start = starts[0][1]
        return Segment(source.id, start, start + len(quote), quote)
    if quote:
        why = "its quotation does not stand in the text exactly once; the whole text is its passage"
        note(tally, "link", why, f"{named}: {quote}", "changed")
    return Segment(source.id, 0, len(source.text), source.text)


def _report(links: Rows, texts: Texts, tally: Tally) -> None:
    if texts.by_source and not texts.by_statement and not texts.speaker:
        for id in texts.by_source:
            why = "the workbook gives texts by source, not by statement"
            note(tally, "statements", why, id, "deviation")
    for row in links:
        for name in row:
            if name not in _USED and row[name]:
                note(tally, f"links.{name}", "claims have no such field", row[name])
