"""Several outcomes at once: p-values that allow for how many were looked at.

Holm keeps the chance of any false finding, Benjamini-Hochberg the share of false ones among the
findings. Where every estimate carries the contributions of the same clusters, the dependence of
the outcomes is used as well (Romano and Wolf's stepdown on multiplier draws).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from evalkit.impact.estimate import Check, Estimate, Verdict
from evalkit.impact.frame import Floats

DRAWS = 4_999


def holm(p_values: Floats) -> Floats:
    """Return p-values adjusted for familywise error (Holm 1979); NaN stays NaN and does not count."""
    return _in_order(p_values, lambda p, m: np.maximum.accumulate(p * (m - np.arange(m))))


def benjamini_hochberg(p_values: Floats) -> Floats:
    """Return p-values adjusted for the false discovery rate (Benjamini and Hochberg 1995)."""
    return _in_order(
        p_values,
        lambda p, m: np.minimum.accumulate((p * m / (np.arange(m) + 1))[::-1])[::-1],
    )


def _in_order(p_values: Floats, adjust: Callable[[Floats, int], Floats]) -> Floats:
    made = np.full(len(p_values), math.nan)
    known = np.flatnonzero(np.isfinite(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    if len(order):
        made[order] = np.minimum(adjust(p_values[order], len(order)), 1.0)
    return made


def stepdown(statistics: Floats, contributions: Floats, seed: int, df: float) -> Floats:
    """Return familywise p-values that use the dependence of the outcomes.

    Romano and Wolf (2005, Econometrica 73): the largest of the remaining statistics is held
    against the largest under multiplier draws of the clusters (Rademacher weights), scaled so that
    each has the tails of t with `df` degrees of freedom.

    Parameters
    ----------
    statistics : ndarray, shape (m,)
        Estimate over its standard error.
    contributions : ndarray, shape (G, m)
        Contribution of each cluster to the error of each estimate.
    df : float
        Degrees of freedom of the errors.
    """
    rng = np.random.default_rng([seed, 11])
    scale = np.sqrt((contributions**2).sum(axis=0))
    signs = rng.choice([-1.0, 1.0], size=(DRAWS, len(contributions)))
    shrink = np.sqrt(rng.chisquare(df, size=DRAWS) / df)[:, None]
    drawn = np.abs(signs @ (contributions / scale)) / shrink
    order = np.argsort(-np.abs(statistics), kind="stable")
    made, worst = np.empty(len(statistics)), 0.0
    for rank, j in enumerate(order):
        largest = drawn[:, order[rank:]].max(axis=1)
        hits = int((largest >= abs(statistics[j]) * (1 - 1e-9)).sum())
        worst = max(worst, (hits + 1) / (DRAWS + 1))
        made[j] = worst
    return made


def with_family(estimates: Sequence[Estimate], seed: int = 0) -> tuple[Estimate, ...]:
    """Return the estimates of several outcomes, each with its p-value adjusted for the others.

    Parameters
    ----------
    estimates : sequence of Estimate
        Of one analysis; a single one is returned as it is.

    Returns
    -------
    tuple of Estimate
        Each with ``table["family"]`` (outcome, estimate, p_value, p_holm, p_false_discovery,
        p_stepdown) and the check ``several outcomes``.
    """
    if len(estimates) < 2:
        return tuple(estimates)
    plain = np.array([math.nan if one.p_value is None else one.p_value for one in estimates])
    table = pd.DataFrame(
        {
            "outcome": [one.outcome for one in estimates],
            "estimate": [one.value for one in estimates],
            "p_value": plain,
            "p_holm": holm(plain),
            "p_false_discovery": benjamini_hochberg(plain),
            "p_stepdown": _stepdown(estimates, seed),
        }
    )
    return tuple(
        replace(
            one,
            table={**one.table, "family": table},
            checks=(*one.checks, _check(table, at)),
        )
        for at, one in enumerate(estimates)
    )


def _stepdown(estimates: Sequence[Estimate], seed: int) -> Floats:
    """Return the stepdown p-values, or NaN where estimates carry no contributions."""
    parts = [one.contributions for one in estimates]
    if any(part is None for part in parts):
        return np.full(len(estimates), math.nan)
    joined = pd.DataFrame([dict(part or {}) for part in parts]).T.sort_index().fillna(0.0)
    contributions = joined.to_numpy(dtype=float)
    scale = np.sqrt((contributions**2).sum(axis=0))
    if not (scale > 0).all():
        return np.full(len(estimates), math.nan)
    values = np.array([one.value for one in estimates])
    order = np.lexsort(contributions.T)
    return stepdown(values / scale, contributions[order], seed, max(len(contributions) - 1.0, 1.0))


def _check(table: pd.DataFrame, at: int) -> Check:
    row = table.iloc[at]
    name = "several outcomes"
    if math.isnan(row["p_value"]):
        meaning = f"One of {len(table)} outcomes; it has no p-value to adjust."
        return Check(name, None, None, "information", meaning)
    adjusted = row["p_holm"] if math.isnan(row["p_stepdown"]) else row["p_stepdown"]
    lost = row["p_value"] < 0.05 <= adjusted
    reading = (
        "Alone it would stand out; among so many it may be chance."
        if lost
        else "Looking at several outcomes does not change what is said of this one."
    )
    meaning = (
        f"One of {len(table)} outcomes of this analysis. p = {row['p_value']:.3g} alone, "
        f"{adjusted:.3g} with any false finding among them held to 5%, "
        f"{row['p_false_discovery']:.3g} with the share of false ones held. {reading}"
    )
    verdict: Verdict = "concern" if lost else "information"
    return Check(name, float(len(table)), float(adjusted), verdict, meaning)
