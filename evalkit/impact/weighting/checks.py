"""Checks of a matching or weighting estimate beyond balance and overlap."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.checks import p_words
from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.weighting.setting import Setting
from evalkit.impact.weighting.solve import Solved, solve

LOST = 0.05
"""Share of targets without a match from which the estimate is of others than those asked for."""
FEW, VERY_FEW = 10, 4


def placebo_outcome(solved: Solved, setting: Setting) -> Check:
    """Return the check with an outcome from before the treatment, which it cannot have changed."""
    name, sample = "placebo outcome", solved.sample
    if sample.baseline is None:
        meaning = (
            "Not done: no `baseline` is named. An outcome from before the treatment that is not "
            "among the covariates would show whether the groups still differ."
        )
        return Check(name, None, None, "information", meaning)
    if np.ptp(sample.baseline) == 0:
        meaning = "Not done: the `baseline` has the same value in every row."
        return Check(name, None, None, "information", meaning)
    try:
        found = solve(replace(sample, y=sample.baseline), replace(setting, trim=None), quick=True)
    except DesignError as error:
        return Check(name, None, None, "information", f"Not done: {error.wrong}")
    row = found.leads
    sd = float(sample.baseline[sample.arm == 0].std(ddof=1))
    size = abs(found.value) / sd if sd > 0 else np.inf
    p = float(row["p_value"])
    verdict: Verdict = "fail" if p < 0.05 and size >= 0.1 else "concern" if size >= 0.1 else "pass"
    reading = {
        "fail": "The groups differed before the treatment in a way the covariates do not explain.",
        "concern": "The difference is not small, though chance may have made it.",
        "pass": "No sizeable difference is left; what was not measured may still differ.",
    }[verdict]
    meaning = (
        f"The same method on `{sample.roles.baseline}`, from before the treatment, gives "
        f"{found.value:.3g} ({row['low']:.3g} to {row['high']:.3g}, p = {p_words(p)}), {size:.2f} SD "
        f"of the comparison rows. {reading}"
    )
    return Check(name, found.value, p, verdict, meaning)


def matches_lost(solved: Solved, setting: Setting) -> Check:
    """Return the check on targets that found no match, which changes whom the estimate is of."""
    name = "unmatched"
    if setting.estimator != "nearest":
        meaning = "Does not apply: weighting leaves no one out."
        return Check(name, None, None, "information", meaning)
    counts = np.bincount(solved.sample.arm, minlength=2)
    whole = int(counts[1] if setting.estimand == "att" else counts.sum())
    share = solved.unmatched / whole
    verdict: Verdict = "pass" if share < LOST else "concern" if share < 0.25 else "fail"
    reading = (
        "Hardly anyone was lost."
        if verdict == "pass"
        else "The estimate is of those matched only, who may differ from those asked about."
    )
    meaning = f"{solved.unmatched} of {whole} rows found no match ({share:.1%}). {reading}"
    return Check(name, share, None, verdict, meaning)


def estimator_choice(table: pd.DataFrame, solved: Solved) -> Check:
    """Return the check on how much the estimate depends on the way of adjusting."""
    name = "choice of estimator"
    skip = table["estimator"] == "difference of means"
    found = table[~skip & ~table["chosen"]].dropna(subset=["estimate"])
    if found.empty:
        meaning = "Not done: no other estimator gives a value on these rows."
        return Check(name, None, None, "information", meaning)
    low, high = float(found["estimate"].min()), float(found["estimate"].max())
    error = float(solved.leads["std_error"])
    furthest = max(abs(low - solved.value), abs(high - solved.value))
    turned = min(low, high, solved.value) * max(low, high, solved.value) < 0
    if turned and furthest > error:
        verdict, reading = "fail", "The sign turns with the way of adjusting."
    elif furthest > error:
        verdict, reading = "concern", "The estimate depends on the way of adjusting."
    else:
        verdict, reading = "pass", "The ways agree to within one standard error."
    meaning = (
        f"Adjusted for the same covariates in {len(found)} other ways, the estimate lies between "
        f"{low:.3g} and {high:.3g} (this one: {solved.value:.3g}). {reading} All of them rest on the "
        'same covariates; see the table "estimators".'
    )
    return Check(name, furthest, None, verdict, meaning)  # type: ignore[arg-type]


def few_units(solved: Solved, rule: str) -> Check:
    """Return the check on the number of independent units on either side."""
    name = "few clusters"
    named = solved.sample.cluster is not None
    unit = "clusters" if named else "rows"
    fewest = min(solved.sides)
    verdict: Verdict = "fail" if fewest < VERY_FEW else "concern" if fewest < FEW else "pass"
    meaning = (
        f"{solved.sides[0]} treated and {solved.sides[1]} comparison {unit}; what leads is: "
        f"{solved.leads['method']}. Rule: fewer than {VERY_FEW} on either side fails, fewer than "
        f"{FEW} is a concern. {rule}"
    )
    if not named:
        meaning += " No clusters are named, so every row counts as independent of the others."
    return Check(name, float(fewest), None, verdict, meaning)
