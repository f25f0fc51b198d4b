"""From a frame to arrays: outcomes with their gaps, groupings as codes, and who is missing.

A row is used when everything but its outcome is known; an outcome may be missing in some rows and
not in others. Codes follow the sorted labels, so that the order of rows does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.impact.bayes.collapse import Floats, Ints
from evalkit.impact.bayes.multi.asked import Asked
from evalkit.impact.bayes.rows import Columns, Rows, nothing_left
from evalkit.impact.frame import Faults, numbers, read_columns

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Label:
    """A column that names things: a code in each row (-1 where blank), and the names."""

    code: Ints
    names: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """Rows whose predictors are complete.

    Attributes
    ----------
    y : numpy.ndarray, shape (rows, outcomes)
        NaN where missing.
    treated : numpy.ndarray of int, shape (rows,)
    weight : numpy.ndarray, shape (rows,)
    adjust : numpy.ndarray, shape (rows, columns)
    number : mapping of str to numpy.ndarray
        Further columns of numbers, by name.
    label : mapping of str to Label
    place : pandas.DataFrame
        The moderators as they stand in the file.
    row : numpy.ndarray of int, shape (rows,)
        Which row of the file each was.
    dropped : int
        Rows left out because something other than an outcome is missing, or all outcomes are.
    arms : pandas.DataFrame
        Rows and missing outcomes by arm.
    """

    y: Floats
    treated: Ints
    weight: Floats
    adjust: Floats
    number: Mapping[str, Floats]
    label: Mapping[str, Label]
    place: pd.DataFrame
    row: Ints
    dropped: int
    arms: pd.DataFrame


def read(frame: Any, asked: Asked) -> tuple[Seen | None, Faults]:
    """Return the rows of a frame that can be used, or every reason why there are none."""
    place = asked.columns.moderators
    names = [*asked.outcomes, *asked.measures, *asked.labels, *place]
    table, faults = read_columns(frame, names)
    if faults:
        return None, faults
    measured: dict[str, Floats] = {}
    for name in dict.fromkeys([*asked.outcomes, *asked.measures]):
        measured[name], found = numbers(table[name], name)
        faults.extend(found)
    if not faults:
        faults.extend(_value_faults(measured, asked))
    if faults:
        return None, faults
    known = _known(table, measured, asked)
    y = np.column_stack([measured[name] for name in asked.outcomes])
    arms = _arms(y[known], measured[asked.columns.treatment][known], asked)
    use = known & ~np.isnan(y).all(axis=1)
    if not use.any():
        return None, [nothing_left(measured, len(table))]
    seen = _seen(table, measured, (y, use), asked, arms)
    return seen, _seen_faults(seen, asked)


def _known(table: pd.DataFrame, measured: Mapping[str, Floats], asked: Asked) -> Bools:
    """Return which rows have everything but, perhaps, an outcome."""
    further = set(asked.members[1:])  # a second or third membership may be blank
    needed = [name for name in asked.labels if name not in further]
    columns = [*needed, *asked.columns.moderators]
    known = np.array(table[columns].notna().all(axis=1), dtype=bool)
    for name in asked.measures:
        if name not in asked.member_weights:
            known &= ~np.isnan(measured[name])
    return known


def _seen(
    table: pd.DataFrame,
    measured: Mapping[str, Floats],
    outcome: tuple[Floats, Bools],
    asked: Asked,
    arms: pd.DataFrame,
) -> Seen:
    y, use = outcome
    role, count = asked.columns, int(use.sum())
    kept = {name: measured[name][use] for name in measured}
    adjust = np.array([kept[name] for name in role.adjust]).reshape(len(role.adjust), count).T
    shared = _shared_names(table, asked)
    return Seen(
        y=y[use],
        treated=kept[role.treatment].astype(int),
        weight=kept[role.weights] if role.weights else np.ones(count),
        adjust=adjust,
        number={
            name: kept[name]
            for name in (asked.trials, asked.exposure, *asked.member_weights)
            if name
        },
        label={name: label_of(table[name][use], shared.get(name, ())) for name in asked.labels},
        place=table.loc[use, list(role.moderators)].reset_index(drop=True),
        row=np.flatnonzero(use),
        dropped=int((~use).sum()),
        arms=arms,
    )


def _shared_names(table: pd.DataFrame, asked: Asked) -> dict[str, tuple[str, ...]]:
    """Return the units of all membership columns together: one and the same unit may be in each."""
    if not asked.members:
        return {}
    every = pd.concat([table[name].dropna() for name in asked.members])
    names = label_of(every).names
    return dict.fromkeys(asked.members, names)


def label_of(column: pd.Series[Any], names: tuple[str, ...] = ()) -> Label:
    """Return codes in sorted order, whatever the order of rows, and the labels as text.

    Parameters
    ----------
    column : pandas.Series
    names : tuple of str
        The names to code by, where they are shared with other columns.
    """
    try:
        codes, labels = pd.factorize(column, sort=True)
    except TypeError:  # numbers and words mixed in one column
        codes, labels = pd.factorize(column.astype(str), sort=True)
    own = tuple(_text(label) for label in labels)
    codes = np.asarray(codes, dtype=int)
    if not names:
        return Label(codes, own)
    at = {name: i for i, name in enumerate(names)}
    place = np.array([at[name] for name in own] + [-1])
    return Label(place[codes], names)


def _text(value: Any) -> str:
    """Return a label as a person would write it: 2019 rather than 2019.0, a date without midnight."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).removesuffix(" 00:00:00")


def rows_for(seen: Seen, outcome: int, columns: Columns, keep: Bools | None = None) -> Rows:
    """Return the rows that have one outcome, and lie in `keep`, as the single-outcome code reads them.

    Codes are made anew so that none is left out; moderators are left to `moderators.py`.
    """
    use = ~np.isnan(seen.y[:, outcome])
    if keep is not None:
        use = use & keep
    site, sites = _dense(seen.label[columns.site], use)
    none = np.zeros(int(use.sum()), dtype=int)
    time, times = _dense(seen.label[columns.time], use) if columns.time else (none, ())
    grouped = columns.cluster and columns.cluster != columns.site
    cluster = _dense(seen.label[columns.cluster], use)[0] if grouped else none
    return Rows(
        y=seen.y[use, outcome],
        weight=seen.weight[use],
        treated=seen.treated[use],
        adjust=seen.adjust[use],
        moderators=np.zeros((int(use.sum()), 0)),
        site=site,
        time=time,
        cluster=cluster,
        sites=sites,
        times=times,
        dropped=len(use) - int(use.sum()) if keep is None else 0,
    )


def _dense(label: Label, use: Bools) -> tuple[Ints, tuple[str, ...]]:
    kept, code = np.unique(label.code[use], return_inverse=True)
    return np.asarray(code).ravel(), tuple(label.names[i] for i in kept)


def _arms(y: Floats, treated: Floats, asked: Asked) -> pd.DataFrame:
    """Return rows and missing outcomes by outcome and arm."""
    rows = []
    for k, name in enumerate(asked.outcomes):
        for arm, words in ((1, "treated"), (0, "untreated")):
            inside = treated == arm
            missing = int(np.isnan(y[inside, k]).sum())
            count = int(inside.sum())
            share = missing / count if count else float("nan")
            rows.append((name, words, count, missing, share))
    return pd.DataFrame(rows, columns=["outcome", "arm", "rows", "missing", "share_missing"])


def _value_faults(measured: Mapping[str, Floats], asked: Asked) -> Faults:
    faults: Faults = []
    role = asked.columns
    treatment = measured[role.treatment]
    odd = ~np.isin(treatment, (0.0, 1.0)) & ~np.isnan(treatment)
    if odd.any():
        wrong = f"`{role.treatment}` holds {treatment[odd][0]:g}, but must be 0 or 1."
        faults.append((wrong, "Make a 0/1 column; for a dose use `panel_fixed_effects`."))
    for name in (role.weights, asked.exposure):
        if name and (measured[name] <= 0).any():
            wrong = (
                f"`{name}` has {'weights' if name == role.weights else 'values'} of zero or below."
            )
            faults.append((wrong, "Give every row a value above zero, or leave the row out."))
    for name in asked.member_weights:
        if (measured[name] < 0).any():
            wrong = f"`{name}` has weights below zero."
            faults.append((wrong, "Give shares of membership from 0 to 1."))
    return faults


def _seen_faults(seen: Seen, asked: Asked) -> Faults:
    faults: Faults = []
    role = asked.columns
    sites = seen.label[role.site].names
    if len(sites) < 2:
        wrong = f"`{role.site}` names one site only (`{sites[0]}`)."
        remedy = "A multilevel analysis needs several; for one site use `interrupted_time_series`."
        faults.append((wrong, remedy))
    if seen.treated.min() == seen.treated.max():
        where = "treated" if seen.treated[0] else "untreated"
        wrong = f"Every row is {where} (`{role.treatment}` is always {seen.treated[0]})."
        faults.append((wrong, "Add rows to compare with, or check how the column was made."))
    for k, name in enumerate(asked.outcomes):
        values = seen.y[:, k][~np.isnan(seen.y[:, k])]
        if not len(values):
            faults.append((f"`{name}` holds no values at all.", "Leave it out, or check the file."))
        elif values.min() == values.max():
            wrong = f"`{name}` is the same ({values[0]:g}) in every row."
            faults.append((wrong, "Choose an outcome that varies."))
    return faults
