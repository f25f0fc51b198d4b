"""What coders of the same texts did with each sentence: the material of their agreement."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evalkit.coding.coefficients import Floats, Integers
from evalkit.coding.model import Codebook, Coding, Source
from evalkit.coding.ratings import MISSING
from evalkit.coding.sentences import Span, paragraphs, sentences

Unit = Literal["sentence", "paragraph"]
Codes = frozenset[str]


@dataclass(frozen=True, slots=True)
class Compared:
    """The codes that each coder gave each unit of the material that two coders had.

    Attributes
    ----------
    coders, codes : tuple of str
        Who coded; codes used in this material, in the order of the codebook.
    combinations : tuple of frozenset of str
        The sets of codes that occur.
    sets : array of int, coders x units
        Number of the combination, -1 where the coder was not given the unit's source.
    groups : array of int, units
        Number of the source.
    unit, note, reason : str
        What was compared, in words; which material; why nothing could be.
    """

    coders: tuple[str, ...]
    codes: tuple[str, ...]
    combinations: tuple[Codes, ...]
    sets: Integers
    groups: Integers
    unit: str
    note: str
    reason: str = ""

    def ratings(self, code: str) -> Floats:
        """Return 1 where a coder gave a unit this code, 0 where not, NaN where not asked."""
        has = np.array([float(code in combination) for combination in self.combinations])
        rated: Floats = np.where(self.sets == MISSING, np.nan, has[self.sets])
        return rated

    def distance(self) -> Floats:
        """Return the MASI distance of every two combinations."""
        return np.array([[masi(a, b) for b in self.combinations] for a in self.combinations])


def masi(a: Codes, b: Codes) -> float:
    """Return the MASI distance of two sets: 1 - Jaccard x monotonicity.

    Passonneau (2006), "Measuring agreement on set-valued items (MASI)": monotonicity is 1 for
    equal sets, 2/3 when one holds the other, 1/3 when they share something, else 0.
    """
    if a == b:
        return 0.0
    shared = a & b
    if not shared:
        return 1.0
    monotone = 2 / 3 if shared in (a, b) else 1 / 3
    return 1 - len(shared) / len(a | b) * monotone


def compare(
    codings: Sequence[Coding],
    sources: Sequence[Source],
    codebook: Codebook,
    unit: Unit = "sentence",
    double_coded: Collection[str] = (),
) -> Compared:
    """Return what every coder did with every unit of the sources that two of them had."""
    known = {source.id for source in sources}
    codings = [coding for coding in codings if coding.segment.source in known]
    coders = tuple(sorted({coding.coder for coding in codings}))
    given = _given(codings, coders, double_coded)
    shared = [source for source in sources if len(given.get(source.id, ())) >= 2]
    columns: list[list[Codes | None]] = []
    groups: list[int] = []
    for number, source in enumerate(shared):
        here = [coding for coding in codings if coding.segment.source == source.id]
        for row in _units_of(source, here, coders, given[source.id], unit):
            columns.append(row)
            groups.append(number)
    combinations = _combinations(columns)
    used = {code for combination in combinations for code in combination}
    return Compared(
        coders=coders,
        codes=tuple(code for code in codebook.by_id if code in used),
        combinations=combinations,
        sets=_numbers(columns, combinations, len(coders)),
        groups=np.array(groups, dtype=np.int64),
        unit=unit,
        note=_note(len(shared), unit) if shared else "",
        reason=_reason(coders),
    )


def _given(
    codings: Iterable[Coding], coders: tuple[str, ...], double_coded: Collection[str]
) -> dict[str, set[str]]:
    given = {id: set(coders) for id in double_coded}
    for coding in codings:
        given.setdefault(coding.segment.source, set()).add(coding.coder)
    return given


def _units_of(
    source: Source,
    codings: list[Coding],
    coders: tuple[str, ...],
    given: set[str],
    unit: Unit,
) -> list[list[Codes | None]]:
    """Return for each unit of a source the codes of each coder (None: not given the source)."""
    spans = sentences(source.text) if unit == "sentence" else paragraphs(source.text)
    found: list[dict[str, set[str]]] = [{coder: set() for coder in given} for _ in spans]
    for coding in codings:
        for at in _touched(spans, coding.segment.start, coding.segment.end):
            found[at][coding.coder].add(coding.code)
    return [[frozenset(by[coder]) if coder in by else None for coder in coders] for by in found]


def _touched(spans: tuple[Span, ...], start: int, end: int) -> range:
    """Return which spans share a character with start to end; spans are sorted and apart."""
    first = bisect_left(spans, start + 1, key=lambda span: span[1])
    last = bisect_left(spans, end, key=lambda span: span[0])
    return range(first, last)


def _combinations(columns: list[list[Codes | None]]) -> tuple[Codes, ...]:
    seen = {codes for column in columns for codes in column if codes is not None}
    return tuple(sorted(seen, key=sorted))


def _numbers(
    columns: list[list[Codes | None]], combinations: tuple[Codes, ...], n_coders: int
) -> Integers:
    number = {combination: at for at, combination in enumerate(combinations)}
    rows: list[list[int]] = [
        [MISSING if codes is None else number[codes] for codes in column] for column in columns
    ]
    table: NDArray[np.int64] = np.array(rows, dtype=np.int64).reshape(len(rows), n_coders)
    return table.T


def _note(count: int, unit: Unit) -> str:
    which = "the one source" if count == 1 else f"the {count} sources"
    return f"Compared: every {unit} of {which} that two coders had."


def _reason(coders: tuple[str, ...]) -> str:
    if not coders:
        return "nothing is coded: agreement not known"
    return "no source was coded by two coders: agreement not known"
