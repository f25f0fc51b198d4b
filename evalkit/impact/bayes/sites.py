"""From rows to the raw effects of the treated sites: which comparison is made, and with what.

Three ways, chosen by what the data hold:

``change``   a `time` is given: each site's mean after its start less its mean before
``within``   treated and untreated rows in the same sites: differences inside sites
``between``  whole sites treated or not: site means, treated against untreated sites
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.bayes.collapse import (
    Floats,
    Ints,
    RawEffects,
    against_comparison,
    cell_means,
    within_sites,
)
from evalkit.impact.bayes.grid import Grid, Windows, as_grid
from evalkit.impact.bayes.rows import Columns, Rows
from evalkit.impact.frame import Faults

Kind = Literal["change", "within", "between"]


@dataclass(frozen=True)
class Trend:
    """How the treated sites had already moved against the comparison before the start."""

    difference: float
    std_error: float
    df: float
    early: str
    late: str


@dataclass(frozen=True)
class SiteEffects:
    """The raw effects and all that is said of them.

    Attributes
    ----------
    kind : {"change", "within", "between"}
    raw : RawEffects
    sites : tuple of str
        Names of the treated sites, in the order of `raw`.
    moderators : numpy.ndarray, shape (sites, moderators)
        Standardised over these sites.
    sd : float
        Standard deviation of the outcome among rows not under the programme, within periods.
    comparison_sites, rows : int
        Untreated sites held against them (0 when the comparison is inside sites); rows used.
    window : str
        The periods in words, or an empty string.
    trend : Trend or None
        None when there is only one period before the start, or no time.
    notes : tuple of str
    compared : tuple of str
        Names of the untreated sites whose residuals stand in `raw`; empty inside sites.
    """

    kind: Kind
    raw: RawEffects
    sites: tuple[str, ...]
    moderators: Floats
    sd: float
    comparison_sites: int
    rows: int
    window: str
    trend: Trend | None
    notes: tuple[str, ...]
    compared: tuple[str, ...] = ()


def site_effects(rows: Rows, columns: Columns) -> tuple[SiteEffects | None, Faults]:
    """Return the raw effect of every treated site, or every reason why there is none.

    Parameters
    ----------
    rows : Rows
    columns : Columns
        Names, for messages.
    """
    if _scale(rows) == 0:
        wrong = f"`{columns.outcome}` does not vary among untreated rows of the same period."
        return None, [(wrong, "Choose an outcome that varies without the programme.")]
    if columns.time:
        return _change(rows, columns)
    mixed = _mixed(rows.site, rows.treated)
    return _within(rows, columns) if mixed.any() else _between(rows, columns)


def _mixed(group: Ints, treated: Ints) -> NDArray[np.bool_]:
    """Return which groups hold treated and untreated rows."""
    count = np.bincount(group)
    on = np.bincount(group, treated)
    return np.asarray((on > 0) & (on < count))


# --- inside sites ---------------------------------------------------------------------------------


def _within(rows: Rows, columns: Columns) -> tuple[SiteEffects | None, Faults]:
    mixed = _mixed(rows.site, rows.treated)
    inside = _keep(rows, mixed[rows.site])
    notes = _left_out(rows, ~mixed, "without both treated and untreated rows")
    y, x, site, treated, weight = (
        inside.y,
        inside.adjust,
        inside.site,
        inside.treated,
        inside.weight,
    )
    if columns.cluster and columns.cluster != columns.site:
        cell = _dense(np.array([inside.cluster, site, treated]).T)
        y, x = cell_means(y, cell, weight), cell_means(x, cell, weight)
        first = np.unique(cell, return_index=True)[1]
        site, treated, weight = site[first], treated[first], np.ones(len(first))
        notes += (f"Rows were averaged over `{columns.cluster}`: each counts once in each arm.",)
    kept = np.unique(site)
    names = tuple(rows.sites[i] for i in kept)
    if len(names) < 2:
        wrong = f"Only one site (`{names[0]}`) has treated and untreated rows."
        return None, [(wrong, "Use `randomised` or `matching` for one site.")]
    code = np.searchsorted(kept, site)
    raw = within_sites(y, x, code, treated, weight)
    faults = _noise_faults(raw, columns, "rows in each site and arm")
    moderators, found = _moderators(inside, kept, columns)
    if faults or found:
        return None, faults + found
    return (
        SiteEffects(
            "within", raw, names, moderators, _scale(rows), 0, len(inside.y), "", None, notes
        ),
        [],
    )


def _dense(keys: NDArray[np.int64]) -> Ints:
    """Return one code from 0 for each distinct row of keys."""
    return np.asarray(np.unique(keys, axis=0, return_inverse=True)[1]).ravel()


# --- between sites --------------------------------------------------------------------------------


def _between(rows: Rows, columns: Columns) -> tuple[SiteEffects | None, Faults]:
    treated = np.bincount(rows.site, rows.treated) > 0
    y = cell_means(rows.y, rows.site, rows.weight)[:, None]
    x = cell_means(rows.adjust, rows.site, rows.weight)
    window = np.zeros(int(treated.sum()), dtype=int)
    return _assemble(
        rows, columns, _Sites("between", treated, ~treated, y, window, x, "", ()), None
    )


# --- change over time -----------------------------------------------------------------------------


def _change(rows: Rows, columns: Columns) -> tuple[SiteEffects | None, Faults]:
    count = len(rows.times)
    cell = rows.site * count + rows.time
    if _mixed(cell, rows.treated).any():
        wrong = f"`{columns.treatment}` differs between rows of one site in one period."
        return None, [(wrong, "Leave out `time:` to compare inside sites, or make it one value.")]
    grid = as_grid(rows, cell)
    faults = grid.faults(rows, columns)
    if faults:
        return None, faults
    windows = grid.windows()
    sites = _changes(rows, grid, windows, late=True)
    early = _changes(rows, grid, windows, late=False) if windows.has_trend else None
    return _assemble(rows, columns, sites, early)


@dataclass(frozen=True)
class _Sites:
    """Site-level numbers: `treated` and `comparison` sites, values by kind of window, regressors."""

    kind: Kind
    treated: NDArray[np.bool_]
    comparison: NDArray[np.bool_]
    values: Floats
    window: Ints
    x: Floats
    words: str
    notes: tuple[str, ...]


def _changes(rows: Rows, grid: Grid, windows: Windows, *, late: bool) -> _Sites:
    """Return every site's changes: after less before, or within the time before the start."""
    weights = windows.weights if late else windows.early
    used = (weights != 0).any(axis=0)
    observed = ~np.isnan(grid.y)
    never = ~grid.ever & observed.any(axis=1)
    complete = never & (observed | ~used).all(axis=1)
    treated = np.zeros(len(grid.y), dtype=bool)
    treated[windows.sites] = True
    early_rows = rows.time < windows.first_start
    x = np.full((len(grid.y), rows.adjust.shape[1]), np.nan)
    means = cell_means(rows.adjust[early_rows], rows.site[early_rows], rows.weight[early_rows])
    x[: len(means)] = means
    notes = _names_note(rows, grid.ever & ~treated, "never observed before their start")
    notes += _names_note(rows, never & ~complete, "(untreated) with gaps in the periods compared")
    values = np.nan_to_num(grid.y) @ weights.T
    words = _window_words(weights, grid.times)
    return _Sites("change", treated, complete, values, windows.kind, x, words, notes)


def _window_words(weights: Floats, times: tuple[str, ...]) -> str:
    """Return which periods are compared, in words."""
    late, early = ((sign * weights > 0).any(axis=0) for sign in (1, -1))
    words = [_span([times[i] for i in np.flatnonzero(part)]) for part in (late, early)]
    several = ", each site by its own start" if len(weights) > 1 else ""
    return f"mean of {words[0]} less mean of {words[1]}{several}"


def _span(periods: list[str]) -> str:
    return periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"


# --- common ---------------------------------------------------------------------------------------


def _assemble(
    rows: Rows, columns: Columns, sites: _Sites, early: _Sites | None
) -> tuple[SiteEffects | None, Faults]:
    """Hold the treated sites against the comparison sites, adjusting for what `adjust` names."""
    treated = np.flatnonzero(sites.treated)
    names = tuple(rows.sites[i] for i in treated)
    faults = _count_faults(sites, len(names), columns)
    moderators, found = _moderators(rows, treated, columns)
    faults += found
    if faults:
        return None, faults
    raw = _hold_against(sites)
    faults = _noise_faults(raw, columns, "untreated sites")
    if faults:
        return None, faults
    used = sites.treated | sites.comparison
    notes = sites.notes + _dropped_note(rows)
    return (
        SiteEffects(
            sites.kind,
            raw,
            names,
            moderators,
            _scale(rows),
            int(sites.comparison.sum()),
            int(used[rows.site].sum()),
            sites.words,
            _trend(early) if early is not None else None,
            notes,
            tuple(rows.sites[i] for i in np.flatnonzero(sites.comparison)),
        ),
        [],
    )


def _hold_against(sites: _Sites) -> RawEffects:
    x = np.hstack([np.ones((len(sites.x), 1)), _standard(sites.x, sites.comparison)])
    column = sites.values[np.flatnonzero(sites.treated), sites.window]
    return against_comparison(
        sites.values[sites.comparison],
        x[sites.comparison],
        column,
        x[sites.treated],
        sites.window,
    )


def _standard(x: Floats, among: NDArray[np.bool_]) -> Floats:
    """Centre and scale columns by their spread among some sites, so that sums are well behaved."""
    part = x[among]
    spread = part.std(axis=0)
    return np.asarray((x - part.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _trend(early: _Sites) -> Trend:
    raw = _hold_against(early)
    count = len(raw.effect)
    error = raw.sigma * float(np.sqrt(raw.noise.sum())) / count
    late, _, before = early.words.removeprefix("mean of ").partition(" less mean of ")
    return Trend(float(raw.effect.mean()), error, raw.df, before, late)


def _count_faults(sites: _Sites, treated: int, columns: Columns) -> Faults:
    faults: Faults = []
    untreated, needed = int(sites.comparison.sum()), sites.x.shape[1] + 3
    if treated < 2:
        wrong = f"Only {treated} treated site can be used; effects of sites are pooled from 2 on."
        remedy = "Use `difference_in_differences` or `synthetic_control` for one treated site."
        faults.append((wrong, remedy))
    if untreated < needed:
        wrong = (
            f"Only {untreated} untreated sites (`{columns.site}`) can be compared with, observed "
            f"in every period that counts; at least {needed} are needed."
        )
        remedy = "Add untreated sites, or use `staggered_adoption` when all start in the end."
        faults.append((wrong, remedy))
    used = sites.treated | sites.comparison
    if not faults and np.isnan(sites.x[used]).any():
        wrong = "`baseline` or `covariates` are missing before the start in some sites."
        faults.append((wrong, "Fill them, or keep only the sites that have them."))
    return faults


def _noise_faults(raw: RawEffects, columns: Columns, among: str) -> Faults:
    if raw.df >= 2 and raw.sigma > 0:
        return []
    wrong = f"There is no variation of `{columns.outcome}` left among {among} to judge chance by."
    return [(wrong, "Add rows or untreated sites, or leave out covariates.")]


def _moderators(rows: Rows, sites: Ints, columns: Columns) -> tuple[Floats, Faults]:
    """Return each treated site's moderators, standardised; they may not vary inside a site."""
    faults: Faults = []
    values = np.zeros((len(sites), len(columns.moderators)))
    for k, name in enumerate(columns.moderators):
        first = np.array([rows.moderators[rows.site == site, k][0] for site in sites])
        spans = [np.ptp(rows.moderators[rows.site == site, k]) for site in sites]
        if max(spans) > 0:
            wrong = f"The moderator `{name}` differs between rows of one site."
            faults.append((wrong, "Use a value for the whole site, such as its mean."))
        elif np.ptp(first) == 0:
            wrong = f"The moderator `{name}` is the same in every treated site."
            faults.append((wrong, "Leave it out: it cannot explain why effects differ."))
        else:
            values[:, k] = (first - first.mean()) / first.std()
    if columns.moderators and len(sites) < len(columns.moderators) + 3:
        wrong = f"{len(columns.moderators)} moderators are too many for {len(sites)} treated sites."
        faults.append((wrong, "Keep at least three treated sites more than moderators."))
    return values, faults


def _scale(rows: Rows) -> float:
    """Return the SD of the outcome among untreated rows, within periods."""
    off = rows.treated == 0
    y, time = rows.y[off], rows.time[off]
    present = len(np.unique(time))
    apart = y - cell_means(y, time, np.ones(len(y)))[time]
    return float(np.sqrt(apart @ apart / max(len(y) - present, 1)))


def _keep(rows: Rows, keep: NDArray[np.bool_]) -> Rows:
    return replace(
        rows,
        y=rows.y[keep],
        weight=rows.weight[keep],
        treated=rows.treated[keep],
        adjust=rows.adjust[keep],
        moderators=rows.moderators[keep],
        site=rows.site[keep],
        time=rows.time[keep],
        cluster=rows.cluster[keep],
    )


def _left_out(rows: Rows, out: NDArray[np.bool_], why: str) -> tuple[str, ...]:
    return _names_note(rows, out, why) + _dropped_note(rows)


def _names_note(rows: Rows, out: NDArray[np.bool_], why: str) -> tuple[str, ...]:
    names = [rows.sites[i] for i in np.flatnonzero(out)]
    if not names:
        return ()
    shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    return (f"Left out: {len(names)} sites {why} ({shown}).",)


def _dropped_note(rows: Rows) -> tuple[str, ...]:
    if not rows.dropped:
        return ()
    return (f"{rows.dropped} rows were left out because a value they need is missing.",)
