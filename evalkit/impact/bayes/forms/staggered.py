"""Bayesian form of `staggered_adoption`: group-time effects, pooled over starts, time and sites.

Rows are averaged to one a site and period (a site is a cluster, or a unit where none is named)::

    y(s, t) = level(s) + period(t) + drift(s, t) + treated(s, t) * effect(s, t) + noise
    effect  = mean + deviation of the time since the start + of the group + of the cell + of the site
    drift   ~ random walk of one spread, for all sites

Levels, periods and covariates have flat priors and are integrated out. The drift and the noise are
learnt from all sites together: an effect is measured against how far sites move apart by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from evalkit.errors import DesignError
from evalkit.impact.bayes.forms.common import DIGITS, FLAT, Common, Form, Group, in_units
from evalkit.impact.bayes.forms.common_slots import STAGGERED
from evalkit.impact.bayes.forms.staggered_sites import Sites, sites_of, unit_of
from evalkit.impact.gaussian import Gram
from evalkit.impact.least_squares import Floats, Ints, independent_columns
from evalkit.impact.panel import NEVER
from evalkit.impact.staggered.averages import AGGREGATIONS, Aggregate, GroupTime, aggregate
from evalkit.impact.staggered.rows import Cell
from evalkit.impact.staggered.sample import Sample

MOST_WAVES = 3
"""Components of the random walk: the first three hold five sixths of its variance."""
FEW = 2
"""Times since the start, groups or cells up to which nothing is learnt of how far they lie apart."""
FEWEST_TREATED = 3
"""Fewer treated sites than this cannot show how effects differ between them."""
UNIT_RULE = "the standard deviation of the outcome among rows not treated, within periods"


@dataclass(frozen=True)
class Collapsed:
    """A sample as a form.

    Attributes
    ----------
    form : Form
    sites : Sites
    cells : tuple of Cell
        Treated cells of a group and a period.
    of_cell : ndarray, shape (m, cells)
        The effect in each cell, on the sites studied.
    of_site : ndarray, shape (m, S')
        The effect in each treated site, over its treated periods; `treated` says which.
    typical : ndarray, shape (m,)
        The effect that leads, without the deviations of the sites studied.
    averages : mapping of str to Aggregate
        ``influence`` and ``value_influence`` are weights of the cells.
    """

    form: Form
    sites: Sites
    cells: tuple[Cell, ...]
    of_cell: Floats
    of_site: Floats
    treated: Ints
    typical: Floats
    averages: Mapping[str, Aggregate]
    counts: tuple[Ints, Ints]


def waves(periods: int) -> Floats:
    """Return the random walk's components over the periods, shape (periods, K), each times its SD.

    The walk's spread is 1 over all periods together; its mean over the periods is taken out, as it
    is part of the level.
    """
    step = np.arange(1, periods + 1)
    walk = np.minimum(step[:, None], step[None, :]) / max(periods - 1, 1)
    centre = np.eye(periods) - 1 / periods
    value, vector = np.linalg.eigh(centre @ walk @ centre)
    count = min(MOST_WAVES, periods - 1)
    order = np.argsort(value)[::-1][:count]
    made = vector[:, order] * np.sqrt(np.maximum(value[order], 0.0))
    # the sign of an eigenvector is arbitrary
    return np.asarray(made * np.sign(made[-1] + 1e-300)).round(DIGITS)


@dataclass(frozen=True)
class _Layout:
    """Where each kind of coefficient stands."""

    cells: list[tuple[int, int]]
    periods: Ints
    early: dict[tuple[int, int], int]
    x: Ints
    event: dict[int, int]
    cohort: dict[int, int]
    cell: dict[tuple[int, int], int]
    drift: Ints
    own: dict[int, int]
    size: int


def _layout(sites: Sites, anticipation: int, k: int, count: int) -> _Layout:
    treated = np.unique(sites.cohort[sites.cohort < NEVER])
    present = np.unique(sites.time)
    cells = [(int(g), int(t)) for g in treated for t in present if t >= g and _seen(sites, g, t)]
    early = [
        (int(g), int(t)) for g in treated for t in present
        if g - anticipation <= t < g and _seen(sites, g, t)
    ]  # fmt: skip
    events = sorted({t - g for g, t in cells})
    groups = sorted({g for g, _ in cells})
    own = [s for s, g in enumerate(sites.cohort) if int(g) in groups]
    own = own if len(own) >= FEWEST_TREATED else []
    # fewer than three cannot show how far they lie apart; the cells' own deviations hold them then
    apart = groups if len(groups) > FEW else []
    events = events if len(events) > FEW else []
    own_cells = cells if len(cells) > FEW and len(groups) > 1 else []
    at = 1  # the mean effect stands first
    places = []
    for names in (present[1:], early, range(k), events, apart, own_cells):
        places.append(np.arange(at, at + len(names)))
        at += len(names)
    drift = np.arange(at, at + int(sites.cluster.max() + 1) * count).reshape(-1, max(count, 1))
    at += drift.size if count else 0
    own_at = dict(zip(own, range(at, at + len(own)), strict=True))
    return _Layout(
        cells,
        places[0],
        dict(zip(early, places[1].tolist(), strict=True)),
        places[2],
        dict(zip(events, places[3].tolist(), strict=True)),
        dict(zip(apart, places[4].tolist(), strict=True)),
        dict(zip(own_cells, places[5].tolist(), strict=True)),
        drift if count else np.zeros((0, 1), dtype=np.intp),
        own_at,
        at + len(own),
    )


def _seen(sites: Sites, group: int, time: int) -> bool:
    return bool((sites.cohort[sites.site[sites.time == time]] == group).any())


def collapse_sample(sample: Sample, anticipation: int, chosen: str) -> Collapsed:
    """Return the form of a sample.

    Parameters
    ----------
    sample : Sample
    anticipation : int
        Periods before the start that have an effect of their own (flat prior).
    chosen : {"group", "simple", "dynamic", "calendar"}
        The average that leads.
    """
    unit, sites = unit_of(sample), sites_of(sample)
    basis = waves(sample.rows.periods)
    basis = basis if sample.rows.periods > 2 else basis[:, :0]
    x = _covariates(sites)
    place = _layout(sites, anticipation, x.shape[1], basis.shape[1])
    if not place.cells:
        raise DesignError(
            "staggered_adoption: no treated site is seen while another is not treated yet.",
            do="Add later periods, or sites that are treated later or never.",
        )
    y = in_units(sites.y, float(sites.y.mean()), unit)
    gram, residuals = _products(sites, y, x, basis, place)
    cells, of_cell = _cell_contrasts(sites, place, anticipation)
    counts = _counts(sample, cells)
    averages = _averages(sample, cells, counts)
    plain = of_cell.copy()
    plain[list(place.own.values())] = 0.0
    lead = averages[chosen].value_influence
    of_site, treated = _site_contrasts(sites, place, cells, plain)
    groups = _groups(place)
    names = {name for one in groups for name in one.priors}
    form = Form(
        gram,
        (
            Common("effect", np.array([0])),
            Common(
                FLAT, np.array([*place.periods, *place.early.values(), *place.x], dtype=np.intp)
            ),
        ),
        groups,
        of_cell @ lead,
        unit,
        {key: slot for key, slot in STAGGERED.items() if key in names | {"effect", "noise"}},
        residuals=residuals,
    )
    return Collapsed(form, sites, cells, of_cell, of_site, treated, plain @ lead, averages, counts)


def _covariates(sites: Sites) -> Floats:
    """Return the covariates in SDs, those left that vary apart from sites and periods."""
    if not sites.x.shape[1]:
        return sites.x
    spread = sites.x.std(axis=0)
    x = ((sites.x - sites.x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)).round(DIGITS)
    count = int(sites.site.max()) + 1
    rows = np.bincount(sites.site, minlength=count)
    mean = np.array([np.bincount(sites.site, one, count) / rows for one in x.T]).T
    periods = (sites.time[:, None] == np.unique(sites.time)[1:]).astype(float)
    own = np.array([np.bincount(sites.site, one, count) / rows for one in periods.T]).T
    left, base = x - mean[sites.site], periods - own[sites.site]
    kept = independent_columns(left, np.linalg.norm(x, axis=0), after=base)
    return np.asarray(x[:, kept])


def _products(
    sites: Sites, y: Floats, x: Floats, basis: Floats, place: _Layout
) -> tuple[Gram, Callable[[Floats], Floats]]:
    """Return the products of all columns, built site by site with its level taken out."""
    m = place.size
    xx, xy, yy = np.zeros((m, m)), np.zeros(m), 0.0
    held = []
    for s in range(len(sites.cohort)):
        rows = np.flatnonzero(sites.site == s)
        columns, values = _site_columns(sites, s, rows, x, basis, place)
        root = np.sqrt(sites.size[s])
        z = (values - values.mean(axis=0)) * root
        left = (y[rows] - y[rows].mean()) * root
        xx[np.ix_(columns, columns)] += z.T @ z
        xy[columns] += z.T @ left
        yy += float(left @ left)
        held.append((columns, z, left))

    def residuals(coef: Floats) -> Floats:
        return np.concatenate([left - z @ coef[columns] for columns, z, left in held])

    return Gram(xx, xy, yy, float(len(y) - len(sites.cohort))), residuals


def _site_columns(
    sites: Sites, s: int, rows: Ints, x: Floats, basis: Floats, place: _Layout
) -> tuple[Ints, Floats]:
    """Return the coefficients that bear on a site, and their columns in its rows."""
    time, group = sites.time[rows], int(sites.cohort[s])
    present = np.unique(sites.time)
    shrink = 1 / np.sqrt(sites.size[s])
    columns: list[int] = [*place.periods, *place.x]
    parts = [(time[:, None] == present[1:]).astype(float), x[rows]]
    if basis.shape[1]:
        columns += place.drift[sites.cluster[s]].tolist()
        parts.append(basis[time] * shrink)
    for kinds in (place.early, place.cell):
        for (g, t), at in kinds.items():
            if g == group:
                columns.append(at)
                parts.append((time == t).astype(float)[:, None])
    if group in {g for g, _ in place.cells}:
        on = (time >= group).astype(float)
        common = [0, *([place.cohort[group]] if group in place.cohort else [])]
        columns += common
        parts += [on[:, None]] * len(common)
        for event, at in place.event.items():
            columns.append(at)
            parts.append((time - group == event).astype(float)[:, None])
        if s in place.own:
            columns.append(place.own[s])
            parts.append(on[:, None] * shrink)
    return np.array(columns, dtype=np.intp), np.column_stack(parts)


def _groups(place: _Layout) -> tuple[Group, ...]:
    """Return the deviations that are learnt: only where there are two at least."""
    kinds = (
        ("drift", place.drift.ravel().tolist(), "component of a site's drift"),
        ("event", list(place.event.values()), "deviation of a time since the start"),
        ("cohort", list(place.cohort.values()), "deviation of a group"),
        ("cell", list(place.cell.values()), "deviation of a cell"),
        ("spread", list(place.own.values()), "deviation of a site's effect"),
    )
    return tuple(
        Group((name,), np.array(at, dtype=np.intp)[:, None], name, (words,))
        for name, at, words in kinds
        if len(at)
    )


def _cell_contrasts(
    sites: Sites, place: _Layout, anticipation: int
) -> tuple[tuple[Cell, ...], Floats]:
    """Return the treated cells, and the effect in each on the sites that were studied in it."""
    cells = tuple(Cell(g, t, g - anticipation - 1) for g, t in place.cells)
    made = np.zeros((place.size, len(cells)))
    for k, one in enumerate(cells):
        found = (
            place.event.get(one.time - one.group),
            place.cohort.get(one.group),
            place.cell.get((one.group, one.time)),
        )
        made[[0, *(at for at in found if at is not None)], k] = 1.0
        here = np.unique(sites.site[(sites.time == one.time)])
        here = here[sites.cohort[here] == one.group]
        share = sites.size[here] / sites.size[here].sum()
        for s, part in zip(here.tolist(), share, strict=True):
            if s in place.own:
                made[place.own[s], k] = part / np.sqrt(sites.size[s])
    return cells, made


def _site_contrasts(
    sites: Sites, place: _Layout, cells: tuple[Cell, ...], plain: Floats
) -> tuple[Floats, Ints]:
    treated = np.array(list(place.own), dtype=np.intp)
    made = np.zeros((place.size, len(treated)))
    for j, s in enumerate(treated.tolist()):
        mine = [k for k, one in enumerate(cells) if one.group == sites.cohort[s]]
        made[:, j] = plain[:, mine].mean(axis=1)
        made[place.own[s], j] = 1 / np.sqrt(sites.size[s])
    return made, treated


def _counts(sample: Sample, cells: tuple[Cell, ...]) -> tuple[Ints, Ints]:
    """Return units treated and units not treated yet in each cell."""
    cohort = sample.rows.cohort
    treated = np.array([(cohort == one.group).sum() for one in cells], dtype=np.intp)
    compared = np.array([(cohort > one.time).sum() for one in cells], dtype=np.intp)
    return treated, compared


def _averages(
    sample: Sample, cells: tuple[Cell, ...], counts: tuple[Ints, Ints]
) -> dict[str, Aggregate]:
    """Return the four averages as weights of the cells, groups weighted by their units."""
    rows = sample.rows
    of_group = {
        group: float(rows.unit_weight[rows.cohort == group].sum())
        for group in {one.group for one in cells}
    }
    share = np.array([of_group[one.group] for one in cells])
    k = len(cells)
    made = GroupTime(cells, np.zeros(k), np.eye(k), share, share, None, *counts)
    return {name: aggregate(made, name) for name in AGGREGATIONS}
