"""Codes that come together: on the same words, one inside the other, or near by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import pandas as pd

from evalkit.coding.model import Case, Codebook, Coding
from evalkit.coding.queries.heard import Passage, passages
from evalkit.errors import CodingError, nearest

How = Literal["overlap", "containment", "near"]
_HOW = ("overlap", "containment", "near")


def cooccurrence(
    codings: Iterable[Coding],
    codebook: Codebook,
    cases: Sequence[Case] = (),
    *,
    how: How = "overlap",
    within: int = 200,
) -> pd.DataFrame:
    """Count which codes come together, by passage, by source and by case.

    One talkative person can make two codes seem tied together: read the number of cases first.

    Parameters
    ----------
    codings, codebook, cases
        The project's.
    how : {"overlap", "containment", "near"}
        Passages share a character; the first lies wholly inside the second; they lie apart, at
        most `within` characters.
    within : int
        Only for ``near``.

    Returns
    -------
    pandas.DataFrame
        ``first``, ``second``, ``segments`` (pairs of passages), ``sources`` and ``cases`` in which
        such a pair occurs, and ``either`` and ``jaccard``: of the cases (or sources, when no cases
        are given) that have either code, how many have such a pair. Most cases first. For
        ``overlap`` and ``near`` the two codes stand in the order of the codebook.

    Raises
    ------
    CodingError
        There is no such way to come together.
    """
    if how not in _HOW:
        do = f"One of: {', '.join(_HOW)}.{nearest(str(how), _HOW)}"
        raise CodingError(f"Codes cannot come together by `{how}`.", do=do)
    found = passages(codings, codebook, cases)
    order = {code: at for at, code in enumerate(codebook.by_id)}
    found = tuple(it for it in found if it.code in order)
    pairs: dict[tuple[str, str], list[tuple[Passage, Passage]]] = {}
    for one, other in _pairs(found, how, within):
        first, second = one, other
        if how != "containment" and order[one.code] > order[other.code]:
            first, second = other, one
        pairs.setdefault((first.code, second.code), []).append((first, second))
    having: dict[str, set[str]] = {}
    for it in found:
        having.setdefault(it.code, set()).add(it.case if cases else it.source)
    rows = [_row(codes, together, having, bool(cases)) for codes, together in pairs.items()]
    rows.sort(key=lambda row: (-row[4], -row[3], -row[2], order[row[0]], order[row[1]]))
    names = ["first", "second", "segments", "sources", "cases", "either", "jaccard"]
    return pd.DataFrame(rows, columns=names)


def _pairs(found: Sequence[Passage], how: str, within: int) -> Iterator[tuple[Passage, Passage]]:
    """Yield pairs of passages of different codes in one source and case that come together."""
    reach = within if how == "near" else 0
    ordered = sorted(found, key=lambda it: (it.source, it.case, it.start, it.end, it.code))
    for at, one in enumerate(ordered):
        for other in ordered[at + 1 :]:
            same = (one.source, one.case) == (other.source, other.case)
            if not same or other.start > one.end + reach:
                break
            if one.code != other.code:
                yield from _together(one, other, how)


def _together(one: Passage, other: Passage, how: str) -> Iterator[tuple[Passage, Passage]]:
    """Yield the pair as it comes together; `other` does not begin before `one`."""
    if how == "near":
        if other.start >= one.end:
            yield one, other
    elif how == "overlap":
        if other.start < one.end:
            yield one, other
    else:
        if other.end <= one.end:
            yield other, one
        if other.start == one.start and one.end <= other.end:
            yield one, other


def _row(
    codes: tuple[str, str],
    together: Sequence[tuple[Passage, Passage]],
    having: dict[str, set[str]],
    with_cases: bool,  # noqa: FBT001 (says what `having` holds)
) -> tuple[str, str, int, int, int, int, float]:
    places = {(one.source, one.start, one.end, other.start, other.end) for one, other in together}
    sources = {one.source for one, _ in together}
    cases = {one.case for one, _ in together if one.case}
    either = (having[codes[0]] | having[codes[1]]) - {""}
    shared = len(cases if with_cases else sources)
    return (
        *codes,
        len(places),
        len(sources),
        len(cases),
        len(either),
        shared / max(len(either), 1),
    )
