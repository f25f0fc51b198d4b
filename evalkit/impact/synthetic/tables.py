"""Tidy tables of a synthetic control."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.frame import Floats
from evalkit.impact.synthetic.conformal import period_intervals
from evalkit.impact.synthetic.evidence import Evidence, Fitted
from evalkit.impact.synthetic.placebo import rmspe
from evalkit.impact.synthetic.synthetic_did import comparisons

MOST_CELLS = 40_000
"""With more cells than this in all periods, no interval of each period is computed."""


def tables(fitted: Fitted, evidence: Evidence, level: float) -> dict[str, pd.DataFrame]:
    """Return every table of the estimate but that of donors left out."""
    made = {
        "weights": weights(fitted),
        "gaps": gaps(fitted, evidence, level),
        "inference": pd.DataFrame(list(evidence.rows)),
    }
    if len(fitted.sample.treated_names) > 1:
        made["treated"] = by_treated(fitted)
    if evidence.placebos.test is not None:
        made["placebo"] = placebo(fitted, evidence)
        made["placebo_units"] = placebo_units(fitted, evidence)
    if fitted.sample.predictors:
        made["predictors"] = predictors(fitted)
    if fitted.method.estimator == "synthetic_did":
        course, sample = fitted.courses[0], fitted.sample
        made["period_weights"] = pd.DataFrame(
            {"time": sample.times[: fitted.method.before], "weight": course.periods}
        )
        target = fitted.targets[0]
        others = comparisons(target.y, target.donors, fitted.method.before)
        found = {"synthetic DiD": fitted.value, **others}
        made["comparison"] = pd.DataFrame({"estimator": list(found), "estimate": found.values()})
    if len(fitted.courses[0].tried):
        made["penalties"] = pd.DataFrame(
            [
                {"treated": name, "penalty": penalty, "error": error}
                for name, course in zip(_names(fitted), fitted.courses, strict=True)
                for penalty, error in zip(course.tried, course.errors, strict=True)
            ]
        )
    return made


def _names(fitted: Fitted) -> list[Any]:
    """Return the name of what each course follows."""
    names = fitted.sample.treated_names
    if len(fitted.targets) == len(names):
        return list(names)
    return [f"average of {len(names)} treated"]


def weights(fitted: Fitted) -> pd.DataFrame:
    """Return the weight of each donor for each treated course, the largest first."""
    rows = [
        {"treated": name, "donor": donor, "weight": float(weight)}
        for name, course in zip(_names(fitted), fitted.courses, strict=True)
        for donor, weight in zip(fitted.sample.donor_names, course.weights, strict=True)
    ]
    order = sorted(
        range(len(rows)),
        key=lambda i: (
            i // len(fitted.sample.donor_names),
            -round(float(str(rows[i]["weight"])), 12),
            str(rows[i]["donor"]),
        ),
    )
    return pd.DataFrame([rows[i] for i in order])


def gaps(fitted: Fitted, evidence: Evidence, level: float) -> pd.DataFrame:
    """Return the course of the treated, of the synthetic control, and their gap.

    With a conformal interval of the gap in each period from the start on, where there is one.
    """
    whole, gap = fitted.whole, fitted.gap
    ends = np.full((len(gap), 2), np.nan)
    before = fitted.method.before
    if _by_period(fitted, evidence, level):
        ends[before:] = period_intervals(whole.y, whole.donors, before, gap, level=level)
    table = pd.DataFrame(
        {
            "time": fitted.sample.times,
            "treated": whole.y,
            "synthetic": whole.y - gap,
            "gap": gap,
            "after": np.arange(len(gap)) >= before,
        }
    )
    return table.assign(low=ends[:, 0], high=ends[:, 1])


def _by_period(fitted: Fitted, evidence: Evidence, level: float) -> bool:
    enough = 1 / (fitted.method.before + 1) <= 1 - level + 1e-12
    work = len(fitted.sample.times) * fitted.sample.donors.shape[1]
    return not evidence.why_no_conformal and enough and work <= MOST_CELLS


def by_treated(fitted: Fitted) -> pd.DataFrame:
    """Return the average outcome of each treated unit, and its own effect where it has one."""
    before, sample = fitted.method.before, fitted.sample
    own = len(fitted.courses) == len(sample.treated_names)
    return pd.DataFrame(
        [
            {
                "treated": name,
                "share": float(sample.share[i]),
                "before": float(sample.treated[:before, i].mean()),
                "after": float(sample.treated[before:, i].mean()),
                "estimate": fitted.courses[i].effect(before) if own else np.nan,
                "rmspe_before": float(rmspe(fitted.courses[i].gap, before)) if own else np.nan,
            }
            for i, name in enumerate(sample.treated_names)
        ]
    )


def placebo(fitted: Fitted, evidence: Evidence) -> pd.DataFrame:
    """Return the gaps of each donor, or set of donors, taken for treated."""
    placebos = evidence.placebos
    names = _placebo_names(fitted, evidence)
    count = len(fitted.sample.times)
    return pd.DataFrame(
        {
            "unit": [name for name in names for _ in range(count)],
            "time": np.tile(fitted.sample.times, len(names)),
            "gap": placebos.gaps.ravel(),
        }
    )


def _placebo_names(fitted: Fitted, evidence: Evidence) -> list[Any]:
    placebos = evidence.placebos
    if len(placebos.donors):
        return [fitted.sample.donor_names[int(j)] for j in placebos.donors]
    return [f"set {i + 1}" for i in range(len(placebos.gaps))]


def placebo_units(fitted: Fitted, evidence: Evidence) -> pd.DataFrame:
    """Return errors before and after the start of the treated and of each placebo, ranked."""
    before = fitted.method.before
    names = ["treated", *_placebo_names(fitted, evidence)]
    if len(fitted.sample.treated_names) == 1:
        names[0] = fitted.sample.treated_names[0]
    every: Floats = np.vstack([fitted.gap, evidence.placebos.gaps])
    early, late = rmspe(every, before), rmspe(every, before, later=True)
    table = pd.DataFrame(
        {
            "unit": names,
            "treated": [i == 0 for i in range(len(names))],
            "average_gap": every[:, before:].mean(axis=1),
            "rmspe_before": early,
            "rmspe_after": late,
            "ratio": (late / np.where(early > 0, early, np.nan)) ** 2,
        }
    )
    relative = (late / np.maximum(early, 1e-300)).tolist()
    order = sorted(range(len(table)), key=lambda i: (-relative[i], str(names[i])))
    return table.iloc[order].reset_index(drop=True)


def predictors(fitted: Fitted) -> pd.DataFrame:
    """Return each predictor of the treated, of the synthetic control, and of the average donor."""
    sample = fitted.sample
    rows = []
    for i, (name, course) in enumerate(zip(_names(fitted), fitted.courses, strict=True)):
        own = fitted.targets[i].x
        for k, one in enumerate(sample.predictors):
            rows.append(
                {
                    "treated": name,
                    "predictor": one.label,
                    "importance": float(course.importance[k]),
                    "treated_value": float(own[k]),
                    "synthetic_value": float(sample.x_donors[k] @ course.weights),
                    "donor_mean": float(sample.x_donors[k].mean()),
                }
            )
    return pd.DataFrame(rows)
