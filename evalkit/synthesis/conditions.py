"""What a link rested on here, and whether a new place has it: tested here, assumed there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.errors import DataError, nearest
from evalkit.synthesis.assumption import assumptions
from evalkit.synthesis.finding import Finding
from evalkit.synthesis.found import Judgement
from evalkit.synthesis.model import Contribution
from evalkit.theory.graph import causes
from evalkit.theory.model import Link, Theory

Here = Literal["tested here", "failed here", "assumed here"]
There = Literal["has it", "has some of it", "lacks it", "not known there"]
Carries = Literal[
    "carries",
    "may carry",
    "assumed there",
    "does not carry",
    "assumed in both",
    "did not hold here",
]
TRAITS: dict[str, tuple[str, ...]] = {
    "support": ("support", "coach", "advis", "money", "fund", "grant", "mentor", "co-ordinat"),
    "density": (
        "cluster",
        "network",
        "near",
        "neighbour",
        "other school",
        "meet",
        "travel",
        "area",
    ),
    "staff": (
        *("staff", "teacher", "lead", "head", "therapist", "worker", "nurse", "visitor"),
        *("release time", "volunteer", "recruit", "governor"),
    ),
}
"""Traits a place may lack, and the beginnings of words by which a box, an assumption or a setting
is taken to rest on them. A place may also be described by the ids of boxes themselves."""
CARRIES: dict[tuple[Here, There], Carries] = {
    ("tested here", "has it"): "carries",
    ("tested here", "has some of it"): "may carry",
    ("tested here", "lacks it"): "does not carry",
    ("tested here", "not known there"): "assumed there",
    ("failed here", "has it"): "did not hold here",
    ("failed here", "has some of it"): "did not hold here",
    ("failed here", "lacks it"): "did not hold here",
    ("failed here", "not known there"): "did not hold here",
    ("assumed here", "has it"): "may carry",
    ("assumed here", "has some of it"): "may carry",
    ("assumed here", "lacks it"): "does not carry",
    ("assumed here", "not known there"): "assumed in both",
}
"""Whether what a link rested on carries to a new place."""
CARRIES_WORDS: dict[Carries, str] = {
    "carries": "It was tested here, and the new place has it.",
    "may carry": "The new place has it in part, or it was never tested here: the link may hold there.",
    "assumed there": "It was tested here; whether the new place has it is assumed.",
    "does not carry": "The new place lacks it: that the link held here says little of there.",
    "assumed in both": "It was assumed here, and it is assumed there.",
    "did not hold here": "It did not hold here, so what was found here was found without it.",
}
HAS: dict[str, There] = {
    "yes": "has it",
    "true": "has it",
    "partly": "has some of it",
    "some": "has some of it",
    "no": "lacks it",
    "false": "lacks it",
    "not known": "not known there",
}
"""What may be written of a trait of the new place."""
_TESTED = ("supported", "plausible")
_RESTED = ("context", "inputs")


@dataclass(frozen=True, slots=True)
class Condition:
    """Something a link rested on.

    Attributes
    ----------
    link : str
    kind : {"box", "assumption", "setting"}
        A box of context or inputs that leads to the link; an assumption; a setting (`works_when`
        or the link's own context).
    of : str
        Id of the box, or of the assumption; the node of a setting.
    what : str
        Its words.
    traits : tuple of str
        Of `TRAITS`, by the words.
    here, there, carries : str
        See `CARRIES`.
    words : str
    """

    link: str
    kind: Literal["box", "assumption", "setting"]
    of: str
    what: str
    traits: tuple[str, ...]
    here: Here
    there: There
    carries: Carries
    words: str


def conditions(
    theory: Theory,
    contributions: Iterable[Contribution],
    findings: Sequence[Finding] = (),
    judgements: Sequence[Judgement] = (),
    place: Mapping[str, bool | str] | None = None,
) -> tuple[Condition, ...]:
    """Return what each link rested on, whether that was tested here, and whether a new place has it.

    Parameters
    ----------
    theory : Theory
    contributions : iterable of Contribution
        A box counts as tested here where a link that leaves it is supported or plausible.
    findings : sequence of Finding
        A setting counts as tested here where a coded passage speaks of when its link holds.
    judgements : sequence of Judgement
        Of scheme ``assumption``.
    place : mapping, optional
        The new place: by trait (`TRAITS`) or id of a box, true or false, or a word of `HAS`. What is
        not named is not known there.

    Raises
    ------
    DataError
        A trait that is neither in `TRAITS` nor a box, or a word that is not in `HAS`; all at once.
    """
    there = _place(place or {}, theory)
    verdicts = {one.link: one.verdict for one in contributions if one.link}
    spoken = {one.link for one in findings if one.strand == "coded" and one.says == "context"}
    return tuple(
        _made(link.id, found, there)
        for link in theory.links
        for found in (
            *_boxes(link, theory, verdicts),
            *_assumed(link, judgements),
            *_settings(link, theory, spoken),
        )
    )


def at_risk(found: Iterable[Condition]) -> dict[str, tuple[str, ...]]:
    """Return the links that rest on something the new place lacks, with what that is."""
    lost: dict[str, dict[str, None]] = {}
    for one in found:
        if one.carries == "does not carry":
            lost.setdefault(one.link, {})[one.what] = None
    return {link: tuple(what) for link, what in lost.items()}


_Found = tuple[Literal["box", "assumption", "setting"], str, str, Here]


def _boxes(link: Link, theory: Theory, verdicts: Mapping[str, str]) -> list[_Found]:
    before = {*causes(theory, link.source), link.source}
    chosen = [node for node in theory.nodes if node.id in before and node.section in _RESTED]
    return [("box", node.id, node.words, _tested(node.id, theory, verdicts)) for node in chosen]


def _tested(node: str, theory: Theory, verdicts: Mapping[str, str]) -> Here:
    leaving = {verdicts.get(link.id) for link in theory.links if link.source == node}
    if leaving & set(_TESTED):
        return "tested here"
    return "failed here" if leaving == {"contradicted"} else "assumed here"


def _assumed(link: Link, judgements: Sequence[Judgement]) -> list[_Found]:
    here: dict[str, Here] = {
        "held": "tested here",
        "held in part": "tested here",
        "not held": "failed here",
    }
    return [
        ("assumption", one.id, one.words, here.get(one.state, "assumed here"))
        for one in assumptions(link, judgements)
    ]


def _settings(link: Link, theory: Theory, spoken: set[str]) -> list[_Found]:
    here: Here = "tested here" if link.id in spoken else "assumed here"
    own: list[_Found] = [("setting", link.id, link.context, here)] if link.context else []
    return own + [
        ("setting", one.so, one.setting, here)
        for one in theory.works_when
        if one.so == link.target and one.holds
    ]


def _made(link: str, found: _Found, there: Mapping[str, There]) -> Condition:
    kind, of, what, here = found
    traits = traits_of(what)
    # the id of a box says more than the traits its words suggest
    state = there[of] if of in there else _worst([there.get(one, _UNKNOWN) for one in traits])
    carries = CARRIES[here, state]
    return Condition(link, kind, of, what, traits, here, state, carries, CARRIES_WORDS[carries])


_UNKNOWN: There = "not known there"


def _worst(known: Sequence[There]) -> There:
    order: tuple[There, ...] = ("lacks it", "has some of it", _UNKNOWN, "has it")
    return min(known, key=order.index) if known else _UNKNOWN


def traits_of(words: str) -> tuple[str, ...]:
    """Return the traits of `TRAITS` that words are taken to rest on."""
    text = words.lower()
    return tuple(
        trait
        for trait, stems in TRAITS.items()
        if any(re.search(rf"\b{re.escape(stem)}", text) for stem in stems)
    )


def _place(place: Mapping[str, bool | str], theory: Theory) -> dict[str, There]:
    known = (*TRAITS, *(node.id for node in theory.nodes if node.section in _RESTED))
    wrong = [
        f"`{name}` is neither a trait nor a box of context or inputs.{nearest(str(name), known)}"
        for name in place
        if name not in known
    ]
    wrong += [
        f"`{name}: {value}` is not understood.{nearest(str(value), HAS)}"
        for name, value in place.items()
        if str(value).lower() not in HAS
    ]
    if wrong:
        raise DataError(
            f"The new place cannot be read. {' '.join(wrong)}",
            do=f"Describe it by {', '.join(known)}, each with one of: yes, partly, no, not known.",
        )
    return {name: HAS[str(value).lower()] for name, value in place.items()}
