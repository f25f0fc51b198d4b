"""Synthetic difference in differences: weights of donors and of periods (Arkhangelsky et al. 2021).

Donors are weighted so that they run parallel to the treated before the start, periods so that the
donors' past is like their later course; the estimate is the weighted double difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.frame import Floats
from evalkit.impact.synthetic.weights import simplex

STEPS = 10_000
FIRST_STEPS = 100
"""Steps of Frank-Wolfe once small weights are set to nought, and before."""
MOST_EXACT = 300
"""With more weights than this Frank-Wolfe is used throughout: the active set would be slow."""


@dataclass(frozen=True, slots=True)
class SyntheticDid:
    """Weights of donors and of periods before the start, and the course they imply.

    Attributes
    ----------
    value : float
        Effect, averaged over the periods from the start on.
    weights : ndarray, shape (n,)
    periods : ndarray, shape (t0,)
    synthetic : ndarray, shape (T,)
        Weighted donors, shifted to the level of the treated before the start.
    """

    value: float
    weights: Floats
    periods: Floats
    synthetic: Floats


def noise_of(donors: Floats, before: int) -> float:
    """Return the SD of the donors' changes from one period to the next before the start."""
    changes = np.diff(donors[:before], axis=0)
    return float(changes.std(ddof=1)) if changes.size > 1 else 0.0


def penalty(donors: Floats, before: int, treated: int) -> float:
    """Return zeta of the donors' weights: ``(N1 T1)^(1/4)`` times the noise (eq. 5)."""
    later = len(donors) - before
    return float((treated * later) ** 0.25 * noise_of(donors, before))


def synthetic_did(
    treated: Floats,
    donors: Floats,
    before: int,
    zeta: float,
    *,
    published: bool = False,
) -> SyntheticDid:
    """Return the synthetic difference in differences.

    Parameters
    ----------
    treated : ndarray, shape (T,)
        Average of the treated units.
    donors : ndarray, shape (T, n)
    before : int
        Number of periods before the start.
    zeta : float
        From `penalty`.
    published : bool
        Whether to follow the authors' program to its last step: Frank-Wolfe, stopped by its rule,
        instead of the exact minimum.

    References
    ----------
    Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), Synthetic Difference-in-Differences,
    American Economic Review 111, eqs. 4 to 7 and algorithm 1.
    """
    small = 1e-6 * noise_of(donors, before)
    early, late = donors[:before], donors[before:].mean(axis=0)
    tolerance = 1e-5 * noise_of(donors, before)
    walk = published or donors.shape[1] > MOST_EXACT
    solve = _frank_wolfe if walk else _exact
    weights = solve(_centred(treated[:before]), _centred(early), zeta, tolerance)
    solve = _frank_wolfe if published or before > MOST_EXACT else _exact
    periods = solve(_centred(late), _centred(early.T), small, tolerance)
    return assemble(treated, donors, weights, periods)


def comparisons(treated: Floats, donors: Floats, before: int) -> dict[str, float]:
    """Return what the authors' program gives for synthetic control, and difference in differences.

    Their synthetic control stops Frank-Wolfe after `STEPS` steps, short of the minimum; the
    estimator ``classic`` goes on to it.
    """
    noise = noise_of(donors, before)
    weights = _frank_wolfe(treated[:before], donors[:before], 1e-6 * noise, 1e-5 * noise)
    gap = treated - donors @ weights
    plain = treated - donors.mean(axis=1)
    return {
        "synthetic control, Frank-Wolfe": float(gap[before:].mean()),
        "difference in differences": float(plain[before:].mean() - plain[:before].mean()),
    }


def assemble(treated: Floats, donors: Floats, weights: Floats, periods: Floats) -> SyntheticDid:
    """Return the estimate that given weights of donors and of periods imply."""
    before = len(periods)
    followed = donors @ weights
    shift = float(periods @ (treated - followed)[:before])
    synthetic = followed + shift
    value = float((treated - synthetic)[before:].mean())
    return SyntheticDid(value, weights, periods, synthetic)


def _centred(values: Floats) -> Floats:
    return np.asarray(values - values.mean(axis=0))


def _exact(target: Floats, columns: Floats, zeta: float, _: float) -> Floats:
    return simplex(target, columns, ridge=zeta**2 * len(target)).weights


def _frank_wolfe(target: Floats, columns: Floats, zeta: float, tolerance: float) -> Floats:
    """Return weights by Frank-Wolfe from equal ones, once more after small ones are set to nought."""
    count = columns.shape[1]
    first = _walk(target, columns, zeta, np.full(count, 1 / count), (FIRST_STEPS, tolerance))
    kept = np.where(first <= first.max() / 4, 0.0, first)
    return _walk(target, columns, zeta, kept / kept.sum(), (STEPS, tolerance))


def _walk(
    target: Floats, columns: Floats, zeta: float, weights: Floats, until: tuple[int, float]
) -> Floats:
    """Step towards the best single column until the loss falls by less than the tolerance."""
    ridge, loss = len(target) * zeta**2, np.inf
    fitted = columns @ weights
    for _ in range(until[0]):
        slope = (fitted - target) @ columns + ridge * weights
        best = int(np.argmin(slope))
        move = -weights
        move[best] += 1.0
        change = columns[:, best] - fitted
        curve = change @ change + ridge * (move @ move)
        if curve > 0:
            step = min(1.0, max(0.0, -float(slope @ move) / float(curve)))
            weights = weights + step * move
            fitted = fitted + step * change
        left = fitted - target
        now = zeta**2 * float(weights @ weights) + float(left @ left) / len(target)
        if loss - now <= until[1] ** 2:
            break
        loss = now
    return weights


def jackknife_error(treated: Floats, share: Floats, donors: Floats, found: SyntheticDid) -> float:
    """Return the standard error by leaving out units, weights kept (algorithm 3).

    Parameters
    ----------
    treated : ndarray, shape (T, N1)
        With ``N1 > 1``: leaving out the only treated unit leaves nothing.
    share : ndarray, shape (N1,)
    """
    values = []
    for j in range(donors.shape[1]):
        kept = np.delete(found.weights, j)
        total = kept.sum()
        if total <= 0:
            return float("nan")
        values.append(
            assemble(
                treated @ share, np.delete(donors, j, axis=1), kept / total, found.periods
            ).value
        )
    for i in range(treated.shape[1]):
        rest = np.delete(share, i)
        own = np.delete(treated, i, axis=1) @ (rest / rest.sum())
        values.append(assemble(own, donors, found.weights, found.periods).value)
    made = np.array(values)
    return float(np.sqrt((len(made) - 1) / len(made) * ((made - made.mean()) ** 2).sum()))


def bootstrap_error(
    treated: Floats, share: Floats, donors: Floats, before: int, *, draws: int, seed: int
) -> float:
    """Return the standard error by drawing units with replacement (algorithm 2)."""
    rng = np.random.default_rng([seed, 5])
    own, others = treated.shape[1], donors.shape[1]
    values: list[float] = []
    while len(values) < draws:
        chosen = rng.integers(0, own + others, own + others)
        first, second = chosen[chosen < own], chosen[chosen >= own] - own
        if not len(first) or len(np.unique(second)) < 2:
            continue
        part = share[first] / share[first].sum()
        drawn = donors[:, second]
        zeta = penalty(drawn, before, len(first))
        values.append(synthetic_did(treated[:, first] @ part, drawn, before, zeta).value)
    return float(np.std(values))
