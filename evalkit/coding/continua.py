"""From codings to the units that coders cut from each text."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from evalkit.coding.compared import given_to
from evalkit.coding.model import Coding, Source
from evalkit.coding.text.tokens import merged
from evalkit.coding.unitising import Continuum


def continua(
    codings: Sequence[Coding],
    sources: Sequence[Source],
    *,
    codes: Collection[str] = (),
    given: Mapping[str, Collection[str]] | None = None,
    double_coded: Collection[str] = (),
) -> tuple[Continuum, ...]:
    """Return what every coder marked in every source, for the unitising coefficients.

    Passages of one coder and code that overlap are joined. Codes that can overlap each other, as
    most can, are compared one at a time: give one as `codes`; several must exclude each other.

    Parameters
    ----------
    codings, sources
        The project's; codings by rules are left out.
    codes : collection of str
        Only these; by default all.
    given, double_coded
        Who was given what, as in `Comparison`.

    Returns
    -------
    tuple of Continuum
        One a source that anybody was given.
    """
    codings = [it for it in codings if it.origin != "rule"]
    coders = tuple(sorted({it.coder for it in codings} | set(given or ())))
    had = given_to(codings, coders, double_coded, given)
    spans: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    for it in codings:
        at = it.segment
        if (not codes or it.code in codes) and at.start < at.end:
            spans.setdefault((at.source, it.coder, it.code), []).append((at.start, at.end))
    units: dict[tuple[str, str], list[tuple[int, int, str]]] = {}
    for (source, coder, code), found in sorted(spans.items()):
        mine = units.setdefault((source, coder), [])
        mine += [(start, end, code) for start, end in merged(found)]
    return tuple(
        Continuum(
            {coder: sorted(units.get((source.id, coder), [])) for coder in sorted(had[source.id])},
            0,
            len(source.text),
        )
        for source in sources
        if had.get(source.id)
    )
