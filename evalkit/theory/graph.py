"""The theory as a graph: ways through it, loops, gaps, and what to hold constant.

Feedback loops (links with ``loop: true``) are left out wherever the question needs a graph
without circles, which is everywhere but in `feedback_loops`. Whoever shows an answer says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from graphlib import TopologicalSorter
from itertools import combinations, islice
from typing import Any

from evalkit.theory.model import SECTIONS, Link, Section, Theory

ENDS: tuple[Section, ...] = ("outcomes", "impact")
MAX_PATHWAYS = 500
MAX_ADJUSTMENT = 6  # boxes in one adjustment set: more were never of use in a plan

Path = tuple[str, ...]
Steps = dict[str, list[str]]


@lru_cache(maxsize=32)
def _graph(theory: Theory) -> Any:
    """Return the theory without its loops as networkx's directed graph."""
    import networkx as nx

    graph: Any = nx.DiGraph()
    graph.add_nodes_from(node.id for node in theory.nodes)
    graph.add_edges_from((link.source, link.target) for link in _forward(theory))
    return graph


@lru_cache(maxsize=32)
def _steps(theory: Theory) -> tuple[Steps, Steps]:
    """Return the boxes just before and just after each box; loops left out.

    Plain dictionaries, as ``evalkit check`` should not wait for networkx to be loaded.
    """
    before: Steps = {node.id: [] for node in theory.nodes}
    after: Steps = {node.id: [] for node in theory.nodes}
    for link in _forward(theory):
        before[link.target].append(link.source)
        after[link.source].append(link.target)
    return before, after


def _reached(steps: Steps, start: str) -> set[str]:
    """Return every box but `start` that the steps lead to from there."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = set(steps[waiting.pop()]) - found
        found |= new
        waiting += new
    return found - {start}


def _forward(theory: Theory) -> list[Link]:
    known = {node.id for node in theory.nodes}
    return [
        link
        for link in theory.links
        if not link.loop and link.source in known and link.target in known
    ]


def _in_order(theory: Theory, ids: Iterable[str]) -> Path:
    wanted = set(ids)
    return tuple(node.id for node in theory.nodes if node.id in wanted)


def columns(theory: Theory) -> tuple[Section, ...]:
    """Return the sections that have boxes, in order."""
    used = {node.section for node in theory.nodes}
    return tuple(section for section in SECTIONS if section in used)


def causes(theory: Theory, id: str) -> Path:
    """Return the boxes from which links lead to `id`, directly or not; loops left out."""
    return _in_order(theory, _reached(_steps(theory)[0], id))


def effects(theory: Theory, id: str) -> Path:
    """Return the boxes that links lead to from `id`, directly or not; loops left out."""
    return _in_order(theory, _reached(_steps(theory)[1], id))


def mediators(theory: Theory, source: str, target: str) -> Path:
    """Return the boxes that lie on a way from `source` to `target`; loops left out."""
    between = set(effects(theory, source)) & set(causes(theory, target))
    return _in_order(theory, between)


def paths(
    theory: Theory, source: str, target: str, *, limit: int = MAX_PATHWAYS
) -> tuple[Path, ...]:
    """Return the ways from `source` to `target`, in the order of the file; loops left out."""
    return tuple(islice(_ways(theory, source, target), limit))


def _ways(theory: Theory, source: str, target: str) -> Iterator[Path]:
    """Walk only through boxes that still lead to the target, and through none of them twice.

    A theory from a file has no unmarked circle; in one built by hand a way must not run round it.
    """
    allowed = {*causes(theory, target), target}
    after: dict[str, list[str]] = {}
    for link in _forward(theory):
        if link.target in allowed:
            after.setdefault(link.source, []).append(link.target)
    stack: list[Path] = [(source,)] if source in allowed else []
    while stack:
        way = stack.pop()
        if way[-1] == target:
            yield way
        else:
            steps = reversed(after.get(way[-1], []))
            stack.extend((*way, step) for step in steps if step not in way)


def pathways(theory: Theory, *, limit: int = MAX_PATHWAYS) -> tuple[Path, ...]:
    """Return each way from an activity to an outcome or impact, as boxes in their order.

    At most `limit`; when there are more, every pair of activity and outcome keeps its first ways.
    `pathways_note` says how many there are.
    """
    pairs = [
        _ways(theory, start.id, end.id)
        for start in theory.nodes
        if start.section == "activities"
        for end in theory.nodes
        if end.section in ENDS
    ]
    chosen: list[list[Path]] = [[] for _ in pairs]
    waiting = list(range(len(pairs)))
    left = limit
    while waiting and left > 0:
        waiting = [at for at in waiting if _take(pairs[at], chosen[at])][:left]
        left = limit - sum(len(ways) for ways in chosen)
    return tuple(way for ways in chosen for way in ways)[:limit]


def _take(ways: Iterator[Path], chosen: list[Path]) -> bool:
    way = next(ways, None)
    if way is not None:
        chosen.append(way)
    return way is not None


def count_pathways(theory: Theory) -> int:
    """Return how many ways there are from activities to outcomes and impact, counted exactly."""
    before = _steps(theory)[0]
    section = {node.id: node.section for node in theory.nodes}
    ways: dict[str, int] = {}
    total = 0
    for id in TopologicalSorter(before).static_order():
        starts = 1 if section[id] == "activities" else 0
        arriving = sum(ways[step] for step in dict.fromkeys(before[id]))
        ways[id] = arriving + starts
        total += arriving if section[id] in ENDS else 0
    return total


def pathways_note(theory: Theory, *, limit: int = MAX_PATHWAYS) -> str:
    """Return a sentence on what `pathways` leaves out, or an empty string."""
    total, loops = count_pathways(theory), sum(link.loop for link in theory.links)
    said = []
    if total > limit:
        said.append(f"There are {total:,} pathways; {limit:,} of them are shown.")
    if loops:
        count = "1 feedback loop is" if loops == 1 else f"{loops} feedback loops are"
        said.append(f"{count} not part of any pathway.")
    return " ".join(said)


def unmarked_circles(theory: Theory) -> tuple[Path, ...]:
    """Return circles in which no link is marked as a loop: one for each knot of boxes.

    Each begins so that its last link (back to its first box) is the one that runs against the
    order of the boxes, which is the likeliest to be the feedback.
    """
    before, after = _steps(theory)
    order = {node.id: at for at, node in enumerate(theory.nodes)}
    seen: set[str] = set()
    found = []
    for id in order:
        knot = set() if id in seen else _reached(before, id) & _reached(after, id)
        if knot:
            seen |= knot
            inside = {one: [step for step in after[one] if step in {id, *knot}] for one in after}
            found.append(_circle(inside, id, order))
    return tuple(found)


def _circle(knot: Steps, first: str, order: dict[str, int]) -> Path:
    """Return a shortest circle through `first`, found in the order of the file."""
    before: dict[str, str] = {}
    waiting = [first]
    for id in waiting:
        for step in sorted(knot[id], key=order.__getitem__):
            if step == first:
                return _back(before, id, first)
            if step not in before:
                before[step] = id
                waiting.append(step)
    return (first,)


def _back(before: dict[str, str], last: str, first: str) -> Path:
    way = [last]
    while way[-1] != first:
        way.append(before[way[-1]])
    return tuple(reversed(way))


def feedback_loops(theory: Theory) -> tuple[tuple[Link, tuple[Path, ...]], ...]:
    """Return each link marked as a loop, with the ways it feeds (from its target to its source).

    No way at all means that the link closes no circle: it may not be a feedback loop.
    """
    return tuple(
        (link, paths(theory, link.target, link.source, limit=20))
        for link in theory.links
        if link.loop
    )


def orphans(theory: Theory) -> Path:
    """Return the boxes that no link touches."""
    touched = {end for link in theory.links for end in (link.source, link.target)}
    return tuple(node.id for node in theory.nodes if node.id not in touched)


def gaps(theory: Theory) -> tuple[tuple[Link, tuple[Section, ...]], ...]:
    """Return links that jump over sections which have boxes, with the sections jumped over."""
    column = {section: at for at, section in enumerate(columns(theory))}
    found = []
    for link in _forward(theory):
        start, end = (column[theory.node(id).section] for id in (link.source, link.target))
        over = columns(theory)[start + 1 : end]
        if over:
            found.append((link, over))
    return tuple(found)


def against_order(theory: Theory) -> tuple[Link, ...]:
    """Return links that run back to an earlier section without being marked as a loop."""
    place = {node.id: SECTIONS.index(node.section) for node in theory.nodes}
    return tuple(link for link in _forward(theory) if place[link.target] < place[link.source])


def activities_without_outcome(theory: Theory) -> Path:
    """Return the activities from which no way leads to an outcome or impact."""
    ends = {node.id for node in theory.nodes if node.section in ENDS}
    return tuple(
        node.id
        for node in theory.nodes
        if node.section == "activities" and not ends.intersection(effects(theory, node.id))
    )


def outcomes_without_activity(theory: Theory) -> Path:
    """Return the outcomes and impacts that no activity leads to."""
    starts = {node.id for node in theory.nodes if node.section == "activities"}
    return tuple(
        node.id
        for node in theory.nodes
        if node.section in ENDS and not starts.intersection(causes(theory, node.id))
    )


def d_separated(
    theory: Theory, first: Collection[str], second: Collection[str], given: Collection[str] = ()
) -> bool:
    """Return True when the theory implies that `first` and `second` are unrelated given `given`.

    Moral graph of the ancestors (Lauritzen, Dawid, Larsen and Leimer 1990, proposition 3). Loops
    are left out.
    """
    return _separated(_graph(theory), set(first), set(second), set(given))


def _separated(graph: Any, first: set[str], second: set[str], given: set[str]) -> bool:
    import networkx as nx

    wanted = first | second | given
    above = wanted.union(*(nx.ancestors(graph, id) for id in sorted(wanted)))
    part = graph.subgraph(above)
    moral = part.to_undirected()
    for id in part:
        moral.add_edges_from(combinations(sorted(part.predecessors(id)), 2))
    moral.remove_nodes_from(given)
    left = first - given
    return not any(second & nx.node_connected_component(moral, id) for id in sorted(left))


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What to hold constant so that `target` shows the effect of `source`, if the theory holds.

    Attributes
    ----------
    source, target : str
        The boxes.
    sets : tuple of tuple of str
        Smallest sufficient sets, fewest boxes first; ``((),)`` means nothing need be held
        constant, an empty tuple that no set of the boxes allowed will do.
    never : tuple of str
        Boxes on the way or beyond it: holding them constant hides a part of the effect.
    left_out : tuple of str
        Feedback loops, which no such rule covers.
    because : str
        In words.
    """

    source: str
    target: str
    sets: tuple[Path, ...]
    never: Path
    left_out: tuple[str, ...]
    because: str


def adjustment_sets(
    theory: Theory, source: str, target: str, *, observed: Collection[str] | None = None
) -> Adjustment:
    """Find what to hold constant by the back-door criterion (Pearl 2009, definition 3.3.1).

    Only boxes that lead to `source` or `target` and are no effects of `source` can belong to a
    smallest set (van der Zander, Liskiewicz and Textor 2014). Causes that are not in the theory
    are not seen.

    Parameters
    ----------
    theory : Theory
        Loops are left out, and named in the answer.
    source, target : str
        Boxes.
    observed : collection of str, optional
        Boxes that are measured and may be used; all by default.
    """
    beyond = {source, *effects(theory, source)}
    may = [
        id
        for id in _in_order(theory, {*causes(theory, source), *causes(theory, target)} - beyond)
        if observed is None or id in observed
    ]
    graph = _graph(theory).copy()
    graph.remove_edges_from(list(graph.out_edges(source)))
    sets = _smallest(graph, source, target, may)
    loops = tuple(link.id for link in theory.links if link.loop)
    never = _in_order(theory, beyond - {source, target})
    return Adjustment(source, target, sets, never, loops, _adjustment_words(sets, loops))


def _smallest(graph: Any, source: str, target: str, may: list[str]) -> tuple[Path, ...]:
    found: list[Path] = []
    for size in range(min(len(may), MAX_ADJUSTMENT) + 1):
        for chosen in combinations(may, size):
            if any(set(less) <= set(chosen) for less in found):
                continue
            if _separated(graph, {source}, {target}, set(chosen)):
                found.append(chosen)
        if size == 0 and found:
            break
    return tuple(found)


def _adjustment_words(sets: tuple[Path, ...], loops: tuple[str, ...]) -> str:
    if not sets:
        said = "No set of the boxes that may be used is enough."
    elif sets == ((),):
        said = "By this theory nothing need be held constant."
    else:
        choices = "; or ".join(", ".join(names) for names in sets)
        said = f"By this theory it is enough to hold constant: {choices}."
    return said + (f" Left out of this, as feedback loops: {', '.join(loops)}." if loops else "")
