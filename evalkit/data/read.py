"""Reads tables from messy files: CSV in any usual encoding, workbooks, parquet."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from evalkit.data.apart import need_pyarrow, parquet_names, sheet_records
from evalkit.data.grid import Grid, to_grid
from evalkit.data.symbols import recipe
from evalkit.data.table import Changed, Table, need_column
from evalkit.data.text import SEPARATORS, decode, records
from evalkit.errors import DataError, nearest

if TYPE_CHECKING:
    from evalkit.data.build import Body

Format = Literal["text", "workbook", "parquet"]

FORMATS: dict[str, Format] = {
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".xlsx": "workbook",
    ".xlsm": "workbook",
    ".parquet": "parquet",
}
MOST_MB: dict[Format, int] = {"text": 100, "workbook": 50, "parquet": 300}

_MAGIC = (
    (b"PK\x03\x04", "a workbook or zip file"),
    (b"PAR1", "a parquet file"),
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old .xls workbook, or one protected by a password"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database"),
)
_STARTS: dict[Format, bytes] = {"text": b"", "workbook": b"PK\x03\x04", "parquet": b"PAR1"}


def read_table(
    path: str | Path,
    *,
    id: str = "",
    unit: str = "",
    time: str = "",
    cluster: str = "",
    missing: Sequence[str | float] = (),
    sheet: str = "",
    symbols: str = "dfe",
) -> Table:
    r"""Read a table, with every change made on the way counted and listed.

    Parameters
    ----------
    path : str or Path
        A .csv, .tsv, .txt, .xlsx, .xlsm or .parquet file.
    id : str
        Key of the table; the file's name without its ending by default.
    unit, time, cluster : str
        Columns with these roles.
    missing : sequence of str or number
        Values that mean "missing" in this table, beyond the symbols of the recipe.
    sheet : str
        Sheet of a workbook; the first visible one by default.
    symbols : {"dfe", "general", "none"}
        Which list of symbols applies (see `evalkit.data.symbols`). They count as missing only
        in columns that hold nothing else but numbers.

    Returns
    -------
    Table
        The frame, the roles, the changes, and why each missing cell is missing.

    Raises
    ------
    DataError
        When the file is absent, empty, too large, not what its name says, or has rows or names
        that cannot be made sense of, or when a role names a column that is not there.
    MissingExtraError
        When a parquet file is read and pyarrow is not installed.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "pupils.csv")
    ...     _ = file.write_text("pupil,score\n007,12.5\n008,c\n")
    ...     table = read_table(file, unit="pupil")
    >>> [(gap.column, gap.reason, gap.count) for gap in table.missing]
    [('score', 'suppressed', 1)]
    """
    from evalkit.data.build import from_grid, from_parquet

    known = recipe(symbols)
    kind, data = _load(Path(path))
    name, codes = Path(path).name, tuple(str(code) for code in missing)
    if kind == "parquet":
        body: Body = from_parquet(data, name, known, codes)
    else:
        body = from_grid(_grid(kind, data, name, sheet=sheet), name, known, codes)
    for role in (unit, time, cluster):
        if role:
            need_column(body.frame.columns, role, where=f"`{name}`")
    return Table(
        id=id or Path(path).stem,
        frame=body.frame,
        lines=body.lines,
        cells=body.cells,
        unit=unit,
        time=time,
        cluster=cluster,
        file=str(path),
        sha256=hashlib.sha256(data).hexdigest(),
        changes=body.changes,
    )


def columns_of(path: str | Path, sheet: str = "") -> tuple[str, ...]:
    """Return the names of a file's columns; no more of the table is understood than that.

    Raises
    ------
    DataError
        As `read_table`, for what can be seen from the top of the file.
    """
    kind, data = _load(Path(path))
    if kind == "parquet":
        need_pyarrow()
        return parquet_names(data, Path(path).name)
    return _grid(kind, data, Path(path).name, sheet=sheet, head=True).names


def _grid(kind: Format, data: bytes, file: str, *, sheet: str = "", head: bool = False) -> Grid:
    """Return the grid of a text file or sheet, with the changes made so far in front."""
    if kind == "workbook":
        rows, said = sheet_records(data, file, sheet=sheet, head=head)
    else:
        text, said = decode(data, file)
        rows, separator = records(text, file, head=head)
        if separator != ",":
            said += (Changed("", f"cells separated by {SEPARATORS[separator]}", 1),)
    grid = to_grid(rows, file, sheet=kind == "workbook")
    return Grid(grid.names, grid.rows, grid.lines, (*said, *grid.changes))


def _load(path: Path) -> tuple[Format, bytes]:
    """Return the kind and the bytes of a file that is what its name says."""
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise DataError(
            f"evalkit does not read `{path.suffix or path.name}` files as tables.",
            do=f"Save it as one of: {', '.join(FORMATS)}.",
            file=path.name,
        )
    _refuse_size(path, kind)
    try:
        with path.open("rb") as stream:
            start = stream.read(16)
            _refuse_other(start, kind, path.name)
            return kind, start + stream.read()
    except OSError as error:
        raise DataError(
            f"It cannot be read: {error.strerror}.",
            do="Close it in other programs and check who may open it.",
            file=path.name,
        ) from None


def _refuse_size(path: Path, kind: Format) -> None:
    try:
        facts = path.stat()
    except (OSError, ValueError):
        raise _absent(path) from None
    if not stat.S_ISREG(facts.st_mode):
        raise DataError("It is not a file.", do="Name the file itself.", file=path.name)
    if facts.st_size == 0:
        raise DataError("The file is empty.", do="Put the table in it again.", file=path.name)
    if facts.st_size > MOST_MB[kind] * 1_000_000:
        raise DataError(
            f"It is {facts.st_size / 1e6:.0f} MB; evalkit opens up to {MOST_MB[kind]} MB.",
            do="Keep only the rows and columns that the plan uses, or save it as parquet.",
            file=path.name,
        )


def _absent(path: Path) -> DataError:
    beside = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
    return DataError(
        f"There is no file `{path}`.{nearest(path.name, beside)}",
        do="Put it there, or mend its name.",
        file=path.name,
    )


def _refuse_other(start: bytes, kind: Format, file: str) -> None:
    """Refuse a file whose first bytes show that it is something else."""
    wanted = _STARTS[kind]
    for magic, words in _MAGIC:
        if start.startswith(magic) and magic != wanted:
            raise DataError(
                f"Its name ends like a {kind} file, but it is {words}.",
                do="Save the table as CSV or .xlsx, or mend the ending of the name.",
                file=file,
            )
    if not start.startswith(wanted):
        raise DataError(
            f"Its name ends like a {kind} file, but it is not one.",
            do="Save the table again, or mend the ending of the name.",
            file=file,
        )
