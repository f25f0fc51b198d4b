"""Whether the assumptions of a link held: what people judged, kept apart from what is not known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from evalkit.synthesis.found import Judgement
from evalkit.theory.model import Link

State = Literal["held", "held in part", "not held", "people differ", "not known"]
SCHEME = "assumption"
LEVELS: dict[str, State] = {
    "held": "held",
    "yes": "held",
    "held in part": "held in part",
    "partly": "held in part",
    "not held": "not held",
    "no": "not held",
    "not known": "not known",
}
"""What may stand under ``level`` of a judgement of scheme ``assumption``, and the state it gives."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """One assumption of a link and what became of it.

    ``id`` is ``assumption 1 of a -> b``: what a judgement names under ``of`` (its words do as well).
    """

    id: str
    link: str
    words: str
    state: State
    by: tuple[str, ...] = ()
    because: tuple[str, ...] = ()


def assumptions(link: Link, judgements: Iterable[Judgement]) -> tuple[Assumption, ...]:
    """Return every assumption of a link with its state.

    Nobody's judgement is "not known"; judgements that contradict each other are "people differ",
    and are not settled by counting heads.
    """
    ours = [one for one in judgements if one.scheme == SCHEME]
    return tuple(
        _assumption(f"assumption {at} of {link.id}", link.id, words, ours)
        for at, words in enumerate(link.assumes, start=1)
    )


def _assumption(id: str, link: str, words: str, judgements: Iterable[Judgement]) -> Assumption:
    mine = sorted(
        (one for one in judgements if one.of in (id, words)), key=lambda one: (one.on, one.by)
    )
    known = {LEVELS.get(one.level.strip().lower(), "not known") for one in mine} - {"not known"}
    state: State = "people differ" if len(known) > 1 else next(iter(known), "not known")
    return Assumption(
        id, link, words, state, tuple(one.by for one in mine), tuple(one.because for one in mine)
    )
