"""Records of the synthesis: joint display, verdicts on links and pathways, the why table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evalkit.synthesis.finding import QualState, QuantState

Relation = Literal[
    "agreement", "partial agreement", "dissonance", "silence of one strand", "not comparable"
]
Verdict = Literal[
    "supported",
    "plausible",
    "mixed",
    "not shown",
    "contradicted",
    "not tested",
]
Explanation = Literal["theory", "delivery", "evaluation", "context"]


@dataclass(frozen=True, slots=True)
class TestResult:
    """A process test of the plan and what was found (only what people wrote; weighed later).

    ``rival`` names the other explanation that the sign would count against, when there is one.
    """

    id: str
    link: str
    look_for: str
    if_true: str
    if_false: str
    found: Literal["yes", "no", "partly", "not looked"]
    evidence: tuple[str, ...] = ()
    by: str = ""
    on: str = ""
    because: str = ""
    rival: str = ""


@dataclass(frozen=True, slots=True)
class JointRow:
    """One row of the joint display: a link, the state of each strand, and how they relate.

    Attributes
    ----------
    link : str
        ``"a -> b"``.
    quantitative, qualitative : str
        States of the two strands.
    relation : str
        Read off the rule table at these two states.
    rule : str
        Id of the rule, ``"quantitative x qualitative"``.
    because : tuple of str
        Ids of the findings of this row.
    n_sources : int
        How many sources were coded on this link.
    words : str
        The row as a sentence.
    inquiry : str
        For dissonance: what should be looked into.
    """

    link: str
    quantitative: QuantState
    qualitative: QualState
    relation: Relation
    rule: str
    because: tuple[str, ...]
    n_sources: int
    words: str
    inquiry: str = ""


@dataclass(frozen=True, slots=True)
class Contribution:
    """The verdict on a link, or on a pathway (the weakest of the links it needs).

    Attributes
    ----------
    link : str
        ``"a -> b"``; empty for a pathway.
    pathway : tuple of str
        Node ids in order; empty for a link.
    verdict : str
        See `Verdict`.
    words : str
        The verdict as a sentence, from the printed table.
    rule : str
        Id of the rule that gave it.
    because : tuple of str
        Ids of the findings it rests on.
    would_change_if : str
        What evidence would change it.
    rivals : tuple of str
        Ids of rivals that could explain the same and are not ruled out.
    weakest : str
        For a pathway: its weakest link.
    """

    link: str
    pathway: tuple[str, ...]
    verdict: Verdict
    words: str
    rule: str
    because: tuple[str, ...]
    would_change_if: str
    rivals: tuple[str, ...] = ()
    weakest: str = ""

    @property
    def id(self) -> str:
        """``contribution:`` and the link, or the nodes of the pathway."""
        return f"contribution:{self.link or ' -> '.join(self.pathway)}"


@dataclass(frozen=True, slots=True)
class Harm:
    """An outcome that may have got worse: the estimates that say so, and how surely."""

    outcome: str
    because: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign, found or not in this record, that speaks for or against one explanation.

    ``found`` is "yes", "no" or "not known" (nothing in the record could have shown it).
    ``of`` names the results it was read from.
    """

    id: str
    explanation: Explanation
    points: Literal["for", "against"]
    sign: str
    found: Literal["yes", "no", "not known"]
    words: str
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WhyRow:
    """One explanation of the results, with its signs and a judgement in words.

    ``judgement`` is "signs for it", "signs against it", "signs both ways" or "not known".
    """

    explanation: Explanation
    asks: str
    signs: tuple[Sign, ...]
    judgement: Literal["signs for it", "signs against it", "signs both ways", "not known"]
    words: str
