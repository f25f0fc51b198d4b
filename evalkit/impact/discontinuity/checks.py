"""Checks of a discontinuity design: each says what was tried and what it means, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.checks import p_words
from evalkit.impact.discontinuity.bandwidth import Bandwidths, Pair, Settings
from evalkit.impact.discontinuity.density import density_test
from evalkit.impact.discontinuity.evidence import Evidence, best_error
from evalkit.impact.discontinuity.local_polynomial import kernel
from evalkit.impact.discontinuity.local_randomisation import LocalTrial
from evalkit.impact.discontinuity.robust import Effect, estimate
from evalkit.impact.discontinuity.sample import Sample
from evalkit.impact.discontinuity.weak import WEAK
from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.least_squares import Floats
from evalkit.impact.several import holm

FEWEST = 20
"""Fewer rows within the bandwidth on a side than this: a concern; half of it fails."""
QUANTILES = (0.25, 0.5, 0.75)
LEAST_PLACEBO = 25
MULTIPLES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
HOLES = (0.02, 0.05, 0.1, 0.2)
"""Holes of the donut, as shares of the bandwidth."""


@dataclass(frozen=True, slots=True)
class Again:
    """One re-estimate: where, value, robust interval, p-value, rows."""

    where: float
    value: float
    low: float
    high: float
    p_value: float
    rows_below: int
    rows_above: int
    h: Pair


def again(
    sample: Sample, settings: Settings, bands: Bandwidths | None, where: float, level: float
) -> Again | str:
    """Estimate once more; the reason where it cannot be."""
    try:
        effect = estimate(sample, settings, bands)
    except DesignError as refused:
        return refused.wrong
    value, error, df = effect.corrected, *best_error(sample, settings, effect)[:2]
    low, high, p = _interval(value, error, df, level)
    rows = rows_within(sample, settings.kernel, effect.bands.h)
    return Again(where, effect.value, low, high, p, *rows, effect.bands.h)


def _interval(value: float, error: float, df: float, level: float) -> tuple[float, float, float]:
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    if not error > 0 or math.isnan(df):
        return math.nan, math.nan, math.nan
    normal, tail, far = math.isinf(df), 0.5 + level / 2, -abs(value) / error
    reach = float(ndtri(tail) if normal else stdtrit(df, tail)) * error
    return value - reach, value + reach, 2 * float(ndtr(far) if normal else stdtr(df, far))


def rows_within(sample: Sample, name: str, h: Pair) -> tuple[int, int]:
    """Return the rows to which the kernel gives weight, below and above the cutoff."""
    inside = [
        int((kernel(side.x / width, name) > 0).sum())
        for side, width in zip(sample.sides(), h, strict=True)
    ]
    return inside[0], inside[1]


def effective_rows(sample: Sample, settings: Settings, h: Pair) -> Check:
    """Say how many rows the estimate rests on."""
    low, high = rows_within(sample, settings.kernel, h)
    fewest = min(low, high)
    verdict: Verdict = "fail" if fewest < FEWEST / 2 else "concern" if fewest < FEWEST else "pass"
    meaning = (
        f"{low} rows below and {high} above the cutoff lie within the bandwidth ({h[0]:.4g} and "
        f"{h[1]:.4g}); the estimate rests on these. Rule: fewer than {FEWEST} on a side is a concern, "
        f"fewer than {FEWEST // 2} fails."
    )
    return Check("effective sample", float(fewest), None, verdict, meaning)


def density(every: Floats, sample: Sample, h: Pair | None) -> Check:
    """Test whether the running variable bunches on one side of the cutoff."""
    name = "density"
    sides = (every[every < 0], every[every >= 0])
    if min(len(np.unique(one)) for one in sides) < 2 * FEWEST:
        meaning = (
            f"Not tested: one side has fewer than {2 * FEWEST} different values of the running "
            "variable, and a density needs more. Compare the counts next to the cutoff by eye."
        )
        return Check(name, None, None, "information", meaning)
    turned = every if sample.sign > 0 else -every[::-1]
    pair = h if h is None or sample.sign > 0 else (h[1], h[0])
    found = density_test(turned, pair)
    verdict: Verdict = (
        "information"
        if math.isnan(found.statistic)
        else "fail"
        if found.p_value < 0.01
        else "concern"
        if found.p_value < 0.05
        else "pass"
    )
    reading = (
        "Units seem to have been sorted around the cutoff, so those on its two sides may differ in "
        "other ways too."
        if found.p_value < 0.05
        else "No sorting was seen; sorting in both directions at once would not be."
    )
    first, second = (found.h, found.rows)
    if sample.sign < 0:
        first, second = first[::-1], second[::-1]
    statistic = found.statistic * sample.sign
    meaning = (
        f"Whether the density of `{sample.roles.running}` jumps at the cutoff (Cattaneo, Jansson and Ma "
        f"2020; weights are not used): T = {statistic:.4g}, p = {found.p_value:.3g}, bandwidths "
        f"{first[0]:.4g} and {first[1]:.4g} with {second[0]} and {second[1]} rows. {reading}"
    )
    return Check(name, statistic, found.p_value, verdict, meaning)


def placebo_cutoffs(sample: Sample, settings: Settings, level: float) -> tuple[Check, pd.DataFrame]:
    """Look for effects at cutoffs where there is none, each on one side of the true cutoff."""
    name, found = "placebo cutoffs", []
    outcome = sample.with_outcome(sample.y) if sample.fuzzy else sample
    for side in (~sample.upper, sample.upper):
        part = outcome.keep(side)
        for at in np.unique(np.quantile(part.x, QUANTILES)):
            moved = part.at(float(at))
            if min(int(moved.upper.sum()), int((~moved.upper).sum())) < LEAST_PLACEBO:
                continue
            one = again(moved, settings, None, float(at) + sample.roles.cutoff, level)
            if isinstance(one, Again) and np.isfinite(one.p_value):
                found.append(one)
    table = frame_of(found, "cutoff")
    if not found:
        meaning = (
            "Not done: no side has enough rows, or different values, to be split at another cutoff."
        )
        return Check(name, None, None, "information", meaning), table
    smallest = float(holm(np.array([one.p_value for one in found])).min())
    verdict: Verdict = "concern" if smallest < 0.05 else "pass"
    reading = (
        "A jump where nothing happens: the polynomial does not follow the outcome well there, or "
        "other things jump as well."
        if smallest < 0.05
        else "None was found, as it should be."
    )
    meaning = (
        f"The same method at {len(found)} cutoffs where treatment does not change (quartiles of each "
        f"side, one side at a time): smallest Holm p = {smallest:.3g}. {reading}"
    )
    return Check(name, None, float(smallest), verdict, meaning), table


def covariate_balance(
    sample: Sample, settings: Settings, level: float
) -> tuple[Check, pd.DataFrame]:
    """Look for jumps in what treatment cannot have changed: the covariates as placebo outcomes."""
    name, rows = "placebo outcomes", []
    first = 2 if sample.fuzzy else 1
    for place, covariate in enumerate(sample.roles.covariates):
        values = sample.d[:, first + place]
        if np.ptp(values) == 0:
            continue
        one = again(sample.with_outcome(values), settings, None, math.nan, level)
        if isinstance(one, Again):
            rows.append((covariate, one))
    table = frame_of([one for _, one in rows], "cutoff").drop(columns="cutoff")
    table.insert(0, "covariate", [label for label, _ in rows])
    known = [(label, one) for label, one in rows if np.isfinite(one.p_value)]
    if not known:
        meaning = "Not done: no covariates were named; name measures taken before treatment."
        return Check(name, None, None, "information", meaning), table
    adjusted = holm(np.array([one.p_value for _, one in known]))
    smallest = float(adjusted.min())
    jumping = [f"`{known[i][0]}`" for i, p in enumerate(adjusted) if p < 0.05]
    verdict: Verdict = "fail" if smallest < 0.01 else "concern" if jumping else "pass"
    reading = (
        f"Jumps in {', '.join(jumping)}: the two sides differ in more than the treatment."
        if jumping
        else "None was found, which does not show that nothing else jumps."
    )
    meaning = (
        f"Each of {len(known)} covariates as if it were the outcome: smallest Holm p = "
        f"{smallest:.3g}. {reading}"
    )
    return Check(name, None, smallest, verdict, meaning), table


def donut(
    sample: Sample, settings: Settings, effect: Effect, level: float
) -> tuple[Check, pd.DataFrame]:
    """Estimate again without the rows nearest to the cutoff, bandwidths unchanged."""
    name, found = "donut", []
    for share in HOLES:
        hole = share * min(effect.bands.h)
        left = sample.keep(np.abs(sample.x) >= hole)
        one = again(left, settings, effect.bands, hole, level)
        if isinstance(one, Again) and min(one.rows_below, one.rows_above) >= FEWEST / 2:
            found.append(one)
    table = frame_of(found, "hole")
    return _stability(name, effect, found, "leaving out the rows nearest to the cutoff"), table


def bandwidths(
    sample: Sample, settings: Settings, effect: Effect, level: float
) -> tuple[Check, pd.DataFrame]:
    """Estimate again with narrower and wider bandwidths, from half to twice."""
    found = []
    for times in MULTIPLES:
        h = (effect.bands.h[0] * times, effect.bands.h[1] * times)
        b = (effect.bands.b[0] * times, effect.bands.b[1] * times)
        one = again(sample, settings, Bandwidths(h, b), times, level)
        if isinstance(one, Again):
            found.append(one)
    table = frame_of(found, "times")
    table.insert(1, "bandwidth_below", [one.h[0] for one in found])
    table.insert(2, "bandwidth_above", [one.h[1] for one in found])
    near = [one for one in found if 0.5 <= one.where <= 1.5 and one.where != 1.0]
    return _stability("bandwidth", effect, near, "bandwidths from half to one and a half"), table


def _stability(name: str, effect: Effect, found: list[Again], what: str) -> Check:
    if not found:
        meaning = f"Not done: too few rows are left for {what}."
        return Check(name, None, None, "information", meaning)
    far = max(found, key=lambda one: abs(one.value - effect.value))
    gap, error = abs(far.value - effect.value), effect.robust.std_error
    turned = any(one.value * effect.value < 0 for one in found) and gap > error
    verdict: Verdict = "fail" if turned else "concern" if gap > error else "pass"
    reading = (
        "The sign turns with this choice."
        if turned
        else "The estimate depends on this choice."
        if gap > error
        else "The estimate hardly depends on this choice (it moves by less than its error)."
    )
    values = [one.value for one in found]
    meaning = (
        f"With {what} ({len(found)} estimates), the estimate runs from {min(values):.3g} to "
        f"{max(values):.3g} instead of {effect.value:.3g}. {reading}"
    )
    return Check(name, far.value, None, verdict, meaning)


def frame_of(found: list[Again], where: str) -> pd.DataFrame:
    """Return re-estimates as a table."""
    columns = [where, "estimate", "low", "high", "p_value", "rows_below", "rows_above"]
    rows = [
        (one.where, one.value, one.low, one.high, one.p_value, one.rows_below, one.rows_above)
        for one in found
    ]
    return pd.DataFrame(rows, columns=columns)


def mass_points(evidence: Evidence, name: str) -> Check:
    """Say whether the running variable is discrete, and what follows."""
    held = evidence.held
    share = 1 - sum(held.different) / sum(held.rows)
    counts = (
        f"`{name}` has {held.different[0]} different values below and {held.different[1]} above the "
        f"cutoff ({sum(held.rows)} rows), {held.within[0]} and {held.within[1]} within the bandwidth."
    )
    if not held.massed:
        meaning = f"{counts} Few repeat: it can be taken as continuous."
        return Check("mass points", share, None, "pass", meaning)
    honest_one = evidence.honest
    if honest_one is None:
        then = (
            "The honest interval for discrete values is built for sharp jumps only; read with care."
        )
    else:
        then = (
            "The honest interval (Kolesar and Rothe 2018) and local randomisation stand in the table "
            f"of inference; it takes the second derivative as at most {honest_one.curvature:.3g}, so "
            f"the bias is at most {honest_one.worst_bias:.3g}."
        )
    leads = (
        " It leads, for the usual interval needs values close to the cutoff."
        if (evidence.leads["method"].startswith("honest"))
        else ""
    )
    return Check("mass points", share, None, "concern", f"{counts} Values repeat. {then}{leads}")


def first_stage(sample: Sample, evidence: Evidence) -> Check:
    """Say how much treatment received changes at the cutoff, and what a weak change means."""
    name = "first stage"
    if not sample.fuzzy or evidence.ar is None:
        meaning = (
            "Not computed: the design is sharp, every row on the treated side counts as treated. "
            "Name `received` where that is not so."
        )
        return Check(name, None, None, "information", meaning)
    effect, f, ar = evidence.effect, evidence.first_stage, evidence.ar
    verdict: Verdict = "pass" if f >= WEAK else "fail" if f < 4 else "concern"
    shape = {
        "interval": f"from {ar.low:.3g} to {ar.high:.3g}",
        "two rays": f"everything but {ar.gap[0]:.3g} to {ar.gap[1]:.3g}",
        "line": "every number: the data say nothing on the effect of treatment received",
    }[ar.shape]
    reading = (
        "The jump is clear enough."
        if f >= WEAK
        else f"That is weak (F below {WEAK:g}); the Anderson-Rubin set, right however weak, leads."
    )
    counted = "infinite" if math.isinf(f) else f"{f:.4g}"
    meaning = (
        f"`{sample.roles.received}` changes by {effect.first:.3g} at the cutoff (bias-corrected), "
        f"F = {counted}. {reading} The Anderson-Rubin set holds {shape}."
    )
    return Check(name, None if math.isinf(f) else f, None, verdict, meaning)


def randomised_window(local: LocalTrial | str, evidence: Evidence) -> Check:
    """Say what treating the rows nearest to the cutoff as randomised gives."""
    name = "local randomisation"
    if isinstance(local, str):
        return Check(name, None, None, "information", f"Not done: {local}.")
    unbalanced = "not balanced" in local.chosen_by
    apart = local.value * evidence.effect.value < 0 and local.p_value < 0.05
    verdict: Verdict = "concern" if unbalanced or apart else "information"
    reading = (
        "It points the other way than the main estimate."
        if apart
        else "Outcomes that slope within the window bias it; it answers for the window, not the cutoff."
    )
    what = (
        "Of being on the treated side (not of treatment received): "
        if evidence.ar is not None
        else ""
    )
    meaning = (
        f"{what}within {local.window:.4g} of the cutoff ({local.rows[0]} comparison and "
        f"{local.rows[1]} treated rows; window by {local.chosen_by}), as if the side were drawn at "
        f"random: {local.value:.3g} (from {local.low:.3g} to {local.high:.3g}, permutation p = "
        f"{p_words(local.p_value)}; clusters and weights not used). {reading}"
    )
    return Check(name, local.value, local.p_value, verdict, meaning[:1].upper() + meaning[1:])
