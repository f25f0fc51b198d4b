"""How far coders agree: the coefficients, each with an interval or the reason why there is none.

A coefficient that cannot be had (one coder, nothing rated twice, no variation) has the value
None and a reason; it is never 1.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from evalkit.coding import coefficients
from evalkit.coding.coefficients import Counts, Integers, Statistic
from evalkit.coding.compared import Compared, compare
from evalkit.coding.model import ONE_CODER, Agreement, Codebook, Coding, Source
from evalkit.coding.ratings import Ratings, read_ratings
from evalkit.coding.unitising import unitising_alpha
from evalkit.errors import CodingError, nearest

__all__ = [
    "LEVELS",
    "Level",
    "agreement",
    "cohen_kappa",
    "fleiss_kappa",
    "gwet_ac1",
    "krippendorff_alpha",
    "unitising_alpha",
]

Level = Literal["nominal", "ordinal", "interval", "ratio"]
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval", "ratio")
NO_PAIR = "nothing was rated by two coders: agreement not known"
NO_VARIATION = (
    "every rating that can be compared is the same: agreement beyond chance cannot be known"
)
DRAWS = 1000
SEED = 20_001
_LEAST_DEFINED = 0.9
_FEW = 10


def krippendorff_alpha(
    ratings: Any,
    level: Level = "nominal",
    *,
    groups: Sequence[Any] | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    confidence: float = 0.95,
) -> Agreement:
    """Krippendorff's alpha, for any number of coders, with missing ratings.

    Parameters
    ----------
    ratings : array or frame, coders x units
        One row a coder; None or NaN where a coder did not rate a unit.
    level : {"nominal", "ordinal", "interval", "ratio"}
        What differences between ratings mean.
    groups : sequence, optional
        The source (site, document) of each unit. The bootstrap then draws whole groups, as
        passages of one source are not independent.
    draws, seed : int
        Bootstrap resamples (0: no interval), and the seed of their random numbers.
    confidence : float
        Level of the interval.

    Returns
    -------
    Agreement
        Value, percentile bootstrap interval and numbers of units, coders and pairable ratings;
        or the reason why it is undefined.

    Raises
    ------
    CodingError
        The ratings are no rectangle of coders and units, or do not fit the level.

    References
    ----------
    Krippendorff, K. (2011). Computing Krippendorff's Alpha-Reliability.

    Examples
    --------
    >>> krippendorff_alpha([[1, 2, 3, 3], [1, 2, 3, 4]], "nominal", draws=0).value
    0.6956521739130435
    >>> krippendorff_alpha([["yes", "yes"], ["yes", "yes"]]).value is None
    True
    """
    if level not in LEVELS:
        hint = nearest(str(level), LEVELS)
        do = f"One of: {', '.join(LEVELS)}.{hint}"
        raise CodingError(f"There is no level of measurement `{level}`.", do=do)
    read = read_ratings(ratings)
    scores = read.scores(level)
    counts = coefficients.counted(read.rows(), _numbered(groups, read))
    if level == "ordinal":
        statistic = coefficients.ordinal_alpha(counts.rows)
    elif level == "interval":
        statistic = coefficients.interval_alpha(counts.rows, scores)
    else:
        statistic = coefficients.alpha(counts.rows, coefficients.distances(level, scores))
    blank = _blank("Krippendorff's alpha", read, confidence, level)
    return _estimated(blank, read, counts, statistic, (draws, seed))


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
    counts = coefficients.counted(read.rows(), _numbered(groups, read))
    blank = _blank("Fleiss' kappa", read, confidence)
    return _estimated(blank, read, counts, coefficients.fleiss(counts.rows), (draws, seed))


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
    seen = len(read.categories)
    if categories is not None and categories < seen:
        wrong = f"{seen} categories were used, and `categories` is {categories}."
        raise CodingError(wrong, do="Give the number of categories that could be chosen.")
    counts = coefficients.counted(read.rows(), _numbered(groups, read))
    statistic = coefficients.first_order(counts.rows, max(categories or seen, 2))
    blank = _blank("Gwet's AC1", read, confidence)
    return _estimated(blank, read, counts, statistic, (draws, seed))


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
    cells = read.codes[0, both] * size + read.codes[1, both]
    numbers = _numbered(groups, read)
    kinds = coefficients.counted(
        cells[:, None].astype(float), None if numbers is None else numbers[both]
    )
    first, second = np.divmod(kinds.rows[:, 0].astype(np.int64), size)
    blank = _blank("Cohen's kappa", read, confidence)
    statistic = coefficients.cohen(first, second, size)
    return _estimated(blank, read, kinds, statistic, (draws, seed))


def agreement(
    codings: Sequence[Coding],
    sources: Sequence[Source],
    codebook: Codebook,
    *,
    unit: Literal["sentence", "paragraph"] = "sentence",
    double_coded: Collection[str] = (),
    draws: int = DRAWS,
    seed: int = SEED,
    confidence: float = 0.95,
) -> tuple[Agreement, ...]:
    """How far the coders of a project agree: over all codes, and code by code.

    The unit is the sentence (or paragraph) of every source that two coders or more were given.
    A coder was given a source when they coded something in it, or when it is listed as double
    coded. For one code, a unit is rated "has the code" or "has it not": Krippendorff's alpha,
    nominal. Over all codes, a unit's rating is the set of codes it has, and two sets differ by
    the MASI distance (Passonneau, 2006). The bootstrap draws whole sources.

    Parameters
    ----------
    codings, sources, codebook
        The project's; only codings of `sources` count.
    unit : {"sentence", "paragraph"}
        What is compared.
    double_coded : collection of str
        Ids of sources that every coder read, even where one of them marked nothing.
    draws, seed, confidence
        As for `krippendorff_alpha`.

    Returns
    -------
    tuple of Agreement
        Over all codes first (``code`` is empty), then each code used in that material, in the
        order of the codebook. With one coder, or nothing coded by two, a single one without
        value and with the reason.
    """
    compared = compare(codings, sources, codebook, unit, double_coded)
    read = Ratings(compared.sets, tuple(range(len(compared.combinations))))
    blank = _blank("Krippendorff's alpha", read, confidence, "sets of codes (MASI)")
    blank = replace(blank, unit=compared.unit, n_coders=len(compared.coders), note=compared.note)
    if len(compared.coders) < 2 or not compared.groups.size:
        reason = ONE_CODER if len(compared.coders) == 1 else compared.reason
        return (replace(blank, reason=reason),)
    counts = coefficients.counted(read.rows(), compared.groups)
    statistic = coefficients.alpha(counts.rows, compared.distance())
    over_all = _estimated(blank, read, counts, statistic, (draws, seed))
    each = [
        replace(_of_code(compared, code, (draws, seed, confidence)), unit=compared.unit, code=code)
        for code in compared.codes
    ]
    return (over_all, *each)


def _of_code(compared: Compared, code: str, options: tuple[int, int, float]) -> Agreement:
    draws, seed, confidence = options
    return krippendorff_alpha(
        compared.ratings(code),
        groups=compared.groups.tolist(),
        draws=draws,
        seed=seed,
        confidence=confidence,
    )


def _numbered(groups: Sequence[Any] | None, read: Ratings) -> Integers | None:
    if groups is None:
        return None
    if len(groups) != read.codes.shape[1]:
        wrong = f"There are {read.codes.shape[1]} units and {len(groups)} groups."
        raise CodingError(wrong, do="Name the group of every unit.")
    first: dict[Any, int] = {}
    numbers = [first.setdefault(group, len(first)) for group in groups]
    return np.array(numbers, dtype=np.int64)


def _blank(coefficient: str, read: Ratings, confidence: float, level: str = "nominal") -> Agreement:
    here = (read.codes >= 0).sum(axis=0)
    return Agreement(
        coefficient=coefficient,
        value=None,
        low=None,
        high=None,
        n_units=int((here > 0).sum()),
        n_coders=read.n_coders,
        n_pairable=int(here[here >= 2].sum()),
        unit="given unit",
        level_of_measurement=level,
        level=confidence,
    )


def _estimated(
    blank: Agreement,
    read: Ratings,
    counts: Counts,
    statistic: Statistic,
    resampling: tuple[int, int],
) -> Agreement:
    """Fill in value and interval, or the reason why there is none."""
    if read.n_coders < 2:
        return replace(blank, reason=ONE_CODER)
    if not blank.n_pairable:
        return replace(blank, reason=NO_PAIR)
    value = float(statistic(counts.spread(counts.times[None, :]))[0])
    if np.isnan(value):
        return replace(blank, reason=NO_VARIATION)
    low, high, note = _interval(value, counts, statistic, blank.level, resampling)
    notes = " ".join(part for part in (blank.note, note) if part)
    return replace(blank, value=value, low=low, high=high, note=notes)


def _interval(
    value: float,
    counts: Counts,
    statistic: Statistic,
    confidence: float,
    resampling: tuple[int, int],
) -> tuple[float | None, float | None, str]:
    draws, seed = resampling
    size = int(counts.times.sum())
    if not draws:
        return None, None, ""
    if size < 2:
        return None, None, "No interval: there is only one unit or source to resample."
    if value == 1:
        return None, None, "No interval: no disagreement was seen, so resampling shows none."
    values = coefficients.resampled(statistic, counts, draws, seed)
    defined = values[~np.isnan(values)]
    if len(defined) < _LEAST_DEFINED * draws:
        share = f"{draws - len(defined)} of {draws} resamples have no variation"
        return None, None, f"No interval: {share}."
    tail = (1 - confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    rough = f"The interval rests on {size} units or sources only: it is rough."
    # Resampling is skewed in small samples; an interval without its own estimate misleads.
    return min(float(low), value), max(float(high), value), rough if size < _FEW else ""
