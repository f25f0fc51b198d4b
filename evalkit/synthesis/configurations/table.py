"""The truth table: every combination of conditions, the cases in it, and how often the outcome came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evalkit.errors import DataError
from evalkit.synthesis.configurations.sets import Floats, Ints, Sets, inclusion, pri, read_sets

if TYPE_CHECKING:
    import pandas as pd

REMAINDER, POSITIVE, NEGATIVE, CONTRADICTION = "?", "1", "0", "C"


@dataclass(frozen=True, slots=True, eq=False)
class TruthTable:
    """A truth table with the memberships it was made from.

    Attributes
    ----------
    sets : Sets
    out : ndarray of str, shape (rows,)
        ``1``, ``0``, ``C`` (a contradiction set apart) or ``?`` (no, or too few, cases).
    count : ndarray of int, shape (rows,)
        Cases that belong to the row.
    inclusion, pri : ndarray, shape (rows,)
        NaN where no case has any membership.
    place : ndarray of int, shape (n,)
        Row of each case; -1 for cases at exactly one half.
    cut, frequency, pri_cut
        The cut-offs.
    """

    sets: Sets
    out: np.ndarray[tuple[int], np.dtype[np.str_]]
    count: Ints
    inclusion: Floats
    pri: Floats
    place: Ints
    cut: float
    frequency: int
    pri_cut: float
    apart: bool

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the table must know."""
        notes = [*self.sets.notes]
        mixed = self.contradictions
        if mixed:
            names = "; ".join(f"row {row + 1} ({', '.join(self.cases_in(row))})" for row in mixed)
            notes.append(f"Rows whose cases differ in the outcome: {names}.")
        cases, conditions = len(self.sets.cases), len(self.sets.conditions)
        if cases < 4 * conditions:
            notes.append(
                f"{cases} cases for {conditions} conditions: so many conditions fit almost anything."
            )
        return tuple(notes)

    @property
    def contradictions(self) -> tuple[int, ...]:
        """Rows (from 0) that hold cases with and without the outcome."""
        return tuple(
            row
            for row in np.flatnonzero(self.count > 1).tolist()
            if len({bool(self.sets.y[at] > 0.5) for at in np.flatnonzero(self.place == row)}) == 2
        )

    def cases_in(self, row: int) -> tuple[str, ...]:
        """Return the cases that belong to a row (from 0)."""
        return tuple(self.sets.cases[at] for at in np.flatnonzero(self.place == row))

    @property
    def frame(self) -> pd.DataFrame:
        """The rows that hold cases, as a frame.

        Index ``row`` (from 1, the first condition counting most); columns: the conditions, ``out,
        n, inclusion, pri, contradiction, cases``.
        """
        return self.to_frame(remainders=False)

    def to_frame(self, *, remainders: bool) -> pd.DataFrame:
        """Return the table with or without the rows that hold no case."""
        import pandas as pd

        rows = np.arange(len(self.out)) if remainders else np.flatnonzero(self.count > 0)
        values = values_of(rows, self.sets.levels)
        made = pd.DataFrame(values, columns=list(self.sets.conditions), index=rows + 1)
        mixed = set(self.contradictions)
        return made.assign(
            out=self.out[rows],
            n=self.count[rows],
            inclusion=self.inclusion[rows],
            pri=self.pri[rows],
            contradiction=[int(row in mixed) for row in rows.tolist()],
            cases=[", ".join(self.cases_in(row)) for row in rows.tolist()],
        ).rename_axis("row")


def values_of(rows: Ints, levels: Sequence[int]) -> Ints:
    """Return the values of the conditions in rows, shape (rows, k); the first counts most."""
    return np.stack(np.unravel_index(rows, levels), axis=1).astype(np.intp)


def truth_table(
    frame: pd.DataFrame,
    outcome: str,
    conditions: Sequence[str],
    inclusion: float = 0.8,
    frequency: int = 1,
    pri: float = 0.0,
    *,
    case: str | None = None,
    contradictions: str = "by inclusion",
) -> TruthTable:
    """Return the truth table of cases.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a case; crisp (0, 1), fuzzy (0 to 1) or multi-value (0, 1, 2 ...) conditions.
    outcome : str
        Column; ``~`` in front looks at its absence.
    conditions : sequence of str
    inclusion, pri : float
        A row leads to the outcome where both reach their cut-off.
    frequency : int
        Fewer cases than this make a remainder.
    case : str, optional
        Column with the name of the case; the index where left out.
    contradictions : {"by inclusion", "set apart"}
        Rows whose cases differ in the outcome: judged by the cut-off, or neither 1 nor 0.

    Raises
    ------
    DataError
        Columns that are no memberships, or cut-offs out of range.

    References
    ----------
    Ragin (2008), Redesigning Social Inquiry; Schneider and Wagemann (2012), Set-Theoretic Methods.
    """
    sets = read_sets(frame, outcome, conditions, case)
    if not (0 < inclusion <= 1 and 0 <= pri <= 1 and frequency >= 1):
        raise DataError(
            "Cut-offs lie between 0 and 1, and the frequency is 1 or more.",
            do="Write inclusion=0.8, frequency=1, pri=0.5 or the like.",
        )
    if contradictions not in ("by inclusion", "set apart"):
        raise DataError(
            f"`contradictions={contradictions!r}` is unknown.",
            do='Write "by inclusion" or "set apart".',
        )
    return table_of(sets, inclusion, frequency, pri, apart=contradictions == "set apart")


def table_of(sets: Sets, cut: float, frequency: int, pri_cut: float, *, apart: bool) -> TruthTable:
    """Return the truth table of memberships already read."""
    total = int(np.prod(sets.levels))
    values = sets.values()
    place = np.full(len(values), -1, dtype=np.intp)
    whole = (values >= 0).all(axis=1)
    place[whole] = np.ravel_multi_index(tuple(values[whole].T), sets.levels)
    count = np.bincount(place[whole], minlength=total).astype(np.intp)
    consistency, reduction = np.full(total, np.nan), np.full(total, np.nan)
    used = np.flatnonzero(count > 0)
    for row, term in zip(used.tolist(), values_of(used, sets.levels), strict=True):
        x = sets.degrees(term)
        consistency[row], reduction[row] = inclusion(x, sets.y), pri(x, sets.y)
    # 1e-9: sums of memberships are not exact, and a cut-off that is met must count as met.
    leads = (consistency >= cut - 1e-9) & ((reduction >= pri_cut - 1e-9) | (pri_cut <= 0))
    out = np.where(count < frequency, REMAINDER, np.where(leads, POSITIVE, NEGATIVE))
    made = TruthTable(
        sets, out, count, consistency, reduction, place, cut, frequency, pri_cut, apart
    )
    if apart:
        mixed = [row for row in made.contradictions if out[row] != REMAINDER]
        out[mixed] = CONTRADICTION
    return made
