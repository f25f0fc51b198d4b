"""From a frame to cases in time order, with the phases of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.frame import Faults, Floats, numbers, read_columns
from evalkit.impact.least_squares import Ints

FEWEST_POINTS = 6
BASELINE_WORDS = ("a", "baseline", "control", "before", "0", "untreated", "withdrawal")


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of the columns."""

    outcome: str
    time: str
    phase: str
    case: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One case in time order.

    Attributes
    ----------
    y : ndarray, shape (n,)
    treated : ndarray, shape (n,)
        0 and 1.
    position : ndarray of int, shape (n,)
        Rank of the time among all times of the study.
    changes : tuple of int
        First point of the second and later phases.
    """

    label: str
    y: Floats
    treated: Floats
    position: Ints
    changes: tuple[int, ...]

    def phases(self) -> list[Floats]:
        """Return the outcomes of each phase."""
        return np.split(self.y, list(self.changes))


@dataclass(frozen=True, slots=True)
class Cases:
    """Every case, in an order that its content gives."""

    cases: tuple[Case, ...]
    roles: Roles
    times: tuple[str, ...]
    words: tuple[str, str]
    notes: tuple[str, ...] = ()

    @property
    def shortest(self) -> int:
        """Fewest points in any phase."""
        return min(len(phase) for case in self.cases for phase in case.phases())


def read_cases(frame: Any, roles: Roles) -> tuple[Cases | None, Faults]:
    """Return the cases, or None and every fault."""
    names = [roles.outcome, roles.time, roles.phase, *([roles.case] if roles.case else [])]
    table, faults = read_columns(frame, names)
    if faults:
        return None, faults
    y, faults = numbers(table[roles.outcome], roles.outcome)
    if faults:
        return None, faults
    full = ~np.isnan(y)
    for name in names[1:]:
        full = full & table[name].notna().to_numpy()
    if int(full.sum()) < FEWEST_POINTS:
        return None, [
            (
                f"{int(full.sum())} rows have an outcome, a time and a phase.",
                f"A case needs {FEWEST_POINTS} points at least, three in each phase.",
            )
        ]
    kept, left = table[full], int((~full).sum())
    at, faults = _times(kept[roles.time], roles.time)
    treated, words, found = _treated(kept, at, roles)
    faults += found
    if faults:
        return None, faults
    labels = (
        kept[roles.case].astype(str).to_numpy() if roles.case else np.full(len(kept), "the case")
    )
    faults = _repeated(labels, at, roles)
    if faults:
        return None, faults
    seen, position = np.unique(at, return_inverse=True)
    cases = [
        _case(str(label), y[full], treated, position, labels == label)
        for label in np.unique(labels)
    ]
    notes = (f"{left} rows lack a value and were left out.",) if left else ()
    made = Cases(
        tuple(sorted(cases, key=lambda one: (one.changes, one.y.tolist()))),
        roles,
        tuple(_time_word(one, kept[roles.time]) for one in seen),
        words,
        notes,
    )
    faults = _case_faults(made)
    return (None if faults else made), faults


def _times(column: pd.Series[Any], name: str) -> tuple[Floats, Faults]:
    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.DatetimeIndex(column).as_unit("ns").asi8.astype(float), []
    made = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    if np.isfinite(made).all():
        return made, []
    dates = pd.to_datetime(column.astype(object), errors="coerce", format="ISO8601")
    if dates.isna().any():
        bad = column[dates.isna()].iloc[0]
        return made, [
            (
                f"`{name}` holds times that cannot be read, such as `{bad}`.",
                "Write numbers (sessions 1, 2, 3) or dates such as 2024-09-01.",
            )
        ]
    return pd.DatetimeIndex(dates).as_unit("ns").asi8.astype(float), []


def _time_word(at: float, column: pd.Series[Any]) -> str:
    if pd.api.types.is_numeric_dtype(column) or at < 1e12:
        return f"{at:g}"
    return str(pd.Timestamp(int(at)))[:10]


def _treated(
    kept: pd.DataFrame, at: Floats, roles: Roles
) -> tuple[Floats, tuple[str, str], Faults]:
    """Return 0/1 for each row, and the words for baseline and intervention."""
    column = kept[roles.phase]
    plain = [_plain(value) for value in column.tolist()]
    values = sorted(set(plain))
    nothing = np.zeros(len(kept)), ("", "")
    if len(values) != 2:
        shown = ", ".join(f"`{value}`" for value in sorted({str(v) for v in column})[:6])
        wrong = (
            f"`{roles.phase}` holds {shown}: {len(values)} conditions, where a baseline and an "
            "intervention are needed."
        )
        do = (
            "Write A and B (or 0 and 1), repeated when a phase comes back; leave out the rows of a "
            "third condition, such as follow-up."
        )
        return *nothing, [(wrong, do)]
    base = next((value for value in BASELINE_WORDS if value in values), None)
    if base is None:
        base = plain[int(np.argmin(at))]
    treated = np.array([value != base for value in plain], dtype=float)
    other = next(value for value in values if value != base)
    return treated, (base, other), []


def _plain(value: Any) -> str:
    """Return a phase's condition: `B2`, `b` and `B ` are one; numbers stay themselves."""
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    if isinstance(value, int | float | np.integer | np.floating):
        return f"{float(value):g}"
    text = str(value).strip().lower()
    return re.sub(r"[\s_-]*\d+$", "", text) or text


def _repeated(labels: Any, at: Floats, roles: Roles) -> Faults:
    pairs = pd.DataFrame({"case": labels, "at": at})
    again = pairs.duplicated()
    if not again.any():
        return []
    first = labels[int(np.argmax(again.to_numpy()))]
    return [
        (
            f"{int(again.sum())} rows repeat a time of the same case, the first of `{first}`.",
            "Keep one row for each case and time (average them), or name the column `case`."
            if roles.case is None
            else "Keep one row for each case and time: average those that repeat.",
        )
    ]


def _case(label: str, y: Floats, treated: Floats, position: Ints, rows: Any) -> Case:
    order = np.argsort(position[rows], kind="stable")
    on = treated[rows][order]
    changes = tuple(int(i) for i in np.flatnonzero(np.diff(on) != 0) + 1)
    return Case(label, y[rows][order], on, position[rows][order].astype(np.intp), changes)


def _case_faults(made: Cases) -> Faults:
    faults: Faults = []
    for case in made.cases:
        if not case.changes:
            side = made.words[int(case.treated[0])]
            faults.append(
                (
                    f"`{case.label}` is in `{side}` all the time.",
                    "Leave out cases that have only one phase, or add the points of the other.",
                )
            )
        elif case.treated[0] == 1:
            faults.append(
                (
                    f"`{case.label}` begins with `{made.words[1]}`, so it has no baseline first.",
                    "Check the times; a case begins with its baseline.",
                )
            )
    values = np.concatenate([case.y for case in made.cases])
    if values.min() == values.max():
        faults.append(
            (
                f"`{made.roles.outcome}` is {values[0]:g} in every row.",
                "Check how the column was made; nothing can be learnt from a constant.",
            )
        )
    lengths = {len(case.changes) for case in made.cases if case.changes}
    if len(lengths) > 1:
        faults.append(
            (
                "Cases have different numbers of phases.",
                "Analyse cases with two phases (multiple baseline) and with more (reversal) apart.",
            )
        )
    return faults
