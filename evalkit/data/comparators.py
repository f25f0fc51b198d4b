"""Chooses comparison units by a rule written down beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from evalkit.data.match import as_words, numbers_of, words_of
from evalkit.data.table import need_column
from evalkit.errors import DataError, nearest

How = Literal["lowest", "highest", "nearest"]


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Comparison units, and the ranking they were taken from.

    Attributes
    ----------
    units : tuple
        Ids of the units chosen, best rank first, as they stand in the frame.
    treated_mean : float
        Mean over the treated units of their means.
    table : pandas.DataFrame
        One row for each untreated unit with a value, by rank: ``unit, mean, distance`` (mean less
        the treated units' mean), ``values`` (how many), ``rank``, ``chosen``.
    left_out : tuple
        Untreated units without any value in the years asked for.
    """

    units: tuple[Any, ...]
    treated_mean: float
    table: pd.DataFrame
    left_out: tuple[Any, ...]


def choose_comparators(
    frame: pd.DataFrame,
    *,
    unit: str,
    time: str,
    treated_units: Sequence[Any],
    how: How,
    count: int,
    by: str,
    over: tuple[float, float],
) -> Chosen:
    """Choose the untreated units with the lowest, highest or nearest mean before the programme.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each unit and period.
    unit, time : str
        Columns with the unit and the period.
    treated_units : sequence
        Ids of the treated units; never chosen.
    how : {"lowest", "highest", "nearest"}
        Lowest or highest mean, or nearest to the mean of the treated units.
    count : int
        How many.
    by : str
        Column whose mean over the periods `over` (first and last, both included) is ranked.
        Equal ranks are ordered by the unit's id.

    Returns
    -------
    Chosen
        The units, and the whole ranking.

    Raises
    ------
    DataError
        When a column or treated unit is absent, or there are fewer units than `count`.
    """
    for column in (unit, time, by):
        need_column(frame.columns, column)
    if how not in ("lowest", "highest", "nearest"):
        raise DataError(
            f"There is no rule `{how}`.{nearest(how, ('lowest', 'highest', 'nearest'))}",
            do="Use lowest, highest or nearest.",
        )
    treated = _treated(frame[unit], treated_units, unit)
    when = numbers_of(frame[time], time).between(*over)
    means = _means(frame[unit], numbers_of(frame[by], by), when)
    goal = float(means.loc[means["unit"].isin(treated), "mean"].mean())
    pool = means[~means["unit"].isin(treated)]
    known = pool.dropna(subset=["mean"])
    if len(known) < count:
        raise DataError(
            f"Only {len(known)} untreated units have `{by}` in {over[0]:g} to {over[1]:g}; "
            f"{count} are asked for.",
            do="Ask for fewer, or for other years.",
        )
    ranked = _ranked(known.assign(distance=known["mean"] - goal), how)
    table = ranked.assign(chosen=(ranked["rank"] <= count).astype(int))
    units = tuple(table.loc[table["chosen"] == 1, "unit"])
    return Chosen(units, goal, table, tuple(pool.loc[pool["mean"].isna(), "unit"]))


def _treated(units: pd.Series[Any], wanted: Sequence[Any], unit: str) -> list[Any]:
    """Return the treated units as they stand in the frame."""
    words = words_of(units)
    stands = dict(zip(words, units, strict=True))
    asked = [as_words(value) for value in wanted]
    absent = [value for value in asked if value not in stands]
    if absent or not asked:
        name = absent[0] if absent else "none"
        raise DataError(
            f"Treated unit `{name}` is not in column `{unit}`.{nearest(name, stands)}",
            do="Name treated units as they stand in that column.",
        )
    return [stands[value] for value in asked]


def _means(units: pd.Series[Any], values: pd.Series[float], when: pd.Series[bool]) -> pd.DataFrame:
    """Return one row for each unit, by id: its mean in the window and how many values made it."""
    table = pd.DataFrame({"unit": units, "value": values.where(when)}).dropna(subset=["unit"])
    grouped = table.groupby("unit", sort=True)["value"]
    return pd.DataFrame({"mean": grouped.mean(), "values": grouped.count()}).reset_index()


def _ranked(known: pd.DataFrame, how: How) -> pd.DataFrame:
    measure = {
        "lowest": known["mean"],
        "highest": -known["mean"],
        "nearest": known["distance"].abs(),
    }
    # Rounding to 12 digits makes means equal that differ only by the order of summation; a stable
    # sort then leaves equal ones in the order of their ids.
    order = measure[how].round(12).sort_values(kind="stable").index
    ranked = known.loc[order].reset_index(drop=True)
    ranked["rank"] = range(1, len(ranked) + 1)
    return ranked[["unit", "mean", "distance", "values", "rank"]]
