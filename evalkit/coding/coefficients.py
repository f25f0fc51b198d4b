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
from typing import Any

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


def whole_blocks(count: int) -> Counts:
    """Return `Counts` for a statistic that takes the weights of blocks themselves."""
    return Counts(np.empty((count, 0)), np.ones(count), np.arange(count), np.ones(count))


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


def gathered(codes: NDArray[Any], categories: int, groups: Integers | None = None) -> Counts:
    """Gather units that every coder put in the same category, without a table of all units.

    Gives what `counted` gives for the same units, but for the order and number of the kinds.

    Parameters
    ----------
    codes : array of int, coders x units
        Number of the category; -1 where there is no rating.
    categories : int
        How many there are.
    groups : array of int, units, optional
        As for `counted`.
    """
    if len(codes) * np.log2(categories + 1) + np.log2(codes.shape[1] + 1) > 60:
        return counted(rows_of(codes.T, categories), groups)
    patterns, times, group = patterns_of(codes, categories, groups)
    rows = rows_of(patterns, categories)
    if groups is None:
        return Counts(rows, np.ones(len(rows)), np.arange(len(rows)), times)
    names, block = np.unique(group, return_inverse=True)
    return Counts(rows, times, block, np.ones(len(names)))


def patterns_of(
    codes: NDArray[Any],
    categories: int,
    groups: Integers | None = None,
    sizes: Floats | None = None,
) -> tuple[Integers, Floats, Integers]:
    """Return the different columns of `codes` in each group, their number (or size), the group.

    One whole number a unit (mixed radix) is built row by row and counted, which sorts nothing as
    long as the numbers stay small.
    """
    base = categories + 1
    keys = np.zeros(codes.shape[1], dtype=np.int64) if groups is None else groups.copy()
    for row in codes:
        keys *= base
        keys += row
        keys += 1
    n_groups = 1 if groups is None else int(groups.max(initial=-1)) + 1
    found, times = _different(keys, n_groups * base ** len(codes), sizes)
    patterns = np.empty((len(found), len(codes)), dtype=np.int64)
    for at in range(len(codes) - 1, -1, -1):
        found, patterns[:, at] = np.divmod(found, base)
    return patterns - 1, times, found


def _different(keys: Integers, size: int, sizes: Floats | None) -> tuple[Integers, Floats]:
    """Return the different keys, sorted, and how often each occurs; keys are below `size`."""
    if size > 1024 + 4 * len(keys):
        found, place = np.unique(keys, return_inverse=True)
        return found, np.bincount(place, sizes, len(found)).astype(float)
    times = np.bincount(keys, sizes, size)
    found = np.flatnonzero(times)
    return found, times[found].astype(float)


def rows_of(patterns: NDArray[Any], categories: int) -> Floats:
    """Return how many coders put each unit in each category (units x categories)."""
    rows = np.zeros((len(patterns), categories + 1))
    for column in patterns.T:  # -1, no rating, is counted in the last column and dropped
        rows[np.arange(len(patterns)), column] += 1
    return rows[:, :-1]


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


@dataclass(frozen=True, slots=True)
class Linear:
    """A coefficient that depends on the data through sums over units only.

    Attributes
    ----------
    features : array, kinds x features
        What one unit of each kind adds to the sums.
    value : callable
        Takes sums, samples x features, and returns values.
    """

    features: Floats
    value: Statistic


def of_weights(linear: Linear) -> Statistic:
    """Return the coefficient as a function of the weights of the kinds."""

    def value(weights: Floats) -> Floats:
        return linear.value(weights @ linear.features)

    return value


def of_blocks(linear: Linear, weight: Floats, block: Integers, count: int) -> Statistic:
    """Return the coefficient as a function of how often each of `count` blocks occurs.

    The sums of each block are made once, so that a resample costs as much as it has blocks.
    """
    sums = np.zeros((count, linear.features.shape[1]))
    np.add.at(sums, block, linear.features * weight[:, None])

    def value(blocks: Floats) -> Floats:
        return linear.value(blocks @ sums)

    return value


def alpha(rows: Floats, distance: Floats) -> Linear:
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
    features = np.zeros((len(rows), rows.shape[1] + 1))
    features[paired] = np.column_stack([inside, observed])

    def value(sums: Floats) -> Floats:
        totals = sums[:, :-1]
        expected = ((totals @ distance) * totals).sum(axis=1)
        return _alpha(sums[:, -1], expected, totals)

    return Linear(features, value)


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


def fleiss(rows: Floats, agreed: Floats | None = None) -> Linear:
    """Fleiss' kappa (1971), with units that some coders left out as in Gwet (2014, chapter 2)."""
    weights = np.eye(rows.shape[1]) if agreed is None else agreed

    def expected(shares: Floats) -> Floats:
        chance: Floats = ((shares @ weights) * shares).sum(axis=1)
        return chance

    return _share_based(rows, weights, expected)


def first_order(rows: Floats, categories: int, agreed: Floats | None = None) -> Linear:
    """Gwet's AC1 (2008) and, with weights, AC2 (2014, equation 4.20).

    Chance is ``T sum p (1 - p) / (q (q - 1))`` for q categories, T the sum of all weights; without
    weights T is q.
    """
    weights = np.eye(categories) if agreed is None else agreed
    factor = weights.sum() / (categories * (categories - 1))

    def expected(shares: Floats) -> Floats:
        chance: Floats = (shares * (1 - shares)).sum(axis=1) * factor
        return chance

    return _share_based(rows, weights, expected)


def uniform(rows: Floats, categories: int, agreed: Floats | None = None) -> Linear:
    """Brennan and Prediger's kappa (1981): chance is the mean weight, 1/q without weights."""
    weights = np.eye(categories) if agreed is None else agreed

    def expected(shares: Floats) -> Floats:
        return np.full(len(shares), weights.sum() / categories**2)

    return _share_based(rows, weights, expected)


def observed(rows: Floats) -> Linear:
    """Share of pairs of ratings of one unit that agree, mean over units with two or more."""
    paired, agreed = _agreed(rows, np.eye(rows.shape[1]))

    def value(sums: Floats) -> Floats:
        units, seen = sums.T
        values = np.full(len(sums), np.nan)
        values[units > 0] = seen[units > 0] / units[units > 0]
        return values

    return Linear(np.column_stack([paired, agreed]), value)


def undefined(weights: Floats) -> Floats:
    """Return that nothing is known, in any sample."""
    return np.full(len(weights), np.nan)


def _agreed(rows: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return which units have two ratings (1 or 0), and the mean weight of their pairs there."""
    sizes = rows.sum(axis=1)
    used = weights[: rows.shape[1], : rows.shape[1]]
    both = (rows * (rows @ used)).sum(axis=1) - rows @ np.diag(used)
    paired = sizes >= 2
    agreed = np.divide(both, sizes * (sizes - 1), out=np.zeros(len(rows)), where=paired)
    return paired.astype(float), agreed


def _share_based(rows: Floats, agreeing: Floats, expected: Callable[[Floats], Floats]) -> Linear:
    """Return (agreement - chance) / (1 - chance), chance from the categories' mean shares."""
    paired, agreed = _agreed(rows, agreeing)
    sizes = rows.sum(axis=1, keepdims=True)
    shares_of = rows / np.maximum(sizes, 1)
    features = np.column_stack([paired, agreed, sizes[:, 0] >= 1, shares_of])

    def value(sums: Floats) -> Floats:
        units, seen, rated = sums[:, :3].T
        shares = sums[:, 3:] / np.maximum(rated, 1)[:, None]
        good = ((shares > 0).sum(axis=1) >= 2) & (units > 0)
        values = np.full(len(sums), np.nan)
        chance = expected(shares[good])
        values[good] = (seen[good] / units[good] - chance) / (1 - chance)
        return values

    return Linear(features, value)


def cohen(first: Integers, second: Integers, categories: int) -> Linear:
    """Cohen's kappa (1960) over kinds of pairs: what the first and the second coder said.

    Kinds that one of them did not rate have -1 there, and do not count.
    """
    both = ((first >= 0) & (second >= 0)).astype(float)[:, None]
    ours, theirs = np.eye(categories)[first] * both, np.eye(categories)[second] * both
    same = (first == second)[:, None] * both

    def value(sums: Floats) -> Floats:
        a, b = sums[:, :categories], sums[:, categories:-2]
        seen, units = sums[:, -2], sums[:, -1]
        good = ((a + b) > 0).sum(axis=1) >= 2
        values = np.full(len(sums), np.nan)
        chance = (a * b).sum(axis=1)[good] / units[good] ** 2
        values[good] = (seen[good] / units[good] - chance) / (1 - chance)
        return values

    return Linear(np.column_stack([ours, theirs, same, both]), value)


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
