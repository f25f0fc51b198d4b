"""Frames of other libraries come in, and go out untouched."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from evalkit.data.frame import to_pandas
from evalkit.errors import DataError

COLUMNS = {"id": ["a", "b", "c"], "n": [1, 2, 3], "y": [0.5, None, 1.5], "t": [True, False, True]}


@pytest.mark.parametrize(
    "make", [pd.DataFrame, pl.DataFrame, pa.table, pl.LazyFrame], ids=lambda make: make.__module__
)
def test_every_library_gives_the_same_pandas_frame(make):
    """Yes and no become 1 and 0, gaps NaN."""
    frame = to_pandas(make(COLUMNS))
    assert list(frame.columns) == list(COLUMNS)
    assert frame["id"].tolist() == ["a", "b", "c"]
    assert frame["n"].dtype == np.int64
    assert frame["t"].tolist() == [1, 0, 1]
    assert frame["y"].dtype == float
    assert frame["y"].isna().tolist() == [False, True, False]


def test_the_callers_frame_is_never_changed():
    """The copy may be written to."""
    own = pd.DataFrame({"y": [1.0, 2.0]}, index=[5, 5])
    copy = to_pandas(own)
    copy.loc[0, "y"] = 99
    assert own["y"].tolist() == [1, 2]
    assert copy.index.tolist() == [0, 1]


def test_types_with_their_own_missing_value_become_plain():
    """Nullable integers, yes/no with gaps, categories."""
    frame = to_pandas(
        pd.DataFrame(
            {
                "i": pd.array([1, None], dtype="Int64"),
                "b": pd.array([True, None], dtype="boolean"),
                "o": pd.Series([True, None], dtype=object),
                "c": pd.Categorical(["x", None]),
            }
        )
    )
    assert all(isinstance(kind, np.dtype) and kind.kind == "f" for kind in frame.dtypes.iloc[:3])
    assert frame["i"].iloc[0] == frame["b"].iloc[0] == frame["o"].iloc[0] == 1
    assert frame.isna().iloc[1].all()
    assert frame["c"].iloc[0] == "x"


def test_what_is_no_frame_is_refused():
    """A list is not a table, and two columns of one name are not a frame."""
    with pytest.raises(DataError, match="A list is not a data frame"):
        to_pandas([1, 2])
    with pytest.raises(DataError, match="Two columns are named `a`"):
        to_pandas(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_decimals_and_dates_come_through():
    """Decimals become floats; dates stay dates."""
    frame = to_pandas(
        pa.table(
            {
                "d": pa.array([Decimal("1.5"), None]),
                "t": pa.array([dt.date(2024, 3, 4), None]),
            }
        )
    )
    assert frame["d"].iloc[0] == 1.5
    assert frame["t"].iloc[0] == dt.date(2024, 3, 4)
