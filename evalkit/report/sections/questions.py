"""What was asked and planned: questions, analyses, why this design, what would change our mind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.evaluation.model import Evaluation
from evalkit.protocol.model import Analysis, Protocol
from evalkit.report.document import (
    Block,
    Column,
    FromFile,
    FromResult,
    Heading,
    Item,
    NestedList,
    Parts,
    Prose,
    Section,
    TableBlock,
    joined,
)
from evalkit.report.name import at, link_words, outcome_words


def questions(evaluation: Evaluation) -> Section:
    """Return the section."""
    return Section(
        "questions", "What was asked, and how it was to be answered", "all", _blocks(evaluation)
    )


def _blocks(evaluation: Evaluation) -> tuple[Block, ...]:
    protocol = evaluation.protocol
    return (
        _lock(evaluation.lock),
        _question_table(evaluation),
        _outcome_table(protocol),
        _analysis_table(protocol),
        Heading(("Choices, and why",)),
        _choice("Why it was not decided by lot", protocol.why_not_random, protocol.file),
        _choice("What was planned for few units", protocol.few_units_plan, protocol.file),
        *_change_our_mind(protocol),
    )


def _lock(lock: Mapping[str, Any]) -> Prose:
    state = lock.get("state", "not locked")
    if state == "not locked":
        return Prose(("The plan was not locked: what was planned beforehand cannot be shown.",))
    words = "has not been changed since" if state == "locked" else "has been changed since"
    on: Parts = (" on ", FromFile(str(lock["on"]), "protocol.lock")) if lock.get("on") else ()
    print_ = FromFile(str(lock.get("sha256", "")), "protocol.lock")
    return Prose(("The plan was locked", *on, f" and {words}. Its fingerprint is ", print_, "."))


def _question_table(evaluation: Evaluation) -> TableBlock:
    protocol = evaluation.protocol
    rows = tuple(
        (
            (FromFile(one.ask, at(protocol.file, one.line)),),
            (one.kind,),
            joined([link_words(evaluation.theory, link) for link in one.links], "; ", "; ")
            or ("no link named",),
            _answered_by(one.id, protocol),
        )
        for one in protocol.questions.values()
    )
    columns = (Column(("Question",)), Column(("Kind",)), Column(("Links",)), Column(("Analyses",)))
    return TableBlock(
        "table-questions", ("The questions.",), columns, rows, empty="No question is asked."
    )


def _answered_by(question: str, protocol: Protocol) -> Parts:
    found: list[Parts] = [
        (FromFile(one.id, at(protocol.file, one.line)),)
        for one in protocol.analyses.values()
        if one.question == question
    ]
    return joined(found) or ("none in numbers",)


def _outcome_table(protocol: Protocol) -> TableBlock:
    rows = []
    for one in protocol.outcomes.values():
        origin = at(protocol.file, one.line)
        smallest = f"{one.margin.value:g} {one.margin.unit}" if one.margin else ""
        rows.append(
            (
                (outcome_words(one.id, protocol), *((" (main)",) if one.main else ())),
                _or(one.unit, origin),
                _or(one.age, origin),
                (f"higher is {one.higher_is}",),
                _or(smallest, origin),
            )
        )
    columns = (
        Column(("Outcome",)),
        Column(("Unit",)),
        Column(("Age",)),
        Column(("Wanted",)),
        Column(("Smallest change that matters",)),
    )
    return TableBlock(
        "table-outcomes",
        ("The outcomes, and what would matter.",),
        columns,
        tuple(rows),
        empty="No outcome is named.",
    )


def _or(text: str, origin: str) -> Parts:
    return (FromFile(text, origin),) if text else ("not stated",)


def _analysis_table(protocol: Protocol) -> TableBlock:
    columns = (
        Column(("Analysis",)),
        Column(("Design",)),
        Column(("Role",)),
        Column(("Outcomes",)),
        Column(("Rows, comparison and options",)),
        Column(("Why this design",)),
    )
    return TableBlock(
        "table-analyses",
        ("The analyses as planned.",),
        columns,
        tuple(_analysis_row(one, protocol) for one in protocol.analyses.values()),
        empty="No analysis of numbers is planned.",
    )


def _analysis_row(one: Analysis, protocol: Protocol) -> tuple[Parts, ...]:
    origin = at(protocol.file, one.line)
    role: Parts = ("check on ", FromFile(one.checks, origin)) if one.checks else (one.role,)
    return (
        (FromFile(one.id, origin),),
        (FromResult(one.design.replace("_", " "), f"protocol/analyses/{one.id}#design"),),
        role,
        joined([(outcome_words(id, protocol),) for id in one.outcomes], "; ", "; "),
        _or(_options(one), origin),
        _or(one.because, origin),
    )


def _options(one: Analysis) -> str:
    said = [f"{key}: {_plain(value)}" for key, value in {**one.keep, **one.options}.items()]
    if one.compare_with:
        rule = one.compare_with
        first, last = rule.over
        said.append(
            f"compared with the {rule.count} {rule.how} by {_plain(rule.by)} "
            f"over {first:g} to {last:g}"
        )
    return "; ".join(said)


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_plain(one) for one in value)
    return str(value)


def _choice(head: str, text: str, file: str) -> Prose:
    return Prose((f"{head}: ", *_or(text, file)))


def _change_our_mind(protocol: Protocol) -> tuple[Block, ...]:
    if not protocol.change_our_mind:
        return (Prose(("What would change the authors' minds is not stated.",)),)
    items = tuple(Item((FromFile(one, protocol.file),)) for one in protocol.change_our_mind)
    return (
        Prose(("The authors said beforehand that this would change their minds:",)),
        NestedList(items),
    )
