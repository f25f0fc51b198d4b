"""How much confidence each qualitative finding deserves: a proposal by rule, a judgement beside it.

In the manner of GRADE-CERQual (Lewin and others 2015), which was made for findings across studies
and is adapted here, openly, to the findings of one. Four components; each begins without concern and
is rated down by its worst indicator. The whole begins at "high" and is rated down; nothing is ever
averaged. What was not recorded counts as not so: leaving a question blank never helps.

Counts are of sources and cases. They show breadth, and are no probability.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from evalkit.coding.model import Agreement
from evalkit.synthesis.confidence_rules import (
    AGAINST,
    COMPONENTS,
    CONCERNS,
    OVERALL,
    RICH,
    RULES,
    SCHEME,
    Component,
    Level,
    Overall,
    as_level,
    difference,
    overall,
    rate,
)
from evalkit.synthesis.found import Judgement
from evalkit.synthesis.heard import Heard


@dataclass(frozen=True, slots=True)
class Indicators:
    """What is computed of a finding; None where it is not known.

    Attributes
    ----------
    sources, cases : int
        That show it.
    asked : int or None
        Sources asked about the link.
    unprompted, unprompted_known, first_hand, first_hand_known, led : int
        Sources: unprompted, of those where it is recorded; first-hand, of those recorded; led to it.
    stances, contexts : mapping of str to int
        Sources by who speaks and by setting; ``""``: not recorded.
    contexts_heard : int
        Settings from which any source was heard.
    words_per_case : float
        Median.
    rich_cases : int
    disconfirming, taking_sides : int
        Sources that say otherwise of the same link, of those that say either.
    agreement, agreement_low : float or None
    agreement_why : str
        Why there is none.
    """

    sources: int
    cases: int
    asked: int | None
    unprompted: int
    unprompted_known: int
    first_hand: int
    first_hand_known: int
    led: int
    stances: Mapping[str, int]
    contexts: Mapping[str, int]
    contexts_heard: int
    words_per_case: float
    rich_cases: int
    disconfirming: int
    taking_sides: int
    agreement: float | None
    agreement_low: float | None
    agreement_why: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A person's judgement, and how it differs from what was proposed."""

    level: str
    because: str
    by: str
    on: str
    difference: str


@dataclass(frozen=True, slots=True)
class Concern:
    """What is proposed for one component: the level, the indicators that set it, what people judge."""

    component: Component
    proposed: Level
    because: tuple[str, ...]
    words: str
    judged: tuple[Judged, ...] = ()


@dataclass(frozen=True, slots=True)
class Confidence:
    """Confidence in one qualitative finding: a code on a link.

    Attributes
    ----------
    id : str
        ``code on a -> b``: what a judgement in ``findings.yaml`` names under ``of``.
    link, code, says : str
    indicators : Indicators
    concerns : tuple of Concern
        In the order of `COMPONENTS`.
    proposed : {"high", "moderate", "low", "very low"}
    words : str
        Why, as a sentence.
    judged : tuple of Judged
        What people judge of the whole.
    passages, against : tuple of str
        Places that show it, and that disconfirm it.
    """

    id: str
    link: str
    code: str
    says: str
    indicators: Indicators
    concerns: tuple[Concern, ...]
    proposed: Overall
    words: str
    judged: tuple[Judged, ...] = ()
    passages: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


def confidences(
    said: Sequence[Heard],
    *,
    asked: Mapping[str, int] | None = None,
    agreement: Iterable[Agreement] = (),
    judgements: Iterable[Judgement] = (),
    settings: Collection[str] = (),
) -> tuple[Confidence, ...]:
    """Return the confidence in every finding that any passage shows.

    Parameters
    ----------
    said : sequence of Heard
        From `evalkit.synthesis.heard.heard`.
    asked : mapping of str to int, optional
        How many sources were asked about each link; left out where it is not known.
    agreement : iterable of Agreement
        Of single codes (`Agreement.code`).
    judgements : iterable of Judgement
        All of ``findings.yaml``; those of scheme ``cerqual`` are used.
    settings : collection of str
        Settings from which anything was heard, of any link; by default those of `said`.
    """
    agreed = {one.code: one for one in agreement if one.code}
    heard = frozenset(settings) or frozenset(one.context for one in said if one.context)
    ours = [one for one in judgements if one.scheme == SCHEME]
    every = sorted(set(said), key=lambda one: (one.link, one.code, one.source, one.passages))
    return tuple(
        _confidence(key, every, (asked or {}).get(key[0]), agreed.get(key[1]), heard, ours)
        for key in sorted({(one.link, one.code) for one in every})
    )


def _confidence(
    key: tuple[str, str],
    said: Sequence[Heard],
    asked: int | None,
    agreed: Agreement | None,
    settings: frozenset[str],
    judgements: Sequence[Judgement],
) -> Confidence:
    link, code = key
    here = [one for one in said if one.link == link]
    show = [one for one in here if one.code == code]
    against = [one for one in here if one.says in AGAINST[show[0].says]]
    found = _indicators(show, against, asked, agreed, len(settings))
    name = finding_id(code, link)
    mine = [one for one in judgements if _is_of(one.of, name, code, said)]
    concerns = tuple(_concern(component, found, mine) for component in COMPONENTS)
    proposed = overall([one.proposed for one in concerns])
    whole = [one for one in mine if not one.component or one.component == "overall"]
    return Confidence(
        id=name,
        link=link,
        code=code,
        says=show[0].says,
        indicators=found,
        concerns=concerns,
        proposed=proposed,
        words=_words(proposed, concerns),
        judged=tuple(_judged(one, proposed, OVERALL) for one in whole),
        passages=tuple(place for one in show for place in one.passages),
        against=tuple(dict.fromkeys(place for one in against for place in one.passages)),
    )


def finding_id(code: str, link: str) -> str:
    """Return the name of the finding that a code makes on a link."""
    return f"{code} on {link}"


def _is_of(of: str, name: str, code: str, said: Sequence[Heard]) -> bool:
    """Return whether a judgement means this finding: by its name, or by a code with one link."""
    alone = len({one.link for one in said if one.code == code}) == 1
    return of == name or (of == code and alone)


def _indicators(
    show: Sequence[Heard],
    against: Sequence[Heard],
    asked: int | None,
    agreed: Agreement | None,
    settings: int,
) -> Indicators:
    words: dict[str, int] = {}
    for one in show:
        for case in one.cases:
            words[case] = words.get(case, 0) + one.words
    others = {one.source for one in against}
    return Indicators(
        sources=len({one.source for one in show}),
        cases=len(words),
        asked=asked,
        unprompted=sum(one.prompted == "no" for one in show),
        unprompted_known=sum(bool(one.prompted) for one in show),
        first_hand=sum(one.first_hand is True for one in show),
        first_hand_known=sum(one.first_hand is not None for one in show),
        led=sum(one.prompted == "leading" for one in show),
        stances=_tally(one.stance for one in show),
        contexts=_tally(one.context for one in show),
        contexts_heard=settings,
        words_per_case=float(median(words.values())),
        rich_cases=sum(count >= RICH for count in words.values()),
        disconfirming=len(others),
        taking_sides=len(others | {one.source for one in show}),
        agreement=agreed.value if agreed else None,
        agreement_low=agreed.low if agreed else None,
        agreement_why=_no_agreement(agreed),
    )


def _tally(words: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in sorted(words):
        counts[word] = counts.get(word, 0) + 1
    return counts


def _no_agreement(agreed: Agreement | None) -> str:
    if agreed is None:
        return "agreement on this code was not worked out"
    return "" if agreed.value is not None else agreed.reason


def measured(found: Indicators) -> dict[str, float]:
    """Return the value of every indicator of `RULES`; what is not recorded counts as not so."""
    places = len([name for name in found.contexts if name])
    return {
        "unprompted": found.unprompted,
        "not leading": found.sources - found.led,
        "first-hand": found.first_hand,
        "agreement": -1.0 if found.agreement is None else found.agreement,
        "share that agrees": 1 - found.disconfirming / found.taking_sides,
        "cases": found.cases,
        "rich cases": found.rich_cases,
        "share of contexts": places / found.contexts_heard if found.contexts_heard else 0.0,
        "kinds of people": len([name for name in found.stances if name]),
    }


def _concern(component: Component, found: Indicators, judgements: Iterable[Judgement]) -> Concern:
    values = measured(found)
    rated = {
        name: rate(name, values[name]) for name, it in RULES.items() if it.component == component
    }
    worst = max(rated.values(), key=CONCERNS.index)
    because = tuple(name for name, level in rated.items() if level == worst != "no concern")
    words = "; ".join(f"{RULES[name].words}: {_shown(name, found, values)}" for name in because)
    return Concern(
        component=component,
        proposed=worst,
        because=because,
        words=f"{worst.capitalize()}{f' ({words})' if words else ''}.",
        judged=tuple(
            _judged(one, worst, CONCERNS) for one in judgements if one.component == component
        ),
    )


def _shown(name: str, found: Indicators, values: Mapping[str, float]) -> str:
    """Return the value of an indicator for people, with what was not recorded."""
    unknown = {
        "unprompted": found.sources - found.unprompted_known,
        "first-hand": found.sources - found.first_hand_known,
        "kinds of people": found.stances.get("", 0),
        "share of contexts": found.contexts.get("", 0),
    }.get(name, 0)
    if name == "agreement" and found.agreement is None:
        return f"not known, {found.agreement_why}"
    more = f", not recorded for {unknown} of {found.sources}" if unknown else ""
    return f"{values[name]:.2g}{more}"


def _words(proposed: Overall, concerns: Sequence[Concern]) -> str:
    named = [
        f"{one.proposed} about {one.component}" for one in concerns if one.proposed != "no concern"
    ]
    if not named:
        return "Proposed: high confidence; no indicator raises a concern."
    return f"Proposed: {proposed} confidence; from high, rated down for {', '.join(named)}."


def _judged(one: Judgement, proposed: str, scale: Sequence[str]) -> Judged:
    level = as_level(one.level, scale)
    return Judged(one.level, one.because, one.by, one.on, difference(level, proposed, scale))
