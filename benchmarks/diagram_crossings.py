"""Crossings in the theory diagram against Graphviz ``dot``, on twenty generated theories.

Each theory has 30 boxes in five or six columns and 45 links to later columns, one in three of them
over more than one gap. Both programs get the same columns (in dot: ``rank=same``, left to right).

Counted are the crossings of what is really drawn. Our curves and dot's splines are both turned
into short straight pieces, and every pair of links that crosses counts as often as it crosses;
meetings within eight pixels of an end the two links share do not count. A second, stricter count
of dot would be that of its own layers, but dot does not print the places of its invisible boxes.

Run: python benchmarks/diagram_crossings.py
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from itertools import combinations, pairwise

from evalkit.theory.layout import lay_out
from evalkit.theory.model import SECTIONS, Link, Node, Theory
from evalkit.theory.routes import sample

GRAPHS, BOXES, LINKS = 20, 30, 45
NEAR_END = 8.0
CURVE_STEPS = 24


def theory_of(seed: int) -> Theory:
    """Return a generated theory; the same seed gives the same theory."""
    chance = random.Random(seed)
    sections = SECTIONS[: 5 + seed % 2]
    place = [at % len(sections) for at in range(BOXES)]
    pairs: dict[tuple[int, int], None] = {}
    while len(pairs) < LINKS:
        source, target = chance.sample(range(BOXES), 2)
        step = place[target] - place[source]
        if step == 1 or (step > 1 and chance.random() < 0.3):
            pairs[source, target] = None
    nodes = [Node(f"n{at}", sections[place[at]], f"Box number {at}") for at in range(BOXES)]
    nodes.sort(key=lambda node: SECTIONS.index(node.section))
    links = tuple(Link(f"n{source}", f"n{target}") for source, target in pairs)
    return Theory("", tuple(nodes), links)


def our_lines(theory: Theory) -> dict[tuple[str, str], list[tuple[float, float]]]:
    routes = {route.link: sample(route, CURVE_STEPS) for route in lay_out(theory).routes}
    return {(link.source, link.target): routes[link.id] for link in theory.links}


def dot_lines(theory: Theory) -> dict[tuple[str, str], list[tuple[float, float]]]:
    sections = list(dict.fromkeys(node.section for node in theory.nodes))
    rows = ["digraph { rankdir=LR; node [shape=box, width=2, height=0.6, fixedsize=true];"]
    # a chain of unseen boxes keeps the columns apart and in order
    rows.append(" -> ".join(f"c{at}" for at in range(len(sections))) + " [style=invis];")
    for at, section in enumerate(sections):
        members = "; ".join(node.id for node in theory.nodes if node.section == section)
        rows.append(f"{{ rank=same; c{at} [style=invis, width=0.01, height=0.01]; {members}; }}")
    rows += [f"{link.source} -> {link.target};" for link in theory.links]
    done = subprocess.run(
        ["dot", "-Tjson"], input="\n".join([*rows, "}"]), capture_output=True, text=True, check=True
    )
    drawn = json.loads(done.stdout)
    names = {each["_gvid"]: each["name"] for each in drawn["objects"] if "nodes" not in each}
    lines = {}
    for edge in drawn["edges"]:
        ends = (names[edge["tail"]], names[edge["head"]])
        if "pos" in edge and not ends[0].startswith("c"):
            lines[ends] = spline(edge["pos"])
    return lines


def spline(position: str) -> list[tuple[float, float]]:
    """Return points along dot's spline, written as ``e,x,y x,y x,y ...``."""
    words = [word for word in position.split() if word[0] not in "es"]
    controls = [tuple(float(part) for part in word.split(",")) for word in words]
    points = [controls[0]]
    for at in range(0, len(controls) - 3, 3):
        a, b, c, d = controls[at : at + 4]
        for step in range(1, CURVE_STEPS + 1):
            t = step / CURVE_STEPS
            s = 1 - t
            points.append(
                tuple(
                    s**3 * a[i] + 3 * s * s * t * b[i] + 3 * s * t * t * c[i] + t**3 * d[i]
                    for i in (0, 1)
                )
            )
    return points


def crossings(lines: dict[tuple[str, str], list[tuple[float, float]]]) -> int:
    total = 0
    for (ends, line), (others, other) in combinations(sorted(lines.items()), 2):
        shared = [line[0]] if ends[0] == others[0] else []
        shared += [line[-1]] if ends[1] == others[1] else []
        total += sum(not any(near(point, end) for end in shared) for point in meetings(line, other))
    return total


def near(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return abs(a[0] - b[0]) + abs(a[1] - b[1]) < NEAR_END


def meetings(line, other):
    """Yield the points where two chains of straight pieces cross."""
    for a, b in pairwise(line):
        for c, d in pairwise(other):
            if max(a[0], b[0]) < min(c[0], d[0]) or max(c[0], d[0]) < min(a[0], b[0]):
                continue
            point = meeting(a, b, c, d)
            if point:
                yield point


def meeting(a, b, c, d):
    across = (b[0] - a[0]) * (d[1] - c[1]) - (b[1] - a[1]) * (d[0] - c[0])
    if across == 0:
        return None
    t = ((c[0] - a[0]) * (d[1] - c[1]) - (c[1] - a[1]) * (d[0] - c[0])) / across
    u = ((c[0] - a[0]) * (b[1] - a[1]) - (c[1] - a[1]) * (b[0] - a[0])) / across
    # half-open, so that a crossing at a joint of two pieces counts once
    return (
        (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])) if 0 <= t < 1 and 0 <= u < 1 else None
    )


def main() -> int:
    if shutil.which("dot") is None:
        print("Graphviz `dot` is needed: apt-get install graphviz")
        return 2
    ours_total = dot_total = 0
    spent = 0.0
    print("graph  ours   dot  ours, layers only")
    for seed in range(GRAPHS):
        theory = theory_of(seed)
        start = time.process_time()
        layers = lay_out(theory).crossings
        spent += time.process_time() - start
        ours, dot = crossings(our_lines(theory)), crossings(dot_lines(theory))
        ours_total, dot_total = ours_total + ours, dot_total + dot
        print(f"{seed:5}  {ours:4}  {dot:4}  {layers:4}")
    print(f"total  {ours_total:4}  {dot_total:4}")
    print(f"One layout of ours takes {spent / GRAPHS:.3f} s of processor time on average.")
    return 0 if ours_total <= dot_total else 1


if __name__ == "__main__":
    sys.exit(main())
