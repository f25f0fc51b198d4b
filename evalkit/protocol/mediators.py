"""Covariates that lie on the way from the programme to the outcome."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from evalkit.protocol.model import Analysis, Protocol
from evalkit.theory.model import Theory

_PROGRAMME = ("inputs", "activities")


def mediators(protocol: Protocol, theory: Theory, analysis: Analysis) -> Iterator[tuple[str, str]]:
    """Yield ``(column, node)`` for each covariate that measures a step between programme and outcome.

    Holding such a step constant takes away the part of the effect that runs through it (Pearl
    2009, section 3.3). Feedback loops are left out.
    """
    listed = analysis.options.get("covariates", ())
    covariates = [listed] if isinstance(listed, str) else list(listed or ())
    if not covariates:
        return
    forwards = [(link.source, link.target) for link in theory.links if not link.loop]
    programme = {node.id for node in theory.nodes if node.section in _PROGRAMME}
    ends = {node.id for outcome in analysis.outcomes for node in theory.measured_by(outcome)}
    after = _reached(programme, _grouped(forwards))
    before = _reached(ends, _grouped((target, source) for source, target in forwards))
    for column in covariates:
        for node in _measured_in(column, protocol, theory):
            if node in after and node in before and node not in ends:
                yield str(column), node


def _measured_in(column: str, protocol: Protocol, theory: Theory) -> list[str]:
    """Return the nodes measured by an outcome that stands in this column."""
    outcomes = [it.id for it in protocol.outcomes.values() if column and it.column == column]
    return [node.id for outcome in outcomes for node in theory.measured_by(outcome)]


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    steps: dict[str, list[str]] = {}
    for source, target in pairs:
        steps.setdefault(source, []).append(target)
    return steps


def _reached(starts: set[str], steps: Mapping[str, list[str]]) -> set[str]:
    """Return every node that can be reached from `starts` in one step or more."""
    found: set[str] = set()
    waiting = sorted(starts)
    while waiting:
        for target in steps.get(waiting.pop(), ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found
