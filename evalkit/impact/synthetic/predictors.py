"""Predictors as a protocol writes them, and their values for each unit.

Forms, alone or in a list: ``beer`` (mean before the start); ``{beer: [1984, 1988]}`` (mean of those
years, both included); ``{beer: 1984}`` (one year); ``{column: beer, over: [1984, 1988], how: mean}``;
``{outcome: 1975}`` and ``{outcome: [1975, 1980, 1988]}`` (the outcome in each of these years).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.impact.frame import Faults, Floats, choice_fault, numbers, read_columns

HOW = ("mean", "median", "sum", "last")
FORMS = (
    "Write a column (`beer`), a column with its periods (`{beer: [1984, 1988]}` or "
    "`{column: beer, over: [1984, 1988], how: mean}`), or a past outcome (`{outcome: 1975}`)."
)
_REDUCE: dict[str, Callable[[pd.Series[Any]], float]] = {
    "mean": lambda values: float(values.mean()),
    "median": lambda values: float(values.median()),
    "sum": lambda values: float(values.sum()),
    "last": lambda values: float(values.iloc[-1]),
}


@dataclass(frozen=True, slots=True)
class Predictor:
    """A column, its first and last period (None: all before the start), and how they are joined."""

    column: str
    first: Any = None
    last: Any = None
    how: str = "mean"

    @property
    def label(self) -> str:
        """How tables name it."""
        if self.first is None:
            return self.column if self.how == "mean" else f"{self.column}, {self.how}"
        if self.first == self.last:
            return f"{self.column} {self.first}"
        span = f"{self.column} {self.first} to {self.last}"
        return span if self.how == "mean" else f"{span}, {self.how}"


def read_predictors(given: Any, outcome: str) -> tuple[tuple[Predictor, ...], Faults]:
    """Return the predictors that a protocol names, and what cannot be read.

    Parameters
    ----------
    given : str, mapping, or sequence of these
        See the module.
    outcome : str
        The column that ``outcome`` stands for.
    """
    if given is None:
        return (), []
    single = isinstance(given, str | Mapping) or _is_triple(given)
    made: list[Predictor] = []
    faults: Faults = []
    for one in [given] if single else list(given):
        found = _one(one, outcome)
        if isinstance(found, str):
            faults.append((found, FORMS))
        else:
            made.extend(found)
    for predictor in made:
        faults += choice_fault("how", predictor.how, HOW)
    return tuple(dict.fromkeys(made)), faults


def predictor_columns(given: Any, outcome: str) -> tuple[str, ...]:
    """Return the columns that the predictors need."""
    made, _ = read_predictors(given, outcome)
    return tuple(dict.fromkeys(one.column for one in made))


def _is_triple(one: Any) -> bool:
    """Return whether `one` is ``(column, periods, how)``."""
    return (
        isinstance(one, tuple | list)
        and 2 <= len(one) <= 3
        and isinstance(one[0], str)
        and not isinstance(one[1], str | Mapping)
    )


def _one(one: Any, outcome: str) -> list[Predictor] | str:
    if isinstance(one, str):
        return [Predictor(one)]
    if _is_triple(one):
        return _spanned(one[0], one[1], str(one[2]) if len(one) > 2 else "mean")
    if not isinstance(one, Mapping) or not one:
        return f"The predictor `{one}` cannot be read."
    return _in_full(one) if "column" in one else _in_short(one, outcome)


def _in_full(one: Mapping[Any, Any]) -> list[Predictor] | str:
    more = set(one) - {"column", "over", "how"}
    if more:
        return f"A predictor has no key `{min(map(str, more))}`."
    column, how, over = str(one["column"]), str(one.get("how", "mean")), one.get("over")
    return [Predictor(column, how=how)] if over is None else _spanned(column, over, how)


def _in_short(one: Mapping[Any, Any], outcome: str) -> list[Predictor] | str:
    made: list[Predictor] = []
    for key, value in one.items():
        if key == "outcome" and value is not None:
            periods = list(value) if _is_many(value) else [value]
            made.extend(Predictor(outcome, period, period) for period in periods)
            continue
        column = outcome if key == "outcome" else str(key)
        found = [Predictor(column)] if value is None else _spanned(column, value, "mean")
        if isinstance(found, str):
            return found
        made.extend(found)
    return made


def _is_many(value: Any) -> bool:
    return isinstance(value, Sequence | np.ndarray) and not isinstance(value, str)


def _spanned(column: str, over: Any, how: str) -> list[Predictor] | str:
    if not _is_many(over):
        return [Predictor(column, over, over, how)]
    ends = list(over)
    if isinstance(over, range) or len(ends) == 1:
        ends = [min(ends), max(ends)]
    if len(ends) != 2:
        return f"The periods of predictor `{column}` are not a first and a last one: {ends}."
    return [Predictor(column, ends[0], ends[1], how)]


@dataclass(frozen=True, slots=True)
class Places:
    """Where the rows of the frame belong: names of the columns, the start, and how to read a period."""

    unit: str
    time: str
    start: Any
    period: Callable[[Any], Any]


def values_of(
    frame: Any, predictors: Sequence[Predictor], places: Places, units: Sequence[Any]
) -> tuple[Floats, Faults]:
    """Return the values of the predictors, shape (k, units); NaN where a unit has none.

    Parameters
    ----------
    frame : pandas or polars DataFrame
    units : sequence
        Labels of the units, in the order wanted.
    """
    names = [one.column for one in predictors]
    table, faults = read_columns(frame, [places.unit, places.time, *names])
    columns: dict[str, Floats] = {}
    for name in dict.fromkeys(names) if not faults else ():
        columns[name], found = numbers(table[name], name)
        faults += found
    if faults:
        return np.zeros((0, len(units))), faults
    times = table[places.time]
    when = times if times.dtype.kind == "M" else pd.to_numeric(times)
    rows = []
    for one in predictors:
        span, found = _span(one, when, places)
        faults += found
        if not found:
            rows.append(_row(one, columns[one.column], table[places.unit], span, when, units))
    return (np.array(rows) if rows else np.zeros((0, len(units)))), faults


def _span(one: Predictor, when: pd.Series[Any], places: Places) -> tuple[NDArray[np.bool_], Faults]:
    """Return which rows a predictor uses, or why its periods will not do."""
    before = (when < places.start).to_numpy()
    if one.first is None:
        return before, []
    try:
        first, last = places.period(one.first), places.period(one.last)
    except (TypeError, ValueError):
        wrong = f"The periods of predictor `{one.label}` are not like those of `{places.time}`."
        return before, [(wrong, "Write them as they stand in the data.")]
    span = ((when >= first) & (when <= last)).to_numpy()
    if last >= places.start:
        wrong = f"Predictor `{one.label}` reaches into the time after the start."
        return span, [(wrong, "Use periods before the start only: later ones may hold the effect.")]
    if not span.any():
        wrong = f"No row lies in the periods of predictor `{one.label}`."
        return span, [(wrong, "Write periods that stand in the data.")]
    return span, []


def _row(
    one: Predictor,
    column: Floats,
    labels: pd.Series[Any],
    span: NDArray[np.bool_],
    when: pd.Series[Any],
    units: Sequence[Any],
) -> Floats:
    used = span & np.isfinite(column)
    order = np.argsort(when.to_numpy()[used], kind="stable")
    held = pd.Series(column[used][order])
    grouped = held.groupby(labels.to_numpy()[used][order], sort=False)
    found = {label: _REDUCE[one.how](values) for label, values in grouped}
    return np.array([found.get(label, np.nan) for label in units], dtype=float)
