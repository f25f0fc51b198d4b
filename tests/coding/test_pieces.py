"""From pieces to text."""

import pytest

from evalkit.coding.pieces import Mark, assemble, losses_of, new_heap

LINE, BLOCK, OPEN, CELL, ROW = Mark.LINE, Mark.BLOCK, Mark.OPEN, Mark.CELL, Mark.ROW


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([], ""),
        (["a", LINE, "b", LINE], "a\nb"),
        (["a", LINE, LINE, "b", LINE, LINE], "a\n\nb"),
        ([BLOCK, "a", BLOCK, BLOCK, "b"], "a\nb"),
        (["a", CELL, "b", CELL, ROW, "c", CELL, CELL, ROW], "a\tb\nc\t"),
        ([OPEN, "a", LINE, CELL, OPEN, "b", LINE, "c", LINE, CELL, ROW, "d"], "a\tb\nc\nd"),
        (["a", LINE, OPEN, CELL, OPEN, "b", CELL, ROW, OPEN, CELL, "c", CELL, ROW], "a\n\tb\n\tc"),
        (["", "a", ""], "a"),
        ([LINE, "a"], "\na"),
    ],
)
def test_assemble(pieces, text):
    assert assemble(pieces) == text


def test_losses_carry_their_reason_and_those_of_nothing_are_not_told():
    heap = new_heap()
    heap.left_out.update({"a": 2, "b": 0})
    heap.changed["c"] += 1
    found = losses_of(heap, {"a": "why a", "b": "why b", "c": "why c"})
    assert [(loss.kind, loss.why, loss.count, loss.severity) for loss in found] == [
        ("a", "why a", 2, "lost"),
        ("c", "why c", 1, "changed"),
    ]
