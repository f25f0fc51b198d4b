"""Dates, months and plain numbers as positions on an even grid of periods."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.impact.frame import Faults, Floats

Ints = NDArray[np.intp]
MOST_UNEVEN = 0.25
"""A time further than this share of a step from the grid makes the series uneven."""
MOST_PERIODS = 50
"""More empty periods than this for each one seen: the times are no even grid at all."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where each row stands in time.

    Attributes
    ----------
    position : ndarray of int, shape (n,)
        Period of each row, 0 for the first.
    start : int
        First period of the programme.
    labels : tuple of str
        Name of each period from 0 to the last, those not seen included.
    cycle : int
        Periods in a year (or a week, for days), 0 where that is not known.
    uneven : bool
        Whether the times were put in order only, because their steps differ.
    """

    position: Ints
    start: int
    labels: tuple[str, ...]
    cycle: int
    uneven: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """How times were read: as months, as days, or as numbers."""

    kind: str
    at: Floats
    start: float


def read_grid(column: pd.Series[Any], start: Any, name: str) -> tuple[Grid | None, Faults]:
    """Return the grid of a column of times without blanks.

    Parameters
    ----------
    column : Series
        Numbers, dates, or text that reads as one of them.
    start : number, date or str
        First time of the programme, written like the times.
    name : str
        Name of the column.
    """
    scale, faults = _scale(column, start, name)
    if scale is None:
        return None, faults
    seen = np.unique(scale.at)
    if len(seen) < 2:
        return None, [
            (f"`{name}` has one time only.", "Add periods before and after the start."),
        ]
    step = _step(seen)
    places = (seen - seen[0]) / step
    rounded = np.round(places)
    uneven = (
        bool(np.abs(places - rounded).max() > MOST_UNEVEN)
        or len(np.unique(rounded)) < len(seen)
        or rounded[-1] > MOST_PERIODS * len(seen)
    )
    if uneven:
        rounded = np.arange(len(seen), dtype=float)
        first = int(np.searchsorted(seen, scale.start - 1e-9))
    else:
        first = math.ceil((scale.start - seen[0]) / step - MOST_UNEVEN)
    position = rounded[np.searchsorted(seen, scale.at)].astype(np.intp)
    labels = _labels(scale, seen, rounded.astype(np.intp), 0.0 if uneven else step)
    return Grid(position, first, labels, 0 if uneven else _cycle(scale.kind, step), uneven), []


def _scale(column: pd.Series[Any], start: Any, name: str) -> tuple[Scale | None, Faults]:
    wrong = [
        (
            f"`start: {start}` is not written like the times in `{name}`, such as `{column.iloc[0]}`.",
            f"Write the first period of the programme just as it stands in `{name}`.",
        )
    ]
    if not pd.api.types.is_datetime64_any_dtype(column):
        made = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        if np.isfinite(made).all():
            begins = pd.to_numeric(pd.Series([start]), errors="coerce").iloc[0]
            if not np.isfinite(begins):
                return None, wrong
            if _year_months(np.append(made, begins)):
                months = made // 100 * 12 + made % 100 - 1
                return Scale("months", months, float(begins // 100 * 12 + begins % 100 - 1)), []
            return Scale("numbers", made, float(begins)), []
    dates = pd.to_datetime(column.astype(object), errors="coerce", format=_format(column))
    if dates.isna().any():
        bad = column[dates.isna()].iloc[0]
        return None, [
            (
                f"`{name}` holds times that cannot be read, such as `{bad}`.",
                "Write numbers (1, 2, 3), years, or dates such as 2024-09-01.",
            )
        ]
    begins = pd.to_datetime(pd.Series([str(start)]), errors="coerce").iloc[0]
    if pd.isna(begins):
        return None, wrong
    return _date_scale(pd.DatetimeIndex(dates).tz_localize(None), pd.Timestamp(begins)), []


def _format(column: pd.Series[Any]) -> str | None:
    return None if pd.api.types.is_datetime64_any_dtype(column) else "ISO8601"


def _year_months(values: Floats) -> bool:
    """Return whether numbers such as 200503 are years with months."""
    whole = (values == np.round(values)).all()
    month = values % 100
    return bool(
        whole
        and values.min() >= 190001
        and values.max() <= 210012
        and month.min() >= 1
        and month.max() <= 12
    )


def _date_scale(dates: pd.DatetimeIndex, begins: pd.Timestamp) -> Scale:
    same_day = len(np.unique(dates.day)) == 1
    if same_day or bool(dates.is_month_end.all()):
        months = (dates.year * 12 + dates.month - 1).to_numpy(dtype=float)
        # A start within a month begins with the next whole one, unless the times carry that day.
        late = same_day and begins.day > dates.day[0]
        return Scale("months", months, float(begins.year * 12 + begins.month - 1 + late))
    zero = pd.Timestamp("1970-01-01")
    days = ((dates - zero) / pd.Timedelta(days=1)).to_numpy(dtype=float)
    return Scale("days", days, float((begins - zero) / pd.Timedelta(days=1)))


def _step(seen: Floats) -> float:
    """Return the commonest step; of several alike the shortest."""
    steps, counts = np.unique(np.round(np.diff(seen), 6), return_counts=True)
    near = float(steps[np.argmax(counts)])
    return near if near > 0 else float(np.diff(seen).min())


def _labels(scale: Scale, seen: Floats, rounded: Ints, step: float) -> tuple[str, ...]:
    if step == 0.0:
        return tuple(_label(scale.kind, one) for one in seen)
    places: Floats = seen[0] + step * np.arange(int(rounded[-1]) + 1)
    places[rounded] = seen  # as written where seen
    return tuple(_label(scale.kind, one) for one in places)


def _label(kind: str, at: float) -> str:
    if kind == "months":
        return f"{int(at) // 12:04d}-{int(at) % 12 + 1:02d}"
    if kind == "days":
        return str(np.datetime64("1970-01-01") + np.timedelta64(round(at), "D"))
    return f"{at:.10g}"


def _cycle(kind: str, step: float) -> int:
    if kind == "months" and 12 % step == 0:
        return int(12 // step) if step < 12 else 0
    if kind == "days":
        return {1: 7, 7: 52}.get(round(step), 0)
    return 0
