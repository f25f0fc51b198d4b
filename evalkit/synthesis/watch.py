"""Harms to watch: each harm the plan named, and whether anybody looked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.coding.model import Codebook
from evalkit.impact.estimate import Estimate
from evalkit.protocol.model import Protocol
from evalkit.synthesis.harm import possible_harms
from evalkit.synthesis.heard import Heard

Watched = Literal["shown as possible", "spoken of", "looked for, not shown", "nobody looked"]
WATCH_WORDS: dict[Watched, str] = {
    "shown as possible": "The numbers show a possible harm.",
    "spoken of": "People speak of it.",
    "looked for, not shown": "It was measured, and no sign of harm was seen; that does not rule it out.",
    "nobody looked": "It was to be watched, and nobody looked. That is not evidence of safety.",
}
"""What can be said of a harm to watch, the worst first."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A harm that the plan named: what was found of it, and where."""

    harm: str
    verdict: Watched
    words: str
    of: tuple[str, ...]


def watched(
    protocol: Protocol,
    estimates: Sequence[Estimate],
    codebook: Codebook,
    said: Iterable[Heard] = (),
    coded: Iterable[str] = (),
) -> tuple[Watch, ...]:
    """Return every harm of ``harms_to_watch`` with what was found of it.

    A harm is tied to an outcome or a code by its id, label or words.

    Parameters
    ----------
    protocol : Protocol
    estimates : sequence of Estimate
    codebook : Codebook
    said : iterable of Heard
        What was heard, by code.
    coded : iterable of str
        Codes of passages that speak to no link, so that they are not in `said`.
    """
    harmed = {one.outcome: one.because for one in possible_harms(estimates, protocol)}
    spoken = {one.code for one in said} | set(coded)
    measured: dict[str, list[str]] = {}
    for one in estimates:
        measured.setdefault(one.outcome, []).append(one.id)
    return tuple(
        _watch(harm, protocol, codebook, (harmed, measured, spoken))
        for harm in protocol.harms_to_watch
    )


_Record = tuple[dict[str, tuple[str, ...]], dict[str, list[str]], set[str]]


def _watch(harm: str, protocol: Protocol, codebook: Codebook, record: _Record) -> Watch:
    harmed, measured, spoken = record
    name = _plain(harm)
    outcomes = [
        one.id for one in protocol.outcomes.values() if name in map(_plain, (one.id, one.label))
    ]
    codes = [one.id for one in codebook.codes if name in map(_plain, (one.id, one.words))]
    found: list[tuple[Watched, list[str]]] = [
        ("shown as possible", [of for one in outcomes for of in harmed.get(one, ())]),
        ("spoken of", [f"code:{code}" for code in codes if code in spoken]),
        ("looked for, not shown", [of for one in outcomes for of in measured.get(one, ())]),
    ]
    verdict, of = next(((word, of) for word, of in found if of), ("nobody looked", []))
    return Watch(harm, verdict, WATCH_WORDS[verdict], tuple(of))


def _plain(words: str) -> str:
    return " ".join(words.replace("_", " ").casefold().split())
