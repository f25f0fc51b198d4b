"""Replacing words in a text, and where each place of it then stands, there and back."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """Words put in the place of others.

    Attributes
    ----------
    start, end : int
        Code points of the old text, half open.
    old, new : str
        The words before and after.
    kind : str
        What was replaced: ``name`` or a kind of identifier.
    """

    start: int
    end: int
    old: str
    new: str
    kind: str = "name"


@dataclass(frozen=True, slots=True)
class Shift:
    """What edits that do not overlap do to places; `starts` ... are of the old and the new text."""

    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    new_starts: tuple[int, ...] = ()
    new_ends: tuple[int, ...] = ()

    def back(self) -> Shift:
        """Return the shift from the new text to the old one."""
        return Shift(self.new_starts, self.new_ends, self.starts, self.ends)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a span then stands; an end inside replaced words moves out of them."""
        return self._moved(start, first=True), self._moved(end, first=False)

    def _moved(self, place: int, *, first: bool) -> int:
        at = bisect_left(self.ends, place)  # edits that end before the place
        if at < len(self.ends) and self.starts[at] < place < self.ends[at]:
            return self.new_starts[at] if first else self.new_ends[at]
        done = bisect_right(self.ends, place)
        return place if not done else self.new_ends[done - 1] + place - self.ends[done - 1]


def shift_of(edits: Sequence[Edit]) -> Shift:
    """Return what edits, in order, do to places."""
    new_starts, new_ends, by = [], [], 0
    for edit in edits:
        new_starts.append(edit.start + by)
        new_ends.append(edit.start + by + len(edit.new))
        by += len(edit.new) - (edit.end - edit.start)
    starts, ends = tuple(edit.start for edit in edits), tuple(edit.end for edit in edits)
    return Shift(starts, ends, tuple(new_starts), tuple(new_ends))


def applied(text: str, edits: Iterable[Edit]) -> str:
    """Return the text after edits that are in order and do not overlap."""
    parts, at = [], 0
    for edit in edits:
        parts += [text[at : edit.start], edit.new]
        at = edit.end
    return "".join([*parts, text[at:]])
