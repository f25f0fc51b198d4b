"""Simulation-based calibration: whether the answers of a sampler, and its model, are right.

Parameters are drawn from the prior, data from the parameters, and a posterior from the data. If all
is right, the rank of what was drawn first among the posterior's draws is uniform (Talts, Betancourt,
Simpson, Vehtari and Gelman 2018, theorem 1). Whether ranks are uniform is judged for the whole
distribution at once, by a band that uniform ranks leave with a known probability (Säilynoja,
Bürkner and Vehtari 2022, section 2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import DesignError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVEL = 0.99
SETS = 4000
"""Sets of uniform ranks from which the width of the band is found."""


@dataclass(frozen=True)
class Band:
    """Where the distribution of uniform ranks stays, all of it at once, with a known probability.

    Attributes
    ----------
    share : numpy.ndarray, shape (draws,)
        Share of uniform ranks up to 0, 1, ..., draws - 1.
    low, high : numpy.ndarray, shape (draws,)
        Least and greatest share seen.
    level : float
    """

    share: Floats
    low: Floats
    high: Floats
    level: float


def ranks(truth: Floats, draws: Floats) -> Ints:
    """Return how many of a posterior's draws lie below what the data were simulated with.

    Parameters
    ----------
    truth : numpy.ndarray, shape (simulations,)
    draws : numpy.ndarray, shape (simulations, draws)
        Nearly independent: `thinned` makes them so.
    """
    return np.asarray((np.asarray(draws) < np.asarray(truth)[:, None]).sum(axis=1))


def thinned(draws: Floats, count: int) -> Floats:
    """Return `count` draws at equal distances from (chains, draws), one chain after another."""
    flat = np.asarray(draws).ravel()
    if not 0 < count <= len(flat):
        raise DesignError(
            f"{count} draws cannot be taken from {len(flat)}.", do="Ask for fewer, or sample more."
        )
    return flat[(np.arange(count) + 1) * len(flat) // (count + 1)]


def band(simulations: int, draws: int, *, level: float = LEVEL, seed: int = 0) -> Band:
    """Return the band that the distribution of uniform ranks stays in with probability `level`.

    Parameters
    ----------
    simulations : int
        How many ranks there will be.
    draws : int
        Among how many draws each is a rank: from 0 to this number.
    level : float
    seed : int
        Of the uniform ranks by which the width is found.

    Notes
    -----
    At each rank the count of ranks up to it is binomial. The band is made of the binomial intervals
    of one coverage, so chosen that a share `level` of simulated sets of uniform ranks stays inside
    at every rank.
    """
    from scipy.stats import binom

    at, tails = _tails(simulations, draws)
    share = (np.arange(draws) + 1) / (draws + 1)
    rng = np.random.default_rng([seed, simulations, draws])
    pieces = max(int(2_000_000 / (draws + 1)), 1)
    least = []
    for start in range(0, SETS, pieces):
        size = min(pieces, SETS - start)
        sets = rng.multinomial(simulations, np.full(draws + 1, 1 / (draws + 1)), size=size)
        least.append(tails[at, np.cumsum(sets, axis=1)[:, :-1]].min(axis=1))
    small = float(np.quantile(np.concatenate(least), 1 - level))
    low = binom.ppf(small / 2, simulations, share) / simulations
    high = binom.isf(small / 2, simulations, share) / simulations
    return Band(share, low, high, level)


def _tails(simulations: int, draws: int) -> tuple[Ints, Floats]:
    """Return the two-sided tail probability of each count at each rank, (draws, simulations + 1)."""
    from scipy.stats import binom

    share = (np.arange(draws) + 1) / (draws + 1)
    counts = np.arange(simulations + 1)
    below = binom.cdf(counts, simulations, share[:, None])
    above = binom.sf(counts - 1, simulations, share[:, None])
    return np.arange(draws), np.minimum(2 * np.minimum(below, above), 1.0)


def outside(found: Ints, limits: Band) -> Ints:
    """Return the ranks at which the share of ranks up to there leaves the band; none: calibrated.

    Parameters
    ----------
    found : numpy.ndarray of int, shape (simulations,)
    limits : Band
        For as many simulations and draws.

    Raises
    ------
    DesignError
        When a rank cannot be one among so many draws.
    """
    values, draws = np.asarray(found), len(limits.share)
    if values.min(initial=0) < 0 or values.max(initial=0) > draws:
        raise DesignError(
            f"Ranks from {values.min()} to {values.max()} are not ranks among {draws} draws.",
            do="Make the band for the number of draws the ranks were taken among.",
        )
    share = np.cumsum(np.bincount(values, minlength=draws + 1))[:-1] / len(values)
    # binomial limits are counts: half a count of slack keeps rounding out of the comparison
    slack = 0.5 / len(values)
    return np.flatnonzero((share < limits.low - slack) | (share > limits.high + slack))
