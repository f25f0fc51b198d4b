"""Frames from outside: pandas, polars or Arrow in, a pandas copy out."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from evalkit.errors import DataError


def to_pandas(frame: Any) -> pd.DataFrame:
    """Return a pandas copy of any data frame; the caller's own is never changed.

    Parameters
    ----------
    frame : pandas, polars or pyarrow data frame
        Anything that narwhals knows. A lazy frame is collected.

    Returns
    -------
    pandas.DataFrame
        Rows numbered from 0, names of columns as text, numbers as numpy numbers (yes/no as 1/0,
        missing as NaN), categories as plain values.

    Raises
    ------
    DataError
        When it is no data frame, or two columns have one name.

    Examples
    --------
    >>> import pandas as pd
    >>> to_pandas(pd.DataFrame({"treated": [True, False]})).treated.tolist()
    [1, 0]
    """
    columns = _pandas_columns(frame) if isinstance(frame, pd.DataFrame) else _columns(frame)
    names = [str(name) for name, _ in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"Two columns are named `{twice[0]}`.", do="Give each column its own name.")
    plain = {name: _plain(values) for name, (_, values) in zip(names, columns, strict=True)}
    return pd.DataFrame(plain)


def _pandas_columns(frame: pd.DataFrame) -> list[tuple[Any, pd.Series[Any]]]:
    places = range(frame.shape[1])
    return [(frame.columns[place], frame.iloc[:, place]) for place in places]


def _columns(frame: Any) -> list[tuple[Any, pd.Series[Any]]]:
    """Return the columns of a frame that is not pandas, without needing pyarrow."""
    try:
        known = nw.from_native(frame)
    except TypeError:
        raise DataError(
            f"A {type(frame).__name__} is not a data frame.",
            do="Give a pandas, polars or Arrow data frame.",
        ) from None
    eager = known.collect() if isinstance(known, nw.LazyFrame) else known
    return [(name, pd.Series(_values(eager.get_column(name)))) for name in eager.columns]


def _values(column: Any) -> Any:
    """Return a column's values: as a numpy array where its type has one, else as a list."""
    if column.dtype == nw.Decimal:
        return [None if value is None else float(value) for value in column.to_list()]
    return column.to_numpy() if column.dtype.is_numeric() else column.to_list()


def _plain(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return a copy with numpy numbers: no nullable, yes/no or category types."""
    column = values.reset_index(drop=True)
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        column = column.astype(kind.categories.dtype)
    present = column.dropna()
    truth = len(present) > 0 and all(isinstance(value, bool | np.bool_) for value in present[:50])
    if truth or (pd.api.types.is_numeric_dtype(column) and not isinstance(column.dtype, np.dtype)):
        gaps = column.isna().any()
        whole = pd.api.types.is_integer_dtype(column) or truth
        numbers = column.to_numpy(dtype=float, na_value=np.nan)
        return pd.Series(numbers.astype(np.int64) if whole and not gaps else numbers)
    return column.copy()
