"""``codings.csv``: who put which code on which words; each quotation is placed exactly."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from evalkit.coding.locate import locate, occurrence_cell
from evalkit.coding.model import Codebook, Coding, Segment, Source
from evalkit.coding.rows import Row, Table, read_table
from evalkit.errors import CodingError, Fault, ProjectError, nearest
from evalkit.files.write import write_whole

_NEEDED = ("source", "quote", "code", "coder")
_OPTIONAL = ("on", "note", "occurrence")
_NUMBER = re.compile(r"[0-9]{1,6}")


def read_codings(
    path: Path, sources: Sequence[Source], codebook: Codebook, *, file: str = ""
) -> tuple[Coding, ...]:
    """Read the codings of a project.

    Parameters
    ----------
    path : pathlib.Path
        CSV with the columns source, quote, code, coder and, where wanted, on (a date), note and
        occurrence (which one, where the same words stand several times in the source).
    sources : sequence of Source
        The texts quoted from.
    codebook : Codebook
        The codes that may be used.
    file : str, optional
        Name of the file in messages; the path's own name by default.

    Returns
    -------
    tuple of Coding
        In the order of the file; every segment verifies against its source.

    Raises
    ------
    ProjectError
        Every row with an unknown source or code, no coder, a quotation that cannot be placed, or
        that says again what an earlier row says.
    """
    file = file or path.name
    if not path.is_file():
        do = f"Write it with the columns {', '.join(_NEEDED)}."
        raise ProjectError([Fault(file, 0, f"There is no file `{file}`.", do)])
    table = read_table(path, file, _NEEDED)
    by_id = {source.id: source for source in sources}
    faults = [*table.faults, *_unknown_columns(table, file)]
    codings: list[Coding] = []
    for row in table.rows:
        found, wrong = _read_row(row, by_id, codebook, file)
        faults.extend(wrong)
        codings.extend(found)
    faults.extend(_twice(codings))
    if faults:
        raise ProjectError(faults)
    return tuple(codings)


def _unknown_columns(table: Table, file: str) -> list[Fault]:
    known = (*_NEEDED, *_OPTIONAL)
    return [
        Fault(
            file,
            1,
            f"`{name}` is not a column that is known here.",
            f"Known columns: {', '.join(known)}.{nearest(name, known)}",
        )
        for name in table.columns
        if name not in known
    ]


def _read_row(
    row: Row, sources: Mapping[str, Source], codebook: Codebook, file: str
) -> tuple[list[Coding], list[Fault]]:
    """Return the row's coding, or every fault of the row."""
    found = [
        *_name_faults(row, "source", sources),
        *_name_faults(row, "code", codebook.by_id),
    ]
    if not row.cell("coder"):
        found.append(("The row has no `coder`.", "Write who coded it: initials will do."))
    occurrence = row.cell("occurrence")
    if occurrence and not (_NUMBER.fullmatch(occurrence) and int(occurrence)):
        wrong = f"`occurrence` cannot be `{occurrence}`."
        found.append((wrong, "Write 1, 2 ..., or leave it blank."))
        occurrence = ""
    segment: Segment | None = None
    if row.cell("source") in sources:
        try:
            segment = _segment(row, sources, int(occurrence) if occurrence else None)
        except CodingError as error:
            found.append((error.wrong, _elsewhere(row, sources) or error.do))
    faults = [Fault(file, row.line, wrong, do) for wrong, do in found]
    if faults or segment is None:
        return [], faults
    return [_coding(row, segment, file)], []


def _coding(row: Row, segment: Segment, file: str) -> Coding:
    return Coding(
        segment=segment,
        code=row.cell("code"),
        coder=row.cell("coder"),
        on=row.cell("on"),
        note=row.cells.get("note", ""),
        file=file,
        line=row.line,
    )


def _segment(row: Row, sources: Mapping[str, Source], occurrence: int | None) -> Segment:
    return locate(sources[row.cell("source")], row.cells.get("quote", ""), occurrence)


def _name_faults(row: Row, column: str, known: Iterable[str]) -> list[tuple[str, str]]:
    names = list(known)
    name = row.cell(column)
    if name in names:
        return []
    if not name:
        return [(f"The row has no `{column}`.", "Fill it in.")]
    where = "a source in `sources/`" if column == "source" else "a code of codebook.yaml"
    return [(f"`{name}` is not {where}.", f"Correct the name.{nearest(name, names)}")]


def _elsewhere(row: Row, sources: Mapping[str, Source]) -> str:
    """Name the source that does hold the quotation, when the row names another."""
    quote = row.cells.get("quote", "")
    if not quote.strip() or quote in sources[row.cell("source")].text:
        return ""
    holders = [id for id, source in sources.items() if quote in source.text]
    return f"It stands in source `{holders[0]}`: correct one of the two." if holders else ""


def _twice(codings: Iterable[Coding]) -> list[Fault]:
    first: dict[str, Coding] = {}
    faults = []
    for coding in codings:
        if coding.id in first:
            line = first[coding.id].line
            wrong = (
                f"{coding.coder} put `{coding.code}` on {coding.segment.id} on line {line} already."
            )
            faults.append(Fault(coding.file, coding.line, wrong, "Delete one of the two rows."))
        first.setdefault(coding.id, coding)
    return faults


def write_codings(path: Path, codings: Iterable[Coding], sources: Sequence[Source]) -> None:
    """Write codings so that `read_codings` reads the same ones back.

    The file is UTF-8 with a byte order mark, so that spreadsheets keep its letters; it is
    written whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        Where to.
    codings : iterable of Coding
        What was coded, in the order wanted.
    sources : sequence of Source
        The texts, to say which place is meant where the same words stand several times.

    Raises
    ------
    CodingError
        A coding's source is missing, or its words are no longer there.
    """
    by_id = {source.id: source for source in sources}
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*_NEEDED, *_OPTIONAL))
    for coding in codings:
        writer.writerow(_cells(coding, by_id))
    write_whole(path, text.getvalue().encode("utf-8-sig"))


def _cells(coding: Coding, sources: Mapping[str, Source]) -> tuple[str, ...]:
    segment = coding.segment
    which = occurrence_cell(segment, sources, coding.id)
    return segment.source, segment.quote, coding.code, coding.coder, coding.on, coding.note, which
