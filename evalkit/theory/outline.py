"""The theory as a nested list: the twin of the picture, for reading aloud and narrow screens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from evalkit.theory.graph import columns
from evalkit.theory.model import Section, Theory

SECTION_WORDS: Mapping[Section, str] = {
    "context": "Context",
    "inputs": "Inputs",
    "activities": "Activities",
    "outputs": "Outputs",
    "early_outcomes": "Early outcomes",
    "outcomes": "Outcomes",
    "impact": "Impact",
}
"""What each section is called for readers."""


class OutlineLink(NamedTuple):
    """A link that leaves a box: where it leads, its verdict (empty when none are given)."""

    link: str
    target: str
    target_words: str
    verdict: str
    because: str
    loop: bool


class OutlineNode(NamedTuple):
    """A box, the outcomes that measure it, and the links that leave it."""

    node: str
    words: str
    measure: tuple[str, ...]
    links: tuple[OutlineLink, ...]


class OutlineSection(NamedTuple):
    """A section and its boxes."""

    section: str
    words: str
    nodes: tuple[OutlineNode, ...]


def theory_outline(
    theory: Theory, verdicts: Mapping[str, str] | None = None
) -> tuple[OutlineSection, ...]:
    """Return everything the picture says, as nested tuples: sections, boxes, outgoing links.

    Parameters
    ----------
    theory : Theory
        What the picture shows.
    verdicts : mapping of str to str, optional
        Verdict by link id; links left out count as "not tested".
    """
    words = {node.id: node.words for node in theory.nodes}

    def leaving(id: str) -> tuple[OutlineLink, ...]:
        return tuple(
            OutlineLink(
                link.id,
                link.target,
                words[link.target],
                "" if verdicts is None else verdicts.get(link.id, "not tested"),
                link.because,
                link.loop,
            )
            for link in theory.links
            if link.source == id and link.target in words
        )

    return tuple(
        OutlineSection(
            section,
            SECTION_WORDS[section],
            tuple(
                OutlineNode(node.id, node.words, node.measure, leaving(node.id))
                for node in theory.nodes
                if node.section == section
            ),
        )
        for section in columns(theory)
    )
