"""Several raw effects a site (outcomes, or subgroups) in one Gaussian model with a shared hierarchy.

In standard deviations of each outcome, turned so that more is wanted::

    raw[k]          ~ Normal(effect[., k], sigma_k^2 * noise_k), errors related over k as residuals are
    effect[s, k]    = overall + domain[d(k)] + own[k] + moderators[s] @ gamma[k] + site[s, k]
    site[s, .]      ~ Normal(0, T Omega T), Omega ~ LKJ(2)

Errors of outcomes measured on the same rows are related, and a probability that all outcomes moved
is wrong without it. Their correlations are taken from the residuals and drawn towards zero as
though as many rows without any had been seen as there are outcomes, plus one (the mean of an
inverse-Wishart posterior); given them every outcome keeps its own, sampled, residual spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evalkit.impact.bayes.collapse import Floats, Ints
from evalkit.impact.bayes.multi.moderators import Moderators
from evalkit.impact.bayes.multi.scales import Scales
from evalkit.impact.bayes.sites import SiteEffects

if TYPE_CHECKING:
    from evalkit.impact.gaussian import Draws, Model

MOST_CORRELATED = 6
"""Up to so many outcomes (or domains) have a correlation of their own for every pair."""


@dataclass(frozen=True)
class Part:
    """One outcome, or one subgroup: its raw effects, what its residuals belong to, its direction.

    Attributes
    ----------
    name, domain : str
    effects : SiteEffects
    keys : tuple
        What each residual belongs to: a row, a cluster and arm, or a site.
    wanted : float
        1 where more is better, -1 where less is.
    """

    name: str
    domain: str
    effects: SiteEffects
    keys: tuple[object, ...]
    wanted: float = 1.0

    @property
    def unit(self) -> float:
        """What one standard deviation in the wanted direction is, in outcome units."""
        return self.wanted * self.effects.sd


@dataclass(frozen=True)
class Joint:
    """Everything the model of several parts is built from.

    Attributes
    ----------
    parts : tuple of Part
    sites : tuple of str
        Treated sites of any part.
    moderators : Moderators
        By site, in the order of `sites`.
    correlation : numpy.ndarray, shape (parts, parts)
        Of the residuals, drawn towards zero, in wanted directions.
    """

    parts: tuple[Part, ...]
    sites: tuple[str, ...]
    moderators: Moderators
    correlation: Floats

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains, in order of their names; one when none were given."""
        return tuple(sorted({part.domain for part in self.parts}))

    def has(self) -> Floats:
        """Return which sites have raw effects of which parts, shape (sites, parts), 1 or 0."""
        return np.array(
            [[site in part.effects.sites for part in self.parts] for site in self.sites],
            dtype=float,
        )


@dataclass(frozen=True)
class Places:
    """Where each coefficient of the model stands.

    Attributes
    ----------
    count : int
        Coefficients in all.
    mean : numpy.ndarray, shape (parts, count)
        The typical effect of each part, as a sum of coefficients.
    gamma : numpy.ndarray of int, shape (parts, moderators)
    site : numpy.ndarray, shape (sites, parts, count)
        Each site's own deviation, as a sum of coefficients.
    """

    count: int
    mean: Floats
    gamma: Ints
    site: Floats


def joint_of(parts: Sequence[Part], moderators: Moderators, sites: tuple[str, ...]) -> Joint:
    """Return the joint problem, with the residuals of the parts held against one another."""
    return Joint(tuple(parts), sites, moderators, residual_correlation(parts))


def residual_correlation(parts: Sequence[Part]) -> Floats:
    """Return correlations of residuals that belong to the same rows, clusters or sites."""
    count = len(parts)
    made = np.eye(count)
    rest = [
        pd.Series(part.wanted * part.effects.raw.rest, index=pd.Index(part.keys, dtype=object))
        for part in parts
    ]
    for i in range(count):
        for j in range(i):
            both = pd.concat([rest[i], rest[j]], axis=1, join="inner").to_numpy(dtype=float)
            one, other = (rest[at].to_numpy(dtype=float) for at in (i, j))
            sizes = float(np.sqrt((one @ one) * (other @ other)))
            # residuals of rows without a partner count in the divisor only: no shared row, no relation
            raw = float(both[:, 0] @ both[:, 1]) / sizes if sizes > 0 else 0.0
            df = min(parts[i].effects.raw.df, parts[j].effects.raw.df)
            made[i, j] = made[j, i] = raw * df / (df + count + 1)
    return _positive(made)


def _positive(correlation: Floats) -> Floats:
    """Return the nearest positive matrix of correlations (pairs of different rows may not give one)."""
    value, vector = np.linalg.eigh(correlation)
    if value.min() > 1e-6:
        return correlation
    lifted = (vector * np.maximum(value, 1e-6)) @ vector.T
    root = np.sqrt(np.diag(lifted))
    return np.asarray(lifted / np.outer(root, root))


# --- the coefficients -----------------------------------------------------------------------------


def places_of(joint: Joint) -> Places:
    """Return where overall effect, domains, parts, moderators and sites stand."""
    parts, sites, extra = len(joint.parts), len(joint.sites), len(joint.moderators.names)
    domain = _domain_codes(joint)
    levels = _levels(joint)
    own = parts if parts > 1 else 0
    first_gamma = 1 + levels + own
    first_site = first_gamma + parts * extra
    shared = sites * levels if _by_domain(joint) else 0
    count = first_site + shared + sites * parts
    mean = np.zeros((parts, count))
    mean[:, 0] = 1.0
    for k in range(parts):
        if levels:
            mean[k, 1 + domain[k]] = 1.0
        if own:
            mean[k, 1 + levels + k] = 1.0
    gamma = first_gamma + np.arange(parts * extra).reshape(parts, extra)
    site = np.zeros((sites, parts, count))
    for s in range(sites):
        for k in range(parts):
            site[s, k, first_site + shared + s * parts + k] = 1.0
            if shared:
                site[s, k, first_site + s * levels + domain[k]] = 1.0
    return Places(count, mean, gamma, site)


def _domain_codes(joint: Joint) -> Ints:
    at = {name: i for i, name in enumerate(joint.domains)}
    return np.array([at[part.domain] for part in joint.parts])


def _levels(joint: Joint) -> int:
    """Return how many domains have an effect of their own: none when there is one only."""
    return len(joint.domains) if len(joint.domains) > 1 else 0


def _by_domain(joint: Joint) -> bool:
    """Whether sites' effects are related through domains: pairs of outcomes are too many."""
    return len(joint.parts) > MOST_CORRELATED and 1 < len(joint.domains) <= MOST_CORRELATED


# --- the rows -------------------------------------------------------------------------------------


def rows_of(joint: Joint, places: Places) -> list[tuple[Floats, Floats, Floats]]:
    """Return, for each part, regressors, outcomes and precision weights of independent rows.

    Each part's raw effects are freed of their own error correlations (its symmetric root), then
    each row of what the earlier parts' rows of the same site tell of it.
    """
    made = [_own_rows(joint, places, k) for k in range(len(joint.parts))]
    slots = [{site: i for i, site in enumerate(part.effects.sites)} for part in joint.parts]
    sd = np.array([part.effects.raw.sigma / part.effects.sd for part in joint.parts])
    covariance = joint.correlation * np.outer(sd, sd)
    full = _innovations(covariance)[1]
    out: list[tuple[list[Floats], list[float], list[float]]] = [([], [], []) for _ in joint.parts]
    for site in joint.sites:
        there = [k for k in range(len(joint.parts)) if site in slots[k]]
        lower, variance = _innovations(covariance[np.ix_(there, there)])
        x = np.array([made[k][0][slots[k][site]] for k in there])
        y = np.array([made[k][1][slots[k][site]] for k in there])
        for at, (row, value) in enumerate(zip(lower @ x, lower @ y, strict=True)):
            k = there[at]
            out[k][0].append(row)
            out[k][1].append(float(value))
            out[k][2].append(float(full[k] / variance[at]))
    return [(np.array(x), np.array(y), np.array(weight)) for x, y, weight in out]


def _own_rows(joint: Joint, places: Places, k: int) -> tuple[Floats, Floats]:
    part = joint.parts[k]
    at = [joint.sites.index(site) for site in part.effects.sites]
    x = places.mean[k] + places.site[at, k]
    x[:, places.gamma[k]] += joint.moderators.standard[at]
    root = _inverse_root(part.effects.raw.noise)
    return root @ x, root @ part.effects.raw.effect / part.unit


def _inverse_root(noise: Floats) -> Floats:
    """Return the symmetric inverse root of a covariance: rows stay with their own sites."""
    value, vector = np.linalg.eigh(noise)
    floor = 1e-10 * value.max()
    return np.asarray((vector / np.sqrt(np.maximum(value, floor))) @ vector.T)


def _innovations(covariance: Floats) -> tuple[Floats, Floats]:
    """Return L and variances such that ``L e`` has independent entries with these variances."""
    root = np.linalg.cholesky(covariance)
    scale = np.diag(root)
    return np.asarray(np.linalg.inv(root / scale)), scale**2


# --- the model ------------------------------------------------------------------------------------


def model_of(joint: Joint, places: Places, scales: Scales) -> Model:
    """Return the collapsed Gaussian model: one Gram a part, residual variance included."""
    from evalkit.impact.gaussian import Fixed, Gram, Model, Noise, Varying

    grams: list[Gram] = []
    for part, (x, y, weight) in zip(joint.parts, rows_of(joint, places), strict=True):
        raw = part.effects.raw
        variance = _part_variance(joint, len(grams))
        grams.append(
            Gram(
                (x * weight[:, None]).T @ x,
                x.T @ (weight * y),
                float(weight @ y**2) + raw.df * variance,
                len(y) + raw.df,
            )
        )
    parts, sites, levels = len(joint.parts), len(joint.sites), _levels(joint)
    fixed = [Fixed(np.array([0]), np.array([scales.effect_mean]), np.array([scales.effect]))]
    gamma = places.gamma.ravel()
    if len(gamma):
        wide = np.full(len(gamma), scales.moderators)
        fixed.append(Fixed(gamma, np.zeros(len(gamma)), wide))
    varying = []
    if levels:
        columns = 1 + np.arange(levels)[:, None]
        varying.append(Varying(columns, np.array([scales.domains]), label="domains"))
    if parts > 1:
        columns = 1 + levels + np.arange(parts)[:, None]
        varying.append(Varying(columns, np.array([scales.outcomes]), label="outcomes"))
    start = places.count - sites * parts
    own = start + np.arange(sites * parts).reshape(sites, parts)
    spread = np.full(parts, scales.spread)
    if _by_domain(joint):
        columns = start - sites * levels + np.arange(sites * levels).reshape(sites, levels)
        wide = np.full(levels, scales.spread)
        varying.append(Varying(columns, wide, correlated=levels > 1, label="sites by domain"))
    related = 1 < parts <= MOST_CORRELATED
    if related or parts == 1:
        varying.append(Varying(own, spread, correlated=related, label="sites"))
    else:
        varying += [
            Varying(own[:, [k]], spread[[k]], label=f"sites: {part.name}")
            for k, part in enumerate(joint.parts)
        ]
    return Model(tuple(grams), tuple(fixed), tuple(varying), Noise(scales.noise))


def _part_variance(joint: Joint, k: int) -> float:
    sd = np.array([part.effects.raw.sigma / part.effects.sd for part in joint.parts])
    return float(_innovations(joint.correlation * np.outer(sd, sd))[1][k])


# --- what the draws mean --------------------------------------------------------------------------


@dataclass(frozen=True)
class Effects:
    """Draws in standard deviations of each part, wanted direction up; shape (chains, draws, ...).

    Attributes
    ----------
    typical : numpy.ndarray, shape (..., parts)
    site : numpy.ndarray, shape (..., sites, parts)
    gamma : numpy.ndarray, shape (..., parts, moderators)
    covariance : numpy.ndarray, shape (..., parts, parts)
        Of sites' own deviations.
    noise : numpy.ndarray, shape (..., parts)
        Residual standard deviation.
    mean : numpy.ndarray, shape (..., parts)
        Mean of the treated sites' own effects, over the sites that have the part.
    """

    typical: Floats
    site: Floats
    gamma: Floats
    covariance: Floats
    noise: Floats
    mean: Floats


def effects_of(joint: Joint, places: Places, draws: Draws) -> Effects:
    """Return the effects that the coefficients stand for."""
    parts = len(joint.parts)
    coef = draws.coef
    typical = coef @ places.mean.T
    gamma = coef[..., places.gamma]
    own = np.einsum("...m,skm->...sk", coef, places.site, optimize=True)
    moved = np.einsum("sp,...kp->...sk", joint.moderators.standard, gamma)
    site = typical[..., None, :] + own + moved
    has = joint.has()
    mean = (site * has).sum(axis=-2) / has.sum(axis=0)
    sd = np.array([part.effects.raw.sigma / part.effects.sd for part in joint.parts])
    lower, _ = _innovations(joint.correlation * np.outer(sd, sd))
    back = np.linalg.inv(lower)
    noise = np.sqrt(np.einsum("kj,...j->...k", back**2, draws.noise**2))
    return Effects(typical, site, gamma, _covariance(joint, draws, parts), noise, mean)


def _covariance(joint: Joint, draws: Draws, parts: int) -> Floats:
    """Return the covariance of sites' deviations over parts, from every varying block of sites."""
    blocks = list(zip(draws.scales, draws.correlations, strict=True))
    first = (1 if _levels(joint) else 0) + (1 if parts > 1 else 0)
    blocks = blocks[first:]
    shape = (*draws.coef.shape[:-1], parts, parts)
    made = np.zeros(shape)
    if _by_domain(joint):
        scale, correlation = blocks.pop(0)
        across = scale[..., :, None] * scale[..., None, :] * correlation
        domain = _domain_codes(joint)
        made = made + across[..., domain[:, None], domain[None, :]]
    if len(blocks) == 1 and blocks[0][0].shape[-1] == parts:
        scale, correlation = blocks[0]
        return np.asarray(made + scale[..., :, None] * scale[..., None, :] * correlation)
    for k, (scale, _) in enumerate(blocks):
        made[..., k, k] += scale[..., 0] ** 2
    return made


def new_site(effects: Effects, at: Floats, seed: int) -> Floats:
    """Return draws of each part's effect in one more site, shape (chains, draws, parts).

    Parameters
    ----------
    effects : Effects
    at : numpy.ndarray, shape (moderators,)
        The regressors there.
    seed : int
    """
    rng = np.random.default_rng([seed, 7])
    shape = effects.typical.shape
    jitter = 1e-12 * np.eye(shape[-1])
    root = np.linalg.cholesky(effects.covariance + jitter)
    own = np.einsum("...kj,...j->...k", root, rng.standard_normal(shape))
    return np.asarray(effects.typical + effects.gamma @ at + own)
