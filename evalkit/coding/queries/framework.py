"""The framework matrix: one summary a case and code, which keeps its quotes and knows when it is old."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from evalkit.coding.model import Case, Codebook, Coding, Memo, Segment, Source
from evalkit.coding.queries.heard import passages, with_material
from evalkit.errors import CodingError, nearest

STATES = ("no text", "not mentioned", "to summarise", "current", "stale")


@dataclass(frozen=True, slots=True)
class Cell:
    """What somebody wrote of one case and code, and the passages it rests on.

    Attributes
    ----------
    case, code, words : str
        Ids, and the summary.
    quotes : tuple of Segment
        The passages that were there when it was written, with their words.
    by, on : str
        Who wrote it, and when.
    """

    case: str
    code: str
    words: str
    quotes: tuple[Segment, ...]
    by: str = ""
    on: str = ""

    def memo(self) -> Memo:
        """Return the cell as a memo about its case, code and passages: what the store keeps."""
        about = (self.case, self.code, *(quote.id for quote in self.quotes))
        return Memo(f"cell:{self.case}:{self.code}", self.words, "", self.by, self.on, about=about)


def cell_of(memo: Memo, sources: Iterable[Source]) -> Cell:
    """Return the cell that a memo made by `Cell.memo` holds.

    Raises
    ------
    CodingError
        The memo is no summary of a case and code, or a passage's source is not there.
    """
    if not memo.id.startswith("cell:") or len(memo.about) < 2:
        wrong = f"The memo `{memo.id}` is no summary of a case and a code."
        raise CodingError(wrong, do="Use memos that `Cell.memo` made.")
    texts = {source.id: source.text for source in sources}
    case, code, *ids = memo.about
    quotes = tuple(_segment(id, texts) for id in ids)
    return Cell(case, code, memo.text, quotes, memo.by, memo.on)


def summarise(  # noqa: PLR0913 (a cell: where, what, by whom, when, on what it rests)
    case: str,
    code: str,
    words: str,
    codings: Iterable[Coding],
    codebook: Codebook,
    cases: Sequence[Case],
    sources: Iterable[Source],
    *,
    by: str = "",
    on: str = "",
) -> Cell:
    """Write the summary of one case and code, resting on the passages that are there now.

    Raises
    ------
    CodingError
        There is no such case or code, or nothing was coded there.
    """
    known = {it.id for it in cases}
    if case not in known:
        raise CodingError(f"There is no case `{case}`.", do=f"Use its id.{nearest(case, known)}")
    if code not in codebook.by_id:
        do = f"Use its id.{nearest(code, codebook.by_id)}"
        raise CodingError(f"There is no code `{code}`.", do=do)
    quotes = _quotes(codings, codebook, cases, sources).get((case, code), ())
    if not quotes:
        wrong = f"Nothing of `{case}` is coded `{code}`."
        raise CodingError(wrong, do="Summarise what was said; that nothing was needs no summary.")
    return Cell(case, code, words, quotes, by, on)


def framework(
    codings: Iterable[Coding],
    codebook: Codebook,
    cases: Sequence[Case],
    sources: Iterable[Source],
    cells: Iterable[Cell] = (),
) -> pd.DataFrame:
    """Return the framework matrix, one row a case and code.

    Parameters
    ----------
    codings, codebook, cases, sources
        The project's.
    cells : iterable of Cell
        The summaries written so far; the last one of a case and code counts.

    Returns
    -------
    pandas.DataFrame
        ``case``, ``code``, ``state``, ``summary``, ``quotes`` (their words), ``added`` and
        ``gone`` (ids of passages that came or went since the summary was written), ``by``, ``on``.
        States: no text (the case has none), not mentioned, to summarise, current, stale. For the
        matrix: ``frame.pivot(index="case", columns="code", values="summary")``.
    """
    found = _quotes(codings, codebook, cases, sources)
    written = {(cell.case, cell.code): cell for cell in cells}
    heard = {case.id for case in with_material(cases)}
    rows = []
    for case in cases:
        for code in codebook.by_id:
            now, cell = found.get((case.id, code), ()), written.get((case.id, code))
            before = cell.quotes if cell else ()
            rows.append(
                {
                    "case": case.id,
                    "code": code,
                    "state": _state(case.id in heard, now, cell),
                    "summary": cell.words if cell else "",
                    "quotes": tuple(quote.quote for quote in now),
                    "added": tuple(it.id for it in now if cell and it not in before),
                    "gone": tuple(it.id for it in before if it not in now),
                    "by": cell.by if cell else "",
                    "on": cell.on if cell else "",
                }
            )
    names = ["case", "code", "state", "summary", "quotes", "added", "gone", "by", "on"]
    return pd.DataFrame(rows, columns=names)


def _state(heard: bool, now: tuple[Segment, ...], cell: Cell | None) -> str:  # noqa: FBT001 (one of three facts)
    if cell:
        return "current" if set(cell.quotes) == set(now) else "stale"
    if now:
        return "to summarise"
    return "not mentioned" if heard else "no text"


def _quotes(
    codings: Iterable[Coding],
    codebook: Codebook,
    cases: Sequence[Case],
    sources: Iterable[Source],
) -> dict[tuple[str, str], tuple[Segment, ...]]:
    texts = {source.id: source.text for source in sources}
    found: dict[tuple[str, str], tuple[Segment, ...]] = {}
    for it in passages(codings, codebook, cases):
        if it.case and it.source in texts:
            words = texts[it.source][it.start : it.end]
            quote = Segment(it.source, it.start, it.end, words)
            found[it.case, it.code] = (*found.get((it.case, it.code), ()), quote)
    return found


def _segment(id: str, texts: dict[str, str]) -> Segment:
    source, _, span = id.rpartition(":")
    start, _, end = span.partition("-")
    if source not in texts:
        wrong = f"The source `{source}` of a summarised passage is not there."
        raise CodingError(wrong, do="Give every source of the project.")
    return Segment(source, int(start), int(end), texts[source][int(start) : int(end)])
