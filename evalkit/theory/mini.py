"""The theory cut down to one page: at most twelve boxes, chosen by rule and not by taste."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from evalkit.theory.graph import ENDS, pathways
from evalkit.theory.model import Theory

MOST_BOXES = 12


def mini_theory(theory: Theory, links: Sequence[str], limit: int = MOST_BOXES) -> Theory:
    """Return the part of a theory that fits on the first page.

    Boxes are taken in this order until there are `limit`: both ends of each tested link; outcomes
    and impacts that are measured; the pathways from an activity to an outcome, those that run
    through most boxes taken so far first. Boxes that no link touches any more are left out again.

    Parameters
    ----------
    theory : Theory
        The whole.
    links : sequence of str
        Ids of the tested links, the weightiest first.
    limit : int
        Most boxes.
    """
    chosen: dict[str, None] = {}
    for group in _groups(theory, links):
        fresh = [id for id in group if id not in chosen]
        if len(chosen) + len(fresh) <= limit:
            chosen.update(dict.fromkeys(fresh))
    kept = [link for link in theory.links if link.source in chosen and link.target in chosen]
    touched = {end for link in kept for end in (link.source, link.target)}
    names = {link.id for link in kept} | touched
    return replace(
        theory,
        nodes=tuple(node for node in theory.nodes if node.id in touched),
        links=tuple(kept),
        works_when=tuple(each for each in theory.works_when if each.so in touched),
        rivals=tuple(
            replace(rival, links=tuple(name for name in rival.links if name in names))
            for rival in theory.rivals
        ),
        shaped_by=(),
    )


def _groups(theory: Theory, links: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield groups of boxes that go in together or not at all."""
    known = {link.id: link for link in theory.links}
    tested = [known[id] for id in dict.fromkeys(links) if id in known]
    yield from ((link.source, link.target) for link in tested)
    yield from ((node.id,) for node in theory.nodes if node.section in ENDS and node.measure)
    ends = {id for link in tested for id in (link.source, link.target)}
    measured = {node.id for node in theory.nodes if node.measure}
    ways = pathways(theory)
    yield from sorted(
        ways, key=lambda way: (-len(ends & set(way)), -len(measured & set(way)), len(way))
    )
