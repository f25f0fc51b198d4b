"""What things are called in the report: words of the files, with the line they stand in."""

from __future__ import annotations

from evalkit.evaluation.model import Evaluation
from evalkit.impact.estimate import Estimate
from evalkit.protocol.model import Outcome, Protocol
from evalkit.report.document import FromFile, Part, Parts, anchor
from evalkit.theory.model import Theory


def at(file: str, line: int) -> str:
    """Return ``file:line``, or the file alone."""
    return f"{file}:{line}" if line else file


def node_words(theory: Theory, id: str) -> FromFile:
    """Return the words of a box, or its id when the theory has no such box."""
    for node in theory.nodes:
        if node.id == id:
            return FromFile(node.words, at(theory.file, node.line))
    return FromFile(id, theory.file)


def link_words(theory: Theory, link: str) -> Parts:
    """Return a link as the words of the boxes it joins."""
    source, arrow, target = link.partition(" -> ")
    if not arrow:
        return (FromFile(link, theory.file),)
    return (node_words(theory, source), " → ", node_words(theory, target))


def pathway_words(theory: Theory, pathway: tuple[str, ...]) -> Parts:
    """Return a pathway as the words of its boxes."""
    parts: list[Part] = []
    for at_, id in enumerate(pathway):
        parts += [" → "] * bool(at_) + [node_words(theory, id)]
    return tuple(parts)


def outcome_words(id: str, protocol: Protocol) -> FromFile:
    """Return the label of an outcome, or the column's name."""
    outcome = protocol.outcomes.get(id)
    if outcome is None:
        return FromFile(id, protocol.file)
    return FromFile(outcome.label or outcome.id, at(protocol.file, outcome.line))


def unit_words(outcome: Outcome | None, protocol: Protocol) -> Parts:
    """Return the unit of an outcome with a space before it, or nothing."""
    if outcome is None or not outcome.unit:
        return ()
    return (" ", FromFile(outcome.unit, at(protocol.file, outcome.line)))


def estimate_anchor(estimate: Estimate) -> str:
    """Return the id of the place where an estimate is told in detail."""
    return anchor("estimate", estimate.id)


def estimate_id(estimate: Estimate) -> str:
    """Return the beginning of the ids of everything in an estimate."""
    return f"estimates/{estimate.id}"


def link_letters(evaluation: Evaluation) -> dict[str, str]:
    """Return a short mark for each link of the joint display: A, B ... Z, AA, AB ..."""
    return {row.link: _letters(place) for place, row in enumerate(evaluation.joint)}


def _letters(place: int) -> str:
    more, last = divmod(place, 26)
    return (_letters(more - 1) if more else "") + chr(ord("A") + last)
