"""Further signs for the why table: those a plan states itself, and what could be told apart at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from evalkit.synthesis.found import TestFound
from evalkit.synthesis.inseparable import PROGRAMME, Separation
from evalkit.synthesis.model import Explanation, Sign
from evalkit.synthesis.weighing import Weight

PARTLY: dict[Weight, Weight] = {"strong": "moderate", "moderate": "weak", "weak": "weak"}
"""Weight class of a sign that was found in part."""
INSEPARABLE = "evaluation-inseparable"


@dataclass(frozen=True, slots=True)
class StatedSign:
    """A sign that the plan itself names: what to look for, and what it would point to.

    Attributes
    ----------
    id : str
        What ``findings.yaml`` names.
    explanation : {"theory", "delivery", "evaluation", "context"}
    points : {"for", "against"}
    look_for : str
    weight : {"strong", "moderate", "weak"}
    """

    id: str
    explanation: Explanation
    look_for: str
    points: Literal["for", "against"] = "for"
    weight: Weight = "moderate"


def stated_signs(
    stated: Iterable[StatedSign], found: Mapping[str, TestFound]
) -> tuple[tuple[Sign, ...], dict[str, Weight]]:
    """Return the signs a plan states with what was found of each, and their weight classes.

    Parameters
    ----------
    stated : iterable of StatedSign
    found : mapping of str to TestFound
        By id; a sign that is not there was not looked for, and is not known.

    Returns
    -------
    signs : tuple of Sign
        In the order given.
    classes : dict of str to str
        For `weigh_why`; a sign found in part weighs one class less (`PARTLY`).
    """
    signs, classes = [], {}
    for one in stated:
        it = found.get(one.id)
        answer = it.found if it else "not looked"
        classes[one.id] = PARTLY[one.weight] if answer == "partly" else one.weight
        signs.append(
            Sign(
                id=one.id,
                explanation=one.explanation,
                points=one.points,
                sign=one.look_for,
                found=_FOUND[answer],
                words=it.because if it and it.because else _WORDS[answer],
                of=it.evidence if it else (),
            )
        )
    return tuple(signs), classes


_FOUND: dict[str, Literal["yes", "no", "not known"]] = {
    "yes": "yes",
    "partly": "yes",
    "no": "no",
    "not looked": "not known",
}
_WORDS = {
    "yes": "Found.",
    "partly": "Found in part.",
    "no": "Looked for, not found.",
    "not looked": "Not known: nobody has looked yet.",
}


def separation_sign(separation: Separation | None) -> Sign:
    """Return the sign that the programme could not be told from something else at the same time."""
    sign = "The programme ran in the same places over the same time as something else"
    if separation is None:
        return Sign(INSEPARABLE, "evaluation", "for", sign, "not known", _UNDATED)
    told = [one for one in separation.groups if PROGRAMME in one.members]
    if told or PROGRAMME in separation.unseen:
        words = " ".join(one.words for one in told) or "It was the same everywhere at once."
        return Sign(INSEPARABLE, "evaluation", "for", sign, "yes", words)
    known = PROGRAMME in separation.separable
    return Sign(INSEPARABLE, "evaluation", "for", sign, *(_TOLD if known else _NOT_KNOWN))


_UNDATED = "Not known: no dates and places of other explanations were given."
_TOLD: tuple[Literal["no"], str] = ("no", "Looked for, not found.")
_NOT_KNOWN: tuple[Literal["not known"], str] = ("not known", _UNDATED)
