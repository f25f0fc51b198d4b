"""Who was reached: reach by need, and who was missed.

What is counted here describes. Counts are as they stand: small ones are hidden where they are
printed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from evalkit.data.table import need_column
from evalkit.errors import DataError
from evalkit.synthesis.equity import as_word

Reach = Literal[
    "most where need is greatest", "even", "least where need is greatest", "cannot tell"
]
REACH_WORDS: dict[Reach, str] = {
    "most where need is greatest": "Those in greatest need were reached more often than the rest.",
    "even": "Those in greatest need were reached about as often as the rest.",
    "least where need is greatest": "Those in greatest need were reached less often than the rest.",
    "cannot tell": "Whether those in greatest need were reached more or less often cannot be told.",
}
"""Words for reach by need."""
EVEN = 0.1
"""A difference in the share reached that is smaller than this, over its whole interval, is even."""


@dataclass(frozen=True, slots=True)
class ReachOf:
    """How many of one group were there, and how many were reached."""

    group: str
    n: int
    reached: int
    share: float


@dataclass(frozen=True, slots=True)
class ReachByNeed:
    """Reach by need: the groups from least to greatest need, and the difference at the top.

    ``difference`` is the share reached among those in greatest need less the share among the rest,
    with an interval (Newcombe 1998, method 10). ``missed`` counts those not reached; ``unknown``
    those of whom need or reach is not recorded.
    """

    groups: tuple[ReachOf, ...]
    difference: float
    low: float
    high: float
    verdict: Reach
    words: str
    missed: int
    unknown: int


def reach_by_need(
    frame: pd.DataFrame,
    reached: str,
    need: str,
    *,
    order: Sequence[str] = (),
    level: float = 0.95,
) -> ReachByNeed:
    """Return how reach goes with need.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each person or place that the programme was meant for.
    reached : str
        Column: 1 reached, 0 not.
    need : str
        Column: a number (greater need, greater number: split in thirds), or a group.
    order : sequence of str, optional
        Groups from least to greatest need; by default numbers, or words in the order of the alphabet.
    level : float

    Raises
    ------
    DataError
        When a column is not there, `reached` is not 0 or 1, or there is only one group.
    """
    for column in (reached, need):
        need_column(frame.columns, column)
    kept = frame.dropna(subset=[reached, need])
    values = pd.to_numeric(kept[reached], errors="coerce")
    if not values.isin([0, 1]).all():
        raise DataError(f"`{reached}` holds more than 0 and 1.", do="Write 1 for reached, else 0.")
    groups = _by_need(kept[need], order)
    found = tuple(
        ReachOf(name, int(rows.sum()), int(values[rows].sum()), float(values[rows].mean()))
        for name, rows in groups
    )
    if len(found) < 2:
        raise DataError(
            f"`{need}` tells only {len(found)} group(s) of need apart.",
            do="Give a column in which need differs.",
        )
    top, rest = found[-1], found[:-1]
    others = (sum(one.reached for one in rest), sum(one.n for one in rest))
    low, high = newcombe((top.reached, top.n), others, level)
    verdict = _reach_word(low, high)
    return ReachByNeed(
        groups=found,
        difference=top.share - others[0] / others[1],
        low=low,
        high=high,
        verdict=verdict,
        words=REACH_WORDS[verdict],
        missed=int((values == 0).sum()),
        unknown=len(frame) - len(kept),
    )


def _reach_word(low: float, high: float) -> Reach:
    if low > -EVEN and high < EVEN:
        return "even"
    if low > 0:
        return "most where need is greatest"
    return "least where need is greatest" if high < 0 else "cannot tell"


def _by_need(need: pd.Series[Any], order: Sequence[str]) -> list[tuple[str, pd.Series[bool]]]:
    numbers = pd.to_numeric(need, errors="coerce")
    if not order and numbers.notna().all() and numbers.nunique() > 3:
        cuts = np.unique(np.quantile(numbers, [1 / 3, 2 / 3]))
        at = np.searchsorted(cuts, numbers.to_numpy(), side="left")
        names = ("least need", "middle", "greatest need") if len(cuts) == 2 else ("less", "more")
        made = [(name, pd.Series(at == i, index=need.index)) for i, name in enumerate(names)]
        return [(name, rows) for name, rows in made if rows.any()]
    words = need.map(as_word)
    known = list(order) or sorted(words.unique(), key=lambda one: (_number(one), one))
    return [(name, words == name) for name in known if (words == name).any()]


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return 0.0


def newcombe(
    one: tuple[int, int], other: tuple[int, int], level: float = 0.95
) -> tuple[float, float]:
    """Return the interval of a difference of two shares, each ``(how many, out of)``.

    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10: square and add Wilson's limits.
    """
    from scipy.special import ndtri

    z = float(ndtri(0.5 + level / 2))
    (p, a, b), (q, c, d) = (_wilson(count, total, z) for count, total in (one, other))
    gap = p - q
    return gap - math.hypot(p - a, d - q), gap + math.hypot(b - p, q - c)


def _wilson(count: int, total: int, z: float) -> tuple[float, float, float]:
    share = count / total
    centre, half = (
        share + z * z / (2 * total),
        z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)),
    )
    scale = 1 + z * z / total
    return share, (centre - half) / scale, (centre + half) / scale


@dataclass(frozen=True, slots=True)
class Missed:
    """How one group stands among those missed and among all, and how much oftener it was missed."""

    group: str
    n: int
    missed: int
    share_of_missed: float
    share_of_all: float
    ratio: float


def who_was_missed(frame: pd.DataFrame, reached: str, group: str) -> tuple[Missed, ...]:
    """Return who was missed, the group missed most often for its size first.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each person or place that the programme was meant for.
    reached, group : str
        Columns; a blank group is a group of its own, ``not recorded``.

    Returns
    -------
    tuple of Missed
        `ratio` is the share of the group that was missed over that of all; NaN when nobody was.
    """
    for column in (reached, group):
        need_column(frame.columns, column)
    kept = frame.dropna(subset=[reached])
    missed = pd.to_numeric(kept[reached]) == 0
    names = kept[group].map(lambda one: "not recorded" if pd.isna(one) else as_word(one))
    every = int(missed.sum())
    rows = []
    for name in sorted(names.unique()):
        here = names == name
        n, lost = int(here.sum()), int((here & missed).sum())
        rate = every / len(kept)
        rows.append(
            Missed(
                group=name,
                n=n,
                missed=lost,
                share_of_missed=lost / every if every else math.nan,
                share_of_all=n / len(kept),
                ratio=lost / n / rate if every else math.nan,
            )
        )
    return tuple(sorted(rows, key=lambda one: (-one.ratio if every else 0.0, one.group)))
