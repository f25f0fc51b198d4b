"""The causal map: for each link that is claimed, who says so, which way, and how they came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from evalkit.coding.model import Case, Claim

BREADTH = (
    "Counts say how widely a link is claimed, not how likely it is to hold: many people saying "
    "that one thing leads to another does not by itself show that it does."
)

CARRIES = ("+", "-")
"""Signs of claims that say the cause does something; ``none`` and ``blocked`` say it did not."""

LINK_COLUMNS = (
    *("link", "cause", "effect", "n_sources", "n_cases", "n_claims", "more", "less", "none"),
    *("blocked", "says", "contradicted", "contradict_themselves", "unprompted", "prompted"),
    *("leading", "prompting_unknown", "first_hand", "second_hand", "hand_unknown", "stances"),
    *("sources", "cases", "words"),
)
CLAIM_COLUMNS = (
    *("id", "source", "start", "end", "quote", "link", "cause", "effect", "sign", "mechanism"),
    *("context", "case", "stance", "prompted", "first_hand", "coder"),
)
_SIGN_COLUMNS = {"+": "more", "-": "less", "none": "none", "blocked": "blocked"}
# A source that says a thing once unprompted has said it unprompted, whatever it was asked later.
_PROMPTING = (("no", "unprompted"), ("yes", "prompted"), ("leading", "leading"))
_HAND = ((True, "first_hand"), (False, "second_hand"))


@dataclass(frozen=True)
class CausalMap:
    """What sources claim, link by link.

    Attributes
    ----------
    links : pandas.DataFrame
        One row a link that is claimed, most widely claimed first: ``link`` (``"a -> b"``),
        ``cause``, ``effect``; ``n_sources``, ``n_cases``, ``n_claims``; sources by sign (``more``,
        ``less``, ``none``, ``blocked``; one that says both counts under both), ``says`` (the sign,
        or ``mixed``), ``contradicted`` (sources do not all say the same),
        ``contradict_themselves`` (sources that say both); sources by how they came to say it
        (``unprompted``, ``prompted``, ``leading``, ``prompting_unknown``; each once) and by what
        they go by (``first_hand``, ``second_hand``, ``hand_unknown``; each once); ``stances``,
        ``sources``, ``cases`` (tuples of names), and ``words``, a sentence.
    claims : pandas.DataFrame
        One row a claim, with its passage.
    n_sources, n_cases, n_claims : int
        Sources and cases in all, also those that claim nothing, as far as they were given.
    note : str
        What the counts do not say.
    """

    links: pd.DataFrame
    claims: pd.DataFrame
    n_sources: int
    n_cases: int
    n_claims: int
    note: str = field(default=BREADTH)


def causal_map(
    claims: Iterable[Claim], cases: Sequence[Case] = (), sources: Sequence[str] = ()
) -> CausalMap:
    """Return the causal map of claims.

    Parameters
    ----------
    claims : iterable of Claim
        In any order; the map does not depend on it.
    cases : sequence of Case, optional
        A claim that names no case belongs to the one its source or passage is about, where there
        is exactly one.
    sources : sequence of str, optional
        Ids of all sources that were read for claims, to count those that claim nothing.

    Returns
    -------
    CausalMap

    Notes
    -----
    A source counts once for a link, however often it says so.
    """
    frame = claims_frame(claims, cases)
    every = {*sources, *frame["source"]}
    people = {case.id for case in cases} | {case for case in frame["case"] if case}
    groups = frame.groupby(["cause", "effect"], sort=True)
    rows = [_link(group, len(every)) for _, group in groups]
    rows.sort(key=lambda row: (-row["n_sources"], -row["n_claims"], row["link"]))
    links = pd.DataFrame(rows, columns=list(LINK_COLUMNS))
    return CausalMap(links, frame, len(every), len(people), len(frame))


def claims_frame(claims: Iterable[Claim], cases: Sequence[Case] = ()) -> pd.DataFrame:
    """Return the claims as a frame, one row each, in the order of sources and passages."""
    about = _whose(cases)
    records = [
        {
            "id": claim.id,
            "source": claim.segment.source,
            "start": claim.segment.start,
            "end": claim.segment.end,
            "quote": claim.segment.quote,
            "link": f"{claim.cause} -> {claim.effect}",
            "cause": claim.cause,
            "effect": claim.effect,
            "sign": claim.sign,
            "mechanism": claim.mechanism,
            "context": claim.context,
            "case": claim.case or _case_of(claim, about),
            "stance": claim.stance,
            "prompted": claim.prompted,
            "first_hand": claim.first_hand,
            "coder": claim.coder,
        }
        for claim in claims
    ]
    # `first_hand` has three values, one of them None: pandas must not make numbers of them.
    frame = pd.DataFrame(records, columns=list(CLAIM_COLUMNS)).astype({"first_hand": object})
    order = ["source", "start", "end", "cause", "effect", "sign", "coder", "id"]
    return frame.sort_values(order, kind="stable", ignore_index=True)


def _whose(cases: Sequence[Case]) -> dict[str, list[tuple[int | None, int, str]]]:
    """Return which cases each source is about: all of it (None), or a span of it."""
    found: dict[str, list[tuple[int | None, int, str]]] = {}
    for case in cases:
        for source in case.sources:
            found.setdefault(source, []).append((None, 0, case.id))
        for part in case.segments:
            found.setdefault(part.source, []).append((part.start, part.end, case.id))
    return found


def _case_of(claim: Claim, about: Mapping[str, list[tuple[int | None, int, str]]]) -> str:
    part = claim.segment
    spans = about.get(part.source, [])
    inside = {id for start, end, id in spans if start is not None and start <= part.start < end}
    whole = {id for start, _, id in spans if start is None}
    for ids in (inside, whole):
        if ids:
            return next(iter(ids)) if len(ids) == 1 else ""
    return ""


def _link(group: pd.DataFrame, n_sources: int) -> dict[str, Any]:
    said = {str(source): set(signs) for source, signs in group.groupby("source")["sign"]}
    names, cases = tuple(sorted(said)), tuple(sorted({case for case in group["case"] if case}))
    signs = sorted({sign for each in said.values() for sign in each}, key=list(_SIGN_COLUMNS).index)
    first = group.iloc[0]
    row: dict[str, Any] = {
        "link": first["link"],
        "cause": first["cause"],
        "effect": first["effect"],
        "n_sources": len(names),
        "n_cases": len(cases),
        "n_claims": len(group),
        **{
            column: sum(sign in each for each in said.values())
            for sign, column in _SIGN_COLUMNS.items()
        },
        "says": signs[0] if len(signs) == 1 else "mixed",
        "contradicted": len(signs) > 1,
        "contradict_themselves": tuple(name for name in names if len(said[name]) > 1),
        **_split(group, "prompted", _PROMPTING, "prompting_unknown"),
        **_split(group, "first_hand", _HAND, "hand_unknown"),
        "stances": _stances(group),
        "sources": names,
        "cases": cases,
    }
    return {**row, "words": link_words(row, n_sources)}


def _split(
    group: pd.DataFrame, column: str, ranks: Sequence[tuple[object, str]], unknown: str
) -> dict[str, int]:
    """Count sources by the best that each has in a column, so that the counts add up."""
    counts = {name: 0 for _, name in ranks} | {unknown: 0}
    for _, values in group.groupby("source")[column]:
        there = list(values)
        best = next((name for value, name in ranks if any(it == value for it in there)), unknown)
        counts[best] += 1
    return counts


def _stances(group: pd.DataFrame) -> tuple[str, ...]:
    pairs = group[group["stance"] != ""].drop_duplicates(["source", "stance"])
    return tuple(f"{name}: {len(rows)}" for name, rows in pairs.groupby("stance", sort=True))


def link_words(row: Mapping[str, Any], n_sources: int) -> str:
    """Say a row of the map as a sentence or two."""
    parts = {
        "more": "it leads to more",
        "less": "it leads to less",
        "none": "it changes nothing",
        "blocked": "something stood in the way",
    }
    said = [f"{row[column]} that {words}" for column, words in parts.items() if row[column]]
    speak = "speaks" if row["n_sources"] == 1 else "speak"
    how = f"{row['n_sources']} of {n_sources} sources {speak} of it: {', '.join(said)}."
    return " ".join(
        [
            how,
            *_known(row, "unprompted", "without being prompted", "prompting_unknown"),
            *_known(row, "first_hand", "from what they saw themselves", "hand_unknown"),
            *([_UNKNOWN.format(row["prompting_unknown"])] if row["prompting_unknown"] else []),
        ]
    )


_UNKNOWN = "For {} it is not recorded whether it was prompted."


def _known(row: Mapping[str, Any], column: str, words: str, unknown: str) -> list[str]:
    """Say how many of those of whom it is known; nothing where it is known of none."""
    known = row["n_sources"] - row[unknown]
    return [f"{row[column]} of {known} {words}."] if known else []
