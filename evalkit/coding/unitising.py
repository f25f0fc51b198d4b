"""Agreement on where units begin and end: Krippendorff's unitising alpha, in its 2004 form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, permutations
from typing import NamedTuple

import numpy as np

from evalkit.coding.coefficients import Floats, resampled, whole_blocks
from evalkit.coding.estimated import NO_PAIR, Resampling, with_interval
from evalkit.coding.model import ONE_CODER, Agreement
from evalkit.errors import CodingError

NO_UNITS = "no unit was marked: agreement not known"


@dataclass(frozen=True, slots=True)
class Continuum:
    """One text and the units its coders cut from it.

    Attributes
    ----------
    units : mapping of str to sequence of (int, int, str)
        For each coder who was given the text, their units: start, end (half open), category; empty
        for a coder who marked nothing.
    begin, end : int
        The text, half open.
    """

    units: Mapping[str, Sequence[tuple[int, int, str]]]
    begin: int
    end: int


class Section(NamedTuple):
    """A stretch of the continuum that is a unit, or a gap between units."""

    start: int
    size: int
    unit: bool


def unitising_alpha(
    units: Mapping[str, Sequence[tuple[int, int, str]]],
    begin: int,
    end: int,
    *,
    category: str = "",
    measured_in: str = "character",
) -> Agreement:
    """Krippendorff's unitising alpha (2004 form) of the units that coders cut from a continuum.

    Other statistics, with other values, go by the same name (the 2013 and 2016 forms). This one
    depends on the measure of length: print it.

    Parameters
    ----------
    units : mapping of str to sequence of (int, int, str)
        For each coder, their units: start, end (half open) and category. A coder who marked
        nothing has an empty sequence.
    begin, end : int
        The continuum, half open: the text that every coder was given.
    category : str, optional
        Only this one; by default all, their disagreements added up.
    measured_in : str
        What the numbers count: character, word, second ...

    Returns
    -------
    Agreement
        Value without interval (there is one continuum; see `pooled_unitising_alpha`), or the reason
        why there is none.

    Raises
    ------
    CodingError
        A unit is empty, lies outside the continuum, or overlaps another one of the same coder
        and category.

    References
    ----------
    Krippendorff, K. (2004). Content Analysis, second edition, pages 251 to 255.

    Examples
    --------
    >>> marked = {"ann": [(10, 40, "home")], "ben": [(10, 40, "home")]}
    >>> unitising_alpha(marked, 0, 100).value
    1.0
    """
    return pooled_unitising_alpha(
        [Continuum(units, begin, end)], category=category, measured_in=measured_in
    )


def pooled_unitising_alpha(
    continua: Sequence[Continuum],
    *,
    category: str = "",
    measured_in: str = "character",
    resampling: Resampling | None = None,
) -> Agreement:
    """Krippendorff's unitising alpha (2004 form) over several texts, with an interval.

    Observed and expected disagreements of the texts are added up, each weighted by the length of
    its text, as the book adds up those of categories; a unit meets by chance only units of its own
    text. With one text this is `unitising_alpha`.

    Parameters
    ----------
    continua : sequence of Continuum
        Texts that fewer than two coders were given do not count.
    category, measured_in
        As for `unitising_alpha`.
    resampling : Resampling, optional
        Whole texts are resampled.

    Returns
    -------
    Agreement

    Raises
    ------
    CodingError
        As for `unitising_alpha`.
    """
    resampling = resampling or Resampling()
    for it in continua:
        for coder, mine in it.units.items():
            _check(coder, mine, it.begin, it.end)
    shared = [it for it in continua if len(it.units) > 1]
    parts = np.array([_disagreements(it, category) for it in shared]).reshape(-1, 2)
    start = replace(_start(continua, category), unit=measured_in, level=resampling.confidence)
    if start.reason or not parts[:, 1].any():
        return replace(start, reason=start.reason or NO_UNITS)

    def statistic(blocks: Floats) -> Floats:
        observed, expected = (blocks @ parts).T
        values = np.full(len(blocks), np.nan)
        known = expected > 0
        values[known] = 1 - observed[known] / expected[known]
        return values

    def drawn() -> Floats:
        return resampled(statistic, whole_blocks(len(parts)), resampling.draws, resampling.seed)

    value = float(statistic(np.ones((1, len(parts))))[0])
    return with_interval(start, value, len(parts), drawn, resampling)


def _start(continua: Sequence[Continuum], category: str) -> Agreement:
    coders = {coder for it in continua for coder in it.units}
    counts = [
        (
            len(it.units) > 1,
            sum(category in ("", name) for mine in it.units.values() for *_, name in mine),
        )
        for it in continua
    ]
    shared = any(several for several, _ in counts)
    alone = ONE_CODER if len(coders) < 2 else NO_PAIR
    return Agreement(
        coefficient="Krippendorff's unitising alpha (2004)",
        value=None,
        low=None,
        high=None,
        n_units=sum(count for _, count in counts),
        n_coders=len(coders),
        n_pairable=sum(count for several, count in counts if several),
        reason="" if shared else alone,
        code=category,
    )


def _disagreements(continuum: Continuum, category: str) -> tuple[float, float]:
    """Return the observed and the expected disagreement, weighted by the text's length."""
    begin, end = continuum.begin, continuum.end
    found = sorted({name for mine in continuum.units.values() for _, _, name in mine})
    observed = expected = 0.0
    for name in [category] if category else found:
        sections = [_sections(mine, name, begin, end) for mine in continuum.units.values()]
        observed += _observed(sections, end - begin)
        expected += _expected(sections, end - begin)
    return observed * (end - begin), expected * (end - begin)


def _check(coder: str, units: Sequence[tuple[int, int, str]], begin: int, end: int) -> None:
    for start, stop, name in units:
        if not begin <= start < stop <= end:
            wrong = f"{coder}'s unit {start}-{stop} of `{name}` is empty or outside {begin}-{end}."
            raise CodingError(wrong, do="Give the text that was coded as `begin` and `end`.")
    ordered = sorted(units, key=lambda unit: (unit[2], unit[0]))
    for first, second in pairwise(ordered):
        if first[2] == second[2] and second[0] < first[1]:
            wrong = f"Two units of {coder} and `{first[2]}` overlap at {second[0]}."
            raise CodingError(wrong, do="Join units that overlap before comparing coders.")


def _sections(
    units: Sequence[tuple[int, int, str]], name: str, begin: int, end: int
) -> list[Section]:
    """Return one coder's continuum as units of one category and the gaps between them."""
    sections = []
    at = begin
    for start, stop, _ in sorted(unit for unit in units if unit[2] == name):
        if at < start:
            sections.append(Section(at, start - at, unit=False))
        sections.append(Section(start, stop - start, unit=True))
        at = stop
    if at < end:
        sections.append(Section(at, end - at, unit=False))
    return sections


def _difference(one: Section, other: Section) -> int:
    """Return the squared difference of two sections (Krippendorff 2004, p. 253)."""
    offset = one.start - other.start
    if one.unit and other.unit and -one.size < offset < other.size:
        return offset**2 + (offset + one.size - other.size) ** 2
    if one.unit and not other.unit and 0 <= offset <= other.size - one.size:
        return one.size**2
    if other.unit and not one.unit and 0 <= -offset <= one.size - other.size:
        return other.size**2
    return 0


def _observed(sections: list[list[Section]], length: int) -> float:
    total = sum(
        _difference(one, other)
        for first, second in permutations(sections, 2)
        for one in first
        for other in second
    )
    count = len(sections)
    return total / (count * (count - 1) * length**2) if count > 1 else 0.0


def _expected(sections: list[list[Section]], length: int) -> float:
    """Return the mean difference over all ways to place the sections (2004, p. 254).

    Two units of sizes a and b differ, summed over the offsets at which they overlap, by
    ``a (a-1) (2a-1) / 3 + b (b-1) (2b-1) / 3``; a unit of size a fits in a gap of size g in
    ``g - a + 1`` places and differs from it by ``a^2`` in each.
    """
    every = [section for mine in sections for section in mine]
    units = [section.size for section in every if section.unit]
    gaps = [section.size for section in every if not section.unit]
    total = 0.0
    for size in units:
        total += (len(units) - 1) / 3 * size * (size - 1) * (2 * size - 1)
        total += size**2 * sum(gap - size + 1 for gap in gaps if gap >= size)
    whole = len(sections) * length
    pairs = whole * (whole - 1) - sum(size * (size - 1) for size in units)
    return 2 / length * total / pairs if pairs else 0.0
