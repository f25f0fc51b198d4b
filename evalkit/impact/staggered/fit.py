"""One estimator run: cells, the four averages, differences before the start, further errors."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from evalkit.impact.least_squares import Floats, Ints
from evalkit.impact.staggered import callaway, imputation, stacked, sun_abraham
from evalkit.impact.staggered.averages import AGGREGATIONS, Aggregate, GroupTime, aggregate
from evalkit.impact.staggered.rows import Choices, NoFitError, Rows

ESTIMATORS = ("callaway_santanna", "sun_abraham", "imputation", "stacked")


@dataclass(frozen=True, slots=True)
class Leads:
    """Differences before the start that should be zero, with influence functions (N, leads)."""

    effects: Floats
    influence: Floats


@dataclass(frozen=True, slots=True)
class Plain:
    """Standard errors of the averages if errors were independent, and degrees of freedom."""

    errors: dict[str, float]
    df: int


@dataclass(frozen=True, slots=True)
class Fitted:
    """What an estimator gives.

    ``dynamic`` is the event study (for the imputation with its leads, which the average leaves
    out); ``others`` are further influence functions of the same averages, by name of the method.
    """

    cells: GroupTime
    aggregates: dict[str, Aggregate]
    dynamic: Aggregate
    leads: Leads
    others: dict[str, dict[str, Aggregate]]
    notes: tuple[str, ...] = ()
    plain: Plain | None = None


SHARES = "influence function, shares of the groups as estimates too, t"
LEAVE_OUT = "influence function, own cluster left out of the mean effect, t"
CELLS = "influence function of the group-time effects, t"


def fit(rows: Rows, choices: Choices) -> Fitted:
    """Run the estimator named in `choices`.

    Raises
    ------
    NoFitError
        When an effect, or all of them, cannot be estimated.
    """
    run = {
        "callaway_santanna": _callaway,
        "sun_abraham": _sun_abraham,
        "imputation": _imputation,
        "stacked": _stacked,
    }[choices.estimator]
    return run(rows, choices)


def averages(cells: GroupTime) -> dict[str, Aggregate]:
    """Return all four averages.

    Raises
    ------
    NoFitError
        When no cell is one of treated units.
    """
    if not any(cell.post for cell in cells.cells):
        raise NoFitError(-1, "no group has both a period before it starts and a comparison after")
    return {name: aggregate(cells, name) for name in AGGREGATIONS}


def _leads(cells: GroupTime) -> Leads:
    picks = [k for k, cell in enumerate(cells.cells) if cell.lead]
    return Leads(cells.effects[picks], cells.influence[:, picks])


def _callaway(rows: Rows, choices: Choices) -> Fitted:
    cells = callaway.group_time(rows, choices)
    made = averages(cells)
    return Fitted(cells, made, made["dynamic"], _leads(cells), {})


def _sun_abraham(rows: Rows, choices: Choices) -> Fitted:
    found = sun_abraham.group_time(rows, choices)
    cells, made = found.cells, averages(found.cells)
    shares = averages(sun_abraham.with_shares(rows, cells))
    return Fitted(
        cells, made, made["dynamic"], _leads(cells), {SHARES: shares}, plain=_independent(found)
    )


def _independent(found: sun_abraham.Interacted) -> Plain:
    """Return the errors of the averages if errors were independent, from the cells' weights."""
    unit = replace(found.cells, influence=np.eye(len(found.cells.cells)))
    weights = {name: one.value_influence for name, one in averages(unit).items()}
    errors = {
        name: math.sqrt(max(float(w @ found.independent @ w), 0.0)) for name, w in weights.items()
    }
    return Plain(errors, found.df)


def _imputation(rows: Rows, choices: Choices) -> Fitted:
    found = imputation.group_time(rows, choices)
    cells, made = found.cells, averages(found.cells)
    others = {LEAVE_OUT: averages(replace(cells, influence=found.without_own))}
    before = imputation.leads(rows, choices)
    notes = []
    if found.lost:
        notes.append(
            f"{found.lost} treated rows were left out: their unit is never seen untreated, or no "
            "one is untreated in their period."
        )
    nothing = Leads(np.zeros(0), np.zeros((rows.n_units, 0)))
    leads = nothing if before is None else Leads(before.effects, before.influence)
    dynamic = made["dynamic"] if before is None else _joined(before, made["dynamic"])
    return Fitted(cells, made, dynamic, leads, others, tuple(notes))


def _joined(before: Aggregate, after: Aggregate) -> Aggregate:
    return replace(
        after,
        levels=np.concatenate([before.levels, after.levels]).astype(np.intp),
        effects=np.concatenate([before.effects, after.effects]),
        influence=np.column_stack([before.influence, after.influence]),
    )


def _stacked(rows: Rows, choices: Choices) -> Fitted:
    cells = callaway.group_time(rows, choices)
    made = averages(cells)
    if rows.x.shape[1] or not rows.whole:  # the regression then averages other cells
        return Fitted(cells, made, made["dynamic"], _leads(cells), {})
    pooled = stacked.pooled(rows, choices, cells.cells)
    others = {CELLS: {"dynamic": made["dynamic"]}}
    return Fitted(cells, made | {"dynamic": pooled}, pooled, _leads(cells), others)


def dynamic_levels(levels: Ints, choices: Choices) -> Ints:
    """Return which entries of an event study are not its reference period."""
    return np.flatnonzero(levels != -1 - choices.anticipation)
