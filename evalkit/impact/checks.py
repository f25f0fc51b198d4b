"""Diagnostics of the panel designs: each says what was tried and what came out, in words."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.event_study import grade, ratio_of
from evalkit.impact.inference import (
    FEW,
    RULE,
    Evidence,
    detectable,
    infer,
    interval_of,
    known,
    sides_of,
)
from evalkit.impact.least_squares import Floats
from evalkit.impact.panel import NEVER, Panel
from evalkit.impact.two_way import (
    Effects,
    Model,
    Paths,
    build,
    paths_for,
    without_singletons,
)

BINS = 41
DECISION_GRADE = 6
"""Fewer clusters an arm than this: not decision-grade, whatever the interval."""
VERY_FEW = 4
"""Fewer treated or comparison clusters than this: the check fails."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a check re-estimates: the same effects, level and seed as the estimate it checks."""

    effects: Effects
    level: float
    seed: int

    def again(self, panel: Panel) -> Evidence:
        """Estimate again on another panel, without the slower methods."""
        kept, _ = without_singletons(panel, self.effects)
        return evidence_of(build(kept, self.effects), self.level, self.seed, quick=True)


def evidence_of(model: Model, level: float, seed: int, *, quick: bool = False) -> Evidence:
    """Return the evidence on a model; only CR1 where its effects were swept out."""
    found = infer(model, paths_for(model), level=level, seed=seed, quick=quick or bool(model.swept))
    if not model.swept:
        return found
    leads = {**found.rows[0], "leads": True}
    return replace(
        found,
        rows=(leads,),
        interval=interval_of(leads, level),
        p_value=known(leads["p_value"]),
        detectable=detectable(leads, None, found.value, level),
    )


def placebo_date(panel: Panel, value: float, setting: Setting) -> Check:
    """Pretend that treatment began earlier, using only periods before it did."""
    name = "placebo date"
    moved = _moved_back(panel)
    if isinstance(moved, str):
        return Check(name, None, None, "information", f"Not done: {moved}.")
    earlier, shift = moved
    try:
        found = setting.again(earlier)
    except DesignError as error:
        return Check(name, None, None, "information", f"Not done: {error.wrong}")
    ratio = ratio_of(found.value, value)
    verdict, reading = grade(found.p_value, ratio)
    meaning = (
        f"With periods before the start only, and the start set {shift} "
        f"{'period' if shift == 1 else 'periods'} earlier, the same method gives {found.value:.3g} "
        f"(p = {p_words(found.p_value)}, {found.interval.method}), {ratio:.0%} of the estimate. {reading}"
    )
    return Check(name, found.value, found.p_value, verdict, meaning)


def _moved_back(panel: Panel) -> tuple[Panel, int] | str:
    if panel.first is None:
        return "the treatment is a dose, or has lags, and so no one date of start"
    starts = np.unique(panel.first[panel.first < NEVER])
    present = np.unique(panel.time)
    before = {int(g): int((present < g).sum()) for g in starts}
    usable = [g for g, count in before.items() if count >= 2]
    if not usable:
        return "fewer than two periods before the start are seen"
    shift = (min(before[g] for g in usable) + 1) // 2
    kept = panel.keep((panel.time < panel.first) & np.isin(panel.first, [*usable, NEVER]))
    if kept.first is None or len(np.unique(kept.time)) < 2:
        return "fewer than two periods before the start are seen"
    first = np.where(kept.first < NEVER, kept.first - shift, NEVER)
    return replace(kept, first=first, d=(kept.time >= first).astype(float)), shift


def p_words(p_value: float | None) -> str:
    """Return a p-value to three digits, or that it is not known."""
    return "not known" if p_value is None else f"{p_value:.3g}"


def comparison_group(panel: Panel, evidence: Evidence, setting: Setting) -> Check:
    """Estimate again with the half of the comparison units that began nearest to the treated."""
    name = "comparison group"
    nearest = _nearest_half(panel)
    if isinstance(nearest, str):
        return Check(name, None, None, "information", f"Not done: {nearest}.")
    try:
        found = setting.again(panel.keep(nearest[0]))
    except DesignError as error:
        return Check(name, None, None, "information", f"Not done: {error.wrong}")
    verdict, reading = moved_verdict(evidence.value, found.value)
    meaning = (
        f"Against the {nearest[1]} comparison units whose outcome before the start was nearest to "
        f"that of the treated (half of {nearest[2]}), the estimate is {found.value:.3g} "
        f"({found.interval.low:.3g} to {found.interval.high:.3g}, p = {p_words(found.p_value)}) instead "
        f"of {evidence.value:.3g}. {reading}"
    )
    return Check(name, found.value, found.p_value, verdict, meaning)


def moved_verdict(value: float, other: float) -> tuple[Verdict, str]:
    """Return the verdict on an estimate that was made again with other comparison units."""
    if value * other < 0:
        return "fail", "The sign turns with the comparison group."
    if abs(other - value) > 0.25 * abs(value):
        return "concern", "The estimate depends on whom the treated are compared with."
    return "pass", "The estimate hardly depends on this choice."


def _nearest_half(
    panel: Panel,
) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], int, int] | str:
    if panel.first is None:
        return "the treatment is a dose, or has lags, so no units are a plain comparison group"
    groups = panel.unit if panel.roles.unit else panel.cluster
    if panel.roles.unit is None and panel.roles.cluster is None:
        return "rows are not followed over time and no clusters are named"
    treated = panel.first < NEVER
    if not treated.any():
        return "no unit is treated"
    early = panel.time < panel.first[treated].min()
    count = int(groups.max()) + 1
    rows = np.bincount(groups[early], minlength=count)
    means = np.bincount(groups[early], weights=panel.y[early], minlength=count) / np.maximum(
        rows, 1
    )
    is_treated = np.zeros(count, dtype=bool)
    is_treated[groups[treated]] = True
    pool = np.flatnonzero(~is_treated & (rows > 0))
    seen = is_treated & (rows > 0)
    if len(pool) < 2 * VERY_FEW or not seen.any():
        return f"there are only {len(pool)} comparison units to choose from"
    distance = np.abs(means[pool] - means[seen].mean())
    chosen = pool[np.lexsort((means[pool], distance))][: (len(pool) + 1) // 2]
    keep = is_treated.copy()
    keep[chosen] = True
    return keep[groups], len(chosen), len(pool)


def permutation(evidence: Evidence) -> tuple[Check, pd.DataFrame]:
    """Return the permutation check, and the distribution of the estimate in bins."""
    name = "permutation"
    found = evidence.permuted
    if found is None:
        meaning = f"Not done: {evidence.why_not_permuted}."
        return Check(name, None, None, "information", meaning), pd.DataFrame(
            {"low": [], "high": [], "share": []}
        )
    p = next(one["p_value"] for one in evidence.rows if one["method"].startswith("permutation"))
    how = (
        f"each of the {found.possible} possible assignments"
        if found.exact
        else f"{len(found.b):,} assignments drawn at random"
    )
    verdict: Verdict = "pass" if p < 0.05 else "concern"
    reading = (
        "So large an estimate seldom arises when treatment is given to other clusters."
        if p < 0.05
        else "Estimates as large as this arise often enough when treatment is given to other "
        "clusters that chance cannot be ruled out; this does not show that there was no effect."
    )
    meaning = (
        f"Treatment was re-assigned among the clusters ({how}); a share of {p:.3g} gave an "
        f"estimate at least as far from zero. {reading}"
    )
    return Check(name, evidence.value, p, verdict, meaning), _bins(found.b[:, 0], evidence.value)


def _bins(draws: Floats, value: float) -> pd.DataFrame:
    """Return the share of estimates in each of `BINS` bins that are even around zero."""
    reach = max(float(np.abs(draws).max()), abs(value)) or 1.0
    counts, edges = np.histogram(draws, bins=BINS, range=(-reach, reach))
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "share": counts / len(draws)})


def few_treated(model: Model, paths: Paths | str, leads: str) -> Check:
    """Return the check on the number of clusters on either side."""
    treated, comparison = sides_of(model, paths)
    fewest = min(treated, comparison)
    verdict: Verdict = "fail" if fewest < VERY_FEW else "concern" if fewest < FEW else "pass"
    grouped = model.panel.roles.unit is None and model.panel.roles.cluster is None
    if grouped:
        verdict = "concern"
    reading = (
        "No cluster is named, so every row counts as independent although treatment was given to "
        "a whole group; the interval is likely to be too narrow."
        if grouped
        else f"Rule: fewer than {VERY_FEW} on either side fails, fewer than {FEW} is a concern."
    )
    meaning = (
        f"{treated} treated and {comparison} comparison clusters; what leads is: {leads}. {reading}"
    )
    return Check("few treated clusters", float(treated), None, verdict, f"{meaning} {RULE}")


def decision_grade(treated: int, comparison: int) -> Check:
    """Return the verdict on whether the clusters are enough for a decision to rest on them."""
    fewest = min(treated, comparison)
    if fewest >= DECISION_GRADE:
        meaning = f"At least {DECISION_GRADE} clusters on either side ({treated} and {comparison})."
        return Check("decision grade", float(fewest), None, "pass", meaning)
    meaning = (
        f"Not decision-grade: {treated} treated and {comparison} comparison clusters, and with fewer "
        f"than {DECISION_GRADE} on a side no method tells an effect from the difference between "
        "particular places. Read it with the other evidence, never alone."
    )
    return Check("decision grade", float(fewest), None, "fail", meaning)


def serial_correlation(model: Model) -> Check:
    """Return the correlation of residuals from one period to the next, for information."""
    name, panel = "serial correlation", model.panel
    if panel.roles.unit is None:
        meaning = "Not computed: units are not followed over time."
        return Check(name, None, None, "information", meaning)
    correlation = _lag_one(model.residuals(), panel)
    if correlation is None:
        meaning = "Not computed: hardly any unit is seen in two periods that follow each other."
        return Check(name, None, None, "information", meaning)
    periods = len(np.unique(panel.time))
    meaning = (
        f"Residuals of a unit in periods that follow each other correlate at {correlation:.2f}"
        + (
            f"; fixed effects alone make about {-1 / (periods - 1):.2f} of it"
            if model.units is not None
            else ""
        )
        + ". All intervals allow for any such correlation within clusters."
    )
    return Check(name, correlation, None, "information", meaning)


def _lag_one(residuals: Floats, panel: Panel) -> float | None:
    follows = (panel.unit[1:] == panel.unit[:-1]) & (panel.time[1:] == panel.time[:-1] + 1)
    before, after = residuals[:-1][follows], residuals[1:][follows]
    if follows.sum() < 3 or before.std() == 0 or after.std() == 0:
        return None
    return float(np.corrcoef(before, after)[0, 1])


def smallest_detectable(effect: float, method: str, level: float, margin: float | None) -> Check:
    """Return the smallest effect found with 80% power, against the smallest that matters."""
    name = "smallest detectable effect"
    if not np.isfinite(effect):
        meaning = f"Not known: {method} gives no standard error here."
        return Check(name, None, None, "information", meaning)
    meaning = (
        f"A true effect would have to be about {effect:.3g} (in the outcome's own units) to be "
        f"found in four of five such studies ({method}, level {level:g})."
    )
    if margin is None:
        return Check(name, effect, None, "information", meaning)
    blind = effect > abs(margin)
    reading = (
        f" The smallest change that matters is {abs(margin):.3g}: an effect of that size could "
        "have gone unseen."
        if blind
        else f" That is no more than the smallest change that matters, {abs(margin):.3g}."
    )
    return Check(name, effect, None, "concern" if blind else "pass", meaning + reading)


def staggered_start(panel: Panel) -> Check | None:
    """Return a warning when units start at different times, which two-way effects mix badly."""
    if panel.first is None or len(np.unique(panel.first[panel.first < NEVER])) < 2:
        return None
    return Check(
        "staggered start",
        None,
        None,
        "concern",
        "Units start at different times, so units already treated serve as comparison for later "
        "ones; if effects grow or differ, the average can even have the wrong sign "
        "(Goodman-Bacon 2021). The design `staggered_adoption` avoids this.",
    )
