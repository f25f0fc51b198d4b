"""Are the groups alike: means, spreads and whole distributions, before and after."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.least_squares import Floats

GOOD, POOR = 0.1, 0.25
"""Absolute standardised differences below `GOOD` pass; from `POOR` on they fail (Stuart 2010)."""
MOST_NAMED = 3


def balance_table(
    names: tuple[str, ...],
    columns: Floats,
    t: Floats,
    before: Floats,
    after: Floats,
    estimand: str,
) -> pd.DataFrame:
    """Return one row a covariate: means, standardised differences, variance ratios, KS.

    Parameters
    ----------
    names : tuple of str
    columns : ndarray, shape (n, m)
    t, before, after : ndarray, shape (n,)
        Treated or not; weights before and after matching or weighting.
    estimand : {"att", "ate"}
        The SD that divides differences is that of the treated for "att", the root of the mean of
        both variances for "ate"; always of the groups before. For a column of two values it is
        ``sqrt(p (1 - p))``.
    """
    rows = [
        {"covariate": name, **_row(columns[:, j], t, before, after, estimand)}
        for j, name in enumerate(names)
    ]
    return pd.DataFrame(rows)


def _row(x: Floats, t: Floats, before: Floats, after: Floats, estimand: str) -> dict[str, float]:
    two_values = bool(np.isin(x, (x.min(), x.max())).all())
    spread = _divisor(x, t, before, estimand, two_values=two_values)
    made: dict[str, float] = {}
    for stage, weights in (("before", before), ("after", after)):
        one, zero = (_moments(x[t == arm], weights[t == arm]) for arm in (1, 0))
        gap = one[0] - zero[0]
        made |= {
            f"mean_treated_{stage}": one[0],
            f"mean_comparison_{stage}": zero[0],
            f"smd_{stage}": _ratio(gap, spread),
            f"variance_ratio_{stage}": np.nan if two_values else _ratio(one[1], zero[1]),
            f"ks_{stage}": _largest_gap(x, t, weights),
        }
    return made | {"sd": spread}


def _ratio(top: float, below: float) -> float:
    if below > 0:
        return top / below
    return 0.0 if top == 0 else float(np.copysign(np.inf, top))


def _divisor(x: Floats, t: Floats, weights: Floats, estimand: str, *, two_values: bool) -> float:
    spreads = []
    for arm in (1, 0):
        mean, variance = _moments(x[t == arm], weights[t == arm])
        if two_values:
            variance = (mean - x.min()) * (x.max() - mean)
        spreads.append(variance)
    return float(np.sqrt(spreads[0] if estimand == "att" else sum(spreads) / 2))


def _moments(x: Floats, weights: Floats) -> tuple[float, float]:
    """Return the weighted mean and unbiased variance (reliability weights)."""
    total, squares = float(weights.sum()), float((weights**2).sum())
    mean = float(weights @ x) / total
    free = total**2 - squares
    variance = float(weights @ (x - mean) ** 2) * total / free if free > 1e-12 * total**2 else 0.0
    return mean, variance


def _largest_gap(x: Floats, t: Floats, weights: Floats) -> float:
    """Return the largest gap between the two weighted distribution functions."""
    values, place = np.unique(x, return_inverse=True)
    sums = [
        np.bincount(place, weights=weights * (t == arm), minlength=len(values)) for arm in (1, 0)
    ]
    one, zero = (np.cumsum(one) / one.sum() for one in sums)
    return float(np.abs(one - zero).max())


def love_plot(balance: pd.DataFrame) -> pd.DataFrame:
    """Return what a love plot draws: covariate, stage, absolute standardised difference."""
    parts = [
        pd.DataFrame(
            {
                "covariate": balance["covariate"],
                "stage": stage,
                "absolute_smd": balance[f"smd_{stage}"].abs(),
            }
        )
        for stage in ("before", "after")
    ]
    return pd.concat(parts, ignore_index=True)


def balance_check(balance: pd.DataFrame, estimand: str) -> Check:
    """Return the verdict on the largest standardised difference that is left."""
    left = balance[balance["covariate"] != "propensity score"]
    size = left["smd_after"].abs()
    worst = float(size.max())
    verdict: Verdict = "pass" if worst < GOOD else "concern" if worst < POOR else "fail"
    named = left.loc[size.sort_values(ascending=False, kind="stable").index]
    shown = ", ".join(
        f"`{name}` {smd:.2f}"
        for name, smd in zip(
            named["covariate"][:MOST_NAMED], named["smd_after"][:MOST_NAMED], strict=True
        )
        if abs(smd) >= GOOD
    )
    before = float(left["smd_before"].abs().max())
    which = "the treated" if estimand == "att" else "both groups, averaged,"
    reading = (
        "The groups are alike in the means of what was measured; of what was not measured this "
        "says nothing."
        if verdict == "pass"
        else f"Still apart: {shown}. The estimate carries this difference; a caliper, further "
        "terms, entropy balancing or the doubly robust estimator may remove it."
    )
    meaning = (
        f"Largest difference of means between the groups, in SD of {which} before: {before:.2f} "
        f"before, {worst:.2f} after. Below {GOOD} passes, from {POOR} on fails. {reading}"
    )
    return Check("balance", worst, None, verdict, meaning)
