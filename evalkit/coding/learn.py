"""Learning from a project's codings which words go with which code, and how well that works."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import numpy as np
import pandas as pd

from evalkit.coding.model import Codebook, Coding, Segment, Source
from evalkit.coding.text.tokens import content_words
from evalkit.coding.units import cut
from evalkit.errors import CodingError

SuggestUnit = Literal["sentence", "paragraph", "turn", "source"]
LEAST_EXAMPLES = 10
SEED = 20_001
_SEEN_IN = 5

Codes = frozenset[str]


@dataclass(frozen=True)
class Classifier:
    """One naive Bayes classifier a code, as nltk makes them.

    Attributes
    ----------
    by_code : mapping of str to nltk.NaiveBayesClassifier
    unit : str
        What was learnt from, and is suggested.
    examples : mapping of str to int
        Units with each code that were learnt from.
    too_few : mapping of str to int
        Codes that were left out, with the units they have.
    """

    by_code: Mapping[str, Any]
    unit: SuggestUnit
    examples: Mapping[str, int]
    too_few: Mapping[str, int]

    def scores(self, words: Mapping[str, bool], least: float = 0.5) -> list[tuple[str, float]]:
        """Return the codes that these words make at least so probable, with the probability."""
        found = [(code, probability(it, words)) for code, it in self.by_code.items()]
        # Words never seen leave a code as probable as it is anywhere: nothing speaks for it.
        return [
            (code, it)
            for code, it in found
            if it >= least and it > probability(self.by_code[code], {}) + 1e-9
        ]


def probability(classifier: Any, words: Mapping[str, bool]) -> float:
    """Return how probable nltk's classifier makes a code, given words."""
    has_code = True
    return float(classifier.prob_classify(words).prob(has_code))


@dataclass(frozen=True, slots=True)
class Example:
    """A unit of a source that was read: what a classifier sees of it, and the codes it has."""

    segment: Segment
    words: Mapping[str, bool]
    codes: Codes


def train(
    codings: Sequence[Coding],
    sources: Sequence[Source],
    codebook: Codebook,
    *,
    unit: SuggestUnit = "sentence",
    read: Collection[str] = (),
    least: int = LEAST_EXAMPLES,
) -> Classifier:
    """Learn from the project's codings which words go with which code.

    Parameters
    ----------
    codings, sources, codebook
        The project's. Codings by rules teach nothing.
    unit : {"sentence", "paragraph", "turn", "source"}
        A unit has a code when a coding with it shares a character with it.
    read : collection of str
        Sources that were read through, even where nothing was coded in them. In these, and in
        those with any coding, a unit without the code is an example against it; other sources
        are not learnt from.
    least : int
        Codes with fewer units are left out.

    Returns
    -------
    Classifier

    Raises
    ------
    CodingError
        No code has enough units.
    """
    examples = examples_of(codings, sources, unit, read)
    return _trained(examples, codebook, unit, least)


def held_out(  # noqa: PLR0913 (what is learnt from, and how it is held out)
    codings: Sequence[Coding],
    sources: Sequence[Source],
    codebook: Codebook,
    *,
    unit: SuggestUnit = "sentence",
    read: Collection[str] = (),
    least: int = LEAST_EXAMPLES,
    at_least: float = 0.5,
    folds: int = 5,
    seed: int = SEED,
) -> pd.DataFrame:
    """Say how often suggestions are right, in sources that were not learnt from.

    The sources are parted at random; what was learnt from the others is tried on each part in
    turn. Passages of one source are never on both sides.

    Parameters
    ----------
    codings, sources, codebook, unit, read, least
        As for `train`.
    at_least : float
        As `least` of `suggest`.
    folds, seed : int
        In how many parts, and the seed of the parting.

    Returns
    -------
    pandas.DataFrame
        One row a code: ``units`` with it, ``suggested``, ``right`` (suggested and coded),
        ``precision`` (right of suggested) with its 95 % Wilson interval ``low`` and ``high``,
        ``recall`` (right of units with it), ``base_rate`` (precision of guessing) and ``reason``,
        why there is no precision. "Wrong" means that no person had coded it so, which at times is
        the person's oversight.

    Raises
    ------
    CodingError
        Fewer than two sources were read, or no code has enough units.
    """
    examples = examples_of(codings, sources, unit, read)
    names = sorted({it.segment.source for it in examples})
    if len(names) < 2:
        wrong = f"{len(names)} sources were read: nothing can be held out."
        raise CodingError(wrong, do="Code more sources first.")
    order = np.random.default_rng(seed).permutation(len(names))
    part = {names[place]: at % min(folds, len(names)) for at, place in enumerate(order)}
    whole = _trained(examples, codebook, unit, least)
    suggested: list[Codes] = [frozenset()] * len(examples)
    for fold in range(min(folds, len(names))):
        kept = [it for it in examples if part[it.segment.source] != fold]
        learnt = _trained(kept, codebook, unit, 1)
        for at, it in enumerate(examples):
            if part[it.segment.source] == fold:
                suggested[at] = frozenset(code for code, _ in learnt.scores(it.words, at_least))
    return judged(list(whole.by_code), [it.codes for it in examples], suggested, whole.too_few)


def judged(
    codes: Sequence[str],
    coded: Sequence[Codes],
    suggested: Sequence[Codes],
    too_few: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Compare what was suggested of each unit with what people coded, code by code."""
    rows = []
    for code in codes:
        units = sum(code in it for it in coded)
        offered = sum(code in it for it in suggested)
        right = sum(
            code in one and code in other for one, other in zip(coded, suggested, strict=True)
        )
        low, high = _wilson(right, offered)
        rows.append(
            {
                "code": code,
                "units": units,
                "suggested": offered,
                "right": right,
                "precision": right / offered if offered else float("nan"),
                "low": low,
                "high": high,
                "recall": right / units if units else float("nan"),
                "base_rate": units / len(coded) if coded else float("nan"),
                "reason": "" if offered else "nothing was suggested",
            }
        )
    for code, units in (too_few or {}).items():
        rows.append({"code": code, "units": units, "reason": f"only {units} units to learn from"})
    names = [
        "units",
        "suggested",
        "right",
        "precision",
        "low",
        "high",
        "recall",
        "base_rate",
        "reason",
    ]
    table = pd.DataFrame(rows, columns=["code", *names]).set_index("code")
    counts = dict.fromkeys(("units", "suggested", "right"), "Int64")
    return table.astype(counts)


@cache
def _stemmer() -> Any:
    from nltk.stem.snowball import EnglishStemmer

    return EnglishStemmer()


def features(text: str) -> dict[str, bool]:
    """Return the stems of the words that say something: what a classifier sees of a unit."""
    stem = _stemmer().stem
    return dict.fromkeys((stem(word) for word in content_words(text)), True)


def examples_of(
    codings: Sequence[Coding],
    sources: Sequence[Source],
    unit: SuggestUnit,
    read: Collection[str] = (),
) -> list[Example]:
    """Return every unit of the sources that were read, with the codes people gave it."""
    mine: dict[str, dict[str, list[Segment]]] = {}
    for coding in codings:
        if coding.origin != "rule":
            of_source = mine.setdefault(coding.segment.source, {})
            of_source.setdefault(coding.code, []).append(coding.segment)
    found = []
    for source in sources:
        if source.id in mine or source.id in read:
            marked = mine.get(source.id, {})
            for segment in units_of(source, unit):
                codes = frozenset(code for code, at in marked.items() if shares(segment, at))
                found.append(Example(segment, features(segment.quote), codes))
    return found


def units_of(source: Source, unit: SuggestUnit) -> list[Segment]:
    """Return the units of a source that have any words."""
    spans = ((0, len(source.text)),) if unit == "source" else cut(source, unit)
    segments = (Segment(source.id, start, end, source.text[start:end]) for start, end in spans)
    return [segment for segment in segments if segment.quote.strip()]


def shares(segment: Segment, others: Iterable[Segment]) -> bool:
    """Say whether a segment shares a character with one of the others of its source."""
    return any(it.start < segment.end and segment.start < it.end for it in others)


def _trained(
    examples: Sequence[Example], codebook: Codebook, unit: SuggestUnit, least: int
) -> Classifier:
    counts = {code: sum(code in it.codes for it in examples) for code in codebook.by_id}
    enough = [code for code, many in counts.items() if least <= many < len(examples) and many]
    if not enough:
        most = max(counts.values(), default=0)
        wrong = f"No code has {least} units to learn from; the commonest has {most}."
        raise CodingError(wrong, do="Code more, or lower `least`.")
    kept = _common_words(examples)
    return Classifier(
        by_code={code: _learnt(kept, code) for code in enough},
        unit=unit,
        examples={code: counts[code] for code in enough},
        too_few={code: many for code, many in counts.items() if many and code not in enough},
    )


def _common_words(examples: Sequence[Example]) -> list[Example]:
    """Leave out words of few units: naive Bayes takes chance for evidence of rare codes there."""
    often = Counter(word for it in examples for word in it.words)
    return [
        replace(it, words={word: True for word in it.words if often[word] >= _SEEN_IN})
        for it in examples
    ]


def _learnt(examples: Sequence[Example], code: str) -> Any:
    from nltk.classify import NaiveBayesClassifier

    return NaiveBayesClassifier.train([(it.words, code in it.codes) for it in examples])


def _wilson(right: int, of: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share (1927)."""
    if not of:
        return float("nan"), float("nan")
    z = 1.959963984540054
    middle = (right + z**2 / 2) / (of + z**2)
    half = z / (of + z**2) * (right * (of - right) / of + z**2 / 4) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)
