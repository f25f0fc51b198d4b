"""Who gained: the gap and its change, the lowest tenth, the worst-placed site."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from evalkit.data.table import need_column
from evalkit.errors import DataError
from evalkit.impact.estimate import Estimate
from evalkit.protocol.model import Outcome
from evalkit.synthesis.states import margin_of, wanted_sign

GapWord = Literal["narrowed", "widened", "about the same", "cannot tell", "not known"]
GAP_WORDS: dict[GapWord, str] = {
    "narrowed": "The gap narrowed because of the programme.",
    "widened": "The gap widened because of the programme.",
    "about the same": "The gap changed by less than what matters.",
    "cannot tell": "Whether the gap changed because of the programme cannot be told.",
    "not known": "The change in this gap was not estimated.",
}
"""Words for the change in a gap: as `STATE_RULES`, with a narrower gap as what is wanted."""
LOWEST = 0.1
"""Share of units that make the tail."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The change in a gap because of the programme.

    ``change`` is the effect in the group that was behind (or in the outcome that is a gap, turned
    so that above zero the gap narrows), in the outcome's units.
    """

    of: str
    outcome: str
    group: str
    against: str
    change: float
    low: float
    high: float
    verdict: GapWord
    words: str


def gaps(estimates: Iterable[Estimate], outcomes: Mapping[str, Outcome]) -> tuple[Gap, ...]:
    """Return the changes in gaps of all estimates.

    Parameters
    ----------
    estimates : iterable of Estimate
        Of an outcome that is a gap (``gap_in``, or a ``less`` column), or with
        ``table["subgroup_gaps"]``. Which subgroup was behind is not known from that table, so there
        ``change`` is the effect in `group` less that in `against`, and the words say no more.
    outcomes : mapping of str to Outcome
    """
    found: list[Gap] = []
    for one in estimates:
        outcome = outcomes.get(one.outcome)
        if outcome is not None and (outcome.gap_in or outcome.less):
            found.append(_own_gap(one, outcome))
        table = one.table.get("subgroup_gaps")
        if table is not None:
            found += [_between(one, row, outcome) for row in table.to_dict("records")]
    return tuple(found)


def _own_gap(one: Estimate, outcome: Outcome) -> Gap:
    # a gap is a distance: unless the plan says that a larger one is better, a smaller one is wanted
    sign = 1 if outcome.higher_is == "better" and not outcome.gap_in else -1
    low, high = sorted((sign * one.interval.low, sign * one.interval.high))
    verdict = gap_word(low, high, margin_of(one, outcome))
    return Gap(
        of=one.id,
        outcome=one.outcome,
        group=outcome.between,
        against="",
        change=sign * one.value,
        low=low,
        high=high,
        verdict=verdict,
        words=GAP_WORDS[verdict],
    )


def _between(one: Estimate, row: Mapping[Any, Any], outcome: Outcome | None) -> Gap:
    sign = wanted_sign(outcome)
    low, high = sorted((sign * float(row["low"]), sign * float(row["high"])))
    state = gap_word(low, high, margin_of(one, outcome))
    gained = {
        "narrowed": f"{row['group']} gained more than {row['against']}.",
        "widened": f"{row['group']} gained less than {row['against']}.",
        "about the same": "The two gained alike, up to what matters.",
    }.get(state, "Whether one of the two gained more cannot be told.")
    return Gap(
        of=one.id,
        outcome=one.outcome,
        group=str(row["group"]),
        against=str(row["against"]),
        change=sign * float(row["estimate"]),
        low=low,
        high=high,
        verdict="not known" if state in ("narrowed", "widened") else state,
        words=gained,
    )


def gap_word(low: float, high: float, margin: float | None) -> GapWord:
    """Return the word for a change in a gap from its interval, above zero for a narrower gap."""
    if math.isnan(low) or math.isnan(high):
        return "not known"
    if margin is not None and -margin < low and high < margin:
        return "about the same"
    if low > 0:
        return "narrowed"
    return "widened" if high < 0 else "cannot tell"


@dataclass(frozen=True, slots=True)
class GapAt:
    """How far groups lay apart in one period: their means and numbers, and highest less lowest."""

    period: str
    means: Mapping[str, float]
    counts: Mapping[str, int]
    gap: float


def gap_by_period(frame: pd.DataFrame, outcome: str, between: str, time: str) -> tuple[GapAt, ...]:
    """Return the gap between groups period by period: what was, and no effect.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a unit and period.
    outcome, between, time : str
        Columns; rows without one of them are left out. A period with one group has no gap (NaN).
    """
    for column in (outcome, between, time):
        need_column(frame.columns, column)
    kept = frame.dropna(subset=[outcome, between, time])
    found = []
    for period, rows in kept.groupby(time):
        groups = rows.groupby(between)[outcome]
        means = {as_word(name): float(value) for name, value in groups.mean().items()}
        counts = {as_word(name): int(value) for name, value in groups.size().items()}
        gap = max(means.values()) - min(means.values()) if len(means) > 1 else math.nan
        found.append(GapAt(as_word(period), means, counts, gap))
    return tuple(found)


# --- the tail ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tail:
    """The lowest tenth and the worst-placed site, first and last.

    Attributes
    ----------
    outcome : str
    first, last : str
        Periods.
    n_first, n_last : int
        Units in the tail.
    tail_first, tail_last, mean_first, mean_last : float
        Mean of the tail and of all, in each period (each period's own tail).
    worst : str
        The site worst placed in the first period; empty when no sites are named.
    worst_first, worst_last : float
        Its mean.
    gap_first, gap_last : float
        From the worst-placed site of each period to the mean of all sites.
    caution : str
    """

    outcome: str
    first: str
    last: str
    n_first: int
    n_last: int
    tail_first: float
    tail_last: float
    mean_first: float
    mean_last: float
    worst: str
    worst_first: float
    worst_last: float
    gap_first: float
    gap_last: float
    caution: str


TAIL_CAUTION = (
    "Whoever is worst placed at one time tends to be less so at the next, programme or not "
    "(regression to the mean). This describes; it is no effect."
)


def tail(
    frame: pd.DataFrame, outcome: str, time: str, site: str = "", *, higher_is: str = "better"
) -> Tail:
    """Return what became of the lowest tenth and of the worst-placed site.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a unit and period.
    outcome, time, site : str
        Columns.
    higher_is : {"better", "worse"}
        Whether the lowest or the highest values are the tail.

    Raises
    ------
    DataError
        When a column is not there, or there are fewer than two periods.
    """
    for column in filter(None, (outcome, time, site)):
        need_column(frame.columns, column)
    kept = frame.dropna(subset=[column for column in (outcome, time, site) if column])
    periods = sorted(kept[time].unique())
    if len(periods) < 2:
        raise DataError(
            f"`{outcome}` was measured in {len(periods)} period(s) of `{time}`.",
            do="A change in the tail needs two periods or more.",
        )
    sign = -1.0 if higher_is == "worse" else 1.0
    ends = [kept[kept[time] == period] for period in (periods[0], periods[-1])]
    tails = [_lowest(end[outcome].to_numpy(dtype=float) * sign) for end in ends]
    sites = [_sites(end, outcome, site, sign) for end in ends]
    worst = str(sites[0].index[0]) if site else ""
    later = sites[1].rename(index=str)
    nan = math.nan
    return Tail(
        outcome=outcome,
        first=as_word(periods[0]),
        last=as_word(periods[-1]),
        n_first=len(tails[0]),
        n_last=len(tails[1]),
        tail_first=sign * float(tails[0].mean()),
        tail_last=sign * float(tails[1].mean()),
        mean_first=float(ends[0][outcome].mean()),
        mean_last=float(ends[1][outcome].mean()),
        worst=worst,
        worst_first=sign * float(sites[0].iloc[0]) if site else nan,
        worst_last=sign * float(later[worst]) if worst in later.index else nan,
        gap_first=float(sites[0].mean() - sites[0].iloc[0]) if site else nan,
        gap_last=float(sites[1].mean() - sites[1].iloc[0]) if site else nan,
        caution=TAIL_CAUTION,
    )


def as_word(period: Any) -> str:
    """Return a period or group for print, whole numbers without a point."""
    return f"{period:g}" if isinstance(period, int | float | np.number) else str(period)


def _lowest(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    count = max(1, math.ceil(LOWEST * len(values) - 1e-9))
    return np.sort(values)[:count]


def _sites(frame: pd.DataFrame, outcome: str, site: str, sign: float) -> pd.Series[Any]:
    """Return the means of the sites, the worst first; ties by name."""
    if not site:
        return pd.Series(dtype=float)
    means = frame.groupby(site)[outcome].mean() * sign
    return means.iloc[np.lexsort((means.index.astype(str), means.to_numpy()))]
