"""The theory of change and causal claims as Links and a Graph, which other programs show.

Codes say which links of the theory they speak to, claims name a cause and an effect. Each node
that no code stands for becomes a vertex of one graph, each link of the theory an edge of it; a
code is tied to the edges it speaks to, a claim is a link from its cause to its effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evalkit.coding.model import CodingProject, Edge, Graph, Link, Vertex
from evalkit.coding.refi.lexical import made_guid

GRAPH = "Theory of change (evalkit)"
_ACROSS, _WIDE, _HIGH = 4, 220, 120


@dataclass(frozen=True, slots=True)
class Drawn:
    """The graph, or none where nothing is drawn, and the links; all of them written only."""

    graph: Graph | None
    links: tuple[Link, ...]


def drawn(project: CodingProject, codes: Mapping[str, str], claims: tuple[str, ...]) -> Drawn:
    """Return the theory that codes speak to and the claims, as a graph and links."""
    spoken = [(code.id, link) for code in project.codebook.codes for link in code.links]
    arrows = list(dict.fromkeys(link for _, link in spoken))
    ends = {link: _ends(link) for link in arrows}
    named = [*(node for pair in ends.values() for node in pair)]
    said = [end for claim in project.claims for end in (claim.cause, claim.effect)]
    nodes = list(dict.fromkeys([*named, *(end for end in said if end and end not in codes)]))
    if not nodes and not project.claims:
        return Drawn(None, ())
    salt = project.guid or project.name
    vertices = {node: made_guid("theory node", salt, node) for node in nodes}
    edges = {link: made_guid("theory link", salt, link) for link in arrows}
    graph = Graph(
        id=GRAPH,
        words=GRAPH,
        vertices=tuple(_vertex(n, node, vertices[node]) for n, node in enumerate(nodes)),
        edges=tuple(
            Edge(
                guid=edges[link],
                origin=vertices[ends[link][0]],
                target=vertices[ends[link][1]],
                words=link,
                direction="OneWay",
                style="solid",
            )
            for link in arrows
            if len(ends[link]) == 2
        ),
        guid=made_guid("theory", salt),
    )
    speaks = [
        Link(
            id=f"{code} speaks to {link}",
            origin=codes[code],
            target=edges[link],
            words=f"speaks to: {link}",
            guid=made_guid("speaks to", salt, code, link),
        )
        for code, link in dict.fromkeys(spoken)
    ]
    places = {**vertices, **codes}
    return Drawn(graph if nodes else None, (*speaks, *_claimed(project, places, claims)))


def _ends(link: str) -> tuple[str, ...]:
    """Return the two ends of ``a -> b``; other words are one node."""
    parts = tuple(part.strip() for part in link.split("->"))
    return parts if len(parts) == 2 and all(parts) else (link,)


def _vertex(place: int, node: str, guid: str) -> Vertex:
    row, column = divmod(place, _ACROSS)
    return Vertex(
        guid=guid,
        words=node,
        x=40 + column * _WIDE,
        y=40 + row * _HIGH,
        x2=200 + column * _WIDE,
        y2=90 + row * _HIGH,
        shape="RoundedRectangle",
    )


def _claimed(
    project: CodingProject, places: Mapping[str, str], claims: tuple[str, ...]
) -> tuple[Link, ...]:
    return tuple(
        Link(
            id=guid,
            origin=places.get(claim.cause, ""),
            target=places.get(claim.effect, ""),
            words=f"claim ({claim.sign}): {claim.cause} -> {claim.effect}",
            guid=made_guid("claim as link", guid),
        )
        for claim, guid in zip(project.claims, claims, strict=True)
    )
