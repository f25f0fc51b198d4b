"""Treated units and donors as arrays, and everything that stands in the way of comparing them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import nearest
from evalkit.impact.frame import Faults, Floats, read_columns
from evalkit.impact.panel import Panel, Roles, read_panel
from evalkit.impact.synthetic.predictors import Places, Predictor, read_predictors, values_of

FEWEST_BEFORE = 2
FEWEST_DONORS = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller asks for: columns, who is treated, from when, and against whom."""

    roles: Roles
    treated: Any
    start: Any
    donors: Any = None
    predictors: Any = None
    fit_over: Any = None


@dataclass(frozen=True, slots=True)
class Sample:
    """A complete panel of treated units and donors.

    Attributes
    ----------
    roles : Roles
    treated : ndarray, shape (T, N1)
    donors : ndarray, shape (T, N0)
        In the order of their content, so that labels and rows do not matter.
    predictors : tuple of Predictor
    x_treated, x_donors : ndarray, shapes (k, N1) and (k, N0)
    share : ndarray, shape (N1,)
        How much each treated unit counts in the average; adds up to one.
    times : ndarray, shape (T,)
    before : int
        Number of periods before the start.
    window : ndarray of bool, shape (T,)
        Periods before the start whose fit counts.
    treated_names, donor_names : tuple
        As the caller wrote them.
    notes : tuple of str
    """

    roles: Roles
    treated: Floats
    donors: Floats
    predictors: tuple[Predictor, ...]
    x_treated: Floats
    x_donors: Floats
    share: Floats
    times: NDArray[Any]
    before: int
    window: NDArray[np.bool_]
    treated_names: tuple[Any, ...]
    donor_names: tuple[Any, ...]
    notes: tuple[str, ...] = ()

    def period(self, index: int) -> str:
        """Return a period as people write it."""
        value = self.times[index]
        return str(value)[:10] if isinstance(value, np.datetime64) else f"{float(value):g}"


def read_sample(frame: Any, wanted: Wanted) -> tuple[Sample | None, Faults]:
    """Return treated units and donors, or None and every fault that stands in the way."""
    roles = wanted.roles
    predictors, faults = read_predictors(wanted.predictors, roles.outcome)
    faults += read_columns(frame, [one.column for one in predictors])[1] if predictors else []
    panel, found = read_panel(frame, roles)
    faults = list(dict.fromkeys([*found, *faults]))
    if panel is None or faults:
        return None, faults
    places, faults = _places(panel, wanted)
    chosen, found = _choose(panel, wanted, frame)
    faults += found + _cluster_faults(panel) + _weight_faults(panel, chosen[0])
    if faults or places is None:
        return None, faults
    sample, faults = _build(panel, chosen, places, wanted)
    if sample is None or not predictors:
        return sample, faults
    return _with_predictors(frame, sample, predictors, places)


def _places(panel: Panel, wanted: Wanted) -> tuple[Places | None, Faults]:
    """Return where the start lies among the periods."""
    roles, dated = panel.roles, panel.times.dtype.kind == "M"

    def period(value: Any) -> Any:
        return np.datetime64(str(value)) if dated else float(value)

    try:
        start = period(wanted.start)
        known = start == start  # noqa: PLR0124 (NaN and NaT are not themselves)
    except (TypeError, ValueError):
        known = False
    if not known:
        wrong = f"`start: {wanted.start}` is no period like those of `{roles.time}`."
        return None, [(wrong, "Write the first treated period as it stands in the data.")]
    before = int((panel.times < start).sum())
    faults: Faults = []
    if before < FEWEST_BEFORE:
        wrong = f"Periods before the start ({wanted.start}): {before}."
        faults.append(
            (wrong, f"Add earlier periods, {FEWEST_BEFORE} at the least, or mend `start`.")
        )
    if before == len(panel.times):
        faults.append(
            (f"No period lies at or after the start ({wanted.start}).", "Add later periods.")
        )
    return Places(str(roles.unit), roles.time, start, period), faults


def _choose(panel: Panel, wanted: Wanted, frame: Any) -> tuple[tuple[list[int], list[int]], Faults]:
    """Return the codes of treated units and donors."""
    known, text = _known(panel)
    treated, faults = _codes("treated", wanted.treated, known, text, panel)
    if faults and isinstance(wanted.treated, str) and _is_column(frame, wanted.treated):
        do = f"Write the names of the treated `{panel.roles.unit}`, not a column."
        faults = [(f"`treated: {wanted.treated}` is a column, not a unit.", do)]
    if not treated and not faults:
        faults.append(("`treated` names no unit.", "Write one name or a list of names."))
    everyone = range(panel.n_units)
    if wanted.donors is None:
        donors = [code for code in everyone if code not in set(treated)]
        return (treated, donors), faults
    donors, found = _codes("donors", wanted.donors, known, text, panel)
    faults += found
    both = [panel.name(code) for code in donors if code in set(treated)]
    if both:
        wrong = f"Treated units stand among the donors: {', '.join(both)}."
        faults.append((wrong, "Take them out of `donors`: a donor must be untreated."))
    return (treated, donors), faults


def _known(panel: Panel) -> tuple[dict[Any, int], dict[str, int]]:
    first = np.unique(panel.unit, return_index=True)[1]
    names: Any = panel.names
    labels = [_plain(names[row]) for row in first]
    return (
        {label: code for code, label in enumerate(labels)},
        {str(label): code for code, label in enumerate(labels)},
    )


def _plain(label: Any) -> Any:
    """Return a label without its numpy type, and whole numbers as such: 17, not 17.0."""
    value = label.item() if isinstance(label, np.generic) else label
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _codes(
    option: str, given: Any, known: dict[Any, int], text: dict[str, int], panel: Panel
) -> tuple[list[int], Faults]:
    many = isinstance(given, list | tuple | set | frozenset | np.ndarray)
    names = list(given) if many else [given]
    found: list[int] = []
    faults: Faults = []
    for name in map(_plain, names):
        code = known.get(name, text.get(str(name)))
        if code is None:
            wrong = f"`{option}: {name}` is no `{panel.roles.unit}` of the data."
            do = f"Write it as it stands in `{panel.roles.unit}`."
            faults.append((wrong + _like(str(name), text), do))
        elif code not in found:
            found.append(code)
    return found, faults


def _like(name: str, known: dict[str, int]) -> str:
    """Return the nearest known name, or one that holds the word, as a question."""
    holds = sorted(one for one in known if name and name.casefold() in one.casefold())
    return nearest(name, known) or (f" Did you mean `{holds[0]}`?" if holds else "")


def _is_column(frame: Any, name: str) -> bool:
    return not read_columns(frame, [name])[1]


def _cluster_faults(panel: Panel) -> Faults:
    if panel.roles.cluster is None or panel.n_clusters == panel.n_units:
        return []
    unit, cluster = panel.roles.unit, panel.roles.cluster
    return [
        (
            (
                f"`{cluster}` holds several `{unit}`; a synthetic control compares whole units, so a "
                "cluster has no meaning here."
            ),
            (
                f"Add the rows up to one for each `{cluster}` and period and name it as `unit`, or "
                "write `cluster:` with nothing after it."
            ),
        )
    ]


def _weight_faults(panel: Panel, treated: list[int]) -> Faults:
    if panel.roles.weights is None or len(treated) > 1:
        return []
    return [
        (
            (
                f"`weights: {panel.roles.weights}` says how much each treated unit counts in their "
                "average; with one treated unit it has no meaning."
            ),
            "Leave `weights` out.",
        )
    ]


def _build(
    panel: Panel, chosen: tuple[list[int], list[int]], places: Places, wanted: Wanted
) -> tuple[Sample | None, Faults]:
    grid = _grid(panel, panel.y)
    treated, donors = (np.array(one, dtype=np.intp) for one in chosen)
    known, _ = _known(panel)
    labels = list(known)
    faults = _gap_faults(panel, grid[:, treated], [labels[code] for code in treated])
    whole = np.isfinite(grid[:, donors]).all(axis=0)
    notes = [*panel.notes]
    if not whole.all():
        lost = ", ".join(str(labels[code]) for code in donors[~whole][:5])
        more = "" if (~whole).sum() <= 5 else ", ..."
        notes.append(
            f"{int((~whole).sum())} of {len(donors)} donors lack the outcome in some period and "
            f"were left out: {lost}{more}."
        )
    donors = donors[whole]
    if len(donors) < FEWEST_DONORS:
        faults.append(
            (
                f"Donors with the outcome in every period: {len(donors)}.",
                f"Add untreated units, {FEWEST_DONORS} at the least, or fill the gaps.",
            )
        )
    if faults:
        return None, faults
    order = np.lexsort(grid[::-1, donors])
    treated = treated[np.lexsort(grid[::-1, treated])]
    donors = donors[order]
    grid, found, said = _less_covariates(panel, grid, treated, donors)
    share = _share(panel, treated, places)
    before = int((panel.times < places.start).sum())
    window, more_faults = _window(panel, wanted.fit_over, places)
    faults += found + more_faults
    sample = Sample(
        roles=panel.roles,
        treated=grid[:, treated],
        donors=grid[:, donors],
        predictors=(),
        x_treated=np.zeros((0, len(treated))),
        x_donors=np.zeros((0, len(donors))),
        share=share,
        times=panel.times,
        before=before,
        window=window,
        treated_names=tuple(labels[code] for code in treated),
        donor_names=tuple(labels[code] for code in donors),
        notes=(*notes, *said),
    )
    return (None, faults) if faults else (sample, [])


def _grid(panel: Panel, values: Floats) -> Floats:
    grid = np.full((len(panel.times), panel.n_units), np.nan)
    grid[panel.time, panel.unit] = values
    return grid


def _gap_faults(panel: Panel, treated: Floats, names: list[Any]) -> Faults:
    holes = ~np.isfinite(treated)
    roles = panel.roles
    return [
        (
            (
                f"The treated {name} has no `{roles.outcome}` in {int(holes[:, i].sum())} of "
                f"{len(holes)} periods."
            ),
            f"Fill them in, or leave out those `{roles.time}` for all with `keep:`.",
        )
        for i, name in enumerate(names)
        if holes[:, i].any()
    ]


def _share(panel: Panel, treated: NDArray[np.intp], places: Places) -> Floats:
    if panel.roles.weights is None:
        return np.full(len(treated), 1 / len(treated))
    early = _grid(panel, panel.w)[panel.times < places.start]
    means = early[:, treated].mean(axis=0)
    return np.asarray(means / means.sum())


def _window(panel: Panel, over: Any, places: Places) -> tuple[NDArray[np.bool_], Faults]:
    """Return the periods whose fit counts: all before the start, or those asked for."""
    before = panel.times < places.start
    if over is None:
        return before, []
    try:
        first, last = (places.period(one) for one in over)
    except (TypeError, ValueError):
        wrong = f"`fit_over: {over}` is not a first and a last period."
        return before, [(wrong, "Write, say, `fit_over: [1960, 1969]`.")]
    window = (panel.times >= first) & (panel.times <= last)
    if not window.any() or (window & ~before).any():
        wrong = f"`fit_over: {over}` does not lie within the periods before the start."
        return before, [(wrong, "Choose periods before the start.")]
    return window, []


def _less_covariates(
    panel: Panel, grid: Floats, treated: NDArray[np.intp], donors: NDArray[np.intp]
) -> tuple[Floats, Faults, tuple[str, ...]]:
    """Return the outcome less what the covariates explain among donors (Arkhangelsky 2021, fn. 4).

    Slopes are those of least squares with effects of donors and periods; no treated cell takes part.
    """
    names = panel.roles.covariates
    if not names:
        return grid, [], ()
    cubes = np.stack([_grid(panel, column) for column in panel.x.T])
    y, x = _two_way(grid[:, donors]), np.stack([_two_way(one[:, donors]) for one in cubes])
    flat = x.reshape(len(names), -1).T
    size = np.abs(cubes[:, :, donors]).reshape(len(names), -1).max(axis=1)
    still = [name for name, moved, big in zip(names, np.abs(flat).max(axis=0), size, strict=True)
             if moved <= 1e-9 * max(big, 1e-300)]  # fmt: skip
    if still or np.linalg.matrix_rank(flat) < len(names):
        which = ", ".join(f"`{name}`" for name in still or names)
        wrong = f"Covariates that effects of units and periods, or each other, explain: {which}."
        return grid, [(wrong, "Write those that do not vary over time as `predictors`.")], ()
    slopes = np.linalg.lstsq(flat, y.ravel(), rcond=None)[0]
    listing = ", ".join(f"{name} {slope:.4g}" for name, slope in zip(names, slopes, strict=True))
    said = f"The outcome is taken less its covariates, with slopes among donors: {listing}."
    adjusted = grid.copy()
    kept = np.concatenate([treated, donors])
    adjusted[:, kept] -= np.tensordot(slopes, cubes[:, :, kept], axes=1)
    return adjusted, [], (said,)


def _two_way(values: Floats) -> Floats:
    return np.asarray(values - values.mean(axis=0) - values.mean(axis=1)[:, None] + values.mean())


def _with_predictors(
    frame: Any, sample: Sample, predictors: tuple[Predictor, ...], places: Places
) -> tuple[Sample | None, Faults]:
    table = read_columns(frame, [places.unit])[0]
    raw = {_plain(label): label for label in table[places.unit].dropna().unique()}
    named = [raw[name] for name in (*sample.treated_names, *sample.donor_names)]
    values, faults = values_of(frame, predictors, places, named)
    if faults:
        return None, faults
    own, others = values[:, : len(sample.treated_names)], values[:, len(sample.treated_names) :]
    faults = [
        (
            f"The treated {name} has no value of predictor `{one.label}` in its periods.",
            "Fill it in, choose other periods, or leave the predictor out.",
        )
        for row, one in zip(own, predictors, strict=True)
        for name in np.array(sample.treated_names, dtype=object)[~np.isfinite(row)]
    ]
    whole: NDArray[np.bool_] = np.asarray(np.isfinite(others).all(axis=0))
    if whole.sum() < FEWEST_DONORS:
        wrong = f"Donors with a value of every predictor: {int(whole.sum())}."
        faults.append((wrong, "Leave out the predictors that most donors lack."))
    if faults:
        return None, faults
    notes = sample.notes
    if not whole.all():
        lost = [str(name) for name, ok in zip(sample.donor_names, whole, strict=True) if not ok]
        notes = (
            *notes,
            (
                f"{len(lost)} of {len(whole)} donors lack a predictor and were left out: "
                f"{', '.join(sorted(lost)[:5])}{', ...' if len(lost) > 5 else ''}."
            ),
        )
    names = tuple(name for name, ok in zip(sample.donor_names, whole, strict=True) if ok)
    return replace(
        sample,
        donors=sample.donors[:, whole],
        predictors=predictors,
        x_treated=own,
        x_donors=others[:, whole],
        donor_names=names,
        notes=notes,
    ), []
