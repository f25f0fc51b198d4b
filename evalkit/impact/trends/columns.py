"""Columns that a panel design makes itself: codes of further effects, and lags of the treatment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.impact.frame import Faults, Floats, choice_fault, read_columns
from evalkit.impact.panel import Roles

EFFECTS = ("two_way", "unit", "time")
FURTHER = "effects of "
"""A column whose name begins so holds the codes of further effects."""


def entries_of(effects: str | Sequence[str]) -> tuple[str, ...]:
    """Return the effects as a tuple of entries, each a column or columns joined by ``*``."""
    named = {"two_way": ("unit", "time"), "unit": ("unit",), "time": ("time",)}
    if isinstance(effects, str):
        return named.get(effects, (effects,))
    return tuple("*".join(part.strip() for part in str(one).split("*")) for one in effects)


def base_of(effects: str | Sequence[str], roles: Roles) -> Any:
    """Return which of unit and time have effects: ``two_way``, ``unit``, ``time`` or ``neither``."""
    entries = entries_of(effects)
    unit = bool({"unit", roles.unit} & set(entries))
    time = bool({"time", roles.time} & set(entries))
    if unit and time:
        return "two_way"
    return "unit" if unit else "time" if time else "neither"


def with_effects(
    frame: Any, roles: Roles, effects: str | Sequence[str]
) -> tuple[Any, Roles, Faults]:
    """Return the data with a column of codes for every effect beyond unit and time.

    Parameters
    ----------
    frame : pandas or polars DataFrame
    roles : Roles
        The columns of codes are added to ``own``.
    effects : str or sequence of str
    """
    if isinstance(effects, str) and "*" not in effects:
        return (*_plain(frame, roles), choice_fault("effects", effects, EFFECTS))
    entries = entries_of(effects) if isinstance(effects, (str, list, tuple)) else ()
    if not entries:
        wrong = f"`effects: {effects}` names no effects."
        return frame, roles, [(wrong, "Name at least one column, or write `effects: two_way`.")]
    further = [one for one in dict.fromkeys(entries) if one not in _own_words(roles)]
    atoms = {atom: _column(atom, roles) for one in further for atom in one.split("*")}
    table, faults = read_columns(frame, [*roles.columns(), *atoms.values()])
    if faults:
        return table, roles, faults
    table = table.copy()
    for one in further:
        table[FURTHER + one] = _codes(table, [atoms[atom] for atom in one.split("*")])
    return table, replace(roles, own=(*roles.own, *(FURTHER + one for one in further))), []


def _plain(frame: Any, roles: Roles) -> tuple[Any, Roles]:
    table, faults = read_columns(frame, roles.columns())
    return (frame if faults else table), roles


def _own_words(roles: Roles) -> set[str | None]:
    return {"unit", "time", roles.unit, roles.time}


def _column(atom: str, roles: Roles) -> str:
    """Return the column that a word of `effects` stands for."""
    return cast("str", {"unit": roles.unit, "time": roles.time}.get(atom, atom))


def _codes(table: pd.DataFrame, columns: Sequence[str]) -> Floats:
    """Return a number for every combination of values, in the order of their text; blank if one is."""
    code = np.zeros(len(table))
    for name in columns:
        values = table[name]
        order = sorted(values.dropna().unique().tolist(), key=str)
        place = values.map({value: float(i) for i, value in enumerate(order)})
        code = code * max(len(order), 1) + place.to_numpy(dtype=float, na_value=np.nan)
    return np.asarray(code)


def lag_names(treatment: str, lags: int) -> tuple[str, ...]:
    """Return what the lags of a treatment are called."""
    return tuple(
        f"{treatment}, {lag} {'period' if lag == 1 else 'periods'} before"
        for lag in range(1, lags + 1)
    )


def with_lags(table: pd.DataFrame, roles: Roles, lags: int) -> tuple[pd.DataFrame, Roles]:
    """Return the data with the lags of the treatment as further covariates.

    They are taken from all rows, also those whose outcome is missing.
    """
    if not lags or not isinstance(table, pd.DataFrame):
        return table, roles
    table = table.copy()
    names = lag_names(roles.own[0], lags)
    for lag, name in enumerate(names, start=1):
        table[name] = lagged_treatment(table, roles, lag, assume=True)[0]
    return table, replace(roles, covariates=(*roles.covariates, *names))


def lagged_treatment(
    table: pd.DataFrame, roles: Roles, lag: int, *, assume: bool
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the treatment of each row's unit `lag` periods before, and where it is known.

    Periods are counted as they follow each other in the data.

    Parameters
    ----------
    assume : bool
        Take a unit that begins without treatment to have had none before.
    """
    unit, time = cast("str", roles.unit), roles.time
    d = pd.to_numeric(table[roles.own[0]], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    when = table[time]
    if not pd.api.types.is_datetime64_any_dtype(when):
        when = pd.to_numeric(when, errors="coerce")
    place = pd.factorize(when, sort=True)[0]
    who = pd.factorize(table[unit])[0]
    size = int(place.max()) + 1 if len(place) else 1
    course = np.full((int(who.max()) + 1 if len(who) else 1, size), np.nan)
    course[who, place] = d
    if assume:
        seen = np.isfinite(course)
        start = seen.argmax(axis=1)
        none = seen.any(axis=1) & (course[np.arange(len(course)), start] == 0)
        early = np.arange(size) < start[:, None]
        course = np.where(early & none[:, None], 0.0, course)
    before = place - lag
    found = np.where(before >= 0, course[who, np.maximum(before, 0)], np.nan)
    if assume:
        found = np.where((before < 0) & none[who], 0.0, found)
    return found, np.isfinite(found)
