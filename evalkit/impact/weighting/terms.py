"""Covariates as columns of numbers: numbers as they are, text as dummies, squares and products."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.frame import Faults, Floats, numbers

MOST_LEVELS = 50
"""A text column with more different values than this is no covariate."""
_POWER = re.compile(r"(.+?)\s*(?:\^|\*\*)\s*([2-9])")
_CATEGORY = re.compile(r"C\((.+)\)")


@dataclass(frozen=True, slots=True)
class Terms:
    """Covariates as numbers.

    Attributes
    ----------
    names : tuple of str
        Of the columns of `shown`.
    shown : ndarray, shape (n, m)
        Every level of a category has a column: what balance is told of.
    modelled : ndarray of bool, shape (m,)
        Columns that enter models: the first level of each category does not.
    """

    names: tuple[str, ...]
    shown: Floats
    modelled: np.ndarray[tuple[int], np.dtype[np.bool_]]


def columns_of(terms: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that terms such as ``"age"``, ``"age^2"``, ``"a:b"``, ``"C(a)"`` need."""
    found = [part for term in terms for part in _factors(term, known)]
    return tuple(dict.fromkeys(_base(part, known) for part in found))


def _factors(term: str, known: Sequence[str]) -> list[str]:
    return [term] if term in known else [part.strip() for part in term.split(":")]


def _base(factor: str, known: Sequence[str]) -> str:
    for pattern in (_CATEGORY, _POWER):
        made = pattern.fullmatch(factor)
        if factor not in known and made:
            return made[1].strip()
    return factor


def build_terms(frame: pd.DataFrame, terms: Sequence[str]) -> tuple[Terms | None, Faults]:
    """Return the terms as numbers; `frame` holds every column they need, without blanks."""
    known = [str(name) for name in frame.columns]
    names: list[str] = []
    columns: list[Floats] = []
    modelled: list[bool] = []
    faults: Faults = []
    for term in dict.fromkeys(terms):
        parts = [_factor(frame, one, known) for one in _factors(term, known)]
        faults += [fault for part in parts for fault in part[1]]
        if any(part[1] for part in parts):
            continue
        for label, values, used in _product([part[0] for part in parts]):
            names.append(label)
            columns.append(values)
            modelled.append(used)
    if faults:
        return None, faults
    shown = np.column_stack(columns) if columns else np.zeros((len(frame), 0))
    return Terms(tuple(names), shown, np.array(modelled, dtype=bool)), []


_Columns = list[tuple[str, Floats, bool]]


def _factor(frame: pd.DataFrame, factor: str, known: Sequence[str]) -> tuple[_Columns, Faults]:
    base = _base(factor, known)
    column = frame[base]
    if _is_category(column) or (factor not in known and _CATEGORY.fullmatch(factor)):
        return _dummies(column, base)
    values, faults = numbers(column, base)
    power = _POWER.fullmatch(factor) if factor not in known else None
    return [(factor, values ** int(power[2]) if power else values, True)], faults


def _is_category(column: pd.Series[Any]) -> bool:
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return False
    return bool(pd.to_numeric(column, errors="coerce").isna().all())


def _dummies(column: pd.Series[Any], name: str) -> tuple[_Columns, Faults]:
    """Return a column for each level, in order; the first is the one models leave out."""
    values = column.astype(object)
    levels = sorted(values.unique().tolist(), key=lambda one: (str(type(one)), one))
    if len(levels) > MOST_LEVELS:
        wrong = f"`{name}` is text with {len(levels)} different values."
        return [], [(wrong, f"Join them into at most {MOST_LEVELS} groups, or leave it out.")]
    made = [(f"{name}={_say(one)}", (values == one).to_numpy(dtype=float)) for one in levels]
    return [(label, dummy, i > 0) for i, (label, dummy) in enumerate(made)], []


def _say(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _product(parts: list[_Columns]) -> _Columns:
    """Return every product of one column of each factor."""
    made = parts[0]
    for part in parts[1:]:
        made = [
            (f"{left}:{right}", one * other, used and too)
            for left, one, used in made
            for right, other, too in part
        ]
    return made
