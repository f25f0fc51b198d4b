"""Sources from CSV: one row a source (an answer, an excerpt), other columns its attributes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

from evalkit.coding.model import Source
from evalkit.coding.rows import Row, read_table
from evalkit.errors import Fault, ProjectError, nearest

_OWN = ("id", "text", "title", "text_type")
_TEXT_TYPES = ("verbatim", "paraphrase")


def read_csv(path: Path, file: str) -> tuple[Source, ...]:
    """Read the sources of a CSV file with the columns ``id`` and ``text``.

    ``title`` (or else ``source``) is the title; ``text_type`` is verbatim or paraphrase, and a
    file without that column is verbatim. Every other column is an attribute, blanks left out.

    Parameters
    ----------
    path : pathlib.Path
        UTF-8, UTF-16 or Windows-1252; commas, semicolons or tabs.
    file : str
        Its name in messages.

    Returns
    -------
    tuple of Source
        In the order of the file.

    Raises
    ------
    ProjectError
        Missing columns, and every row without an id, without text or with an unknown text type.
    """
    table = read_table(path, file, ("id", "text"))
    faults = list(table.faults)
    for row in table.rows:
        faults.extend(_faults(row, file, typed="text_type" in table.columns))
    if faults:
        raise ProjectError(faults)
    return tuple(_source(row, file) for row in table.rows)


def _faults(row: Row, file: str, *, typed: bool) -> list[Fault]:
    faults = []
    if not row.cell("id"):
        faults.append(Fault(file, row.line, "The row has no `id`.", "Give it one of its own."))
    elif any(not mark.isprintable() for mark in row.cell("id")):
        wrong = f"The id {row.cell('id')!r} has characters that cannot be printed."
        faults.append(Fault(file, row.line, wrong, "Use letters, figures and hyphens."))
    if not row.cell("text"):
        do = "Delete the row, or fill in the words."
        faults.append(Fault(file, row.line, f"Source `{row.cell('id')}` has no text.", do))
    if typed and row.cell("text_type") not in _TEXT_TYPES:
        wrong = f"`text_type` cannot be `{row.cell('text_type')}`."
        hint = nearest(row.cell("text_type"), _TEXT_TYPES)
        do = f"Write verbatim (the person's own words) or paraphrase.{hint}"
        faults.append(Fault(file, row.line, wrong, do))
    return faults


def _source(row: Row, file: str) -> Source:
    title = "title" if row.cell("title") else "source"
    attributes = {
        name: row.cell(name)
        for name in row.cells
        if name not in _OWN and name != title and row.cell(name)
    }
    text_type = cast("Literal['verbatim', 'paraphrase']", row.cell("text_type") or "verbatim")
    return Source(
        id=row.cell("id"),
        text=row.cells["text"],
        title=row.cell(title),
        text_type=text_type,
        attributes=attributes,
        file=file,
        line=row.line,
    )
