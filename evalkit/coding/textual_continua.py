"""Agreement on units and their codes in whole texts: Krippendorff's alphas of 2016.

Krippendorff, Mathet, Bouvry and Widlöcher (2016), "On the reliability of unitizing textual
continua: further developments", Quality & Quantity 50, 2347-2364. This is another statistic than
the one of 2004 (`unitising_alpha`): lengths that coincide are counted, not squared differences of
borders.

Every coder cuts a text into units, each with a category, and gaps. For each pair of categories
(a gap is one) the length on which two coders have them is the observed coincidence. By chance a
category meets another in proportion to their lengths, where a unit is a whole and cannot meet
itself: the squares of the units' lengths, and the plain lengths of gaps, are taken off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from evalkit.coding.coefficients import Floats, Statistic, resampled, whole_blocks
from evalkit.coding.estimated import NO_PAIR, NO_VARIATION, Resampling, with_interval
from evalkit.coding.model import ONE_CODER, Agreement
from evalkit.coding.unitising import NO_UNITS, Continuum
from evalkit.errors import CodingError


def u_alpha(
    continua: Sequence[Continuum], *, resampling: Resampling | None = None, binary: bool = False
) -> Agreement:
    """Agreement on where units are and which category they have (2016 form).

    Parameters
    ----------
    continua : sequence of Continuum
        One a source. The interval comes from resampling them whole.
    resampling : Resampling, optional
    binary : bool
        Whether a stretch is a unit or not is all that counts, whatever its category.

    Returns
    -------
    Agreement

    Raises
    ------
    CodingError
        A unit is empty or outside its text, or two of one coder overlap.

    Examples
    --------
    >>> text = Continuum({"ann": [(10, 40, "home")], "ben": [(12, 40, "home")]}, 0, 100)
    >>> round(u_alpha([text]).value, 3)
    0.954
    """
    name = "Krippendorff's unitising alpha (2016)"
    parts = _parts(continua, merged=binary)
    start = _start(name + ", units against gaps" if binary else name, continua, parts)

    def value(blocks: Floats) -> Floats:
        return _one_minus(_sum(blocks, parts.met), _sum(blocks, parts.alone))

    return _estimated(start, parts, value, resampling or Resampling())


def cu_alpha(
    continua: Sequence[Continuum], category: str = "", *, resampling: Resampling | None = None
) -> Agreement:
    """Agreement on the categories of stretches that several coders marked (2016: cu-alpha).

    What only one coder marked does not count: this says how well codes are told apart once people
    agree that something is to be coded. Read it beside `u_alpha`, and with its coverage, which the
    note gives.

    Parameters
    ----------
    continua, resampling
        As for `u_alpha`.
    category : str, optional
        Only how well this one is told apart from the others.

    Returns
    -------
    Agreement

    Raises
    ------
    CodingError
        As for `u_alpha`.

    Notes
    -----
    With more than two coders a point of a unit counts by the share of the others who marked it,
    and so does the length of the unit that is taken off for not meeting itself.
    """
    parts = _parts(continua)
    start = _start("Krippendorff's cu-alpha (2016)", continua, parts)
    start = replace(start, code=category)
    at = parts.categories.index(category) if category in parts.categories else None
    if category and at is None:
        return replace(start, reason=f"nothing was coded `{category}`: agreement not known")

    def value(blocks: Floats) -> Floats:
        met, alone = _sum(blocks, parts.met[:, 1:, 1:]), _sum(blocks, parts.alone_marked[:, 1:])
        return _one_minus(met, alone) if at is None else _of_one(met, alone, at)

    found = _estimated(start, parts, value, resampling or Resampling())
    if found.value is None:
        return found
    share = parts.met[:, 1:, 1:].sum() / parts.met.sum()
    note = f"Rests on the {share:.0%} of the text that coders marked together."
    return replace(found, note=" ".join(filter(None, (note, found.note))))


@dataclass(frozen=True, slots=True)
class Parts:
    """What each text adds to the coincidences; the gap is the first category.

    Attributes
    ----------
    categories : tuple of str
        Without the gap.
    met : array, texts x (1 + categories) x (1 + categories)
        Lengths on which one coder has the row's category and another the column's.
    alone : array, texts x (1 + categories)
        Squared lengths of units, plain lengths of gaps.
    alone_marked : array, texts x (1 + categories)
        The same of what others marked too; the gap's is zero.
    """

    categories: tuple[str, ...]
    met: Floats
    alone: Floats
    alone_marked: Floats


Sections = Mapping[str, Sequence[tuple[int, int, str]]]


def coincidences(sections: Sections, categories: Sequence[str]) -> tuple[Floats, Floats, Floats]:
    """Count the coincidences of coders' sections, units and gaps (category ``""``) alike.

    Parameters
    ----------
    sections : mapping of str to sequence of (int, int, str)
        For each coder of one text, start, end and category of units and gaps.
    categories : sequence of str
        Without the gap.

    Returns
    -------
    tuple of array
        What `Parts` holds of one text.
    """
    number = {"": 0, **{name: at for at, name in enumerate(categories, start=1)}}
    edges = np.unique([edge for mine in sections.values() for it in mine for edge in it[:2]])
    lengths = np.diff(edges).astype(float)
    names = np.full((len(sections), len(lengths)), -1)
    for coder, mine in enumerate(sections.values()):
        for start, end, name in mine:
            names[coder, slice(*np.searchsorted(edges, [start, end]))] = number[name]
    sums = np.array([(names == at).sum(axis=0) for at in range(len(number))], dtype=float)
    met = (sums * lengths) @ sums.T - np.diag(sums @ lengths)
    others = max(len(sections) - 1, 1)
    alone, marked = np.zeros(len(number)), np.zeros(len(number))
    for coder, mine in enumerate(sections.values()):
        shared = lengths * (sums[1:].sum(axis=0) - (names[coder] > 0)) / others
        for start, end, name in mine:
            at = number[name]
            alone[at] += (end - start) ** 2 if at else end - start
            here = slice(*np.searchsorted(edges, [start, end]))
            marked[at] += shared[here].sum() ** 2 if at else 0.0
    return met / others, alone, marked


def _parts(continua: Sequence[Continuum], *, merged: bool = False) -> Parts:
    sections = [
        {coder: _sections(coder, units, it, merged=merged) for coder, units in it.units.items()}
        for it in continua
        if len(it.units) > 1
    ]
    names = tuple(
        sorted({name for it in sections for mine in it.values() for _, _, name in mine} - {""})
    )
    size = 1 + len(names)
    found = [coincidences(it, names) for it in sections]
    return Parts(
        names,
        np.array([it[0] for it in found]).reshape(-1, size, size),
        np.array([it[1] for it in found]).reshape(-1, size),
        np.array([it[2] for it in found]).reshape(-1, size),
    )


def _sections(
    coder: str, units: Sequence[tuple[int, int, str]], continuum: Continuum, *, merged: bool
) -> list[tuple[int, int, str]]:
    """Return a coder's units and the gaps between them, in order."""
    begin, end = continuum.begin, continuum.end
    ordered = sorted(units)
    for start, stop, name in ordered:
        if not begin <= start < stop <= end:
            wrong = f"{coder}'s unit {start}-{stop} of `{name}` is empty or outside {begin}-{end}."
            raise CodingError(wrong, do="Give the text that was coded as `begin` and `end`.")
    for first, second in pairwise(ordered):
        if second[0] < first[1]:
            wrong = f"Units of {coder} overlap at {second[0]} (`{first[2]}` and `{second[2]}`)."
            do = "Compare codes that exclude each other, or one code at a time; join its overlaps."
            raise CodingError(wrong, do=do)
    found, at = [], begin
    for start, stop, name in ordered:
        if at < start:
            found.append((at, start, ""))
        found.append((start, stop, "unit" if merged else name))
        at = stop
    if at < end:
        found.append((at, end, ""))
    return found


def _start(name: str, continua: Sequence[Continuum], parts: Parts) -> Agreement:
    coders = {coder for it in continua for coder in it.units}
    marked = sum(len(mine) for it in continua for mine in it.units.values())
    paired = sum(len(mine) for it in continua if len(it.units) > 1 for mine in it.units.values())
    reason = NO_UNITS if not parts.categories else ""
    if len(parts.met) == 0:
        reason = ONE_CODER if len(coders) < 2 else NO_PAIR
    return Agreement(
        coefficient=name,
        value=None,
        low=None,
        high=None,
        n_units=marked,
        n_coders=len(coders),
        n_pairable=paired,
        reason=reason,
        unit="character",
    )


def _estimated(
    start: Agreement, parts: Parts, statistic: Statistic, resampling: Resampling
) -> Agreement:
    start = replace(start, level=resampling.confidence)
    if start.reason:
        return start
    size = len(parts.met)
    value = float(statistic(np.ones((1, size)))[0])
    if np.isnan(value):
        return replace(start, reason=NO_VARIATION)

    def drawn() -> Floats:
        return resampled(statistic, whole_blocks(size), resampling.draws, resampling.seed)

    return with_interval(start, value, size, drawn, resampling)


def _sum(blocks: Floats, of_texts: Floats) -> Floats:
    summed: Floats = np.tensordot(blocks, of_texts, axes=1)
    return summed


def _one_minus(met: Floats, alone: Floats) -> Floats:
    """Return 1 - observed/expected disagreement; undefined where nothing can disagree."""
    totals = met.sum(axis=2)
    whole = totals.sum(axis=1)
    same = np.einsum("scc->s", met)
    chance = whole**2 - (totals**2).sum(axis=1)
    possible = whole**2 - alone.sum(axis=1)
    varied = (chance > 0) & (possible > 0)
    values = np.full(len(met), np.nan)
    seen = (whole - same)[varied] / whole[varied]
    values[varied] = 1 - seen * possible[varied] / chance[varied]
    return values


def _of_one(met: Floats, alone: Floats, at: int) -> Floats:
    """Return the (k)u-alpha of one category: its row of the coincidences alone."""
    totals = met.sum(axis=2)
    own, whole = totals[:, at], totals.sum(axis=1)
    chance = own * (whole - own)
    possible = own * whole - alone[:, at]
    varied = (chance > 0) & (possible > 0)
    values = np.full(len(met), np.nan)
    seen = (own - met[:, at, at])[varied] / own[varied]
    values[varied] = 1 - seen * possible[varied] / chance[varied]
    return values
