"""How many sources must fall before no way is left from one thing to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from evalkit.coding.claims.chart import BREADTH, claims_frame
from evalkit.coding.claims.paths import carried, check_ends
from evalkit.coding.model import Case, Claim

NODES = 20_000
"""Branches the integer programme looks at before it gives a range; a count, so that the answer
does not depend on the speed of the machine."""

Links = dict[tuple[str, str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Robustness:
    """How well the ways from one thing to another stand when voices are taken away.

    Attributes
    ----------
    cause, effect : str
    by : {"source", "case"}
        Whose voices are counted.
    value : int or None
        The fewest that must fall before every way is broken; 0 where there is no way, None where
        only a range is known.
    low, high : int
        The range; equal to `value` where that is known.
    fall : tuple of str
        Voices whose fall breaks every way, as few as were found; others may do as well.
    n_whole : int
        Voices that each tell a whole way alone.
    n_voices : int
        Voices on any way.
    exact : bool
    how, words, note : str
        How it was found; a sentence; what it does not say.
    """

    cause: str
    effect: str
    by: Literal["source", "case"]
    value: int | None
    low: int
    high: int
    fall: tuple[str, ...]
    n_whole: int
    n_voices: int
    exact: bool
    how: str
    words: str
    note: str = BREADTH


def robustness(
    claims: Iterable[Claim],
    cause: str,
    effect: str,
    cases: Sequence[Case] = (),
    *,
    by: Literal["source", "case"] = "source",
) -> Robustness:
    """Return how many sources (or cases) must fall before no way leads from `cause` to `effect`.

    A link falls when the last source that claims it falls, and a source falls in all links at
    once. That is a minimum cut whose cost is counted in sources, not in links: a maximum flow
    would count a source anew for each link it claims.

    Parameters
    ----------
    claims : iterable of Claim
        Claims that nothing changed, or that something stood in the way, carry no way.
    cause, effect : str
    cases : sequence of Case, optional
        As in `causal_map`.
    by : {"source", "case"}
        A source whose case is not known is a voice of its own.

    Returns
    -------
    Robustness

    Raises
    ------
    CodingError
        Nobody speaks of `cause` or of `effect`.

    Notes
    -----
    The number is the solution of an integer programme: with a potential ``p`` for each box, ``y``
    for each link that is cut and ``x`` for each source that falls, minimise ``sum(x)`` subject to
    ``p[cause] - p[effect] >= 1``, ``p[u] - p[v] <= y[u, v]`` and ``y[u, v] <= x[s]`` for each
    source ``s`` of the link. Once ``x`` is whole the rest is a shortest-path dual, so only ``x``
    must be. The problem is hard in general (it is a minimum label cut); it is exact unless more
    than `NODES` branches would be needed, and a range then.
    """
    frame = claims_frame(claims, cases)
    check_ends(frame, cause, effect)
    if by == "case":
        frame = frame.assign(source=frame["case"].where(frame["case"] != "", frame["source"]))
    said = {link: frozenset(voices) for link, voices in carried(frame).items()}
    links = _between(said, cause, effect)
    voices = sorted(set().union(*links.values()))
    low, fall = _cut(links, voices, cause, effect) if links else (0, ())
    alone = sum(bool(_between(_only(links, voice), cause, effect)) for voice in voices)
    exact = low == len(fall)
    return Robustness(
        cause=cause,
        effect=effect,
        by=by,
        value=low if exact else None,
        low=low,
        high=len(fall),
        fall=fall,
        n_whole=alone,
        n_voices=len(voices),
        exact=exact,
        how=_how(exact=exact),
        words=_words(by, low, fall, len(voices), alone),
    )


def _only(links: Links, voice: str) -> Links:
    return {link: frozenset({voice}) for link, voices in links.items() if voice in voices}


def _between(links: Links, cause: str, effect: str) -> Links:
    """Return the links on any way from `cause` to `effect`; none where there is no way."""
    ahead = _reached({*links}, cause)
    behind = _reached({(end, start) for start, end in links}, effect)
    if effect not in ahead:
        return {}
    return {
        (start, end): voices
        for (start, end), voices in links.items()
        if start in ahead and end in behind
    }


def _reached(steps: set[tuple[str, str]], start: str) -> set[str]:
    after: dict[str, list[str]] = {}
    for one, other in steps:
        after.setdefault(one, []).append(other)
    found, waiting = {start}, [start]
    while waiting:
        new = [it for it in after.get(waiting.pop(), ()) if it not in found]
        found.update(new)
        waiting.extend(new)
    return found


def _cut(
    links: Links, voices: Sequence[str], cause: str, effect: str
) -> tuple[int, tuple[str, ...]]:
    """Return the fewest voices at least, and the fewest found whose fall breaks every way."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    boxes = sorted({box for link in links for box in link})
    rows, limits = _rules(links, voices, boxes, cause, effect)
    n, m = len(voices), len(boxes) + len(links)
    whole = np.concatenate([np.ones(n), np.zeros(m)])
    solved = milp(
        c=whole,
        integrality=whole,
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows, -np.inf, limits),
        options={"node_limit": NODES},
    )
    if solved.x is None:  # no solution within the limit: all of them surely break every way
        return 1, tuple(voices)
    fall = tuple(voice for voice, x in zip(voices, solved.x[:n], strict=True) if x > 0.5)
    bound = len(fall) if solved.status == 0 else max(1, int(np.ceil(solved.mip_dual_bound - 1e-6)))
    return bound, fall


def _rules(
    links: Links, voices: Sequence[str], boxes: Sequence[str], cause: str, effect: str
) -> tuple[Any, np.ndarray[Any, np.dtype[np.float64]]]:
    """Return the rows of ``A z <= b`` for z = (x of voices, y of links, p of boxes)."""
    from scipy.sparse import csr_array

    link_at = {link: len(voices) + at for at, link in enumerate(sorted(links))}
    box_at = {box: len(voices) + len(links) + at for at, box in enumerate(boxes)}
    voice_at = {voice: at for at, voice in enumerate(voices)}
    rows: list[dict[int, float]] = [{box_at[cause]: -1.0, box_at[effect]: 1.0}]
    for (start, end), y in link_at.items():
        rows.append({box_at[start]: 1.0, box_at[end]: -1.0, y: -1.0})
        rows += [{y: 1.0, voice_at[voice]: -1.0} for voice in sorted(links[start, end])]
    limits = np.zeros(len(rows))
    limits[0] = -1.0
    entries = [(at, column, value) for at, row in enumerate(rows) for column, value in row.items()]
    at, columns, values = zip(*entries, strict=True)
    width = len(voices) + len(links) + len(boxes)
    return csr_array((values, (at, columns)), shape=(len(rows), width)), limits


def _how(*, exact: bool) -> str:
    first = "A minimum cut counted in voices, as an integer programme"
    if exact:
        return f"{first}, solved to the end."
    return f"{first}, stopped after {NODES:,} branches: only a range is known."


def _words(by: str, low: int, fall: tuple[str, ...], n_voices: int, alone: int) -> str:
    many = f"{by}s" if n_voices != 1 else by
    if not n_voices:
        return "No way is claimed from one to the other."
    least = str(low) if low == len(fall) else f"between {low} and {len(fall)}"
    return (
        f"Every way is broken when {least} of {n_voices} {many} fall"
        f"{'s' if n_voices == 1 else ''}; {alone} tell{'s' if alone == 1 else ''} a whole way alone."
    )
