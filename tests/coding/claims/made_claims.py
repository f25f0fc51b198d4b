"""Claims made by hand, for the tests of this folder."""

from __future__ import annotations

from evalkit.coding.model import Claim, Segment


def claim(source, cause, effect, sign="+", **fields):
    """Return a claim; its place does not matter here."""
    return Claim(Segment(source, 0, 1, "x"), cause, effect, sign, **fields)


def said(*links):
    """Return claims from lines such as ``s1 s2: a -> b``."""
    found = []
    for line in links:
        who, _, link = line.partition(": ")
        cause, _, effect = link.partition(" -> ")
        found += [claim(source, cause, effect) for source in who.split()]
    return found
