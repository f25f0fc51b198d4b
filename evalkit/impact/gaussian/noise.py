"""Noise: from free numbers to standard deviations and precisions of the noise groups, and slopes.

Free numbers: log noise over its scale, one a group. Where it is pooled: one deviation a group, log
typical noise over its scale, and log spread. Where outcomes' residuals are correlated: after the
log noises, one number a pair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.gaussian import correlation
from evalkit.impact.gaussian.model import Floats, Model

SPREAD = 0.5
"""Scale of the half-normal prior of the spread of log noise between groups."""


@dataclass(frozen=True)
class Guess:
    """What is roughly known of each group's noise, by which pooled noise is made easy to sample.

    Attributes
    ----------
    log_noise : numpy.ndarray, shape (groups,)
        Over the scale of its prior.
    precision : numpy.ndarray, shape (groups,)
        Twice the number of rows: one over the variance of the logarithm of a standard deviation.
        Zeros make the deviations those of the prior.
    """

    log_noise: Floats
    precision: Floats


def no_guess(model: Model) -> Guess:
    """Return a guess that knows nothing: the free numbers are then those of the prior."""
    return Guess(np.zeros(len(model.grams)), np.zeros(len(model.grams)))


@dataclass(frozen=True)
class NoiseOf:
    """What a batch of free numbers says of the noise.

    Attributes
    ----------
    sd : numpy.ndarray, shape (batch, groups)
    weight : numpy.ndarray, shape (batch, groups + pairs)
        What each Gram matrix is multiplied by: precisions, then those of pairs.
    log_det : numpy.ndarray, shape (batch, groups)
        Log of the residuals' standard deviations given the groups before.
    log_prior, jacobian : numpy.ndarray, shape (batch,)
    root : numpy.ndarray, shape (batch, groups, groups) or (batch, 0, 0)
        Cholesky factor of the residuals' correlation.
    typical, spread : numpy.ndarray, shape (batch, 1) or (batch, 0)
    """

    sd: Floats
    weight: Floats
    log_det: Floats
    log_prior: Floats
    jacobian: Floats
    root: Floats
    typical: Floats
    spread: Floats


def count(model: Model) -> int:
    """Return how many free numbers the noise has."""
    if model.noise.known is not None:
        return 0
    groups = len(model.grams)
    return groups + (correlation.pairs(groups) if model.noise.cross else 2 * model.noise.pooled)


def unpack(model: Model, eta: Floats, guess: Guess) -> NoiseOf:
    """Return what free numbers stand for, shape (batch, count)."""
    groups, batch, none = len(model.grams), len(eta), np.zeros((len(eta), 0))
    no_root, zeros = np.zeros((batch, 0, 0)), np.zeros(batch)
    if model.noise.known is not None:
        sd = np.tile(np.asarray(model.noise.known, dtype=float), (batch, 1))
        return NoiseOf(sd, sd**-2.0, np.log(sd), zeros, zeros, no_root, none, none)
    if model.noise.pooled:
        return _pooled(model, eta, guess)
    u = eta[:, :groups]
    sd, prior = model.noise.scale * np.exp(u), -0.5 * (np.exp(2 * u)).sum(axis=1)
    if not model.noise.cross:
        log_sd = np.log(model.noise.scale) + u
        return NoiseOf(sd, sd**-2.0, log_sd, prior, u.sum(axis=1), no_root, none, none)
    root, more, change = correlation.root_of(eta[:, groups:], groups)
    upper = np.linalg.inv(sd[:, :, None] * root)
    precision = upper.swapaxes(-1, -2) @ upper
    weight = np.concatenate(
        [np.diagonal(precision, axis1=1, axis2=2), precision[:, *np.tril_indices(groups, -1)]],
        axis=1,
    )
    log_det = np.log(sd) + np.log(np.diagonal(root, axis1=1, axis2=2))
    jacobian = u.sum(axis=1) + change
    return NoiseOf(sd, weight, log_det, prior + more, jacobian, root, none, none)


def slopes(
    model: Model, eta: Floats, guess: Guess, it: NoiseOf, squares: Floats, n: Floats
) -> Floats:
    """Return the slopes by the free numbers of the noise, priors and Jacobian included.

    Parameters
    ----------
    model : Model
    eta : numpy.ndarray, shape (batch, count)
    guess : Guess
    it : NoiseOf
    squares : numpy.ndarray, shape (batch, groups + pairs)
        Expected residual sums of squares, and of pairs twice the products.
    n : numpy.ndarray, shape (groups,)
    """
    groups = len(n)
    if model.noise.cross:
        return _cross_slopes(eta, it, squares, n)
    by_log = it.weight * squares - n
    if not model.noise.pooled:
        return by_log + 1 - np.exp(2 * eta)
    u, typical, log_spread = eta[:, :groups], eta[:, groups, None], eta[:, groups + 1, None]
    spread = np.exp(log_spread)
    near = 1 + guess.precision * spread**2
    far = (near - 1) / near
    _, apart = _log_pooled(u, typical, spread, guess)
    moved = 2 * far / near * (guess.log_noise - typical) + spread * near**-1.5 * u
    by_u = by_log * spread / np.sqrt(near) - apart / np.sqrt(near)
    by_typical = by_log / near + apart * far / spread
    by_spread = by_log * moved - apart * (moved / spread - apart) - far
    return np.column_stack(
        [
            by_u,
            by_typical.sum(axis=1) + 1 - np.exp(2 * typical[:, 0]),
            by_spread.sum(axis=1) + 1 - (spread[:, 0] / SPREAD) ** 2,
        ]
    )


def _log_pooled(u: Floats, typical: Floats, spread: Floats, guess: Guess) -> tuple[Floats, Floats]:
    """Return log noise over its scale, and how many spreads it is from the typical.

    ``u`` is the deviation from where the guess, shrunken towards the typical, would have the group,
    in its standard deviations: well known groups and unknown ones are then equally easy to sample
    (partial non-centring, Papaspiliopoulos, Roberts and Skold 2007).
    """
    near = 1 + guess.precision * spread**2
    far = (near - 1) / near
    apart = far * (guess.log_noise - typical) / spread + u / np.sqrt(near)
    return typical + spread * apart, apart


def _pooled(model: Model, eta: Floats, guess: Guess) -> NoiseOf:
    groups, scale = len(model.grams), model.noise.scale
    u, typical, spread = eta[:, :groups], eta[:, groups, None], np.exp(eta[:, groups + 1, None])
    log_noise, apart = _log_pooled(u, typical, spread, guess)
    prior = -0.5 * np.exp(2 * typical[:, 0]) - 0.5 * (spread[:, 0] / SPREAD) ** 2
    near = 1 + guess.precision * spread**2
    # the density of the groups given typical and spread belongs to the model, not to what is assumed
    model_part = (-0.5 * apart**2 - 0.5 * np.log(near)).sum(axis=1)
    jacobian = model_part + eta[:, groups] + eta[:, groups + 1]
    sd = scale * np.exp(log_noise)
    return NoiseOf(
        sd,
        sd**-2.0,
        np.log(scale) + log_noise,
        prior,
        jacobian,
        np.zeros((len(eta), 0, 0)),
        scale * np.exp(typical),
        spread,
    )


def _cross_slopes(eta: Floats, it: NoiseOf, squares: Floats, n: Floats) -> Floats:
    """Return slopes where residuals are correlated: of ``-n log|L| - tr((LL')^-1 S) / 2`` by L."""
    groups = len(n)
    s = np.zeros((len(eta), groups, groups))
    s[:, np.arange(groups), np.arange(groups)] = squares[:, :groups]
    i, j = np.tril_indices(groups, -1)
    s[:, i, j] = s[:, j, i] = squares[:, groups:] / 2
    root = it.sd[:, :, None] * it.root
    down = np.linalg.inv(root)
    by_root = np.tril(down.swapaxes(-1, -2) @ (down @ s @ down.swapaxes(-1, -2)))
    by_root[:, np.arange(groups), np.arange(groups)] -= n[0] / np.diagonal(root, axis1=1, axis2=2)
    by_log = (by_root * root).sum(axis=-1)
    free = eta[:, groups:]
    by_free = correlation.slopes_of(free, groups, it.sd[:, :, None] * by_root)
    return np.column_stack([by_log + 1 - np.exp(2 * eta[:, :groups]), by_free])


def draw(model: Model, rng: np.random.Generator, batch: int) -> Floats:
    """Return free numbers drawn from the prior, for `no_guess`; shape (batch, count)."""
    groups = len(model.grams)
    if model.noise.known is not None:
        return np.zeros((batch, 0))
    if model.noise.pooled:
        centre = np.log(np.abs(rng.standard_normal(batch)))
        spread = np.log(np.abs(rng.standard_normal(batch)) * SPREAD)
        return np.column_stack([rng.standard_normal((batch, groups)), centre, spread])
    u = np.log(np.abs(rng.standard_normal((batch, groups))))
    if not model.noise.cross:
        return u
    return np.hstack([u, correlation.draw(groups, rng, batch)])
