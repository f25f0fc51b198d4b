"""Suggested codings: by rules, or by a classifier trained on the project's own codings.

A suggestion is no coding. It becomes one when a person accepts it, one at a time, and the coding
then says that it came about so. Until then nothing counts it: no matrix, no agreement, no report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evalkit.coding.learn import (
    LEAST_EXAMPLES,
    Classifier,
    SuggestUnit,
    examples_of,
    features,
    held_out,
    judged,
    probability,
    shares,
    train,
    units_of,
)
from evalkit.coding.model import Codebook, Coding, Segment, Source
from evalkit.errors import CodingError, nearest

__all__ = [
    "LEAST_EXAMPLES",
    "Classifier",
    "Rule",
    "Suggestion",
    "accept",
    "held_out",
    "rule_precision",
    "suggest",
    "suggest_by_rules",
    "train",
]


@dataclass(frozen=True, slots=True)
class Rule:
    """Words or a pattern that suggest a code.

    Attributes
    ----------
    code : str
    words : tuple of str
        Whole words or phrases, whatever their case.
    pattern : str
        A regular expression, when words are not enough.
    """

    code: str
    words: tuple[str, ...] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """That a passage may carry a code; not a coding.

    Attributes
    ----------
    segment : Segment
    code, by : str
        Id of the code, and what suggests it: ``rule`` or ``naive Bayes``.
    score : float
        The classifier's probability; 1 for a rule. It ranks suggestions and is not a share of
        right ones: see `held_out`.
    why : str
        The words that spoke for it.
    """

    segment: Segment
    code: str
    by: str
    score: float
    why: str

    @property
    def id(self) -> str:
        """``suggestion:source:start-end:code``."""
        return f"suggestion:{self.segment.id}:{self.code}"


def accept(suggestion: Suggestion, coder: str, on: str) -> Coding:
    """Return the coding that a person makes of one suggestion.

    Parameters
    ----------
    suggestion : Suggestion
    coder : str
        The person who read the passage and agrees.
    on : str
        When, as an ISO 8601 date or date and time.

    Raises
    ------
    CodingError
        Nobody, or no time, is named.

    Examples
    --------
    >>> it = Suggestion(Segment("s", 0, 4, "Home"), "home", "rule", 1.0, "Home")
    >>> accept(it, "ann", "2026-02-03").origin
    'accepted suggestion'
    """
    if not coder.strip() or not on.strip():
        wrong = f"{suggestion.id} cannot be accepted by nobody or at no time."
        raise CodingError(wrong, do="Name the person who read the passage, and the date.")
    note = f"suggested by {suggestion.by} ({suggestion.why})"
    return Coding(
        suggestion.segment, suggestion.code, coder, on, note, origin="accepted suggestion"
    )


def suggest_by_rules(
    rules: Sequence[Rule],
    sources: Iterable[Source],
    codebook: Codebook,
    codings: Iterable[Coding] = (),
    *,
    unit: SuggestUnit = "sentence",
) -> tuple[Suggestion, ...]:
    """Suggest the code of each rule for every unit in which it finds something.

    Parameters
    ----------
    rules, sources, codebook
        What to look for, where, and the codes there are.
    codings : iterable of Coding
        Units that somebody gave the code already are left out.
    unit : {"sentence", "paragraph", "turn", "source"}

    Returns
    -------
    tuple of Suggestion
        In the order of the sources and of each text.

    Raises
    ------
    CodingError
        A rule's code is not in the codebook, it has nothing to look for, or its pattern is none.
    """
    searches = [(rule.code, _compiled(rule, codebook)) for rule in rules]
    had = _had(codings)
    found = []
    for source in sources:
        for segment in units_of(source, unit):
            for code, search in searches:
                match = search.search(segment.quote)
                if match and not shares(segment, had.get((source.id, code), ())):
                    found.append(Suggestion(segment, code, "rule", 1.0, match[0]))
    return tuple(dict.fromkeys(found))


def suggest(
    classifier: Classifier,
    sources: Iterable[Source],
    codings: Iterable[Coding] = (),
    *,
    least: float = 0.5,
) -> tuple[Suggestion, ...]:
    """Suggest codes for units of `sources`, the likeliest first.

    Parameters
    ----------
    classifier : Classifier
        From `train`. Ask `held_out` first how often it is right.
    sources : iterable of Source
    codings : iterable of Coding
        Units that somebody gave the code already are left out.
    least : float
        Only suggestions with at least this probability.

    Returns
    -------
    tuple of Suggestion
    """
    had = _had(codings)
    found = []
    for source in sources:
        for segment in units_of(source, classifier.unit):
            words = features(segment.quote)
            for code, score in classifier.scores(words, least):
                if not shares(segment, had.get((source.id, code), ())):
                    why = _why(classifier.by_code[code], words)
                    found.append(Suggestion(segment, code, "naive Bayes", score, why))
    return tuple(sorted(found, key=lambda it: (-round(it.score, 9), it.id)))


def rule_precision(
    rules: Sequence[Rule],
    codings: Sequence[Coding],
    sources: Sequence[Source],
    codebook: Codebook,
    *,
    unit: SuggestUnit = "sentence",
    read: Iterable[str] = (),
) -> pd.DataFrame:
    """Hold the rules' suggestions against what people coded.

    Parameters
    ----------
    rules, codings, sources, codebook, unit
        As for `suggest_by_rules`; only sources that were read count.
    read : iterable of str
        As for `train`.

    Returns
    -------
    pandas.DataFrame
        As `held_out` gives. Rules written after looking at these very sources look better here
        than they are.
    """
    examples = examples_of(codings, sources, unit, frozenset(read))
    searches = [(rule.code, _compiled(rule, codebook)) for rule in rules]
    suggested = [
        frozenset(code for code, search in searches if search.search(it.segment.quote))
        for it in examples
    ]
    codes = list(dict.fromkeys(code for code, _ in searches))
    return judged(codes, [it.codes for it in examples], suggested)


def _compiled(rule: Rule, codebook: Codebook) -> re.Pattern[str]:
    if rule.code not in codebook.by_id:
        wrong = f"A rule suggests `{rule.code}`, which is not in the codebook."
        raise CodingError(wrong, do=f"Use a code's id.{nearest(rule.code, codebook.by_id)}")
    parts = [r"\s+".join(map(re.escape, word.split())) for word in rule.words if word.strip()]
    phrases = rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)" if parts else ""
    both = "|".join(filter(None, (phrases, f"(?:{rule.pattern})" if rule.pattern else "")))
    if not both:
        wrong = f"The rule for `{rule.code}` has nothing to look for."
        raise CodingError(wrong, do="Give it words or a pattern.")
    try:
        return re.compile(both, re.IGNORECASE)
    except re.error as error:
        wrong = f"The pattern of the rule for `{rule.code}` is none: {error}."
        raise CodingError(wrong, do="Mend it, or give words.") from error


def _had(codings: Iterable[Coding]) -> Mapping[tuple[str, str], list[Segment]]:
    """Return what people coded already, by source and code."""
    found: dict[tuple[str, str], list[Segment]] = {}
    for coding in codings:
        if coding.origin != "rule":
            found.setdefault((coding.segment.source, coding.code), []).append(coding.segment)
    return found


def _why(classifier: Any, words: Mapping[str, bool]) -> str:
    """Return the three words that alone speak loudest for the code."""
    alone = [(probability(classifier, {word: True}), word) for word in words]
    loudest = sorted(alone, key=lambda it: (-round(it[0], 9), it[1]))[:3]
    return ", ".join(word for _, word in loudest)
