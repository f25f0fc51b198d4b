"""Recommendations: who is to do what, by when, and which results that rests on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from evalkit.errors import Fault, nearest
from evalkit.synthesis.co_construction import plain_name


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What should be done: by whom, by when, and the results it rests on.

    Attributes
    ----------
    id, do, who, by, rests_on
        ``who`` acts, by the day ``by``, because of the results with the ids ``rests_on``.
    said_by, agreed_by, disagreed : tuple of str
        Who recommends it, agrees, and does not.
    line : int
        Its line in ``findings.yaml``.
    """

    id: str
    do: str
    who: str
    by: str
    rests_on: tuple[str, ...]
    said_by: tuple[str, ...] = ()
    agreed_by: tuple[str, ...] = ()
    disagreed: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Rested:
    """A recommendation beside the verdicts that it rests on.

    ``footing`` is "firm" where every result it rests on is a verdict of `FIRM`, "partly firm" where
    some are, "not firm" where none is; "open" where the results it rests on are no verdicts.
    """

    recommendation: Recommendation
    verdicts: Mapping[str, str]
    footing: Literal["firm", "partly firm", "not firm", "open"]
    words: str


FIRM = ("supported", "contradicted")
FOOTING: dict[str, str] = {
    "firm": "Every verdict it rests on is settled.",
    "partly firm": "Some of the verdicts it rests on are settled.",
    "not firm": "None of the verdicts it rests on is settled: it is a judgement, not a result.",
    "open": "It rests on results that are no verdict of this record.",
}


def check_recommendations(
    recommendations: Iterable[Recommendation],
    results: Collection[str],
    actors: Collection[str],
    file: str = "findings.yaml",
) -> list[Fault]:
    """Return faults: no action, no actor or none that is known, no date, nothing it rests on.

    Parameters
    ----------
    recommendations : iterable of Recommendation
    results : collection of str
        Ids of everything in the record that one may rest on.
    actors : collection of str
        Partners and others who can act.
    file : str
    """
    found: list[Fault] = []
    for one in recommendations:
        where = f"The recommendation `{one.id}`"
        if not one.do.strip():
            found.append(
                Fault(file, one.line, f"{where} names no action.", "Write under `do:` what.")
            )
        if not one.who.strip():
            found.append(
                Fault(file, one.line, f"{where} names nobody.", "Write under `who:` who can act.")
            )
        elif actors and plain_name(one.who) not in {plain_name(actor) for actor in actors}:
            wrong = (
                f"{where} is for `{one.who}`, who is named nowhere else.{nearest(one.who, actors)}"
            )
            do = "Add them to `partners:` in evaluation.yaml, or name somebody who can act."
            found.append(Fault(file, one.line, wrong, do, "advice"))
        if not one.by.strip():
            found.append(Fault(file, one.line, f"{where} has no date.", "Write under `by:` a day."))
        if not one.rests_on:
            wrong = f"{where} rests on nothing."
            found.append(Fault(file, one.line, wrong, "Name a result under `rests_on:`."))
        found += [
            Fault(
                file,
                one.line,
                f"{where} rests on `{id}`, which is no result.{nearest(id, results)}",
                "Copy the id from the report, such as `contribution:a -> b`.",
            )
            for id in one.rests_on
            if id not in results
        ]
    return found


def rested(
    recommendations: Iterable[Recommendation], verdicts: Mapping[str, str]
) -> tuple[Rested, ...]:
    """Return each recommendation beside the verdicts it rests on.

    Parameters
    ----------
    recommendations : iterable of Recommendation
    verdicts : mapping of str to str
        Verdicts by id (``contribution:a -> b``).
    """
    return tuple(_rested(one, verdicts) for one in recommendations)


def _rested(one: Recommendation, verdicts: Mapping[str, str]) -> Rested:
    here = {id: verdicts[id] for id in one.rests_on if id in verdicts}
    settled = [verdict in FIRM for verdict in here.values()]
    footing: Literal["firm", "partly firm", "not firm", "open"] = "open"
    if settled:
        every = all(settled) and len(here) == len(set(one.rests_on))
        footing = "firm" if every else "partly firm" if any(settled) else "not firm"
    return Rested(one, here, footing, FOOTING[footing])
