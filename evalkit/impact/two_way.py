"""The least-squares model of a panel: effects of units, periods and more, treatment, covariates."""

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
from evalkit.impact.trends.columns import FURTHER
from evalkit.impact.trends.sweep import contained, rank_of, sweep_out

Effects = Literal["two_way", "unit", "time", "neither"]
LAG = "lag "
"""An entry of ``Panel.own`` whose name begins so marks a covariate as a lag of the treatment."""
MOST_DUMMIES = 400
MOST_DUMMY_CELLS = 20_000_000
"""Beyond so many effects (or clusters x effects squared) they are swept out, not written down."""
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
    first column is the treatment itself. ``names`` and ``scale`` are of the columns of ``others``:
    name of the covariate ("" for an effect) and divisor of its values. ``swept`` counts the
    effects where there are too many to be columns: then all are taken out beforehand, and only CR1
    is exact.
    """

    panel: Panel
    effects: Effects
    y: Floats
    z: Floats
    others: Floats
    units: Ints | None
    dropped: tuple[str, ...]
    events: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    scale: Floats | None = None
    swept: int = 0

    @property
    def absorbed(self) -> int:
        """Number of absorbed effects."""
        return self.swept or (0 if self.units is None else int(self.units.max()) + 1)

    @property
    def nested(self) -> int:
        """Number of effects of units, less one: they lie inside clusters.

        0 where units have none, or where further effects lie inside clusters as well.
        """
        further = further_effects(self.panel).values()
        if not has_units(self.effects) or any(
            contained(self.panel.cluster, one) for one in further
        ):
            return 0
        return self.panel.n_units - 1

    def fit(self) -> Fit:
        """Fit the model by least squares."""
        x = np.column_stack([self.z, self.others])
        return fit(x, self.y, self.panel.cluster, self.absorbed)

    def residuals(self) -> Floats:
        """Return the residuals, in the weighted scale."""
        x = np.column_stack([self.z, self.others])
        return self.y - x @ np.linalg.lstsq(x, self.y, rcond=None)[0]


def has_units(effects: Effects) -> bool:
    """Return whether every unit has an effect of its own."""
    return effects in ("two_way", "unit")


def further_effects(panel: Panel) -> dict[str, Ints]:
    """Return the codes of the effects beyond those of units and periods, by name."""
    return {
        name.removeprefix(FURTHER): np.unique(codes, return_inverse=True)[1].astype(np.intp)
        for name, codes in panel.own.items()
        if name.startswith(FURTHER)
    }


def without_singletons(panel: Panel, effects: Effects) -> tuple[Panel, int]:
    """Return the panel without rows that an effect of their own explains, and how many.

    Units seen once, and rows alone in a level of a further effect, until none is left.
    """
    lost = 0
    while True:
        groups = list(further_effects(panel).values())
        groups += [panel.unit] if has_units(effects) else []
        alone = np.zeros(len(panel.y), dtype=bool)
        for group in groups:
            alone |= np.bincount(group)[group] == 1
        if not alone.any() or alone.all():
            return panel, lost
        lost += int(alone.sum())
        panel = panel.keep(~alone)


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
    columns = _observed_columns(panel, events)
    made = _swept if _too_many(panel, effects) else _explicit
    y, z, others, norms, names, (units, swept) = made(panel, effects, columns)
    kept = independent_columns(others, norms)
    lost = tuple(name for j, name in enumerate(names) if j not in set(kept.tolist()) and name)
    others = others[:, kept]
    scale = np.linalg.norm(others, axis=0)
    sizes = np.linalg.norm(columns * np.sqrt(panel.w)[:, None], axis=0)
    if len(independent_columns(z, sizes, after=others)) < z.shape[1]:
        raise DesignError(
            "Nothing of the treatment is left once the effects of units, periods and covariates "
            "are taken out.",
            do="Check that some units change treatment while others do not, and drop covariates "
            "or effects that restate the treatment.",
        )
    left = tuple(names[j] for j in kept)
    return Model(panel, effects, y, z, others / scale, units, lost, events, left, scale, swept)


Parts = tuple[Floats, Floats, Floats, Floats, list[str], tuple[Ints | None, int]]
"""Outcome, treatment and other columns with effects taken out; norms of the others before; their
names; the absorbed units and the number of effects swept out."""


def _explicit(panel: Panel, effects: Effects, columns: Floats) -> Parts:
    """Absorb the effects of units and write the others down as columns."""
    units = panel.unit if has_units(effects) else None
    raw, names = _other_columns(panel, effects)
    centred = raw - raw.mean(axis=0) if units is not None else raw
    norms = np.linalg.norm(centred * np.sqrt(panel.w)[:, None], axis=0)
    y, z, others = (absorb(part, units, panel.w) for part in (panel.y, columns, raw))
    return y, z, others, norms, names, (units, 0)


def _swept(panel: Panel, effects: Effects, columns: Floats) -> Parts:
    """Take all effects out by alternating projections."""
    groups = [panel.unit] if has_units(effects) else []
    groups += [_codes(panel.time)] if effects in ("two_way", "time") else []
    groups = _finest([*groups, *further_effects(panel).values()])
    root = np.sqrt(panel.w)[:, None]
    x = panel.x - panel.x.mean(axis=0)
    left, converged = sweep_out(np.column_stack([panel.y, columns, x]), groups, panel.w)
    if not converged:
        raise DesignError(
            "The effects could not be told apart to the precision that an estimate needs.",
            do="Use fewer effects: some nearly restate each other.",
        )
    left, m = left * root, columns.shape[1]
    norms = np.linalg.norm(x * root, axis=0)
    names = list(panel.roles.covariates)
    return left[:, 0], left[:, 1 : 1 + m], left[:, 1 + m :], norms, names, (None, rank_of(groups))


def _finest(groups: list[Ints]) -> list[Ints]:
    """Return the sets of effects without those that another one contains."""
    return [
        one
        for i, one in enumerate(groups)
        if not any(
            contained(one, other) and (j < i or not contained(other, one))
            for j, other in enumerate(groups)
            if j != i
        )
    ]


def _too_many(panel: Panel, effects: Effects) -> bool:
    further = sum(int(codes.max()) + 1 for codes in further_effects(panel).values())
    count = further + (len(np.unique(panel.time)) if effects in ("two_way", "time") else 0)
    return further > 0 and (count > MOST_DUMMIES or panel.n_clusters * count**2 > MOST_DUMMY_CELLS)


def _codes(values: Ints) -> Ints:
    return np.unique(values, return_inverse=True)[1].astype(np.intp)


def _other_columns(panel: Panel, effects: Effects) -> tuple[Floats, list[str]]:
    groups = list(further_effects(panel).values())
    groups += [_codes(panel.time)] if effects in ("two_way", "time") else []
    # One level of each set is left out where the effects of units (or an earlier set) hold it.
    held = has_units(effects)
    dummies = []
    for group in groups:
        levels = np.arange(int(held), int(group.max()) + 1)
        dummies.append((group[:, None] == levels).astype(float))
        held = True
    if not held:
        dummies.append(np.ones((len(panel.y), 1)))
    x = panel.x - panel.x.mean(axis=0)
    # Covariates come last: where both say the same, the covariate is the one left out.
    names = [""] * sum(one.shape[1] for one in dummies) + list(panel.roles.covariates)
    return np.column_stack([*dummies, x]), names


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


def paths_for(model: Model) -> Paths | str:
    """Return the treatment paths of the clusters of a model, or why there are none to permute."""
    if model.swept:
        return "there are too many effects to fit the model again for every assignment"
    return paths_of(model.panel)


def paths_of(panel: Panel) -> Paths | str:
    """Return the treatment paths of the clusters, or why there are none to permute."""
    if panel.roles.unit is None and panel.roles.cluster is None:
        return "no clusters are named among which treatment could be re-assigned"
    if any(name.startswith(LAG) for name in panel.own):
        return "the treatment of earlier periods is in the model and cannot be held while it moves"
    if panel.first is None:
        return _by_dose(panel)
    if varies_within(panel.first.astype(float), panel.cluster):
        return "some clusters hold treated and untreated units, or units that start apart"
    return _by_start(panel, panel.first)


def _by_dose(panel: Panel) -> Paths | str:
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
