"""From a statistic to an `Agreement`: its value, its interval, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evalkit.coding import coefficients
from evalkit.coding.coefficients import Counts, Floats, Integers, Statistic
from evalkit.coding.model import ONE_CODER, Agreement
from evalkit.coding.ratings import Ratings
from evalkit.errors import CodingError

NO_PAIR = "nothing was rated by two coders: agreement not known"
NO_VARIATION = (
    "every rating that can be compared is the same: agreement beyond chance cannot be known"
)
DRAWS = 1000
SEED = 20_001
_LEAST_DEFINED = 0.9
_FEW = 10


@dataclass(frozen=True, slots=True)
class Resampling:
    """How the interval is made: percentiles of so many resamples, from this seed."""

    draws: int = DRAWS
    seed: int = SEED
    confidence: float = 0.95


def numbered(groups: Sequence[Any] | None, units: int) -> Integers | None:
    """Return the groups of the units as numbers from 0, in the order they first occur."""
    if groups is None:
        return None
    if len(groups) != units:
        wrong = f"There are {units} units and {len(groups)} groups."
        raise CodingError(wrong, do="Name the group of every unit.")
    first: dict[Any, int] = {}
    numbers = [first.setdefault(group, len(first)) for group in groups]
    return np.array(numbers, dtype=np.int64)


def gathered(read: Ratings, groups: Sequence[Any] | None) -> Counts:
    """Return the kinds of units of these ratings, in the groups that are resampled whole."""
    read.check_size()
    numbers = numbered(groups, read.codes.shape[1])
    return coefficients.gathered(read.codes, len(read.categories), numbers)


def blank(coefficient: str, read: Ratings, counts: Counts, confidence: float) -> Agreement:
    """Return an `Agreement` that says what is compared and has no value yet."""
    ratings = counts.rows.sum(axis=1)
    times = counts.weight * counts.times[counts.block]
    return Agreement(
        coefficient=coefficient,
        value=None,
        low=None,
        high=None,
        n_units=int(times[ratings > 0].sum()),
        n_coders=read.n_coders,
        n_pairable=int((times * ratings)[ratings >= 2].sum()),
        unit="given unit",
        level=confidence,
    )


def estimated(
    blank: Agreement, counts: Counts, statistic: Statistic, resampling: Resampling
) -> Agreement:
    """Fill in value and interval, or the reason why there is none."""
    if blank.n_coders < 2:
        return replace(blank, reason=ONE_CODER)
    if not blank.n_pairable:
        return replace(blank, reason=NO_PAIR)
    value = float(statistic(counts.spread(counts.times[None, :]))[0])
    if np.isnan(value):
        return replace(blank, reason=NO_VARIATION)
    size = int(counts.times.sum())

    def drawn() -> Floats:
        return coefficients.resampled(statistic, counts, resampling.draws, resampling.seed)

    return with_interval(blank, value, size, drawn, resampling)


def with_interval(
    blank: Agreement,
    value: float,
    size: int,
    drawn: Callable[[], Floats],
    resampling: Resampling,
) -> Agreement:
    """Fill in the value and the interval that `drawn` gives, or say why there is no interval.

    Parameters
    ----------
    blank : Agreement
    value : float
    size : int
        How many units or sources are resampled.
    drawn : callable without arguments
        Returns the statistic in every resample, NaN where it is undefined.
    resampling : Resampling
    """
    low, high, note = _interval(value, size, drawn, resampling)
    notes = " ".join(part for part in (blank.note, note) if part)
    return replace(blank, value=value, low=low, high=high, note=notes)


def _interval(
    value: float, size: int, drawn: Callable[[], Floats], resampling: Resampling
) -> tuple[float | None, float | None, str]:
    if not resampling.draws:
        return None, None, ""
    if size < 2:
        return None, None, "No interval: there is only one unit or source to resample."
    if value == 1:
        return None, None, "No interval: no disagreement was seen, so resampling shows none."
    values = drawn()
    defined = values[~np.isnan(values)]
    if len(defined) < _LEAST_DEFINED * resampling.draws:
        share = f"{resampling.draws - len(defined)} of {resampling.draws}"
        return None, None, f"No interval: {share} resamples have no variation."
    tail = (1 - resampling.confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    rough = f"The interval rests on {size} units or sources only: it is rough."
    # Resampling is skewed in small samples; an interval without its own estimate misleads.
    return min(float(low), value), max(float(high), value), rough if size < _FEW else ""
