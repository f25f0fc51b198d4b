"""Checks of an instrumental-variable study, in words."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from evalkit.impact.checks import decision_grade
from evalkit.impact.confounding.check import NAME as CONFOUNDING
from evalkit.impact.confounding.check import hidden_confounding
from evalkit.impact.confounding.partial_r2 import Regression
from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.inference import FEW, MANY
from evalkit.impact.instruments.anderson_rubin import ConfidenceSet
from evalkit.impact.instruments.compliers import NEAR, Compliers
from evalkit.impact.instruments.evidence import RULE, Evidence
from evalkit.impact.instruments.reduced import Reduced
from evalkit.impact.instruments.sample import Sample
from evalkit.impact.instruments.strength import Strength
from evalkit.impact.instruments.validity import HypothesisTest
from evalkit.impact.instruments.words import listed, of_set

ALPHA = 0.05


def instrument_strength(sample: Sample, power: Strength) -> Check:
    """Return the effective F against its critical value."""
    from scipy.special import fdtrc

    p = float(fdtrc(*power.df, power.robust))
    verdict: Verdict = "pass" if not power.weak else "concern" if p < ALPHA else "fail"
    reading = {
        "pass": "The instruments count as strong: ordinary intervals can be trusted.",
        "concern": (
            "The instruments are weak: 2SLS leans towards least squares and ordinary intervals are too "
            "sure, so the Anderson-Rubin set leads."
        ),
        "fail": (
            f"It cannot be told whether the instruments move the treatment at all (p = {p:.3g}), so the "
            "data hardly bear on the effect; the Anderson-Rubin set says what little is known."
        ),
    }[verdict]
    meaning = (
        f"{listed(sample.instruments)} explain {power.partial_r2:.2%} of what covariates leave of "
        f"`{sample.columns.treatment}`; effective F = {power.effective:.4g} against a critical value of "
        f"{power.critical:.4g} (bias at most 10% of the worst case, Montiel Olea and Pflueger 2013); F "
        f"under equal spread = {power.plain:.4g}, robust = {power.robust:.4g}. {reading}"
    )
    statistic = power.effective if math.isfinite(power.effective) else None
    return Check("instrument strength", statistic, p, verdict, meaning)


def anderson_rubin(found: ConfidenceSet, level: float) -> Check:
    """Return the set that holds whatever the strength of the instruments."""
    shape = found.shape
    verdict: Verdict = "fail" if shape == "empty" else "pass" if shape == "interval" else "concern"
    p = found.p_value if np.isfinite(found.p_value) else None
    meaning = of_set(found, level)
    if p is not None:
        meaning += f" The hypothesis of no effect has p = {p:.3g}."
        if p >= 1 - level:
            meaning += " That zero is not refused does not show that there was no effect."
    return Check("Anderson-Rubin", None, p, verdict, meaning)


def leading(evidence: Evidence, sides: tuple[int, int], *, clustered: bool) -> Check:
    """Return which method leads and whether the clusters are many enough."""
    meaning = f"What leads is: {evidence.interval.method}. {RULE}"
    if not clustered:
        said = "No cluster is named: every row counts as independent. "
        return Check("few clusters", None, None, "information", said + meaning)
    fewest = min(sides)
    verdict: Verdict = "concern" if fewest < FEW or sum(sides) < MANY else "pass"
    said = f"{sides[0]} clusters on one side of the instrument and {sides[1]} on the other. "
    return Check("few clusters", float(fewest), None, verdict, said + meaning)


def grade(sides: tuple[int, int], *, clustered: bool) -> Check:
    """Return whether there are clusters enough for a decision."""
    if clustered:
        return decision_grade(*sides)
    meaning = (
        "Does not apply: no cluster is named, so the instrument is taken to be given row by row. If it "
        "was given to whole schools, areas or cohorts, name them in `cluster`."
    )
    return Check("decision grade", None, None, "information", meaning)


def over_identification(found: list[HypothesisTest]) -> Check:
    """Return whether the instruments agree with each other."""
    name = "over-identification"
    if not found:
        meaning = (
            "Does not apply: there are as many instruments as treatments, so nothing in the data can "
            "speak for or against exclusion."
        )
        return Check(name, None, None, "information", meaning)
    leads = found[-1]
    verdict: Verdict = (
        "fail" if leads.p_value < 0.01 else "concern" if leads.p_value < ALPHA else "pass"
    )
    reading = (
        "The instruments disagree about the effect: one at least is not valid, or they move people "
        "with different effects."
        if verdict != "pass"
        else "The instruments do not contradict each other; that is no evidence that they are valid, "
        "since all may fail in the same way."
    )
    told = "; ".join(
        f"{one.name}: {one.statistic:.4g}, p = {one.p_value:.3g} ({one.df[0]:g} df)"
        for one in found
    )
    return Check(name, leads.statistic, leads.p_value, verdict, f"{told}. {reading}")


def endogeneity(found: list[HypothesisTest], least_squares: float, value: float) -> Check:
    """Return whether least squares would have told the same."""
    name = "endogeneity"
    if not found:
        meaning = "Does not apply: the instruments explain the treatment wholly."
        return Check(name, None, None, "information", meaning)
    told = "; ".join(f"{one.name}: {one.statistic:.4g}, p = {one.p_value:.3g}" for one in found)
    reading = (
        "The two differ by more than chance: least squares is biased, or compliers differ from others."
        if found[0].p_value < ALPHA
        else "The two do not differ by more than chance; this does not show that least squares is "
        "unbiased, for the instruments may be too weak to tell."
    )
    meaning = (
        f"Least squares gives {least_squares:.4g}, the instruments {value:.4g}. {told}. {reading}"
    )
    return Check(name, found[0].statistic, found[0].p_value, "information", meaning)


def who_complies(found: Compliers | str, sample: Sample) -> Check:
    """Return who the compliers are."""
    name = "compliers"
    if isinstance(found, str):
        return Check(name, None, None, "information", f"Not to be described: {found}.")
    treatment, instrument = sample.columns.treatment, sample.instruments[0]
    way = "off" if found.turned else "on"
    told = (
        f"About {found.compliers:.1%} are compliers (`{treatment}` only with `{instrument}` {way}), "
        f"{found.always:.1%} always have it and {found.never:.1%} never do; compliers are "
        f"{found.treated_share:.1%} of those who have it."
    )
    table = found.table
    if len(table):
        widest = table.iloc[int(np.nanargmax(np.abs(table["difference_sd"].fillna(0.0))))]
        told += (
            f" They differ most from everyone in `{widest['characteristic']}` "
            f"({widest['compliers']:.3g} against {widest['everyone']:.3g})."
        )
    verdict: Verdict = "information"
    if found.nearest < NEAR:
        verdict = "concern"
        told += " For some people the covariates all but decide the instrument; trust this little."
    return Check(name, found.compliers, None, verdict, told)


def exclusion(share: float | None, table: pd.DataFrame) -> Check:
    """Return how much of the instruments' effect may be direct before the interval reaches zero."""
    name = "exclusion"
    if share is None:
        clear = table[~table["holds_zero"]]
        share = float(clear["share"].max()) if len(clear) else 0.0
    if share == 0:
        meaning = (
            "The interval holds zero even if no part of the instruments' effect on the outcome is direct; "
            "a direct effect widens it further (see the table of direct effects)."
        )
        return Check(name, 0.0, None, "information", meaning)
    verdict: Verdict = "concern" if share < 0.1 else "pass"
    meaning = (
        f"If up to {share:.0%} of the effect of each instrument on the outcome came by another way "
        "than the treatment, the interval would just reach zero (Conley, Hansen and Rossi 2012, union of "
        "intervals). Rule: under 10% is a concern. Whether there is such a way is a judgement."
    )
    return Check(name, share, None, verdict, meaning)


def confounded_instrument(
    sample: Sample, reduced: Reduced, level: float
) -> tuple[Check, pd.DataFrame | None]:
    """Return what a hidden common cause of instrument and outcome would have to be like."""
    if reduced.count > 1:
        meaning = "Not computed: there are several instruments. Run it with each alone to see this."
        return Check(CONFOUNDING, None, None, "information", meaning), None
    data = Regression(
        y=sample.y,
        d=sample.z[:, 0],
        x=sample.x[:, 1:],
        names=sample.names,
        weights=sample.w if sample.columns.weights else None,
        clusters=sample.cluster,
    )
    check, table = hidden_confounding(
        data, outcome=sample.columns.outcome, treatment=sample.instruments[0], level=level
    )
    why = (
        "Of the instrument's own effect on the outcome, since the effect is zero where that is (Cinelli "
        "and Hazlett 2025). "
    )
    return replace(check, meaning=why + check.meaning), table
