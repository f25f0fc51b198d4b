"""The tables by which confidence in a qualitative finding is proposed, and the words people may use."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.errors import Fault, nearest
from evalkit.synthesis.found import Judgement

Level = Literal["no concern", "minor concern", "moderate concern", "serious concern"]
Overall = Literal["high", "moderate", "low", "very low"]
Component = Literal["methodological limitations", "coherence", "adequacy", "relevance"]
SCHEME = "cerqual"
CONCERNS: tuple[Level, ...] = (
    "no concern",
    "minor concern",
    "moderate concern",
    "serious concern",
)
OVERALL: tuple[Overall, ...] = ("high", "moderate", "low", "very low")
COMPONENTS: dict[Component, str] = {
    "methodological limitations": "Was it heard and read in a way that can be relied on?",
    "coherence": "Do those who speak of it agree, or is the disagreement accounted for?",
    "adequacy": "Is there enough of it, from enough people, in enough depth?",
    "relevance": "Does it come from the people and places it is said of?",
}
RICH = 25
"""Words a case must give for its account to count as rich."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one indicator rates one component: the least value for each level, in words.

    An indicator of at least ``no`` gives no concern; of at least ``minor`` a minor one; of at least
    ``moderate`` a moderate one; anything less a serious one.
    """

    component: Component
    no: float
    minor: float
    moderate: float
    words: str


RULES: dict[str, Rule] = {
    "unprompted": Rule(
        "methodological limitations", 2, 1, 0, "sources that spoke of it without being asked"
    ),
    "not leading": Rule(
        "methodological limitations", 1, 1, 1, "sources that were not led to say it"
    ),
    "first-hand": Rule(
        "methodological limitations", 3, 1, 0, "sources that saw or lived it themselves"
    ),
    "agreement": Rule(
        "methodological limitations", 0.8, 0.667, -1, "agreement between coders on this code"
    ),
    "share that agrees": Rule(
        "coherence", 0.9, 0.75, 0.5, "share of those who take a side on it that is not against it"
    ),
    "cases": Rule("adequacy", 5, 3, 2, "cases that show it"),
    "rich cases": Rule("adequacy", 3, 1, 0, f"cases with {RICH} words or more on it"),
    "share of contexts": Rule(
        "relevance", 0.5, 0.25, 0, "share of the settings heard that show it"
    ),
    "kinds of people": Rule("relevance", 2, 0, 0, "kinds of people who say it"),
}
"""The rule for every concern that is proposed. A component takes its worst indicator."""
STEPS: dict[Level, int] = {
    "no concern": 0,
    "minor concern": 0,
    "moderate concern": 1,
    "serious concern": 2,
}
"""Steps down from "high" for each component."""
MANY_MINOR = 3
"""This many components with a concern take one step at least, be they all minor."""
OTHER_WORDS: dict[str, str] = {
    "none": "no concern",
    "no or very minor concern": "no concern",
    "substantial": "serious concern",
    "substantial concern": "serious concern",
}
"""Other words in use for these levels, and which they are taken for."""
AGAINST: dict[str, tuple[str, ...]] = {
    "for": ("against", "nil", "mixed"),
    "against": ("for", "mixed"),
    "nil": ("for", "mixed"),
    "mixed": (),
    "mechanism": ("against", "nil"),
    "context": (),
    "rival": (),
}
"""What a passage must say of the same link to disconfirm a finding of each kind."""


def rate(indicator: str, value: float) -> Level:
    """Return the concern that one indicator proposes, by `RULES`."""
    rule = RULES[indicator]
    for level, least in zip(CONCERNS, (rule.no, rule.minor, rule.moderate), strict=False):
        if value >= least:
            return level
    return "serious concern"


def overall(levels: Sequence[Level]) -> Overall:
    """Return the whole: "high", rated down by `STEPS` and `MANY_MINOR`."""
    steps = sum(STEPS[level] for level in levels)
    many = sum(level != "no concern" for level in levels) >= MANY_MINOR
    return OVERALL[min(max(steps, int(many)), len(OVERALL) - 1)]


def as_level(written: str, scale: Sequence[str]) -> str:
    """Return the level of a scale that a person wrote ("Moderate concerns"), or an empty string."""
    word = " ".join(written.lower().replace("confidence", "").split())
    word = word.removesuffix("s") if word.endswith("concerns") else word
    short = {level.removesuffix(" concern"): level for level in scale}
    word = short.get(word, OTHER_WORDS.get(word, word))
    return word if word in scale else ""


def difference(level: str, proposed: str, scale: Sequence[str]) -> str:
    """Return how a written level differs from the one proposed, in words."""
    if not level:
        return f"not on the scale ({', '.join(scale)}), so it cannot be compared"
    away = scale.index(level) - scale.index(proposed)
    if not away:
        return "the same as proposed"
    steps = f"{abs(away)} step{'s' if abs(away) > 1 else ''}"
    return f"{steps} {'less' if away > 0 else 'more'} confident than proposed ({proposed})"


def check_judgements(
    judgements: Iterable[Judgement], findings: Collection[str], file: str = "findings.yaml"
) -> list[Fault]:
    """Return faults of ``cerqual`` judgements: findings, components and levels that are not there.

    Parameters
    ----------
    judgements : iterable of Judgement
    findings : collection of str
        Names that may stand under ``of``: `finding_id` of each, or codes.
    file : str
    """
    faults = []
    for one in judgements:
        if one.scheme != SCHEME:
            continue
        if one.of not in findings:
            wrong = f"There is no finding `{one.of}`.{nearest(one.of, findings)}"
            faults.append(Fault(file, one.line, wrong, "Write a code, or `code on a -> b`."))
        if one.component not in ("", "overall", *COMPONENTS):
            wrong = f"`{one.component}` is no component.{nearest(one.component, COMPONENTS)}"
            do = f"Write one of: {', '.join(COMPONENTS)}; or leave it out for the whole."
            faults.append(Fault(file, one.line, wrong, do))
            continue
        scale = CONCERNS if one.component not in ("", "overall") else OVERALL
        if not as_level(one.level, scale):
            wrong = f"`{one.level}` is no level here.{nearest(one.level, scale)}"
            faults.append(Fault(file, one.line, wrong, f"Write one of: {', '.join(scale)}."))
    return faults
