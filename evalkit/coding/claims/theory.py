"""What is claimed beside the theory: said and in it, said and not in it, in it and not said."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from evalkit.coding.claims.chart import BREADTH, CausalMap, causal_map
from evalkit.coding.model import Case, Claim
from evalkit.errors import CodingError, nearest
from evalkit.theory.graph import causes, effects
from evalkit.theory.model import Theory

SAID_IN, SAID_OUT = "said and in the theory", "said but not in the theory"
NOT_SAID, NOT_ASKED = "in the theory, not said though asked", "in the theory, not asked"
NOT_KNOWN = "in the theory, not said; whether asked is not recorded"
STATUSES = (SAID_IN, SAID_OUT, NOT_SAID, NOT_ASKED, NOT_KNOWN)

SILENCE = "That nobody mentions a link does not say that it is not there."
COLUMNS = (
    *(
        "link",
        "cause",
        "effect",
        "status",
        "n_asked",
        "n_asked_say",
        "n_sources",
        "n_cases",
        "n_claims",
    ),
    *("more", "less", "none", "blocked", "says", "contradicted", "unprompted", "first_hand"),
    *("sources", "note", "words"),
)
_COUNTS = ("n_sources", "n_cases", "n_claims", "more", "less", "none", "blocked")


@dataclass(frozen=True)
class Comparison:
    """Claims beside a theory of change.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a link that is claimed or in the theory, those of the theory first and in its
        order: ``link``, ``status`` (one of `STATUSES`), ``n_asked`` (sources asked about it;
        missing where that is not recorded) and ``n_asked_say`` (those of them that speak of it),
        counts as in `CausalMap`, ``sources``, ``note``
        (said of a longer way or the other way round, or that those who speak of it deny it) and
        ``words``.
    not_boxes : pandas.DataFrame
        Causes and effects that are no box of the theory: ``name``, ``n_sources``, ``nearest`` (a
        box with a like name, or empty).
    note : str
    """

    table: pd.DataFrame
    not_boxes: pd.DataFrame
    note: str = f"{BREADTH} {SILENCE}"


def compare_with_theory(
    claims: Iterable[Claim],
    theory: Theory,
    asked: Mapping[str, Collection[str]] | Collection[str] | None = None,
    *,
    same: Mapping[str, str] | None = None,
    cases: Sequence[Case] = (),
    sources: Sequence[str] = (),
) -> Comparison:
    """Compare what is claimed with what the theory says.

    Parameters
    ----------
    claims : iterable of Claim
        Their causes and effects are ids of boxes, or the words that boxes have, or anything else.
    theory : Theory
    asked : mapping of str to collection of str, collection of str, or None
        For each link (``"a -> b"``) the sources that were asked about it; or the links that every
        source was asked about. None: not recorded, which is not the same as not asked.
    same : mapping of str to str, optional
        Names used in claims (codes, words of sources), and the box each stands for.
    cases, sources : optional
        As in `causal_map`; `sources` counts who was asked when `asked` names links only.

    Returns
    -------
    Comparison

    Raises
    ------
    CodingError
        `asked` names a link, or `same` a box, that is not in the theory.
    """
    claims = tuple(claims)
    every = sorted({*sources, *(claim.segment.source for claim in claims)})
    of_link = _asked(theory, asked, every)
    names = _boxes(theory, same or {})
    named = [
        replace(it, cause=_box(it.cause, names), effect=_box(it.effect, names)) for it in claims
    ]
    found = causal_map(named, cases, every)
    said: dict[str, Any] = {row["link"]: row for row in found.links.to_dict("records")}
    planned = [link.id for link in theory.links]
    others = [link for link in said if link not in planned]
    rows = [_row(link, said.get(link), theory, of_link) for link in (*planned, *others)]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(
        {"n_asked": "Int64", "n_asked_say": "Int64"}
    )
    return Comparison(table, _not_boxes(found, theory))


def _asked(
    theory: Theory, asked: Mapping[str, Collection[str]] | Collection[str] | None, every: list[str]
) -> dict[str, tuple[str, ...]] | None:
    if asked is None:
        return None
    if isinstance(asked, str):
        raise CodingError("`asked` is a text.", do='Give a list of links: ["a -> b"].')
    given = asked if isinstance(asked, Mapping) else dict.fromkeys(asked, every)
    known = [link.id for link in theory.links]
    found = {_spaced(link): tuple(sorted(set(who))) for link, who in given.items()}
    for link in found:
        if link not in known:
            wrong = f"`asked` names the link `{link}`, which is not in the theory."
            raise CodingError(wrong, do=f"Correct it.{nearest(link, known)}")
    return found


def _spaced(link: str) -> str:
    return " -> ".join(part.strip() for part in link.split("->"))


def _boxes(theory: Theory, same: Mapping[str, str]) -> dict[str, str]:
    """Return the box that each name means; words that two boxes share mean neither."""
    ids = [node.id for node in theory.nodes]
    for name, id in same.items():
        if id not in ids:
            wrong = f"`same` says that `{name}` is the box `{id}`, which is not in the theory."
            raise CodingError(wrong, do=f"Correct it.{nearest(id, ids)}")
    words: dict[str, str] = {}
    for node in theory.nodes:
        key = _key(node.words)
        words[key] = "" if key in words else node.id
    return {
        **words,
        **{_key(id): id for id in ids},
        **{_key(name): id for name, id in same.items()},
    }


def _key(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())


def _box(name: str, names: Mapping[str, str]) -> str:
    return names.get(_key(name)) or name


def _row(
    link: str,
    said: Mapping[str, Any] | None,
    theory: Theory,
    asked: Mapping[str, tuple[str, ...]] | None,
) -> dict[str, Any]:
    cause, _, effect = link.partition(" -> ")
    if said is not None:
        cause, effect = str(said["cause"]), str(said["effect"])
    planned = any(it.id == link for it in theory.links)
    whom = asked.get(link, ()) if asked is not None and planned else None
    status = _status(said is not None, planned, whom)
    row: dict[str, Any] = {
        "link": link,
        "cause": cause,
        "effect": effect,
        "status": status,
        "n_asked": None if whom is None else len(whom),
        "n_asked_say": None if whom is None else len({*whom} & {*(said or {}).get("sources", ())}),
        **dict.fromkeys(_COUNTS, 0),
        "says": "",
        "contradicted": False,
        "unprompted": 0,
        "first_hand": 0,
        "sources": (),
    }
    row |= {name: value for name, value in (said or {}).items() if name in row and name != "link"}
    row["note"] = _note(row, theory, planned=planned) if said is not None else ""
    row["words"] = _words(row, said)
    return row


def _status(said: bool, planned: bool, asked: Collection[str] | None) -> str:  # noqa: FBT001 (a table of two yes and no)
    if said:
        return SAID_IN if planned else SAID_OUT
    if asked is None:
        return NOT_KNOWN
    return NOT_SAID if asked else NOT_ASKED


def _note(row: Mapping[str, Any], theory: Theory, *, planned: bool) -> str:
    if planned:
        denied = not row["more"] and not row["less"]
        return "Those who speak of it say that it did not come about." if denied else ""
    cause, effect = str(row["cause"]), str(row["effect"])
    ids = {node.id for node in theory.nodes}
    if not {cause, effect} <= ids:
        return "It names something that is no box of the theory."
    if effect in effects(theory, cause):
        return "The theory has a longer way from one to the other."
    if effect in causes(theory, cause):
        return "The theory has it the other way round."
    return "The theory has both boxes and no way between them."


def _words(row: Mapping[str, Any], said: Mapping[str, Any] | None) -> str:
    if said is not None:
        asked = row["n_asked"]
        say = row["n_asked_say"]
        whom = (
            f" Of {asked} asked about it, {say} {'speaks' if say == 1 else 'speak'} of it."
            if asked
            else ""
        )
        return f"{said['words']}{whom}"
    if row["status"] == NOT_SAID:
        return f"None of {row['n_asked']} sources asked about it claims it. {SILENCE}"
    if row["status"] == NOT_ASKED:
        return "Nobody was asked about it, and nobody claims it: nothing is known of it from here."
    return f"No source claims it; whether any was asked is not recorded. {SILENCE}"


def _not_boxes(found: CausalMap, theory: Theory) -> pd.DataFrame:
    ids = [node.id for node in theory.nodes]
    who: dict[str, set[str]] = {}
    for cause, effect, sources in zip(
        found.links["cause"], found.links["effect"], found.links["sources"], strict=True
    ):
        for name in (cause, effect):
            if name not in ids:
                who.setdefault(name, set()).update(sources)
    rows = [
        {"name": name, "n_sources": len(sources), "nearest": _nearest(name, ids)}
        for name, sources in sorted(who.items(), key=lambda it: (-len(it[1]), it[0]))
    ]
    return pd.DataFrame(rows, columns=["name", "n_sources", "nearest"])


def _nearest(name: str, ids: Sequence[str]) -> str:
    keys = {_key(id): id for id in ids}
    hint = nearest(_key(name), keys)
    return keys[hint.split("`")[1]] if hint else ""
