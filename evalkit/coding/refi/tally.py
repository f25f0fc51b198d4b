"""The loss report while it is being made: what was met, why it matters, and where."""

from __future__ import annotations

from typing import Literal

from evalkit.coding.model import Loss

Severity = Literal["lost", "changed", "deviation"]
Tally = dict[tuple[str, str, Severity], list[str]]
"""Kind of element, reason and severity, with the name of every one met."""

SHOWN = 20  # names in a loss report; the count is of all
LONGEST = 80  # characters of one name


def note(tally: Tally, kind: str, why: str, where: str, severity: Severity = "lost") -> None:
    """Add one thing that was met."""
    tally.setdefault((kind, why, severity), []).append(where)


def losses(tally: Tally) -> tuple[Loss, ...]:
    """Return the report, in the order in which things were first met."""
    return tuple(
        Loss(kind, why, len(where), tuple(_short(name) for name in where[:SHOWN]), severity)
        for (kind, why, severity), where in tally.items()
    )


def _short(name: str) -> str:
    words = " ".join(name.split())
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
