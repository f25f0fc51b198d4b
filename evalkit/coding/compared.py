"""What coders of the same texts did with each unit: the material of their agreement."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.coding.coefficients import Floats, Integers
from evalkit.coding.model import ONE_CODER, Agreement, Codebook, Coding, Segment, Source
from evalkit.coding.ratings import MISSING
from evalkit.coding.sentences import Span
from evalkit.coding.units import Unit, check_unit, cut

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
    sizes : array, units
        How many units each stands for: characters that all coders treat alike are one.
    spans : tuple of (str, int, int)
        Source, start and end of each.
    unit, note, reason : str
        What was compared, in words; which material; why nothing could be.
    """

    coders: tuple[str, ...]
    codes: tuple[str, ...]
    combinations: tuple[Codes, ...]
    sets: Integers
    groups: Integers
    sizes: Floats
    spans: tuple[tuple[str, int, int], ...]
    unit: str
    note: str
    reason: str = ""

    def has(self, code: str) -> Integers:
        """Return 1 for combinations with this code, 0 for the others, and -1 at place -1."""
        flags = [int(code in combination) for combination in self.combinations]
        return np.array([*flags, MISSING], dtype=np.int64)

    def ratings(self, code: str) -> Floats:
        """Return 1 where a coder gave a unit this code, 0 where not, NaN where not asked."""
        rated = self.has(code)[self.sets].astype(float)
        rated[rated == MISSING] = np.nan
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
    *,
    given: Mapping[str, Collection[str]] | None = None,
    spans: Sequence[Segment] = (),
) -> Compared:
    """Return what every coder did with every unit of the sources that two of them had.

    Parameters
    ----------
    codings, sources, codebook
        The project's. Codings of other sources, and those a rule made, are left out.
    unit : {"sentence", "paragraph", "turn", "token", "character", "given"}
        A unit has every code of a passage that shares a character with it.
    double_coded : collection of str
        Ids of sources that every coder read.
    given : mapping of str to collection of str, optional
        The sources that each coder was given. By default a coder was given those in which they
        coded something, which misses a source that somebody read and left blank.
    spans : sequence of Segment
        The units, when they are given.
    """
    check_unit(unit, spans)
    known = {source.id for source in sources}
    codings = [it for it in codings if it.segment.source in known and it.origin != "rule"]
    coders = tuple(sorted({it.coder for it in codings} | set(given or ())))
    had = given_to(codings, coders, double_coded, given)
    shared = [source for source in sources if len(had.get(source.id, ())) >= 2]
    mine: dict[str, list[Coding]] = {source.id: [] for source in shared}
    for coding in codings:
        if coding.coder in had.get(coding.segment.source, ()) and coding.segment.source in mine:
            mine[coding.segment.source].append(coding)
    parts = [_units_of(source, mine[source.id], spans, unit) for source in shared]
    combinations = tuple(
        sorted({codes for part in parts for codes in part.marked.values()} | _EMPTY, key=sorted)
    )
    used = {code for combination in combinations for code in combination}
    return Compared(
        coders=coders,
        codes=tuple(code for code in codebook.by_id if code in used),
        combinations=combinations,
        sets=_numbers(parts, coders, [had[source.id] for source in shared], combinations),
        groups=np.repeat(np.arange(len(parts)), [len(part.spans) for part in parts]),
        sizes=_sizes(parts, unit),
        spans=tuple((part.source, start, end) for part in parts for start, end in part.spans),
        unit=_UNIT_WORDS.get(unit, unit),
        note=_note(len(shared), unit) if shared else "",
        reason=_reason(coders, shared=bool(shared)),
    )


def nothing_compared(coefficient: str, compared: Compared, confidence: float) -> Agreement:
    """Return the `Agreement` without value that says why nothing was compared."""
    return Agreement(
        coefficient=coefficient,
        value=None,
        low=None,
        high=None,
        n_units=0,
        n_coders=len(compared.coders),
        n_pairable=0,
        reason=compared.reason,
        unit=compared.unit,
        level_of_measurement="sets of codes (MASI)",
        level=confidence,
    )


_EMPTY = {Codes()}
_UNIT_WORDS = {"given": "given unit"}


@dataclass(frozen=True, slots=True)
class _Part:
    """One source: its units, and the codes where somebody put any (by coder and unit)."""

    source: str
    spans: tuple[Span, ...]
    marked: Mapping[tuple[str, int], Codes]


def given_to(
    codings: Iterable[Coding],
    coders: tuple[str, ...],
    double_coded: Collection[str],
    given: Mapping[str, Collection[str]] | None,
) -> dict[str, set[str]]:
    """Return the coders that were given each source: told, double coded, or seen coding in it."""
    had = {id: set(coders) for id in double_coded}
    if given is None:
        for coding in codings:
            had.setdefault(coding.segment.source, set()).add(coding.coder)
    for coder, ids in (given or {}).items():
        for id in ids:
            had.setdefault(id, set()).add(coder)
    return had


def _units_of(
    source: Source, codings: Sequence[Coding], given: Sequence[Segment], unit: Unit
) -> _Part:
    edges = (edge for it in codings for edge in (it.segment.start, it.segment.end))
    mine = [(it.start, it.end) for it in given if it.source == source.id]
    spans = cut(source, unit, mine, edges)
    found: dict[tuple[str, int], set[str]] = {}
    for coding in codings:
        for at in _touched(spans, coding.segment.start, coding.segment.end):
            found.setdefault((coding.coder, at), set()).add(coding.code)
    return _Part(source.id, spans, {key: frozenset(codes) for key, codes in found.items()})


def _touched(spans: tuple[Span, ...], start: int, end: int) -> range:
    """Return which spans share a character with start to end; spans are sorted and apart."""
    first = bisect_left(spans, start + 1, key=lambda span: span[1])
    last = bisect_left(spans, end, key=lambda span: span[0])
    return range(first, last)


def _numbers(
    parts: Sequence[_Part],
    coders: tuple[str, ...],
    had: Sequence[Collection[str]],
    combinations: tuple[Codes, ...],
) -> Integers:
    number = {combination: at for at, combination in enumerate(combinations)}
    tables = [np.empty((len(coders), 0), dtype=np.int64)]
    for part, mine in zip(parts, had, strict=True):
        table = np.full((len(coders), len(part.spans)), MISSING, dtype=np.int64)
        for at, coder in enumerate(coders):
            if coder in mine:
                table[at] = number[Codes()]
        for (coder, unit), codes in part.marked.items():
            table[coders.index(coder), unit] = number[codes]
        tables.append(table)
    joined: Integers = np.concatenate(tables, axis=1)
    return joined


def _sizes(parts: Sequence[_Part], unit: Unit) -> Floats:
    lengths = [end - start if unit == "character" else 1 for it in parts for start, end in it.spans]
    return np.array(lengths, dtype=float)


def _note(count: int, unit: Unit) -> str:
    which = "the one source" if count == 1 else f"the {count} sources"
    return f"Compared: every {_UNIT_WORDS.get(unit, unit)} of {which} that two coders had."


def _reason(coders: tuple[str, ...], *, shared: bool) -> str:
    if len(coders) == 1:
        return ONE_CODER
    if not coders:
        return "nothing is coded: agreement not known"
    return "" if shared else "no source was coded by two coders: agreement not known"
