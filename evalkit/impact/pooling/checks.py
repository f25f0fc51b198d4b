"""Diagnostics of a pool: each says what was tried and what came out, in words."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from evalkit.impact.checks import p_words
from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.least_squares import Floats
from evalkit.impact.pooling.methods import Pooled
from evalkit.impact.pooling.small_study import egger, trim_and_fill

FEW, VERY_FEW = 5, 3
ENOUGH_FOR_FUNNEL = 10


def number(pooled: Pooled) -> Check:
    """Return the verdict on the number of studies (clusters)."""
    studies = pooled.studies
    count = len(studies.y) if studies.groups is None else len(studies.clusters)
    what = "independent estimates" if studies.groups is None else "clusters of estimates"
    verdict: Verdict = "fail" if count < VERY_FEW else "concern" if count < FEW else "pass"
    reading = {
        "pass": "Enough to say something of how much they differ, though not precisely.",
        "concern": "How much true effects differ can hardly be estimated, and the interval leans on it.",
        "fail": "Two cannot show how much true effects differ: read them one by one.",
    }[verdict]
    return Check("number of studies", float(count), None, verdict, f"{count} {what}. {reading}")


def heterogeneity(pooled: Pooled, table: pd.DataFrame, new: pd.DataFrame) -> Check:
    """Say how much true effects differ, and what a new site may expect."""
    found = dict(zip(table["statistic"], table["estimate"], strict=True))
    p = float(table["p_value"].iloc[-1])  # Q stands last
    q, share = float(found["Q"]), float(found["I2"])
    low, high = float(new["low"].iloc[0]), float(new["high"].iloc[0])
    crosses = low < 0 < high
    value = float(pooled.beta[0])
    if pooled.estimator == "fixed":
        verdict: Verdict = "concern" if p < 0.1 else "information"
        reading = "A fixed-effect pool takes all true effects as the same one" + (
            ", which these estimates speak against." if p < 0.1 else "."
        )
    else:
        verdict = "concern" if crosses and pooled.heterogeneity > 0 else "information"
        reading = (
            f"The true effect in a new study like these lies between {low:.3g} and {high:.3g}"
            + (
                f", so it may well have the other sign than the average of {value:.3g}."
                if crosses
                else "."
            )
        )
    meaning = (
        f"Q = {q:.4g} (p = {p_words(p)}), tau2 = {pooled.heterogeneity:.3g}, I2 = {share:.0%}: the "
        f"share of the spread that is not sampling error. {reading} A Q that is not significant "
        "does not show that effects are alike."
    )
    return Check("heterogeneity", q, p, verdict, meaning)


TEST_COLUMNS = ("method", "estimate", "std_error", "statistic", "df", "p_value")


def small_study(pooled: Pooled) -> tuple[Check, pd.DataFrame, pd.DataFrame]:
    """Look for larger effects in smaller studies; return the check, the tests and the funnel."""
    studies = pooled.studies
    name = "small-study effects"
    funnel = _funnel(studies.labels, studies.y, studies.v, filled=False)
    why = _why_no_funnel(pooled)
    if why:
        nothing = pd.DataFrame(columns=list(TEST_COLUMNS))
        return Check(name, None, None, "information", f"Not tested: {why}."), nothing, funnel
    estimator = pooled.estimator if not pooled.estimator.startswith("three") else "reml"
    rows = _egger_rows(pooled, estimator)
    slope, p = rows[0][1], rows[0][5]
    words = [f"Estimates rise by {slope:.3g} for each unit of standard error (p = {p_words(p)})."]
    if studies.x.shape[1] == 1 and studies.groups is None:
        filled = trim_and_fill(studies.y, studies.v, estimator)
        side = f"{filled.missing} added on the {filled.side}"
        adjusted = float(filled.pooled.beta[0])
        error = math.sqrt(float(filled.pooled.covariance[0, 0]))
        rows.append((f"trim and fill, {side}", adjusted, error, math.nan, math.nan, math.nan))
        words.append(f"Trim and fill: {side}, which gives {adjusted:.3g}.")
        more = slice(len(studies.y), None)
        labels = ("filled",) * filled.missing
        added = _funnel(labels, filled.y[more], filled.v[more], filled=True)
        funnel = pd.concat([funnel, added], ignore_index=True) if filled.missing else funnel
    words += _reading(pooled, p)
    verdict: Verdict = "concern" if p < 0.1 else "pass"
    table = pd.DataFrame(rows, columns=list(TEST_COLUMNS))
    return Check(name, rows[0][3], p, verdict, " ".join(words)), table, funnel


def _funnel(labels: tuple[str, ...], y: Floats, v: Floats, *, filled: bool) -> pd.DataFrame:
    made = {"study": list(labels), "estimate": y, "std_error": np.sqrt(v)}
    return pd.DataFrame(made).assign(filled=filled)


def _egger_rows(
    pooled: Pooled, estimator: str
) -> list[tuple[str, float, float, float, float, float]]:
    from scipy.special import ndtr, stdtr

    mixed, plain = egger(pooled.studies.y, pooled.studies.v, estimator)
    nan = math.nan
    p = 2 * float(ndtr(-abs(mixed.statistic)))
    p_plain = 2 * float(stdtr(plain.df, -abs(plain.statistic)))
    first = "slope on the standard error, mixed effects, normal"
    return [
        (first, mixed.slope, mixed.std_error, mixed.statistic, nan, p),
        (
            *("Egger's regression, t", plain.slope, plain.std_error, plain.statistic),
            *(float(plain.df), p_plain),
        ),
        ("effect at a standard error of 0, mixed effects", mixed.at_zero, nan, nan, nan, nan),
    ]


def _reading(pooled: Pooled, p: float) -> list[str]:
    studies = pooled.studies
    words = [
        (
            "Small studies show other effects than large ones: some may be missing, or small "
            "studies may differ in truth (intensity, people)."
        )
        if p < 0.1
        else "No such pattern was found; that does not show that nothing is missing."
    ]
    if len(studies.y) < ENOUGH_FOR_FUNNEL:
        words.append(f"With fewer than {ENOUGH_FOR_FUNNEL} estimates the test sees little.")
    if studies.groups is not None:
        words.append("It takes the estimates as independent, which they are not.")
    return words


def _why_no_funnel(pooled: Pooled) -> str:
    studies = pooled.studies
    if len(studies.y) < FEW:
        return f"with {len(studies.y)} estimates there is nothing to see"
    if np.ptp(studies.v) <= 1e-9 * studies.v.max():
        return "all standard errors are alike"
    return ""


def influence(pooled: Pooled, table: pd.DataFrame, p_value: float | None) -> Check:
    """Say whether one study (cluster) carries the result."""
    name = "leave one out"
    if not len(table):
        return Check(name, None, None, "information", "Not done: too few, or more than 200.")
    value = float(pooled.beta[0])
    moved = (table["estimate"] - value).abs()
    most = table["left_out"].iloc[int(moved.to_numpy().argmax())]
    turned = bool((table["estimate"] * value < 0).any())
    crossed = bool(p_value is not None and ((table["p_value"] < 0.05) != (p_value < 0.05)).any())
    verdict: Verdict = "fail" if turned else "concern" if crossed else "pass"
    reading = (
        "The sign hangs on a single one."
        if turned
        else "Whether zero lies in the interval hangs on a single one."
        if crossed
        else "No single one carries the result."
    )
    meaning = (
        f"Without one at a time the estimate runs from {table['estimate'].min():.3g} to "
        f"{table['estimate'].max():.3g}; `{most}` moves it most. {reading}"
    )
    return Check(name, float(moved.max()), None, verdict, meaning)


def dependence(pooled: Pooled) -> Check:
    """Say how estimates of one study or place are dealt with."""
    name = "dependent estimates"
    studies = pooled.studies
    if studies.groups is None:
        meaning = (
            "Every estimate is taken as independent of the others. Where one study or place gave "
            "several, name it in `cluster`."
        )
        return Check(name, None, None, "information", meaning)
    robust = pooled.robust
    df = float(robust.df[0]) if robust is not None else math.nan
    few = df < 4
    meaning = (
        f"{len(studies.y)} estimates in {len(studies.clusters)} clusters; the robust error allows "
        f"for any dependence within a cluster, with {df:.1f} degrees of freedom."
        + (" Fewer than 4: the p-value is not to be trusted (Tipton 2015)." if few else "")
    )
    return Check(name, df, None, "concern" if few else "pass", meaning)


def convergence(pooled: Pooled) -> Check:
    """Say whether the search for the variances ended, and whether it ended at zero."""
    name = "convergence"
    if pooled.nested is not None and not pooled.nested.converged:
        meaning = "The search for the variances did not end: do not use these numbers."
        return Check(name, None, None, "fail", meaning)
    if pooled.estimator != "fixed" and pooled.heterogeneity == 0:
        meaning = (
            "The variance between studies is estimated as 0; that does not show that true effects "
            "are alike: see its interval."
        )
        return Check(name, 0.0, None, "information", meaning)
    return Check(name, None, None, "pass", "The variances were found.")
