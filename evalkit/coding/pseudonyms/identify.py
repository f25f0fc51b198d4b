"""Identifiers of the United Kingdom in a text: found by their form, their checks, their company."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from evalkit.coding.pseudonyms.contact import (
    find_emails,
    find_phones,
    find_postcodes,
    find_streets,
)
from evalkit.coding.pseudonyms.dates import find_births
from evalkit.coding.pseudonyms.numbers import (
    find_laestabs,
    find_nhs_numbers,
    find_ninos,
    find_upns,
    find_urns,
)
from evalkit.errors import CodingError, nearest

Span = tuple[int, int]

IDENTIFIERS: dict[str, Callable[[str], Iterator[Span]]] = {
    "email": find_emails,
    "UPN": find_upns,
    "NINO": find_ninos,
    "NHS number": find_nhs_numbers,
    "phone": find_phones,
    "postcode": find_postcodes,
    "date of birth": find_births,
    "LAESTAB": find_laestabs,
    "URN": find_urns,
    "street": find_streets,
}
"""What is found, by kind. Where two overlap, the kind that stands first here is meant."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier in a text.

    Attributes
    ----------
    kind : str
        A key of `IDENTIFIERS`.
    start, end : int
        Code points, half open.
    words : str
        The words there.
    """

    kind: str
    start: int
    end: int
    words: str


def find_identifiers(
    text: str, kinds: Collection[str] | None = None, *, before: str = ""
) -> tuple[Identifier, ...]:
    """Return the identifiers in a text, in order and never overlapping.

    Parameters
    ----------
    text : str
    kinds : collection of str, optional
        Keys of `IDENTIFIERS`; all by default.
    before : str
        What stands before the text (the name of a column, say), which may tell what it is.

    Returns
    -------
    tuple of Identifier

    Raises
    ------
    CodingError
        There is no such kind.
    """
    wanted = checked(kinds)
    whole = f"{before}{text}"
    taken: list[Identifier] = []
    for kind, find in IDENTIFIERS.items():
        if kind in wanted:
            spans = sorted(set(find(whole)), key=lambda span: (span[0], -span[1]))
            taken += _free(kind, spans, whole, taken)
    skip = len(before)
    return tuple(
        Identifier(it.kind, it.start - skip, it.end - skip, it.words)
        for it in sorted(taken, key=lambda it: it.start)
        if it.start >= skip
    )


def checked(kinds: Collection[str] | None) -> Collection[str]:
    """Return the kinds wanted; refuse unknown ones."""
    for kind in kinds or ():
        if kind not in IDENTIFIERS:
            do = f"Kinds are: {', '.join(IDENTIFIERS)}.{nearest(kind, IDENTIFIERS)}"
            raise CodingError(f"There is no kind of identifier `{kind}`.", do=do)
    return IDENTIFIERS if kinds is None else kinds


def _free(kind: str, spans: list[Span], text: str, taken: list[Identifier]) -> list[Identifier]:
    """Return the spans of a kind that overlap nothing that is taken, nor each other."""
    held = sorted((it.start, it.end) for it in taken)
    starts = [start for start, _ in held]
    found: list[Identifier] = []
    last = 0
    for start, end in spans:
        at = bisect_left(starts, end)  # what is taken does not overlap: only its neighbour can
        if start >= last and (not at or held[at - 1][1] <= start):
            found.append(Identifier(kind, start, end, text[start:end]))
            last = end
    return found
