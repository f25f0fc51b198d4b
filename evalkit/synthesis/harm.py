"""Possible harms: a lower bar than for benefits, on purpose.

A benefit has to survive its checks before it is said. A harm is shown as possible as soon as the
best estimate of any analysis, planned or not, is a change for the worse that matters, or its interval leaves
out nil on that side: whoever decides must not first hear of it when it is certain.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.impact.estimate import Estimate
from evalkit.protocol.model import Protocol
from evalkit.synthesis.gather import outcome_of
from evalkit.synthesis.model import Harm
from evalkit.synthesis.states import read_estimate, wanted_sign

HARM_RULE = (
    "A possible harm is shown when the best estimate of any analysis, planned or not, is a change for the worse "
    "at least as large as the smallest change that matters, or when its interval leaves out nil on "
    "that side."
)


def possible_harms(estimates: Sequence[Estimate], protocol: Protocol) -> tuple[Harm, ...]:
    """Return the outcomes that may have got worse, each with the estimates that say so."""
    by_outcome: dict[str, list[str]] = {}
    sure: set[str] = set()
    for estimate in estimates:
        outcome = outcome_of(estimate, protocol)
        if outcome is not None and outcome.higher_is == "neither":
            continue
        reading = read_estimate(estimate, outcome)
        worse = -wanted_sign(outcome) * estimate.value
        if reading.state == "down" or (reading.margin is not None and worse >= reading.margin):
            by_outcome.setdefault(estimate.outcome, []).append(estimate.id)
        if reading.state == "down":
            sure.add(estimate.outcome)
    return tuple(
        Harm(
            outcome=outcome,
            because=tuple(found),
            words=_SURE if outcome in sure else _POSSIBLE,
        )
        for outcome, found in by_outcome.items()
    )


_SURE = "In at least one analysis the change is for the worse and its interval leaves out nil."
_POSSIBLE = (
    "In at least one analysis the best estimate is a change for the worse that matters, though no "
    "interval leaves out nil."
)
