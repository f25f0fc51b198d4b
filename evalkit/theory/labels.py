"""Where the short words on the links stand: on their own link, off boxes and other words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from evalkit.theory.layout import Layout
from evalkit.theory.routes import Point, Route, point_on, sample
from evalkit.theory.wrap import width_of

LABEL_SIZE = 11.0
LABEL_HEIGHT = 14.0
_SIDE = 4.0
_ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82, 0.1, 0.9)
_LANE_ALONG = (0.5, 0.3, 0.7)
_SWEEPS = 3
_ON_BOX, _ON_LABEL, _ON_HEAD, _ON_LINK, _OFF_MIDDLE = 400.0, 60.0, 30.0, 4.0, 6.0
_HEAD = 6.0  # half an arrowhead


@dataclass(frozen=True, slots=True)
class Label:
    """Words on a link, and the rectangle (middle, width, height) they fill."""

    link: str
    words: str
    x: float
    y: float
    width: float
    height: float = LABEL_HEIGHT


def place_labels(layout: Layout, words: Mapping[str, str]) -> tuple[Label, ...]:
    """Place words on links.

    Parameters
    ----------
    layout : Layout
        Boxes and routes.
    words : mapping of str to str
        Words by link; links without words get none.
    """
    routes = {route.link: route for route in layout.routes if words.get(route.link)}
    lines = {route.link: sample(route) for route in layout.routes}
    choices = {link: _choices(layout, route, words[link], lines) for link, route in routes.items()}
    order = sorted(choices, key=lambda link: (len(choices[link]), link))
    placed: dict[str, Label] = {}
    for _ in range(_SWEEPS):
        for link in order:
            others = [label for other, label in placed.items() if other != link]
            placed[link] = min(
                choices[link], key=lambda each: each[0] + _on_others(each[1], others)
            )[1]
    return tuple(placed[link] for link in routes)


def _choices(
    layout: Layout, route: Route, words: str, lines: Mapping[str, Sequence[Point]]
) -> list[tuple[float, Label]]:
    """Return each place the words could have, with what speaks against it."""
    width = width_of(words, LABEL_SIZE, bold=True) + 2 * _SIDE
    others = [points for link, points in lines.items() if link != route.link]
    found = []
    for (x, y), off in _anchors(route, width):
        label = Label(route.link, words, x, y, width)
        cost = off * _OFF_MIDDLE + _ON_LINK * sum(_runs_under(points, label) for points in others)
        cost += sum(
            _ON_BOX
            for box in layout.boxes
            if _overlap(label, box.x + box.width / 2, box.y + box.height / 2, box.width, box.height)
        )
        cost += _ON_HEAD * sum(_covers(label, points[-1]) for points in lines.values())
        inside = width / 2 <= x <= layout.width - width / 2
        found.append((cost + (0 if inside else _ON_BOX), label))
    return found


def _anchors(route: Route, width: float) -> list[tuple[Point, float]]:
    """Return points on a route where words may be centred, and how far off the middle each is."""
    found = []
    for segment in route.segments:
        length = abs(segment[0][0] - segment[-1][0]) + abs(segment[0][1] - segment[-1][1])
        if len(segment) == 4 and length > width / 2:
            found += [(point_on(segment, t), abs(t - 0.5)) for t in _ALONG]
        elif len(segment) == 2 and length > width and route.kind != "beside":
            found += [(point_on(segment, t), 0.3 + abs(t - 0.5)) for t in _LANE_ALONG]
        elif route.kind == "beside" and segment[0][0] == segment[-1][0]:
            away = width / 2 + 3 if segment[0][0] > route.segments[0][0][0] else -width / 2 - 3
            spots = [(point_on(segment, t), abs(t - 0.5)) for t in _ALONG]
            found += [((x + away, y), off) for (x, y), off in spots]
            found += [(spot, 2 + off) for spot, off in spots]
    longest = max(route.segments, key=lambda each: abs(each[0][0] - each[-1][0]))
    return found or [(point_on(longest, 0.5), 0.0)]


def _runs_under(points: Sequence[Point], label: Label) -> bool:
    wide, high = label.width / 2, label.height / 2
    for (ax, ay), (bx, by) in pairwise(points):
        if max(ax, bx) < label.x - wide or min(ax, bx) > label.x + wide:
            continue
        if max(ay, by) > label.y - high and min(ay, by) < label.y + high:
            return True
    return False


def _covers(label: Label, end: Point) -> bool:
    return (
        abs(label.x - end[0]) < label.width / 2 + _HEAD
        and abs(label.y - end[1]) < label.height / 2 + _HEAD
    )


def _on_others(label: Label, others: Sequence[Label]) -> float:
    return sum(
        _ON_LABEL
        for other in others
        if _overlap(label, other.x, other.y, other.width, other.height)
    )


def _overlap(label: Label, x: float, y: float, width: float, height: float) -> bool:
    across = abs(label.x - x) < (label.width + width) / 2
    return across and abs(label.y - y) < (label.height + height) / 2
