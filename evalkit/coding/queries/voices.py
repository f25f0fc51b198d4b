"""Whose words support a finding, and whose are missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from evalkit.coding.model import Case, Codebook, Coding
from evalkit.coding.queries.heard import Passage, passages, with_material
from evalkit.coding.queries.matrix import levels
from evalkit.coding.quotes import SIDES, Side
from evalkit.errors import CodingError, nearest


def voice_coverage(
    codings: Iterable[Coding],
    codebook: Codebook,
    cases: Sequence[Case],
    attribute: str,
    *,
    codes: Sequence[str] = (),
    link: str = "",
) -> pd.DataFrame:
    """Count, by kind of case, whose words bear on a finding.

    Parameters
    ----------
    codings, codebook, cases
        The project's; `speakers` makes cases of those who speak.
    attribute : str
        The attribute of cases that tells kinds apart, such as role or area.
    codes : sequence of str
        The codes the finding rests on.
    link : str
        Or the link it is about, ``"a -> b"``: every code that speaks to it.

    Returns
    -------
    pandas.DataFrame
        One row a kind: ``cases``, ``with_text``, ``spoke`` (bear on the finding), of them
        ``for``, ``against`` and ``neither`` (mixed, context; a case can be on several sides),
        ``silent`` (have text, and nothing in it is coded so: not mentioned, which is not "no"),
        ``no_text``, and ``missing`` (nobody of this kind bears on it).

    Raises
    ------
    CodingError
        Neither codes nor a link are given, or they are not in the codebook.
    """
    chosen = _chosen(codebook, codes, link)
    level = levels(cases, attribute)
    heard = {case.id for case in with_material(cases)}
    sides: dict[Side, set[str]] = {"for": set(), "against": set(), "neither": set()}
    for it in _on(passages(codings, codebook, cases), chosen):
        sides[SIDES[codebook.by_id[it.code].says]].add(it.case)
    spoke = set().union(*sides.values())
    rows = []
    for name in sorted(set(level.values()), key=lambda name: (name.startswith("("), name)):
        mine = {id for id, value in level.items() if value == name}
        rows.append(
            {
                attribute: name,
                "cases": len(mine),
                "with_text": len(mine & heard),
                "spoke": len(mine & spoke),
                "for": len(mine & sides["for"]),
                "against": len(mine & sides["against"]),
                "neither": len(mine & sides["neither"]),
                "silent": len(mine & heard - spoke),
                "no_text": len(mine - heard),
                "missing": not mine & spoke,
            }
        )
    return pd.DataFrame(rows).set_index(attribute)


def _chosen(codebook: Codebook, codes: Sequence[str], link: str) -> set[str]:
    absent = [code for code in codes if code not in codebook.by_id]
    if absent:
        do = f"Use their ids.{nearest(absent[0], codebook.by_id)}"
        raise CodingError(f"There is no code {', '.join(f'`{it}`' for it in absent)}.", do=do)
    chosen = {*codes, *(code.id for code in codebook.codes if link and link in code.links)}
    if not chosen:
        wrong = f"No code speaks to `{link}`." if link else "There is no finding to look at."
        raise CodingError(wrong, do="Give the codes it rests on, or a link that codes speak to.")
    return chosen


def _on(found: Iterable[Passage], codes: set[str]) -> list[Passage]:
    return [it for it in found if it.code in codes and it.case]
