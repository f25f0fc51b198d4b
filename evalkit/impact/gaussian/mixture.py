"""Independent proposals from a mixture fitted to the density, kept or refused one after another.

With few free numbers nothing mixes faster: all proposals are evaluated at once. The mixture of
Student-t distributions is fitted by weighted EM over a few rounds (Cappe, Douc, Guillin, Marin and
Robert 2008, population Monte Carlo); each proposal is then accepted by the ratio of its weight to
that of the last one kept (Tierney 1994, independence chains), which makes the draws exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma

import numpy as np

from evalkit.impact.gaussian.climb import Top, density
from evalkit.impact.gaussian.marginal import Problem
from evalkit.impact.gaussian.model import Floats, Ints

MOST_NUMBERS = 8
"""More free numbers than this, and a mixture no longer covers the density well."""
COMPONENTS, ROUNDS, PER_ROUND = 8, 4, 2000
DF = 4.0
LEAST_SHARE = 0.15
WIDE, WIDER = 0.2, 6.0
"""Share of the component that covers the tails, and how much wider its covariance is."""


@dataclass(frozen=True)
class Mixture:
    """A mixture of Student-t distributions with the same degrees of freedom."""

    weight: Floats  # (components,)
    mean: Floats  # (components, k)
    root: Floats  # (components, k, k), lower triangular


def independent(
    p: Problem, at: Top, shape: tuple[int, int], thin: int, rng: np.random.Generator
) -> tuple[Floats, float] | None:
    """Return all steps of chains, and the share accepted; or None if the mixture fits badly.

    The steps have shape (chains, draws times thin, k): every `thin`-th is meant to be kept.
    """
    fitted, least = _start(at), 1e-3 * np.diag(np.diag(at.cov))
    for _ in range(ROUNDS):
        eta = _draw(fitted, PER_ROUND, rng)
        weight = _weights(density(p, eta) - _log_density(fitted, eta))
        fitted = _refitted(fitted, eta, weight, least)
    chains, draws = shape
    first = eta[rng.choice(len(eta), size=chains, p=weight)]  # already as good as from the density
    eta = np.vstack([first, _draw(fitted, chains * draws * thin, rng)])
    ratio = density(p, eta) - _log_density(fitted, eta)
    weight = _weights(ratio[chains:])
    if 1 / (weight**2).sum() < LEAST_SHARE * len(weight):
        return None
    index, accepted = _kept(ratio[:chains], ratio[chains:].reshape(chains, -1), rng)
    return eta[index], accepted


def _start(at: Top) -> Mixture:
    root = np.asarray(np.linalg.cholesky(at.cov), dtype=float)
    size = np.array([1.0, 1.5, 2.5])
    weight = np.array([0.5, 0.3, 0.2])
    return Mixture(weight, np.tile(at.at, (3, 1)), size[:, None, None] * root)


def _draw(one: Mixture, count: int, rng: np.random.Generator) -> Floats:
    which = rng.choice(len(one.weight), size=count, p=one.weight)
    z = rng.standard_normal((count, one.mean.shape[1]))
    z /= np.sqrt(rng.chisquare(DF, count) / DF)[:, None]
    return np.asarray(one.mean[which] + (one.root[which] @ z[..., None])[..., 0])


def _component_logs(one: Mixture, eta: Floats) -> tuple[Floats, Floats]:
    """Return log weight times density, and squared distances, by component and point."""
    k = eta.shape[1]
    apart = eta[None] - one.mean[:, None]
    z = np.linalg.solve(one.root, apart.swapaxes(-1, -2))
    distance = (z**2).sum(axis=1)
    size = np.log(np.diagonal(one.root, axis1=-2, axis2=-1)).sum(axis=-1)
    constant = lgamma((DF + k) / 2) - lgamma(DF / 2) - 0.5 * k * np.log(DF * np.pi)
    log_density = constant - size[:, None] - 0.5 * (DF + k) * np.log1p(distance / DF)
    return np.log(one.weight)[:, None] + log_density, distance


def _log_density(one: Mixture, eta: Floats) -> Floats:
    logs, _ = _component_logs(one, eta)
    high = logs.max(axis=0)
    return np.asarray(high + np.log(np.exp(logs - high).sum(axis=0)))


def _weights(log_ratio: Floats) -> Floats:
    weight = np.exp(log_ratio - log_ratio.max())
    return np.asarray(weight / weight.sum())


def _refitted(one: Mixture, eta: Floats, weight: Floats, least: Floats) -> Mixture:
    """Return one step of weighted EM, with a wide component always kept.

    `least` is added to every covariance, so that none collapses.
    """
    if len(one.weight) < COMPONENTS:
        one = _spread(eta, weight, least)
    logs, distance = _component_logs(one, eta)
    share = np.exp(logs - logs.max(axis=0))
    share *= weight / share.sum(axis=0)
    k = eta.shape[1]
    heavy = share * (DF + k) / (DF + distance)
    alive = np.flatnonzero(share[:-1].sum(axis=1) > 20 / len(eta))
    mean, root = [], []
    for j in alive:
        centre = heavy[j] @ eta / heavy[j].sum()
        cov = _about(centre, eta, heavy[j]) / share[j].sum()
        mean.append(centre)
        root.append(np.linalg.cholesky(cov + least))
    overall = weight @ eta
    wide = np.linalg.cholesky(WIDER * _about(overall, eta, weight) + least)
    total = share[alive].sum(axis=1)
    own = (1 - WIDE) * total / total.sum() if len(alive) else np.zeros(0)
    return Mixture(
        np.append(own, WIDE if len(alive) else 1.0),
        np.array([*mean, overall]),
        np.array([*root, wide]),
    )


def _about(centre: Floats, eta: Floats, weight: Floats) -> Floats:
    apart = eta - centre
    return np.asarray((apart * weight[:, None]).T @ apart)


def _spread(eta: Floats, weight: Floats, least: Floats) -> Mixture:
    """Return components that start at points far apart, by quantiles of the widest direction."""
    mean = weight @ eta
    cov = _about(mean, eta, weight) + least
    along = (eta - mean) @ np.linalg.eigh(cov)[1][:, -1]
    order = np.argsort(along, kind="stable")
    reached = np.cumsum(weight[order])
    middles = (np.arange(COMPONENTS) + 0.5) / COMPONENTS
    centres = eta[order[np.minimum(np.searchsorted(reached, middles), len(eta) - 1)]]
    root = np.asarray(np.linalg.cholesky(cov), dtype=float)
    size = np.append(np.full(COMPONENTS, 0.7), 1.4)
    count = COMPONENTS + 1
    return Mixture(
        np.full(count, 1 / count), np.vstack([centres, mean]), size[:, None, None] * root
    )


def _kept(first: Floats, ratio: Floats, rng: np.random.Generator) -> tuple[Ints, float]:
    """Accept or refuse the proposals of each chain, one after another.

    Returns
    -------
    numpy.ndarray of int, shape (chains, proposals)
        Where each chain is, among its first points and then all proposals.
    float
        The share accepted.
    """
    chains, count = ratio.shape
    chance = np.log(rng.random(ratio.shape))
    index = np.zeros((chains, count), dtype=np.int64)
    accepted = 0
    for c in range(chains):
        row, luck = ratio[c].tolist(), chance[c].tolist()
        here, now, start = c, float(first[c]), chains + c * count
        for i in range(count):
            if luck[i] < row[i] - now:
                here, now = start + i, row[i]
                accepted += 1
            index[c, i] = here
    return index, accepted / (chains * count)
