"""Effects on quantiles and tails: whether the lowest gained as much as the middle.

In a trial, the difference of the quantiles of the arms; with two groups before and after, changes
in changes (Athey and Imbens 2006), which asks where the treated would have stood had their
distribution moved as that of the comparison did. An effect on a quantile is not the effect on the
people who stand there: they may change places.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.estimate import Check, Estimate
from evalkit.impact.exposure import columns_of, number, treated_rows
from evalkit.impact.frame import Floats
from evalkit.impact.inference import t_row
from evalkit.impact.least_squares import Ints

DRAWS = 499
IDENTIFIED = ("randomised", "difference_in_differences")
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


class Data(NamedTuple):
    """Outcomes with their cell (treated 2, late 1), weights and clusters; ``paired`` over time."""

    y: Floats
    cell: Ints
    w: Floats
    cluster: Ints
    over_time: bool


def with_quantiles(
    estimate: Estimate,
    frame: Any,
    options: Mapping[str, Any],
    *,
    quantiles: Sequence[float] = QUANTILES,
) -> Estimate:
    """Return the estimate with effects on quantiles of the outcome.

    Parameters
    ----------
    estimate : Estimate
        Of ``randomised`` (two arms) or ``difference_in_differences``.
    frame : pandas or polars DataFrame
    options : mapping
        The design's options, ``outcome`` and ``seed`` among them.
    quantiles : sequence of float
        Between 0 and 1, ends left out.

    Returns
    -------
    Estimate
        With ``table["quantiles"]`` (quantile, estimate, std_error, low, high, p_value), errors by a
        bootstrap of clusters within arms, and the check ``quantile effects``.

    Raises
    ------
    DesignError
        A design that does not identify them, or quantiles out of range.

    References
    ----------
    Athey and Imbens (2006), Econometrica 74, equation 9; Firpo (2007), Econometrica 75.
    """
    if estimate.design not in IDENTIFIED:
        raise DesignError(
            f"`{estimate.design}` does not identify effects on quantiles without assumptions of "
            "its own on whole distributions.",
            do=f"Leave `quantiles` out, or use one of: {', '.join(IDENTIFIED)}.",
        )
    if not quantiles or not all(0 < q < 1 for q in quantiles):
        raise DesignError("`quantiles` must lie between 0 and 1.", do="Write [0.1, 0.5, 0.9].")
    data = _read(frame, options, over_time=estimate.design != "randomised")
    at = np.array(sorted(quantiles), dtype=float)
    effects = quantile_effects(data, at)
    rng = np.random.default_rng([int(options.get("seed", 0)), 13])
    drawn = np.array([quantile_effects(_resampled(data, rng), at) for _ in range(DRAWS)])
    errors = drawn.std(axis=0, ddof=1)
    df = len(np.unique(data.cluster)) - 2.0
    rows = [
        {
            "quantile": q,
            "estimate": value,
            **{
                key: t_row("", value, error, df, estimate.interval.level)[key]
                for key in ("std_error", "low", "high", "p_value")
            },
        }
        for q, value, error in zip(at, effects, errors, strict=True)
    ]
    return replace(
        estimate,
        table={**estimate.table, "quantiles": pd.DataFrame(rows)},
        checks=(*estimate.checks, _check(rows, estimate)),
    )


def quantile_effects(data: Data, at: Floats) -> Floats:
    """Return the effect on each quantile, shape of `at`."""
    cells = [(data.y[data.cell == k], data.w[data.cell == k]) for k in range(4)]
    treated = quantile(*cells[3], at)
    if not data.over_time:
        return treated - quantile(*cells[1], at)
    # Where a treated person stood before, among the comparison then; what stands there now.
    before = quantile(*cells[2], at)
    rank = share_below(*cells[0], before)
    return treated - quantile(*cells[1], np.clip(rank, 1e-9, 1 - 1e-9))


def quantile(y: Floats, w: Floats, at: Floats) -> Floats:
    """Return weighted quantiles: the smallest value with at least that share at or below it."""
    order = np.argsort(y, kind="stable")
    share = np.cumsum(w[order]) / w.sum()
    place = np.searchsorted(share, at - 1e-12)
    return np.asarray(y[order][np.minimum(place, len(y) - 1)])


def share_below(y: Floats, w: Floats, values: Floats) -> Floats:
    """Return the weighted share at or below each value."""
    order = np.argsort(y, kind="stable")
    share = np.concatenate([[0.0], np.cumsum(w[order]) / w.sum()])
    return np.asarray(share[np.searchsorted(y[order], values, side="right")])


def _resampled(data: Data, rng: np.random.Generator) -> Data:
    """Return data with clusters drawn anew within each arm, as changed weights."""
    treated = np.zeros(int(data.cluster.max()) + 1, dtype=bool)
    treated[data.cluster[data.cell >= 2]] = True
    times = np.zeros(len(treated))
    for side in (True, False):
        members = np.flatnonzero(treated == side)
        if len(members):
            drawn = rng.integers(0, len(members), len(members))
            times[members] = np.bincount(drawn, minlength=len(members))
    return data._replace(w=data.w * times[data.cluster] + 1e-12)


def _read(frame: Any, options: Mapping[str, Any], *, over_time: bool) -> Data:
    cluster = options.get("cluster") or options.get("unit")
    weights = options.get("weights")
    named = [options["outcome"], *(name for name in (cluster, weights) if name)]
    table = columns_of(frame, named)
    y = number(table, options["outcome"])
    if over_time:
        ever, late = _groups(frame, options)
    else:
        ever, late = treated_rows(frame, options), np.ones(len(y), dtype=bool)
    kept = np.isfinite(y)
    labels = table[cluster].astype(str).to_numpy() if cluster else _by_content(y)
    return Data(
        y[kept],
        (2 * ever + late).astype(np.intp)[kept],
        (number(table, weights) if weights else np.ones(len(y)))[kept],
        np.unique(labels[kept], return_inverse=True)[1].astype(np.intp),
        over_time,
    )


def _by_content(y: Floats) -> Any:
    """Return a label for each row that follows its outcome, so that row order does not matter."""
    return np.argsort(np.argsort(y, kind="stable"), kind="stable")


def _groups(frame: Any, options: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return who is ever treated, and which rows are late, of a difference in differences."""
    table = columns_of(frame, [options["treated"]])
    ever = np.nan_to_num(number(table, options["treated"])) != 0
    everyone = pd.DataFrame({"_all": np.ones(len(ever))})
    named = [name for name in (options.get("time"), options.get("post")) if name]
    times = columns_of(frame, named)
    late = treated_rows(pd.concat([everyone, times], axis=1), {**options, "treated": "_all"})
    return ever, late


def _check(rows: Sequence[Mapping[str, float]], estimate: Estimate) -> Check:
    low, high = rows[0], rows[-1]
    gap = low["estimate"] - high["estimate"]
    parts = "; ".join(
        f"quantile {row['quantile']:g}: {row['estimate']:.3g} ({row['low']:.3g} to {row['high']:.3g})"
        for row in rows
    )
    meaning = (
        f"Effect on quantiles of `{estimate.outcome}`: {parts}. These are differences of "
        "distributions; the people at a quantile may not be the same with and without the programme."
    )
    return Check("quantile effects", None if math.isnan(gap) else gap, None, "information", meaning)
