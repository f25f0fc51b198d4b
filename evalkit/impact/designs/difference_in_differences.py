"""Difference in differences: one group treated from one period on, compared with another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from evalkit.impact.bayes.forms.common_priors import Asked, form_faults
from evalkit.impact.bayes.forms.common_slots import DIFFERENCES
from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import BOTH, Faults, Floats, names_of, option_faults, refuse
from evalkit.impact.panel import NEVER, Panel, Roles, read_panel, varies_within
from evalkit.impact.study import Words, period_label, say_movers, study, with_treatment
from evalkit.impact.subgroups import with_subgroups
from evalkit.impact.two_way import Effects

NAME = "difference_in_differences"


@with_subgroups
def difference_in_differences(  # noqa: PLR0913 (options of the design are its contract)
    frame: Any,
    *,
    outcome: str,
    time: str,
    treated: str,
    unit: str | None = None,
    start: Any = None,
    post: str | None = None,
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    by: str | None = None,  # noqa: ARG001 (with_subgroups)
    seed: int = 0,
    inference: str = "frequentist",
    priors: Mapping[str, Any] | None = None,
    margin: float | None = None,
) -> Estimate:
    """Estimate how much more the treated changed than the comparison, from one start on.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        One row for each unit and period; or, without `unit`, one for each person and period.
    outcome, time : str
        Columns.
    treated : str
        Column: 1 for those who are ever treated, 0 for the comparison.
    unit : str, optional
        Column; left out, rows are repeated cross-sections and the two groups have an effect each.
    start : number or date, optional
        First treated period; or give `post`.
    post : str, optional
        Column: 1 in treated periods, 0 before.
    covariates, weights, cluster, level, by, seed, margin
        As in `panel_fixed_effects`.
    inference : {"frequentist", "bayesian"}
        By least squares and robust errors, or by the posterior of a model in which the changes of
        clusters differ.
    priors : mapping, optional
        Of the Bayesian form, in outcome units: any of ``{"effect": {"mean", "sd"}, "noise": {"sd",
        "df"}, "changes": {"sd", "df"}, "spread": {"sd", "df"}}``. The rest follow the documented rule.

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
    Card and Krueger (1994), American Economic Review 84; Angrist and Pischke (2009), ch. 5.
    """
    panel, faults = prepare(
        frame,
        outcome=outcome,
        time=time,
        treated=treated,
        unit=unit,
        start=start,
        post=post,
        covariates=covariates,
        weights=weights,
        cluster=cluster,
        level=level,
        inference=inference,
        priors=priors,
    )
    refuse(faults, NAME)
    panel = cast("Panel", panel)
    effects: Effects = "two_way" if unit else "time"
    words = _words(panel)
    if inference == "bayesian":
        from evalkit.impact.bayes.forms import differences as bayesian

        return bayesian.study(panel, words, Asked(priors, level, margin, seed))
    return study(panel, words, effects=effects, level=level, seed=seed, margin=margin)


def prepare(  # noqa: PLR0913 (the options of the design that bear on the data)
    frame: Any,
    *,
    outcome: str,
    time: str,
    treated: str,
    unit: str | None = None,
    start: Any = None,
    post: str | None = None,
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    inference: str = "frequentist",
    priors: Mapping[str, Any] | None = None,
) -> tuple[Panel | None, Faults]:
    """Return the panel, or None and every reason why the design cannot be run, and what to do."""
    own = (treated, post) if post else (treated,)
    roles = Roles(outcome, unit, time, cluster, weights, names_of(covariates), own)
    faults = option_faults(level=level, inference=inference, built=BOTH)
    faults += form_faults(inference, priors, DIFFERENCES)
    if (start is None) == (post is None):
        faults.append(
            (
                "Exactly one of `start` and `post` is needed.",
                "Write `start:` with the first treated period, or `post:` with a 0/1 column.",
            )
        )
    panel, found = read_panel(frame, roles)
    if panel is None or faults:
        return None, faults + say_movers(frame, roles, found)
    for name in roles.own:
        if not set(np.unique(panel.own[name]).tolist()) <= {0.0, 1.0}:
            faults.append((f"`{name}` has values other than 0 and 1.", "Make a column of 0 and 1."))
    if faults:
        return None, faults
    begins, faults = _begins(panel, start, post)
    faults += _group_faults(panel)
    if not faults:
        faults = _cell_faults(panel, begins)
    if faults:
        return None, faults
    ever = panel.own[roles.own[0]]
    first = np.where(ever == 1, begins, NEVER).astype(float)
    panel = with_treatment(panel, ((panel.time >= begins) & (ever == 1)).astype(float), first)
    return (panel if roles.unit else replace(panel, ever=ever)), []


def _begins(panel: Panel, start: Any, post: str | None) -> tuple[int, Faults]:
    """Return the index of the first treated period."""
    if post is None:
        try:
            begins = int(np.searchsorted(panel.times, _as_period(panel, start)))
        except (TypeError, ValueError):
            return 0, [(f"`start: {start}` is no period like those of `{panel.roles.time}`.",
                        "Write it as it stands in the data.")]  # fmt: skip
    else:
        on = panel.own[post]
        if varies_within(on, panel.time):
            return 0, [
                (
                    f"`{post}` is 0 and 1 in the same period.",
                    (
                        "It must say which periods come after the start, for all units alike; "
                        "use `staggered_adoption` where units start apart."
                    ),
                )
            ]
        by_period = np.bincount(panel.time, weights=on, minlength=len(panel.times)) > 0
        begins = int(np.argmax(by_period)) if by_period.any() else len(by_period)
        if by_period.any() and not by_period[begins:].all():
            return 0, [(f"`{post}` switches off again.", "Keep only the periods until it ends.")]
    if begins == 0:
        return 0, [("No period lies before the start.", "Add periods before it, or mend `start`.")]
    if begins >= len(panel.times):
        return 0, [("No period lies at or after the start.", "Add later periods or mend `start`.")]
    return begins, []


def _as_period(panel: Panel, start: Any) -> Any:
    if panel.times.dtype.kind == "M":
        return np.datetime64(str(start))
    return float(start)


def _group_faults(panel: Panel) -> Faults:
    name, unit = panel.roles.own[0], panel.roles.unit
    ever = panel.own[name]
    if ever.min() == ever.max():
        side, other = ("treated", "untreated") if ever[0] else ("untreated", "treated")
        return [
            (
                f"`{name}` is {ever[0]:g} in every row: all are {side}.",
                f"Add {other} units to compare with.",
            )
        ]
    if unit and varies_within(ever, panel.unit):
        return [
            (
                f"`{name}` changes within some `{unit}`.",
                (
                    "It must say who is ever treated: the same in all periods of a unit. If it "
                    "switches on or off, use `panel_fixed_effects` or `staggered_adoption`."
                ),
            )
        ]
    return []


def _cell_faults(panel: Panel, begins: int) -> Faults:
    ever, after = panel.own[panel.roles.own[0]] == 1, panel.time >= begins
    cells: tuple[tuple[str, Any], ...] = (
        ("treated rows before", ever & ~after),
        ("treated rows after", ever & after),
        ("comparison rows before", ~ever & ~after),
        ("comparison rows after", ~ever & after),
    )
    return [
        (
            f"There are no {words} the start with a value of `{panel.roles.outcome}`.",
            "All four cells (treated, comparison; before, after) are needed.",
        )
        for words, rows in cells
        if not rows.any()
    ]


def _words(panel: Panel) -> Words:
    roles, name = panel.roles, panel.roles.own[0]
    first: Floats = cast("Any", panel.first)
    begins = int(first[first < NEVER].min())
    span = f"{period_label(panel, begins)} to {period_label(panel, len(panel.times) - 1)}"
    before = f"{period_label(panel, 0)} to {period_label(panel, begins - 1)}"
    who = f"`{roles.unit}`" if roles.unit else "rows (repeated cross-sections)"
    estimand = (
        f"Average effect on the treated (`{name}` = 1) {who}, on `{roles.outcome}`, of treatment "
        f"in {span} against none: how much more they changed since {before} than those with "
        f"`{name}` = 0; averaged over treated {who} and periods "
        + (f"by the weights `{roles.weights}`." if roles.weights else "seen, each counting alike.")
    )
    given = " with the same covariates" if roles.covariates else ""
    assumptions = (
        (
            f"Without the treatment, treated and comparison{given} would have changed alike "
            "(parallel trends)."
        ),
        "Nothing was done differently before the start because the treatment was expected.",
        "The treatment of one unit does not change the outcome of another.",
        "Nothing else began at the same time among the treated only.",
        *(() if roles.unit else ("Who is in each group does not change because of treatment.",)),
    )
    kind = "units" if roles.unit else "the two groups"
    return Words(NAME, f"least squares with effects of {kind} and periods", estimand, assumptions)
