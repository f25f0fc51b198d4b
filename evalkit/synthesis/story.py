"""The contribution story: the steps of contribution analysis, as a record made from the record.

In the manner of Mayne (2008): the question of attribution, the theory and its risks, the evidence
gathered, the story, what of it was challenged, and what more would strengthen it. A claim stands for
each link and each pathway. Words come from tables; no share of contribution is ever given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from evalkit.synthesis.assumption import Assumption, assumptions
from evalkit.synthesis.contribution import ORDER
from evalkit.synthesis.delivery import Delivered
from evalkit.synthesis.finding import Finding, QuantState
from evalkit.synthesis.found import Judgement
from evalkit.synthesis.model import Contribution, JointRow, Verdict
from evalkit.synthesis.traced import NOT_LOOKED, LinkTrace
from evalkit.synthesis.tracing import PRIORS, Span
from evalkit.theory.model import Link, Rival, Theory

STEPS: dict[str, str] = {
    "question": "What is to be attributed",
    "theory": "The theory, and what it risks",
    "evidence": "The evidence gathered",
    "story": "The story so far",
    "challenged": "What was challenged",
    "strengthened": "What would strengthen it",
}
"""The steps, in order."""
CHANGE_WORDS: dict[QuantState, str] = {
    "up": "a change as claimed was observed",
    "down": "a change against the claim was observed",
    "about nil": "no change that matters was observed",
    "imprecise": "whether it changed cannot be told",
    "no data": "no change was measured",
}
STORY_WORDS: dict[Verdict, str] = {
    "supported": "The evidence supports that {source} led to {target}.",
    "plausible": "It is plausible that {source} led to {target}; the evidence does not settle it.",
    "mixed": "The evidence on whether {source} led to {target} points both ways.",
    "not shown": "It is not shown that {source} led to {target}, nor that it did not.",
    "contradicted": "The evidence speaks against {source} having led to {target}.",
    "not tested": "Whether {source} led to {target} was not tested.",
}
"""The sentence of a claim on a link, by its verdict. It opens and closes on what the boxes say."""
CHALLENGED: tuple[Verdict, ...] = ("contradicted", "mixed", "not shown")
STRENGTHENED: tuple[Verdict, ...] = ("supported", "plausible")
CHAIN_CAUTION = (
    "A pathway is no stronger than its weakest link. Steps confirmed one by one still say little of "
    "the whole chain."
)
RIVAL_WORDS: dict[str, str] = {
    "standing": "nothing found here rules it out",
    "ruled out": "what was found here speaks against it",
}


@dataclass(frozen=True, slots=True)
class RivalCase:
    """A rival of a link at its best: the most that the evidence leaves it.

    ``best_case`` is its highest probability from even odds over the ranges that people gave; None
    where no sign was weighed, and then nothing limits it.
    """

    id: str
    words: str
    state: str
    state_words: str
    best_case: float | None
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PriorResearch:
    """Earlier research on a link, and how far that is from here."""

    says: str
    words: str
    source: str
    distance: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim on one link.

    Attributes
    ----------
    link : str
    verdict, verdict_words, sentence : str
        The verdict, its words, and the claim as a sentence.
    change, change_words : str
        State of the numbers.
    range : Span or None
        Probability of the link from even odds, from its signs; None where nobody looked.
    prior_range : (float, float) or None
        Lowest and highest over the priors of `PRIORS`.
    rivals : tuple of RivalCase
    assumptions : tuple of Assumption
    delivery : tuple of (str, str)
        What was measured of delivery, with its state.
    prior : tuple of PriorResearch
    because : tuple of str
        Ids of findings.
    would_change_if : str
    """

    link: str
    verdict: Verdict
    verdict_words: str
    sentence: str
    change: QuantState
    change_words: str
    range: Span | None
    prior_range: tuple[float, float] | None
    rivals: tuple[RivalCase, ...]
    assumptions: tuple[Assumption, ...]
    delivery: tuple[tuple[str, str], ...]
    prior: tuple[PriorResearch, ...]
    because: tuple[str, ...]
    would_change_if: str


@dataclass(frozen=True, slots=True)
class PathwayClaim:
    """The claim on a pathway: that of its weakest link, and what each of its links lacks."""

    pathway: tuple[str, ...]
    verdict: Verdict
    weakest: str
    sentence: str
    caution: str
    rivals: tuple[str, ...]
    assumptions_not_held: tuple[str, ...]
    assumptions_not_known: tuple[str, ...]
    would_change_if: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of contribution analysis: its heading, sentences, and what they rest on."""

    id: str
    heading: str
    words: tuple[str, ...]
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """The whole: the steps, a claim for each link, a claim for each pathway."""

    steps: tuple[Step, ...]
    claims: tuple[Claim, ...]
    pathways: tuple[PathwayClaim, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """What a story is made from.

    Attributes
    ----------
    theory : Theory
    joint : sequence of JointRow
    findings : sequence of Finding
    contributions : sequence of Contribution
    traces : sequence of LinkTrace
    judgements : sequence of Judgement
        Those of scheme ``assumption`` say what became of assumptions.
    delivery : sequence of Delivered
    questions : mapping of str to str
        What is asked, by id; those of kind impact and contribution.
    """

    theory: Theory
    joint: Sequence[JointRow]
    findings: Sequence[Finding]
    contributions: Sequence[Contribution]
    traces: Sequence[LinkTrace] = ()
    judgements: Sequence[Judgement] = ()
    delivery: Sequence[Delivered] = ()
    questions: Mapping[str, str] | None = None


def story(material: Material) -> Story:
    """Return the contribution story of an evaluation."""
    rows = {row.link: row for row in material.joint}
    verdicts = {one.link: one for one in material.contributions if one.link}
    traces = {trace.link: trace for trace in material.traces}
    claims = {
        link.id: _claim(link, rows[link.id], verdicts[link.id], traces.get(link.id), material)
        for link in material.theory.links
        if link.id in verdicts
    }
    pathways = tuple(
        _pathway(one, claims, material.theory) for one in material.contributions if one.pathway
    )
    return Story(_steps(material, claims, pathways), tuple(claims.values()), pathways)


def _claim(
    link: Link, row: JointRow, verdict: Contribution, trace: LinkTrace | None, material: Material
) -> Claim:
    looked = trace if trace is not None and trace.verdict != NOT_LOOKED else None
    return Claim(
        link=link.id,
        verdict=verdict.verdict,
        verdict_words=verdict.words,
        sentence=_sentence(STORY_WORDS[verdict.verdict], link.source, link.target, material.theory),
        change=row.quantitative,
        change_words=CHANGE_WORDS[row.quantitative],
        range=looked.posterior[PRIORS.index(0.5)] if looked else None,
        prior_range=_over_priors(looked) if looked else None,
        rivals=tuple(
            _rival(rival, verdict, looked, material)
            for rival in material.theory.rivals
            if link.id in rival.links
        ),
        assumptions=assumptions(link, material.judgements),
        delivery=tuple((one.id, one.state) for one in material.delivery),
        prior=tuple(PriorResearch(it.says, it.words, it.source, it.distance) for it in link.prior),
        because=verdict.because,
        would_change_if=verdict.would_change_if,
    )


def _over_priors(trace: LinkTrace) -> tuple[float, float]:
    return min(one.low for one in trace.posterior), max(one.high for one in trace.posterior)


def _sentence(words: str, source: str, target: str, theory: Theory) -> str:
    first, last = theory.node(source).words, theory.node(target).words
    return words.format(source=f"“{first}”", target=f"“{last}”")


def _rival(
    rival: Rival, verdict: Contribution, trace: LinkTrace | None, material: Material
) -> RivalCase:
    span = trace.rivals.get(rival.id) if trace else None
    state = "standing" if rival.id in verdict.rivals else "ruled out"
    on = tuple(one.id for one in material.findings if one.rival == rival.id)
    return RivalCase(
        id=rival.id,
        words=rival.words,
        state=state,
        state_words=RIVAL_WORDS[state],
        best_case=span.high if span else None,
        of=on,
    )


def _pathway(one: Contribution, claims: Mapping[str, Claim], theory: Theory) -> PathwayClaim:
    links = [claims[f"{start} -> {end}"] for start, end in pairwise(one.pathway)]
    states = {
        state: [a.id for it in links for a in it.assumptions if a.state == state]
        for state in ("not held", "not known")
    }
    return PathwayClaim(
        pathway=one.pathway,
        verdict=one.verdict,
        weakest=one.weakest,
        sentence=_sentence(STORY_WORDS[one.verdict], one.pathway[0], one.pathway[-1], theory),
        caution=CHAIN_CAUTION,
        rivals=one.rivals,
        assumptions_not_held=tuple(states["not held"]),
        assumptions_not_known=tuple(states["not known"]),
        would_change_if=one.would_change_if,
    )


# --- the six steps ----------------------------------------------------------------------------------


def _steps(
    material: Material, claims: Mapping[str, Claim], pathways: Sequence[PathwayClaim]
) -> tuple[Step, ...]:
    made = {
        "question": _question(material),
        "theory": _risks(material.theory, claims),
        "evidence": _evidence(material),
        "story": _told(claims, pathways),
        "challenged": _challenged(claims),
        "strengthened": _strengthen(claims),
    }
    return tuple(Step(id, heading, *made[id]) for id, heading in STEPS.items())


_Made = tuple[tuple[str, ...], tuple[str, ...]]


def _question(material: Material) -> _Made:
    asked = material.questions or {}
    if not asked:
        return ("The plan asks no question of impact or contribution.",), ()
    return tuple(asked.values()), tuple(f"question:{id}" for id in asked)


def _risks(theory: Theory, claims: Mapping[str, Claim]) -> _Made:
    """Return what the theory bets on: assumptions, links without a reason, rivals nobody named."""
    bets = sum(len(one.assumptions) for one in claims.values())
    bare = [link.id for link in theory.links if not link.because and not link.loop]
    alone = [link.id for link in theory.links if not any(link.id in r.links for r in theory.rivals)]
    words = (
        f"The theory has {_count(len(theory.links), 'link')} and states {_count(bets, 'assumption')}.",
        f"{_count(len(bare), 'link')} {_has(bare)} no reason given.",
        f"{_count(len(alone), 'link')} {_has(alone)} no other explanation named.",
    )
    return words, tuple(dict.fromkeys((*bare, *alone)))


def _has(found: Sequence[str]) -> str:
    return "has" if len(found) == 1 else "have"


def _count(number: int, what: str) -> str:
    return f"{number or 'No'} {what}{'' if number == 1 else 's'}"


_STRANDS = {
    "impact": "estimate",
    "coded": "coded passage",
    "process": "planned sign",
    "prior": "earlier study",
}


def _evidence(material: Material) -> _Made:
    results: dict[str, set[str]] = {name: set() for name in _STRANDS}
    for one in material.findings:
        results.setdefault(one.strand, set()).add(one.of)
    words = tuple(
        f"{_count(len(results[strand]), what) if results[strand] else f'No {what}'}."
        for strand, what in _STRANDS.items()
    )
    measured = [one for one in material.delivery if one.state != "not known"]
    told = f"{_count(len(measured), 'measure')} of delivery."
    return (*words, told), tuple(dict.fromkeys(one.id for one in material.findings))


def _told(claims: Mapping[str, Claim], pathways: Sequence[PathwayClaim]) -> _Made:
    if not pathways:
        told = sorted(claims.values(), key=lambda one: (-ORDER.index(one.verdict), one.link))
        return tuple(one.sentence for one in told), tuple(one.link for one in told)
    ranked = sorted(pathways, key=lambda one: (-ORDER.index(one.verdict), one.pathway))
    of = tuple(" -> ".join(one.pathway) for one in ranked)
    return (*(one.sentence for one in ranked), CHAIN_CAUTION), of


def _challenged(claims: Mapping[str, Claim]) -> _Made:
    """Return links that the evidence doubts, rivals that stand, assumptions that did not hold."""
    words: list[str] = []
    of: list[str] = []
    for one in claims.values():
        standing = [rival.words for rival in one.rivals if rival.state == "standing"]
        failed = [it.words for it in one.assumptions if it.state == "not held"]
        if one.verdict in CHALLENGED:
            words.append(one.sentence)
        words += [f"Left standing beside {one.link}: {rival}." for rival in standing]
        words += [f"Assumed for {one.link}, and it did not hold: {it}." for it in failed]
        if one.verdict in CHALLENGED or standing or failed:
            of.append(one.link)
    return tuple(words) or ("Nothing in the record challenges a link.",), tuple(of)


def _strengthen(claims: Mapping[str, Claim]) -> _Made:
    """Return what the evidence strengthened, and what would strengthen the weakest claims."""
    strong = [one for one in claims.values() if one.verdict in STRENGTHENED]
    least = min((ORDER.index(one.verdict) for one in claims.values()), default=0)
    weak = [one for one in claims.values() if ORDER.index(one.verdict) == least]
    words = [one.sentence for one in strong]
    words += [f"For {one.link}: {one.would_change_if}" for one in weak if one not in strong]
    open_bets = [it for one in claims.values() for it in one.assumptions if it.state == "not known"]
    if open_bets:
        words.append(f"{_count(len(open_bets), 'assumption')} {_was(open_bets)} never checked.")
    return tuple(words), tuple(one.link for one in (*strong, *weak))


def _was(found: Sequence[object]) -> str:
    return "was" if len(found) == 1 else "were"
