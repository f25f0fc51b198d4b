"""What a staggered estimate is of, in words."""

from __future__ import annotations

import numpy as np

from evalkit.impact.panel import NEVER
from evalkit.impact.staggered.found import Plan
from evalkit.impact.staggered.rows import default_window
from evalkit.impact.staggered.sample import Sample
from evalkit.impact.study import period_label

AVERAGES = {
    "group": "averaged over its treated periods for each group that starts together, then over "
    "groups by their number of {who}",
    "simple": "averaged over all treated group-periods by the groups' number of {who}",
    "dynamic": "averaged by groups' number of {who} at each number of periods since the start, then "
    "over these with equal weights",
    "calendar": "averaged over the groups treated in each period by their number of {who}, then "
    "over periods with equal weights",
}
NAMES = {
    "callaway_santanna": "Callaway-Sant'Anna",
    "sun_abraham": "Sun-Abraham, interaction weighted",
    "imputation": "imputation (Borusyak, Jaravel and Spiess)",
    "stacked": "weighted stacked (Wing, Freedman and Hollingsworth)",
}


def estimator_words(plan: Plan, sample: Sample) -> str:
    """Return the formula and its options."""
    choices, covariates = plan.choices, sample.panel.roles.covariates
    cells = choices.estimator in ("callaway_santanna", "stacked")
    how = choices.method.replace("_", " ") if cells else "covariates in the regression"
    parts = [how if covariates else "no covariates"]
    if choices.estimator == "callaway_santanna":
        parts += [f"{choices.control.replace('_', '-')} comparison", f"{choices.base} base"]
    if not sample.rows.followed:
        parts.append("repeated cross-sections")
    elif not sample.rows.pairs:
        parts.append("rows compared as repeated cross-sections")
    return f"{NAMES[choices.estimator]} ({', '.join(parts)}, {plan.aggregate} average)"


def estimand_words(sample: Sample, plan: Plan) -> str:
    """Return the target: unit, population, contrast, periods, aggregation and weights."""
    roles, cohort = sample.panel.roles, sample.rows.cohort
    groups = np.unique(cohort[cohort < NEVER])
    first, last = (period_label(sample.panel, int(g)) for g in (groups[0], groups[-1]))
    end = period_label(sample.panel, len(sample.panel.times) - 1)
    who = "units" if roles.unit else "rows"
    treated = f"`{roles.unit}`" if roles.unit else "people seen in the rows"
    until = f"from each one's start to {end}"
    if plan.choices.estimator == "stacked":
        until = _window_words(sample, plan)
    return (
        f"Average effect on the treated {treated} (those that start in {first} to {last}), on "
        f"`{roles.outcome}`, of being treated against never having been, {until}; "
        f"{AVERAGES[plan.aggregate].format(who=who)}"
        + (f", weighted by `{roles.weights}` (sampling weights)." if roles.weights else ".")
    )


def _window_words(sample: Sample, plan: Plan) -> str:
    rows, choices = sample.rows, plan.choices
    before, after = choices.window or default_window(
        rows.cohort, rows.periods, choices.anticipation
    )
    return (
        f"from each one's start to {after} periods later, for the groups seen at least {before} "
        f"periods before and {after} after their start"
    )


def assumption_words(plan: Plan, sample: Sample) -> tuple[str, ...]:
    """Return what must hold for the estimate to be the effect."""
    choices, covariates = plan.choices, bool(sample.panel.roles.covariates)
    cells = choices.estimator in ("callaway_santanna", "stacked")
    given = " among those with the same covariates" if covariates and cells else ""
    given = " but for what the covariates explain" if covariates and not cells else given
    early = f" more than {choices.anticipation} periods" if choices.anticipation else ""
    more = []
    if covariates and cells:
        more.append("Each treated unit has its like among the comparison units (overlap).")
    if not sample.rows.followed:
        more.append("Who is in the groups does not change over the periods in ways that matter.")
    trends = (
        f"Without the treatment, each group would have changed like {_whom(plan)}{given} "
        "(parallel trends)."
    )
    return (
        trends,
        f"Nothing changes{early} before the start because treatment is expected.",
        "Once treated, a unit stays treated.",
        "The treatment of one unit does not change the outcome of another.",
        "Nothing else begins together with the treatment in each group.",
        *more,
    )


def _whom(plan: Plan) -> str:
    if plan.choices.estimator == "callaway_santanna":
        return {
            "never_treated": "those that never are treated",
            "not_yet_treated": "those not treated yet",
        }[plan.choices.control]
    return {
        "sun_abraham": "those that never are treated (or start last)",
        "imputation": "all others in all their untreated periods",
        "stacked": "those that stay untreated through the window",
    }[plan.choices.estimator]


def option_notes(sample: Sample, plan: Plan) -> tuple[str, ...]:
    """Return what a reader must know of the options: which had no bearing, what covariates are."""
    roles, choices, rows = sample.panel.roles, plan.choices, sample.rows
    notes = []
    own = choices.estimator == "callaway_santanna"
    asked = {"control_group": choices.control != "never_treated", "base_period": choices.base != "varying"}  # fmt: skip
    idle = [name for name, changed in asked.items() if changed]
    if idle and not own:
        names = " and ".join(f"`{name}`" for name in idle)
        notes.append(f"{names} bear on `estimator: callaway_santanna` only.")
    if roles.covariates and rows.followed and _changes(sample):
        cells = choices.estimator in ("callaway_santanna", "stacked") and rows.pairs
        notes.append(
            "Covariates change over time: each comparison uses their value in the earlier of its "
            "two periods, so that what the treatment does to them later cannot enter."
            if cells
            else "Covariates change over time and enter with each period's own value: if the "
            "treatment changes them, part of its effect is taken away."
        )
    if roles.weights and choices.estimator in ("sun_abraham", "imputation"):
        notes.append("Weights enter the regression and the averages alike (sampling weights).")
    return tuple(notes)


def _changes(sample: Sample) -> bool:
    rows = sample.rows
    same = rows.unit[1:] == rows.unit[:-1]
    return bool((np.diff(rows.x, axis=0)[same] != 0).any())
