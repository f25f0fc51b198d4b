"""From a frame to complete rows as arrays, with every reason why that cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.bayes.collapse import Floats, Ints
from evalkit.impact.frame import Faults, numbers, read_columns


@dataclass(frozen=True)
class Columns:
    """Which column plays which part; an empty name means there is none."""

    outcome: str
    site: str
    treatment: str
    time: str = ""
    adjust: tuple[str, ...] = ()
    moderators: tuple[str, ...] = ()
    cluster: str = ""
    weights: str = ""

    def labels(self) -> list[str]:
        """Return the columns that name things rather than measure them."""
        return [name for name in (self.site, self.time, self.cluster) if name]

    def measures(self) -> list[str]:
        """Return the columns that must hold numbers."""
        names = [self.outcome, self.treatment, *self.adjust, *self.moderators, self.weights]
        return list(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True)
class Rows:
    """Complete rows as arrays; codes run from 0 without gaps.

    Attributes
    ----------
    y, weight : numpy.ndarray, shape (rows,)
    treated : numpy.ndarray of int, shape (rows,)
        0 or 1.
    adjust, moderators : numpy.ndarray, shape (rows, columns)
    site, time, cluster : numpy.ndarray of int, shape (rows,)
        Codes; `time` and `cluster` are all 0 when there are none.
    sites, times : tuple of str
        What the codes stand for.
    dropped : int
        Rows left out because something was missing.
    """

    y: Floats
    weight: Floats
    treated: Ints
    adjust: Floats
    moderators: Floats
    site: Ints
    time: Ints
    cluster: Ints
    sites: tuple[str, ...]
    times: tuple[str, ...]
    dropped: int


def read_rows(frame: Any, columns: Columns) -> tuple[Rows | None, Faults]:
    """Return the complete rows of a frame, or every reason why there are none to use."""
    table, faults = read_columns(frame, [*columns.measures(), *columns.labels()])
    if faults:
        return None, faults
    measured: dict[str, Floats] = {}
    for name in columns.measures():
        measured[name], found = numbers(table[name], name)
        faults.extend(found)
    faults.extend(_value_faults(measured, columns))
    if faults:
        return None, faults
    complete = np.array(table[columns.labels()].notna().all(axis=1), dtype=bool)
    for values in measured.values():
        complete &= ~np.isnan(values)
    if not complete.any():
        return None, [nothing_left(measured, len(table))]
    kept = {name: values[complete] for name, values in measured.items()}
    rows = _rows(table[complete], kept, columns, int((~complete).sum()))
    return rows, row_faults(rows, columns)


def _rows(table: pd.DataFrame, measured: dict[str, Floats], columns: Columns, dropped: int) -> Rows:
    count = len(table)
    site, sites = _codes(table[columns.site])
    time, times = _codes(table[columns.time]) if columns.time else (np.zeros(count, int), ())
    grouped = columns.cluster and columns.cluster != columns.site
    cluster = _codes(table[columns.cluster])[0] if grouped else np.zeros(count, int)
    return Rows(
        y=measured[columns.outcome],
        weight=measured[columns.weights] if columns.weights else np.ones(count),
        treated=measured[columns.treatment].astype(int),
        adjust=_stack(measured, columns.adjust, count),
        moderators=_stack(measured, columns.moderators, count),
        site=site,
        time=time,
        cluster=cluster,
        sites=sites,
        times=times,
        dropped=dropped,
    )


def _stack(measured: dict[str, Floats], names: tuple[str, ...], count: int) -> Floats:
    return np.array([measured[name] for name in names]).reshape(len(names), count).T


def _codes(column: pd.Series[Any]) -> tuple[Ints, tuple[str, ...]]:
    """Return codes in sorted order, whatever the order of rows, and the labels as text."""
    try:
        codes, labels = pd.factorize(column, sort=True)
    except TypeError:  # numbers and words mixed in one column
        codes, labels = pd.factorize(column.astype(str), sort=True)
    return np.asarray(codes, dtype=int), tuple(_label(label) for label in labels)


def _label(value: Any) -> str:
    """Return a label as a person would write it: 2019 rather than 2019.0, a date without midnight."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).removesuffix(" 00:00:00")


def _value_faults(measured: dict[str, Floats], columns: Columns) -> Faults:
    faults: Faults = []
    treatment = measured[columns.treatment]
    odd = ~np.isin(treatment, (0.0, 1.0)) & ~np.isnan(treatment)
    if odd.any():
        wrong = f"`{columns.treatment}` holds {treatment[odd][0]:g}, but must be 0 or 1."
        remedy = "Make a 0/1 column; for a dose use `panel_fixed_effects`."
        faults.append((wrong, remedy))
    if columns.weights and (measured[columns.weights] <= 0).any():
        wrong = f"`{columns.weights}` has weights of zero or below."
        faults.append((wrong, "Give every row a weight above zero, or leave the row out."))
    return faults


def nothing_left(measured: Mapping[str, Floats], count: int) -> tuple[str, str]:
    """Return why no complete row is left, and what to do."""
    empty = [name for name, values in measured.items() if np.isnan(values).all()]
    if count == 0:
        wrong = "The data have no rows."
    elif empty:
        wrong = f"`{'`, `'.join(empty)}` holds no values at all."
    else:
        wrong = "No row has a value in every column that is needed."
    return wrong, "Check the file, the column names and the codes that mean missing."


def row_faults(rows: Rows, columns: Columns) -> Faults:
    """Return why complete rows cannot be analysed: one site, one arm, or one value."""
    faults: Faults = []
    if len(rows.sites) < 2:
        wrong = f"`{columns.site}` names one site only (`{rows.sites[0]}`)."
        remedy = "A multilevel analysis needs several; for one site use `interrupted_time_series`."
        faults.append((wrong, remedy))
    if rows.treated.min() == rows.treated.max():
        where = "treated" if rows.treated[0] else "untreated"
        wrong = f"Every row is {where} (`{columns.treatment}` is always {rows.treated[0]})."
        faults.append((wrong, "Add rows to compare with, or check how the column was made."))
    if rows.y.min() == rows.y.max():
        wrong = f"`{columns.outcome}` is the same ({rows.y[0]:g}) in every row."
        faults.append((wrong, "Choose an outcome that varies."))
    return faults
