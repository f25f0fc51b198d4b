"""From a sample to the `Estimate` of a synthetic control."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.impact.checks import decision_grade, smallest_detectable
from evalkit.impact.estimate import Check, Estimate, Standardised
from evalkit.impact.study import hedges_g
from evalkit.impact.synthetic import checks
from evalkit.impact.synthetic.course import Method
from evalkit.impact.synthetic.evidence import Evidence, Fitted, fit, infer
from evalkit.impact.synthetic.sample import Sample
from evalkit.impact.synthetic.tables import tables

NAME = "synthetic_control"
ESTIMATOR_WORDS = {
    "classic": "synthetic control",
    "synthetic_did": "synthetic difference in differences",
    "augmented": "synthetic control, augmented by ridge regression",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What the caller chose besides the data."""

    estimator: str
    pooled: bool
    placebo: bool
    level: float
    seed: int
    margin: float | None


def estimate(sample: Sample, setting: Setting) -> Estimate:
    """Return the estimate with its tables, inference and checks."""
    method = Method(
        estimator=setting.estimator,
        before=sample.before,
        window=sample.window,
        treated=len(sample.treated_names),
        published=setting.estimator == "synthetic_did",
        seed=setting.seed,
    )
    fitted = fit(sample, method, pooled=setting.pooled)
    evidence = infer(fitted, level=setting.level, seed=setting.seed, placebo=setting.placebo)
    found, left_out = _checks(fitted, evidence, setting)
    made = tables(fitted, evidence, setting.level)
    if left_out:
        made["leave_one_out"] = pd.DataFrame(left_out)
    standard, why_not = _standardise(fitted, evidence)
    treated, donors = len(sample.treated_names), len(sample.donor_names)
    return Estimate(
        id=NAME,
        design=NAME,
        estimator=ESTIMATOR_WORDS[setting.estimator],
        estimand=_estimand(sample, setting),
        outcome=sample.roles.outcome,
        value=fitted.value,
        std_error=evidence.std_error,
        interval=evidence.interval,
        p_value=evidence.p_value,
        n_units=treated + donors,
        n_observations=(treated + donors) * len(sample.times),
        n_clusters=treated + donors,
        n_treated=treated,
        standardised=standard,
        table=made,
        checks=found,
        assumptions=_assumptions(sample, setting),
        seed=setting.seed,
        notes=_notes(fitted, evidence, why_not),
    )


def _checks(
    fitted: Fitted, evidence: Evidence, setting: Setting
) -> tuple[tuple[Check, ...], list[dict[str, object]]]:
    sample, level = fitted.sample, setting.level
    left_out, rows = checks.leave_one_out(fitted)
    found = [
        checks.pre_period_fit(fitted),
        checks.convex_hull(fitted),
        checks.weights(fitted),
        checks.placebo_in_space(fitted, evidence, level),
        checks.placebo_in_time(fitted, level, setting.seed),
        left_out,
        checks.conformal(fitted, evidence),
        checks.donors(fitted, evidence, level),
        decision_grade(len(sample.treated_names), len(sample.donor_names)),
        smallest_detectable(evidence.detectable, evidence.interval.method, level, setting.margin),
    ]
    if setting.estimator == "synthetic_did":
        found += [checks.minimum(fitted), checks.error_noise(evidence)]
    return tuple(found), rows


def _standardise(fitted: Fitted, evidence: Evidence) -> tuple[Standardised | None, str]:
    last = fitted.method.before - 1
    values = fitted.sample.donors[last]
    return hedges_g(
        fitted.value,
        evidence.interval,
        values,
        f"of `{fitted.sample.roles.outcome}` between the {len(values)} donors in "
        f"{fitted.sample.period(last)}, the last period before the start",
    )


def _who(sample: Sample) -> str:
    names = [str(name) for name in sample.treated_names]
    listed = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return (
        listed if len(names) == 1 else f"the {len(names)} treated `{sample.roles.unit}` ({listed})"
    )


def _estimand(sample: Sample, setting: Setting) -> str:
    roles, last = sample.roles, len(sample.times) - 1
    after = f"{sample.period(sample.before)} to {sample.period(last)}"
    before = f"{sample.period(0)} to {sample.period(sample.before - 1)}"
    against = {
        "classic": "a weighted average of donors that followed the same course",
        "augmented": "a weighted average of donors, corrected by ridge regression,",
        "synthetic_did": "weighted donors that ran parallel, and against weighted earlier periods,",
    }[setting.estimator]
    each = (
        ""
        if len(sample.treated_names) == 1
        else f", averaged over treated `{roles.unit}` "
        + (f"by the weights `{roles.weights}`" if roles.weights else "that count alike")
        + (", followed as their average" if setting.pooled else ", each followed by its own donors")
    )
    return (
        f"Average effect on `{roles.outcome}` of {_who(sample)} of being treated against not, over "
        f"{after}, each period counting alike{each}: the gap from {against} in {before} "
        f"({len(sample.donor_names)} donors)."
    )


def _assumptions(sample: Sample, setting: Setting) -> tuple[str, ...]:
    first = {
        "classic": "Without the treatment, the treated would have gone on as the weighted donors did, "
        "as they had before the start.",
        "augmented": "Without the treatment, the treated would have gone on as the weighted donors "
        "did, once a linear model of earlier outcomes makes up for what the weights leave.",
        "synthetic_did": "Without the treatment, the treated would have changed as the weighted donors "
        "did since the weighted earlier periods.",
    }[setting.estimator]
    covariates = (
        ("The covariates are not changed by treatment, and act alike on all units.",)
        if sample.roles.covariates
        else ()
    )
    return (
        first,
        "Nothing was done differently before the start because the treatment was expected.",
        "The treatment did not change the outcome of any donor (no spillover).",
        "Nothing else began at the same time in the treated or in the donors that have weight.",
        "For placebos in space: treated and donors are exchangeable but for the treatment.",
        *covariates,
    )


def _notes(fitted: Fitted, evidence: Evidence, why_not: str) -> tuple[str, ...]:
    sample = fitted.sample
    notes = [*sample.notes]
    if math.isfinite(evidence.std_error):
        notes.append(
            "The standard error is the SD of the placebos' average gaps unless the jackknife leads; "
            "the interval and p-value are of the method named with them."
        )
    else:
        notes.append("No standard error: without placebos nothing says how donors' gaps vary.")
    if np.isinf(evidence.interval.low) and np.isinf(evidence.interval.high):
        reason = evidence.placebos.reason or "there are too few donors for this level"
        time = evidence.why_no_conformal or "the test over time refuses no effect at this level"
        notes.append(f"No finite interval: placebos in space: {reason}; time: {time}.")
    if why_not:
        notes.append(f"No standardised effect: {why_not}.")
    return tuple(notes)
