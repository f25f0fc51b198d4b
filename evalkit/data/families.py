"""Families of comparable places: each place's nearest neighbours on chosen traits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evalkit.data.match import numbers_of
from evalkit.data.table import need_column
from evalkit.errors import DataError


def comparable_places(
    frame: pd.DataFrame,
    *,
    unit: str,
    traits: Sequence[str],
    count: int = 10,
    places: Sequence[str] | None = None,
    pool: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the nearest neighbours of places on chosen traits, with their distances shown.

    Traits are put in standard deviations over all places; the distance is the root of the mean
    squared difference, so 1 means "one standard deviation apart in a typical trait". Where a place
    has several rows, its means are compared.

    Parameters
    ----------
    frame : pandas.DataFrame
    unit : str
        Column of the place.
    traits : sequence of str
        Columns of numbers that programmes do not change (or measured before them).
    count : int
        Neighbours of each place.
    places, pool : sequence of str, optional
        Whose neighbours are wanted, and who may be one; all, where left out.

    Returns
    -------
    pandas.DataFrame
        ``unit, rank, neighbour, distance, far`` and one column ``<trait> apart`` a trait (neighbour
        less place, in SD); ``far`` is 1 where the distance is above 1: a neighbour in name only.
        Equal distances are ordered by the neighbour's name.

    Raises
    ------
    DataError
        A column is absent, a trait is the same everywhere, or fewer places than `count` are known.
    """
    for column in (unit, *traits):
        need_column(frame.columns, column)
    if not traits:
        raise DataError("No traits are named.", do="Name columns by which places are compared.")
    table = pd.DataFrame({name: numbers_of(frame[name], name) for name in traits})
    means = table.groupby(frame[unit].astype(str)).mean().dropna().sort_index()
    spread = means.std(ddof=1)
    flat = [name for name in traits if not spread[name] > 0]
    if flat:
        raise DataError(f"`{flat[0]}` is the same in every place.", do="Leave that trait out.")
    scaled = (means - means.mean()) / spread
    rows = [
        row
        for place in _named(scaled, places, unit)
        for row in _neighbours(scaled, place, _named(scaled, pool, unit), count)
    ]
    return pd.DataFrame(rows)


def _named(scaled: pd.DataFrame, wanted: Sequence[str] | None, unit: str) -> list[str]:
    if wanted is None:
        return list(scaled.index)
    names = [str(one) for one in wanted]
    lost = [name for name in names if name not in scaled.index]
    if lost:
        raise DataError(
            f"`{lost[0]}` is not in `{unit}`, or lacks a trait.", do="Check the name and its row."
        )
    return names


def _neighbours(
    scaled: pd.DataFrame, place: str, pool: Sequence[str], count: int
) -> list[dict[str, object]]:
    others = [name for name in sorted(pool) if name != place]
    if len(others) < count:
        raise DataError(
            f"Only {len(others)} places can be neighbours of `{place}`; {count} are asked for.",
            do="Ask for fewer.",
        )
    apart = scaled.loc[others] - scaled.loc[place]
    distance = np.sqrt((apart**2).mean(axis=1).to_numpy())
    order = np.argsort(np.round(distance, 12), kind="stable")[:count]
    return [
        {
            "unit": place,
            "rank": rank,
            "neighbour": others[at],
            "distance": float(distance[at]),
            "far": int(distance[at] > 1),
            **{f"{name} apart": float(apart.iloc[at][name]) for name in scaled.columns},
        }
        for rank, at in enumerate(order, start=1)
    ]
