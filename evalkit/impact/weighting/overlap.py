"""Is there anyone to compare with: common support of the propensity score, effective sample size."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.least_squares import Floats

BINS = 20
EXTREME = 0.01
"""Propensities beyond this from 0 or 1 are all but certain."""
SOME, MANY = 0.02, 0.10
"""Shares outside common support that are a concern, and a fail."""
SCARCE, VERY_SCARCE = 0.25, 0.10
"""Effective share of a group's rows below which weights rest on few: concern, fail."""
FEWEST = 10


def effective_size(weights: Floats) -> float:
    """Return Kish's (1965) effective sample size, ``(sum w)^2 / sum w^2``."""
    square = float((weights**2).sum())
    return float(weights.sum() ** 2 / square) if square > 0 else 0.0


def overlap_table(p: Floats, t: Floats) -> pd.DataFrame:
    """Return shares of treated and comparison rows in bins of the propensity score."""
    edges = np.linspace(0, 1, BINS + 1)
    shares = [np.histogram(p[t == arm], edges)[0] / (t == arm).sum() for arm in (1, 0)]
    return pd.DataFrame(
        {"low": edges[:-1], "high": edges[1:], "treated": shares[0], "comparison": shares[1]}
    )


def overlap_check(p: Floats, t: Floats, estimand: str) -> Check:
    """Return the verdict on positivity: who has no counterpart in the other group."""
    one, zero = p[t == 1], p[t == 0]
    lost = float(((one > zero.max()) | (one < zero.min())).mean())
    lost_zero = float(((zero > one.max()) | (zero < one.min())).mean())
    target = lost if estimand == "att" else float(lost * t.mean() + lost_zero * (1 - t.mean()))
    sure = (p > 1 - EXTREME) if estimand == "att" else (p > 1 - EXTREME) | (p < EXTREME)
    sure = sure & (t == 1) if estimand == "att" else sure
    certain = float(sure.sum() / ((t == 1).sum() if estimand == "att" else len(t)))
    worst = max(target, certain)
    verdict: Verdict = "pass" if worst < SOME else "concern" if worst < MANY else "fail"
    whom = "treated rows" if estimand == "att" else "rows"
    reading = (
        "Nearly everyone the estimate speaks of has counterparts in the other group."
        if verdict == "pass"
        else "For them the estimate rests on the model, not on people like them: consider `trim`, "
        "a `caliper`, or a target nearer to the data."
    )
    meaning = (
        f"{lost:.1%} of the treated and {lost_zero:.1%} of the comparison rows have a propensity "
        f"score outside the other group's range; for {certain:.1%} of the {whom} treatment is all "
        f"but certain (within {EXTREME:g} of 0 or 1). {reading}"
    )
    return Check("overlap", worst, None, verdict, meaning)


def size_check(t: Floats, weights: Floats) -> Check:
    """Return the verdict on how many rows the weights are worth."""
    sizes = [effective_size(weights[t == arm]) for arm in (1, 0)]
    counts = [int(((t == arm) & (weights > 0)).sum()) for arm in (1, 0)]
    share = min(size / max(count, 1) for size, count in zip(sizes, counts, strict=True))
    fewest = min(sizes)
    verdict: Verdict = (
        "fail"
        if share < VERY_SCARCE or fewest < FEWEST
        else "concern"
        if share < SCARCE
        else "pass"
    )
    reading = (
        "The weights rest on many rows."
        if verdict == "pass"
        else "A few rows carry the estimate: look at them, and at the largest weights."
    )
    meaning = (
        f"After weighting, {counts[0]} treated rows are worth {sizes[0]:.1f} and {counts[1]} "
        f"comparison rows {sizes[1]:.1f} (Kish's effective sample size). {reading}"
    )
    return Check("effective sample size", fewest, None, verdict, meaning)


def weights_table(t: Floats, weights: Floats, labels: tuple[str, ...]) -> pd.DataFrame:
    """Return one row an arm: rows, rows used, effective size, smallest, mean and largest weight."""
    rows = []
    for arm in (1, 0):
        own = weights[t == arm]
        used = own[own > 0]
        rows.append(
            {
                "arm": labels[arm],
                "rows": len(own),
                "rows_used": len(used),
                "effective_size": effective_size(own),
                "smallest": float(used.min()) if len(used) else np.nan,
                "mean": float(used.mean()) if len(used) else np.nan,
                "largest": float(used.max()) if len(used) else np.nan,
            }
        )
    return pd.DataFrame(rows)
