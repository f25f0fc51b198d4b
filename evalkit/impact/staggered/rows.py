"""The rows of a staggered design as arrays, and which group is compared with whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.least_squares import Floats, Ints
from evalkit.impact.panel import NEVER

Estimator = Literal["callaway_santanna", "sun_abraham", "imputation", "stacked"]
Method = Literal["doubly_robust", "regression", "ipw", "doubly_robust_improved"]
Control = Literal["never_treated", "not_yet_treated"]
Base = Literal["varying", "universal"]
Flags = NDArray[np.bool_]


class NoFitError(Exception):
    """An effect that cannot be estimated: which group (-1 for any) and why."""

    def __init__(self, group: int, why: str) -> None:
        self.group, self.why = group, why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Rows:
    """Outcomes by row; who is what by unit.

    Attributes
    ----------
    y, w : ndarray, shape (n,)
        Outcome; weights, of mean 1 over units.
    x : ndarray, shape (n, k)
        Covariates.
    unit, time : ndarray of int, shape (n,)
        Codes from 0, sorted by unit and time. In repeated cross-sections each row is a unit.
    cohort : ndarray of int, shape (N,)
        Index of the first treated period of each unit, `NEVER` for never.
    cluster : ndarray of int, shape (N,)
        Codes from 0.
    periods : int
    followed : bool
        Whether units are followed over time.
    pairs : bool
        Whether followed units are compared with themselves. False: rows are compared as in repeated
        cross-sections, even where units are followed.
    """

    y: Floats
    x: Floats
    w: Floats
    unit: Ints
    time: Ints
    cohort: Ints
    cluster: Ints
    periods: int
    followed: bool = True
    pairs: bool = True

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.cohort)

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return int(self.cluster.max()) + 1

    @property
    def whole(self) -> bool:
        """Whether every unit is followed through every period."""
        return self.followed and len(self.y) == self.n_units * self.periods

    @property
    def unit_weight(self) -> Floats:
        """Weight of each unit, shape (N,): that of its first row."""
        first = np.unique(self.unit, return_index=True)[1]
        return self.w[first]

    def keep(self, units: Flags) -> Rows:
        """Return the rows of some units, with units and clusters counted anew."""
        rows = units[self.unit]
        cluster = np.unique(self.cluster[units], return_inverse=True)[1].astype(np.intp)
        recoded = (np.cumsum(units) - 1).astype(np.intp)
        w = self.w / self.unit_weight[units].mean()
        return replace(
            self, y=self.y[rows], x=self.x[rows], w=w[rows], unit=recoded[self.unit[rows]],
            time=self.time[rows], cohort=self.cohort[units], cluster=cluster,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choices:
    """Options of the estimators; see the design `staggered_adoption`.

    ``window`` is that of the stacked estimator: periods before the start, and after its first.
    """

    method: Method = "doubly_robust"
    control: Control = "never_treated"
    base: Base = "varying"
    anticipation: int = 0
    estimator: Estimator = "callaway_santanna"
    window: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """Which comparison a group-time effect is: group, period, base period (all indices)."""

    group: int
    time: int
    base: int

    @property
    def post(self) -> bool:
        """Whether the group is treated in the period."""
        return self.time >= self.group

    @property
    def lead(self) -> bool:
        """Whether it is before the start and could differ from zero."""
        return not self.post and self.time != self.base


def cells_of(cohort: Ints, periods: int, choices: Choices) -> list[Cell]:
    """Return the comparisons to be made.

    With a varying base, a period before treatment is compared with the one just before it; with a
    universal base every period is compared with the last one before treatment is expected.
    """
    cells = []
    for group in np.unique(cohort[cohort < NEVER]).tolist():
        last = group - choices.anticipation - 1
        if last < 0:
            continue
        for time in range(0 if choices.base == "universal" else 1, periods):
            before = time < group and choices.base == "varying"
            cells.append(Cell(group, time, time - 1 if before else last))
    return cells


def compared_with(cohort: Ints, cell: Cell, choices: Choices) -> Flags:
    """Return which units the cell's group is compared with."""
    if choices.control == "never_treated":
        return np.asarray(cohort == NEVER)
    horizon = max(cell.time, cell.base) + choices.anticipation
    return np.asarray((cohort > horizon) & (cohort != cell.group))


def comparisons(starts: Ints, periods: int, choices: Choices) -> list[tuple[Cell, Ints]]:
    """Return every cell and the starts of those it is compared with, by the estimator's own rule.

    Parameters
    ----------
    starts : ndarray of int
        Starts that occur, `NEVER` among them.
    """
    starts = np.unique(starts)
    if choices.estimator == "callaway_santanna":
        pairs = [
            (cell, starts[compared_with(starts, cell, choices)])
            for cell in cells_of(starts, periods, choices)
        ]
    elif choices.estimator == "stacked":
        pairs = _clean(starts, periods, choices)
    else:
        pairs = _last_of_all(starts, periods, choices)
    return [(cell, pool) for cell, pool in pairs if len(pool)]


def _last_of_all(starts: Ints, periods: int, choices: Choices) -> list[tuple[Cell, Ints]]:
    """Sun and Abraham (2021): the never treated, else the last to start until they do."""
    last = int(starts.max())
    until = periods if last == NEVER else last - choices.anticipation
    universal = replace(choices, base="universal")
    cells = cells_of(starts[starts < last], until, universal)
    return [(cell, np.array([last], dtype=np.intp)) for cell in cells if cell.base < until]


def _clean(starts: Ints, periods: int, choices: Choices) -> list[tuple[Cell, Ints]]:
    """Wing, Freedman and Hollingsworth (2024): those untreated through the whole window."""
    before, after = choices.window or default_window(starts, periods, choices.anticipation)
    pairs = []
    for group in starts[starts < NEVER].tolist():
        pool = starts[starts - choices.anticipation > group + after]
        if group - before < 0 or group + after >= periods or not len(pool):
            continue
        base = group - choices.anticipation - 1
        times = range(group - before, group + after + 1)
        pairs += [(Cell(group, time, base), pool) for time in times]
    return pairs


def default_window(starts: Ints, periods: int, anticipation: int) -> tuple[int, int]:
    """Return the widest window that every group with a later or never treated one is seen in."""
    last = int(starts.max())
    treated = starts[(starts < last) & (starts < NEVER)]
    if not len(treated):
        return anticipation + 1, 0
    latest = int(treated.max())
    after = min(periods - 1, last - anticipation - 1) - latest
    return max(int(treated.min()), anticipation + 1), max(after, 0)
