"""Hamiltonian Monte Carlo over the free numbers, for models with more than a few of them.

Several walkers make up a chain, one after another; all walkers of all chains move at once, which
costs little more than one. They share coordinates whitened by the curvature at the top and then by
their own spread while warming up, and a step tuned by dual averaging (Hoffman and Gelman 2014,
section 3.2). Trajectories have a random length of up to half a turn: a quarter would make a draw
from a normal density owe nothing to the one before, and longer ones explore skew tails.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.gaussian.climb import Top, slopes
from evalkit.impact.gaussian.marginal import Problem
from evalkit.impact.gaussian.model import Floats

WALKERS = 8
"""Walkers of a chain."""
TARGET = 0.8
LONGEST = 40
TURN = (0.6, 3.2)
"""Length of trajectories, of which 2 pi would be a whole turn in a normal density."""
SHORTER = (0.1, 0.4, *[1.0] * 8)
"""Parts of the tuned step, one of which is drawn for each trajectory."""
LEAST_ACCEPTED = 0.2


@dataclass(frozen=True)
class Effort:
    """How many steps to warm up, and how many to take for one that is kept."""

    warm: int
    thin: int


@dataclass(frozen=True)
class _Walk:
    eta: Floats  # (walkers, k)
    value: Floats
    slope: Floats


@dataclass(frozen=True)
class Walked:
    """All steps (chains, steps, k), the share accepted, and that of the slowest walker.

    A walker's steps are a multiple of what is taken for each draw: every `thin`-th is to be kept.
    """

    eta: Floats
    accepted: float
    slowest: float


def walked(
    p: Problem, at: Top, shape: tuple[int, int], effort: Effort, rng: np.random.Generator
) -> Walked:
    """Warm up and walk."""
    chains, draws = shape
    root = np.asarray(np.linalg.cholesky(at.cov), dtype=float)
    walk = _started(p, at, root, chains * WALKERS, rng)
    step = 0.5
    for share in (0.25, 0.35, 0.4):
        count = max(int(share * effort.warm), 10)
        walk, step, seen = _tuned(p, walk, root, step, count, rng)
        root = root if share == 0.4 else _whitened(seen, at)
    each = -(-draws // WALKERS) * effort.thin
    steps = np.empty((each, *walk.eta.shape))
    shares = np.zeros(chains * WALKERS)
    for i in range(each):
        walk, own = _moved(p, walk, root, step, rng)
        shares += own
        steps[i] = walk.eta
    shares /= each
    eta = steps.swapaxes(0, 1).reshape(chains, WALKERS * each, -1)
    return Walked(eta, float(shares.mean()), float(shares.min()))


def _started(p: Problem, at: Top, root: Floats, walkers: int, rng: np.random.Generator) -> _Walk:
    """Return walkers further apart than the density is wide, as far as they can stand."""
    spread = 1.5 * rng.standard_normal((walkers, len(at.at))) @ root.T
    best = float(slopes(p, at.at[None])[0][0])
    for _ in range(30):
        value, slope = slopes(p, at.at + spread)
        lost = ~(value > best - 20 - 3 * len(at.at))
        if not lost.any():
            break
        spread[lost] *= 0.7
    return _Walk(at.at + spread, value, slope)


def _moved(
    p: Problem, walk: _Walk, root: Floats, step: float, rng: np.random.Generator
) -> tuple[_Walk, Floats]:
    """Take one trajectory of the same number of steps for all walkers."""
    steps = int(np.clip(round(rng.uniform(*TURN) / step), 1, LONGEST))
    # now and then shorter ones, as a walker in a steep tail accepts no long one and would stay there
    step *= float(rng.choice(SHORTER))
    push = rng.standard_normal(walk.eta.shape)
    energy = walk.value - 0.5 * (push**2).sum(axis=1)
    eta, value, slope = walk.eta, walk.value, walk.slope
    now = push + 0.5 * step * slope @ root
    for i in range(steps):
        eta = eta + step * now @ root.T
        value, slope = slopes(p, eta)
        now = now + (0.5 if i == steps - 1 else 1.0) * step * slope @ root
    change = value - 0.5 * (now**2).sum(axis=1) - energy
    share = np.exp(np.minimum(np.where(np.isnan(change), -np.inf, change), 0.0))
    take = rng.random(len(share)) < share
    return (
        _Walk(
            np.where(take[:, None], eta, walk.eta),
            np.where(take, value, walk.value),
            np.where(take[:, None], slope, walk.slope),
        ),
        share,
    )


def _tuned(
    p: Problem, walk: _Walk, root: Floats, step: float, count: int, rng: np.random.Generator
) -> tuple[_Walk, float, Floats]:
    """Tune the step while walking; return also what was seen in the later half."""
    centre, error, mean = np.log(2 * step), 0.0, np.log(step)
    seen = []
    for i in range(1, count + 1):
        walk, share = _moved(p, walk, root, step, rng)
        error += (TARGET - float(share.mean()) - error) / (i + 5)
        now = np.clip(centre - np.sqrt(i) / 0.1 * error, -6, 0.7)
        step = float(np.exp(now))
        mean += i**-0.75 * (now - mean)
        if i > count // 2:
            seen.append(walk.eta)
    return walk, float(np.exp(mean)), np.concatenate(seen)


def _whitened(seen: Floats, at: Top) -> Floats:
    """Return the factor of the walkers' covariance, leaning on the curvature when they are few."""
    found = np.atleast_2d(np.cov(seen.T))
    trust = len(seen) / (len(seen) + 5 * seen.shape[1])
    return np.linalg.cholesky(trust * found + (1 - trust) * at.cov)
