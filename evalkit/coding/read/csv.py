"""Sources from CSV: one row a source, or a survey with one row a case and several open questions."""

from __future__ import annotations

import csv
from pathlib import Path

from evalkit.coding.decode import decode_file
from evalkit.coding.material import Material
from evalkit.coding.model import Source
from evalkit.coding.rows import read_table
from evalkit.coding.survey import Per, has_answers, rows_to_sources, survey_material
from evalkit.errors import CodingError, ProjectError


def read_csv(path: Path, file: str) -> tuple[Source, ...]:
    """Read the sources of a CSV file.

    With the columns ``id`` and ``text`` each row is a source: ``title`` (or else ``source``) is
    the title; ``text_type`` is verbatim or paraphrase, and a file without that column is verbatim;
    every other column is an attribute, blanks left out. Without a column ``text`` it is a survey
    (see `evalkit.coding.survey.survey_material`), each answer a source.

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
    return csv_material(path, file).sources


def csv_material(path: Path, file: str, per: Per = "answer") -> Material:
    """Read the sources, and of a survey the cases; see `read_csv`."""
    columns = _columns(path, file)
    if columns and "text" not in columns:
        table = read_table(path, file, columns)
        if has_answers(table.rows, table.columns):
            if table.faults:
                raise ProjectError(table.faults)
            return survey_material(table.rows, table.columns, file, per)
    table = read_table(path, file, ("id", "text"))
    return Material(rows_to_sources(table.rows, table.columns, file, table.faults))


def _columns(path: Path, file: str) -> tuple[str, ...]:
    """Return the names in the first row, by the separator that parts it most; none if unreadable."""
    try:
        lines = decode_file(path, file).text.lstrip("\n").splitlines(keepends=True)
        rows = [next(csv.reader(lines, delimiter=mark), []) for mark in ",;\t"]
    except (CodingError, csv.Error):  # told by `read_table`, with the line
        return ()
    return tuple(dict.fromkeys(name.strip() for name in max(rows, key=len) if name.strip()))
