"""One comparison of two groups in two cross-sections of different people.

Sant'Anna and Zhao (2020, Journal of Econometrics 219), section 2 and theorem 3: outcome regression,
normalised inverse probability weights, and the locally efficient doubly robust estimator (its four
outcome regressions: two groups by two periods), with the propensity by maximum likelihood or, for
the improved form, by tilting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.least_squares import Floats
from evalkit.impact.staggered.rows import Flags, Method
from evalkit.impact.staggered.two_by_two import odds_by_likelihood, odds_by_tilting, outcome_fit


@dataclass(frozen=True, slots=True)
class Part:
    """A weighted mean with its influence function: what the estimators are sums of."""

    value: float
    influence: Floats


def cross_sections(
    y: Floats, sides: tuple[Flags, Flags], x: Floats, w: Floats, method: Method
) -> tuple[float, Floats]:
    """Return the effect on the treated and its influence function, shape (n,).

    Parameters
    ----------
    y : ndarray, shape (n,)
        Outcome of each person.
    sides : two ndarrays of bool, shape (n,)
        Whether in the treated group; whether in the later period.
    x : ndarray, shape (n, k)
        Covariates, a constant first.
    w : ndarray, shape (n,)

    Raises
    ------
    numpy.linalg.LinAlgError
        When one of the four cells is empty, or covariates are collinear or separate the groups.
    """
    treated, after = sides
    four = [w * (treated == d) * (after == t) for d in (True, False) for t in (True, False)]
    if min(float(one.sum()) for one in four) == 0:
        raise np.linalg.LinAlgError("one side is not seen in both of the periods compared")
    if x.shape[1] == 1:
        means = [_mean(one, y) for one in four]
        return _sum(means, (1, -1, -1, 1))
    if method == "regression":
        return _regression(y, x, w * treated, four)
    odds, score = _odds(sides[0].astype(float), x, w, method)
    weighted = [four[0], four[1], four[2] * odds, four[3] * odds]
    if method == "ipw":
        means = [_mean(one, y) for one in weighted[:2]]
        means += [_tilted(one, y, x, score) for one in weighted[2:]]
        return _sum(means, (1, -1, -1, 1))
    return _doubly_robust(y, x, w * treated, weighted, (four, score, method))


def _odds(treated: Floats, x: Floats, w: Floats, method: Method) -> tuple[Floats, Floats]:
    if method == "doubly_robust_improved":
        return odds_by_tilting(x, w * treated, w * (1 - treated)), np.zeros_like(x)
    return odds_by_likelihood(treated, x, w)


def _mean(w: Floats, values: Floats) -> Part:
    value = float(w @ values / w.sum())
    return Part(value, w * (values - value) / w.mean())


def _tilted(w: Floats, values: Floats, x: Floats, score: Floats) -> Part:
    """Return the mean under odds weights, whose slopes are estimates too."""
    plain = _mean(w, values)
    return Part(plain.value, plain.influence + score @ (plain.influence @ x / len(w)))


def _sum(parts: list[Part], signs: tuple[int, ...]) -> tuple[float, Floats]:
    value = sum(sign * one.value for sign, one in zip(signs, parts, strict=True))
    influence = np.sum(
        [sign * one.influence for sign, one in zip(signs, parts, strict=True)], axis=0
    )
    return float(value), np.asarray(influence)


def _regression(y: Floats, x: Floats, wt: Floats, four: list[Floats]) -> tuple[float, Floats]:
    later, sooner = (outcome_fit(y, x, one) for one in four[2:])
    expected = _mean(wt, x @ (later[0] - sooner[0]))
    at = wt @ x / wt.sum()
    expected = Part(expected.value, expected.influence + (later[1] - sooner[1]) @ at)
    return _sum([_mean(four[0], y), _mean(four[1], y), expected], (1, -1, -1))


def _doubly_robust(
    y: Floats,
    x: Floats,
    wt: Floats,
    weighted: list[Floats],
    rest: tuple[list[Floats], Floats, Method],
) -> tuple[float, Floats]:
    """Return the locally efficient form.

    Each of the four means is of what the comparison's regression of that period leaves; two more
    terms put the treated of both periods, not of one, under the difference of the regressions.
    """
    four, score, method = rest
    improved = method == "doubly_robust_improved"
    fit_weights = [*four[:2], *(weighted[2:] if improved else four[2:])]
    slopes, slope_influence = zip(*(outcome_fit(y, x, one) for one in fit_weights), strict=True)
    parts, signs = [], (1, -1, -1, 1)
    for k, one in enumerate(weighted):
        against = 2 + k % 2  # the comparison's regression of the same period
        plain = _tilted(one, y - x @ slopes[against], x, score)
        if k < 2:
            plain = _mean(one, y - x @ slopes[against])
        own = 0.0 if improved else slope_influence[against] @ (one @ x / one.sum())
        parts.append(Part(plain.value, plain.influence - own))
    for k in (0, 1):
        gap = x @ (slopes[k] - slopes[2 + k])
        slope = slope_influence[k] - (0.0 if improved else slope_influence[2 + k])
        for one in (wt, four[k]):
            plain = _mean(one, gap)
            parts.append(Part(plain.value, plain.influence + slope @ (one @ x / one.sum())))
    return _sum(parts, (*signs, 1, -1, -1, 1))
