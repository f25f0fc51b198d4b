"""Which combinations of conditions went with an outcome, case by case."""

from __future__ import annotations

from evalkit.evaluation.model import Evaluation
from evalkit.report.document import (
    Block,
    FromResult,
    Heading,
    Item,
    NestedList,
    Parts,
    Prose,
    Section,
    TableBlock,
    anchor,
)
from evalkit.report.name import outcome_words
from evalkit.report.number import counted, share
from evalkit.report.small import about_people
from evalkit.report.table import named_table
from evalkit.synthesis.configurations.planned import Configuration

_HOW = (
    "Cases are compared as wholes: which conditions went together where the outcome was reached, and "
    "where it was not. This shows patterns among these cases; it does not by itself show what caused "
    "them."
)
_TABLES: tuple[tuple[str, str], ...] = (
    ("sets", "How each condition and the outcome were made into sets."),
    ("truth", "The truth table: every combination that occurs, and the cases that show it."),
    ("necessity", "Conditions held against the outcome: without it, is there no outcome?"),
    ("solutions", "Combinations that were enough for the outcome; models that tie are all listed."),
    ("negated", "Combinations that were enough for its absence."),
    ("robustness", "The conservative solution under other cut-offs, and without each case."),
    ("left_out", "Cases left out, as a value is missing."),
)
_CASES = ("cases", "deviant", "case", "change")
_REPEATED = ("expression", "pri")
"""The whole model stands in each of its rows; PRI is for the truth table."""


def configurations(evaluation: Evaluation) -> Section:
    """Return the section."""
    blocks = [block for one in evaluation.configurations for block in _one(one, evaluation)]
    found = (Prose((_HOW,)), *blocks) if blocks else (Prose(("No such comparison was planned.",)),)
    return Section("configurations", "Which combinations went with the outcome", "all", found)


def _one(one: Configuration, evaluation: Evaluation) -> tuple[Block, ...]:
    base = f"configurations/{one.id}"
    return (
        Heading(_title(one, evaluation), id=anchor("configuration", one.id)),
        Prose(("Cases compared: ", counted(one.n_cases, f"{base}#n_cases"), ".", *_chance(one))),
        *(_table(one, name, caption, evaluation) for name, caption in _TABLES),
        *_notes(one),
    )


def _title(one: Configuration, evaluation: Evaluation) -> Parts:
    """Return the outcome in its own words, where the plan has them."""
    protocol = evaluation.protocol
    plan = next((it for it in protocol.combinations if it.id == one.id), None)
    if plan is not None and plan.outcome in protocol.outcomes:
        return (outcome_words(plan.outcome, protocol),)
    return (FromResult(one.outcome, f"configurations/{one.id}#outcome"),)


def _chance(one: Configuration) -> Parts:
    if one.chance is None:
        return ()
    told = " Share of shufflings of the outcome that gave a solution as good: "
    return (told, share(one.chance, f"configurations/{one.id}#chance"), ".")


def _table(one: Configuration, name: str, caption: str, evaluation: Evaluation) -> TableBlock:
    plan = next((it for it in evaluation.protocol.combinations if it.id == one.id), None)
    people = plan is not None and about_people(evaluation, plan.table)
    return named_table(
        one.table.get(name),
        f"configurations/{one.id}#table.{name}",
        anchor(one.id, name),
        caption=(caption,),
        leave_out=(
            *(_CASES if people else ()),
            *(_REPEATED if name in ("solutions", "negated") else ()),
        ),
        empty="None.",
    )


def _notes(one: Configuration) -> tuple[Block, ...]:
    base = f"configurations/{one.id}"
    items = tuple(
        Item((FromResult(words, f"{base}#notes[{k}]"),)) for k, words in enumerate(one.notes)
    )
    return (Heading(("Notes",), 5), NestedList(items)) if items else ()
