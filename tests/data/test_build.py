"""Typed columns of parquet files."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evalkit.data.read import columns_of, read_table
from evalkit.errors import DataError


def test_parquet_is_typed_like_a_csv(tmp_path, gaps):
    """Text columns get the symbols, numbers the declared codes, yes/no 1 and 0."""
    path = tmp_path / "table.parquet"
    frame = pd.DataFrame(
        {
            "id": ["007", "008", "c"],
            "rate": ["1,200", "c", None],
            "n": [1, -99, 3],
            "there": [True, False, True],
            "day": pd.to_datetime(["2024-03-04", "2024-03-05", None]),
            "kind": pd.Categorical(["a", "b", "a"]),
        }
    )
    frame.to_parquet(path)
    table = read_table(path, unit="id", missing=[-99])
    assert gaps(table) == [
        ("rate", "blank", "", 1),
        ("rate", "suppressed", "c", 1),
        ("n", "declared missing", "-99", 1),
        ("day", "blank", "", 1),
    ]
    assert list(table.frame["there"]) == [1, 0, 1]
    assert list(table.frame["kind"]) == ["a", "b", "a"]
    assert columns_of(path) == tuple(frame.columns)


def test_every_plain_type_of_parquet_has_its_place(tmp_path, gaps):
    """Decimals become numbers, days dates, gaps in yes/no and whole numbers stay gaps."""
    path = tmp_path / "types.parquet"
    table = pa.table(
        {
            "decimal": pa.array([Decimal("1.5"), None]),
            "whole": pa.array([1, None], pa.int32()),
            "truth": pa.array([True, None]),
            "moment": pa.array([dt.datetime(2024, 3, 4), None], pa.timestamp("us")),  # noqa: DTZ001 (no zone in the file)
            "day": pa.array([dt.date(2024, 3, 4), None]),
            "nothing": pa.nulls(2),
            "bytes": pa.array([b"a", None]),
        }
    )
    pq.write_table(table, path)
    read = read_table(path)
    first = read.frame.iloc[0]
    assert [first["decimal"], first["whole"], first["truth"]] == [1.5, 1, 1]
    assert first["moment"] == first["day"] == pd.Timestamp("2024-03-04")
    assert read.frame["nothing"].isna().all()
    assert [gap[0] for gap in gaps(read)] == list(table.column_names)
    assert read.frame.dtypes.iloc[:3].tolist() == [float, float, float]


def test_a_parquet_file_without_rows_is_refused(tmp_path):
    """Like an empty CSV."""
    path = tmp_path / "empty.parquet"
    pq.write_table(pa.table({"id": pa.array([], pa.string())}), path)
    with pytest.raises(DataError, match="It has no rows"):
        read_table(path)
