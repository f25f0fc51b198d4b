"""Opens workbooks and parquet files at arm's length: looked over first, parsed in a child."""

from __future__ import annotations

import io
import json
import lzma
import os
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evalkit.data.table import Changed
from evalkit.data.text import HEAD, Record
from evalkit.errors import DataError, MissingExtraError, nearest

MAX_PARTS = 5_000
MAX_UNPACKED = 300_000_000
MAX_RATIO = 200  # of parts that unpack to more than 10 MB
SHEET_CELLS = 5_000_000
PARQUET_CELLS = 50_000_000
WORKBOOK_LIMITS = {"memory_mb": 1024, "seconds": 20}
PARQUET_LIMITS = {"memory_mb": 4096, "seconds": 60, "most_mb": 500}

_CHILD = Path(__file__).with_name("child.py")
_DIMENSION = re.compile(rb'<dimension[^>]*ref="[A-Z]+\d+:([A-Z]{1,3})(\d{1,7})"')
_ODD_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
_SAVE = "Open it in the program it came from and save it again as .xlsx or as CSV."


def look_over(data: bytes, file: str) -> None:
    """Refuse a workbook that would unpack to something enormous, or that is not a workbook.

    Raises
    ------
    DataError
        Naming what is wrong with the file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            wrong = _parts_wrong(parts) or _inside_wrong(archive, parts)
    except _ODD_ZIP:
        wrong = "It is not a whole .xlsx workbook."
    if wrong:
        raise DataError(wrong, do=_SAVE, file=file)


def _parts_wrong(parts: list[zipfile.ZipInfo]) -> str:
    if len(parts) > MAX_PARTS:
        return f"The workbook has {len(parts)} parts; evalkit opens up to {MAX_PARTS}."
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        return f"The workbook unpacks to more than {MAX_UNPACKED // 1_000_000} MB."
    for part in parts:
        if part.filename.startswith(("/", "\\")) or ".." in Path(part.filename).parts:
            return "The workbook has a part that points outside itself."
        if part.flag_bits & 1:
            return "The workbook is protected by a password."
        if part.file_size > 10_000_000 and part.file_size > MAX_RATIO * part.compress_size:
            return "A part of the workbook unpacks to more than 200 times its size."
    return ""


def _inside_wrong(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> str:
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        return "It is not an .xlsx workbook."
    for part in parts:
        if not part.filename.endswith((".xml", ".rels")):
            continue
        with archive.open(part) as stream:
            top = stream.read(4096)
        if b"<!DOCTYPE" in top or b"<!ENTITY" in top:
            return "The workbook defines its own XML entities, which no spreadsheet needs."
        if (size := _DIMENSION.search(top)) and _cells(size[1], size[2]) > SHEET_CELLS:
            return f"A sheet says that it reaches to cell {size[1].decode()}{size[2].decode()}."
    return ""


def _cells(letters: bytes, row: bytes) -> int:
    column = 0
    for letter in letters:
        column = 26 * column + letter - 64
    return column * int(row)


def sheet_records(
    data: bytes, file: str, *, sheet: str = "", head: bool = False
) -> tuple[list[Record], tuple[Changed, ...]]:
    """Return the rows of a sheet as text with their row numbers.

    The first visible sheet is read where none is named. Of formulas the values are read.
    """
    look_over(data, file)
    job = {"kind": "workbook", "sheet": sheet, "rows": HEAD if head else None}
    answer = _json(_run({**job, "cells": SHEET_CELLS, **WORKBOOK_LIMITS}, data, file), file)
    if "no_sheet" in answer:
        names = [str(name) for name in answer["no_sheet"]]
        raise DataError(
            f"There is no sheet `{sheet}`.{nearest(sheet, names)}",
            do=f"Use one of: {', '.join(names)}.",
            file=file,
        )
    rows = [(row, cells) for row, cells in enumerate(answer["rows"], start=1)]
    others = ", ".join(answer["others"])
    if sheet or not others:
        return rows, ()
    what = f"sheet `{answer['sheet']}` was read; the workbook has more"
    return rows, (Changed("", what, len(answer["others"]), others[:60]),)


def parquet_names(data: bytes, file: str) -> tuple[str, ...]:
    """Return the names of a parquet file's columns."""
    job = {"kind": "parquet", "rows": 1, "cells": PARQUET_CELLS, **PARQUET_LIMITS}
    return tuple(_json(_run(job, data, file), file)["names"])


def parquet_stream(data: bytes, file: str) -> bytes:
    """Return a parquet file's table as the bytes of an Arrow stream."""
    job = {"kind": "parquet", "rows": 0, "cells": PARQUET_CELLS, **PARQUET_LIMITS}
    answer = _run(job, data, file)
    if answer.startswith(b"{"):
        nested = _json(answer, file)["nested"]
        raise DataError(
            f"Columns hold lists or records: {', '.join(nested)}.",
            do="Keep columns of numbers, text, dates and yes/no only.",
            file=file,
        )
    return answer


def need_pyarrow() -> None:
    """Raise a `MissingExtraError` where pyarrow is not installed."""
    if find_spec("pyarrow") is None:
        raise MissingExtraError("pyarrow", "parquet")


def _run(job: dict[str, Any], data: bytes, file: str) -> bytes:
    """Give the file's bytes to the child and return its answer."""
    # -P: a file named like a library in the current folder must not be imported.
    command = [sys.executable, "-P", str(_CHILD), json.dumps(job)]
    # One thread, the system's allocator: others reserve address space by the gigabyte.
    settings = {"OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
    try:
        done = subprocess.run(  # noqa: S603 (our own program; the file's name is not in it)
            command,
            input=data,
            capture_output=True,
            env={**os.environ, **settings},
            timeout=3 * job["seconds"],
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError):
        raise _unreadable(job, file) from None
    if done.returncode != 0:
        raise _unreadable(job, file)
    return done.stdout


def _unreadable(job: dict[str, Any], file: str) -> DataError:
    return DataError(
        f"It cannot be opened within {job['memory_mb']} MB of memory and {job['seconds']} s. "
        "It is damaged, or reaches very far to the right or down.",
        do=_SAVE if job["kind"] == "workbook" else "Write it again, or save it as CSV.",
        file=file,
    )


def _json(answer: bytes, file: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(answer)
    if "damaged" in values:
        locked = values["damaged"] == "PasswordError"
        raise DataError(
            "It is protected by a password." if locked else "It is damaged: it cannot be opened.",
            do="Save it again, without a password." if locked else _SAVE,
            file=file,
        )
    if "too_heavy" in values:
        raise DataError(
            f"Its values take {values['too_heavy']} MB, which is more than evalkit opens.",
            do="Keep only the rows and columns that the plan uses.",
            file=file,
        )
    if "too_large" in values:
        rows, columns = values["too_large"]
        raise DataError(
            f"It has {rows} rows and {columns} columns, which is more than evalkit opens.",
            do="Delete empty rows and columns at its ends, or keep only what you need.",
            file=file,
        )
    return values
