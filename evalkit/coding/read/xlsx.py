"""Sources from workbooks (.xlsx): one row a source, or a survey with one row a case."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.coding.material import Material, place_losses
from evalkit.coding.model import Loss, Source
from evalkit.coding.rows import Row
from evalkit.coding.survey import Per, has_answers, rows_to_sources, survey_material
from evalkit.errors import DataError, Fault, ProjectError, nearest

if TYPE_CHECKING:
    from evalkit.data.grid import Grid

MOST_MB = 50


def read_xlsx(path: Path, file: str) -> tuple[Source, ...]:
    """Read the sources of the first visible sheet of a workbook.

    The columns mean what they mean in a CSV file (see `evalkit.coding.read.csv.read_csv`).

    Parameters
    ----------
    path : pathlib.Path
        The workbook; parsed in a child process with limits.
    file : str
        Its name in messages.

    Raises
    ------
    ProjectError
        It is no workbook, damaged or hostile, has no table, or its rows have faults.
    """
    return xlsx_material(path, file).sources


def xlsx_material(path: Path, file: str, per: Per = "answer") -> Material:
    """Read the sources, and of a survey the cases; see `read_xlsx`."""
    try:
        grid, losses = _grid(path, file)
    except DataError as error:
        raise ProjectError([Fault(file, error.line, error.wrong, error.do)]) from error
    rows = [
        Row(line, dict(zip(grid.names, cells, strict=True)))
        for line, cells in zip(grid.lines, grid.rows, strict=True)
    ]
    found = _read(rows, grid.names, file, per)
    return Material(found.sources, found.cases, (*place_losses(losses, file), *found.losses))


def _grid(path: Path, file: str) -> tuple[Grid, list[Loss]]:
    from evalkit.data.apart import sheet_records
    from evalkit.data.grid import to_grid

    try:
        size = path.stat().st_size
        data = path.read_bytes() if 0 < size <= MOST_MB * 1_000_000 else b""
    except OSError as error:
        wrong = f"It cannot be read: {error.strerror}."
        raise DataError(wrong, do="Close it in other programs.", file=file) from None
    if not data:
        wrong = "The file is empty." if not size else f"The file has more than {MOST_MB} MB."
        raise DataError(wrong, do="Keep only the sheet with the answers.", file=file)
    records, changes = sheet_records(data, file)
    grid = to_grid(records, file, sheet=True)
    losses = [
        Loss(
            f"table: {change.what}",
            change.example or change.column,
            change.count,
            (file,),
            "changed",
        )
        for change in (*changes, *grid.changes)
    ]
    return grid, losses + _other_parts(data)


def _other_parts(data: bytes) -> list[Loss]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
    counted = (
        ("comments on cells", "comments are not answers", ("xl/comments", "xl/threadedComments")),
        ("picture", "pictures are not text", ("xl/media/",)),
        ("chart", "charts are not text", ("xl/charts/chart",)),
    )
    found = [
        (kind, why, sum(name.startswith(start) for name in names)) for kind, why, start in counted
    ]
    return [Loss(kind, why, count) for kind, why, count in found if count]


def _read(rows: list[Row], columns: tuple[str, ...], file: str, per: Per) -> Material:
    if "text" not in columns and has_answers(rows, columns):
        return survey_material(rows, columns, file, per)
    missing = [name for name in ("id", "text") if name not in columns]
    if missing:
        raise ProjectError(_missing(name, columns, file) for name in missing)
    if not rows:
        do = "Put the answers below the names of the columns."
        raise ProjectError([Fault(file, 0, "The sheet has no rows.", do)])
    return Material(rows_to_sources(rows, columns, file))


def _missing(name: str, columns: tuple[str, ...], file: str) -> Fault:
    hint = nearest(name, columns).replace("Did you mean", "Is it the one called")
    return Fault(file, 1, f"The column `{name}` is missing.", f"Name it in the first row.{hint}")
