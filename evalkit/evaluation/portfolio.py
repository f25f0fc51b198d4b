"""Many evaluations read together: each keeps its questions; what they share is set side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from evalkit.errors import DesignError, ProjectError, ResultsError
from evalkit.evaluation.encode import plain
from evalkit.evaluation.model import Evaluation
from evalkit.evaluation.portfolio_model import (
    COMPARED_WORDS,
    CommonLink,
    Compared,
    EvidenceGap,
    Member,
    MemberResult,
    OwnQuestion,
    Portfolio,
    SharedMeasure,
)
from evalkit.evaluation.store import load
from evalkit.files.write import pretty_json, write_whole
from evalkit.impact.estimate import Estimate
from evalkit.synthesis.gather import analysis_of, outcome_of
from evalkit.synthesis.model import Verdict
from evalkit.synthesis.states import settle
from evalkit.synthesis.transfer import new_places

SCHEMA = "evalkit-portfolio/1"
FEWEST = 3
"""Fewest evaluations from which a shared measure is pooled."""
_FOR: tuple[Verdict, ...] = ("supported", "plausible")


def read_portfolio(paths: Iterable[str | Path]) -> Portfolio:
    """Read results of several evaluations together.

    Parameters
    ----------
    paths : iterable of path
        ``results.json`` files, or project folders with ``out/results.json``.

    Raises
    ------
    ProjectError
        Every path without results, at once.
    ResultsError
        When two are of the same name.
    """
    found: list[Evaluation] = []
    faults = []
    for path in paths:
        try:
            found.append(load(_results(Path(path))))
        except ResultsError as error:
            faults.append(error.fault(str(path)))
    if faults:
        raise ProjectError(faults)
    return portfolio(found)


def _results(path: Path) -> Path:
    return path / "out" / "results.json" if path.is_dir() else path


def portfolio(evaluations: Sequence[Evaluation]) -> Portfolio:
    """Return the portfolio of evaluations that were run; their order does not matter.

    Raises
    ------
    ResultsError
        When two are of the same name.
    """
    named = sorted(((name_of(one), one) for one in evaluations), key=lambda pair: pair[0])
    twice = sorted({a for (a, _), (b, _) in pairwise(named) if a == b})
    if twice:
        raise ResultsError(
            f"Two evaluations are called {', '.join(f'`{name}`' for name in twice)}.",
            do="Give each a `short_name:` of its own in evaluation.yaml.",
        )
    members = tuple(_member(name, one) for name, one in named)
    measures = _measures(named)
    links = _links(named)
    return Portfolio(members, measures, links, _gaps(named, members, links))


def name_of(evaluation: Evaluation) -> str:
    """Return the name an evaluation has in a portfolio: its short name, else its title."""
    return evaluation.about.short_name or evaluation.about.title


def to_json(found: Portfolio) -> dict[str, Any]:
    """Return the portfolio as plain values, for JSON."""
    return {"schema": SCHEMA, **plain(found)}


def save(found: Portfolio, path: str | Path) -> Path:
    """Write the portfolio as one JSON file, in one step; return its path."""
    write_whole(Path(path), pretty_json(to_json(found)))
    return Path(path)


_Named = Sequence[tuple[str, Evaluation]]


def _member(name: str, one: Evaluation) -> Member:
    return Member(
        id=name,
        title=one.about.title,
        status=one.about.status,
        place=one.about.place,
        questions=tuple(
            OwnQuestion(it.id, it.ask, it.kind, _answers(one, it.id, it.links))
            for it in one.protocol.questions.values()
        ),
        n_estimates=len(one.estimates),
        n_codings=len(one.codings),
    )


def _answers(one: Evaluation, question: str, links: Sequence[str]) -> tuple[str, ...]:
    """Return the estimates of a question, and the verdicts on its links that something tests."""
    estimates = [
        it.id for it in one.estimates if analysis_of(it, one.protocol).question == question
    ]
    verdicts = [
        it.id for it in one.contributions if it.link in links and it.verdict != "not tested"
    ]
    return (*estimates, *verdicts)


# --- shared measures --------------------------------------------------------------------------------


def _measures(named: _Named) -> tuple[SharedMeasure, ...]:
    by_outcome: dict[str, list[tuple[str, Evaluation, Estimate]]] = {}
    for name, one in named:
        for outcome, estimate in _main(one).items():
            by_outcome.setdefault(outcome, []).append((name, one, estimate))
    return tuple(
        _measure(outcome, rows) for outcome, rows in sorted(by_outcome.items()) if len(rows) > 1
    )


def _main(one: Evaluation) -> dict[str, Estimate]:
    """Return the first planned main estimate of each outcome: one a measure, so that none counts twice."""
    found: dict[str, Estimate] = {}
    for estimate in one.estimates:
        if (
            analysis_of(estimate, one.protocol).role == "main"
            and estimate.id not in one.exploratory
        ):
            found.setdefault(estimate.outcome, estimate)
    return found


def _measure(outcome: str, rows: Sequence[tuple[str, Evaluation, Estimate]]) -> SharedMeasure:
    plans = [one.protocol.outcomes.get(outcome) for _, one, _ in rows]
    labels = sorted({plan.label for plan in plans if plan})
    units = sorted({plan.unit for plan in plans if plan})
    directions = {plan.higher_is for plan in plans if plan}
    why = ""
    if len(labels) > 1 or len(units) > 1 or len(directions) > 1:
        why = "the name is the same, but its label, unit or wanted direction is not"
    elif len(rows) < FEWEST:
        why = f"{len(rows)} evaluations use it, and it takes {FEWEST} to pool"
    pooled = why or _pool(rows)
    made = None if isinstance(pooled, str) else pooled
    why = pooled if isinstance(pooled, str) else ""
    return _shared(outcome, ("; ".join(labels), "; ".join(units)), rows, made, why)


def _pool(rows: Sequence[tuple[str, Evaluation, Estimate]]) -> Estimate | str:
    """Pool the estimates partially, or say why they cannot be."""
    import pandas as pd

    from evalkit.impact.designs import DESIGNS

    frame = pd.DataFrame(
        {
            "member": [name for name, _, _ in rows],
            "effect": [one.value for _, _, one in rows],
            "error": [one.std_error for _, _, one in rows],
        }
    )
    try:
        return DESIGNS["pooled"](frame, estimate="effect", std_error="error", study="member")
    except DesignError as error:
        return error.wrong


def _shared(
    outcome: str,
    words: tuple[str, str],
    rows: Sequence[tuple[str, Evaluation, Estimate]],
    made: Estimate | None,
    why: str,
) -> SharedMeasure:
    nan = float("nan")
    plan = rows[0][1].protocol.outcomes.get(outcome)
    shrunken: dict[str, float] = {}
    spread, new = nan, None
    if made is not None:
        sites = made.table["sites"]
        shrunken = dict(
            zip(sites["study"].astype(str), sites["shrunken"].astype(float), strict=True)
        )
        table = made.table["heterogeneity"].set_index("statistic")["estimate"]
        spread = float(table["tau"])
        known = {outcome: plan} if plan else {}
        new = new_places(replace(made, id=f"portfolio:{outcome}", outcome=outcome), known)[0]
    return SharedMeasure(
        outcome=outcome,
        label=words[0],
        unit=words[1],
        results=tuple(_result(*row, shrunken.get(row[0], nan)) for row in rows),
        mean=made.value if made else nan,
        low=made.interval.low if made else nan,
        high=made.interval.high if made else nan,
        spread=spread,
        new=new,
        designs=tuple(sorted({one.design for _, _, one in rows})),
        why=why,
    )


def _result(name: str, one: Evaluation, estimate: Estimate, shrunken: float) -> MemberResult:
    state, _ = settle(estimate, outcome_of(estimate, one.protocol), ())
    return MemberResult(
        member=name,
        estimate=estimate.id,
        design=estimate.design,
        value=estimate.value,
        std_error=estimate.std_error,
        low=estimate.interval.low,
        high=estimate.interval.high,
        state=state,
        shrunken=shrunken,
    )


# --- common links and gaps --------------------------------------------------------------------------


def _links(named: _Named) -> tuple[CommonLink, ...]:
    verdicts: dict[str, list[tuple[str, Verdict]]] = {}
    words: dict[str, set[tuple[str, str]]] = {}
    for name, one in named:
        for found in one.contributions:
            if found.link:
                verdicts.setdefault(found.link, []).append((name, found.verdict))
                link = one.theory.link(found.link)
                said = (one.theory.node(link.source).words, one.theory.node(link.target).words)
                words.setdefault(found.link, set()).add(said)
    return tuple(
        CommonLink(
            link=link,
            verdicts=tuple(rows),
            compared=(how := compare([verdict for _, verdict in rows])),
            words=COMPARED_WORDS[how],
            same_words=len(words[link]) == 1,
        )
        for link, rows in sorted(verdicts.items())
        if len(rows) > 1
    )


def compare(verdicts: Sequence[Verdict]) -> Compared:
    """Return how the verdicts of several evaluations on one link compare."""
    every = set(verdicts)
    if every == {"not tested"}:
        return "tested nowhere"
    if len(every) == 1:
        return "agree"
    if "contradicted" in every and every & set(_FOR):
        return "conflict"
    return "tested in some" if "not tested" in every else "lean the same way"


def _gaps(
    named: _Named, members: Sequence[Member], links: Sequence[CommonLink]
) -> tuple[EvidenceGap, ...]:
    everybody = tuple(name for name, _ in named)
    found = [
        EvidenceGap("link tested nowhere", one.link, tuple(name for name, _ in one.verdicts))
        for one in links
        if one.compared == "tested nowhere"
    ]
    found += [
        EvidenceGap("question without an answer", it.ask, (one.id,))
        for one in members
        for it in one.questions
        if not it.answered_by
    ]
    used: dict[str, list[str]] = {}
    for name, one in named:
        for outcome in _main(one):
            used.setdefault(outcome, []).append(name)
    found += [
        EvidenceGap("measure used once", outcome, tuple(names))
        for outcome, names in sorted(used.items())
        if len(names) == 1 < len(everybody)
    ]
    silent = tuple(name for name, one in named if not one.codings)
    bare = tuple(name for name, one in named if not one.protocol.rest.get("delivery"))
    found += [EvidenceGap("nobody heard", "coded passages", silent)] if silent else []
    found += [EvidenceGap("delivery not measured", "delivery", bare)] if bare else []
    return tuple(found)
