"""From a frame to one series, or two: what is read, and every reason why it cannot be used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.frame import Faults, Floats, numbers, read_columns
from evalkit.impact.series.grid import Grid, Ints, read_grid

CONTROL_WORDS = ("control", "comparison", "comparator", "untreated", "unexposed")
"""Labels that say by themselves which series is the control."""
FEWEST_BEFORE, FEWEST_AFTER = 4, 3


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of the columns, and how several rows of one period are joined (refuse, mean, sum)."""

    outcome: str
    time: str
    start: Any
    comparison: str | None = None
    offset: str | None = None
    covariates: tuple[str, ...] = ()
    weights: str | None = None
    repeated: str = "refuse"


@dataclass(frozen=True, slots=True)
class Arm:
    """One series as arrays, sorted by time, one entry a period.

    Attributes
    ----------
    position : ndarray of int, shape (n,)
    y, population, weights : ndarray, shape (n,)
    covariates : ndarray, shape (n, c)
    """

    position: Ints
    y: Floats
    population: Floats
    weights: Floats
    covariates: Floats

    def keep(self, rows: Any) -> Arm:
        """Return the arm with some of its rows."""
        return Arm(
            self.position[rows],
            self.y[rows],
            self.population[rows],
            self.weights[rows],
            self.covariates[rows],
        )


@dataclass(frozen=True, slots=True)
class Series:
    """A series, the start of the programme, and perhaps a control series.

    Attributes
    ----------
    start : int
        Position of the first period of the programme.
    labels : tuple of str
        Name of each period.
    cycle : int
        Periods in a year or week where the dates tell, else 0.
    """

    treated: Arm
    control: Arm | None
    start: int
    labels: tuple[str, ...]
    cycle: int
    roles: Roles
    notes: tuple[str, ...] = ()

    def before(self) -> int:
        """Return how many periods of the treated series lie before the start."""
        return int((self.treated.position < self.start).sum())


def read_series(frame: Any, roles: Roles, *, counts: bool) -> tuple[Series | None, Faults]:
    """Return the series, or None and every fault.

    Parameters
    ----------
    frame : pandas or polars DataFrame
    roles : Roles
    counts : bool
        Whether the outcome must be a count (no negative values).
    """
    some = (roles.comparison, roles.offset, roles.weights)
    names = [roles.outcome, roles.time, *roles.covariates, *(name for name in some if name)]
    table, faults = read_columns(frame, names)
    if faults:
        return None, faults
    wanted = [roles.outcome, *(name for name in (roles.offset, roles.weights) if name)]
    columns: dict[str, Floats] = {}
    for name in (*wanted, *roles.covariates):
        columns[name], found = numbers(table[name], name)
        faults += found
    faults += _value_faults(columns, roles, counts=counts)
    if faults:
        return None, faults
    full = table[roles.time].notna().to_numpy()
    for values in columns.values():
        full = full & ~np.isnan(values)
    if not full.any():
        return None, [
            (
                f"No row has values in all of: {', '.join(f'`{name}`' for name in names)}.",
                "Look for a column that is empty, or leave it out.",
            )
        ]
    grid, faults = read_grid(table.loc[full, roles.time], roles.start, roles.time)
    if grid is None:
        return None, faults
    rows = pd.DataFrame({name: values[full] for name, values in columns.items()})
    label = table.loc[full, roles.comparison].reset_index(drop=True) if roles.comparison else None
    return _assemble(rows, label, grid, roles, int((~full).sum()), counts=counts)


def _value_faults(columns: dict[str, Floats], roles: Roles, *, counts: bool) -> Faults:
    faults: Faults = []
    y = columns[roles.outcome]
    if counts and (y < 0).any():
        faults.append(
            (
                f"`{roles.outcome}` has negative values, so it is no count.",
                "Write `family: normal`, or name the column of counts.",
            )
        )
    for name, words in ((roles.offset, "population"), (roles.weights, "weight")):
        if name and (columns[name] <= 0).any():
            faults.append(
                (
                    f"`{name}` has values of zero or less; a {words} is above zero.",
                    "Blank or mend these rows.",
                )
            )
    return faults


def _assemble(
    rows: pd.DataFrame,
    label: pd.Series[Any] | None,
    grid: Grid,
    roles: Roles,
    left_out: int,
    *,
    counts: bool,
) -> tuple[Series | None, Faults]:
    notes = [f"{left_out} rows lack a value and were left out."] if left_out else []
    if grid.uneven:
        notes.append(
            f"The times in `{roles.time}` are unevenly spaced; they were taken in order, each one "
            "period after the other."
        )
    arms, faults, more = _arms(rows, label, grid, roles)
    if faults:
        return None, faults
    if counts:
        faults = _zero_faults(arms, grid.start, roles)
    series = Series(
        arms[0],
        arms[1] if len(arms) > 1 else None,
        grid.start,
        grid.labels,
        grid.cycle,
        roles,
        (*notes, *more),
    )
    return series, faults + _series_faults(series)


def _zero_faults(arms: list[Arm], start: int, roles: Roles) -> Faults:
    """Return a fault for a series without any event on one side: its rate ratio has no error."""
    for arm in arms:
        after = arm.position >= start
        for rows, side in ((~after, "before the start"), (after, "from the start on")):
            if rows.any() and arm.y[rows].sum() == 0:
                return [
                    (
                        f"`{roles.outcome}` has no event {side}, so a rate ratio is zero or infinite.",
                        "Use longer periods or more places, or `family: normal` for a difference.",
                    )
                ]
    return []


def _arms(
    rows: pd.DataFrame, label: pd.Series[Any] | None, grid: Grid, roles: Roles
) -> tuple[list[Arm], Faults, tuple[str, ...]]:
    """Return the treated arm, and the control arm where there is one."""
    often = np.bincount(grid.position).max() > 1
    if label is None:
        faults = _repeated(grid.position, grid, roles) if often else []
        return [_arm(rows, grid.position, roles)], faults, _joined_note(grid.position, roles)
    if not often:
        return _wide(rows, label, grid, roles)
    control, faults = _is_control(label, str(roles.comparison))
    if faults:
        return [], faults, ()
    treated_at = grid.position[~control]
    faults = _repeated(treated_at, grid, roles)
    if not control.any() or control.all() or faults:
        side = "control" if not control.any() else "treated"
        lost = [
            (f"`{roles.comparison}` marks no {side} series.", "Mark control rows 1, others 0."),
        ]
        return [], faults or lost, ()
    one = _arm(rows[~control], treated_at, roles)
    other = rows[control].groupby(grid.position[control])
    several = int(other.size().max())
    summed = [name for name in (roles.outcome, roles.offset) if name] if roles.offset else []
    merged = other.mean()
    merged[summed] = other[summed].sum()
    notes = (
        (
            f"Up to {several} control rows a period were "
            + ("added up" if roles.offset else "averaged")
            + " to one control series.",
        )
        if several > 1
        else ()
    )
    return [one, _arm(merged, merged.index.to_numpy(dtype=np.intp), roles)], [], notes


def _arm(rows: pd.DataFrame, position: Ints, roles: Roles) -> Arm:
    rows, position = _joined(rows, position, roles)
    order = np.argsort(position, kind="stable")
    ones = np.ones(len(rows))
    made = Arm(
        position=position,
        y=rows[roles.outcome].to_numpy(dtype=float),
        population=rows[roles.offset].to_numpy(dtype=float) if roles.offset else ones,
        weights=rows[roles.weights].to_numpy(dtype=float) if roles.weights else ones,
        covariates=rows[list(roles.covariates)].to_numpy(dtype=float),
    )
    return made.keep(order)


def _joined(rows: pd.DataFrame, position: Ints, roles: Roles) -> tuple[pd.DataFrame, Ints]:
    """Return one row a period, where several are to be averaged or added up."""
    if roles.repeated == "refuse" or np.bincount(position).max() < 2:
        return rows, position
    groups = rows.groupby(position)
    made = groups.mean()
    extensive = [name for name in (roles.outcome, roles.offset) if name]
    if roles.repeated == "sum":
        made[extensive] = groups[extensive].sum()
    if roles.weights:
        made[roles.weights] = groups[roles.weights].sum()
    return made, made.index.to_numpy(dtype=np.intp)


def _joined_note(position: Ints, roles: Roles) -> tuple[str, ...]:
    most = int(np.bincount(position).max())
    if most < 2 or roles.repeated == "refuse":
        return ()
    how = "added up" if roles.repeated == "sum" else "averaged"
    return (f"Up to {most} rows a period were {how} to one.",)


def _wide(
    rows: pd.DataFrame, label: pd.Series[Any], grid: Grid, roles: Roles
) -> tuple[list[Arm], Faults, tuple[str, ...]]:
    """Take `comparison` as the control series' own values: one row a period, so it marks no rows."""
    values, faults = numbers(label, str(roles.comparison))
    if faults or len(np.unique(values[~np.isnan(values)])) < 3:
        return (
            [],
            [
                (
                    (
                        f"`{roles.comparison}` neither marks the rows of a control series (each period "
                        "stands in one row only) nor holds the numbers of one."
                    ),
                    (
                        "Put the control series below the other and mark its rows 1, or name the column "
                        "that holds its values."
                    ),
                )
            ],
            (),
        )
    if roles.offset:
        return (
            [],
            [
                (
                    (
                        f"`offset: {roles.offset}` is the population of one series; the control series "
                        f"in the column `{roles.comparison}` has none."
                    ),
                    "Put the control series below the other, with its own population, and mark it 1.",
                )
            ],
            (),
        )
    one = _arm(rows, grid.position, roles)
    order = np.argsort(grid.position, kind="stable")
    other = replace(one, y=values[order])
    seen = ~np.isnan(other.y)
    notes = (
        (
            f"`{roles.comparison}` lacks {int((~seen).sum())} values; these periods are not compared.",
        )
        if not seen.all()
        else ()
    )
    return [one, other.keep(seen)], [], notes


def _is_control(label: pd.Series[Any], name: str) -> tuple[Any, Faults]:
    """Return which rows are of the control series."""
    values = sorted(label.dropna().unique().tolist(), key=str)
    words = [str(value).strip().lower() for value in values]
    if label.isna().any() and len(values) == 1:
        return label.notna().to_numpy(), []
    if set(words) <= {"0", "1", "0.0", "1.0", "true", "false"} and len(values) == 2:
        return (label.astype(float) == 1).to_numpy(), []
    marks = [word in CONTROL_WORDS for word in words]
    if len(values) >= 2 and sum(marks) in {1, len(values) - 1}:
        wanted = [value for value, mark in zip(values, marks, strict=True) if mark]
        return label.isin(wanted).to_numpy(), []
    shown = ", ".join(f"`{value}`" for value in values[:4])
    return None, [
        (
            f"`comparison: {name}` holds {shown}: this does not say which rows are the control.",
            "Mark the rows of the control series 1 and the others 0 (or label them `control`).",
        )
    ]


def _repeated(position: Ints, grid: Grid, roles: Roles) -> Faults:
    counts = np.bincount(position)
    if counts.max() < 2 or roles.repeated != "refuse":
        return []
    first = grid.labels[int(np.argmax(counts > 1))]
    return [
        (
            (
                f"{int((counts > 1).sum())} times in `{roles.time}` stand in more than one row of the "
                f"series, the first: {first}."
            ),
            (
                "Write `repeated: sum` or `repeated: mean` to join them (or name the control series "
                "in `comparison`; for many units over time use `panel_fixed_effects`)."
            ),
        )
    ]


def _series_faults(series: Series) -> Faults:
    faults: Faults = []
    arms = [("", series.treated)]
    if series.control is not None:
        arms.append(("control ", series.control))
    for which, arm in arms:
        before = int((arm.position < series.start).sum())
        after = len(arm.position) - before
        if before < FEWEST_BEFORE or after < FEWEST_AFTER:
            faults.append(
                (
                    (
                        f"The {which}series has {before} periods before `start: {series.roles.start}` "
                        f"and {after} from then on."
                    ),
                    (
                        f"At least {FEWEST_BEFORE} before and {FEWEST_AFTER} after are needed (8 of "
                        "each to be of use); check how `start` is written, or add periods."
                    ),
                )
            )
        if arm.y.min() == arm.y.max():
            faults.append(
                (
                    f"`{series.roles.outcome}` of the {which}series is {arm.y[0]:g} in every period.",
                    "Check how the column was made; nothing can be learnt from a constant.",
                )
            )
    return faults
