"""What a two-way estimate averages: tables of comparisons and weights, and what they mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.least_squares import Floats, Ints
from evalkit.impact.panel import NEVER
from evalkit.impact.trends.goodman_bacon import ALWAYS, LATER, decompose, group_means
from evalkit.impact.trends.two_way_weights import TwoWayWeights, two_way_weights

NAME = "two-way weights"
MUCH = 0.1
"""More than this share of the estimate by wrong comparisons, or below zero: the check fails."""
DECOMPOSITION = ("kind", "treated", "against", "estimate", "weight")
ALTERNATIVE = (
    "The design `staggered_adoption` compares with units not yet treated only and says how effects "
    "are averaged."
)


@dataclass(frozen=True, slots=True)
class Rows:
    """A two-way panel as arrays, one entry a row.

    Attributes
    ----------
    y, d, w : ndarray, shape (n,)
        Outcome, treatment, weights.
    unit, time : ndarray of int, shape (n,)
    first : ndarray of int, shape (n,), or None
        First treated period of the row's unit (`NEVER`: none); None for a dose.
    residual : ndarray, shape (n,)
        Treatment less what effects and covariates explain.
    labels : sequence
        How each period is called.
    plain : bool
        Whether there are no covariates and no effects but those of units and periods.
    """

    y: Floats
    d: Floats
    w: Floats
    unit: Ints
    time: Ints
    first: Ints | None
    residual: Floats
    labels: Sequence[Any]
    plain: bool


def mixture(rows: Rows, value: float) -> tuple[dict[str, pd.DataFrame], Check]:
    """Return the tables of comparisons and weights, and the check on them.

    Parameters
    ----------
    rows : Rows
    value : float
        The two-way estimate.
    """
    if (rows.d < 0).any():
        meaning = "Not computed: the treatment takes values below zero, so no effect has a weight."
        return {}, Check(NAME, None, None, "information", meaning)
    if rows.first is not None and not _staggered(rows):
        meaning = "All start together: every treated unit and period has a weight above zero."
        return {}, Check(NAME, 0.0, None, "pass", meaning)
    found = two_way_weights(rows.residual, rows.d, rows.w, value)
    tables = {"weights": _summary(found)}
    if rows.first is not None:
        tables["weights_by_cell"] = _by_cell(rows, found.weights)
    parts, reason = decomposition(rows)
    if not reason:
        tables["decomposition"] = parts
    return tables, _check(found, parts, reason, dose=rows.first is None)


def _staggered(rows: Rows) -> bool:
    first = _starts(rows)
    starts = np.unique(first[first < NEVER])
    # Units treated in all periods serve as comparison as well.
    return len(starts) > 1 or bool((starts <= rows.time.min()).any())


def _starts(rows: Rows) -> Ints:
    return np.full(len(rows.time), NEVER) if rows.first is None else rows.first


def _summary(found: TwoWayWeights) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "cells": found.cells,
                "negative_cells": found.negative_cells,
                "share_negative": found.share_negative,
                "sum_positive": found.sum_positive,
                "sum_negative": found.sum_negative,
                "sd_zero": found.sd_zero,
                "sd_opposite": found.sd_opposite,
            }
        ]
    )


def _by_cell(rows: Rows, weights: Floats) -> pd.DataFrame:
    """Return the weight of each start and period, and its share of the treated rows."""
    on = rows.d > 0
    first = _starts(rows)
    table = pd.DataFrame(
        {
            "start": first[on],
            "period": rows.time[on],
            "weight": weights[on],
            "share": rows.w[on] / rows.w[on].sum(),
        }
    )
    table = table.groupby(["start", "period"], as_index=False).sum()
    return table.assign(
        start=[rows.labels[i] for i in table["start"]],
        period=[rows.labels[i] for i in table["period"]],
    )


def decomposition(rows: Rows) -> tuple[pd.DataFrame, str]:
    """Return all comparisons of two groups with estimate and weight, or why there are none."""
    empty = pd.DataFrame(columns=list(DECOMPOSITION))
    reason = _why_not(rows)
    if reason:
        return empty, reason
    present, time = np.unique(rows.time, return_inverse=True)
    starts, group = np.unique(_starts(rows), return_inverse=True)
    begins = np.searchsorted(present, starts)
    shape = (len(starts), len(present))
    means = group_means(rows.y, rows.w, group.astype(np.intp), time.astype(np.intp), shape)
    sizes = np.bincount(group, weights=rows.w) / len(present)
    names = ["never" if start == NEVER else rows.labels[start] for start in starts]
    found = [
        (one.kind, names[one.treated], names[one.against], one.estimate, one.weight)
        for one in decompose(means, sizes, begins.tolist())
    ]
    return pd.DataFrame(found, columns=list(DECOMPOSITION)), ""


def _why_not(rows: Rows) -> str:
    if rows.first is None:
        return "the treatment is a dose"
    if not rows.plain:
        return "covariates or further effects are in the model"
    count = len(np.unique(rows.time))
    if (np.bincount(rows.unit) != count).any():
        return "some units lack some of the periods"
    mean = np.bincount(rows.unit, weights=rows.w) / count
    if np.abs(rows.w / mean[rows.unit] - 1).max() > 1e-9:
        return "weights of a unit differ between periods"
    return ""


def _check(found: TwoWayWeights, parts: pd.DataFrame, reason: str, *, dose: bool) -> Check:
    wrong = float(parts.loc[parts["kind"].isin([LATER, ALWAYS]), "weight"].sum())
    meaning = [_weights_in_words(found, dose=dose)]
    if len(parts):
        meaning.append(
            f"{wrong:.0%} of the estimate comes from comparisons with units that were already "
            "treated (Goodman-Bacon 2021), which go wrong where effects grow or fade."
        )
    elif not dose:
        meaning.append(f"Comparisons of pairs of groups are not shown: {reason}.")
    verdict: Verdict = "pass"
    if found.negative_cells or wrong > 0:
        verdict = "fail" if max(-found.sum_negative, wrong) > MUCH else "concern"
    if not dose and verdict != "pass":
        meaning.append(ALTERNATIVE)
    return Check(NAME, found.sum_negative, None, verdict, " ".join(meaning))


def _weights_in_words(found: TwoWayWeights, *, dose: bool) -> str:
    what = "effects of one unit more" if dose else "effects"
    words = (
        f"If trends are parallel, the estimate is a weighted sum of the {what} in {found.cells} "
        f"treated rows; {found.negative_cells} of the weights ({found.share_negative:.0%}) are "
        f"negative and add up to {found.sum_negative:.3g} (de Chaisemartin and D'Haultfoeuille "
        "2020)."
    )
    if math.isfinite(found.sd_zero):
        words += (
            f" Effects that vary between rows with a standard deviation of {found.sd_zero:.3g} or "
            "more could average to zero and still give it"
        )
        words += (
            f", and from {found.sd_opposite:.3g} on all could have the other sign."
            if math.isfinite(found.sd_opposite)
            else "; that all have the other sign is impossible."
        )
    return words
