"""About the programme, by the headings of TIDieR, and who is behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.evaluation.model import Evaluation
from evalkit.report.document import (
    Block,
    Column,
    FromFile,
    Heading,
    Number,
    Parts,
    Prose,
    Section,
    TableBlock,
    UserProse,
    joined,
)
from evalkit.report.number import written

TIDIER: Mapping[str, str] = {
    "name": "Name",
    "why": "Why it should work",
    "materials": "Materials",
    "procedures": "What is done",
    "who_provided": "Who does it",
    "how": "How",
    "where": "Where",
    "when_and_how_much": "When and how much",
    "tailoring": "What may be fitted to the place",
    "modifications": "What was changed on the way",
    "how_well_planned": "How it was to be checked that it is done as meant",
    "how_well_actual": "How well it was done as meant",
}
"""The headings of TIDieR (Hoffmann and others 2014), in plain words."""


def programme(evaluation: Evaluation) -> Section:
    """Return the section."""
    return Section("programme", "The programme and those behind it", "all", _blocks(evaluation))


def _blocks(evaluation: Evaluation) -> tuple[Block, ...]:
    return (
        *_tidier(evaluation),
        _partners(evaluation),
        _agreements(evaluation),
        _money(evaluation),
        *_standing(evaluation),
    )


def _tidier(evaluation: Evaluation) -> tuple[Block, ...]:
    about = evaluation.about
    blocks: list[Block] = []
    for key, head in TIDIER.items():
        text = _text(about.intervention.get(key))
        if text:
            blocks += [Heading((head,), 5), UserProse(text, about.file)]
    missing = [head.lower() for key, head in TIDIER.items() if not about.intervention.get(key)]
    if missing:
        blocks.append(Prose(("Not described: ", "; ".join(missing), ".")))
    return (Heading(("The programme",)), *blocks)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "\n".join(f"- {one}" for one in value or ())


def _partners(evaluation: Evaluation) -> TableBlock:
    file = evaluation.about.file
    rows = tuple(
        (
            (FromFile(one.name, file),),
            (FromFile(one.role, file) if one.role else "not stated",),
            _listed(one.decides, file),
        )
        for one in evaluation.about.partners
    )
    return TableBlock(
        "table-partners",
        ("Who takes part, and who decides what.",),
        (Column(("Partner",)), Column(("Role",)), Column(("Decides",))),
        rows,
        empty="No partners are named.",
    )


def _agreements(evaluation: Evaluation) -> TableBlock:
    file = evaluation.about.file
    rows = tuple(
        (
            (FromFile(one.what, file),),
            _listed(one.between, file),
            (FromFile(one.state, file),),
            _listed(one.holds_up, file),
        )
        for one in evaluation.about.agreements
    )
    return TableBlock(
        "table-agreements",
        ("Agreements between partners.",),
        (Column(("Agreement",)), Column(("Between",)), Column(("State",)), Column(("Holds up",))),
        rows,
        empty="No agreements are named.",
    )


def _money(evaluation: Evaluation) -> TableBlock:
    file = evaluation.about.file
    rows = tuple(
        (
            (FromFile(one.what, file),),
            (_amount(one.amount, f"evaluation#money[{at}].amount"),),
            (FromFile(one.per, file) if one.per else "in all",),
            (FromFile(one.paid_by, file) if one.paid_by else "not stated",),
            (one.kind,),
        )
        for at, one in enumerate(evaluation.about.money)
    )
    columns = (
        Column(("Cost",)),
        Column(("Amount",), numeric=True),
        Column(("Per",)),
        Column(("Paid by",)),
        Column(("Kind",)),
    )
    return TableBlock(
        "table-money", ("What it costs, and who pays.",), columns, rows, empty="No costs are given."
    )


def _amount(amount: float, result: str) -> Number:
    places = 0 if float(amount).is_integer() else 2
    return Number(amount, written(amount, places), result)


def _standing(evaluation: Evaluation) -> tuple[Block, ...]:
    about = evaluation.about
    blocks: list[Block] = [Heading(("Where the evaluators stand",))]
    blocks.append(
        UserProse(about.standpoint, about.file)
        if about.standpoint
        else Prose(("The evaluators have not said where they stand.",))
    )
    ethics = [
        (f"{key.replace('_', ' ')}: ", FromFile(str(value), about.file))
        for key, value in about.ethics.items()
        if value and key in _ETHICS
    ]
    blocks.append(Heading(("Ethics",)))
    blocks.append(
        Prose((*joined(ethics, "; ", "; "), ".") if ethics else ("Nothing is said of ethics.",))
    )
    if about.sources_of_data:
        blocks.append(
            Prose(("Sources of data: ", *_listed(about.sources_of_data, about.file), "."))
        )
    return tuple(blocks)


_ETHICS = ("approved_by", "reference", "consent", "data_protection", "note")


def _listed(words: tuple[str, ...], file: str) -> Parts:
    return joined([(FromFile(one, file),) for one in words], "; ", "; ") or ("not stated",)
