"""The arithmetic of agreement: arrays in, arrays out, no labels.

Every coefficient here is a function of *weights*: how often each kind of unit occurs. The data
are one set of weights, and each bootstrap resample is another, so a thousand resamples are a
few matrix products, however many units there are.

Shapes: ``kinds`` x ``categories`` for `Counts.rows`; ``samples`` x ``kinds`` for weights;
``samples`` for values. A value that is undefined is NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Statistic = Callable[[Floats], Floats]

_CELLS_AT_ONCE = 20_000_000


@dataclass(frozen=True, slots=True)
class Counts:
    """Kinds of units: which categories they were given, and how often they occur.

    Attributes
    ----------
    rows : array, kinds x categories
        How many coders put a unit of this kind in each category.
    weight : array, kinds
        How many such units one block has.
    block : array of int, kinds
        The block that the kind belongs to; blocks are what is resampled.
    times : array, blocks
        How often each block occurs.
    """

    rows: Floats
    weight: Floats
    block: Integers
    times: Floats

    def spread(self, blocks: Floats) -> Floats:
        """Return the weights of the kinds, given how often each block occurs in each sample."""
        spread: Floats = blocks[:, self.block] * self.weight
        return spread


def counted(rows: Floats, groups: Integers | None = None) -> Counts:
    """Gather equal units into kinds.

    Parameters
    ----------
    rows : array, units x categories
        Ratings of each unit in each category.
    groups : array of int, units, optional
        The group (a source, a site) of each unit. Groups are then resampled whole; otherwise
        single units are.
    """
    if groups is None:
        kinds, times = _kinds(rows)
        one = np.ones(len(kinds))
        return Counts(kinds, one, np.arange(len(kinds)), times.astype(float))
    with_group = np.column_stack([groups.astype(float), rows])
    kinds, weight = _kinds(with_group)
    names, block = np.unique(kinds[:, 0], return_inverse=True)
    return Counts(kinds[:, 1:], weight.astype(float), block, np.ones(len(names)))


def _kinds(rows: Floats) -> tuple[Floats, Integers]:
    """Return the different rows, sorted, and how often each occurs."""
    sizes = rows.max(axis=0, initial=0) + 1
    if not rows.size or np.log2(sizes).sum() > 60:
        kinds, times = np.unique(rows, axis=0, return_counts=True)
        return kinds, times
    # One whole number a row (mixed radix) sorts many times faster than rows do.
    places = np.concatenate([np.cumprod(sizes[::-1])[::-1][1:], [1.0]]).astype(np.int64)
    keys = rows.astype(np.int64) @ places
    _, first, times = np.unique(keys, return_index=True, return_counts=True)
    return rows[first], times


def alpha(rows: Floats, distance: Floats) -> Statistic:
    """Krippendorff's alpha for squared differences that stand in a matrix.

    Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section D:
    ``1 - (n - 1) sum_ck o_ck d_ck / sum_ck n_c n_k d_ck``.

    Parameters
    ----------
    rows : array, kinds x categories
        See `Counts`.
    distance : array, categories x categories
        Squared difference of each pair of categories, zero on the diagonal.
    """
    paired, inside = _pairable(rows)
    observed = ((inside @ distance) * inside).sum(axis=1) / (inside.sum(axis=1) - 1)

    def value(weights: Floats) -> Floats:
        kept = weights[:, paired]
        totals = kept @ inside
        expected = ((totals @ distance) * totals).sum(axis=1)
        return _alpha(kept @ observed, expected, totals)

    return value


def interval_alpha(rows: Floats, scores: Floats) -> Statistic:
    """Krippendorff's alpha for interval data, by moments: no matrix of categories is needed.

    ``sum_ck n_c n_k (s_c - s_k)^2 = 2 (n sum n_c s_c^2 - (sum n_c s_c)^2)``.
    """
    paired, inside = _pairable(rows)
    centred = scores - (scores.mean() if len(scores) else 0.0)
    observed = _spread(inside, centred) / (inside.sum(axis=1) - 1)

    def value(weights: Floats) -> Floats:
        kept = weights[:, paired]
        totals = kept @ inside
        return _alpha(kept @ observed, _spread(totals, centred), totals)

    return value


def ordinal_alpha(rows: Floats) -> Statistic:
    """Krippendorff's alpha for ordinal data.

    The ordinal difference of c and k, the ratings from c to k less half of those at the two
    ends, is the difference of their mid-ranks; so this is the interval form on mid-ranks, which
    depend on the sample.
    """
    paired, inside = _pairable(rows)
    sizes = inside.sum(axis=1)

    def value(weights: Floats) -> Floats:
        kept = weights[:, paired]
        totals = kept @ inside
        ranks = totals.cumsum(axis=1) - totals / 2 - totals.sum(axis=1, keepdims=True) / 2
        first, second = inside @ ranks.T, inside @ (ranks**2).T
        observed = 2 * (sizes[:, None] * second - first**2) / (sizes[:, None] - 1)
        observed[(inside > 0).sum(axis=1) == 1] = 0
        expected = 2 * (
            totals.sum(axis=1) * (totals * ranks**2).sum(axis=1) - (totals * ranks).sum(axis=1) ** 2
        )
        return _alpha((kept * observed.T).sum(axis=1), expected, totals)

    return value


def _pairable(rows: Floats) -> tuple[NDArray[np.bool_], Floats]:
    paired = rows.sum(axis=1) >= 2
    return paired, rows[paired]


def _spread(rows: Floats, scores: Floats) -> Floats:
    first, second = rows @ scores, rows @ scores**2
    spread: Floats = 2 * (rows.sum(axis=1) * second - first**2)
    spread[(rows > 0).sum(axis=1) <= 1] = 0  # exact, where rounding would leave a trace
    return spread


def _alpha(observed: Floats, expected: Floats, totals: Floats) -> Floats:
    varied = (totals > 0).sum(axis=1) >= 2
    values = np.full(len(observed), np.nan)
    size = totals.sum(axis=1)
    values[varied] = 1 - (size - 1)[varied] * observed[varied] / expected[varied]
    return values


def fleiss(rows: Floats) -> Statistic:
    """Fleiss' kappa (1971), with units that some coders left out as in Gwet (2014, chapter 2)."""

    def expected(shares: Floats) -> Floats:
        chance: Floats = (shares**2).sum(axis=1)
        return chance

    return _share_based(rows, expected)


def first_order(rows: Floats, categories: int) -> Statistic:
    """Gwet's AC1 (2008): chance is ``sum p (1 - p) / (q - 1)`` for q categories."""

    def expected(shares: Floats) -> Floats:
        chance: Floats = (shares * (1 - shares)).sum(axis=1) / (categories - 1)
        return chance

    return _share_based(rows, expected)


def _share_based(rows: Floats, expected: Callable[[Floats], Floats]) -> Statistic:
    """Return (agreement - chance) / (1 - chance), chance from the categories' mean shares."""
    sizes = rows.sum(axis=1)
    paired = sizes >= 2
    inside = rows[paired]
    agreed = (inside * (inside - 1)).sum(axis=1) / (sizes[paired] * (sizes[paired] - 1))
    rated = sizes >= 1
    shares_of = rows[rated] / sizes[rated, None]

    def value(weights: Floats) -> Floats:
        units = weights[:, paired].sum(axis=1)
        shares = weights[:, rated] @ shares_of / weights[:, rated].sum(axis=1, keepdims=True)
        good = ((shares > 0).sum(axis=1) >= 2) & (units > 0)
        values = np.full(len(weights), np.nan)
        seen = (weights[good][:, paired] @ agreed) / units[good]
        chance = expected(shares[good])
        values[good] = (seen - chance) / (1 - chance)
        return values

    return value


def cohen(first: Integers, second: Integers, categories: int) -> Statistic:
    """Cohen's kappa (1960) over kinds of pairs: what the first and the second coder said."""
    ours, theirs = np.eye(categories)[first], np.eye(categories)[second]
    same = (first == second).astype(float)

    def value(weights: Floats) -> Floats:
        units = weights.sum(axis=1)
        seen = weights @ same / units
        chance = ((weights @ ours) * (weights @ theirs)).sum(axis=1) / units**2
        one = ((weights @ (ours + theirs)) > 0).sum(axis=1) < 2
        values = np.full(len(weights), np.nan)
        values[~one] = (seen[~one] - chance[~one]) / (1 - chance[~one])
        return values

    return value


def distances(level: str, scores: Floats) -> Floats:
    """Return the squared differences of categories on the nominal or the ratio level."""
    if level == "nominal":
        return 1 - np.eye(len(scores))
    total = scores[:, None] + scores[None, :]
    ratio: Floats = (scores[:, None] - scores[None, :]) / np.where(total == 0, 1, total)
    return ratio**2


def resampled(statistic: Statistic, counts: Counts, draws: int, seed: int) -> Floats:
    """Return the statistic in `draws` bootstrap resamples of the blocks (NaN where undefined)."""
    generator = np.random.default_rng(seed)
    size = int(counts.times.sum())
    chances = counts.times / size
    step = max(1, _CELLS_AT_ONCE // max(1, len(counts.rows)))
    values = []
    for start in range(0, draws, step):
        many = min(step, draws - start)
        blocks = generator.multinomial(size, chances, size=many).astype(float)
        values.append(statistic(counts.spread(blocks)))
    return np.concatenate(values)
