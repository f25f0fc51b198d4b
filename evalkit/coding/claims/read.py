"""``claims.csv``: who says that what leads to what; each quotation is placed exactly."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar

from evalkit.coding.locate import locate, occurrence_cell
from evalkit.coding.model import Case, Claim, Segment, Source
from evalkit.coding.rows import Row, Table, read_table
from evalkit.errors import CodingError, Fault, ProjectError, nearest
from evalkit.files.write import write_whole

COLUMNS = ("source", "quote", "cause", "effect")
MORE_COLUMNS = (
    *("sign", "mechanism", "context", "case", "stance", "prompted", "first_hand"),
    *("coder", "on", "id", "occurrence"),
)
Sign = Literal["+", "-", "none", "blocked"]
Prompted = Literal["no", "yes", "leading", ""]
STANCES = ("participant", "staff", "funder", "independent")

# Words stand beside the signs because spreadsheets take a lone + or - for a formula.
_SIGNS: Mapping[str, Sign] = MappingProxyType(
    {
        **dict.fromkeys(("", "+", "plus", "more", "increases", "positive"), "+"),
        **dict.fromkeys(("-", "\u2212", "\u2013", "minus", "less", "decreases", "negative"), "-"),
        **dict.fromkeys(("none", "0", "no effect", "no change"), "none"),
        **dict.fromkeys(("blocked", "prevented"), "blocked"),
    }
)
_PROMPTED: Mapping[str, Prompted] = MappingProxyType(
    {
        "": "",
        **dict.fromkeys(("no", "false", "unprompted"), "no"),
        **dict.fromkeys(("yes", "true", "prompted"), "yes"),
        "leading": "leading",
    }
)
_FIRST_HAND: Mapping[str, bool | None] = MappingProxyType(
    {
        "": None,
        **dict.fromkeys(("yes", "true", "first-hand"), True),
        **dict.fromkeys(("no", "false", "second-hand", "hearsay"), False),
    }
)
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")
_SHOWN = {
    "sign": "+, -, none or blocked",
    "prompted": "no, yes or leading",
    "first_hand": "yes or no",
}
Wrong = tuple[str, str]
V = TypeVar("V")


def read_claims(
    path: Path, sources: Sequence[Source], cases: Sequence[Case] = (), *, file: str = ""
) -> tuple[Claim, ...]:
    """Read causal claims, each with its quotation placed exactly.

    Parameters
    ----------
    path : pathlib.Path
        CSV with the columns source, quote, cause, effect and, where wanted, sign (``+``, ``-``,
        ``none``, ``blocked``, or in words: more, less; blank is ``+``), mechanism, context, case,
        stance, prompted (no, yes, leading), first_hand (yes, no), coder, on, id and occurrence
        (which one, where the same words stand several times in the source).
    sources : sequence of Source
        The texts quoted from.
    cases : sequence of Case, optional
        When given, `case` must name one of them.
    file : str, optional
        Name of the file in messages; the path's own name by default.

    Returns
    -------
    tuple of Claim
        In the order of the file, each with an id of its own; every segment verifies against its
        source. Blank cells stay "not recorded".

    Raises
    ------
    ProjectError
        Every row with an unknown source or case, no cause or effect, a value that is not known,
        a quotation that cannot be placed, or that says again what an earlier row says.
    """
    file = file or path.name
    if not path.is_file():
        do = f"Write it with the columns {', '.join(COLUMNS)}."
        raise ProjectError([Fault(file, 0, f"There is no file `{file}`.", do)])
    table = read_table(path, file, COLUMNS)
    by_id = {source.id: source for source in sources}
    people = {case.id for case in cases}
    faults = [*table.faults, *_unknown_columns(table, file)]
    read: list[tuple[int, Claim]] = []
    for row in table.rows:
        claim, wrongs = _read_row(row, by_id, people)
        faults += [Fault(file, row.line, wrong, do) for wrong, do in wrongs]
        read += [(row.line, claim)] if claim else []
    faults += _twice(read, file)
    if faults:
        raise ProjectError(faults)
    return _with_ids([claim for _, claim in read])


def _unknown_columns(table: Table, file: str) -> list[Fault]:
    known = (*COLUMNS, *MORE_COLUMNS)
    do = f"Known columns: {', '.join(known)}."
    return [
        Fault(file, 1, f"`{name}` is not a column that is known here.", do + nearest(name, known))
        for name in table.columns
        if name not in known
    ]


def _read_row(
    row: Row, sources: Mapping[str, Source], cases: Collection[str]
) -> tuple[Claim | None, list[Wrong]]:
    """Return the row's claim, or everything that is wrong with the row."""
    wrongs = [*_empty(row), *_unknown(row, sources, cases)]
    sign = _value(row, "sign", _SIGNS, wrongs)
    prompted = _value(row, "prompted", _PROMPTED, wrongs)
    first_hand = _value(row, "first_hand", _FIRST_HAND, wrongs)
    segment = _segment(row, sources, wrongs)
    if wrongs or segment is None:
        return None, wrongs
    claim = Claim(
        segment=segment,
        cause=row.cell("cause"),
        effect=row.cell("effect"),
        sign=sign or "+",
        mechanism=row.cell("mechanism"),
        context=row.cell("context"),
        case=row.cell("case"),
        stance=row.cell("stance").lower(),
        prompted=prompted or "",
        first_hand=first_hand,
        coder=row.cell("coder"),
        on=row.cell("on"),
        id=row.cell("id"),
    )
    return claim, []


def _empty(row: Row) -> Iterator[Wrong]:
    for column in ("source", "cause", "effect"):
        if not row.cell(column):
            yield f"The row has no `{column}`.", "Fill it in."
    if row.cell("cause") and row.cell("cause") == row.cell("effect"):
        yield f"`{row.cell('cause')}` leads to itself here.", "Correct the cause or the effect."


def _unknown(row: Row, sources: Mapping[str, Source], cases: Collection[str]) -> Iterator[Wrong]:
    source, case, stance = row.cell("source"), row.cell("case"), row.cell("stance").lower()
    if source and source not in sources:
        yield f"`{source}` is not a source.", f"Correct the name.{nearest(source, sources)}"
    if case and cases and case not in cases:
        yield f"`{case}` is not a case.", f"Correct the name.{nearest(case, cases)}"
    if stance and stance not in STANCES:
        do = f"Write {', '.join(STANCES)}, or leave it blank.{nearest(stance, STANCES)}"
        yield f"`stance` cannot be `{row.cell('stance')}`.", do
    which = row.cell("occurrence")
    if which and not _NUMBER.fullmatch(which):
        yield f"`occurrence` cannot be `{which}`.", "Write 1, 2 ..., or leave it blank."


def _value(row: Row, column: str, known: Mapping[str, V], wrongs: list[Wrong]) -> V | None:
    cell = row.cell(column)
    if cell.lower() in known:
        return known[cell.lower()]
    hint = nearest(cell.lower(), [word for word in known if word])
    do = f"Write {_SHOWN[column]}, or leave it blank.{hint}"
    wrongs.append((f"`{column}` cannot be `{cell}`.", do))
    return None


def _segment(row: Row, sources: Mapping[str, Source], wrongs: list[Wrong]) -> Segment | None:
    source, quote, which = row.cell("source"), row.cells.get("quote", ""), row.cell("occurrence")
    if source not in sources:
        return None
    try:
        number = int(which) if _NUMBER.fullmatch(which) else None
        return locate(sources[source], quote, number)
    except CodingError as error:
        holder = next(
            (id for id, one in sources.items() if quote.strip() and quote in one.text), ""
        )
        do = error.do
        if holder and holder != source:
            do = f"It stands in source `{holder}`: correct one of the two."
        wrongs.append((error.wrong, do))
        return None


def _twice(read: Iterable[tuple[int, Claim]], file: str) -> Iterator[Fault]:
    """Yield faults for rows that say the same again, and for ids that stand twice."""
    said: dict[tuple[str, ...], int] = {}
    ids: dict[str, int] = {}
    for line, claim in read:
        key = (claim.segment.id, claim.cause, claim.effect, claim.sign, claim.coder, claim.case)
        if key in said:
            wrong = f"The same claim stands on line {said[key]} already."
            yield Fault(file, line, wrong, "Delete one of the two rows.")
        if claim.id in ids:
            wrong = f"The id `{claim.id}` stands on line {ids[claim.id]} already."
            yield Fault(file, line, wrong, "Give each claim its own id, or none.")
        said.setdefault(key, line)
        if claim.id:
            ids.setdefault(claim.id, line)


def _with_ids(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Give each claim without an id one that says what it is, the same in every run."""
    count = Counter(claim.id for claim in claims if claim.id)
    named = []
    for claim in claims:
        id = claim.id
        if not id:
            plain = f"claim:{claim.segment.id}:{claim.cause} -> {claim.effect}:{claim.coder}"
            count[plain] += 1
            id = plain if count[plain] == 1 else f"{plain}:{count[plain]}"
        named.append(replace(claim, id=id))
    return tuple(named)


def write_claims(path: Path, claims: Iterable[Claim], sources: Sequence[Source]) -> None:
    """Write claims so that `read_claims` reads the same ones back.

    The file is UTF-8 with a byte order mark, so that spreadsheets keep its letters; it is
    written whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        Where to.
    claims : iterable of Claim
        In the order wanted.
    sources : sequence of Source
        The texts, to say which place is meant where the same words stand several times.

    Raises
    ------
    CodingError
        A claim's source is missing, or its words are no longer there.
    """
    by_id = {source.id: source for source in sources}
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*COLUMNS, *MORE_COLUMNS))
    for claim in claims:
        writer.writerow(_cells(claim, by_id))
    write_whole(path, text.getvalue().encode("utf-8-sig"))


def _cells(claim: Claim, sources: Mapping[str, Source]) -> tuple[str, ...]:
    segment = claim.segment
    which = occurrence_cell(segment, sources, f"the claim `{claim.id}`")
    seen = {True: "yes", False: "no", None: ""}[claim.first_hand]
    return (
        *(segment.source, segment.quote, claim.cause, claim.effect, claim.sign, claim.mechanism),
        *(claim.context, claim.case, claim.stance, claim.prompted, seen, claim.coder, claim.on),
        *(claim.id, which),
    )
