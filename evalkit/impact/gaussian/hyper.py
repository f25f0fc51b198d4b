"""Everything that is sampled: from free numbers to what they mean, priors and slopes.

Free numbers, in this order: log standard deviations of every `Varying`, over their prior's scale;
their correlations; the noise.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from evalkit.impact.gaussian import correlation
from evalkit.impact.gaussian import noise as noises
from evalkit.impact.gaussian.model import Floats, Model, Varying
from evalkit.impact.gaussian.noise import Guess, NoiseOf


@dataclass(frozen=True)
class Hyper:
    """What a batch of free numbers stands for.

    Attributes
    ----------
    scales : tuple of numpy.ndarray, shape (batch, d)
    corr : tuple of numpy.ndarray, shape (batch, d, d)
        Cholesky factors of the correlations.
    noise : NoiseOf
    log_prior : numpy.ndarray, shape (batch,)
        Of the quantities themselves, without the Jacobian.
    jacobian : numpy.ndarray, shape (batch,)
    """

    scales: tuple[Floats, ...]
    corr: tuple[Floats, ...]
    noise: NoiseOf
    log_prior: Floats
    jacobian: Floats

    def roots(self) -> tuple[Floats, ...]:
        """Return Cholesky factors of the covariances, shape (batch, d, d)."""
        return tuple(s[:, :, None] * c for s, c in zip(self.scales, self.corr, strict=True))


def pairs(one: Varying) -> int:
    """Return how many correlations a `Varying` has."""
    return correlation.pairs(one.columns.shape[1]) if one.correlated else 0


def count(model: Model) -> int:
    """Return how many free numbers a model has."""
    return int(cuts(model)[2].stop)


def cuts(model: Model) -> tuple[list[slice], list[slice], slice]:
    """Return where log scales, correlations and noise stand among the free numbers."""
    widths = [one.columns.shape[1] for one in model.varying]
    ends = np.cumsum([0, *widths, *map(pairs, model.varying), noises.count(model)]).tolist()
    every = [slice(start, end) for start, end in itertools.pairwise(ends)]
    return every[: len(widths)], every[len(widths) : -1], every[-1]


def unpack(model: Model, eta: Floats, guess: Guess) -> Hyper:
    """Return what free numbers stand for, shape (batch, count)."""
    scale_cuts, pair_cuts, noise_cut = cuts(model)
    noise = noises.unpack(model, eta[:, noise_cut], guess)
    log_prior, jacobian = noise.log_prior.copy(), noise.jacobian.copy()
    scales, corr = [], []
    for one, cut, pair_cut in zip(model.varying, scale_cuts, pair_cuts, strict=True):
        z = np.exp(eta[:, cut])
        scales.append(one.scale * z)
        root, prior, change = correlation.root_of(eta[:, pair_cut], z.shape[1])
        corr.append(root)
        log_prior += _half_t(z, one.scale_df) + prior
        jacobian += eta[:, cut].sum(axis=1) + change
    return Hyper(tuple(scales), tuple(corr), noise, log_prior, jacobian)


def slopes(
    one: Varying, log_scale: Floats, pair: Floats, corr: Floats, by: Floats
) -> tuple[Floats, Floats]:
    """Return slopes by log scales and by correlations of one `Varying`, priors included.

    Parameters
    ----------
    one : Varying
    log_scale, pair : numpy.ndarray, shape (batch, d), (batch, pairs)
        Its free numbers.
    corr : numpy.ndarray, shape (batch, d, d)
        Cholesky factors of the correlations they stand for.
    by : numpy.ndarray, shape (batch, d, d)
        Sum over groups of E[z z'] - I: ``L'^-1`` times it is the slope by L (Fisher's identity).
    """
    by_unit = np.asarray(
        np.linalg.solve(corr.swapaxes(-1, -2), by), dtype=float
    )  # by the factor of the correlation
    own = (by_unit * corr).sum(axis=-1)
    squared, df = np.exp(2 * log_scale), one.scale_df
    prior = -squared if np.isinf(df) else -(df + 1) * squared / (df + squared)
    by_pair = correlation.slopes_of(pair, log_scale.shape[1], by_unit) if pair.shape[1] else pair
    return own + prior + 1, by_pair


def _half_t(z: Floats, df: float) -> Floats:
    if np.isinf(df):
        return np.asarray(-0.5 * (z**2).sum(axis=1))
    return np.asarray(-0.5 * (df + 1) * np.log1p(z**2 / df).sum(axis=1))


def draw(model: Model, rng: np.random.Generator, batch: int) -> Floats:
    """Return free numbers drawn from their prior, for `no_guess`; shape (batch, count)."""
    found = []
    for one in model.varying:
        z = rng.standard_normal((batch, one.columns.shape[1]))
        if not np.isinf(one.scale_df):
            z /= np.sqrt(rng.chisquare(one.scale_df, z.shape) / one.scale_df)
        found.append(np.log(np.abs(z)))
    for one in model.varying:
        free = correlation.draw(one.columns.shape[1], rng, batch) if pairs(one) else None
        found.append(np.zeros((batch, 0)) if free is None else free)
    return np.hstack([*found, noises.draw(model, rng, batch)])
