"""Codes against cases, attributes of cases, and links of the theory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import pandas as pd

from evalkit.coding.model import Case, Codebook, Coding, Value
from evalkit.coding.queries.heard import Passage, passages, with_material
from evalkit.errors import CodingError, nearest

Count = Literal["segments", "sources", "cases", "characters"]

CASES = "(cases with material)"


def code_by_case(
    codings: Iterable[Coding],
    codebook: Codebook,
    cases: Sequence[Case],
    *,
    count: Count = "segments",
    roll_up: bool = False,
) -> pd.DataFrame:
    """Count what each case said with each code.

    Parameters
    ----------
    codings, codebook, cases
        The project's.
    count : {"segments", "sources", "cases", "characters"}
        Passages; sources; 1 or 0; how much text. What several coders marked counts once.
    roll_up : bool
        A passage counts for its code's parents too.

    Returns
    -------
    pandas.DataFrame
        One row a code, in the order of the codebook; one column a case. 0 means "not mentioned",
        which is not the same as "not so"; a case without any text is missing.

    Raises
    ------
    CodingError
        There is nothing to count of that name.
    """
    counted = _counter(count)
    found: dict[tuple[str, str], list[Passage]] = {}
    for passage in passages(codings, codebook, cases, roll_up=roll_up):
        found.setdefault((passage.code, passage.case), []).append(passage)
    heard = {case.id for case in with_material(cases)}
    columns = {
        case.id: [
            counted(found.get((code, case.id), ())) if case.id in heard else pd.NA
            for code in codebook.by_id
        ]
        for case in cases
    }
    return _frame(columns, codebook)


def code_by_attribute(
    codings: Iterable[Coding],
    codebook: Codebook,
    cases: Sequence[Case],
    attribute: str,
    *,
    count: Count = "cases",
    roll_up: bool = False,
) -> pd.DataFrame:
    """Count what cases of each kind said with each code.

    Parameters
    ----------
    codings, codebook, cases, count, roll_up
        As for `code_by_case`.
    attribute : str
        The attribute of cases.

    Returns
    -------
    pandas.DataFrame
        One row a code, and above them `CASES`, how many cases of the kind have any text; one
        column a value of the attribute, missing ones by their reason in brackets.

    Raises
    ------
    CodingError
        No case has the attribute, or there is nothing to count of that name.
    """
    counted = _counter(count)
    level = levels(cases, attribute)
    found: dict[tuple[str, str], list[Passage]] = {}
    for passage in passages(codings, codebook, cases, roll_up=roll_up):
        if passage.case:
            found.setdefault((passage.code, level[passage.case]), []).append(passage)
    heard = [level[case.id] for case in with_material(cases)]
    columns = {
        name: [counted(found.get((code, name), ())) for code in codebook.by_id]
        for name in sorted(set(level.values()), key=lambda name: (name.startswith("("), name))
    }
    top = pd.DataFrame({name: [heard.count(name)] for name in columns}, index=[CASES])
    return pd.concat([top.astype("Int64"), _frame(columns, codebook)]).rename_axis("code")


def code_by_link(
    codings: Iterable[Coding],
    codebook: Codebook,
    links: Sequence[str],
    cases: Sequence[Case] = (),
    *,
    count: Count = "segments",
) -> pd.DataFrame:
    """Count what was said with each code of each link of the theory.

    Parameters
    ----------
    codings, codebook, cases, count
        As for `code_by_case`; to count cases, give them.
    links : sequence of str
        ``"a -> b"``, such as those of the theory.

    Returns
    -------
    pandas.DataFrame
        One row a code that speaks to a link, with ``says`` as its first column; one column a link.
        Missing where a code does not speak to a link. A column of zeros is a link on which nothing
        is coded, which says nothing of whether it holds.

    Raises
    ------
    CodingError
        There is nothing to count of that name.
    """
    counted = _counter(count)
    found: dict[str, list[Passage]] = {}
    for passage in passages(codings, codebook, cases):
        found.setdefault(passage.code, []).append(passage)
    codes = [code for code in codebook.codes if set(code.links) & set(links)]
    table = pd.DataFrame({"says": [code.says for code in codes]}, index=[it.id for it in codes])
    for link in links:
        cells = [counted(found.get(it.id, ())) if link in it.links else pd.NA for it in codes]
        table[link] = pd.array(cells, dtype="Int64")
    return table.rename_axis("code")


def levels(cases: Iterable[Case], attribute: str) -> dict[str, str]:
    """Return each case's value of an attribute; a reason in brackets where it has none.

    Raises
    ------
    CodingError
        No case has the attribute.
    """
    cases = tuple(cases)
    known = {name for case in cases for name in case.attributes}
    if attribute not in known:
        do = f"Attributes: {', '.join(sorted(known)) or 'none'}.{nearest(attribute, known)}"
        raise CodingError(f"No case has an attribute `{attribute}`.", do=do)
    blank = Value("", missing="not known")
    values = {case.id: case.attributes.get(attribute, blank) for case in cases}
    return {id: _level(value) for id, value in values.items()}


def _level(value: Value) -> str:
    return f"({value.missing})" if value.missing else value.text or "(not known)"


def _frame(columns: dict[str, list[Any]], codebook: Codebook) -> pd.DataFrame:
    frame = pd.DataFrame(columns, index=list(codebook.by_id), dtype="Int64")
    return frame.rename_axis("code")


def _counter(count: str) -> Callable[[Sequence[Passage]], int]:
    if count not in _COUNTS:
        do = f"One of: {', '.join(_COUNTS)}.{nearest(str(count), _COUNTS)}"
        raise CodingError(f"`{count}` cannot be counted.", do=do)
    return _COUNTS[count]


def _segments(found: Sequence[Passage]) -> int:
    return len({(it.source, it.start, it.end) for it in found})


def _sources(found: Sequence[Passage]) -> int:
    return len({it.source for it in found})


def _cases(found: Sequence[Passage]) -> int:
    return len({it.case for it in found if it.case})


def _characters(found: Sequence[Passage]) -> int:
    return sum(end - start for _, start, end in {(it.source, it.start, it.end) for it in found})


_COUNTS: dict[str, Callable[[Sequence[Passage]], int]] = {
    "segments": _segments,
    "sources": _sources,
    "cases": _cases,
    "characters": _characters,
}
