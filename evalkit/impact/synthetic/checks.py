"""Diagnostics of a synthetic control: what was tried, what came out, what it means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evalkit.impact.checks import moved_verdict, p_words
from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.event_study import grade, ratio_of
from evalkit.impact.synthetic.course import Target, average, donors_alone, follow
from evalkit.impact.synthetic.evidence import MOST_ALONE, RULE, Evidence, Fitted
from evalkit.impact.synthetic.placebo import average_gap_test, draw, floor_of, rmspe
from evalkit.impact.synthetic.synthetic_did import synthetic_did

GOOD, POOR = 0.15, 0.35
"""Error before the start, in SD between donors: up to which it is good, from which it is poor."""
FEW_DONORS = 10
MOST_LEFT_OUT = 30


def pre_period_fit(fitted: Fitted) -> Check:
    """Compare the gaps before the start with how donors differ."""
    before = fitted.method.before
    spread = float(fitted.sample.donors[:before].std(axis=1, ddof=1).mean())
    gaps = np.array([one.gap for one in fitted.courses])
    if fitted.method.estimator == "synthetic_did":
        gaps = gaps - gaps[:, :before].mean(axis=1)[:, None]
    errors = rmspe(gaps, before)
    worst = float(errors.max())
    ratio = worst / spread if spread > 0 else 0.0 if worst == 0 else np.inf
    verdict: Verdict = "pass" if ratio <= GOOD else "concern" if ratio <= POOR else "fail"
    whole = fitted.whole
    plain = float(rmspe(whole.y - whole.donors.mean(axis=1), before))
    which = "The worst" if len(errors) > 1 else "The"
    reading = {
        "pass": "The treated are followed well before the start; that alone does not make the "
        "later gap an effect.",
        "concern": "The treated are followed only roughly; part of the later gap may be the same misfit.",
        "fail": "The treated are not followed before the start, so the gap after it is no measure "
        "of the effect. Try other donors, or `estimator: augmented` or `synthetic_did`.",
    }[verdict]
    many = (
        f" There are {before} periods for {whole.donors.shape[1]} donors: so close a fit can be chance."
        if ratio < 1e-3 and before < whole.donors.shape[1]
        else ""
    )
    if many and verdict == "pass":
        verdict = "concern"
    meaning = (
        f"{which} root mean squared gap in the {before} periods before the start is {worst:.4g}, "
        f"{ratio:.2f} of the SD between donors (up to {GOOD} passes, beyond {POOR} fails); the plain "
        f"mean of the donors would be off by {plain:.4g}. {reading}{many}"
    )
    return Check("pre-period fit", ratio, None, verdict, meaning)


def convex_hull(fitted: Fitted) -> Check:
    """Look whether the treated lie within the donors before the start."""
    before, sample = fitted.method.before, fitted.sample
    early, own = sample.donors[:before], sample.treated[:before]
    outside = (own < early.min(axis=1)[:, None]) | (own > early.max(axis=1)[:, None])
    share = float(outside.mean(axis=0).max())
    x = sample.x_donors
    beyond = [
        one.label
        for one, row, low, high in zip(
            sample.predictors, sample.x_treated, x.min(axis=1), x.max(axis=1), strict=True
        )
        if ((row < low) | (row > high)).any()
    ]
    verdict: Verdict = "fail" if share > 0.5 else "concern" if share > 0 or beyond else "pass"
    if fitted.method.estimator == "synthetic_did":
        verdict = "information"
    meaning = (
        f"The outcome of the treated lies above or below that of every donor in {share:.0%} of the "
        "periods before the start"
        + (f", and so do these predictors: {', '.join(beyond)}" if beyond else "")
        + ". "
    )
    negative = max(float(-one.weights[one.weights < 0].sum()) for one in fitted.courses)
    if fitted.method.estimator == "augmented":
        meaning += (
            f"The ridge correction gives negative weights that add up to {negative:.3g}: so far it "
            "extrapolates beyond the donors."
        )
        verdict = "concern" if negative > 0.5 and verdict == "pass" else verdict
    elif fitted.method.estimator == "synthetic_did":
        meaning += "Synthetic DiD compares changes, so levels need not lie within the donors."
    elif verdict == "pass":
        meaning += "The synthetic course interpolates between donors, period by period."
    else:
        meaning += "No weighted average of donors can reach that: the comparison extrapolates."
    return Check("convex hull", share, None, verdict, meaning)


def weights(fitted: Fitted) -> Check:
    """Say how many donors carry the estimate, and whether other weights fit as well."""
    courses = fitted.courses
    effective = min(float(1 / (one.weights**2).sum()) for one in courses)
    words = [f"The weights are those of about {effective:.1f} equal donors."]
    verdict: Verdict = "pass"
    if not all(one.unique for one in courses):
        verdict = "concern"
        words.append(
            "Other weights fit the time before the start equally well; of these the most even ones "
            "(least sum of squares) are used, and others would give other effects."
        )
    elif fitted.method.estimator == "classic":
        words.append("No other weights fit as well given the same criterion.")
    if len(courses[0].importance):
        found, text = _importance(fitted)
        verdict = "concern" if found == "concern" else verdict
        words.append(text)
    return Check("weights", effective, None, verdict, " ".join(words))


def _importance(fitted: Fitted) -> tuple[Verdict, str]:
    """Report the loss, and how far the effect moves with other importances that fit nearly as well."""
    losses = np.array([[one.loss, one.bound] for one in fitted.courses])
    loss, bound = (float(one) for one in losses.mean(axis=0))
    if all(one.matched for one in fitted.courses):
        return "information", (
            "The predictors can be matched exactly, so their importance does not matter; of the "
            f"weights that do so, those that follow the outcome best are used (mean squared gap "
            f"{loss:.6g}; no weights at all can have less than {bound:.6g})."
        )
    text = (
        f"The importance of the predictors was searched from many starts: mean squared gap {loss:.6g} "
        f"over the periods fitted; no weights at all can have less than {bound:.6g}."
    )
    near = [one.near for one in fitted.courses]
    if any(not len(one) for one in near):
        return "information", text
    low = float(sum(part * one.min() for part, one in zip(fitted.share, near, strict=True)))
    high = float(sum(part * one.max() for part, one in zip(fitted.share, near, strict=True)))
    counts = min(len(one) for one in near)
    wide = high - low > 0.25 * abs(fitted.value)
    text += (
        f" The importance is not unique: {counts} of the points searched fit within 5 % of the best, "
        f"with effects from {low:.4g} to {high:.4g}."
        if counts > 1
        else " No other point searched fits within 5 % of the best."
    )
    return ("concern" if wide else "pass"), text


def placebo_in_space(fitted: Fitted, evidence: Evidence, level: float) -> Check:
    """Report the ratio of mean squared gaps and its rank among donors."""
    name, placebos = "placebo in space", evidence.placebos
    test = placebos.test
    if test is None:
        return Check(name, None, None, "information", f"Not done: {placebos.reason}.")
    did = fitted.method.estimator == "synthetic_did"
    p = test.p_value if did else placebos.ratio_p
    statistic = test.statistic if did else placebos.ratio
    alone = len(placebos.donors) > 0
    who = (
        f"each of {len(placebos.gaps)} donors"
        if alone
        else f"{len(placebos.draws)} random sets of donors"
    )
    if alone and len(fitted.sample.share) > 1:
        who = f"{len(placebos.draws):,} random averages of {len(placebos.gaps)} donors"
    what = (
        f"the average gap is {statistic:.4g} in size"
        if did
        else f"the mean squared gap after the start is {statistic:.4g} times that before it"
    )
    verdict: Verdict = "pass" if p < 1 - level + 1e-12 else "concern"
    reading = (
        "So large a gap seldom arises where nothing was done."
        if verdict == "pass"
        else "Gaps like this arise often enough where nothing was done that chance cannot be ruled "
        "out; this does not show that there was no effect."
    )
    meaning = (
        f"The method was applied to {who}, as if treated: for the treated {what}, a rank of "
        f"p = {p:.4g}. The smallest p possible here is {test.smallest:.4g}. {reading} {RULE}"
    )
    return Check(name, statistic, p, verdict, meaning)


def placebo_in_time(fitted: Fitted, level: float, seed: int) -> Check:
    """Pretend that treatment began earlier, with periods before the start only."""
    name, before = "placebo in time", fitted.method.before
    sooner = before - max(1, before // 3)
    if sooner < 2:
        meaning = f"Not done: {before} periods before the start are too few to set it earlier."
        return Check(name, None, None, "information", meaning)
    cut = [_outcome_only(one.until(before)) for one in fitted.targets]
    within = fitted.method.window[:before] & (np.arange(before) < sooner)
    window = within if within.sum() >= 2 else np.arange(before) < sooner
    method = replace(fitted.again, before=sooner, window=window, zeta=None)
    gap = average([follow(one, method) for one in cut], fitted.share)
    found = float(gap[sooner:].mean())
    p = None
    several = len(fitted.sample.share) > len(fitted.targets)
    count = fitted.sample.donors.shape[1]
    if 3 <= count <= MOST_ALONE and not several:
        gaps = donors_alone(cut[0], method, range(count))
        floor = floor_of(cut[0].donors, sooner) if method.estimator == "classic" else None
        draws = draw(gaps, fitted.sample.share, seed)
        p = average_gap_test(gap, draws, sooner, floor, level).p_value
    ratio = ratio_of(found, fitted.value)
    verdict, reading = grade(p, ratio)
    if p is None and ratio < 0.5:
        verdict, reading = "pass", "No sign of a gap before there was a programme."
    meaning = (
        f"With periods before the start only, and the start set to {fitted.sample.period(sooner)}, "
        f"the average gap is {found:.4g} (p = {p_words(p)} among donors), {ratio:.0%} of the estimate"
        + (", weights being fitted to the outcome alone" if fitted.sample.predictors else "")
        + f". {reading}"
    )
    return Check(name, found, p, verdict, meaning)


def _outcome_only(target: Target) -> Target:
    none = np.zeros((0, target.donors.shape[1]))
    return Target(target.y, target.donors, np.zeros(0), none)


def leave_one_out(fitted: Fitted) -> tuple[Check, list[dict[str, object]]]:
    """Estimate again without each of the donors that have weight."""
    name, method = "leave one donor out", fitted.again
    if fitted.sample.donors.shape[1] < 3:
        meaning = "Not done: with two donors, none can be left out."
        return Check(name, None, None, "information", meaning), []
    size = np.abs(sum(p * one.weights for p, one in zip(fitted.share, fitted.courses, strict=True)))
    heavy = [int(j) for j in np.argsort(-size, kind="stable") if size[j] > 1e-4][:MOST_LEFT_OUT]
    values = []
    for j in heavy:
        again = [follow(one.without(j), method) for one in fitted.targets]
        values.append(float(average(again, fitted.share)[method.before :].mean()))
    rows: list[dict[str, object]] = [
        {
            "left_out": fitted.sample.donor_names[j],
            "weight": float(size[j]),
            "estimate": value,
        }
        for j, value in zip(heavy, values, strict=True)
    ]
    furthest = max(range(len(heavy)), key=lambda i: abs(values[i] - fitted.value))
    verdict, _ = moved_verdict(fitted.value, values[furthest])
    reading = {
        "pass": "No single donor makes the estimate.",
        "concern": "The estimate leans on one donor.",
        "fail": "The sign turns when one donor is left out.",
    }[verdict]
    meaning = (
        f"Without each of the {len(heavy)} donors of most weight in turn, the estimate lies between "
        f"{min(values):.4g} and {max(values):.4g}; it moves most, to {values[furthest]:.4g}, without "
        f"{fitted.sample.donor_names[heavy[furthest]]}. {reading}"
    )
    return Check(name, values[furthest], None, verdict, meaning), rows


def donors(fitted: Fitted, evidence: Evidence, level: float) -> Check:
    """Say whether the donors are enough for the level asked for."""
    count = fitted.sample.donors.shape[1]
    smallest = evidence.placebos.test.smallest if evidence.placebos.test else 1 / (count + 1)
    enough = smallest <= 1 - level + 1e-12
    verdict: Verdict = "pass" if enough and count >= FEW_DONORS else "concern"
    meaning = (
        f"{count} donors. Placebos in space can give no p-value below {smallest:.4g}, which is "
        + ("enough" if enough else "not enough")
        + f" for an interval at level {level:g}. "
        + (
            ""
            if enough
            else "No result, however large, could be told from chance in this way at that level; "
            "what leads is: " + evidence.interval.method + ". "
        )
        + f"Fewer than {FEW_DONORS} donors, or too few for the level, is a concern."
    )
    return Check("donors", float(count), None, verdict, meaning)


def conformal(fitted: Fitted, evidence: Evidence) -> Check:
    """Report the test over time that there was no effect in any period."""
    name = "conformal"
    if evidence.why_no_conformal:
        meaning = f"Not done: {evidence.why_no_conformal}."
        return Check(name, None, None, "information", meaning)
    alike = (
        " Its weights are fitted to the outcome alone, not to the predictors."
        if fitted.sample.predictors
        else ""
    )
    meaning = (
        "Weights were fitted to all periods as if there had been no effect, and the errors from the "
        "start on compared with those at every shift along time: "
        f"p = {evidence.conformal_p:.4g} (smallest possible {1 / len(fitted.sample.times):.4g}). This "
        f"trusts that errors before and after are alike but for the effect.{alike}"
    )
    return Check(name, None, evidence.conformal_p, "information", meaning)


def minimum(fitted: Fitted) -> Check:
    """Say how far the authors' stopping rule is from the exact minimum (synthetic DiD)."""
    target, method = fitted.targets[0], fitted.again
    exact = synthetic_did(target.y, target.donors, method.before, float(method.zeta or 0.0)).value
    meaning = (
        "The weights follow the authors' program to its last step, so that its published numbers are "
        f"met; the exact minimum of the same criterion gives {exact:.6g} instead of "
        f"{fitted.value:.6g}. Placebos use the exact minimum."
    )
    return Check("minimum", exact, None, "information", meaning)


def error_noise(evidence: Evidence) -> Check:
    """Say that the spread of few placebos is itself uncertain."""
    test, count = evidence.placebos.test, len(evidence.placebos.gaps)
    if test is None:
        return Check("placebo error", None, None, "information", "No placebos were computed.")
    off = 1 / np.sqrt(2 * max(count - 1, 1))
    meaning = (
        f"The standard error {test.spread:.4g} is the SD of {count} placebos. Even if they were "
        f"normal it would be known only to about {off:.0%}, and they share donors; another draw of "
        "placebos gives another error."
    )
    return Check("placebo error", test.spread, None, "information", meaning)
