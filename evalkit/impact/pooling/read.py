"""From a frame to estimates with their errors, moderators and clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.frame import Faults, Floats, numbers, read_columns
from evalkit.impact.least_squares import Ints, independent_columns

MOST_VALUES = 8
"""A moderator of text with more values than this is no moderator."""


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of the columns."""

    estimate: str
    std_error: str
    study: str | None = None
    moderators: tuple[str, ...] = ()
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class Studies:
    """Estimates as arrays, clusters together; the order follows the content, not labels or rows.

    Attributes
    ----------
    y, v : ndarray, shape (k,)
        Estimates and their sampling variances.
    x : ndarray, shape (k, p)
        A constant and the moderators less their mean.
    centre : ndarray, shape (p - 1,)
        The means taken off.
    names : tuple of str
        Of the columns of `x`.
    labels : tuple of str
        Of the studies.
    groups : ndarray of int, shape (k,), or None
        Cluster codes, None where every estimate stands alone.
    clusters : tuple of str
        Labels of the clusters.
    """

    y: Floats
    v: Floats
    x: Floats
    centre: Floats
    names: tuple[str, ...]
    labels: tuple[str, ...]
    groups: Ints | None
    clusters: tuple[str, ...]
    roles: Roles
    notes: tuple[str, ...] = ()

    def keep(self, rows: Any) -> Studies:
        """Return some of the estimates; moderators keep the centre of all."""
        groups, clusters = None, self.clusters
        if self.groups is not None:
            left, groups = np.unique(self.groups[rows], return_inverse=True)
            groups = groups.astype(np.intp)
            clusters = tuple(self.clusters[i] for i in left)
        labels = tuple(np.asarray(self.labels, dtype=object)[rows])
        return Studies(
            self.y[rows],
            self.v[rows],
            self.x[rows],
            self.centre,
            self.names,
            labels,
            groups,
            clusters,
            self.roles,
        )


def read_studies(frame: Any, roles: Roles) -> tuple[Studies | None, Faults]:
    """Return the estimates, or None and every fault."""
    some = [name for name in (roles.study, roles.cluster) if name]
    table, faults = read_columns(frame, [roles.estimate, roles.std_error, *roles.moderators, *some])
    if faults:
        return None, faults
    y, found = numbers(table[roles.estimate], roles.estimate)
    faults += found
    s, found = numbers(table[roles.std_error], roles.std_error)
    faults += found
    if (s <= 0).any():
        faults.append(
            (
                (
                    f"`{roles.std_error}` has {int((s <= 0).sum())} values of zero or less; a "
                    "standard error is above zero."
                ),
                "Mend or blank them (and check that the column holds no variances or weights).",
            )
        )
    if faults:
        return None, faults
    columns, names, blank, faults = _moderators(table, roles)
    held = [table[name].notna().to_numpy() for name in some]
    full = ~(np.isnan(y) | np.isnan(s) | blank)
    for one in held:
        full = full & one
    if faults:
        return None, faults
    if int(full.sum()) < 2:
        return None, [
            (
                f"{int(full.sum())} rows have an estimate, a standard error and all else that is named.",
                "Pooling needs two at least, and five to say how much they differ.",
            )
        ]
    left = int((~full).sum())
    notes = (f"{left} rows lack a value and were left out.",) if left else ()
    return _assemble(table[full], (y[full], s[full] ** 2), (columns[full], names), roles, notes)


def _moderators(
    table: pd.DataFrame, roles: Roles
) -> tuple[Floats, list[str], np.ndarray[tuple[int], np.dtype[np.bool_]], Faults]:
    """Return numbers and dummies of text, their names, and where one is blank."""
    columns, names, faults = [], [], []
    blank = np.zeros(len(table), dtype=bool)
    for name in roles.moderators:
        column = table[name]
        blank = blank | column.isna().to_numpy()
        if pd.api.types.is_numeric_dtype(column):
            values, found = numbers(column, name)
            faults += found
            columns.append(values)
            names.append(name)
            continue
        made = pd.to_numeric(column, errors="coerce")
        if made.notna().sum() == column.notna().sum():
            columns.append(made.to_numpy(dtype=float))
            names.append(name)
            continue
        labels = sorted(column.dropna().astype(str).unique())
        if len(labels) > MOST_VALUES:
            faults.append(
                (
                    f"`{name}` holds {len(labels)} different texts, too many for a moderator.",
                    "Put them into a few groups first, or leave it out.",
                )
            )
        for label in labels[1:]:
            columns.append((column.astype(str) == label).to_numpy(dtype=float))
            names.append(f"{name}: {label}")
    made_columns = np.column_stack(columns) if columns else np.zeros((len(table), 0))
    return made_columns, names, blank, faults


def _assemble(
    table: pd.DataFrame,
    data: tuple[Floats, Floats],
    moderators: tuple[Floats, list[str]],
    roles: Roles,
    notes: tuple[str, ...],
) -> tuple[Studies | None, Faults]:
    y, v = data
    columns, names = moderators
    order = np.lexsort((*columns.T[::-1], v, y))
    labels = _labels(table, roles)[order]
    by = roles.cluster or (roles.study if len(set(labels)) < len(labels) else None)
    groups: Ints | None = None
    clusters: tuple[str, ...] = ()
    if by is not None:
        held = table[by].astype(str).to_numpy()[order]
        codes, found = pd.factorize(held)
        if len(found) < len(held):
            together = np.argsort(codes, kind="stable")
            order, labels = order[together], labels[together]
            groups, clusters = codes[together].astype(np.intp), tuple(map(str, found))
        if roles.cluster is None:
            notes = (
                *notes,
                (
                    f"`{roles.study}` stands in more than one row, so its estimates are taken as "
                    "dependent: it serves as `cluster`."
                ),
            )
    mean = columns.mean(axis=0)
    x = np.column_stack([np.ones(len(y)), (columns - mean)[order]])
    faults = _fit_faults(x, columns, names, len(y))
    if groups is not None and len(clusters) < 2:
        faults.append(
            (
                f"All estimates are of one `{by}`.",
                "Add estimates of others, or leave `cluster` out if they are independent.",
            )
        )
    made = Studies(
        y[order],
        v[order],
        x,
        mean,
        ("intercept", *names),
        tuple(labels),
        groups,
        clusters,
        roles,
        notes,
    )
    return (None if faults else made), faults


def _labels(table: pd.DataFrame, roles: Roles) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    if roles.study is None:
        return np.array([f"estimate {i + 1}" for i in range(len(table))], dtype=object)
    return np.asarray(table[roles.study].astype(str), dtype=object)


def _fit_faults(x: Floats, columns: Floats, names: list[str], k: int) -> Faults:
    norms = np.sqrt((np.column_stack([np.ones(k), columns]) ** 2).sum(axis=0))
    kept = independent_columns(x, norms)
    lost = [names[j - 1] for j in range(1, x.shape[1]) if j not in kept]
    if lost:
        shown = ", ".join(f"`{name}`" for name in lost)
        return [
            (
                f"The moderators {shown} do not vary, or the others explain them wholly.",
                "Leave them out.",
            )
        ]
    if k - x.shape[1] < 1 or (len(names) and k - x.shape[1] < 2):
        return [
            (
                f"{k} estimates cannot carry {len(names)} moderators.",
                "Leave moderators out; ten estimates for each are a common rule.",
            )
        ]
    return []
