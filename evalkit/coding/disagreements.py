"""The places where coders disagree most, in the words they disagree about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from evalkit.coding.coefficients import Integers
from evalkit.coding.compared import Codes, compare, masi
from evalkit.coding.model import Codebook, Coding, Source
from evalkit.coding.ratings import MISSING
from evalkit.coding.units import Unit

Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A unit that coders coded differently.

    Attributes
    ----------
    source, start, end, quote : str, int, int, str
        Where, and the words of the unit.
    codes : mapping of str to tuple of str
        The codes each coder gave it who was given the source; empty for none.
    marked : mapping of str to tuple of str
        The words each coder marked there.
    distance : float
        Mean MASI distance of the pairs of coders: 1 where no two share a code.
    """

    source: str
    start: int
    end: int
    quote: str
    codes: Mapping[str, tuple[str, ...]]
    marked: Mapping[str, tuple[str, ...]]
    distance: float


def disagreements(
    codings: Sequence[Coding],
    sources: Sequence[Source],
    codebook: Codebook,
    *,
    unit: Unit = "sentence",
    double_coded: Collection[str] = (),
    code: str = "",
    top: int = 20,
) -> tuple[Disagreement, ...]:
    """Return the units on which coders differ most, the worst first.

    Parameters
    ----------
    codings, sources, codebook, unit, double_coded
        As for `agreement`.
    code : str, optional
        Only disagreements about whether a unit has this code.
    top : int
        At most so many.

    Returns
    -------
    tuple of Disagreement
        By mean distance, then by how many codes are in dispute, then in the order of the sources.
    """
    compared = compare(codings, sources, codebook, unit, double_coded)
    texts = {source.id: source.text for source in sources}
    found = []
    for at in np.flatnonzero(_differing(compared.sets)):
        chosen = {
            coder: compared.combinations[number]
            for coder, number in zip(compared.coders, compared.sets[:, at], strict=True)
            if number != MISSING
        }
        if not code or 0 < sum(code in codes for codes in chosen.values()) < len(chosen):
            found.append((-_distance(list(chosen.values())), -_disputed(chosen), int(at), chosen))
    found.sort(key=lambda it: it[:3])
    order = {code: at for at, code in enumerate(codebook.by_id)}
    kept = [(compared.spans[at], chosen, -far) for far, _, at, chosen in found[:top]]
    marks = _marks(codings, [span for span, _, _ in kept])
    return tuple(
        Disagreement(
            source=span[0],
            start=span[1],
            end=span[2],
            quote=texts[span[0]][span[1] : span[2]],
            codes={who: _ordered(codes, order) for who, codes in chosen.items()},
            marked={who: marks.get((span, who), ()) for who in chosen},
            distance=far,
        )
        for span, chosen, far in kept
    )


def _differing(sets: Integers) -> NDArray[np.bool_]:
    """Return the units on which two coders who were given them differ."""
    here = sets != MISSING
    low = np.where(here, sets, sets.max(initial=0) + 1).min(axis=0, initial=sets.max(initial=0) + 1)
    high = sets.max(axis=0, initial=MISSING)
    differing: NDArray[np.bool_] = (here.sum(axis=0) > 1) & (low < high)
    return differing


def _distance(chosen: Sequence[Codes]) -> float:
    apart = [masi(one, other) for one, other in combinations(chosen, 2)]
    return round(sum(apart) / len(apart), 9)


def _disputed(chosen: Mapping[str, Codes]) -> int:
    """Return how many codes some gave and others did not."""
    sets = list(chosen.values())
    return len(frozenset().union(*sets) - sets[0].intersection(*sets))


def _ordered(codes: Codes, order: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(sorted(codes, key=lambda code: (order.get(code, len(order)), code)))


def _marks(
    codings: Sequence[Coding], spans: Sequence[Place]
) -> dict[tuple[Place, str], tuple[str, ...]]:
    """Return the different passages that each coder marked in each of the spans."""
    by_source: dict[str, list[Coding]] = {}
    for coding in codings:
        by_source.setdefault(coding.segment.source, []).append(coding)
    found: dict[tuple[Place, str], dict[tuple[int, int], str]] = {}
    for span in spans:
        for coding in by_source.get(span[0], ()):
            segment = coding.segment
            if segment.start < span[2] and span[1] < segment.end and coding.origin != "rule":
                mine = found.setdefault((span, coding.coder), {})
                mine[segment.start, segment.end] = segment.quote
    return {key: tuple(mine[at] for at in sorted(mine)) for key, mine in found.items()}
