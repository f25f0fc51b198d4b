"""Coefficients of agreement that set chance against agreement unit by unit: the kappa family.

Every one of them has an interval, or the reason why there is none; ``(seen - chance) / (1 -
chance)`` is common to all, and they differ in what they call chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from evalkit.coding import coefficients
from evalkit.coding.coefficients import Floats
from evalkit.coding.estimated import (
    DRAWS,
    SEED,
    Resampling,
    blank,
    estimated,
    gathered,
    numbered,
)
from evalkit.coding.model import Agreement
from evalkit.coding.ratings import MISSING, Ratings, read_ratings
from evalkit.coding.weights import Weights, agreement_weights
from evalkit.errors import CodingError


def fleiss_kappa(
    ratings: Any,
    *,
    groups: Sequence[Any] | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    confidence: float = 0.95,
) -> Agreement:
    """Fleiss' kappa for several coders and categories.

    Units that some coders did not rate count as Gwet (2014) lets them: agreement over units
    with two ratings or more, chance from all. With complete ratings this is Fleiss (1971).

    Parameters
    ----------
    ratings, groups, draws, seed, confidence
        As for `krippendorff_alpha`.

    Returns
    -------
    Agreement
        As for `krippendorff_alpha`.

    References
    ----------
    Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological
    Bulletin 76, 378-382. Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, chapter 2.

    Examples
    --------
    >>> round(fleiss_kappa([["a", "b"], ["a", "b"], ["a", "a"]], draws=0).value, 12)
    0.25
    """
    read = read_ratings(ratings)
    counts = gathered(read, groups)
    statistic = coefficients.of_weights(coefficients.fleiss(counts.rows))
    start = blank("Fleiss' kappa", read, counts, confidence)
    return estimated(start, counts, statistic, Resampling(draws, seed, confidence))


def scott_pi(
    a: Any,
    b: Any = None,
    *,
    groups: Sequence[Any] | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    confidence: float = 0.95,
) -> Agreement:
    """Scott's pi for two coders: chance from the categories' shares in both together.

    Parameters
    ----------
    a, b : sequence
        What each coder said of each unit, in the same order; or, without `b`, both as the two
        rows of `a`. Units that one of them did not rate are left out.
    groups, draws, seed, confidence
        As for `krippendorff_alpha`.

    Returns
    -------
    Agreement
        As for `krippendorff_alpha`.

    Raises
    ------
    CodingError
        There are not two coders.

    References
    ----------
    Scott, W. A. (1955). Reliability of content analysis: the case of nominal scale coding.
    Public Opinion Quarterly 19, 321-325.

    Examples
    --------
    >>> round(scott_pi(["y"] * 9 + ["n"], ["y"] * 8 + ["n", "n"], draws=0).value, 4)
    0.6078
    """
    read = _two(read_ratings(a if b is None else [list(a), list(b)]))
    both = (read.codes >= 0).all(axis=0)
    counts = gathered(Ratings(np.where(both, read.codes, MISSING), read.categories), groups)
    start = blank("Scott's pi", read, counts, confidence)
    statistic = coefficients.of_weights(coefficients.fleiss(counts.rows))
    return estimated(start, counts, statistic, Resampling(draws, seed, confidence))


def cohen_kappa(
    a: Any,
    b: Any,
    *,
    groups: Sequence[Any] | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    confidence: float = 0.95,
) -> Agreement:
    """Cohen's kappa for two coders.

    Parameters
    ----------
    a, b : sequence
        What each coder said of each unit, in the same order; None or NaN where nothing. Units
        that one of them did not rate are left out.
    groups, draws, seed, confidence
        As for `krippendorff_alpha`.

    Returns
    -------
    Agreement
        As for `krippendorff_alpha`.

    References
    ----------
    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and
    Psychological Measurement 20, 37-46.

    Examples
    --------
    >>> cohen_kappa(["yes", "yes", "no", "no"], ["yes", "no", "no", "no"], draws=0).value
    0.5
    """
    read = read_ratings([list(a), list(b)])
    both = (read.codes >= 0).all(axis=0)
    size = max(len(read.categories), 1)
    codes = read.codes.astype(np.int64)
    cells = codes[0, both] * size + codes[1, both]
    numbers = numbered(groups, read.codes.shape[1])
    kinds = coefficients.counted(
        cells[:, None].astype(float), None if numbers is None else numbers[both]
    )
    first, second = np.divmod(kinds.rows[:, 0].astype(np.int64), size)
    start = blank("Cohen's kappa", read, gathered(read, groups), confidence)
    statistic = coefficients.of_weights(coefficients.cohen(first, second, size))
    return estimated(start, kinds, statistic, Resampling(draws, seed, confidence))


def gwet_ac1(
    ratings: Any,
    *,
    categories: int | None = None,
    groups: Sequence[Any] | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    confidence: float = 0.95,
) -> Agreement:
    """Gwet's AC1, which moves less than kappa when one category is much the commonest.

    Parameters
    ----------
    ratings, groups, draws, seed, confidence
        As for `krippendorff_alpha`.
    categories : int, optional
        How many categories could be chosen; by default as many as were.

    Returns
    -------
    Agreement
        As for `krippendorff_alpha`.

    References
    ----------
    Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of
    high agreement. British Journal of Mathematical and Statistical Psychology 61, 29-48.

    Examples
    --------
    >>> round(gwet_ac1([["y"] * 9 + ["n"], ["y"] * 8 + ["n", "n"]], draws=0).value, 4)
    0.8658
    """
    read = read_ratings(ratings)
    counts = gathered(read, groups)
    statistic = coefficients.of_weights(
        coefficients.first_order(counts.rows, _size(read, categories))
    )
    start = blank("Gwet's AC1", read, counts, confidence)
    return estimated(start, counts, statistic, Resampling(draws, seed, confidence))


def gwet_ac2(
    ratings: Any,
    weights: Weights = "quadratic",
    *,
    categories: Sequence[float] | None = None,
    groups: Sequence[Any] | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    confidence: float = 0.95,
) -> Agreement:
    """Gwet's AC2: AC1 for ordered categories, where near misses count in part.

    Parameters
    ----------
    ratings, groups, draws, seed, confidence
        As for `krippendorff_alpha`; ratings are numbers.
    weights : {"quadratic", "linear", "ordinal", "radical", "ratio", "identity"}
        How nearly two categories agree; ``identity`` gives AC1.
    categories : sequence of numbers, optional
        Every category that could be chosen; by default those that were.

    Returns
    -------
    Agreement
        As for `krippendorff_alpha`.

    Raises
    ------
    CodingError
        The ratings are not numbers, or there are no such weights.

    References
    ----------
    Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th edition, chapters 3 and 4.

    Examples
    --------
    >>> round(gwet_ac2([[1, 2, 3, 3], [1, 2, 3, 2]], "linear", draws=0).value, 4)
    0.7241
    """
    read = _among(read_ratings(ratings), categories)
    agreed = agreement_weights(weights, _scores(read, weights))
    counts = gathered(read, groups)
    statistic = coefficients.of_weights(coefficients.first_order(counts.rows, *_whole(agreed)))
    start = blank("Gwet's AC2", read, counts, confidence)
    start = replace(start, level_of_measurement=f"{weights} weights")
    return estimated(start, counts, statistic, Resampling(draws, seed, confidence))


def brennan_prediger(
    ratings: Any,
    weights: Weights = "identity",
    *,
    categories: int | Sequence[Any] | None = None,
    groups: Sequence[Any] | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    confidence: float = 0.95,
) -> Agreement:
    """Brennan and Prediger's kappa: chance is that of drawing lots among all categories.

    Parameters
    ----------
    ratings, groups, draws, seed, confidence
        As for `krippendorff_alpha`.
    weights : {"identity", "ordinal", "linear", "quadratic", "radical", "ratio"}
        How nearly two categories agree; all but ``identity`` want numbers.
    categories : int or sequence, optional
        How many categories could be chosen, or which; by default those that were. The value
        depends on it.

    Returns
    -------
    Agreement
        As for `krippendorff_alpha`.

    References
    ----------
    Brennan, R. L. and Prediger, D. J. (1981). Coefficient kappa: some uses, misuses, and
    alternatives. Educational and Psychological Measurement 41, 687-699.

    Examples
    --------
    >>> brennan_prediger([["a", "b", "a", "a"], ["a", "b", "b", "a"]], draws=0).value
    0.5
    """
    read = read_ratings(ratings)
    count = categories if isinstance(categories, int) else None
    if isinstance(categories, Sequence):
        read = _among(read, categories)
    size = _size(read, count)
    agreed = agreement_weights(weights, _scores(read, weights))
    if weights == "identity":
        agreed = np.eye(size)
    elif count is not None:
        wrong = f"With {weights} weights the number of categories does not say which they are."
        raise CodingError(wrong, do="Give them all as `categories`, such as [1, 2, 3, 4, 5].")
    counts = gathered(read, groups)
    statistic = coefficients.of_weights(coefficients.uniform(counts.rows, *_whole(agreed)))
    start = blank("Brennan and Prediger's kappa", read, counts, confidence)
    return estimated(start, counts, statistic, Resampling(draws, seed, confidence))


def percent(
    ratings: Any,
    *,
    groups: Sequence[Any] | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    confidence: float = 0.95,
) -> Agreement:
    """Share of pairs of ratings of the same unit that agree, from 0 to 1.

    It is not corrected for chance: where one category is common, coders who do not read at all
    agree often. Print it beside a coefficient that is.

    Parameters
    ----------
    ratings, groups, draws, seed, confidence
        As for `krippendorff_alpha`.

    Returns
    -------
    Agreement
        As for `krippendorff_alpha`. Where only one category was used the value is undefined
        too: that all ratings are the same says nothing about the coders.

    Examples
    --------
    >>> percent([["a", "b", "a", "a"], ["a", "b", "b", "a"]], draws=0).value
    0.75
    """
    read = read_ratings(ratings)
    counts = gathered(read, groups)
    start = replace(
        blank("Percent agreement", read, counts, confidence), note="Not corrected for chance."
    )
    varied = len(read.categories) > 1
    seen = coefficients.of_weights(coefficients.observed(counts.rows))
    statistic = seen if varied else coefficients.undefined
    return estimated(start, counts, statistic, Resampling(draws, seed, confidence))


def _two(read: Ratings) -> Ratings:
    if len(read.codes) != 2:
        wrong = f"Scott's pi compares two coders; there are {len(read.codes)}."
        raise CodingError(wrong, do="Use `fleiss_kappa`, which is the same for several.")
    return read


def _size(read: Ratings, categories: int | None) -> int:
    seen = len(read.categories)
    if categories is not None and categories < seen:
        wrong = f"{seen} categories were used, and `categories` is {categories}."
        raise CodingError(wrong, do="Give the number of categories that could be chosen.")
    return max(categories or seen, 2)


def _among(read: Ratings, categories: Sequence[Any] | None) -> Ratings:
    """Return the same ratings among all categories that could be chosen."""
    if categories is None:
        return read
    absent = [value for value in read.categories if value not in categories]
    if absent:
        wrong = f"Ratings that are no category: {', '.join(map(str, absent))}."
        raise CodingError(wrong, do="Give every category that could be chosen.")
    every = sorted(set(categories), key=lambda value: (str(type(value)), value))
    places = np.array([*(every.index(value) for value in read.categories), MISSING])
    return Ratings(places[read.codes], tuple(every))


def _scores(read: Ratings, weights: str) -> Floats:
    """Return the categories as numbers, refused where these weights cannot use them."""
    level = {"identity": "nominal", "ratio": "ratio"}.get(weights, "ordinal")
    return read.scores(level)


def _whole(agreed: Floats) -> tuple[int, Floats]:
    """Return the number of categories, two at least, and their weights."""
    if len(agreed) >= 2:
        return len(agreed), agreed
    return 2, np.eye(2)
