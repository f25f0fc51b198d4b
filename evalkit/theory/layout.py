"""Where everything of the diagram stands: boxes in columns, links routed around them.

A layered layout whose layers are declared (the sections), after Sugiyama, Tagawa and Toda (1981):
a long link passes a column through a lane of its own between the boxes, so that no link runs
through a box. Feedback runs through a lane outside, links inside a column bow out at the side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evalkit.theory.columns import Columns, Place, arrange
from evalkit.theory.model import Section, Theory
from evalkit.theory.placing import Pull, place_columns
from evalkit.theory.ports import INSET, End, Ports, spread_ports
from evalkit.theory.routes import Frame, Gap, Route, gaps_for, give_tracks, route_all
from evalkit.theory.wrap import wrap

BOX_WIDTH = 144.0
TYPE_SIZE = 13.0
LINE_HEIGHT = 16.0
PADDING = 9.0
PORT_ROOM = 11.0
MOST_LINES = 8
HEADING = 40.0
MARGIN = 14.0
LANE_STEP = 17.0
BOX_SPACE, LANE_SPACE = 20.0, 13.0
LANE_HEIGHT = 2.0
LONG_WEIGHT = 8.0

Words = Mapping[str, tuple[tuple[str, ...], bool]]


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the diagram: its node, its corner and size, and its words broken into lines.

    ``cut`` is True when some of the words did not fit.
    """

    id: str
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A section with the left edge and width of its column."""

    section: Section
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole diagram: size, columns, boxes and routes.

    ``crossings`` counts the crossings of links between columns; arcs inside a column and
    feedback lanes are not counted.
    """

    width: float
    height: float
    columns: tuple[Column, ...]
    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]
    crossings: int


def lay_out(theory: Theory, *, gap_width: float = 84.0, seed: int = 0) -> Layout:
    """Lay a theory out.

    Parameters
    ----------
    theory : Theory
        Links whose ends are not among its boxes are left out.
    gap_width : float
        Least space between two columns, in pixels.
    seed : int
        Of the search for an order with few crossings.
    """
    columns = arrange(theory, seed=seed)
    ports, tracks = spread_ports(columns), give_tracks(columns)
    room = BOX_WIDTH - 2 * PADDING
    words = {node.id: wrap(node.words, TYPE_SIZE, room, MOST_LINES) for node in theory.nodes}
    heights = _heights(columns, ports, words)
    offsets = ports.offsets(heights)
    outside, top, lowest = _outer_lanes(columns)
    middles = _middles(columns, heights, offsets, top)
    bottom = max((middle + heights[at] / 2 for at, middle in middles.items()), default=top)
    gaps = gaps_for(columns, tracks, gap_width)
    lefts = _lefts(gaps)
    frame = Frame(
        gaps,
        lefts,
        BOX_WIDTH,
        {
            end: middles[place] + offsets[end]
            for (place, _), ends in ports.sides.items()
            for end in ends
        },
        middles,
        {link: bottom + below if below > 0 else top + below for link, below in outside.items()},
        tracks,
    )
    return Layout(
        width=MARGIN + sum(gap.width for gap in gaps) + BOX_WIDTH * len(lefts) + MARGIN,
        height=bottom + lowest + MARGIN + 4,
        columns=tuple(
            Column(section, x, BOX_WIDTH)
            for section, x in zip(columns.sections, lefts, strict=True)
        ),
        boxes=_boxes(columns, lefts, middles, heights, words),
        routes=route_all(columns, frame),
        crossings=columns.crossings,
    )


def _heights(columns: Columns, ports: Ports, words: Words) -> dict[Place, float]:
    heights = {}
    for at, ids in enumerate(columns.items):
        for item, id in enumerate(ids):
            text = len(words[id][0]) * LINE_HEIGHT + 2 * PADDING if id else LANE_HEIGHT
            ends = (ports.most((at, item)) - 1) * PORT_ROOM + 2 * INSET if id else 0.0
            heights[at, item] = max(text, ends)
    return heights


def _middles(
    columns: Columns,
    heights: Mapping[Place, float],
    offsets: Mapping[End, float],
    top: float,
) -> dict[Place, float]:
    """Return the height of the middle of every box and lane, the highest edge being `top`."""
    pulls: list[list[Pull]] = [[] for _ in columns.sections[1:]]
    for line in columns.across:
        last = len(line.chain) - 1
        for step, ((at, item), (_, following)) in enumerate(
            zip(line.chain, line.chain[1:], strict=False)
        ):
            leave = offsets[line.link, "out"] if step == 0 else 0.0
            arrive = offsets[line.link, "in"] if step == last - 1 else 0.0
            inner = (step > 0) + (step < last - 1)
            weight = (1.0, LONG_WEIGHT / 3, LONG_WEIGHT)[inner]
            pulls[at].append(Pull(item, following, leave, arrive, weight))
    by_column = [
        [heights[at, item] for item in range(len(ids))] for at, ids in enumerate(columns.items)
    ]
    spaces = [[BOX_SPACE if id else LANE_SPACE for id in ids] for ids in columns.items]
    placed = place_columns(columns.orders, by_column, spaces, pulls)
    middles = {(at, item): y for at, column in enumerate(placed) for item, y in enumerate(column)}
    highest = min((y - heights[at] / 2 for at, y in middles.items()), default=0.0)
    return {at: round(y - highest + top, 1) for at, y in middles.items()}


def _outer_lanes(columns: Columns) -> tuple[dict[str, float], float, float]:
    """Return each feedback link's lane (above the top: below zero), the top, the room below."""
    shortest = sorted(columns.back, key=lambda back: (back.start[0] - back.end[0], back.link))
    above = [back.link for back in shortest if back.lane == "top"]
    below = [back.link for back in shortest if back.lane == "bottom"]
    lanes = {link: -LANE_STEP * (at + 1) for at, link in enumerate(above)}
    lanes |= {link: LANE_STEP * (at + 1) for at, link in enumerate(below)}
    top = MARGIN + HEADING + LANE_STEP * len(above)
    return lanes, top, LANE_STEP * len(below)


def _lefts(gaps: tuple[Gap, ...]) -> list[float]:
    lefts, x = [], MARGIN
    for gap in gaps[:-1]:
        x += gap.width
        lefts.append(x)
        x += BOX_WIDTH
    return lefts


def _boxes(
    columns: Columns,
    lefts: list[float],
    middles: Mapping[Place, float],
    heights: Mapping[Place, float],
    words: Words,
) -> tuple[Box, ...]:
    return tuple(
        Box(
            id,
            lefts[at],
            middles[at, item] - heights[at, item] / 2,
            BOX_WIDTH,
            heights[at, item],
            *words[id],
        )
        for at, ids in enumerate(columns.items)
        for item, id in enumerate(ids)
        if id
    )
