"""The theory sorted into columns: boxes, lanes for long links, and what runs outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evalkit.theory.graph import columns as used_sections
from evalkit.theory.model import Link, Section, Theory
from evalkit.theory.ordering import order_columns

Place = tuple[int, int]
"""Number of a column, number of an item in it."""

Lane = Literal["top", "bottom"]
Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Across:
    """A link to a later column: the places it runs through, from its source to its target."""

    link: str
    chain: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """A link inside a column, bowing out on one side of it."""

    link: str
    start: Place
    end: Place
    side: Side


@dataclass(frozen=True, slots=True)
class Back:
    """A link to an earlier column, which runs through a lane above or below everything."""

    link: str
    start: Place
    end: Place
    lane: Lane


@dataclass(frozen=True, slots=True)
class Columns:
    """Boxes and lanes by column, in their order, and the three kinds of links.

    Attributes
    ----------
    sections : tuple of str
        The sections shown, one a column.
    items : tuple of tuple of str
        For each column, ids of boxes; ``""`` is a lane of a long link.
    orders : tuple of tuple of int
        Items of each column from top to bottom.
    across, beside, back : tuple
        Links to a later, the same and an earlier column.
    crossings : int
        Crossings among links to later columns.
    """

    sections: tuple[Section, ...]
    items: tuple[tuple[str, ...], ...]
    orders: tuple[tuple[int, ...], ...]
    across: tuple[Across, ...]
    beside: tuple[Beside, ...]
    back: tuple[Back, ...]
    crossings: int

    def ranks(self) -> dict[Place, int]:
        """Return the rank, from the top, of each place in its column."""
        return {
            (at, item): rank
            for at, order in enumerate(self.orders)
            for rank, item in enumerate(order)
        }


def arrange(theory: Theory, *, seed: int = 0) -> Columns:
    """Sort the boxes into columns and find an order with few crossings."""
    sections = used_sections(theory)
    items: list[list[str]] = [
        [node.id for node in theory.nodes if node.section == section] for section in sections
    ]
    places = {id: (at, item) for at, ids in enumerate(items) for item, id in enumerate(ids)}
    links = [link for link in theory.links if {link.source, link.target} <= places.keys()]
    across = [
        Across(link.id, _chain(items, places[link.source], places[link.target]))
        for link in links
        if places[link.source][0] < places[link.target][0]
    ]
    joins: list[list[tuple[int, int]]] = [[] for _ in sections[1:]]
    for line in across:
        for (at, item), (_, following) in zip(line.chain, line.chain[1:], strict=False):
            joins[at].append((item, following))
    orders, crossings = order_columns([len(column) for column in items], joins, seed=seed)
    half_done = Columns(
        sections,
        tuple(tuple(column) for column in items),
        tuple(tuple(order) for order in orders),
        tuple(across),
        (),
        (),
        crossings,
    )
    return _with_outside(half_done, links, places)


def _chain(items: list[list[str]], start: Place, end: Place) -> tuple[Place, ...]:
    """Return the places of a link, adding a lane to each column it passes."""
    chain = [start]
    for at in range(start[0] + 1, end[0]):
        items[at].append("")
        chain.append((at, len(items[at]) - 1))
    return (*chain, end)


def _with_outside(columns: Columns, links: list[Link], places: dict[str, Place]) -> Columns:
    beside, back = [], []
    ranks = columns.ranks()
    for link in links:
        start, end = places[link.source], places[link.target]
        if start[0] == end[0] and start != end:
            beside.append(Beside(link.id, start, end, _side(columns, ranks, start, end)))
        elif start[0] > end[0]:
            depth = sum(
                (ranks[place] + 0.5) / len(columns.orders[place[0]]) for place in (start, end)
            )
            back.append(Back(link.id, start, end, "top" if depth <= 1 else "bottom"))
    return Columns(
        columns.sections,
        columns.items,
        columns.orders,
        columns.across,
        tuple(beside),
        tuple(back),
        columns.crossings,
    )


def _side(columns: Columns, ranks: dict[Place, int], start: Place, end: Place) -> Side:
    """Choose the side on which fewer links leave or reach the boxes in between."""
    low, high = sorted((ranks[start], ranks[end]))
    steps = [
        (here, there)
        for line in columns.across
        for here, there in zip(line.chain, line.chain[1:], strict=False)
    ]
    right = sum(here[0] == start[0] and low < ranks[here] < high for here, _ in steps)
    left = sum(there[0] == start[0] and low < ranks[there] < high for _, there in steps)
    return "left" if left < right else "right"
