"""From the pieces a document's reader meets, in order, to its text.

Every format with paragraphs and tables is read as a list of pieces and put together here, so that
the same document gives the same text whichever program wrote it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from evalkit.coding.model import Loss


class Mark(Enum):
    """What ends here: a paragraph or line, a block, a cell of a table, a row."""

    LINE = "always begins a new line"
    BLOCK = "begins a new line unless one has just begun"
    OPEN = "begins a cell of a table"
    CELL = "ends a cell, with a tab"
    ROW = "ends a row of a table"


Piece = str | Mark


@dataclass(slots=True)
class Heap:
    """Pieces and losses of one document while it is being read."""

    pieces: list[Piece]
    left_out: Counter[str]
    changed: Counter[str]


def new_heap() -> Heap:
    """Return an empty heap."""
    return Heap([], Counter(), Counter())


def losses_of(heap: Heap, why: Mapping[str, str]) -> tuple[Loss, ...]:
    """Return what was counted on the heap as losses, with the reason of each kind."""
    return (
        *(Loss(kind, why[kind], count) for kind, count in sorted(heap.left_out.items()) if count),
        *(
            Loss(kind, why[kind], count, severity="changed")
            for kind, count in sorted(heap.changed.items())
            if count
        ),
    )


def assemble(pieces: Iterable[Piece]) -> str:
    """Return the text: paragraphs on lines, rows of tables on lines, cells parted by tabs.

    Blank paragraphs stay blank lines, except at the end. Several paragraphs in one cell stand on
    lines of their own.
    """
    out: list[str] = []
    fresh = True  # a line (or a cell) has just begun
    cell = 0  # where in `out` the last cell began
    for piece in pieces:
        if isinstance(piece, str):
            out += [piece] if piece else []
            fresh = piece.endswith("\n") if piece else fresh
            continue
        if piece is Mark.CELL:
            _drop(out, "\n", cell)
            out.append("\t")
        elif piece is Mark.ROW:
            _drop(out, "\t", 0)
            out.append("\n")
        elif piece is Mark.LINE or not fresh:
            out.append("\n")
        fresh = True
        cell = cell if piece in (Mark.LINE, Mark.BLOCK) else len(out)
    return "".join(out).rstrip("\n")


def _drop(out: list[str], last: str, since: int) -> None:
    """Take the line end off the end of a cell, or the tab off the end of a row."""
    if len(out) > since and out[-1] == last:
        out.pop()
