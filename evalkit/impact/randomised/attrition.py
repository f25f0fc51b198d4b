"""Who was lost, by arm, and what the effect could be whatever those lost would have shown."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evalkit.impact.inference import t_row
from evalkit.impact.least_squares import Floats, sums_by
from evalkit.impact.randomised.evidence import parts_of
from evalkit.impact.randomised.regression import build, least
from evalkit.impact.randomised.trial import Bools, Trial

DRAWS = 499
CHUNK_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """Lee's bounds for those who would be seen in either arm, with their errors."""

    low: float
    high: float
    low_error: float
    high_error: float
    interval: tuple[float, float]
    trimmed: str
    share: float
    worst: tuple[float, float]


def attrition_table(trial: Trial) -> pd.DataFrame:
    """Return, for every arm, how many were randomised, analysed and lost (and whole clusters)."""
    rows = []
    for i, label in enumerate(trial.arms):
        mine = trial.arm == i
        randomised, analysed = int(mine.sum()), int((mine & trial.seen).sum())
        clusters = len(np.unique(trial.cluster[mine]))
        rows.append(
            {
                "arm": label,
                "randomised": randomised,
                "analysed": analysed,
                "lost": randomised - analysed,
                "share_lost": 1 - analysed / randomised,
                "clusters_randomised": clusters,
                "clusters_lost": clusters - len(np.unique(trial.cluster[mine & trial.seen])),
            }
        )
    return pd.DataFrame(rows)


def differential(trial: Trial, arm: int, level: float) -> tuple[float, float]:
    """Return the difference in the share lost between an arm and the reference, and its p-value."""
    lost = replace(trial, y=(~trial.seen).astype(float), x=trial.x[:, :0], x_names=())
    model, faults = build(lost, "difference_in_means")
    if faults:
        return math.nan, math.nan
    solved = least(model, lost.y)
    parts, df = parts_of(solved, arm - 1)
    value = float(solved.solved.beta[arm - 1])
    made = t_row("", value, float(np.sqrt((parts**2).sum())), df, level)
    return value, made["p_value"]


def lee_bounds(trial: Trial, arm: int, *, level: float, seed: int) -> Bounds:
    """Return Lee's (2009) bounds for an arm against the reference arm.

    The arm with more outcomes seen is trimmed by the excess share, from the top and from the
    bottom. Within strata drawn with different shares, rows are weighted by the inverse of the share
    of their arm. Errors by a bootstrap of clusters (or rows) within arms; the interval covers the
    effect, not the whole range (Imbens and Manski 2004).
    """
    pair = trial.keep(np.isin(trial.arm, (0, arm)))
    rows = np.argsort(pair.y, kind="stable")
    y, w = pair.y[rows], (pair.w * inverse_shares(pair))[rows]
    treated, unit = pair.arm[rows] != 0, pair.cluster[rows]
    seen = np.isfinite(y)
    held = np.bincount(unit[treated], minlength=pair.n_clusters) > 0
    one = _bounds(y, treated, seen, w[None, :])
    low, high, excess = (float(part[0]) for part in one)
    rng = np.random.default_rng([seed, 3])
    size = max(CHUNK_CELLS // len(y), 1)
    drawn = [
        np.column_stack(
            _bounds(y, treated, seen, w * _counts(held, min(size, DRAWS - start), rng)[:, unit])[:2]
        )
        for start in range(0, DRAWS, size)
    ]
    errors = np.nanstd(np.concatenate(drawn), axis=0)
    interval = imbens_manski((low, high), (float(errors[0]), float(errors[1])), level)
    return Bounds(
        low,
        high,
        float(errors[0]),
        float(errors[1]),
        interval,
        trial.arms[arm] if excess > 0 else trial.arms[0],
        abs(excess),
        _worst(y, treated, seen, w),
    )


def inverse_shares(trial: Trial) -> Floats:
    """Return one over the share of each row's arm in its stratum."""
    count, arms = int(trial.stratum.max()) + 1, len(trial.arms)
    cells = sums_by(trial.w, trial.stratum * arms + trial.arm, count * arms).reshape(count, arms)
    share = cells / cells.sum(axis=1, keepdims=True)
    return np.asarray(1.0 / share[trial.stratum, trial.arm])


def _counts(held: Bools, draws: int, rng: np.random.Generator) -> Floats:
    """Return how often each unit is drawn, shape (draws, units), within the arms."""
    counts = np.zeros((draws, len(held)))
    for side in (True, False):
        members = np.flatnonzero(held == side)
        if len(members):
            share = np.full(len(members), 1 / len(members))
            counts[:, members] = rng.multinomial(len(members), share, size=draws)
    return counts


def _bounds(y: Floats, treated: Bools, seen: Bools, w: Floats) -> tuple[Floats, Floats, Floats]:
    """Return bounds and the excess share seen of the treated, for each row of weights `w`."""
    shares, means = {}, {}
    for side in (True, False):
        mine = treated == side
        whole, there = w[:, mine].sum(axis=1), w[:, mine & seen].sum(axis=1)
        shares[side] = there / np.where(whole > 0, whole, np.nan)
    excess = {side: 1 - shares[not side] / shares[side] for side in (True, False)}
    for side in (True, False):
        mine = (treated == side) & seen
        cut = np.clip(excess[side], 0.0, None)
        means[side] = _trimmed(y[mine], w[:, mine], cut)
    low = means[True][0] - means[False][1]
    high = means[True][1] - means[False][0]
    return low, high, np.where(excess[True] > 0, excess[True], -excess[False])


def _trimmed(y: Floats, w: Floats, cut: Floats) -> tuple[Floats, Floats]:
    """Return the mean of sorted `y` less the highest, and less the lowest, share `cut`."""
    running = np.cumsum(w, axis=1)
    total = running[:, -1:]
    target = total * (1 - cut[:, None])
    bottom = np.clip(target - (running - w), 0.0, w)
    top = np.clip(running - (total - target), 0.0, w)
    size = np.where(target > 0, target, np.nan)[:, 0]
    return (bottom @ y) / size, (top @ y) / size


def _worst(y: Floats, treated: Bools, seen: Bools, w: Floats) -> tuple[float, float]:
    """Return the bounds when those lost may have any outcome seen in the trial (Manski 1990)."""
    least_y, most_y = float(y[seen].min()), float(y[seen].max())
    filled = [np.where(seen, y, value) for value in (least_y, most_y)]
    low, high = (
        np.average(filled[up][treated], weights=w[treated])
        - np.average(filled[1 - up][~treated], weights=w[~treated])
        for up in (0, 1)
    )
    return float(low), float(high)


def imbens_manski(
    bounds: tuple[float, float], errors: tuple[float, float], level: float
) -> tuple[float, float]:
    """Return an interval that holds the effect, somewhere between the bounds, at this level."""
    from scipy.optimize import brentq
    from scipy.special import ndtr

    widest = max(errors)
    if not widest > 0:
        return bounds
    gap = max(bounds[1] - bounds[0], 0.0) / widest
    reach = float(brentq(lambda c: ndtr(c + gap) - ndtr(-c) - level, 0.0, 20.0))
    return bounds[0] - reach * errors[0], bounds[1] + reach * errors[1]
