"""Fixed effects for units and periods, with a treatment that is 0 and 1 or a dose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import Faults, choice_fault, names_of, option_faults, refuse
from evalkit.impact.panel import NEVER, Ints, Panel, Roles, read_panel
from evalkit.impact.study import Words, period_label, study, with_treatment
from evalkit.impact.subgroups import with_subgroups
from evalkit.impact.two_way import Effects

NAME = "panel_fixed_effects"
EFFECTS = ("two_way", "unit", "time")


@with_subgroups
def panel_fixed_effects(  # noqa: PLR0913 (options of the design are its contract)
    frame: Any,
    *,
    outcome: str,
    unit: str,
    time: str,
    treatment: str,
    effects: str = "two_way",
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
        Column: 0 and 1 (which stays 1 once it is), or a dose.
    effects : {"two_way", "unit", "time"}
        Which effects are taken out.
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
        covariates=covariates,
        weights=weights,
        cluster=cluster,
        level=level,
        inference=inference,
    )
    refuse(faults, NAME)
    panel = cast("Panel", panel)
    return study(
        panel,
        _words(panel, effects),
        effects=cast("Effects", effects),
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
    effects: str = "two_way",
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    inference: str = "frequentist",
) -> tuple[Panel | None, Faults]:
    """Return the panel, or None and every reason why the design cannot be run, and what to do."""
    faults = option_faults(level=level, inference=inference)
    faults += choice_fault("effects", effects, EFFECTS)
    roles = Roles(outcome, unit, time, cluster, weights, names_of(covariates), (treatment,))
    panel, found = read_panel(frame, roles)
    if panel is None:
        return None, faults + found
    d = panel.own[treatment]
    faults += _treatment_faults(panel, d, effects)
    if faults:
        return None, faults
    binary = set(np.unique(d).tolist()) <= {0.0, 1.0}
    return with_treatment(panel, d, _starts(panel, d).astype(float) if binary else None), []


def _treatment_faults(panel: Panel, d: Any, effects: str) -> Faults:
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
    if binary and off.any():
        units = np.unique(panel.unit[1:][off])
        return [
            (
                f"`{name}` switches off again in {len(units)} `{unit}`, the first: {panel.name(units[0])}.",
                "Keep only the periods until it ends, or mend the column: once 1 it stays 1.",
            )
        ]
    if effects != "time" and not (follows & (np.diff(d) != 0)).any():
        return [
            (
                f"`{name}` never changes within any `{unit}` seen more than once.",
                "Add periods before the start of treatment.",
            )
        ]
    return _no_comparison(panel, d, effects, binary=binary)


def _no_comparison(panel: Panel, d: Any, effects: str, *, binary: bool) -> Faults:
    if not binary or effects == "unit":
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


def _words(panel: Panel, effects: str) -> Words:
    roles = panel.roles
    name = roles.own[0]
    dose = panel.first is None
    who = f"`{roles.unit}` that ever have `{name}`" if not dose else f"`{roles.unit}`"
    contrast = (
        f"a rise of one in `{name}`, the same at every level and in every period"
        if dose
        else f"having `{name}` against not having it"
    )
    span = f"{period_label(panel, 0)} to {period_label(panel, len(panel.times) - 1)}"
    estimand = (
        f"Average change in `{roles.outcome}` of {who} due to {contrast}, in the treated periods "
        f"within {span}; one number for all units and periods, "
        + ("weighted by `" + roles.weights + "` and " if roles.weights else "weighted ")
        + "by how much of their treatment the effects and covariates leave unexplained (equal "
        "weights in a complete panel with one start and no covariates)."
    )
    taken = {"two_way": "units and periods", "unit": "units", "time": "periods"}[effects]
    return Words(
        NAME, f"least squares with effects of {taken}", estimand, _assumptions(effects, roles)
    )


def _assumptions(effects: str, roles: Roles) -> tuple[str, ...]:
    given = " given the covariates" if roles.covariates else ""
    compared = {
        "two_way": "Without the treatment, treated and comparison units would have changed alike"
        f"{given} (parallel trends).",
        "unit": f"Without the treatment, the outcome of treated units would have stayed level{given}.",
        "time": "Treated and untreated units would have had the same outcomes in the same period"
        f"{given}.",
    }
    return (
        compared[effects],
        (
            "The effect is the same for all treated units and periods, or its weighted average is "
            "what is wanted."
        ),
        "Nothing was done differently before the start because the treatment was expected.",
        "The treatment of one unit does not change the outcome of another.",
        "Nothing else began at the same time in treated units only.",
    )
