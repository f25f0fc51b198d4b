"""A user's frame as the arrays of an instrumental-variable study, with every fault named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.frame import Faults, numbers, read_columns
from evalkit.impact.least_squares import Floats, Ints, independent_columns

MOST_LEVELS = 50
"""A text covariate with more values than this is a name, not a category."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns and what they stand for."""

    outcome: str
    treatment: str
    instruments: tuple[str, ...]
    covariates: tuple[str, ...] = ()
    weights: str | None = None
    cluster: str | None = None

    def all(self) -> tuple[str, ...]:
        """Return every column that is read."""
        some = (self.outcome, self.treatment, *self.instruments, *self.covariates)
        return (*some, *(name for name in (self.weights, self.cluster) if name))


@dataclass(frozen=True, slots=True)
class Sample:
    """Complete rows, ordered by their content so that the order of the file does not matter.

    Attributes
    ----------
    columns : Columns
    y, d : ndarray, shape (n,)
        Outcome, treatment.
    z : ndarray, shape (n, K)
        Instruments that neither covariates nor earlier instruments explain.
    instruments : tuple of str, length K
    x : ndarray, shape (n, k)
        Constant first, then covariates (categories as dummies), linearly independent.
    names : tuple of str, length k - 1
        Names of the covariates' columns; dummies of a category share its name.
    w : ndarray, shape (n,)
        Weights, of mean 1.
    cluster : ndarray of int, shape (n,), or None
    labels : tuple of str
        Labels of the clusters.
    notes : tuple of str
        What was left out.
    """

    columns: Columns
    y: Floats
    d: Floats
    z: Floats
    instruments: tuple[str, ...]
    x: Floats
    names: tuple[str, ...]
    w: Floats
    cluster: Ints | None
    labels: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.y)


def read_sample(frame: Any, columns: Columns) -> tuple[Sample | None, Faults]:
    """Return the sample, or None and every fault that stands in the way.

    Rows that lack an outcome, the treatment, an instrument, a covariate or a weight are left out
    and counted; a row without cluster is a fault.
    """
    faults = _role_faults(columns)
    table, found = read_columns(frame, columns.all())
    faults += found
    if faults:
        return None, faults
    if table.empty:
        return None, [("There are no rows.", "Check the file and the rows kept by `keep:`.")]
    made, faults = _numeric(table, columns)
    if columns.cluster and table[columns.cluster].isna().any():
        count = int(table[columns.cluster].isna().sum())
        faults.append(
            (
                f"`{columns.cluster}` is blank in {count} rows.",
                "Fill it in, or leave those rows out with `keep:`.",
            )
        )
    if faults:
        return None, faults
    kept, notes = _complete(made, columns)
    table, made = table[kept], {name: values[kept] for name, values in made.items()}
    faults = _value_faults(made, columns, len(table))
    if faults:
        return None, faults
    sample = _build(table, made, columns, notes)
    faults = _sample_faults(sample)
    return (None, faults) if faults else (sample, [])


def _role_faults(columns: Columns) -> Faults:
    faults: Faults = []
    if not columns.instruments:
        faults.append(
            (
                "No instrument is named.",
                "Name in `instruments` what moves the treatment but not the outcome by itself.",
            )
        )
    roles = [
        *((columns.outcome, "outcome"), (columns.treatment, "treatment")),
        *((name, "instruments") for name in dict.fromkeys(columns.instruments)),
        *((name, "covariates") for name in dict.fromkeys(columns.covariates)),
    ]
    seen: dict[str, str] = {}
    for name, role in roles:
        if name in seen:
            wrong = f"`{name}` stands under `{seen[name]}` and under `{role}`."
            faults.append((wrong, "A column has one part: take it out of one of them."))
        seen[name] = role
    return faults


def _numeric(table: pd.DataFrame, columns: Columns) -> tuple[dict[str, Any], Faults]:
    """Return each column as numbers, text covariates as text, and the faults."""
    made: dict[str, Any] = {}
    faults: Faults = []
    for name in dict.fromkeys(columns.all()):
        if name == columns.cluster and name not in columns.covariates:
            continue
        if name in columns.covariates and _is_category(table[name]):
            made[name] = table[name].astype(object).to_numpy()
            faults += _category_faults(table[name], name)
        else:
            made[name], found = numbers(table[name], name)
            faults += found
    if columns.weights and not (np.nan_to_num(made[columns.weights], nan=1.0) > 0).all():
        wrong = f"The weights `{columns.weights}` are not all above zero."
        faults.append((wrong, "Leave out rows without weight, or choose another column."))
    return made, faults


def _is_category(column: pd.Series[Any]) -> bool:
    """Return whether a column is text through and through (a stray word among numbers is not)."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return False
    return bool(pd.to_numeric(column, errors="coerce").isna().all())


def _category_faults(column: pd.Series[Any], name: str) -> Faults:
    levels = column.nunique()
    if levels <= MOST_LEVELS:
        return []
    wrong = f"The covariate `{name}` is text with {levels} different values."
    return [(wrong, f"Group them into at most {MOST_LEVELS}, or leave the covariate out.")]


def _complete(made: dict[str, Any], columns: Columns) -> tuple[Any, tuple[str, ...]]:
    notes = []
    kept = np.ones(len(made[columns.outcome]), dtype=bool)
    names = (columns.outcome, columns.treatment, *columns.instruments, *columns.covariates)
    for name in dict.fromkeys((*names, *((columns.weights,) if columns.weights else ()))):
        lost = kept & pd.isna(made[name])
        if lost.any():
            notes.append(
                f"{int(lost.sum())} of {len(kept)} rows have no `{name}` and were left out."
            )
        kept &= ~lost
    return kept, tuple(notes)


def _value_faults(made: dict[str, Any], columns: Columns, rows: int) -> Faults:
    if rows == 0:
        wrong = "No row has the outcome, the treatment, every instrument and every covariate."
        return [(wrong, "Check the columns, and whether the symbols for missing values are right.")]
    faults: Faults = []
    named = [("outcome", columns.outcome), ("treatment", columns.treatment)]
    for role, name in (*named, *(("instrument", one) for one in columns.instruments)):
        values = made[name]
        if values.min() == values.max():
            wrong = f"The {role} `{name}` is {values[0]:g} in every row that is left."
            faults.append((wrong, "Add rows where it differs, and check how the column was made."))
    return faults


def _build(
    table: pd.DataFrame, made: dict[str, Any], columns: Columns, notes: tuple[str, ...]
) -> Sample:
    y, d = made[columns.outcome], made[columns.treatment]
    raw = np.column_stack([made[name] for name in columns.instruments])
    x, names = _design(made, columns)
    w = made[columns.weights] if columns.weights else np.ones(len(y))
    text = table[columns.cluster].astype(str).to_numpy() if columns.cluster else None
    # Cluster names take no part in the order, so that other names give the same numbers.
    order = np.lexsort((*x.T[::-1], w, *raw.T[::-1], d, y))
    y, d, raw, x, w = y[order], d[order], raw[order], x[order], w[order] / w.mean()
    kept, used, dropped = _independent(x, raw, w)
    lost = [
        f"Left out because earlier columns already explain it: `{name}`."
        for name in [
            *dict.fromkeys(
                names[j - 1]
                for j in dropped
                if names[j - 1] not in {names[i - 1] for i in kept if i}
            ),
            *(one for j, one in enumerate(columns.instruments) if j not in used),
        ]
    ]
    codes, labels = _clusters(text, order)
    return Sample(
        columns=columns,
        y=y,
        d=d,
        z=raw[:, used],
        instruments=tuple(columns.instruments[j] for j in used),
        x=x[:, kept],
        names=tuple(names[j - 1] for j in kept if j),
        w=w,
        cluster=codes,
        labels=labels,
        notes=(*notes, *lost),
    )


def _design(made: dict[str, Any], columns: Columns) -> tuple[Floats, list[str]]:
    """Return the constant and the covariates, categories as dummies, and the names of the latter."""
    parts, names = [np.ones(len(made[columns.outcome]))], []
    for name in columns.covariates:
        values = made[name]
        if values.dtype != object:
            parts.append(values)
            names.append(name)
            continue
        text = values.astype(str)
        for level in np.unique(text)[1:]:
            parts.append((text == level).astype(float))
            names.append(name)
    return np.column_stack(parts), names


def _independent(x: Floats, z: Floats, w: Floats) -> tuple[Ints, Ints, list[int]]:
    root = np.sqrt(w)[:, None]
    wx, wz = x * root, z * root
    kept = independent_columns(wx, np.linalg.norm(wx, axis=0))
    used = independent_columns(wz, np.linalg.norm(wz, axis=0), after=wx[:, kept])
    return kept, used, sorted(set(range(x.shape[1])) - set(kept.tolist()))


def _clusters(text: Any, order: Ints) -> tuple[Ints | None, tuple[str, ...]]:
    """Return codes in the order of first appearance among the ordered rows, and the labels."""
    if text is None:
        return None, ()
    codes, labels = pd.factorize(text[order])
    return codes.astype(np.intp), tuple(str(one) for one in labels)


def _sample_faults(sample: Sample) -> Faults:
    columns = sample.columns
    faults: Faults = []
    if not sample.instruments:
        named = ", ".join(f"`{name}`" for name in columns.instruments)
        faults.append(
            (
                f"Covariates explain the instruments wholly ({named}): nothing of them is left.",
                "Take those covariates out, or use an instrument that differs beside them.",
            )
        )
    used = sample.x.shape[1] + len(sample.instruments) + 1
    if sample.n <= used + 1:
        faults.append(
            (
                f"There are {sample.n} complete rows for {used} coefficients.",
                "Use fewer covariates and instruments, or more rows.",
            )
        )
    if columns.cluster and len(sample.labels) < 2:
        faults.append(
            (f"`{columns.cluster}` has one cluster only.", "Add clusters to compare with.")
        )
    if not faults and _explained(sample):
        faults.append(
            (
                f"The covariates explain the treatment `{columns.treatment}` wholly.",
                "Take out the covariate that is the treatment under another name.",
            )
        )
    elif not faults and _unmoved(sample):
        faults.append(
            (
                (
                    "The instruments do not go with the treatment at all: its average is the same "
                    "whatever they are."
                ),
                "Use an instrument that moves the treatment, and check how the columns were made.",
            )
        )
    return faults


def _unmoved(sample: Sample) -> bool:
    """Return whether the first stage is nothing but rounding."""
    root = np.sqrt(sample.w)[:, None]
    q = np.linalg.qr(sample.x * root)[0]
    columns = np.column_stack([sample.d, sample.z]) * root
    left = columns - q @ (q.T @ columns)
    fitted = np.linalg.qr(left[:, 1:])[0].T @ left[:, 0]
    return bool(fitted @ fitted <= 1e-20 * (left[:, 0] @ left[:, 0]))


def _explained(sample: Sample) -> bool:
    root = np.sqrt(sample.w)[:, None]
    d = sample.d[:, None] * root
    left = independent_columns(d, np.linalg.norm(d, axis=0), after=sample.x * root)
    return len(left) == 0
