"""Compares values of columns with values that a person wrote: ``201``, ``"201"`` and ``201.0``."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evalkit.errors import DataError, nearest


def as_words(value: Any) -> str:
    """Return one value as a person would write it: no ``.0``, no spaces at the ends.

    Examples
    --------
    >>> as_words(201.0), as_words(" 201 "), as_words("007")
    ('201', '201', '007')
    """
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if value == value.normalize() else value.isoformat(" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()


def words_of(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as words; missing values as empty text."""
    distinct = {value: as_words(value) for value in column.dropna().unique()}
    return column.map(distinct).fillna("").astype(object)


def known_words(words: pd.Series[Any], wanted: list[str], column: str) -> None:
    """Raise a `DataError` for the first wanted value that the column never holds."""
    present = sorted(set(words) - {""})
    for value in wanted:
        if value not in present:
            listing = ", ".join(present[:8]) + (" ..." if len(present) > 8 else "")
            raise DataError(
                f"No row has `{value}` in column `{column}`.{nearest(value, present)}",
                do=f"It holds: {listing}.",
            )


def as_number(value: Any) -> float | None:
    """Return a value as a number (dates as days), or None where it is none."""
    if isinstance(value, pd.Timestamp):
        return value.timestamp() / 86400
    try:
        return float(value)
    except (TypeError, ValueError):
        pass
    try:
        return pd.Timestamp(value).timestamp() / 86400
    except (TypeError, ValueError):
        return None


def numbers_of(column: pd.Series[Any], name: str) -> pd.Series[float]:
    """Return a column of numbers or dates as floats; a `DataError` where it holds words."""
    distinct = {value: as_number(value) for value in column.dropna().unique()}
    wrong = [value for value, number in distinct.items() if number is None]
    if wrong:
        raise DataError(
            f"Column `{name}` holds `{wrong[0]}`, which is neither a number nor a date.",
            do="Mend that cell, or declare the value under `missing:`.",
        )
    return column.map(distinct).astype(float)
