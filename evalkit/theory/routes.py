"""The way each link takes through the gaps, lanes and margins of the diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from evalkit.theory.columns import Back, Beside, Columns, Side

Point = tuple[float, float]
Segment = tuple[Point, ...]
"""Two points: a straight line. Four points: a cubic Bezier curve."""

ARROW = 9.0
TRACK = 12.0
OUT_ROOM = 9.0
IN_ROOM = 17.0
CORNER = 6.0
EMPTY = 0.4  # a gap that nothing crosses may be this much narrower
CROWD_FROM, CROWD_STEP, CROWD_MOST = 8, 2.5, 70.0


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one link, from the edge of its source to where its arrowhead begins.

    ``kind`` is "across" (to a later column), "beside" (inside a column) or "back" (feedback).
    """

    link: str
    kind: Literal["across", "beside", "back"]
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap between two columns (or a margin): strips for upright tracks, and what lies between.

    ``left`` and ``right`` are the widths of the strips beside the columns on either side.
    """

    left: float
    middle: float
    right: float

    @property
    def width(self) -> float:
        """Return the whole width."""
        return self.left + self.middle + self.right


@dataclass(frozen=True, slots=True)
class Tracks:
    """For each link that runs upright beside a column: which track it has, from the boxes outward.

    Keys are the link, the column and the side of the column.
    """

    number: Mapping[tuple[str, int, Side], int]
    count: Mapping[tuple[int, Side], int]


def give_tracks(columns: Columns) -> Tracks:
    """Give upright runs a track each, short ones next to the boxes, none on top of another."""
    ranks = columns.ranks()
    far = 1_000_000  # beyond every rank: feedback runs to the edge of the diagram
    runs: dict[tuple[int, Side], list[tuple[int, int, str]]] = {}
    for arc in columns.beside:
        low, high = sorted((ranks[arc.start], ranks[arc.end]))
        runs.setdefault((arc.start[0], arc.side), []).append((low, high, arc.link))
    for back in columns.back:
        ends: tuple[tuple[int, Side, int], ...] = (
            (back.start[0], "right", ranks[back.start]),
            (back.end[0], "left", ranks[back.end]),
        )
        for at, side, rank in ends:
            run = (-far, rank, back.link) if back.lane == "top" else (rank, far, back.link)
            runs.setdefault((at, side), []).append(run)
    number: dict[tuple[str, int, Side], int] = {}
    for (at, side), found in runs.items():
        taken: list[tuple[int, int, int]] = []
        for low, high, link in sorted(found, key=lambda run: (run[1] - run[0], run)):
            busy = {track for start, end, track in taken if start <= high and low <= end}
            track = next(each for each in range(len(found)) if each not in busy)
            taken.append((low, high, track))
            number[link, at, side] = track
    count = {
        where: 1 + max(number[run[2], *where] for run in found) for where, found in runs.items()
    }
    return Tracks(number, count)


def gaps_for(columns: Columns, tracks: Tracks, least: float) -> tuple[Gap, ...]:
    """Return the left margin, the gap after each column but the last, and the right margin."""
    last = len(columns.sections) - 1
    crossing = [0] * (last + 2)
    for line in columns.across:
        for at, _ in line.chain[1:]:
            crossing[at] += 1
    gaps = []
    for at in range(last + 2):
        left = TRACK * tracks.count.get((at - 1, "right"), 0)
        right = TRACK * tracks.count.get((at, "left"), 0)
        crowd = min(CROWD_MOST, CROWD_STEP * max(0, crossing[at] - CROWD_FROM))
        inner = 0 < at <= last
        gaps.append(
            Gap(
                left + OUT_ROOM if inner or left else 0.0,
                max(0.0, least * (1 if crossing[at] else EMPTY) - OUT_ROOM - IN_ROOM + crowd)
                if inner
                else 0.0,
                right + IN_ROOM if inner or right else 0.0,
            )
        )
    return tuple(gaps)


@dataclass(frozen=True, slots=True)
class Frame:
    """All that is needed to draw a route: edges of columns, heights of ends and lanes."""

    gaps: Sequence[Gap]
    lefts: Sequence[float]
    box_width: float
    ends: Mapping[tuple[str, str], float]
    lanes: Mapping[tuple[int, int], float]
    outside: Mapping[str, float]
    tracks: Tracks

    def right(self, at: int) -> float:
        """Return the right edge of a column."""
        return self.lefts[at] + self.box_width

    def track(self, link: str, at: int, side: Side) -> float:
        """Return where a link runs upright beside a column."""
        number = self.tracks.number[link, at, side]
        if side == "right":
            return self.right(at) + OUT_ROOM + TRACK * number + TRACK / 2
        return self.lefts[at] - IN_ROOM - TRACK * number - TRACK / 2


def route_all(columns: Columns, frame: Frame) -> tuple[Route, ...]:
    """Return the route of every link."""
    across = [
        Route(line.link, "across", _across(line.link, line.chain, frame)) for line in columns.across
    ]
    beside = [Route(arc.link, "beside", _beside(arc, frame)) for arc in columns.beside]
    back = [Route(each.link, "back", _back(each, frame)) for each in columns.back]
    return (*across, *beside, *back)


def _across(link: str, chain: Sequence[tuple[int, int]], frame: Frame) -> tuple[Segment, ...]:
    here: Point = (frame.right(chain[0][0]), frame.ends[link, "out"])
    segments: list[Segment] = []
    for (at, _), (following, item) in pairwise(chain):
        gap, last = frame.gaps[following], (following, item) == chain[-1]
        height = frame.ends[link, "in"] if last else frame.lanes[following, item]
        leave = (frame.right(at) + gap.left, here[1])
        arrive = (frame.lefts[following] - gap.right, height)
        middle = (leave[0] + arrive[0]) / 2
        there = (frame.lefts[following] - ARROW if last else frame.right(following), height)
        curve = (leave, (middle, leave[1]), (middle, height), arrive)
        segments += [(here, leave), curve, (arrive, there)]
        here = there
    return tuple(segments)


def _beside(arc: Beside, frame: Frame) -> tuple[Segment, ...]:
    at = arc.start[0]
    edge = frame.right(at) if arc.side == "right" else frame.lefts[at]
    outward = 1 if arc.side == "right" else -1
    start, end = frame.ends[arc.link, "out"], frame.ends[arc.link, "in"]
    upright = frame.track(arc.link, at, arc.side)
    if arc.side == "right":  # the arrowhead needs its room here, too
        upright = max(upright, edge + ARROW + CORNER + 2)
    corners = [(edge, start), (upright, start), (upright, end), (edge + outward * ARROW, end)]
    return rounded(corners)


def _back(back: Back, frame: Frame) -> tuple[Segment, ...]:
    start, end = frame.ends[back.link, "out"], frame.ends[back.link, "in"]
    outer = frame.outside[back.link]
    first = frame.track(back.link, back.start[0], "right")
    second = frame.track(back.link, back.end[0], "left")
    return rounded(
        [
            (frame.right(back.start[0]), start),
            (first, start),
            (first, outer),
            (second, outer),
            (second, end),
            (frame.lefts[back.end[0]] - ARROW, end),
        ]
    )


def rounded(corners: Sequence[Point]) -> tuple[Segment, ...]:
    """Join points by straight lines, and round the corners between them."""
    segments: list[Segment] = []
    here = corners[0]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        radius = min(CORNER, _length(before, corner) / 2, _length(corner, after) / 2)
        enter, leave = _toward(corner, before, radius), _toward(corner, after, radius)
        segments += [(here, enter), (enter, corner, corner, leave)]
        here = leave
    return (*segments, (here, corners[-1]))


def _length(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])  # all runs are level or upright


def _toward(a: Point, b: Point, distance: float) -> Point:
    length = _length(a, b) or 1.0
    return (a[0] + (b[0] - a[0]) * distance / length, a[1] + (b[1] - a[1]) * distance / length)


def point_on(segment: Segment, t: float) -> Point:
    """Return the point of a segment at `t` between 0 and 1."""
    if len(segment) == 2:
        (ax, ay), (bx, by) = segment
        return (ax + (bx - ax) * t, ay + (by - ay) * t)
    s = 1 - t
    weights = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
    return (
        sum(weight * x for weight, (x, _) in zip(weights, segment, strict=True)),
        sum(weight * y for weight, (_, y) in zip(weights, segment, strict=True)),
    )


def sample(route: Route, steps: int = 16) -> list[Point]:
    """Return points along a route: ends of straight lines, and `steps` along each curve."""
    points = [route.segments[0][0]]
    for segment in route.segments:
        count = 1 if len(segment) == 2 else steps
        points += [point_on(segment, step / count) for step in range(1, count + 1)]
    return points
