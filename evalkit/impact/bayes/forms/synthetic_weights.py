"""Donor weights on the simplex under a prior that lets most of them be nought: an exact sampler.

Which donors count is drawn first: their number k with probability falling geometrically, each set
of k alike likely, and, given the set, their weights uniformly on its simplex (spike and slab). Two
donors at a time, what they hold together is dealt out anew: all to one, all to the other, or to
both (a normal cut off at the ends), each with its exact probability (Gibbs). The constant difference
in level is integrated out meanwhile. Plain numbers are faster here than arrays: every step is on a
handful of them.

References
----------
Mitchell and Beauchamp (1988), Journal of the American Statistical Association 83 (spike and slab).
Robert and Casella (2004), Monte Carlo Statistical Methods, chapter 10 (Gibbs, random scan).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from evalkit.impact.least_squares import Floats

TINY = 1e-12
DEALS = 40
"""Pairs dealt out anew in one sweep, but at most twice as many as there are donors."""
EVEN = 0.25
"""Share of the tries that goes to all donors alike."""
STEPS = np.linspace(math.log(1e-3), math.log(8.0), 97)
"""Cells of the log of the noise, in scales of its prior: nothing is looked for beyond them."""
NEAREST = 4
"""Donors that have weight at first."""
ROOT_2, ROOT_2_PI = math.sqrt(2.0), math.sqrt(2 * math.pi)
_normal = NormalDist()


@dataclass(frozen=True, slots=True)
class Prior:
    """Priors of one unit's weights, in units.

    Attributes
    ----------
    donors : float
        Mean of the geometric distribution of how many donors have weight.
    level, noise : float
        SD of the constant difference (normal), scale of the noise (half-normal).
    """

    donors: float
    level: float
    noise: float


@dataclass(frozen=True, slots=True)
class Weights:
    """Draws of one chain.

    Attributes
    ----------
    w : ndarray, shape (draws, J)
    level, noise : ndarray, shape (draws,)
    squares : ndarray, shape (draws,)
        Sum of squared differences before the start, the level taken out.
    """

    w: Floats
    level: Floats
    noise: Floats
    squares: Floats


@dataclass(frozen=True, slots=True)
class _Products:
    """Products of donors' courses before the start: with each other, and their sums."""

    xx: Floats
    rows: list[list[float]]
    sums: list[float]
    periods: int


def sample_weights(
    y: Floats, donors: Floats, prior: Prior, *, draws: int, warm: int, seed: object
) -> Weights:
    """Draw one chain of weights.

    Parameters
    ----------
    y : ndarray, shape (T,)
        Periods before the start, in units.
    donors : ndarray, shape (J, T)
    prior : Prior
    draws, warm : int
        Sweeps kept, and left out at first.
    seed : int or sequence of int
    """
    rng = np.random.default_rng(seed)  # type: ignore[arg-type]
    count, periods = donors.shape
    xx = donors @ donors.T
    products = _Products(xx, xx.tolist(), donors.sum(axis=1).tolist(), periods)
    table = _log_counts(count, prior.donors)
    w, noise = _start(y, donors, prior, rng)
    made = Weights(np.zeros((draws, count)), np.zeros(draws), np.zeros(draws), np.zeros(draws))
    picks, held = np.full(count, 1 / count), np.zeros(count)
    for sweep in range(-warm, draws):
        if warm and sweep in {-warm // 2, 0}:
            # donors that had weight while warming up are tried more often; fixed from then on
            picks = EVEN / count + (1 - EVEN) * held / held.sum()
            held[:] = 0
        # products are taken afresh in each sweep, so that rounding does not build up
        left = y - donors.T @ w
        if count > 1:
            _deals(
                w,
                donors @ left,
                float(left.sum()),
                products,
                (prior.level, noise),
                (table, picks),
                rng,
            )
            left = y - donors.T @ w
        held += w > 0
        level, squares, noise = _level_and_noise(left, noise, prior, rng)
        if sweep >= 0:
            made.w[sweep] = w
            made.level[sweep], made.noise[sweep], made.squares[sweep] = level, noise, squares
    return made


def _log_counts(count: int, mean: float) -> list[float]:
    """Return the log prior density of any set of k donors with weights on it, from k = 0 on.

    The geometric probability of k, over the number of sets of k, times the height of the uniform
    density on the simplex of k weights, (k - 1)!; none for no donor, nor for one more than all.
    """
    share = math.log(1 - 1 / max(mean, 1 + 1e-6))
    made = [
        k * share
        - math.lgamma(count + 1)
        + math.lgamma(k + 1)
        + math.lgamma(count - k + 1)
        + math.lgamma(k)
        for k in range(1, count + 1)
    ]
    return [-math.inf, *made, -math.inf]


def _start(
    y: Floats, donors: Floats, prior: Prior, rng: np.random.Generator
) -> tuple[Floats, float]:
    """Return weights of a few of the nearest donors, drawn at random, and the noise they leave."""
    near = np.argsort(((donors - y) ** 2).mean(axis=1), kind="stable")[: 2 * NEAREST]
    chosen = rng.permutation(near)[:NEAREST]
    w = np.zeros(len(donors))
    w[chosen] = rng.dirichlet(np.ones(len(chosen)))
    left = y - donors.T @ w
    noise = float(np.sqrt((left**2).mean()))
    return w, min(max(noise, 0.01 * prior.noise), 7 * prior.noise)


def _deals(
    w: Floats,
    cross: Floats,
    total: float,
    products: _Products,
    scales: tuple[float, float],
    prior: tuple[list[float], Floats],
    rng: np.random.Generator,
) -> None:
    """Deal pairs out anew; `w` and `cross` are changed in place.

    `cross` are the products of donors and what is left of y, `total` the sum of what is left; `prior`
    is the table of counts, and how often each donor is tried.
    """
    level, noise = scales
    table, picks = prior[0], prior[1].tolist()
    ends = np.cumsum(prior[1]).tolist()
    share = level**2 / (noise**2 + products.periods * level**2)
    xx, sums = products.rows, products.sums
    active = np.flatnonzero(w).tolist()
    for one, other, lot, within in rng.random((min(DEALS, 2 * len(w)), 4)).tolist():
        i = active[int(one * len(active))]
        at = other * (1 - picks[i])
        at += picks[i] * (at >= ends[i] - picks[i])
        j = min(bisect_right(ends, at), len(picks) - 1)
        if j == i:  # by rounding only
            continue
        own, its = float(w[i]), float(w[j])
        both, alone = own + its, len(active) - (its > 0)
        apart = sums[i] - sums[j]
        bend = xx[i][i] + xx[j][j] - 2 * xx[i][j] - share * apart**2
        spread = noise / math.sqrt(max(bend, TINY))
        slope = float(cross[i] - cross[j]) - share * apart * total
        centre = own + slope * (spread / noise) ** 2
        low, high = -centre / spread, (both - centre) / spread
        tried = picks[j] / (1 - picks[i]), picks[i] / (1 - picks[j])
        new = _dealt((low, high, spread), alone, table, tried, (lot, within))
        new = both if new is None else min(new, both)
        if new == own:
            continue
        cross -= (new - own) * (products.xx[i] - products.xx[j])
        total -= (new - own) * apart
        w[i], w[j] = new, both - new
        if new == 0:
            active.remove(i)
        if (its > 0) != (w[j] > 0):
            (active.append if w[j] > 0 else active.remove)(j)


def _dealt(
    split: tuple[float, float, float],
    alone: int,
    table: list[float],
    tried: tuple[float, float],
    lots: tuple[float, float],
) -> float | None:
    """Return the first donor's new weight: nought, None for all that the two hold, or between.

    Parameters
    ----------
    split : tuple of float
        The ends, in standard deviations from the best split, and that standard deviation.
    alone : int
        How many donors have weight if one of the two has none.
    table : list of float
        Log prior densities by how many donors have weight.
    tried : tuple of float
        How often the second donor is tried for the first, and the first for the second. Each outcome
        is weighed by its posterior density times the chance of this pair being drawn there, which
        keeps the balance in detail.
    lots : tuple of float
    """
    low, high, spread = split
    inside, start = _mass(low, high)
    single = table[alone] - math.log(alone)
    chances = [
        single - 0.5 * high**2 + math.log(tried[0]),
        single - 0.5 * low**2 + math.log(tried[1]),
        -math.inf,
    ]
    if inside > 0:
        scale = math.log(inside * spread * ROOT_2_PI)
        chances[2] = table[alone + 1] + math.log(sum(tried) / (alone + 1)) + scale
    top = max(chances)
    first, second, third = (math.exp(one - top) for one in chances)
    drawn = lots[0] * (first + second + third)
    if drawn < first:
        return None
    if drawn < first + second:
        return 0.0
    at = min(max(start + lots[1] * inside, 1e-300), 1 - 1e-16)
    z = _normal.inv_cdf(at)
    z = min(max(-z if low > 0 else z, low), high)
    return max((z - low) * spread, TINY)


def _mass(low: float, high: float) -> tuple[float, float]:
    """Return the normal mass between two ends, and the tail before it, on the nearer side of 0."""
    left, right = (-high, -low) if low > 0 else (low, high)
    start = 0.5 * math.erfc(-left / ROOT_2)
    return max(0.5 * math.erfc(-right / ROOT_2) - start, 0.0), start


def _level_and_noise(
    left: Floats, noise: float, prior: Prior, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Draw the noise with the level integrated out, then the level.

    The noise is proposed from its own density in steps (constant within cells of its log), so that it
    can leap where the density has two peaks, and accepted by Metropolis.
    """
    cells = np.log(prior.noise) + STEPS
    log = _noise_density(left, cells, prior)
    chance = np.exp(log - log.max()).cumsum()
    width = float(cells[1] - cells[0])
    place = int(np.searchsorted(chance, rng.random() * chance[-1], side="right"))
    proposed = float(cells[place]) + width * (float(rng.random()) - 0.5)
    now = math.log(noise)
    here = min(max(round((now - float(cells[0])) / width), 0), len(cells) - 1)
    exact = _noise_density(left, np.array([proposed, now]), prior)
    gain = float(exact[0] - log[place]) - float(exact[1] - log[here])
    if math.log(float(rng.random())) < gain:
        noise = math.exp(proposed)
    precision = len(left) / noise**2 + 1 / prior.level**2
    level = float(left.sum()) / noise**2 / precision
    level += float(rng.standard_normal()) / math.sqrt(precision)
    return level, float(((left - level) ** 2).sum()) + TINY, noise


def _noise_density(left: Floats, log_noise: Floats, prior: Prior) -> Floats:
    """Return the log density of the log of the noise, the level integrated out."""
    n, mean = len(left), float(left.mean())
    within = float(((left - mean) ** 2).sum()) + TINY
    noise2 = np.exp(2 * log_noise)
    total = noise2 + n * prior.level**2
    fit = -0.5 * ((n - 1) * 2 * log_noise + within / noise2 + np.log(total) + n * mean**2 / total)
    return np.asarray(fit - noise2 / (2 * prior.noise**2) + log_noise)


def chains(
    y: Floats, donors: Floats, prior: Prior, *, count: int, draws: int, warm: int, seed: int
) -> Iterator[Weights]:
    """Yield independent chains of weights."""
    for chain in range(count):
        yield sample_weights(y, donors, prior, draws=draws, warm=warm, seed=[seed, 127, chain])
