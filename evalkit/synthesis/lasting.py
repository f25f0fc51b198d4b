"""What lasts once the support ends: what the theory expects, what was measured afterwards."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from evalkit.impact.estimate import Estimate, Interval
from evalkit.protocol.about import About
from evalkit.protocol.model import Outcome
from evalkit.synthesis.finding import QUANT_STATES, QuantState
from evalkit.synthesis.states import read_estimate
from evalkit.theory.model import Theory

Lasts = Literal[
    "lasted",
    "faded",
    "came later",
    "there afterwards",
    "against afterwards",
    "turned for the better",
    "none before or after",
    "cannot tell",
    "not measured",
]
LASTING: dict[tuple[QuantState, QuantState], Lasts] = {
    ("up", "up"): "lasted",
    ("up", "about nil"): "faded",
    ("about nil", "up"): "came later",
    ("about nil", "about nil"): "none before or after",
    ("down", "up"): "turned for the better",
    ("down", "about nil"): "faded",
    ("imprecise", "up"): "there afterwards",
    ("imprecise", "about nil"): "cannot tell",
    ("no data", "up"): "there afterwards",
    ("no data", "about nil"): "cannot tell",
    **{(during, "down"): "against afterwards" for during in QUANT_STATES},
    **{(during, "imprecise"): "cannot tell" for during in QUANT_STATES},
    **{(during, "no data"): "not measured" for during in QUANT_STATES},
}
"""What became of a change after the support ended, by its state during and after."""
LASTING_WORDS: dict[Lasts, str] = {
    "lasted": "The change was still there after the support had ended.",
    "faded": "After the support had ended the change was smaller than one that matters.",
    "came later": "The change showed only after the support had ended.",
    "there afterwards": (
        "A change shows after the support had ended; whether it was there before cannot be told."
    ),
    "against afterwards": "After the support had ended the change was against what is wanted.",
    "turned for the better": (
        "The change was against what is wanted during the support, and as wanted after it."
    ),
    "none before or after": "No change that matters showed, during the support or after.",
    "cannot tell": "Whether it lasted cannot be told from these numbers.",
    "not measured": "Nothing was measured after the support ended, so whether it lasts is not known.",
}
_STAYS = re.compile(r"\b(last(s|ing)?\b|sustain|embed|continu|(keep|kept) going)", re.IGNORECASE)
_AFTERWARDS = re.compile(r"\b(after|last(s|ing)?|still)\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class Lasting:
    """What became of one outcome after the support ended.

    Attributes
    ----------
    outcome, of : str
        The outcome, and the estimate it is read from.
    during, after : str
        States, one of `QUANT_STATES`.
    last : str
        The last period measured, or an empty string.
    verdict, words : str
    loops : tuple of str
        Feedback links of the theory that might keep it going, whatever was measured.
    expected : tuple of str
        Links of the theory that claim something lasts.
    """

    outcome: str
    of: str
    during: QuantState
    after: QuantState
    last: str
    verdict: Lasts
    words: str
    loops: tuple[str, ...]
    expected: tuple[str, ...]


def lasting(
    estimate: Estimate,
    outcome: Outcome | None,
    theory: Theory,
    ended_after: float | None,
) -> Lasting:
    """Return what became of an outcome after the support ended.

    Parameters
    ----------
    estimate : Estimate
        With ``table["event_study"]`` (period counted from the start, estimate, low, high).
    outcome : Outcome or None
    theory : Theory
    ended_after : float or None
        Last period with support, counted as in the table (`support_until`); None when it is not
        known or has not ended.
    """
    during, after, last = _states(estimate, outcome, ended_after)
    verdict = LASTING[during, after]
    return Lasting(
        outcome=estimate.outcome,
        of=estimate.id,
        during=during,
        after=after,
        last=last,
        verdict=verdict,
        words=LASTING_WORDS[verdict],
        loops=tuple(link.id for link in theory.links if link.loop),
        expected=_expected(theory),
    )


def support_until(about: About, estimate: Estimate) -> float | None:
    """Return the last period with support, counted as in the estimate's event study, or None.

    From the years of ``runs``: as they are where the table counts in years (its periods lie beyond
    1000), and as years since the start where it counts from the start.
    """
    table = estimate.table.get("event_study")
    first, last = (_YEAR.findall(text) for text in about.runs)
    if table is None or table["period"].dropna().empty or not last:
        return None
    if float(table["period"].max()) > 1000:
        return float(last[-1])
    return float(last[-1]) - float(first[0]) if first else None


def _expected(theory: Theory) -> tuple[str, ...]:
    words = {node.id: f"{node.id} {node.words}" for node in theory.nodes}
    return tuple(
        link.id
        for link in theory.links
        if _AFTERWARDS.search(link.expect) or _STAYS.search(words[link.target])
    )


def _states(
    estimate: Estimate, outcome: Outcome | None, ended_after: float | None
) -> tuple[QuantState, QuantState, str]:
    """Return the state over all, the state in the last period after the end, and that period."""
    whole = read_estimate(estimate, outcome).state
    table = estimate.table.get("event_study")
    if table is None or ended_after is None or "period" not in table:
        return whole, "no data", ""
    kept = table[["period", "estimate", "low", "high"]].dropna()
    rows: list[Mapping[str, float]] = kept.sort_values("period").to_dict("records")  # type: ignore[assignment] # columns are numbers
    early = [row for row in rows if 0 <= row["period"] <= ended_after]
    late = [row for row in rows if row["period"] > ended_after]
    during = _read(estimate, outcome, early) if early else whole
    if not late:
        return during, "no data", f"{rows[-1]['period']:g}" if rows else ""
    return during, _read(estimate, outcome, late), f"{late[-1]['period']:g}"


def _read(
    estimate: Estimate, outcome: Outcome | None, rows: Sequence[Mapping[str, float]]
) -> QuantState:
    """Return the state of the last of some periods.

    One period, read alone, and not a mean over several: their errors hang together.
    """
    row = rows[-1]
    one = replace(
        estimate,
        value=row["estimate"],
        interval=Interval(row["low"], row["high"], estimate.interval.level, estimate.interval.kind),
    )
    return read_estimate(one, outcome).state
