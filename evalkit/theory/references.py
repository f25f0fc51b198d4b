"""Faults of meaning: names that are not there, links twice, circles with no loop marked."""

from __future__ import annotations

from collections.abc import Iterable

from evalkit.errors import Fault, nearest
from evalkit.theory.graph import unmarked_circles
from evalkit.theory.model import Link, Theory


def reference_faults(theory: Theory, named: Iterable[str] = ()) -> list[Fault]:
    """Return a fault for everything in the theory that points to nothing, or to itself.

    Parameters
    ----------
    theory : Theory
        As far as it could be read.
    named : iterable of str
        Short names of boxes that stand in the file but could not be read; pointing to them is no
        further fault.
    """
    nodes = sorted({node.id for node in theory.nodes} | set(named))
    links = [link.id for link in theory.links]
    return [
        *_ends(theory, nodes),
        *_twice(theory),
        *_circles(theory),
        *_settings(theory, nodes),
        *_rivals(theory, nodes, links),
        *_shapers(theory, nodes, links),
    ]


def _ends(theory: Theory, nodes: list[str]) -> list[Fault]:
    faults = []
    for link in theory.links:
        if link.source == link.target:
            wrong = f"`{link.id}` leads from a box to itself."
            do = "Name the box in between, or take the link out."
            faults.append(Fault(theory.file, link.line, wrong, do))
        faults += [
            _unknown(theory, link.line, f"The link `{link.id}` names", end, nodes)
            for end in (link.source, link.target)
            if end not in nodes
        ]
    return faults


def _twice(theory: Theory) -> list[Fault]:
    first: dict[str, Link] = {}
    faults = []
    for link in theory.links:
        if link.id in first:
            wrong = f"The link `{link.id}` stands twice (first on line {first[link.id].line})."
            do = "Keep the one that says more."
            faults.append(Fault(theory.file, link.line, wrong, do))
        first.setdefault(link.id, link)
    return faults


def _circles(theory: Theory) -> list[Fault]:
    faults = []
    for circle in unmarked_circles(theory):
        closing = theory.link(f"{circle[-1]} -> {circle[0]}")
        wrong = f"The links go round in a circle: {' -> '.join([*circle, circle[0]])}."
        do = f"If this is a feedback loop, give `{closing.id}` the key `loop: true`."
        faults.append(Fault(theory.file, closing.line, wrong, do))
    return faults


def _settings(theory: Theory, nodes: list[str]) -> list[Fault]:
    return [
        _unknown(theory, setting.line, "`so` names", setting.so, nodes)
        for setting in theory.works_when
        if setting.so not in nodes
    ]


def _rivals(theory: Theory, nodes: list[str], links: list[str]) -> list[Fault]:
    faults, first = [], dict[str, int]()
    for rival in theory.rivals:
        if rival.id in first:
            wrong = f"The explanation `{rival.id}` stands twice (first on line {first[rival.id]})."
            faults.append(Fault(theory.file, rival.line, wrong, "Give one of them another id."))
        first.setdefault(rival.id, rival.line)
        if rival.first and rival.last and rival.last < rival.first:
            wrong = f"The explanation `{rival.id}` ends ({rival.last}) before it begins."
            faults.append(Fault(theory.file, rival.line, wrong, "Correct `from:` or `to:`."))
        faults += [
            _unknown(theory, rival.line, f"The explanation `{rival.id}` names", name, nodes + links)
            for name in rival.links
            if name not in links and name not in nodes
        ]
    return faults


def _shapers(theory: Theory, nodes: list[str], links: list[str]) -> list[Fault]:
    return [
        _unknown(
            theory, shaper.line, f"`{shaper.who}` is said to have spoken of", name, nodes + links
        )
        for shaper in theory.shaped_by
        for name in (*shaper.put_forward, *shaper.disagreed_with)
        if name not in nodes and name not in links
    ]


def _unknown(theory: Theory, line: int, who: str, name: str, known: list[str]) -> Fault:
    what = "a link" if "->" in name else "a box"
    hint = nearest(name, known).strip()
    do = hint or "Add it, or correct the name."
    return Fault(theory.file, line, f"{who} `{name}`, {what} that is not there.", do)
