"""What a staggered estimate is of, in words."""

from __future__ import annotations

import numpy as np

from evalkit.impact.panel import NEVER
from evalkit.impact.staggered import Plan
from evalkit.impact.staggered_sample import Sample
from evalkit.impact.study import period_label

AVERAGES = {
    "group": "averaged over its treated periods for each group that starts together, then over "
    "groups by their number of units",
    "simple": "averaged over all treated group-periods by the groups' number of units",
    "dynamic": "averaged by groups' number of units at each number of periods since the start, then "
    "over these with equal weights",
    "calendar": "averaged over the groups treated in each period by their number of units, then "
    "over periods with equal weights",
}


def estimator_words(plan: Plan, sample: Sample) -> str:
    """Return the formula and its options."""
    how = (
        plan.choices.method.replace("_", " ") if sample.panel.roles.covariates else "no covariates"
    )
    return (
        f"Callaway-Sant'Anna ({how}, {plan.choices.control.replace('_', '-')} comparison, "
        f"{plan.choices.base} base, {plan.aggregate} average)"
    )


def estimand_words(sample: Sample, plan: Plan) -> str:
    """Return the target: unit, population, contrast, periods, aggregation and weights."""
    roles, cohort = sample.panel.roles, sample.wide.cohort
    groups = np.unique(cohort[cohort < NEVER])
    first, last = (period_label(sample.panel, int(g)) for g in (groups[0], groups[-1]))
    end = period_label(sample.panel, len(sample.panel.times) - 1)
    return (
        f"Average effect on the treated `{roles.unit}` (those that start in {first} to {last}), on "
        f"`{roles.outcome}`, of being treated against never having been, from each one's start to "
        f"{end}; {AVERAGES[plan.aggregate]}"
        + (f", units weighted by `{roles.weights}`." if roles.weights else ".")
    )


def assumption_words(plan: Plan, sample: Sample) -> tuple[str, ...]:
    """Return what must hold for the estimate to be the effect."""
    given = " among those with the same covariates" if sample.panel.roles.covariates else ""
    whom = {
        "never_treated": "those that never are treated",
        "not_yet_treated": "those not treated yet",
    }[plan.choices.control]
    ahead = plan.choices.anticipation
    early = f" more than {ahead} periods" if ahead else ""
    return (
        f"Without the treatment, each group would have changed like {whom}{given} (parallel trends).",
        f"Nothing changes{early} before the start because treatment is expected.",
        "Once treated, a unit stays treated.",
        "The treatment of one unit does not change the outcome of another.",
        "Nothing else begins together with the treatment in each group.",
        *(
            ("Each treated unit has its like among the comparison units (overlap).",)
            if sample.panel.roles.covariates
            else ()
        ),
    )
