"""Puts typed columns together into the body of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.data.apart import need_pyarrow, parquet_stream
from evalkit.data.cells import declared_codes
from evalkit.data.columns import Lines, Reading, no_cells, read_column
from evalkit.data.grid import Grid
from evalkit.data.symbols import DECLARED
from evalkit.data.table import Changed
from evalkit.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """What a table holds before its columns have roles."""

    frame: pd.DataFrame
    lines: Lines
    cells: pd.DataFrame
    changes: tuple[Changed, ...]


def from_grid(grid: Grid, file: str, symbols: Mapping[str, str], missing: tuple[str, ...]) -> Body:
    """Type the columns of a grid of text."""
    if not grid.rows:
        raise DataError(
            "There is a header but no row below it.",
            do="Put the data below the names of the columns.",
            file=file,
        )
    lines = np.asarray(grid.lines, dtype=np.int64)
    texts = zip(*grid.rows, strict=True)
    readings = {
        name: read_column(name, column, lines, symbols, missing)
        for name, column in zip(grid.names, texts, strict=True)
    }
    return _body(readings, lines, grid.changes)


def _body(readings: Mapping[str, Reading], lines: Lines, changes: tuple[Changed, ...]) -> Body:
    frame = pd.DataFrame({name: reading.column for name, reading in readings.items()})
    stated = [reading.cells for reading in readings.values() if len(reading.cells)]
    cells = pd.concat(stated, ignore_index=True) if stated else no_cells()
    said = [change for reading in readings.values() for change in reading.changes]
    return Body(frame, lines, cells, (*changes, *said))


def from_parquet(
    data: bytes, file: str, symbols: Mapping[str, str], missing: tuple[str, ...]
) -> Body:
    """Type the columns of a parquet file: text as in a CSV, everything else as it is."""
    need_pyarrow()
    import pyarrow as pa

    with pa.ipc.open_stream(parquet_stream(data, file)) as stream:
        table = stream.read_all()
    if len(set(table.column_names)) < table.num_columns or not table.num_rows:
        raise DataError(
            "It has no rows, or two columns with one name.", do="Write it again.", file=file
        )
    lines = np.arange(1, table.num_rows + 1, dtype=np.int64)
    readings = {}
    for name in table.column_names:
        values = table.column(name)
        if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
            texts = ["" if text is None else text for text in values.to_pylist()]
            readings[name] = read_column(name, texts, lines, symbols, missing)
        else:
            readings[name] = _typed(name, values.to_pandas(), lines, missing)
    return _body(readings, lines, ())


def _typed(name: str, values: pd.Series[Any], lines: Lines, missing: tuple[str, ...]) -> Reading:
    """Keep numbers and dates; read yes/no as 1/0; make declared codes missing."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return Reading(values)
    if pd.api.types.is_bool_dtype(values):
        what = "TRUE and FALSE read as 1 and 0"
        return Reading(values.astype(np.int64), (Changed(name, what, len(values)),))
    if not pd.api.types.is_numeric_dtype(values):
        numbers = pd.to_numeric(values, errors="coerce")
        if numbers.notna().sum() < values.notna().sum():
            texts = [
                "" if gap else str(value) for value, gap in zip(values, values.isna(), strict=True)
            ]
            return read_column(name, texts, lines, {}, missing)
        values = numbers.astype(float)
    coded = values.isin(sorted(declared_codes(missing)[1])).to_numpy()
    if not coded.any():
        return Reading(values)
    return _without(name, values, coded, lines)


def _without(name: str, values: pd.Series[Any], coded: Any, lines: Lines) -> Reading:
    codes = [f"{code:g}" for code in values[coded]]
    cells = pd.DataFrame(
        {"line": lines[coded], "column": name, "symbol": codes, "reason": DECLARED}
    ).assign(low=np.nan, high=np.nan)
    changes = tuple(
        Changed(name, f"`{code}` read as missing: {DECLARED}", codes.count(code))
        for code in sorted(set(codes))
    )
    return Reading(values.astype(float).mask(coded), changes, cells)
