"""Where on a box's side each link leaves or arrives, so that no two share a point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evalkit.theory.columns import Columns, Place, Side

End = tuple[str, Literal["out", "in"]]
"""A link's id, and which of its ends is meant."""

STEP = 13.0  # at most this far apart
INSET = 7.0  # from the corners


@dataclass(frozen=True, slots=True)
class Ports:
    """The ends on each side of each box, from top to bottom."""

    sides: dict[tuple[Place, Side], tuple[End, ...]]

    def most(self, place: Place) -> int:
        """Return the number of ends on the fuller side of a box."""
        return max(len(self.sides.get((place, side), ())) for side in ("left", "right"))

    def offsets(self, heights: dict[Place, float]) -> dict[End, float]:
        """Return how far below the middle of its box each end lies."""
        found = {}
        for (place, _), ends in self.sides.items():
            step = min(STEP, (heights[place] - 2 * INSET) / max(len(ends) - 1, 1))
            for at, end in enumerate(ends):
                found[end] = (at - (len(ends) - 1) / 2) * step
        return found


def spread_ports(columns: Columns) -> Ports:
    """Sort the ends on each side so that links of one box do not cross each other.

    From top to bottom: arcs that go up (near before far), feedback that goes up, links to other
    columns in the order of their other ends, feedback that goes down, arcs that go down.
    """
    ranks = columns.ranks()
    sides: dict[tuple[Place, Side], list[tuple[tuple[float, ...], End]]] = {}

    def add(place: Place, side: Side, key: tuple[float, ...], end: End) -> None:
        sides.setdefault((place, side), []).append((key, end))

    for line in columns.across:
        add(line.chain[0], "right", (3, ranks[line.chain[1]]), (line.link, "out"))
        add(line.chain[-1], "left", (3, ranks[line.chain[-2]]), (line.link, "in"))
    for arc in columns.beside:
        rise = ranks[arc.end] - ranks[arc.start]
        add(arc.start, arc.side, _arc_key(rise), (arc.link, "out"))
        add(arc.end, arc.side, _arc_key(-rise), (arc.link, "in"))
    for back in columns.back:
        group = 2 if back.lane == "top" else 4
        reach = back.start[0] - back.end[0]
        add(back.start, "right", (group, reach), (back.link, "out"))
        add(back.end, "left", (group, reach), (back.link, "in"))
    return Ports({at: tuple(end for _, end in sorted(ends)) for at, ends in sides.items()})


def _arc_key(rise: int) -> tuple[float, ...]:
    """Return the key of an arc whose other end lies `rise` places lower (below zero: higher)."""
    return (1, -rise) if rise < 0 else (5, -rise)
