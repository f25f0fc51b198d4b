"""Outcome, treatment and roles of a panel as arrays, checked once for every design."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.impact.frame import Faults, Floats, numbers, read_columns

Ints = NDArray[np.intp]
NEVER = 10**6
"""First treated period of units that never are treated: beyond any index."""


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column has which role; `unit` is None for repeated cross-sections.

    `own` are the numeric columns of the design's own (treatment, ever-treated, ...), which may
    not be blank unless named in `may_be_blank`.
    """

    outcome: str
    unit: str | None
    time: str
    cluster: str | None = None
    weights: str | None = None
    covariates: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    may_be_blank: tuple[str, ...] = ()

    def columns(self) -> tuple[str, ...]:
        """Return every column that is needed."""
        some = (self.outcome, self.unit, self.time, self.cluster, self.weights)
        return (*(name for name in some if name), *self.covariates, *self.own)


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel as arrays, one entry a row, sorted by unit and time.

    Attributes
    ----------
    roles : Roles
    y, d, w : ndarray, shape (n,)
        Outcome, treatment (filled in by the design), weights.
    x : ndarray, shape (n, k)
        Covariates.
    unit, time, cluster : ndarray of int, shape (n,)
        Codes from 0; `time` follows the order of `times`.
    times : ndarray, shape (T,)
        Periods, sorted.
    own : dict of str to ndarray
        The design's own columns.
    ever : ndarray, shape (n,), or None
        Ever-treated 0/1 where units are not followed over time.
    first : ndarray of int, shape (n,), or None
        Index of the first treated period of the row's unit, `NEVER` where it never is treated;
        None when the treatment is a dose.
    names : ndarray, shape (n,), or None
        The unit of each row as the caller wrote it, for messages.
    labels : ndarray, shape (n,), or None
        The cluster of each row as the caller wrote it.
    notes : tuple of str
        What was left out on the way.
    """

    roles: Roles
    y: Floats
    d: Floats
    w: Floats
    x: Floats
    unit: Ints
    time: Ints
    cluster: Ints
    times: NDArray[Any]
    own: dict[str, Floats]
    ever: Floats | None = None
    first: Ints | None = None
    notes: tuple[str, ...] = ()
    names: NDArray[Any] | None = None
    labels: NDArray[Any] | None = None

    def by_label(self, values: Floats | None) -> dict[str, float] | None:
        """Return values of the clusters, shape (G,), by the label of the cluster."""
        if values is None or self.labels is None:
            return None
        first = np.unique(self.cluster, return_index=True)[1]
        return {
            str(self.labels[row]): float(value) for row, value in zip(first, values, strict=True)
        }

    def name(self, unit: int) -> str:
        """Return the label of a unit, for messages."""
        return "" if self.names is None else str(self.names[np.argmax(self.unit == unit)])

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return int(self.cluster.max()) + 1

    @property
    def n_units(self) -> int:
        """Number of units."""
        return int(self.unit.max()) + 1

    def keep(self, rows: NDArray[np.bool_]) -> Panel:
        """Return the panel of some rows, with codes counted anew and periods kept as they are."""
        own = {name: column[rows] for name, column in self.own.items()}
        return replace(
            self,
            y=self.y[rows],
            d=self.d[rows],
            w=self.w[rows],
            x=self.x[rows],
            unit=_codes(self.unit[rows]),
            time=self.time[rows],
            cluster=_codes(self.cluster[rows]),
            own=own,
            ever=None if self.ever is None else self.ever[rows],
            first=None if self.first is None else self.first[rows],
            labels=None if self.labels is None else self.labels[rows],
        )


def read_panel(frame: Any, roles: Roles) -> tuple[Panel | None, Faults]:
    """Return the panel, or None and every fault that stands in the way.

    Rows without an outcome or a covariate are left out and counted; a row without unit, period,
    cluster or treatment is a fault, since nothing says where it belongs.
    """
    table, faults = read_columns(frame, roles.columns())
    if faults:
        return None, faults
    if table.empty:
        return None, [("There are no rows.", "Check the file and the rows kept by `keep:`.")]
    columns, faults = _numeric(table, roles)
    times, time_faults = _times(table[roles.time], roles.time)
    faults += time_faults + _blanks(table, roles) + _weight_faults(columns, roles)
    if faults:
        return None, faults
    kept, notes = _complete(columns, roles)
    if not kept.any():
        return None, [
            (
                f"No row has a value of `{roles.outcome}`"
                + (" and of every covariate." if roles.covariates else "."),
                "Check the column, and whether the symbols for missing values are right.",
            )
        ]
    panel = _build(table[kept], {k: v[kept] for k, v in columns.items()}, times[kept], roles)
    panel = replace(panel, notes=notes)
    faults = _panel_faults(panel)
    return (None, faults) if faults else (panel, [])


def _numeric(table: pd.DataFrame, roles: Roles) -> tuple[dict[str, Floats], Faults]:
    names = [roles.outcome, *roles.covariates, *roles.own]
    names += [roles.weights] if roles.weights else []
    columns, faults = {}, []
    for name in dict.fromkeys(names):
        columns[name], found = numbers(table[name], name)
        if name in roles.may_be_blank:  # there, infinity is a word for "never"
            found = [one for one in found if "infinite" not in one[0]]
        faults += found
    return columns, faults


def _times(column: pd.Series[Any], name: str) -> tuple[NDArray[Any], Faults]:
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.to_numpy(), []
    made, faults = numbers(column, name)
    if faults:
        do = (
            "Periods must be numbers or dates: write 2019 for 2018/19, or add a column that counts."
        )
        return made, [(faults[0][0], do)]
    return made, []


def _blanks(table: pd.DataFrame, roles: Roles) -> Faults:
    places = [name for name in (roles.unit, roles.time, roles.cluster) if name]
    needed = [*places, *(name for name in roles.own if name not in roles.may_be_blank)]
    counts = {name: int(table[name].isna().sum()) for name in dict.fromkeys(needed)}
    return [
        (f"`{name}` is blank in {count} rows.", "Fill it in, or leave those rows out with `keep:`.")
        for name, count in counts.items()
        if count
    ]


def _weight_faults(columns: dict[str, Floats], roles: Roles) -> Faults:
    if roles.weights and not (columns[roles.weights] > 0).all():
        wrong = f"The weights `{roles.weights}` are not all above zero."
        return [(wrong, "Leave out rows without weight, or choose another column.")]
    return []


def _complete(
    columns: dict[str, Floats], roles: Roles
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    outcome = np.isfinite(columns[roles.outcome])
    kept = outcome.copy()
    for name in roles.covariates:
        kept &= np.isfinite(columns[name])
    lost, also = int((~outcome).sum()), int((outcome & ~kept).sum())
    notes = []
    if lost:
        notes.append(f"{lost} of {len(kept)} rows have no `{roles.outcome}` and were left out.")
    if also:
        notes.append(f"{also} further rows lack a covariate and were left out.")
    return kept, tuple(notes)


def _build(
    table: pd.DataFrame, columns: dict[str, Floats], times: NDArray[Any], roles: Roles
) -> Panel:
    periods, time = np.unique(times, return_inverse=True)
    rows = np.arange(len(table))
    unit = _labels(table[roles.unit]) if roles.unit else rows
    cluster = _labels(table[roles.cluster]) if roles.cluster else unit
    # Rows of repeated cross-sections have no name: their content orders them.
    keys = (columns[roles.outcome], time, unit if roles.unit else time, cluster)
    order = np.lexsort(keys if roles.unit or roles.cluster else keys[:2])
    if not roles.unit:
        unit = rows[np.argsort(order)]
        cluster = cluster if roles.cluster else unit
    stack = [columns[name][order] for name in roles.covariates]
    labelled = roles.cluster or roles.unit
    y = columns[roles.outcome][order]
    return Panel(
        roles=roles,
        y=y,
        d=np.zeros(len(y)),
        w=columns[roles.weights][order] if roles.weights else np.ones(len(y)),
        x=np.column_stack(stack) if stack else np.zeros((len(y), 0)),
        unit=unit[order],
        time=time[order].astype(np.intp),
        cluster=cluster[order],
        times=periods,
        own={name: columns[name][order] for name in roles.own},
        names=table[roles.unit].to_numpy()[order] if roles.unit else None,
        labels=None if labelled is None else table[labelled].to_numpy()[order],
    )


def _labels(column: pd.Series[Any]) -> Ints:
    """Return codes that follow the order of the labels, whatever their type."""
    values = column.to_numpy()
    try:
        return _codes(values)
    except TypeError:
        return _codes(np.array([str(value) for value in values]))


def _codes(values: NDArray[Any]) -> Ints:
    return np.unique(values, return_inverse=True)[1].astype(np.intp)


def _panel_faults(panel: Panel) -> Faults:
    roles, faults = panel.roles, []
    if panel.y.min() == panel.y.max():
        faults.append(
            (
                f"`{roles.outcome}` has the same value ({panel.y[0]:g}) in every row.",
                "A constant outcome cannot show an effect: check the column.",
            )
        )
    if len(panel.times) < 2 or panel.time.min() == panel.time.max():
        faults.append(
            (f"`{roles.time}` has one period only.", "Add periods before and after the start.")
        )
    if roles.unit and panel.n_units < 2:
        faults.append((f"`{roles.unit}` has one unit only.", "Add units to compare with."))
    elif panel.n_clusters < 2:
        faults.append((f"`{roles.cluster}` has one cluster only.", "Add clusters to compare with."))
    return faults + _place_faults(panel)


def _place_faults(panel: Panel) -> Faults:
    roles, faults = panel.roles, []
    if not roles.unit:
        return []
    cells = np.bincount(panel.unit * len(panel.times) + panel.time)
    if cells.max() > 1:
        unit, time = divmod(int(np.argmax(cells > 1)), len(panel.times))
        faults.append(
            (
                (
                    f"{int((cells > 1).sum())} pairs of `{roles.unit}` and `{roles.time}` stand in "
                    f"more than one row, the first: {panel.name(unit)}, {panel.times[time]}."
                ),
                "Keep one row for each unit and period, or leave `unit` out if rows are people.",
            )
        )
    if roles.cluster and varies_within(panel.cluster.astype(float), panel.unit):
        faults.append(
            (
                f"Some `{roles.unit}` belong to more than one `{roles.cluster}`.",
                "Choose a cluster that holds each unit for all its periods.",
            )
        )
    return faults


def varies_within(values: Floats, groups: Ints) -> bool:
    """Return whether `values` differ inside any of the groups."""
    first = np.full(int(groups.max()) + 1, np.nan)
    first[groups[::-1]] = values[::-1]
    return bool((values != first[groups]).any())
