"""The why table: was it the theory, the delivery, the evaluation, the context, or a mix of these.

Four explanations, each with signs that would speak for and against it. A sign is looked up in the
record; where the record could not have shown it, it is "not known". No weight is computed: the
judgement says only on which sides signs were found.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.coding.model import Agreement
from evalkit.impact.estimate import Estimate
from evalkit.protocol.model import Protocol
from evalkit.synthesis.finding import Finding
from evalkit.synthesis.gather import analysis_of, outcome_of
from evalkit.synthesis.model import Contribution, Explanation, Sign, TestResult, WhyRow
from evalkit.synthesis.states import margin_of
from evalkit.theory.model import SECTIONS, Theory

ASKS: dict[Explanation, str] = {
    "theory": "Was the theory wrong: delivered as meant, and it did not lead where it should?",
    "delivery": "Was it not delivered as meant?",
    "evaluation": "Could the evaluation not have seen an effect, or not have told it from others?",
    "context": "Did something around the programme block it, or bring about the same change?",
}
MULTIPLE_OF_ERROR = 2.8
"""Smallest detectable effect in standard errors: two-sided 5 %, power 80 % (Bloom 1995)."""


@dataclass(frozen=True, slots=True)
class Record:
    """What the signs are looked up in."""

    theory: Theory
    protocol: Protocol
    estimates: Sequence[Estimate]
    findings: Sequence[Finding]
    contributions: Sequence[Contribution]
    tests: Sequence[TestResult]
    agreement: Sequence[Agreement]
    exploratory: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking a sign up gave: found or not, the results it rests on, and what they are."""

    found: Literal["yes", "no", "not known"]
    of: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A sign: which explanation it points to or away from, and how it is looked up."""

    id: str
    explanation: Explanation
    points: Literal["for", "against"]
    sign: str
    look: Callable[[Record], Looked]


def why_table(record: Record) -> tuple[WhyRow, ...]:
    """Return the four rows of the why table, every sign of `SIGNS` looked up in `record`."""
    signs = [_sign(rule, rule.look(record)) for rule in SIGNS]
    return tuple(
        _row(explanation, tuple(sign for sign in signs if sign.explanation == explanation))
        for explanation in ASKS
    )


def _sign(rule: Rule, looked: Looked) -> Sign:
    words = {
        "yes": f"Found{': ' + looked.detail if looked.detail else ''}.",
        "no": "Looked for, not found.",
        "not known": f"Not known{': ' + looked.detail if looked.detail else ''}.",
    }[looked.found]
    return Sign(rule.id, rule.explanation, rule.points, rule.sign, looked.found, words, looked.of)


def _row(explanation: Explanation, signs: tuple[Sign, ...]) -> WhyRow:
    found = {sign.points for sign in signs if sign.found == "yes"}
    if found == {"for", "against"}:
        return WhyRow(explanation, ASKS[explanation], signs, "signs both ways", _BOTH)
    if found:
        side = found.pop()
        words = _FOR if side == "for" else _AGAINST
        return WhyRow(explanation, ASKS[explanation], signs, f"signs {side} it", words)  # type: ignore[arg-type]
    return WhyRow(explanation, ASKS[explanation], signs, "not known", _NOT_KNOWN)


_BOTH = "This record holds signs for and against it; it may be part of a mix."
_FOR = "This record holds signs for it and none against it."
_AGAINST = "This record holds signs against it and none for it."
_NOT_KNOWN = "This record cannot tell."


def _contradicted(record: Record) -> Looked:
    return _links_with(record, "contradicted")


def _supported(record: Record) -> Looked:
    return _links_with(record, "supported")


def _links_with(record: Record, verdict: str) -> Looked:
    links = [one for one in record.contributions if one.link]
    hits = [one for one in links if one.verdict == verdict]
    if not hits and all(one.verdict in ("not tested", "not shown") for one in links):
        return Looked("not known", detail="no link could be settled either way")
    if not hits:
        return Looked("no")
    first = min(hits, key=lambda one: _column(one.link, record.theory))
    detail = f"first in the chain at {_name(first.link, record.theory)}"
    return Looked("yes", tuple(one.id for one in hits), detail)


def _column(link: str, theory: Theory) -> int:
    return SECTIONS.index(theory.node(theory.link(link).source).section)


def _name(link: str, theory: Theory) -> str:
    claim = theory.link(link)
    return f"“{theory.node(claim.source).words}” to “{theory.node(claim.target).words}”"


def _test_against(record: Record) -> Looked:
    looked = [test for test in record.tests if test.found != "not looked"]
    if not looked:
        return Looked("not known", detail="no sign planned beforehand was looked into")
    against = [
        finding.of
        for finding in record.findings
        if finding.strand == "process" and finding.says == "against" and not finding.rival
    ]
    return (
        Looked("yes", tuple(against))
        if against
        else Looked("no", tuple(f"test:{t.id}" for t in looked))
    )


_DELIVERY = ("context", "inputs", "activities", "outputs")


def _of_delivery(record: Record, says: tuple[str, ...]) -> Looked:
    """Look for what was said of links that end in an activity or an output."""
    links = {
        link.id
        for link in record.theory.links
        if record.theory.node(link.target).section in _DELIVERY
    }
    on = [
        finding
        for finding in record.findings
        if finding.link in links and finding.strand in ("coded", "process") and finding.counts
    ]
    if not on:
        return Looked("not known", detail="nobody spoke of whether it was carried out as meant")
    hits = tuple(finding.id for finding in on if finding.says in says)
    return Looked("yes", hits) if hits else Looked("no")


def _not_delivered(record: Record) -> Looked:
    return _of_delivery(record, ("against", "nil", "mixed"))


def _delivered(record: Record) -> Looked:
    return _of_delivery(record, ("for",))


def _measured_delivery(record: Record) -> Looked:
    has = bool(record.protocol.rest.get("delivery"))
    detail = (
        "planned, but not analysed in this version"
        if has
        else "no table of fidelity, dose or reach"
    )
    return Looked("not known", detail=detail)


def _counting(record: Record) -> list[Estimate]:
    """Return the estimates of main analyses that were planned."""
    return [
        one
        for one in record.estimates
        if analysis_of(one, record.protocol).role == "main" and one.id not in record.exploratory
    ]


def smallest_detectable(estimate: Estimate) -> float:
    """Return the smallest effect the estimate had a fair chance of seeing, in outcome units."""
    check = estimate.check("smallest detectable effect")
    if check is not None and check.statistic is not None:
        return check.statistic
    return MULTIPLE_OF_ERROR * estimate.std_error


def _could_not_see(record: Record) -> Looked:
    with_margin = [
        (one, margin)
        for one in _counting(record)
        if (margin := margin_of(one, outcome_of(one, record.protocol))) is not None
    ]
    if not with_margin:
        return Looked("not known", detail="no smallest change that matters was stated")
    blind = tuple(one.id for one, margin in with_margin if smallest_detectable(one) > margin)
    detail = "the smallest detectable effect is larger than the smallest change that matters"
    return (
        Looked("yes", blind, detail)
        if blind
        else Looked("no", tuple(one.id for one, _ in with_margin))
    )


def _fragile(record: Record) -> Looked:
    main = [one for one in record.findings if one.strand == "impact" and one.counts]
    if not main:
        return Looked("not known", detail="there is no estimate")
    hits = {
        one.of: None
        for one in main
        if any(caution.startswith("differs in ") for caution in one.cautions)
    }
    detail = "the answer changes with a reasonable choice of comparison or method"
    return Looked("yes", tuple(hits), detail) if hits else Looked("no")


def _few_treated(record: Record) -> Looked:
    if not _counting(record):
        return Looked("not known", detail="there is no estimate")
    worried = tuple(
        one.id
        for one in _counting(record)
        if (check := one.check("few treated clusters")) and check.verdict in ("concern", "fail")
    )
    return Looked("yes", worried, "few places had the programme") if worried else Looked("no")


def _one_coder(record: Record) -> Looked:
    if not record.agreement:
        return Looked("not known", detail="no text was coded")
    unknown = [one for one in record.agreement if one.value is None]
    detail = "whether a second reader would read the texts the same way is not known"
    return Looked("yes", ("agreement",), detail) if unknown else Looked("no", ("agreement",))


def _settled(record: Record) -> Looked:
    settled = {
        one.of: None
        for one in record.findings
        if one.strand == "impact" and one.counts and one.state != "imprecise"
    }
    return Looked("yes", tuple(settled)) if settled else Looked("no")


def _rival_stands(record: Record) -> Looked:
    standing = sorted({rival for one in record.contributions for rival in one.rivals})
    if not record.theory.rivals:
        return Looked("not known", detail="the theory names no other explanation")
    if not standing:
        return Looked("no")
    words = {rival.id: rival.words for rival in record.theory.rivals}
    because = {one: None for c in record.contributions if c.rivals and c.link for one in c.because}
    of = tuple(one for one in because if record_rival(record, one))
    return Looked("yes", of, "; ".join(words[rival] for rival in standing))


def record_rival(record: Record, finding: str) -> bool:
    """Return whether a finding speaks of a rival."""
    return any(one.id == finding and one.rival for one in record.findings)


def _depends_on_setting(record: Record) -> Looked:
    coded = [one for one in record.findings if one.strand == "coded"]
    if not coded:
        return Looked("not known", detail="no text was coded")
    hits = tuple(one.id for one in coded if one.says == "context")
    return Looked("yes", hits) if hits else Looked("no")


SIGNS: tuple[Rule, ...] = (
    Rule("theory-contradicted", "theory", "for", "A link is contradicted", _contradicted),
    Rule(
        "theory-sign-failed",
        "theory",
        "for",
        "A sign planned beforehand spoke against its link",
        _test_against,
    ),
    Rule("theory-supported", "theory", "against", "A link is supported", _supported),
    Rule(
        "delivery-doubted",
        "delivery",
        "for",
        "People doubt that it was carried out as meant",
        _not_delivered,
    ),
    Rule(
        "delivery-measured",
        "delivery",
        "for",
        "Fidelity, dose or reach fell short of the plan",
        _measured_delivery,
    ),
    Rule("delivery-seen", "delivery", "against", "People say that it was carried out", _delivered),
    Rule(
        "evaluation-blind",
        "evaluation",
        "for",
        "The evaluation could not have seen an effect of the size that matters",
        _could_not_see,
    ),
    Rule(
        "evaluation-fragile", "evaluation", "for", "The answer depends on the comparison", _fragile
    ),
    Rule(
        "evaluation-few",
        "evaluation",
        "for",
        "Too few places had the programme for a sure answer",
        _few_treated,
    ),
    Rule(
        "evaluation-coder", "evaluation", "for", "Agreement between coders is not known", _one_coder
    ),
    Rule(
        "evaluation-settled",
        "evaluation",
        "against",
        "An estimate settles its question and its checks leave it standing",
        _settled,
    ),
    Rule("context-rival", "context", "for", "Another explanation is left standing", _rival_stands),
    Rule(
        "context-setting",
        "context",
        "for",
        "People say that it depends on the setting",
        _depends_on_setting,
    ),
)
"""Every sign, in the order of the table."""
