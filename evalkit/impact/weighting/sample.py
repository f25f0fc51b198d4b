"""From a user's frame to the rows of a comparison, in an order that only their content decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.frame import Faults, Floats, names_of, numbers, read_columns
from evalkit.impact.least_squares import Ints, independent_columns
from evalkit.impact.weighting.terms import Terms, build_terms, columns_of

FEWEST = 2
"""Fewest rows an arm."""
MOST_TREATMENTS = 12


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column plays which part."""

    outcome: str
    treatment: str
    covariates: tuple[str, ...]
    exact: tuple[str, ...] = ()
    weights: str | None = None
    cluster: str | None = None
    baseline: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of treated and comparison, sorted by content.

    Attributes
    ----------
    y : ndarray, shape (n,)
    arm : ndarray of int, shape (n,)
        0 for the reference, 1 ... for the other treatments, in the order of `labels`.
    x : ndarray, shape (n, k)
        What models use: standardised, linearly independent of each other and of a constant.
    shown : ndarray, shape (n, m)
        What balance is told of, with `names`.
    weights : ndarray, shape (n,)
        Sampling weights with mean one.
    cluster : ndarray of int, shape (n,), or None
    group : ndarray of int, shape (n,)
        Groups to match exactly within; all zero where there are none.
    baseline : ndarray, shape (n,), or None
        An outcome from before the treatment.
    row : ndarray of int, shape (n,)
        Place in the caller's frame.
    """

    roles: Roles
    y: Floats
    arm: Ints
    labels: tuple[str, ...]
    x: Floats
    shown: Floats
    names: tuple[str, ...]
    modelled: np.ndarray[tuple[int], np.dtype[np.bool_]]
    weights: Floats
    cluster: Ints | None
    clusters: tuple[str, ...]
    group: Ints
    baseline: Floats | None
    row: Ints
    notes: tuple[str, ...] = ()

    @property
    def t(self) -> Floats:
        """One for treated rows, zero for the reference."""
        return (self.arm > 0).astype(float)

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.y)


def read_sample(frame: Any, roles: Roles) -> tuple[Sample | None, Faults]:
    """Return the rows that hold every value the comparison needs, or every fault."""
    known = _columns(frame)
    needed = columns_of(roles.covariates, known)
    own = [roles.weights, roles.cluster, roles.baseline]
    names = [roles.outcome, roles.treatment, *needed, *roles.exact, *(one for one in own if one)]
    table, faults = read_columns(frame, names)
    faults += _role_faults(roles, needed)
    if faults:
        return None, faults
    if table.empty:
        return None, [("The data have no rows.", "Check the file and the rows kept.")]
    numeric, faults = _numeric(table, roles)
    whole = table.notna().all(axis=1).to_numpy(dtype=bool, copy=True)
    for column in numeric.values():
        whole &= ~np.isnan(column)
    if not faults and not whole.any():
        what = "No row has a value in every column that is used."
        faults.append((what, "Look for the column that is blank, or leave it out."))
    if faults:
        return None, faults
    kept = table.loc[whole].reset_index(drop=True)
    values = {name: one[whole] for name, one in numeric.items()}
    terms, faults = build_terms(kept, roles.covariates)
    arm, labels, found = _arms(kept[roles.treatment], roles.treatment)
    faults += found + _value_faults(values, roles)
    if terms is None or faults:
        return None, faults
    sample = _assemble(kept, roles, values, (arm, labels), terms)
    lost = int((~whole).sum())
    note = f"{lost} of {len(table)} rows were left out: a value they need is missing."
    sample = replace(sample, row=np.flatnonzero(whole)[sample.row])
    return with_note(sample, note if lost else ""), []


def _columns(frame: Any) -> list[str]:
    names = getattr(frame, "column_names", None)  # an Arrow table's `columns` are its values
    return [str(name) for name in (getattr(frame, "columns", ()) if names is None else names)]


def _role_faults(roles: Roles, needed: Sequence[str]) -> Faults:
    faults: Faults = []
    if not roles.covariates:
        faults.append(
            (
                "No `covariates` are named, so there is nothing to make the groups alike in.",
                "Name what was measured before the treatment and bears on who got it.",
            )
        )
    for name in (roles.outcome, roles.treatment):
        if name in needed:
            wrong = f"`{name}` stands among the covariates, yet it is the outcome or the treatment."
            faults.append((wrong, "Leave it out: adjust only for what came before the treatment."))
    if roles.baseline and roles.baseline in needed:
        wrong = f"`{roles.baseline}` is both `baseline` (a placebo outcome) and a covariate."
        faults.append((wrong, "Leave it out of one of the two: once balanced it tests nothing."))
    return faults


def _numeric(table: pd.DataFrame, roles: Roles) -> tuple[dict[str, Floats], Faults]:
    """Return the columns that must be numbers, with the faults of every one."""
    made: dict[str, Floats] = {}
    faults: Faults = []
    for name in dict.fromkeys((roles.outcome, roles.weights, roles.baseline)):
        if name:
            made[name], found = numbers(table[name], name)
            faults += found
    return made, faults


def _value_faults(values: dict[str, Floats], roles: Roles) -> Faults:
    faults: Faults = []
    y = values[roles.outcome]
    if y.min() == y.max():
        wrong = f"`{roles.outcome}` has the same value in every row."
        faults.append((wrong, "Check that this is the column you mean."))
    if roles.weights and (values[roles.weights] <= 0).any():
        wrong = f"`{roles.weights}` holds weights that are zero or below."
        faults.append((wrong, "Leave these rows out, or mend their weights."))
    return faults


def _arms(column: pd.Series[Any], name: str) -> tuple[Ints, tuple[str, ...], Faults]:
    """Return the arm of each row: 0 for the lowest value, which is the reference."""
    values = column.astype(object)
    levels = sorted(values.unique().tolist(), key=lambda one: (str(type(one)), one))
    labels = tuple(_label(one) for one in levels)
    if len(levels) < 2:
        wrong = f"`{name}` is {labels[0]} in every row that can be used, so there is no comparison."
        return (
            np.zeros(len(values), dtype=np.intp),
            labels,
            [(wrong, "Add rows of the other kind.")],
        )
    if len(levels) > MOST_TREATMENTS:
        wrong = f"`{name}` has {len(levels)} different values; that is a dose, not a treatment."
        do = "Put it into a few bands, or use `panel_fixed_effects`, which takes a dose."
        return np.zeros(len(values), dtype=np.intp), labels, [(wrong, do)]
    place = {level: i for i, level in enumerate(levels)}
    arm = np.array([place[one] for one in values], dtype=np.intp)
    few = [labels[i] for i, n in enumerate(np.bincount(arm)) if n < FEWEST]
    if few:
        wrong = f"`{name}` is {', '.join(few)} in one row only that can be used."
        return arm, labels, [(wrong, "At least two rows of each kind are needed; add some.")]
    return arm, labels, []


def _label(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _assemble(
    kept: pd.DataFrame,
    roles: Roles,
    values: dict[str, Floats],
    arms: tuple[Ints, tuple[str, ...]],
    terms: Terms,
) -> Sample:
    y = values[roles.outcome]
    weights = values[roles.weights] if roles.weights else np.ones(len(y))
    weights = weights / weights.mean()
    cluster, clusters = _codes(kept, names_of(roles.cluster))
    group, _ = _codes(kept, roles.exact)
    order = np.lexsort((weights, y, *terms.shown.T[::-1], arms[0]))
    x, dropped = independent(terms.shown[order][:, terms.modelled])
    names = [name for name, used in zip(terms.names, terms.modelled, strict=True) if used]
    sample = Sample(
        roles=roles,
        y=y[order],
        arm=arms[0][order],
        labels=arms[1],
        x=x,
        shown=terms.shown[order],
        names=terms.names,
        modelled=terms.modelled,
        weights=weights[order],
        cluster=cluster[order] if roles.cluster else None,
        clusters=clusters,
        group=group[order],
        baseline=values[roles.baseline][order] if roles.baseline else None,
        row=order.astype(np.intp),
    )
    gone = ", ".join(f"`{names[j]}`" for j in dropped)
    return with_note(
        sample, f"Left out, as other covariates already explain it: {gone}." * bool(gone)
    )


def _codes(kept: pd.DataFrame, names: Sequence[str]) -> tuple[Ints, tuple[str, ...]]:
    if not names:
        return np.zeros(len(kept), dtype=np.intp), ()
    keys = kept[list(names)].astype(str).agg("\x1f".join, axis=1)
    labels, codes = np.unique(keys.to_numpy(dtype=str), return_inverse=True)
    return codes.astype(np.intp), tuple(str(one) for one in labels)


def independent(columns: Floats) -> tuple[Floats, list[int]]:
    """Return the columns standardised, without those that others explain, and which these are."""
    centred = columns - columns.mean(axis=0)
    norms = np.linalg.norm(columns, axis=0)
    kept = independent_columns(centred, np.where(norms > 0, norms, 1.0))
    spread = centred[:, kept].std(axis=0)
    dropped = [j for j in range(columns.shape[1]) if j not in set(kept.tolist())]
    return centred[:, kept] / spread, dropped


def with_note(sample: Sample, note: str) -> Sample:
    """Return the sample with a further note, where there is something to note."""
    return replace(sample, notes=(*sample.notes, note)) if note else sample


def keep(sample: Sample, rows: Any) -> Sample:
    """Return some of the rows, with clusters counted anew and models' columns independent again."""
    cluster, clusters = sample.cluster, sample.clusters
    if cluster is not None:
        used, cluster = np.unique(cluster[rows], return_inverse=True)
        clusters = tuple(clusters[i] for i in used)
    x, _ = independent(sample.shown[rows][:, sample.modelled])
    return replace(
        sample,
        y=sample.y[rows],
        arm=sample.arm[rows],
        x=x,
        shown=sample.shown[rows],
        weights=sample.weights[rows] / sample.weights[rows].mean(),
        cluster=cluster,
        clusters=clusters,
        group=sample.group[rows],
        baseline=None if sample.baseline is None else sample.baseline[rows],
        row=sample.row[rows],
    )


def pair(sample: Sample, level: int) -> Sample:
    """Return the rows of one treatment and of the reference."""
    chosen = keep(sample, (sample.arm == 0) | (sample.arm == level))
    labels = (sample.labels[0], sample.labels[level])
    return replace(chosen, arm=(chosen.arm > 0).astype(np.intp), labels=labels)
