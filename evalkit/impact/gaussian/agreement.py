"""How well chains agree, for many quantities at once and without loading anything large.

Rank-normalised split R-hat, bulk and tail effective sample sizes as defined by Vehtari, Gelman,
Simpson, Carpenter and Bürkner (2021); the tests hold them against ArviZ.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evalkit.impact.gaussian.model import Floats


class Agreement(NamedTuple):
    """One number a quantity each."""

    rhat: Floats
    ess_bulk: Floats
    ess_tail: Floats


def agreement(draws: Floats) -> Agreement:
    """Return the diagnostics of quantities, shape (chains, draws, quantities)."""
    values = np.moveaxis(np.asarray(draws, dtype=float), -1, 0)
    split = _split(values)
    z = _normal_scores(split)
    folded = _normal_scores(np.abs(split - np.median(split, axis=(1, 2), keepdims=True)))
    rhat = np.maximum(_rhat(z), _rhat(folded))
    low, high = np.quantile(values, [0.05, 0.95], axis=(1, 2))
    tails = [_ess(_split((values <= q[:, None, None]).astype(float))) for q in (low, high)]
    return Agreement(rhat, _ess(z), np.minimum(*tails))


def _split(values: Floats) -> Floats:
    half = values.shape[-1] // 2
    return np.concatenate([values[..., :half], values[..., -half:]], axis=1)


def _normal_scores(values: Floats) -> Floats:
    """Return normal quantiles of average ranks (Blom)."""
    from scipy.special import ndtri

    flat = values.reshape(len(values), -1)
    ranks = np.empty(flat.shape)
    for i, row in enumerate(flat):
        _, where, counts = np.unique(row, return_inverse=True, return_counts=True)
        last = np.cumsum(counts)
        ranks[i] = (last - (counts - 1) / 2)[where.ravel()]
    return np.asarray(ndtri((ranks - 0.375) / (flat.shape[1] + 0.25)).reshape(values.shape))


def _rhat(values: Floats) -> Floats:
    n = values.shape[-1]
    within = values.var(axis=-1, ddof=1).mean(axis=-1)
    between = values.mean(axis=-1).var(axis=-1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt(between / within + (n - 1) / n))


def _ess(values: Floats) -> Floats:
    """Return effective sample sizes by Geyer's initial monotone sequence."""
    _, chains, n = values.shape
    centred = values - values.mean(axis=-1, keepdims=True)
    length = 1 << (2 * n - 1).bit_length()
    power = np.abs(np.fft.rfft(centred, length)) ** 2
    cov = (np.fft.irfft(power, length)[..., :n] / n).mean(axis=1)
    within = cov[:, 0] * n / (n - 1)
    total = within * (n - 1) / n + values.mean(axis=-1).var(axis=-1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = 1 - (within[:, None] - cov) / total[:, None]
    rho[:, 0] = 1.0
    return np.array([_effective(one, chains * n) for one in rho])


def _effective(rho: Floats, draws: int) -> float:
    if not np.isfinite(rho).all():
        return float(draws)  # a quantity that never changes
    sums = rho[: (len(rho) - 3) // 2 * 2].reshape(-1, 2).sum(axis=1)
    end = int(np.argmax(sums < 0)) if (sums < 0).any() else len(sums)
    monotone = np.minimum.accumulate(sums[:end])
    last = max(float(rho[2 * end]), 0.0)
    time = max(-1.0 + 2.0 * float(monotone.sum()) + last, 1 / np.log10(draws))
    return float(draws / time)
