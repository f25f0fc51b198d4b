"""Fixed effects for units, periods and more, with a treatment that is 0 and 1 or a dose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd

from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import Faults, names_of, option_faults, refuse
from evalkit.impact.panel import NEVER, Ints, Panel, Roles, read_panel
from evalkit.impact.study import Words, period_label, say_movers, study, with_treatment
from evalkit.impact.subgroups import with_subgroups
from evalkit.impact.trends.columns import (
    base_of,
    lag_names,
    lagged_treatment,
    with_effects,
    with_lags,
)
from evalkit.impact.trends.sweep import contained
from evalkit.impact.two_way import LAG, Effects, further_effects, has_units

NAME = "panel_fixed_effects"
MOST_LAGS = 20
UNTREATED = "Lags: who begins without treatment is taken to have had none in the periods before."


@with_subgroups
def panel_fixed_effects(  # noqa: PLR0913 (options of the design are its contract)
    frame: Any,
    *,
    outcome: str,
    unit: str,
    time: str,
    treatment: str,
    effects: str | Sequence[str] = "two_way",
    lags: int = 0,
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    by: str | None = None,  # noqa: ARG001 (with_subgroups)
    seed: int = 0,
    inference: str = "frequentist",
    margin: float | None = None,
) -> Estimate:
    """Estimate the effect of a treatment that changes within units over time.

    Least squares of the outcome on the treatment with an effect for each unit and period.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        One row for each unit and period; it may have gaps.
    outcome, unit, time : str
        Columns.
    treatment : str
        Column: 0 and 1 (which stays 1 once it is), or a dose. With `lags`, or with the treatment
        of the period before among the covariates, a treatment of 0 and 1 may end.
    effects : {"two_way", "unit", "time"} or list of str
        Which effects are taken out. A list names columns and their combinations, such as
        ``["unit", "time", "region*year"]``; the words ``unit`` and ``time`` stand for the columns
        of these roles.
    lags : int
        How many earlier periods of treatment have an effect of their own; the value is the effect
        in the same period, and ``table["lags"]`` holds all of them and their sum. Where a unit
        begins untreated, it is taken to have been untreated before; other rows without a known
        lag are left out.
    covariates : str or list of str, optional
        Columns that vary over time and that treatment does not change.
    weights, cluster : str, optional
        Columns; clusters are the units where none is named.
    level : float
        Confidence level.
    by : str, optional
        Column of subgroups: each is estimated alone, and the gap between them.
    seed : int
        Seed of the permutations and the bootstrap.
    inference : str
        Only "frequentist" for this design.
    margin : float, optional
        Smallest change that matters, in the outcome's units.

    Returns
    -------
    Estimate
        The effect with its interval, its checks and what it assumes.

    Raises
    ------
    DesignError
        When the data cannot carry the design, with every reason and what to do.

    References
    ----------
    Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 2nd ed., ch. 10.
    """
    panel, faults = prepare(
        frame,
        outcome=outcome,
        unit=unit,
        time=time,
        treatment=treatment,
        effects=effects,
        lags=lags,
        covariates=covariates,
        weights=weights,
        cluster=cluster,
        level=level,
        inference=inference,
    )
    refuse(faults, NAME)
    panel = cast("Panel", panel)
    base = base_of(effects, panel.roles)
    return study(
        panel,
        _words(panel, base, lags),
        effects=base,
        level=level,
        seed=seed,
        margin=margin,
    )


def prepare(  # noqa: PLR0913 (the options of the design that bear on the data)
    frame: Any,
    *,
    outcome: str,
    unit: str,
    time: str,
    treatment: str,
    effects: str | Sequence[str] = "two_way",
    lags: int = 0,
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    inference: str = "frequentist",
) -> tuple[Panel | None, Faults]:
    """Return the panel, or None and every reason why the design cannot be run, and what to do."""
    faults = option_faults(level=level, inference=inference) + _lag_faults(lags)
    roles = Roles(outcome, unit, time, cluster, weights, names_of(covariates), (treatment,))
    table, roles, found = with_effects(frame, roles, effects)
    faults += found
    if faults:
        return None, faults + read_panel(frame, replace(roles, own=(treatment,)))[1]
    table, roles = with_lags(table, roles, lags)
    panel, found = read_panel(table, roles)
    if panel is None:
        return None, say_movers(frame, roles, found)
    d = panel.own[treatment]
    lagged = [*lag_names(treatment, lags), *(() if lags else _declared_lags(table, roles))]
    faults = _treatment_faults(panel, d, base_of(effects, roles), lagged=bool(lagged))
    if faults:
        return None, faults
    own = {**panel.own, **{LAG + name: np.zeros(len(d)) for name in lagged}}
    notes = (*panel.notes, *_effect_notes(panel, effects), *((UNTREATED,) if lags else ()))
    panel = replace(panel, own=own, notes=notes)
    dated = set(np.unique(d).tolist()) <= {0.0, 1.0} and not lagged
    return with_treatment(panel, d, _starts(panel, d).astype(float) if dated else None), []


def _lag_faults(lags: Any) -> Faults:
    if isinstance(lags, int) and not isinstance(lags, bool) and 0 <= lags <= MOST_LAGS:
        return []
    wrong = f"`lags: {lags}` is no number of periods."
    return [(wrong, f"Write a whole number from 0 to {MOST_LAGS}.")]


def _declared_lags(table: pd.DataFrame, roles: Roles) -> list[str]:
    """Return the covariates that are the treatment of the period before."""
    treatment = roles.own[0]
    before, known = lagged_treatment(table, roles, 1, assume=False)
    if not known.any() or not before[known].any():
        return []
    found = []
    for name in roles.covariates:
        column = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=float)
        seen = known & np.isfinite(column)
        if name != treatment and seen.any() and (column[seen] == before[seen]).all():
            found.append(name)
    return found


def _effect_notes(panel: Panel, effects: str | Sequence[str]) -> tuple[str, ...]:
    """Return what is to be known of the effects: contained in others, or changed by units."""
    groups = further_effects(panel)
    base = base_of(effects, panel.roles)
    whole = dict(groups)
    if base in ("two_way", "time"):
        whole[panel.roles.time] = np.unique(panel.time, return_inverse=True)[1].astype(np.intp)
    notes = [
        f"Effects of `{name}` say nothing that those of `{other}` do not say already."
        for name, codes in whole.items()
        for other, finer in groups.items()
        if name != other and contained(codes, finer)
    ]
    if base in ("two_way", "unit"):
        for name, codes in groups.items():
            if contained(codes, panel.unit):
                notes.append(f"Effects of `{name}` lie within those of `{panel.roles.unit}`.")
            elif "*" not in name:
                count = _movers(codes, panel.unit)
                who = f"{count} of {panel.n_units} `{panel.roles.unit}` move between `{name}`"
                notes.append(f"{who}; only they tell the effects of the two apart.")
    return tuple(notes)


def _movers(codes: Ints, unit: Ints) -> int:
    pairs = np.unique(np.column_stack([unit, codes]), axis=0)
    return int((np.bincount(pairs[:, 0]) > 1).sum())


def _treatment_faults(panel: Panel, d: Any, effects: Effects, *, lagged: bool) -> Faults:
    name, unit = panel.roles.own[0], panel.roles.unit
    if d.min() == d.max():
        side = "treated" if d[0] else "untreated"
        return [
            (
                f"`{name}` is {d[0]:g} in every row, so all are {side} all the time.",
                "Add units or periods to compare with, and check how the column was made.",
            )
        ]
    follows = panel.unit[1:] == panel.unit[:-1]
    binary = set(np.unique(d).tolist()) <= {0.0, 1.0}
    off = follows & (np.diff(d) < 0)
    if binary and off.any() and not lagged:
        units = np.unique(panel.unit[1:][off])
        return [
            (
                f"`{name}` switches off again in {len(units)} `{unit}`, the first: {panel.name(units[0])}.",
                (
                    "Keep only the periods until it ends, or mend the column: once 1 it stays 1. If "
                    "it really ends, write `lags:` with the number of periods it goes on working."
                ),
            )
        ]
    if has_units(effects) and not (follows & (np.diff(d) != 0)).any():
        return [
            (
                f"`{name}` never changes within any `{unit}` seen more than once.",
                "Add periods before the start of treatment.",
            )
        ]
    return _no_comparison(panel, d, effects, binary=binary and not lagged)


def _no_comparison(panel: Panel, d: Any, effects: Effects, *, binary: bool) -> Faults:
    if not binary or effects in ("unit", "neither"):
        return []
    start = _starts(panel, d)
    if len(np.unique(start)) == 1:
        return [
            (
                (
                    f"Every `{panel.roles.unit}` is treated from the same period on, so no one is "
                    "left to compare with."
                ),
                "Add units that were not treated, or that were treated later.",
            )
        ]
    return []


def _starts(panel: Panel, d: Any) -> Ints:
    """Return the first treated period of each row's unit, for a treatment of 0 and 1.

    Where a unit lacks rows just before its first treated one, the start that most units share
    within the gap is taken, so that a missing row does not make a start of its own.
    """
    count = panel.n_units
    start = np.full(count, NEVER, dtype=np.intp)
    np.minimum.at(start, panel.unit[d == 1], panel.time[d == 1])
    before = np.full(count, -1, dtype=np.intp)
    np.maximum.at(before, panel.unit[d == 0], panel.time[d == 0])
    sure = (before >= 0) & (before == start - 1)
    shared = np.bincount(start[sure], minlength=len(panel.times))
    for i in np.flatnonzero((start < NEVER) & ~sure):
        window = shared[before[i] + 1 : start[i] + 1]
        if window.any():
            start[i] = before[i] + 1 + int(np.argmax(window))
    return start[panel.unit]


def _words(panel: Panel, effects: Effects, lags: int) -> Words:
    roles = panel.roles
    name = roles.own[0]
    values = set(np.unique(panel.own[name]).tolist())
    binary = values <= {0.0, 1.0}
    who = f"`{roles.unit}` that ever have `{name}`" if binary else f"`{roles.unit}`"
    contrast = (
        f"having `{name}` against not having it"
        if binary
        else f"a rise of one in `{name}`, the same at every level and in every period"
    )
    if lags:
        contrast += (
            f", in the same period, whatever it was in the {lags} before (whose effects, and the "
            "sum of all, stand in the table of lags)"
        )
    span = f"{period_label(panel, 0)} to {period_label(panel, len(panel.times) - 1)}"
    estimand = (
        f"Average change in `{roles.outcome}` of {who} due to {contrast}, in the treated periods "
        f"within {span}; one number for all units and periods, "
        + ("weighted by `" + roles.weights + "` and " if roles.weights else "weighted ")
        + "by how much of their treatment the effects and covariates leave unexplained (equal "
        "weights in a complete panel with one start and no covariates)."
    )
    taken = [
        {"two_way": "units and periods", "unit": "units", "time": "periods", "neither": ""}[
            effects
        ],
        *(f"`{one}`" for one in further_effects(panel)),
    ]
    how = f"least squares with effects of {', '.join(one for one in taken if one)}"
    return Words(NAME, how, estimand, _assumptions(panel, effects, lags))


def _assumptions(panel: Panel, effects: Effects, lags: int) -> tuple[str, ...]:
    roles = panel.roles
    given = " given the covariates" if len(roles.covariates) > lags else ""
    within = [f"`{name}`" for name in further_effects(panel)]
    given += f" within each {' and '.join(within)}" if within else ""
    compared = {
        "two_way": "Without the treatment, treated and comparison units would have changed alike"
        f"{given} (parallel trends).",
        "unit": f"Without the treatment, the outcome of treated units would have stayed level{given}.",
        "time": "Treated and untreated units would have had the same outcomes in the same period"
        f"{given}.",
        "neither": f"Without the treatment, outcomes would have been alike{given}.",
    }
    later = (
        (f"Treatment has no effect after more than {lags} periods.",)
        if lags
        else ("Treatment of earlier periods has no effect of its own once it ends or changes.",)
        if panel.first is None
        else ()
    )
    return (
        compared[effects],
        (
            "The effect is the same for all treated units and periods, or its weighted average is "
            "what is wanted."
        ),
        *later,
        "Nothing was done differently before the start because the treatment was expected.",
        "The treatment of one unit does not change the outcome of another.",
        "Nothing else began at the same time in treated units only.",
    )
