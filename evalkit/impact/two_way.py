"""The least-squares model of a panel: effects of units and periods, treatment, covariates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import DesignError
from evalkit.impact.least_squares import (
    Fit,
    Floats,
    Ints,
    absorb,
    fit,
    independent_columns,
)
from evalkit.impact.panel import NEVER, Panel, varies_within
from evalkit.impact.permutation import PathProducts, path_products

Effects = Literal["two_way", "unit", "time"]
MOST_PATH_COLUMNS = 80
"""Permutation is left out beyond this many paths x columns: memory grows with its square."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The treatment of each cluster over the periods.

    Attributes
    ----------
    observed : ndarray of int, shape (G,)
        Path of each cluster.
    table : ndarray, shape (S, T)
        Treatment of each path in each period.
    starts : ndarray of int, shape (S,)
        Index of the first treated period; `NEVER` for "never".
    """

    observed: Ints
    table: Floats
    starts: Ints

    @property
    def treated(self) -> NDArray[np.bool_]:
        """Whether each cluster is ever treated."""
        return np.asarray((self.starts < NEVER)[self.observed])


@dataclass(frozen=True, slots=True)
class Model:
    """A model ready to fit: treatment columns first, all effects absorbed.

    ``events`` are the periods relative to the start that the columns stand for; empty when the
    first column is the treatment itself.
    """

    panel: Panel
    effects: Effects
    y: Floats
    z: Floats
    others: Floats
    units: Ints | None
    dropped: tuple[str, ...]
    events: tuple[int, ...] = ()

    @property
    def absorbed(self) -> int:
        """Number of absorbed effects."""
        return 0 if self.units is None else int(self.units.max()) + 1

    def fit(self) -> Fit:
        """Fit the model by least squares."""
        x = np.column_stack([self.z, self.others])
        return fit(x, self.y, self.panel.cluster, self.absorbed)

    def residuals(self) -> Floats:
        """Return the residuals, in the weighted scale."""
        x = np.column_stack([self.z, self.others])
        return self.y - x @ np.linalg.lstsq(x, self.y, rcond=None)[0]


def without_singletons(panel: Panel, effects: Effects) -> tuple[Panel, int]:
    """Return the panel without units seen once (their own effect explains them), and how many."""
    if effects == "time":
        return panel, 0
    seen = np.bincount(panel.unit)
    alone = seen[panel.unit] == 1
    return (panel.keep(~alone), int(alone.sum())) if alone.any() else (panel, 0)


def build(panel: Panel, effects: Effects, events: tuple[int, ...] = ()) -> Model:
    """Return the model of a panel, its treatment taken from ``panel.d``.

    Parameters
    ----------
    events : tuple of int
        Relative periods to have a column each, instead of one treatment column.

    Raises
    ------
    DesignError
        When nothing of the treatment is left once effects and covariates are taken out.
    """
    units = None if effects == "time" else panel.unit
    raw, names = _other_columns(panel, effects)
    centred = raw - raw.mean(axis=0) if units is not None else raw
    norms = np.linalg.norm(centred * np.sqrt(panel.w)[:, None], axis=0)
    others = absorb(raw, units, panel.w)
    kept = independent_columns(others, norms)
    lost = tuple(name for j, name in enumerate(names) if j not in set(kept.tolist()) and name)
    others = others[:, kept]
    scale = np.linalg.norm(others, axis=0)
    columns = _observed_columns(panel, events)
    z = absorb(columns, units, panel.w)
    sizes = np.linalg.norm(columns * np.sqrt(panel.w)[:, None], axis=0)
    if len(independent_columns(z, sizes, after=others)) < z.shape[1]:
        raise DesignError(
            "Nothing of the treatment is left once the effects of units, periods and covariates "
            "are taken out.",
            do="Check that some units change treatment while others do not, and drop covariates "
            "that restate the treatment.",
        )
    y = absorb(panel.y, units, panel.w)
    return Model(panel, effects, y, z, others / scale, units, lost, events)


def _other_columns(panel: Panel, effects: Effects) -> tuple[Floats, list[str]]:
    present = np.unique(panel.time)
    periods = present[1:] if effects == "two_way" else present
    dummies = (panel.time[:, None] == periods).astype(float)
    if effects == "unit":
        dummies = dummies[:, :0]
    x = panel.x - panel.x.mean(axis=0)
    # Covariates come last: where both say the same, the covariate is the one left out.
    names = [""] * dummies.shape[1] + list(panel.roles.covariates)
    return np.column_stack([dummies, x]), names


def _observed_columns(panel: Panel, events: tuple[int, ...]) -> Floats:
    if events:
        relative = panel.time - _first(panel)
        columns = (relative[:, None] == np.array(events)).astype(float)
    else:
        columns = panel.d[:, None]
    if panel.ever is not None:
        columns = np.column_stack([columns, panel.ever])
    return np.asarray(columns)


def _first(panel: Panel) -> Ints:
    if panel.first is None:
        raise DesignError(
            "A dose has no first period, so it has no event study.",
            do="Give a treatment of 0 and 1.",
        )
    return panel.first


def paths_of(panel: Panel) -> Paths | str:
    """Return the treatment paths of the clusters, or why there are none to permute."""
    if panel.roles.unit is None and panel.roles.cluster is None:
        return "no clusters are named among which treatment could be re-assigned"
    if panel.first is not None:
        if varies_within(panel.first.astype(float), panel.cluster):
            return "some clusters hold treated and untreated units, or units that start apart"
        return _by_start(panel, panel.first)
    size = len(panel.times)
    cells = np.unique(panel.cluster * size + panel.time, return_inverse=True)[1]
    if varies_within(panel.d, cells.astype(np.intp)):
        return "the dose differs between units of the same cluster and period"
    table = np.full((panel.n_clusters, size), np.nan)
    table[panel.cluster, panel.time] = panel.d
    if np.isnan(table).any():
        return "some clusters are not seen in every period, so their dose cannot be lent to others"
    paths, observed = np.unique(table, axis=0, return_inverse=True)
    on = paths != 0
    starts = np.where(on.any(axis=1), np.argmax(on, axis=1), NEVER).astype(np.intp)
    return Paths(observed.reshape(-1).astype(np.intp), paths, starts)


def _by_start(panel: Panel, first: Ints) -> Paths:
    of_cluster = np.zeros(panel.n_clusters, dtype=np.intp)
    of_cluster[panel.cluster] = first
    starts, observed = np.unique(of_cluster, return_inverse=True)
    table = (np.arange(len(panel.times)) >= starts[:, None]).astype(float)
    return Paths(observed.reshape(-1).astype(np.intp), table, starts)


def products_of(model: Model, paths: Paths) -> PathProducts | None:
    """Return the products needed to permute `paths` in `model`, or None when they are too many."""
    panel, s = model.panel, len(paths.table)
    if s * model.z.shape[1] > MOST_PATH_COLUMNS:
        return None
    columns = []
    for k in range(s):
        if model.events:
            relative = panel.time - paths.starts[k]
            z = (relative[:, None] == np.array(model.events)).astype(float)
        else:
            z = paths.table[k][panel.time][:, None]
        if panel.ever is not None:
            ever = np.full(len(panel.y), float(paths.starts[k] < NEVER))
            z = np.column_stack([z, ever])
        columns.append(z)
    return path_products(
        np.stack(columns),
        model.others,
        model.y,
        clusters=panel.cluster,
        units=model.units,
        weights=panel.w,
        observed=paths.observed,
    )
