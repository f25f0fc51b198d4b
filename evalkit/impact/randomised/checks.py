"""What is looked at in every trial, and what was found, in words."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from evalkit.impact.checks import BINS, decision_grade, p_words
from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.randomised.attrition import Bounds
from evalkit.impact.randomised.compliers import STRONG, WEAK, Compliers
from evalkit.impact.randomised.evidence import IGNORES, MIXED_Z, RULE, Result
from evalkit.impact.randomised.trial import Trial

IMBALANCE = 0.25
"""A standardised difference at baseline beyond this is a concern (a common convention)."""
MUCH_LOST, MOST_LOST = 0.20, 0.50
FEW_CLUSTERS = 10
VERY_FEW = 4


def balance(trial: Trial, table: pd.DataFrame) -> Check:
    """Return the check on how alike the arms were at baseline."""
    name = "baseline balance"
    if not trial.x_names:
        meaning = "Not looked at: no baseline or covariate is named. Name those measured before."
        return Check(name, None, None, "information", meaning)
    mine = table[table["sample"] == "as analysed"].dropna(subset=["standardised"])
    if not len(mine):
        return Check(name, None, None, "information", "Not known: no covariate varies.")
    worst = mine.iloc[int(mine["standardised"].abs().to_numpy().argmax())]
    size = abs(float(worst["standardised"]))
    verdict: Verdict = "concern" if size > IMBALANCE else "pass"
    meaning = (
        f"Largest difference at baseline among those analysed: `{worst['covariate']}`, "
        f"{worst['standardised']:.2f} SD between `{worst['arm']}` and `{worst['reference']}` "
        f"(beyond {IMBALANCE} is a concern). Chance makes such differences even in a perfect trial; "
        "the p-values in the table ask only whether the drawing of lots was sound."
    )
    return Check(name, float(worst["standardised"]), None, verdict, meaning)


def attrition(
    table: pd.DataFrame, arm: str, gap: tuple[float, float], bounds: Bounds | None
) -> Check:
    """Return the check on who was lost after randomisation."""
    name = "attrition"
    lost = float(table["lost"].sum() / table["randomised"].sum())
    if lost == 0:
        meaning = "No one who was randomised is missing from the analysis."
        return Check(name, 0.0, None, "pass", meaning)
    difference, p = gap
    verdict: Verdict = "pass"
    if lost > MUCH_LOST or abs(difference) > 0.05 or p < 0.05:
        verdict = "concern"
    if lost > MOST_LOST or (bounds is not None and bounds.low < 0 < bounds.high and p < 0.05):
        verdict = "fail"
    between = (
        ""
        if bounds is None
        else f" Whatever those lost would have shown, as long as being in `{arm}` only made people "
        f"more (or only less) likely to be seen, the effect on those seen either way lies between "
        f"{bounds.low:.3g} and {bounds.high:.3g} (Lee bounds; `{bounds.trimmed}` trimmed by "
        f"{bounds.share:.1%})."
    )
    meaning = (
        f"{lost:.1%} of those randomised are not in the analysis; `{arm}` lost {difference:+.1%} "
        f"more than the reference arm (p = {p_words(p if math.isfinite(p) else None)}).{between} "
        f"Rule: more than {MUCH_LOST:.0%} lost, a gap of 5 points or p < 0.05 is a concern; more "
        f"than {MOST_LOST:.0%}, or a gap with bounds on both sides of zero, fails."
    )
    return Check(name, lost, p if math.isfinite(p) else None, verdict, meaning)


def randomisation(result: Result) -> tuple[Check, pd.DataFrame]:
    """Return the check by re-assignment, and the distribution of the estimate in bins."""
    name, found = "permutation", result.permuted
    if found is None:
        empty = pd.DataFrame({"low": [], "high": [], "share": []})
        meaning = f"Not done: {result.why_not_permuted}."
        return Check(name, None, None, "information", meaning), empty
    line = next(one for one in result.rows if one["method"].startswith("randomisation"))
    how = (
        f"in each of the {found.possible:,} ways there were"
        if found.exact
        else f"{len(found.b):,} times at random"
    )
    reading = (
        "Chance alone seldom makes so large a difference."
        if line["p_value"] < 0.05
        else "Chance alone makes such a difference often enough; this does not show that there was "
        "no effect."
    )
    meaning = (
        f"The lots were drawn again {how}, within strata and by cluster as in the trial; a share of "
        f"{line['p_value']:.3g} gave an estimate at least as far from zero. {reading}"
    )
    verdict: Verdict = "pass" if line["p_value"] < 0.05 else "concern"
    made = Check(name, float(line["estimate"]), float(line["p_value"]), verdict, meaning)
    return made, _bins(found.b[:, 0], float(line["estimate"]))


def _bins(draws: np.ndarray[tuple[int], np.dtype[np.float64]], value: float) -> pd.DataFrame:
    reach = max(float(np.abs(draws).max()), abs(value)) or 1.0
    counts, edges = np.histogram(draws, bins=BINS, range=(-reach, reach))
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "share": counts / len(draws)})


def few_clusters(trial: Trial, result: Result) -> Check:
    """Return the check on how many clusters stand behind the interval, with the printed rule."""
    name, leads = "few clusters", result.interval.method
    treated, control = trial.sides(result.arm)
    if not trial.clustered:
        meaning = (
            "No cluster is named, so every row counts as drawn alone; if whole schools or groups "
            f"were randomised, name them as `cluster`. What leads is: {leads}. {RULE}"
        )
        return Check(name, None, None, "information", meaning)
    fewest = min(treated, control)
    verdict: Verdict = (
        "fail" if fewest < VERY_FEW else "concern" if fewest < FEW_CLUSTERS else "pass"
    )
    mixed = trial.mixed_clusters()
    drawn = (
        "whole clusters were assigned"
        if not mixed
        else f"{mixed} of {trial.n_clusters} clusters hold more than one arm, so people within them "
        "were assigned"
        if not trial.by_cluster()
        else f"{mixed} of {trial.n_clusters} clusters hold more than one arm although most hold one: "
        "look whether some rows stand under the arm they moved to, not the one they were drawn for"
    )
    if mixed and trial.by_cluster() and verdict == "pass":
        verdict = "concern"
    meaning = (
        f"{treated} clusters in the arm and {control} in the reference arm; {drawn}. What leads is: "
        f"{leads}. Fewer than {VERY_FEW} on either side fails, fewer than {FEW_CLUSTERS} is a "
        f"concern. {RULE}"
    )
    return Check(name, float(fewest), None, verdict, meaning)


def grade(trial: Trial, arm: int) -> Check:
    """Return whether the clusters, or the people, are enough for a decision to rest on them."""
    treated, control = trial.sides(arm)
    made = decision_grade(treated, control)
    if trial.clustered or made.verdict == "fail":
        return made
    return replace(made, meaning=f"{treated} and {control} people (rows) were compared.")


def methods_agree(result: Result, level: float) -> Check:
    """Return whether the verdict would turn with another method of the table."""
    name = "methods of inference"
    known = [one for one in result.rows if np.isfinite(one["p_value"])]
    if not known or result.p_value is None:
        return Check(name, None, None, "information", "Not known: no method gives a p-value.")
    sound = [one for one in known if IGNORES not in one["method"] and one["method"] != MIXED_Z]
    alpha = 1 - level
    sides = {one["p_value"] < alpha for one in sound}
    p = [one["p_value"] for one in known]
    meaning = f"p runs from {min(p):.2g} to {max(p):.2g} over {len(p)} methods"
    if len(sides) > 1:
        meaning += (
            f", and even methods that heed the design fall on both sides of {alpha:.2g}: the "
            "evidence is near the line, and no single p-value should carry the decision."
        )
        return Check(name, result.p_value, None, "concern", meaning)
    wrong = {one["p_value"] < alpha for one in known} - sides
    if wrong:
        meaning += (
            "; only methods that ignore clusters or small numbers say otherwise than the rest."
        )
    else:
        meaning += f", all on the same side of {alpha:.2g}."
    return Check(name, result.p_value, None, "pass", meaning)


def clustering(trial: Trial, share: float, size: float) -> Check:
    """Return the intracluster correlation of the outcome and what it does to the sample."""
    name = "intracluster correlation"
    if not trial.clustered:
        meaning = "Does not apply: no cluster is named."
        return Check(name, None, None, "information", meaning)
    if not math.isfinite(share):
        return Check(name, None, None, "information", "Not known: hardly any cluster has two rows.")
    inflation = 1 + (size - 1) * share
    meaning = (
        f"{share:.2f} of the variance of `{trial.roles.outcome}` lies between clusters, arms and "
        f"covariates not taken out. With {size:.0f} rows a cluster, {trial.n} rows of whole clusters "
        f"tell about as much as {trial.n / inflation:.0f} rows drawn one by one."
    )
    return Check(name, share, None, "information", meaning)


def adjustment(value: float, plain: float, std_error: float, *, adjusted: bool) -> Check:
    """Return how far the covariates moved the estimate."""
    name = "covariate adjustment"
    if not adjusted:
        meaning = "Does not apply: the estimate is not adjusted for covariates."
        return Check(name, None, None, "information", meaning)
    moved = (value - plain) / std_error if std_error > 0 else 0.0
    verdict: Verdict = "concern" if abs(moved) > 1 or value * plain < 0 else "pass"
    meaning = (
        f"Without the covariates, on the same rows, the difference is {plain:.3g}; with them "
        f"{value:.3g}, {abs(moved):.1f} standard errors apart. "
        + (
            "That is a lot for a trial: look at the balance at baseline and at who was lost."
            if verdict == "concern"
            else "The conclusion does not hang on them."
        )
    )
    return Check(name, plain, None, verdict, meaning)


def instrument(found: Compliers | str, received: str | None) -> Check:
    """Return the strength of assignment as an instrument for what was received."""
    name = "uptake"
    if received is None:
        meaning = (
            "Not looked at: `received` is not named, so only the effect of assignment is known."
        )
        return Check(name, None, None, "information", meaning)
    if isinstance(found, str):
        return Check(name, None, None, "fail", f"No complier effect: {found}.")
    verdict: Verdict = "fail" if found.f < WEAK else "concern" if found.f < STRONG else "pass"
    leads = next(one for one in found.rows if one["leads"])
    odd = " It is not one interval: some values inside are refused as well." if found.split else ""
    meaning = (
        f"Assignment changed `{received}` by {found.first_stage:.3g} ({_f_words(found.f)}). "
        f"From F = {STRONG} the usual interval holds; below, the Anderson-Rubin set leads, and below "
        f"{WEAK:.0f} assignment hardly moved what people received. What leads for compliers is: "
        f"{leads['method']}, {leads['estimate']:.3g} ({leads['low']:.3g} to {leads['high']:.3g}).{odd}"
    )
    f = found.f if math.isfinite(found.f) else None
    return Check(name, f, None, verdict, meaning)


def _f_words(f: float) -> str:
    return f"F = {f:.1f}, robust" if math.isfinite(f) else "for everyone alike"


def strata(trial: Trial, useful: int, count: int, even: float | None, result: Result) -> Check:
    """Return how many strata compare arms, and what other weights for them would give."""
    name = "strata"
    if not trial.roles.strata:
        return Check(name, None, None, "information", "Does not apply: no strata are named.")
    meaning = f"{useful} of {count} strata hold the arms that are compared; the others say nothing."
    if even is None:
        return Check(name, None, None, "information", meaning)
    moved = abs(even - result.value) / result.std_error if result.std_error > 0 else 0.0
    verdict: Verdict = "concern" if moved > 1 else "pass"
    meaning += (
        f" Weighted by their size alone (Lin), the strata give {even:.3g} instead of "
        f"{result.value:.3g}."
    )
    return Check(name, even, None, verdict, meaning)


def family(table: pd.DataFrame, level: float) -> Check:
    """Return how many arms stand out once the number of arms is allowed for."""
    name = "several arms"
    if len(table) < 2:
        meaning = "Does not apply: one arm is compared with the reference arm."
        return Check(name, None, None, "information", meaning)
    found = table[table["p_holm"] < 1 - level]
    names = ", ".join(f"`{one}`" for one in found["arm"]) or "none"
    smallest = table["p_holm"].min()
    meaning = (
        f"{len(table)} arms are compared with `{table['reference'].iloc[0]}`; allowing for their "
        f"number (Holm; Westfall-Young beside it), those that differ from it: {names}. "
        "Arms that do not stand out are not thereby shown to have no effect."
    )
    p = float(smallest) if np.isfinite(smallest) else None
    return Check(name, float(len(found)), p, "information", meaning)
