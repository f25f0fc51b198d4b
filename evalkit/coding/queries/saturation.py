"""When new sources stop bringing new codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import comb

import pandas as pd

from evalkit.coding.model import Codebook, Coding, Source
from evalkit.coding.queries.heard import passages


def saturation(
    codings: Iterable[Coding],
    codebook: Codebook,
    sources: Sequence[Source],
    *,
    base: int = 4,
    run: int = 2,
) -> pd.DataFrame:
    """Count the new codes that each source brought, in the order given.

    Sources in which nothing is coded count: they brought nothing new. Saturation of codes says
    that this way of asking these people brings little new; it does not say that other people would
    not, nor that the codes are understood.

    Parameters
    ----------
    codings, codebook
        The project's.
    sources : sequence of Source
        In the order in which they were collected or coded.
    base, run : int
        The new information threshold compares the codes that the last `run` sources brought with
        all of the first `base` sources.

    Returns
    -------
    pandas.DataFrame
        One row a source: ``source``, ``codes`` (in it), ``new``, ``total`` (so far), ``expected``
        (the mean of ``total`` over all orders of the sources) and ``new_share`` (new codes of the
        last `run` sources by codes of the first `base`; at 5 % or less the authors speak of
        saturation). Codes whose first use was chance of order show where ``total`` and
        ``expected`` part.

    References
    ----------
    Guest, G., Namey, E. and Chen, M. (2020). A simple method to assess and report thematic
    saturation in qualitative research. PLoS ONE 15(5), e0232076. The expected curve is that of
    rarefaction: Colwell, R. K., Mao, C. X. and Chang, J. (2004). Ecology 85, 2717-2727.
    """
    used: dict[str, set[str]] = {source.id: set() for source in sources}
    for it in passages(codings, codebook):
        if it.source in used:
            used[it.source].add(it.code)
    seen: set[str] = set()
    new: list[int] = []
    totals: list[int] = []
    for codes in used.values():
        new.append(len(codes - seen))
        seen |= codes
        totals.append(len(seen))
    at_first = totals[base - 1] if len(totals) >= base else 0
    shares = [
        sum(new[at - run + 1 : at + 1]) / at_first if at_first and at >= base + run - 1 else None
        for at in range(len(new))
    ]
    return pd.DataFrame(
        {
            "source": list(used),
            "codes": [len(codes) for codes in used.values()],
            "new": new,
            "total": totals,
            "expected": _expected(list(used.values())),
            "new_share": pd.Series(shares, dtype=float),
        }
    )


def _expected(used: Sequence[set[str]]) -> list[float]:
    """Return the mean number of different codes in k sources drawn at random, k from 1 on."""
    n = len(used)
    often = [sum(code in codes for codes in used) for code in set().union(*used)]
    return [sum(1 - comb(n - times, k) / comb(n, k) for times in often) for k in range(1, n + 1)]
