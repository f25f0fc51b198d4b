"""Weights of donors by predictors, whose own importance is chosen by the fit before the start.

Inner problem: weights `w` of the donors nearest to the treated unit in predictors weighted by `v`.
Outer problem: the `v` whose `w` follows the outcome best before the start (Abadie, Diamond and
Hainmueller 2010). The outer loss has several local minima, so many starts are tried; its gradient
is exact while the same donors keep their weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.frame import Floats
from evalkit.impact.synthetic.weights import MANY, nearest_weights, simplex

STARTS = 60
"""Random starts that are scored; the best `LOCAL` of all starts are improved."""
LOCAL = 10
NEAR = 1.05
"""Losses up to this multiple of the lowest count as nearly as good."""
MATCHED = 1e-16
"""Squared distance in predictors, in those of the median donor, that counts as none."""
STRESS = 300.0
"""Weight of the predictors over the outcome where they can be matched exactly."""
PULLS = (0.9, 0.7, 0.5)
LOWEST = -11.5
"""Logarithm of the least importance, beside the greatest: a hundred-thousandth.

Without a bound the best importance would be that of one or two predictors, the others dropped in all
but name (Malo, Eskelinen, Zhou and Kuosmanen 2024, Computing synthetic controls using bilevel
optimization, Computational Economics 64).
"""


@dataclass(frozen=True, slots=True)
class Nested:
    """Weights of donors, importance of predictors, and what else fits nearly as well.

    Attributes
    ----------
    weights : ndarray, shape (n,)
    importance : ndarray, shape (k,)
        Adds up to one.
    loss : float
        Mean squared error of the outcome over the periods fitted.
    bound : float
        The lowest loss any weights could have: those fitted to the outcome itself.
    near : ndarray, shape (s, n)
        Weights at every searched point whose loss is at most `NEAR` times the lowest.
    unique : bool
        Whether no other weights of the donors fit as well.
    matched : bool
        Whether the predictors can be matched exactly: then their importance does not matter, and of
        the weights that do so those that follow the outcome best are taken.
    """

    weights: Floats
    importance: Floats
    loss: float
    bound: float
    near: Floats
    unique: bool
    matched: bool


@dataclass(frozen=True, slots=True)
class _Problem:
    predictors: Floats  # donors less treated, over its median size, (k, n)
    outcome: Floats  # donors less treated, (t, n)


def nested(
    predictors: tuple[Floats, Floats], outcome: tuple[Floats, Floats], seed: int = 0
) -> Nested:
    """Return the weights of donors whose predictors, well weighted, are those of the treated unit.

    Parameters
    ----------
    predictors : tuple of ndarray, shapes (k,) and (k, n)
        Of the treated unit and of the donors.
    outcome : tuple of ndarray, shapes (t,) and (t, n)
        In the periods whose fit decides on the importance of predictors.
    seed : int
        Of the random starts.
    """
    own, donors = predictors
    spread = _spread(own, donors)
    keep = spread > 1e-12 * np.maximum(np.abs(donors).max(axis=1), 1e-300)
    apart = (donors - own[:, None])[keep] / spread[keep, None]
    gaps = outcome[1] - outcome[0][:, None]
    bound = simplex(outcome[0], outcome[1]).loss / len(gaps)
    importance = np.zeros(len(own))
    level = simplex(np.zeros(len(apart)), apart)
    if level.loss <= MATCHED or not keep.any():
        importance[keep] = 1 / max(int(keep.sum()), 1)
        made, unique = level.weights, level.unique
        if len(made) <= MANY:
            made, unique = _matched(apart, gaps)
        loss = _loss(gaps, made)
        return Nested(made, importance, loss, min(bound, loss), made[None], unique, matched=True)
    problem = _Problem(apart, gaps)
    if len(level.weights) > MANY:
        found = [(_loss(gaps, level.weights), np.zeros(len(apart)), level.weights)]
    else:
        found = _search(problem, seed)
    best = min(range(len(found)), key=lambda i: found[i][0])
    loss, log_v, made = found[best]
    near = np.array([w for one, _, w in found if one <= NEAR * loss])
    importance[keep] = _importance(log_v)
    last = simplex(np.zeros(len(apart)), _rows(problem, log_v))
    if _loss(gaps, last.weights) <= loss * (1 + 1e-6):
        made, loss = last.weights, _loss(gaps, last.weights)
    return Nested(made, importance, loss, min(bound, loss), near, last.unique, matched=False)


def _matched(apart: Floats, gaps: Floats) -> tuple[Floats, bool]:
    """Return the weights that follow the outcome best among those that match every predictor.

    The predictors are given much weight to find which donors take part; with these, the match is
    then made exact.
    """
    size = float(np.sqrt(np.median((gaps**2).mean(axis=0)))) or 1.0
    rows = np.vstack([STRESS * apart, gaps / size])
    found = simplex(np.zeros(len(rows)), rows)
    on = found.weights > 0
    ties = np.vstack([apart[:, on], np.ones((1, int(on.sum())))])
    square = gaps[:, on].T @ gaps[:, on] / size**2
    system = np.block([[square, ties.T], [ties, np.zeros((len(ties), len(ties)))]])
    goal = np.zeros(len(system))
    goal[-1] = 1.0
    exact = np.linalg.lstsq(system, goal, rcond=1e-12)[0][: int(on.sum())]
    made = found.weights.copy()
    if found.unique and exact.min() >= 0 and abs(exact.sum() - 1) < 1e-9:
        made[on] = exact
    return made, found.unique


def _spread(own: Floats, donors: Floats) -> Floats:
    """Return the median distance of a donor from the treated, or the mean where that is nought."""
    distance = np.abs(donors - own[:, None])
    middle = np.median(distance, axis=1)
    return np.where(middle > 0, middle, distance.mean(axis=1))


def _importance(log_v: Floats) -> Floats:
    v = np.exp(log_v - log_v.max()) if len(log_v) else log_v
    return np.asarray(v / v.sum())


def _rows(problem: _Problem, log_v: Floats) -> Floats:
    v = np.exp(log_v - log_v.max()) if len(log_v) else log_v
    return np.asarray(np.sqrt(v)[:, None] * problem.predictors)


def _loss(gaps: Floats, weights: Floats) -> float:
    left = gaps @ weights
    return float(left @ left) / len(gaps)


def _search(problem: _Problem, seed: int) -> list[tuple[float, Floats, Floats]]:
    """Return loss, log importance and weights at every start and every local minimum."""
    found = [_at(problem, start) for start in _starts(problem, seed)]
    if len(problem.predictors) == 1:
        return found
    size = max(min(one for one, _, _ in found), 1e-300)
    order = sorted(range(len(found)), key=lambda i: found[i][0])[:LOCAL]
    found += [_lower(problem, *found[i][1:], size) for i in order]
    for pull in PULLS:  # from the best so far, drawn towards equal importance: off the kinks
        _, log_v, weights = min(found, key=lambda one: one[0])
        found.append(_lower(problem, pull * log_v, weights, size))
    return found


def _lower(
    problem: _Problem, start: Floats, weights: Floats, size: float
) -> tuple[float, Floats, Floats]:
    """Return the local minimum that is reached from a start."""
    from scipy.optimize import minimize

    warm = [weights]
    ended = minimize(
        lambda x: _scaled(problem, x, warm, size),
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(LOWEST, 0.0)] * len(start),
        options={"maxiter": 300, "ftol": 1e-12, "gtol": 1e-9},
    )
    return _at(problem, ended.x)


def _starts(problem: _Problem, seed: int) -> list[Floats]:
    """Return equal importance, each predictor alone, importance by regression, random ones."""
    k = len(problem.predictors)
    rng = np.random.default_rng([seed, 11])
    alone = [np.where(np.arange(k) == i, 0.0, -3.0) for i in range(k)]
    slopes = np.linalg.lstsq(problem.predictors.T, problem.outcome.T, rcond=1e-9)[0]
    by_slope = np.log((slopes**2).sum(axis=1) + 1e-12 * (slopes**2).sum() + 1e-300)
    drawn = np.log(rng.dirichlet(np.full(k, 0.5), STARTS if k > 1 else 0) + 1e-6)
    many = [np.zeros(k), *alone, by_slope, *drawn]
    return [np.clip(one - one.max() if k else one, LOWEST, 0.0) for one in many]


def _at(problem: _Problem, log_v: Floats) -> tuple[float, Floats, Floats]:
    weights = _weights(problem, log_v, None)[1]
    return _loss(problem.outcome, weights), log_v, weights


def _weights(problem: _Problem, log_v: Floats, warm: Floats | None) -> tuple[Floats, Floats]:
    rows = _rows(problem, log_v)
    size = float(np.sqrt(np.einsum("ij,ij->j", rows, rows).min())) or 1.0
    return rows, nearest_weights(rows / size, warm=warm)


def _scaled(
    problem: _Problem, log_v: Floats, warm: list[Floats], size: float
) -> tuple[float, Floats]:
    """Return the outer loss and its gradient in the log importance, over `size`.

    With the donors that have weight held, ``w`` solves ``[G 1; 1' 0] [w; m] = [0; 1]`` with
    ``G = D'VD``; so a change of ``v_k`` moves the loss by ``-(D u)_k (D w)_k``, where `u` solves the
    same system for the slope of the loss in `w`.
    """
    rows, weights = _weights(problem, log_v, warm[0])
    warm[0] = weights
    on = weights > 0
    held, d, z = rows[:, on], problem.predictors[:, on], problem.outcome[:, on]
    left = z @ weights[on]
    p = int(on.sum())
    system = np.ones((p + 1, p + 1))
    system[:p, :p], system[p, p] = held.T @ held, 0.0
    slope = np.append(2 * z.T @ left / len(z), 0.0)
    u = np.linalg.lstsq(system, slope, rcond=1e-14)[0][:p]
    v = np.exp(log_v - log_v.max())
    gradient = -(d @ u) * (d @ weights[on]) * v
    return float(left @ left) / len(z) / size, gradient / size
