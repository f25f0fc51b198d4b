"""Ways through the causal map: which chains of claims lead from one thing to another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

import pandas as pd

from evalkit.coding.claims.chart import BREADTH, CARRIES, claims_frame
from evalkit.coding.model import Case, Claim
from evalkit.errors import CodingError, nearest

LIMIT = 1000
"""Ways that are listed at most; more are never read."""

WAY_COLUMNS = (
    *("path", "n_links", "sign", "weakest_link", "n_sources_weakest", "n_sources", "n_whole"),
    *("n_cases_whole", "whole", "words"),
)
Said = Mapping[tuple[str, str], Mapping[str, frozenset[str]]]
"""For each link, the signs that each source gives it."""


@dataclass(frozen=True)
class Ways:
    """The ways from one thing to another.

    Attributes
    ----------
    cause, effect : str
    table : pandas.DataFrame
        One row a way, the best supported first: ``path``, ``n_links``, ``sign`` (``+``, ``-``, or
        ``mixed`` where sources differ on a link), ``weakest_link`` and ``n_sources_weakest`` (the
        link that fewest sources claim), ``n_sources`` (that claim any link of it), ``n_whole``
        (that claim every link of it themselves), ``n_cases_whole``, ``whole`` (their names),
        ``words``.
    complete : bool
        False when there were more ways than are listed.
    reason : str
        Why there is no way, when there is none.
    note : str
    """

    cause: str
    effect: str
    table: pd.DataFrame
    complete: bool = True
    reason: str = ""
    note: str = BREADTH


def trace(
    claims: Iterable[Claim],
    cause: str,
    effect: str,
    cases: Sequence[Case] = (),
    *,
    longest: int = 6,
) -> Ways:
    """Return the ways that claims make from `cause` to `effect`.

    A chain in which each link is claimed by other people is told by nobody as a whole; therefore
    the sources that tell all of it are counted apart (a "thread" through one account).

    Parameters
    ----------
    claims : iterable of Claim
        Claims that nothing changed, or that something stood in the way, carry no way.
    cause, effect : str
        Where the ways begin and end.
    cases : sequence of Case, optional
        As in `causal_map`.
    longest : int
        Most links of a way.

    Returns
    -------
    Ways

    Raises
    ------
    CodingError
        Nobody speaks of `cause` or of `effect`.
    """
    frame = claims_frame(claims, cases)
    check_ends(frame, cause, effect)
    said = carried(frame)
    found = list(islice(_ways(said, cause, effect, longest), LIMIT + 1))
    whose = {str(source): set(names) - {""} for source, names in frame.groupby("source")["case"]}
    rows = [_row(path, said, whose) for path in found[:LIMIT]]
    rows.sort(
        key=lambda row: (-row["n_whole"], -row["n_sources_weakest"], row["n_links"], row["path"])
    )
    table = pd.DataFrame(rows, columns=list(WAY_COLUMNS))
    reason = "" if rows else f"No chain of at most {longest} claims leads from one to the other."
    return Ways(cause, effect, table, complete=len(found) <= LIMIT, reason=reason)


def check_ends(frame: pd.DataFrame, cause: str, effect: str) -> None:
    """Refuse ends that nobody speaks of."""
    names = sorted({*frame["cause"], *frame["effect"]})
    for end in (cause, effect):
        if end not in names:
            do = f"Name a cause or an effect of the claims.{nearest(end, names)}"
            raise CodingError(f"No claim speaks of `{end}`.", do=do)
    if cause == effect:
        raise CodingError(f"`{cause}` is both ends.", do="Name two different things.")


def carried(frame: pd.DataFrame) -> dict[tuple[str, str], dict[str, frozenset[str]]]:
    """Return for each link the sources that claim it does something, with the signs they give."""
    said: dict[tuple[str, str], dict[str, frozenset[str]]] = {}
    kept = frame[frame["sign"].isin(CARRIES)]
    columns = ("cause", "effect", "source", "sign")
    for cause, effect, source, sign in sorted(zip(*(kept[it] for it in columns), strict=True)):
        of_link = said.setdefault((cause, effect), {})
        of_link[source] = of_link.get(source, frozenset()) | {sign}
    return said


def _ways(said: Said, cause: str, effect: str, longest: int) -> Iterator[tuple[str, ...]]:
    """Yield ways without a box twice, the shortest first; dead ends are never entered."""
    after: dict[str, list[str]] = {}
    before: dict[str, list[str]] = {}
    for start, end in said:
        after.setdefault(start, []).append(end)
        before.setdefault(end, []).append(start)
    left = _distances(before, effect)

    def go(path: tuple[str, ...], links: int) -> Iterator[tuple[str, ...]]:
        if path[-1] == effect:
            if not links:
                yield path
            return
        for then in sorted(after.get(path[-1], ())):
            if then not in path and left.get(then, longest) < links:
                yield from go((*path, then), links - 1)

    for links in range(1, longest + 1):
        yield from go((cause,), links)


def _distances(before: Mapping[str, Sequence[str]], effect: str) -> dict[str, int]:
    """Return how many links each box is away from the effect, at least."""
    found, edge, steps = {effect: 0}, [effect], 0
    while edge:
        steps += 1
        edge = [it for at in edge for it in before.get(at, ()) if it not in found]
        found |= dict.fromkeys(edge, steps)
        edge = list(dict.fromkeys(edge))
    return found


def _row(path: tuple[str, ...], said: Said, whose: Mapping[str, set[str]]) -> dict[str, Any]:
    links = list(pairwise(path))
    weakest = min(links, key=lambda link: (len(said[link]), link))
    every = [set(said[link]) for link in links]
    whole = tuple(sorted(set.intersection(*every)))
    anyone = set.union(*every)
    fewest = len(said[weakest])
    words = (
        f"Of {len(anyone)} that claim a part of it, {len(whole)} "
        f"{'tells' if len(whole) == 1 else 'tell'} all of it; "
        f"the fewest ({fewest}) claim {weakest[0]} -> {weakest[1]}."
    )
    return {
        "path": " -> ".join(path),
        "n_links": len(links),
        "sign": _sign([frozenset().union(*said[link].values()) for link in links]),
        "weakest_link": f"{weakest[0]} -> {weakest[1]}",
        "n_sources_weakest": fewest,
        "n_sources": len(anyone),
        "n_whole": len(whole),
        "n_cases_whole": len(set().union(*(whose[source] for source in whole))),
        "whole": whole,
        "words": words,
    }


def _sign(signs: Sequence[frozenset[str]]) -> str:
    if any(len(each) > 1 for each in signs):
        return "mixed"
    return "-" if sum("-" in each for each in signs) % 2 else "+"
