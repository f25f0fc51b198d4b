"""Cases and their membership in sets: what every step of a configurational analysis starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import DataError, nearest

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Kind = Literal["crisp", "fuzzy", "multi-value"]
MOST_ROWS = 2_000_000
"""Most rows of a truth table: beyond, nobody could read it, nor any case fill it."""


@dataclass(frozen=True, slots=True, eq=False)
class Sets:
    """Memberships of cases, checked.

    Attributes
    ----------
    outcome : str
        With ``~`` in front where its absence is looked at.
    conditions : tuple of str
    kinds : tuple of str
        Of each condition: crisp, fuzzy or multi-value.
    levels : tuple of int
        Number of values of each condition: 2 for crisp and fuzzy ones.
    x : ndarray, shape (n, k)
    y : ndarray, shape (n,)
    cases : tuple of str
    notes : tuple of str
        Cases that were left out or cannot be placed.
    """

    outcome: str
    conditions: tuple[str, ...]
    kinds: tuple[Kind, ...]
    levels: tuple[int, ...]
    x: Floats
    y: Floats
    cases: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def values(self) -> Ints:
        """Return the value of each case on each condition, shape (n, k); -1 at exactly one half."""
        crossed = np.where(self.x > 0.5, 1, np.where(self.x < 0.5, 0, -1))
        many = np.array([kind == "multi-value" for kind in self.kinds])
        return np.where(many, self.x, crossed).astype(np.intp)

    def degree(self, condition: int, value: int) -> Floats:
        """Return the membership of the cases in one value of a condition, shape (n,)."""
        column = self.x[:, condition]
        if self.kinds[condition] == "multi-value":
            return np.asarray(column == value, dtype=float)
        return np.asarray(column if value == 1 else 1 - column)

    def degrees(self, term: Sequence[int]) -> Floats:
        """Return the membership in a conjunction: a value for each condition, -1 for "any"."""
        made = np.ones(len(self.y))
        for at, value in enumerate(term):
            if value >= 0:
                made = np.minimum(made, self.degree(at, int(value)))
        return made

    def literal(self, condition: int, value: int) -> str:
        """Return a value of a condition as text: ``A``, ``~A`` or ``A[2]``."""
        name = self.conditions[condition]
        if "multi-value" in self.kinds:
            return f"{name}[{value}]"
        return name if value == 1 else f"~{name}"

    def expression(self, term: Sequence[int]) -> str:
        """Return a conjunction as text: ``A*~B``."""
        parts = [self.literal(at, int(value)) for at, value in enumerate(term) if value >= 0]
        return "*".join(parts) or "1"


def read_sets(
    frame: pd.DataFrame, outcome: str, conditions: Sequence[str], case: str | None = None
) -> Sets:
    """Return the memberships in a frame, checked.

    Raises
    ------
    DataError
        A column is absent, holds text, or is neither a set membership nor a small whole number.
    """
    name = outcome.removeprefix("~")
    _check_names(frame, name, conditions, case)
    wanted = [*conditions, name]
    table = _numbers(frame, wanted)
    known = table.notna().all(axis=1).to_numpy(dtype=bool)
    labels = (frame[case] if case else frame.index.to_series()).astype(str).to_numpy()
    cases, lost = tuple(labels[known].tolist()), labels[~known].tolist()
    if not cases:
        raise DataError("No case has a value on every condition and the outcome.", do="Fill them.")
    values = table[known].to_numpy(dtype=float)
    kinds = tuple(_kind(values[:, at], column) for at, column in enumerate(wanted))
    if kinds[-1] == "multi-value":
        raise DataError(
            f"The outcome `{name}` has values above 1.", do="Make a set of it: 1 in, 0 out."
        )
    levels = tuple(
        int(values[:, at].max()) + 1 if kind == "multi-value" else 2
        for at, kind in enumerate(kinds[:-1])
    )
    if int(np.prod([float(one) for one in levels])) > MOST_ROWS:
        raise DataError(
            f"{len(conditions)} conditions make more rows than {MOST_ROWS:,}.",
            do="Choose fewer conditions: with more than about one for four cases almost anything fits.",
        )
    y = values[:, -1]
    notes = (f"Left out for a missing value: {', '.join(lost)}.",) if lost else ()
    sets = Sets(
        outcome=outcome,
        conditions=tuple(conditions),
        kinds=kinds[:-1],
        levels=levels,
        x=values[:, :-1],
        y=1 - y if outcome.startswith("~") else y,
        cases=cases,
        notes=notes,
    )
    return _with_halves(sets)


def _check_names(
    frame: pd.DataFrame, outcome: str, conditions: Sequence[str], case: str | None
) -> None:
    for column in (outcome, *conditions, *([case] if case else [])):
        if column not in frame.columns:
            raise DataError(
                f"The data have no column `{column}`.{nearest(column, map(str, frame.columns))}",
                do="Name columns as they stand in the data.",
            )
    if len(set(conditions)) < len(conditions) or outcome in conditions or not conditions:
        raise DataError(
            "Conditions must be named once each, and the outcome cannot be one of them.",
            do="Take the repeated name out.",
        )


def _numbers(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    made = {column: pd.to_numeric(frame[column], errors="coerce") for column in columns}
    for column in columns:
        text = frame[column].notna() & made[column].isna()
        if text.any():
            raise DataError(
                f"`{column}` holds text, such as `{frame[column][text].iloc[0]}`.",
                do="Calibrate it: give each case a membership from 0 to 1.",
            )
    return pd.DataFrame(made)


def _with_halves(sets: Sets) -> Sets:
    """Note the cases that are exactly half in a set: they belong to no row (Schneider and Wagemann)."""
    half = np.asarray((sets.values() < 0).any(axis=1), dtype=bool)
    if not half.any():
        return sets
    names = ", ".join(name for name, one in zip(sets.cases, list(half), strict=True) if one)
    note = f"Exactly half in a condition, so in no row of the table: {names}. Calibrate them anew."
    return replace(sets, notes=(*sets.notes, note))


def _kind(values: Floats, name: str) -> Kind:
    whole = np.equal(np.mod(values, 1), 0).all()
    if values.min() < 0 or (not whole and values.max() > 1):
        raise DataError(
            f"`{name}` runs from {values.min():g} to {values.max():g}: no membership of a set.",
            do="Calibrate it first: memberships run from 0 to 1, categories are 0, 1, 2 ...",
        )
    if not whole:
        return "fuzzy"
    return "multi-value" if values.max() > 1 else "crisp"


def inclusion(x: Floats, y: Floats) -> float:
    """Return how far x is a subset of y: ``sum min(x, y) / sum x`` (Ragin 2006); NaN when empty."""
    total = float(x.sum())
    return float(np.minimum(x, y).sum()) / total if total > 0 else float("nan")


def pri(x: Floats, y: Floats) -> float:
    """Return the proportional reduction in inconsistency (Schneider and Wagemann 2012, eq. 9.4)."""
    both = float(np.minimum(np.minimum(x, y), 1 - y).sum())
    below, above = float(x.sum()) - both, float(np.minimum(x, y).sum()) - both
    if below <= 0:
        return float("nan")
    return above / below


def relevance(x: Floats, y: Floats) -> float:
    """Return the relevance of necessity, RoN: ``sum(1 - x) / sum(1 - min(x, y))`` (2012, eq. 9.5)."""
    below = float((1 - np.minimum(x, y)).sum())
    return float((1 - x).sum()) / below if below > 0 else float("nan")
