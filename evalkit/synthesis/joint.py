"""The joint display: each link's two strands side by side, related by a printed rule table.

The table follows the triangulation protocol's words (agreement, partial agreement, dissonance,
silence; Farmer, Robinson, Elliott and Eyles 2006), with one relation added: "not comparable", for
numbers too imprecise to agree or disagree with anything.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from evalkit.synthesis.finding import Finding, QualState, QuantState
from evalkit.synthesis.model import JointRow, Relation
from evalkit.synthesis.states import qualitative_state

RULES: dict[tuple[QuantState, QualState], Relation] = {
    ("up", "up"): "agreement",
    ("up", "down"): "dissonance",
    ("up", "mixed"): "partial agreement",
    ("up", "nil reported"): "dissonance",
    ("up", "asked but not mentioned"): "silence of one strand",
    ("up", "not asked"): "silence of one strand",
    ("down", "up"): "dissonance",
    ("down", "down"): "agreement",
    ("down", "mixed"): "partial agreement",
    ("down", "nil reported"): "dissonance",
    ("down", "asked but not mentioned"): "silence of one strand",
    ("down", "not asked"): "silence of one strand",
    ("about nil", "up"): "dissonance",
    ("about nil", "down"): "partial agreement",
    ("about nil", "mixed"): "partial agreement",
    ("about nil", "nil reported"): "agreement",
    ("about nil", "asked but not mentioned"): "silence of one strand",
    ("about nil", "not asked"): "silence of one strand",
    ("imprecise", "up"): "not comparable",
    ("imprecise", "down"): "not comparable",
    ("imprecise", "mixed"): "not comparable",
    ("imprecise", "nil reported"): "not comparable",
    ("imprecise", "asked but not mentioned"): "not comparable",
    ("imprecise", "not asked"): "not comparable",
    ("no data", "up"): "silence of one strand",
    ("no data", "down"): "silence of one strand",
    ("no data", "mixed"): "silence of one strand",
    ("no data", "nil reported"): "silence of one strand",
    ("no data", "asked but not mentioned"): "not comparable",
    ("no data", "not asked"): "not comparable",
}
"""Relation of the strands at every pair of states."""

QUANT_WORDS: dict[QuantState, str] = {
    "up": "The numbers move the way the theory claims",
    "down": "The numbers move against what the theory claims",
    "about nil": "The numbers show a change smaller than one that matters",
    "imprecise": "The numbers cannot tell",
    "no data": "There are no numbers on this link",
}
QUAL_WORDS: dict[QualState, str] = {
    "up": "those heard say that it holds",
    "down": "those heard doubt it",
    "mixed": "those heard say both that it holds and that it does not",
    "nil reported": "those heard saw no change",
    "asked but not mentioned": "all were asked and nobody spoke of it, which is not evidence against it",
    "not asked": "nobody was asked about it, and nobody spoke for or against it",
}
_INQUIRY = (
    "Look into why the strands differ: timing, fidelity of delivery, what was measured, which "
    "group, which context."
)


def quantitative_state(findings: Sequence[Finding], link: str) -> QuantState:
    """Return the state of the numbers on a link: the one state of its findings, or "imprecise".

    Several outcomes may measure the end of one link. Where they read differently the numbers, taken
    together, do not settle it.
    """
    states = sorted(
        {
            finding.state
            for finding in findings
            if finding.link == link and finding.strand == "impact" and finding.counts
        }
    )
    if not states:
        return "no data"
    return states[0] if len(states) == 1 else "imprecise"  # type: ignore[return-value] # states of impact findings


def joint_row(findings: Sequence[Finding], link: str, asked: Collection[str]) -> JointRow:
    """Return the row of one link."""
    numbers = quantitative_state(findings, link)
    words = qualitative_state(findings, link, asked)
    relation = RULES[numbers, words]
    here = [finding for finding in findings if finding.link == link]
    return JointRow(
        link=link,
        quantitative=numbers,
        qualitative=words,
        relation=relation,
        rule=f"{numbers} x {words}",
        because=tuple(finding.id for finding in here),
        n_sources=len({_source(finding) for finding in here if finding.strand == "coded"}),
        words=f"{QUANT_WORDS[numbers]}; {QUAL_WORDS[words]}.",
        inquiry=_INQUIRY if relation == "dissonance" else "",
    )


def joint_display(
    findings: Sequence[Finding], links: Sequence[str], asked: Collection[str]
) -> tuple[JointRow, ...]:
    """Return one row for each link, in the order given."""
    return tuple(joint_row(findings, link, asked) for link in links)


def _source(finding: Finding) -> str:
    """Return the source of a coded finding; its ``of`` is ``coding:source:start-end:code:coder``."""
    return finding.of.split(":")[1]
