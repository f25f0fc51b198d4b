"""Small numbers: counts of people below the limit of the protocol are not printed.

Areas, schools and authorities are not people, and their counts are part of every design; what could
point at a person is hidden: counts in tables whose unit is a person, and in projects about fewer
than fifty children.
"""

from __future__ import annotations

import re

from evalkit.evaluation.model import Evaluation, TableRead
from evalkit.impact.estimate import Check, Estimate
from evalkit.report.decision import analysis_of
from evalkit.report.document import FromResult, Number, Part, Parts
from evalkit.report.number import count

PEOPLE = frozenset(
    (  # noqa: SIM905 (a list of words)
        "adult baby carer child children client families family father household infant learner "
        "member mother parent participant patient people person pupil resident respondent staff "
        "student teacher user volunteer woman women young youth"
    ).split(" ")
)
"""Words for units that are people, or as good as people."""
FEW_CHILDREN = 50
_WORD = re.compile("[a-z]+")


def about_people(evaluation: Evaluation, table: str) -> bool:
    """Return whether counts of a table's units are counts of people."""
    plan = evaluation.protocol.tables.get(table)
    words = _WORD.findall(plan.unit.lower()) if plan else []
    people = any(word in PEOPLE or word.removesuffix("s") in PEOPLE for word in words)
    return people or small_project(evaluation)


def small_project(evaluation: Evaluation) -> bool:
    """Return whether the project is about so few children that every count could point at one."""
    size = evaluation.about.size
    found = [size[key] for key in ("children", "people", "participants", "pupils") if key in size]
    numbers = [value for value in found if isinstance(value, int | float)]
    return any(value < FEW_CHILDREN for value in numbers)


def estimate_about_people(evaluation: Evaluation, estimate: Estimate) -> bool:
    """Return whether the units of an estimate are people."""
    outcome = evaluation.protocol.outcomes.get(estimate.outcome)
    analysis = analysis_of(estimate, evaluation.protocol)
    table = outcome.table if outcome and outcome.table else analysis.table if analysis else ""
    return about_people(evaluation, table)


def hidden(evaluation: Evaluation) -> Parts:
    """Return what stands in place of a count below the limit."""
    limit = evaluation.protocol.hide_counts_below
    return ("fewer than ", Number(limit, f"{limit}", "protocol#hide_counts_below"), ", not shown")


def shown_count(value: int, result: str, evaluation: Evaluation, *, people: bool) -> Parts:
    """Return a count, or the words that hide it."""
    if people and value < evaluation.protocol.hide_counts_below:
        return hidden(evaluation)
    return (count(value, result),)


def shown_units(evaluation: Evaluation, estimate: Estimate, field: str) -> Parts:
    """Return one of the counts of an estimate (units, treated, clusters, rows), hidden if small.

    Where either the treated or the others are too few, all counts of units are hidden: one of them
    would give the other away.
    """
    result = f"estimates/{estimate.id}#{field}"
    value: int = getattr(estimate, field)
    if field != "n_observations" and _is_small(evaluation, estimate):
        return hidden(evaluation)
    return shown_count(
        value, result, evaluation, people=estimate_about_people(evaluation, estimate)
    )


def _is_small(evaluation: Evaluation, estimate: Estimate) -> bool:
    limit = evaluation.protocol.hide_counts_below
    sides = (estimate.n_treated, estimate.n_units - estimate.n_treated)
    return estimate_about_people(evaluation, estimate) and min(sides) < limit


def check_words(evaluation: Evaluation, estimate: Estimate, check: Check) -> Part:
    """Return what a check means, unless its words would give a hidden count away."""
    result = f"estimates/{estimate.id}#checks.{check.name}.meaning"
    if _is_small(evaluation, estimate) and _tells(check.meaning, estimate):
        return "Its words are not shown: they hold counts of people below the limit."
    return FromResult(check.meaning, result)


def note_words(evaluation: Evaluation, estimate: Estimate, at: int) -> Part:
    """Return a note of an estimate, unless its words would give a hidden count away."""
    note = estimate.notes[at]
    if _is_small(evaluation, estimate) and _tells(note, estimate):
        return "A note is not shown: it holds counts of people below the limit."
    return FromResult(note, f"estimates/{estimate.id}#notes[{at}]")


def _tells(text: str, estimate: Estimate) -> bool:
    counts = (
        estimate.n_treated,
        estimate.n_units,
        estimate.n_units - estimate.n_treated,
        estimate.n_clusters,
    )
    return any(re.search(rf"(?<![\d.]){value}(?![\d.]\d|\d)", text) for value in counts)


def shown_cells(value: int, result: str, evaluation: Evaluation, table: TableRead) -> Parts:
    """Return a count of cells of a table, hidden where each could be a person."""
    return shown_count(value, result, evaluation, people=about_people(evaluation, table.id))
