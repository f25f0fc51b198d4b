"""Effects by matching with replacement, bias-adjusted if wanted, with Abadie and Imbens' errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats, Ints, sums_by
from evalkit.impact.weighting.effect import Arms
from evalkit.impact.weighting.nearest import SAME, Matches, Space, with_replacement
from evalkit.impact.weighting.propensity import Logit, with_constant

NEIGHBOURS = 2
"""Rows of one arm, itself included, by which the variance around a row is judged."""


@dataclass(frozen=True, slots=True)
class Matched:
    """An effect by matching with replacement.

    Attributes
    ----------
    value : float
    std_error : float
        Abadie and Imbens (2006), theorem 7: the effect in the population.
    adjusted : float or None
        The same with the estimated propensity score allowed for (Abadie and Imbens 2016).
    weights : ndarray, shape (n,)
        Times each row is used, sampling weights of those it stands in for included.
    influence : ndarray, shape (n,)
        Part of each row by a linear outcome model (Otsu and Rai 2017): what clusters are made of.
    """

    value: float
    std_error: float
    adjusted: float | None
    weights: Floats
    influence: Floats


def imputed(arms: Arms, matches: Matches, models: tuple[Floats, Floats] | None) -> Floats:
    """Return, for each target, the mean outcome of those who stand in for it (NaN elsewhere).

    With `models` (predictions of either arm for every row) the differences in covariates are
    taken out: Abadie and Imbens (2011), equation 3.
    """
    outcome = arms.y[matches.donor]
    if models is not None:
        arm = arms.t[matches.donor].astype(int)
        both = np.stack(models)
        outcome = outcome + both[arm, matches.target] - both[arm, matches.donor]
    made = np.full(len(arms.y), np.nan)
    total = np.bincount(matches.target, weights=matches.share * outcome, minlength=len(arms.y))
    made[matches.target] = total[matches.target]
    return made


def linear_models(arms: Arms, used: Floats) -> tuple[Floats, Floats]:
    """Return predictions for every row of the outcome in either arm, fitted on the rows used."""
    z = with_constant(arms.x)
    made = []
    for arm in (0, 1):
        weights = used * (arms.t == arm)
        root = np.sqrt(weights)[:, None]
        beta = np.linalg.lstsq(z * root, arms.y * root[:, 0], rcond=1e-10)[0]
        made.append(z @ beta)
    return made[0], made[1]


def used_weights(arms: Arms, matches: Matches) -> tuple[Floats, Floats]:
    """Return how much each row is used as a stand-in, and the same with squared parts."""
    part = matches.share * arms.weights[matches.target]
    n = len(arms.y)
    once = np.bincount(matches.donor, weights=part, minlength=n)
    squared = np.bincount(matches.donor, weights=part**2, minlength=n)
    return np.asarray(once, dtype=float), np.asarray(squared, dtype=float)


def local_moments(
    points: Floats, arms: Arms, centres: Ints, pool: Ints, values: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return moments of the outcome among the nearest rows of `pool` around each centre.

    Rows at one point are taken together, so that ties cost nothing.

    Returns
    -------
    variance : ndarray, shape (centres,)
        Of the outcome among the `NEIGHBOURS` nearest (and those that tie).
    covariance : ndarray, shape (centres, k)
        With the columns of `values` (no columns without them).
    """
    from scipy.spatial import cKDTree

    places, inverse = np.unique(points[pool], axis=0, return_inverse=True)
    inside = np.zeros((len(pool), 0)) if values is None else values[pool]
    inside = inside - inside.mean(axis=0)
    y = arms.y[pool] - arms.y[pool].mean()
    columns = np.column_stack([np.ones(len(pool)), y, y**2, inside, inside * y[:, None]])
    totals = sums_by(columns, inverse.reshape(-1), len(places))
    wanted = min(NEIGHBOURS, len(pool))
    near = min(NEIGHBOURS + 2, len(places))
    distance, index = cKDTree(places).query(points[centres], k=near)
    distance, index = distance.reshape(len(centres), near), index.reshape(len(centres), near)
    reached = np.cumsum(totals[index, 0], axis=1) >= wanted
    last = distance[np.arange(len(centres)), reached.argmax(axis=1)]
    used = distance <= last[:, None] * (1 + SAME)
    found = np.einsum("cm,cmj->cj", used.astype(float), totals[index])
    count, k = found[:, 0], inside.shape[1]
    mean, free = found[:, 1] / count, np.maximum(count - 1, 1)
    variance = np.maximum(found[:, 2] - count * mean**2, 0.0) / free
    cross = found[:, 3 + k :] - found[:, 3 : 3 + k] * mean[:, None]
    return variance, cross / free[:, None]


def matched_effect(
    arms: Arms,
    space: Space,
    *,
    estimand: str,
    ratio: int,
    bias_adjusted: bool,
    fitted: Logit | None,
) -> tuple[Matched, Matches]:
    """Return the effect by matching with replacement; targets without a match are left out.

    Parameters
    ----------
    fitted : Logit or None
        The logit whose score is matched on, if one is: its estimation then enters the error.
    """
    treated, compared = np.flatnonzero(arms.t == 1), np.flatnonzero(arms.t == 0)
    matches = with_replacement(space, treated, compared, ratio=ratio)
    if estimand == "ate":
        matches = joined(matches, with_replacement(space, compared, treated, ratio=ratio))
    target = np.zeros(len(arms.y), dtype=bool)
    target[matches.target] = True
    once, squared = used_weights(arms, matches)
    models = linear_models(arms, once if estimand == "ate" else np.where(arms.t == 1, 1.0, once))
    other = imputed(arms, matches, models if bias_adjusted else None)
    sign = 2 * arms.t - 1
    share = np.where(target, arms.weights, 0.0)
    total = share.sum()
    each = np.where(target, sign * (arms.y - np.where(target, other, 0.0)), 0.0)
    value = float(share @ each / total)
    spread = np.zeros(len(arms.y))
    # Each row's own place as target counts once; beyond it, squared use less its pairs' own part.
    extra = once**2 - squared + 2 * share * once
    for rows in (treated, compared):
        needed = rows[extra[rows] > 0]
        if len(needed):
            spread[needed] = local_moments(space.points, arms, needed, rows)[0]
    variance = float((share**2 * (each - value) ** 2).sum() + (spread * extra).sum()) / total**2
    adjusted = None
    if fitted is not None:
        adjusted = _estimated_score(arms, space, fitted, variance, (estimand, value, ratio))
    gap = models[1] - models[0]
    weights = share + once
    left = arms.y - np.where(arms.t == 1, models[1], models[0])
    centred = share * (gap - float(share @ gap) / total)
    influence = (centred + sign * weights * left) / total
    return Matched(value, np.sqrt(variance), adjusted, weights, influence), matches


def joined(one: Matches, other: Matches) -> Matches:
    """Return the pairs of two sets of matches together."""
    return Matches(
        np.concatenate([one.target, other.target]),
        np.concatenate([one.donor, other.donor]),
        np.concatenate([one.share, other.share]),
        np.concatenate([one.unmatched, other.unmatched]),
        one.tied + other.tied,
    )


def _estimated_score(
    arms: Arms, space: Space, fitted: Logit, variance: float, made: tuple[str, float, int]
) -> float | None:
    """Return the standard error once the estimated score is allowed for, or None.

    Abadie and Imbens (2016, Econometrica 84), theorems 1 and 2, with local covariances among the
    nearest rows of either arm. For the effect on the treated the correction can go either way.
    """
    estimand, value, ratio = made
    p, z, s = fitted.p, fitted.x, arms.weights
    everyone = np.arange(len(arms.y))
    treated, compared = np.flatnonzero(arms.t == 1), np.flatnonzero(arms.t == 0)
    one = local_moments(space.points, arms, everyone, treated, z)[1]
    zero = local_moments(space.points, arms, everyone, compared, z)[1]
    slope = s * p * (1 - p)
    if estimand == "ate":
        cross = (one / p[:, None] + zero / (1 - p)[:, None]).T @ slope / s.sum()
        found = variance - cross @ fitted.inverse @ cross
        return float(np.sqrt(found)) if found > 0 else None
    total = float(s @ arms.t)
    by_score = _both_sides(arms, Space(space.points), ratio)
    by_content = _both_sides(arms, Space(arms.x), ratio)
    odds = (p / (1 - p))[:, None]
    cross = ((one + odds * zero).T @ slope + z.T @ (slope * (by_score - value))) / total
    moved = z.T @ (slope * (by_content - value)) / total
    found = variance - cross @ fitted.inverse @ cross + moved @ fitted.inverse @ moved
    return float(np.sqrt(found)) if found > 0 else None


def _both_sides(arms: Arms, space: Space, ratio: int) -> Floats:
    """Return each row's difference between treatment and comparison, the missing side matched."""
    treated, compared = np.flatnonzero(arms.t == 1), np.flatnonzero(arms.t == 0)
    matches = joined(
        with_replacement(space, treated, compared, ratio=ratio),
        with_replacement(space, compared, treated, ratio=ratio),
    )
    return np.asarray((2 * arms.t - 1) * (arms.y - imputed(arms, matches, None)))
