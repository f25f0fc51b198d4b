"""How far coders agree: the coefficients, each with an interval or the reason why there is none.

A coefficient that cannot be had (one coder, nothing rated twice, no variation) has the value
None and a reason; it is never 1.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Literal

from evalkit.coding import coefficients
from evalkit.coding.agreement_table import Comparison, agreement_table, by_alpha
from evalkit.coding.chance import (
    brennan_prediger,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    percent,
    scott_pi,
)
from evalkit.coding.compared import compare, nothing_compared
from evalkit.coding.consensus import consensus
from evalkit.coding.continua import continua
from evalkit.coding.disagreements import disagreements
from evalkit.coding.estimated import (
    DRAWS,
    NO_PAIR,
    NO_VARIATION,
    SEED,
    Resampling,
    blank,
    estimated,
    gathered,
)
from evalkit.coding.model import Agreement, Codebook, Coding, Source
from evalkit.coding.ratings import read_ratings
from evalkit.coding.textual_continua import cu_alpha, u_alpha
from evalkit.coding.unitising import Continuum, pooled_unitising_alpha, unitising_alpha
from evalkit.coding.units import Unit
from evalkit.errors import CodingError, nearest

__all__ = [
    "LEVELS",
    "NO_PAIR",
    "NO_VARIATION",
    "Comparison",
    "Continuum",
    "Level",
    "Resampling",
    "agreement",
    "agreement_table",
    "brennan_prediger",
    "cohen_kappa",
    "consensus",
    "continua",
    "cu_alpha",
    "disagreements",
    "fleiss_kappa",
    "gwet_ac1",
    "gwet_ac2",
    "krippendorff_alpha",
    "percent",
    "pooled_unitising_alpha",
    "scott_pi",
    "u_alpha",
    "unitising_alpha",
]

Level = Literal["nominal", "ordinal", "interval", "ratio"]
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval", "ratio")


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
    counts = gathered(read, groups)
    if level == "ordinal":
        statistic = coefficients.ordinal_alpha(counts.rows)
    elif level == "interval":
        statistic = coefficients.interval_alpha(counts.rows, scores)
    else:
        apart = coefficients.distances(level, scores)
        statistic = coefficients.of_weights(coefficients.alpha(counts.rows, apart))
    start = blank("Krippendorff's alpha", read, counts, confidence)
    start = replace(start, level_of_measurement=level)
    return estimated(start, counts, statistic, Resampling(draws, seed, confidence))


def agreement(
    codings: Sequence[Coding],
    sources: Sequence[Source],
    codebook: Codebook,
    *,
    unit: Unit = "sentence",
    double_coded: Collection[str] = (),
    draws: int = DRAWS,
    seed: int = SEED,
    confidence: float = 0.95,
) -> tuple[Agreement, ...]:
    """How far the coders of a project agree: over all codes, and code by code.

    The unit is the sentence (or another part) of every source that two coders or more were given.
    A coder was given a source when they coded something in it, or when it is listed as double
    coded. For one code, a unit is rated "has the code" or "has it not": Krippendorff's alpha,
    nominal. Over all codes, a unit's rating is the set of codes it has, and two sets differ by
    the MASI distance (Passonneau, 2006). The bootstrap draws whole sources. `agreement_table` has
    other coefficients, single coders and pairs.

    Parameters
    ----------
    codings, sources, codebook
        The project's; only codings of `sources` count, and none made by a rule.
    unit : {"sentence", "paragraph", "turn", "token", "character"}
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
    resampling = Resampling(draws, seed, confidence)
    if compared.reason:
        return (nothing_compared("Krippendorff's alpha", compared, confidence),)
    subjects = ("", *compared.codes)
    found = [by_alpha(compared, code, resampling) for code in subjects]
    rounds = sorted({coding.round for coding in codings})
    mixed = f"Rounds taken together: {', '.join(rounds)}." if len(rounds) > 1 else ""
    note = " ".join(filter(None, (compared.note, mixed, found[0].note)))
    return (replace(found[0], note=note), *found[1:])
