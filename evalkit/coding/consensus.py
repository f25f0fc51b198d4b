"""What a consensus round changed: what each coder had said before stands beside what was agreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.coding.model import Coding
from evalkit.errors import CodingError, nearest


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one code on one stretch of a source.

    Attributes
    ----------
    source, start, end, code : str, int, int, str
        The stretch that the codings of both rounds cover together.
    kind : {"kept", "moved", "dropped", "added"}
        Kept as at least one coder had marked it; kept with other borders than anybody's; dropped
        by the consensus round; added by it though no coder had it.
    before, after : tuple of Coding
        The codings themselves, of the rounds before and of the consensus.
    had, lacked : tuple of str
        Coders who had the code there, and those who had not, of all who coded the source before.
    """

    source: str
    start: int
    end: int
    code: str
    kind: Literal["kept", "moved", "dropped", "added"]
    before: tuple[Coding, ...]
    after: tuple[Coding, ...]
    had: tuple[str, ...]
    lacked: tuple[str, ...]

    @property
    def disputed(self) -> bool:
        """Whether coders had differed about it."""
        return bool(self.had) and bool(self.lacked)


def consensus(
    codings: Sequence[Coding], agreed: str = "consensus", before: str | None = None
) -> tuple[Change, ...]:
    """Compare a consensus round with what the coders had said, code by code and place by place.

    Codings of one code that overlap belong together. Nothing is replaced: agreement is computed
    from the codings before the consensus, which stay what they are.

    Parameters
    ----------
    codings : sequence of Coding
        Of all rounds.
    agreed : str
        The consensus round.
    before : str, optional
        The round it settles; by default all others.

    Returns
    -------
    tuple of Change
        For sources that the consensus round coded, in the order of sources, places and codes.

    Raises
    ------
    CodingError
        No coding is of one of the rounds.
    """
    rounds = {coding.round for coding in codings}
    for name in (agreed, *([] if before is None else [before])):
        if name not in rounds:
            known = ", ".join(f"`{it}`" for it in sorted(rounds)) or "none"
            wrong = f"No coding is of round `{name}`."
            raise CodingError(wrong, do=f"Rounds: {known}.{nearest(name, rounds)}")
    after = [it for it in codings if it.round == agreed]
    settled = {it.segment.source for it in after}
    earlier = [
        it
        for it in codings
        if it.round != agreed and (before in (None, it.round)) and it.segment.source in settled
    ]
    coders: dict[str, set[str]] = {}
    for coding in earlier:
        coders.setdefault(coding.segment.source, set()).add(coding.coder)
    changes = [
        _change(group, agreed, coders.get(group[0].segment.source, set()))
        for group in _together([*earlier, *after])
    ]
    return tuple(sorted(changes, key=lambda it: (it.source, it.start, it.end, it.code)))


def _together(codings: Sequence[Coding]) -> list[list[Coding]]:
    """Return the codings in groups of one source and code that overlap, directly or in a chain."""
    groups: list[list[Coding]] = []
    reach = 0
    for coding in sorted(codings, key=_place):
        last = groups[-1][0] if groups else None
        same = last and (last.segment.source, last.code) == (coding.segment.source, coding.code)
        if same and coding.segment.start < reach:
            groups[-1].append(coding)
            reach = max(reach, coding.segment.end)
        else:
            groups.append([coding])
            reach = coding.segment.end
    return groups


def _place(coding: Coding) -> tuple[str, str, int, int, str, str]:
    at = coding.segment
    return (at.source, coding.code, at.start, at.end, coding.round, coding.coder)


def _change(group: Sequence[Coding], agreed: str, coders: set[str]) -> Change:
    before = tuple(it for it in group if it.round != agreed)
    after = tuple(it for it in group if it.round == agreed)
    had = {it.coder for it in before}
    return Change(
        source=group[0].segment.source,
        start=min(it.segment.start for it in group),
        end=max(it.segment.end for it in group),
        code=group[0].code,
        kind=_kind(before, after),
        before=before,
        after=after,
        had=tuple(sorted(had)),
        lacked=tuple(sorted(coders - had)),
    )


def _kind(
    before: Sequence[Coding], after: Sequence[Coding]
) -> Literal["kept", "moved", "dropped", "added"]:
    if not after:
        return "dropped"
    if not before:
        return "added"
    places = {(it.segment.start, it.segment.end) for it in before}
    return "kept" if all((it.segment.start, it.segment.end) in places for it in after) else "moved"
