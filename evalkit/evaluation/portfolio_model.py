"""Records of a portfolio: its members, the measures and links they share, what nobody knows yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from evalkit.synthesis.finding import QuantState
from evalkit.synthesis.model import Verdict
from evalkit.synthesis.transfer import NewPlace

Compared = Literal["agree", "lean the same way", "conflict", "tested in some", "tested nowhere"]
COMPARED_WORDS: dict[Compared, str] = {
    "agree": "Every evaluation that has this link comes to the same verdict on it.",
    "lean the same way": "No evaluation contradicts another on this link.",
    "conflict": "One evaluation supports this link and another contradicts it.",
    "tested in some": "Some evaluations test this link and others have it untested.",
    "tested nowhere": "No evaluation tests this link.",
}
GapKind = Literal[
    "link tested nowhere",
    "question without an answer",
    "measure used once",
    "nobody heard",
    "delivery not measured",
]


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """A question of one evaluation, kept as it was asked, and whether anything answers it."""

    id: str
    ask: str
    kind: str
    answered_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One evaluation of the portfolio."""

    id: str
    title: str
    status: str
    place: Mapping[str, Any]
    questions: tuple[OwnQuestion, ...]
    n_estimates: int
    n_codings: int


@dataclass(frozen=True, slots=True)
class MemberResult:
    """What one evaluation found on a shared measure: alone, and drawn towards the others.

    ``shrunken`` is NaN where the measure was not pooled.
    """

    member: str
    estimate: str
    design: str
    value: float
    std_error: float
    low: float
    high: float
    state: QuantState
    shrunken: float


@dataclass(frozen=True, slots=True)
class SharedMeasure:
    """A measure that several evaluations use.

    Attributes
    ----------
    outcome, label, unit : str
    results : tuple of MemberResult
    mean, low, high, spread : float
        Of the pool (random effects, REML, Knapp-Hartung); NaN where it was not pooled.
    new : NewPlace or None
        What to expect in a further place.
    designs : tuple of str
        Designs that were mixed.
    why : str
        Why it was not pooled.
    """

    outcome: str
    label: str
    unit: str
    results: tuple[MemberResult, ...]
    mean: float
    low: float
    high: float
    spread: float
    new: NewPlace | None
    designs: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class CommonLink:
    """A link that several theories have, and the verdict of each.

    ``same_words`` is False where boxes of the same name say different things: then it may not be the
    same link at all.
    """

    link: str
    verdicts: tuple[tuple[str, Verdict], ...]
    compared: Compared
    words: str
    same_words: bool


@dataclass(frozen=True, slots=True)
class EvidenceGap:
    """Something nobody knows yet, and in which evaluations."""

    kind: GapKind
    what: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The whole: one record, in the order of the members' names."""

    members: tuple[Member, ...]
    measures: tuple[SharedMeasure, ...]
    links: tuple[CommonLink, ...]
    gaps: tuple[EvidenceGap, ...]
