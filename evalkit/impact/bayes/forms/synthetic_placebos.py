"""Placebos in space: what the method finds for donors, to which nothing was done, and what it says.

How far their average gaps lie from zero is how far the treated's may have gone without any effect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.bayes.forms.common_priors import Beliefs
from evalkit.impact.bayes.forms.synthetic_courses import Courses, weights_prior
from evalkit.impact.bayes.forms.synthetic_weights import sample_weights
from evalkit.impact.least_squares import Floats

PLACEBO = (200, 100)
"""Sweeps kept and left out at first, for each donor."""
MOST_PLACEBOS = 100
GRID = np.geomspace(1e-3, 10.0, 160)
POWERS = np.linspace(0.0, 1.0, 11)
"""Grids of the spread of placebo gaps, in units, and of the power of the fit before the start."""


@dataclass(frozen=True)
class Placebos:
    """What the method finds for donors.

    Attributes
    ----------
    chosen : ndarray of int, shape (K,)
        Which donors.
    paths : ndarray, shape (K, h)
        Gap of each from the start on.
    doubt : ndarray, shape (K,)
        Variance of the average gap that the weights leave open.
    fit : ndarray, shape (K,)
        Spread of a period around the weighted donors before the start.
    apart : ndarray, shape (K,)
        Average gap before the start that neither weights nor level explain.
    """

    chosen: NDArray[np.intp]
    paths: Floats
    doubt: Floats
    fit: Floats
    apart: Floats


def follow_donors(courses: Courses, beliefs: Beliefs, seed: int) -> Placebos:
    """Follow each donor by the others, as if it had been treated."""
    count = len(courses.donors)
    chosen = np.arange(count)
    if count > MOST_PLACEBOS:
        rng = np.random.default_rng([seed, 131])
        chosen = np.sort(rng.choice(count, MOST_PLACEBOS, replace=False))
    prior, b, found = weights_prior(beliefs), courses.before, []
    draws, warm = PLACEBO
    for j in chosen:
        own, rest = courses.donors[j], np.delete(courses.donors, j, axis=0)
        window = courses.window
        made = sample_weights(
            own[window], rest[:, window], prior, draws=draws, warm=warm, seed=[seed, 137, int(j)]
        )
        gap = own[b:] - made.w @ rest[:, b:] - made.level[:, None]
        early = own[window].mean() - made.w @ rest[:, window].mean(axis=1) - made.level
        found.append((gap.mean(axis=0), gap.mean(axis=1).var(), made.noise.mean(), early.mean()))
    paths, doubt, fit, apart = (np.array(one) for one in zip(*found, strict=True))
    return Placebos(chosen, paths, doubt, fit, apart)


def worse(placebos: Placebos, fit: float, power: Floats) -> Floats:
    """Return how much larger the error is for a unit followed so well before the start.

    As the placebos say within what they show; in proportion beyond the one that was followed worst.
    """
    usual, worst = typical(placebos), float(placebos.fit.max())
    return np.asarray((min(fit, worst) / usual) ** power * max(fit / worst, 1.0))


def typical(placebos: Placebos) -> float:
    """Return how well donors are followed before the start (geometric mean)."""
    return float(np.exp(np.log(placebos.fit).mean()))


def spread_draws(
    placebos: Placebos, beliefs: Beliefs, shape: tuple[int, int], rng: np.random.Generator
) -> tuple[Floats, Floats, Floats, Floats]:
    """Draw the spread of placebo gaps and its power of the fit, from their posterior on a grid.

    The average gap of donor j is normal around zero with variance ``doubt_j + apart_j^2 +
    (spread * (fit_j / typical)^power)^2``: beyond what the weights leave open, donors that could be followed
    worse before the start may go further astray later.

    Returns
    -------
    tuple of ndarray, shape (chains, draws)
        Spread, power, log prior and log likelihood of both.
    """
    relative = placebos.fit / typical(placebos)
    found = placebos.paths.mean(axis=1)
    own = GRID[:, None, None] * relative[None, None, :] ** POWERS[None, :, None]
    total = own**2 + placebos.doubt + placebos.apart**2
    loglik = -0.5 * (np.log(total) + found**2 / total).sum(axis=-1)
    belief = beliefs["placebo"]
    if np.isinf(belief.df):
        prior = -0.5 * (GRID / belief.sd) ** 2
    else:
        prior = -0.5 * (belief.df + 1) * np.log1p((GRID / belief.sd) ** 2 / belief.df)
    log = loglik + (prior + np.log(GRID))[:, None]  # the grid is even in the log of the spread
    chance = np.exp(log - log.max()).ravel()
    cell = rng.choice(chance.size, shape, p=chance / chance.sum())
    row, column = np.unravel_index(cell, log.shape)
    step = float(np.log(GRID[1] / GRID[0]))
    spread = GRID[row] * np.exp(step * (rng.random(shape) - 0.5))
    return spread, POWERS[column], prior[row], loglik[row, column]


def error_paths(placebos: Placebos, error: Floats, rng: np.random.Generator) -> Floats:
    """Draw courses of the error: random combinations of the placebos' own courses.

    A normal with the second moments of the placebos' paths, scaled so that its average has the
    spread `error`.
    """
    lots = rng.standard_normal((*error.shape, len(placebos.paths)))
    made = lots @ placebos.paths / np.sqrt(len(placebos.paths))
    scale = float(np.sqrt((placebos.paths.mean(axis=1) ** 2).mean()))
    return np.asarray(made * (error / max(scale, 1e-12))[..., None])


def with_average(errors: Floats, wanted: Floats, placebos: Placebos) -> Floats:
    """Return error paths moved so that they average to what is wanted."""
    moments = placebos.paths.T @ placebos.paths
    along = moments.mean(axis=1)
    total = float(along.mean())
    ones = np.ones(len(along))
    towards = along / total if total > 0 else ones
    return np.asarray(errors + (wanted - errors.mean(axis=-1))[..., None] * towards)
