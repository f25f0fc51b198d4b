"""Diagnostics of single cases: each says what was tried and what came out, in words."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from evalkit.impact.cases.assignment import Distribution
from evalkit.impact.cases.methods import Plan, smallest_p
from evalkit.impact.cases.overlap import trend_sum
from evalkit.impact.cases.read import Cases
from evalkit.impact.cases.tables import difference, pairs_of
from evalkit.impact.checks import DECISION_GRADE
from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.series.linear import first_autocorrelation

ATTEMPTS = 3
"""Changes at different times, within a case or over cases, that the standards ask for."""
GOOD_POINTS, FEWEST_POINTS = 5, 3


def smallest(found: Distribution, level: float) -> Check:
    """State the smallest p-value that the design allows."""
    p = smallest_p(found)
    blind = p > 1 - level + 1e-12
    meaning = (
        f"Chance could have laid out the phases in {found.possible:,} ways, so the smallest p-value "
        f"that this design allows is {p:.3g}."
    )
    if not found.exact:
        meaning += f" {len(found.b):,} of them were drawn."
    if blind:
        meaning += (
            f" It cannot fall to {1 - level:.2g}, however large the effect is, and the interval "
            "has no ends: plan more points, phases or cases."
        )
    return Check("smallest p-value", p, None, "fail" if blind else "pass", meaning)


def randomised(plan: Plan, *, stated: bool | None) -> Check:
    """Say what the p-value rests on."""
    name = "randomisation"
    how = (
        "which case began when"
        if plan.randomisation == "case_order"
        else f"when the phases changed (each at least {plan.least} points long)"
    )
    if stated:
        meaning = f"Said to be drawn by chance: {how}. The p-value rests on that."
        return Check(name, None, None, "pass", meaning)
    if stated is False:
        meaning = (
            f"It was not drawn by chance {how}. The p-value then only says how unusual the observed "
            "layout is among the possible ones: phases are often changed when the outcome looks ripe."
        )
        return Check(name, None, None, "fail", meaning)
    meaning = (
        f"The p-value takes it that chance decided {how}. If that was so, write `randomised: true`; "
        "if not, the p-value only describes how unusual the observed layout is."
    )
    return Check(name, None, None, "concern", meaning)


def permutation(found: Distribution, value: float, p: float) -> Check:
    """Return the randomisation test as a check."""
    verdict: Verdict = "pass" if p < 0.05 else "concern"
    higher = float((found.b >= value - 1e-9 * abs(value)).mean())
    lower = float((found.b <= value + 1e-9 * abs(value)).mean())
    reading = (
        "So large a difference seldom arises when the phases are laid out otherwise."
        if p < 0.05
        else "Differences as large as this arise often enough when the phases are laid out "
        "otherwise; this does not show that there was no effect."
    )
    meaning = (
        f"Of {len(found.b):,} layouts {'(all there are)' if found.exact else '(drawn)'} a share of "
        f"{p:.3g} gives a difference at least as far from zero (upwards {higher:.3g}, downwards "
        f"{lower:.3g}). {reading}"
    )
    return Check("permutation", value, p, verdict, meaning)


def attempts(cases: Cases) -> Check:
    """Say how often the effect was looked for, at different times."""
    within = len(cases.cases[0].changes)
    starts = {
        (case.position[case.changes[0]], len(case.y))
        if within > 1
        else case.position[case.changes[0]]
        for case in cases.cases
    }
    count = max(within, len(starts)) if within == 1 else within * len(cases.cases)
    name = "phases and replications"
    if within == 1 and len(cases.cases) == 1:
        meaning = (
            "One case with a baseline and an intervention only. Whatever else changed at that time "
            "explains the difference as well as the programme does: read it as a description."
        )
        return Check(name, 1.0, None, "fail", meaning)
    if within == 1 and len(starts) < len(cases.cases):
        meaning = (
            f"{len(cases.cases)} cases begin at {len(starts)} different times. Cases that begin "
            "together share whatever else happened then."
        )
        verdict: Verdict = "pass" if len(starts) >= ATTEMPTS else "concern"
        return Check(name, float(len(starts)), None, verdict, meaning)
    meaning = (
        f"The change was looked for {count} times"
        + (" (within cases)" if within > 1 else " (cases that begin at different times)")
        + f"; {ATTEMPTS} are asked for (Kratochwill et al. 2013)."
    )
    return Check(name, float(count), None, "pass" if count >= ATTEMPTS else "concern", meaning)


def points(cases: Cases) -> Check:
    """Return the verdict on the fewest points in a phase."""
    fewest = cases.shortest
    verdict: Verdict = (
        "pass" if fewest >= GOOD_POINTS else "concern" if fewest >= FEWEST_POINTS else "fail"
    )
    meaning = (
        f"The shortest phase has {fewest} points; {GOOD_POINTS} meet the standards of the What Works "
        f"Clearinghouse (2022), {FEWEST_POINTS} with reservations, fewer do not."
    )
    return Check("points in each phase", float(fewest), None, verdict, meaning)


def baseline_trend(cases: Cases, direction: int) -> Check:
    """Say whether first baselines were moving the wanted way already."""
    sums = [
        (direction * trend_sum(case.phases()[0]), len(case.phases()[0])) for case in cases.cases
    ]
    pairs = sum(n * (n - 1) / 2 for _, n in sums)
    total = sum(s for s, _ in sums)
    variance = sum(n * (n - 1) * (2 * n + 5) / 18 for _, n in sums)
    share = total / pairs if pairs else 0.0
    z = total / math.sqrt(variance) if variance else 0.0
    rising = z > 1.645 or (share > 0.4 and total > 2)
    meaning = (
        f"Kendall's tau of time with the outcome (in the wanted direction) over the first baselines: "
        f"{share:.2f}. "
        + (
            "They were getting better already, and the difference of means takes that for effect: "
            "look at `A vs B - trend A` in the table `tau_u`."
            if rising
            else "No move in the wanted direction stands out; in so few points it could be missed."
        )
    )
    return Check("baseline trend", share, None, "concern" if rising else "pass", meaning)


def autocorrelation(cases: Cases) -> Check:
    """Say how points follow each other within phases."""
    products, squares = 0.0, 0.0
    for case in cases.cases:
        where = np.split(case.position, list(case.changes))
        for values, at in zip(case.phases(), where, strict=True):
            left = values - values.mean()
            r, pairs = first_autocorrelation(left, at - at[0])
            if pairs:
                products += r * float(left @ left)
                squares += float(left @ left)
    if squares == 0:
        meaning = "Points do not vary within phases."
        return Check("autocorrelation", None, None, "information", meaning)
    r = products / squares
    meaning = (
        f"Within phases, points next to each other correlate at {r:.2f} (short phases pull this "
        "below its true value). The randomisation test holds whatever it is; the standard errors "
        "of Tau-U and NAP do not."
    )
    return Check("autocorrelation", r, None, "information", meaning)


def consistency(cases: Cases, direction: int) -> Check:
    """Say whether every case, and every pair of phases, moves the same way."""
    name = "same direction in every case"
    effects = {case.label: difference(case) for case in cases.cases}
    steps = [
        float(after.mean() - before.mean())
        for case in cases.cases
        for before, after in pairs_of(case)
    ]
    if len(steps) < 2:
        meaning = "Does not apply: there is one case with one change."
        return Check(name, None, None, "information", meaning)
    up, down = sum(one > 0 for one in steps), sum(one < 0 for one in steps)
    wanted = up if direction > 0 else down
    mixed = up > 0 and down > 0
    against = [label for label, one in effects.items() if one * direction < 0]
    meaning = (
        f"The wanted way in {wanted} of {len(steps)} changes from baseline to intervention."
        + (f" Against it: {', '.join(against[:5])}." if against else "")
    )
    return Check(name, float(wanted), None, "concern" if mixed else "pass", meaning)


def returns(cases: Cases) -> Check:
    """Say whether the outcome went back when the intervention was taken away."""
    name = "return to baseline"
    if len(cases.cases[0].changes) < 2:
        meaning = "Does not apply: no phase comes back."
        return Check(name, None, None, "information", meaning)
    shares = []
    for case in cases.cases:
        means = [float(phase.mean()) for phase in case.phases()]
        gained = means[1] - means[0]
        shares.append((means[1] - means[2]) / gained if gained else math.nan)
    share = float(np.nanmean(shares)) if not np.isnan(shares).all() else math.nan
    if math.isnan(share):
        meaning = "The first intervention changed nothing, so there was nothing to lose again."
        return Check(name, None, None, "information", meaning)
    back = share > 0.25
    meaning = (
        f"When the intervention was taken away, {share:.0%} of the first change went back. "
        + (
            "That speaks for the intervention as its cause."
            if back
            else "Either it lasts (then a reversal cannot show it: use a multiple baseline), or "
            "something else made the change."
        )
    )
    return Check(name, share, None, "pass" if back else "concern", meaning)


def decision(cases: Cases) -> Check:
    """Return the verdict on whether a decision on other people can rest on these cases."""
    count = len(cases.cases)
    if count >= DECISION_GRADE:
        meaning = f"{count} cases, {DECISION_GRADE} or more."
        return Check("decision grade", float(count), None, "pass", meaning)
    meaning = (
        "Not decision-grade for anyone but "
        f"{'this one case' if count == 1 else f'these {count} cases'}: fewer than {DECISION_GRADE} do not tell how others "
        "would respond. Read it with the other evidence."
    )
    return Check("decision grade", float(count), None, "fail", meaning)


def bins(found: Distribution, value: float) -> pd.DataFrame:
    """Return the share of layouts in each of 41 bins of the statistic, even around zero."""
    reach = max(float(np.abs(found.b).max()), abs(value)) or 1.0
    counts, edges = np.histogram(found.b, bins=41, range=(-reach, reach))
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "share": counts / len(found.b)})
