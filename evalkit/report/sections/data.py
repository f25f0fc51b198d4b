"""The data: what was read, what was changed on reading, what is missing and why."""

from __future__ import annotations

from evalkit.evaluation.model import Evaluation, TableRead
from evalkit.report.document import (
    Block,
    Column,
    Details,
    FromFile,
    FromResult,
    Parts,
    Prose,
    Section,
    TableBlock,
    anchor,
)
from evalkit.report.number import NOTHING, counted
from evalkit.report.small import about_people, hidden, shown_cells, shown_count


def data(evaluation: Evaluation) -> Section:
    """Return the section."""
    return Section("data", "The data, and every change made on reading", "all", _blocks(evaluation))


def _blocks(evaluation: Evaluation) -> tuple[Block, ...]:
    if not evaluation.tables:
        return (Prose(("No table of data was read.",)),)
    return (
        _read_table(evaluation),
        *(block for one in evaluation.tables if not one.absent for block in _one(one, evaluation)),
    )


def _read_table(evaluation: Evaluation) -> TableBlock:
    columns = (
        Column(("Table",)),
        Column(("File",)),
        Column(("Rows",), numeric=True),
        Column(("Columns",), numeric=True),
        Column(("Cells changed",), numeric=True),
        Column(("State",)),
    )
    return TableBlock(
        "table-read",
        ("The tables of the plan, as read.",),
        columns,
        tuple(_read_row(one, evaluation) for one in evaluation.tables),
    )


def _read_row(one: TableRead, evaluation: Evaluation) -> tuple[Parts, ...]:
    origin, id = evaluation.protocol.file, f"tables/{one.id}"
    head: tuple[Parts, ...] = ((FromFile(one.id, origin),), (FromFile(one.file, origin),))
    if one.absent:
        absent: Parts = ("not there: ", FromResult(one.absent, f"{id}#absent"))
        return (*head, (NOTHING,), (NOTHING,), (NOTHING,), absent)
    people = about_people(evaluation, one.id)
    return (
        *head,
        shown_count(one.n_rows, f"{id}#n_rows", evaluation, people=people),
        (counted(one.n_columns, f"{id}#n_columns"),),
        _changed(one, evaluation),
        ("read",),
    )


def _changed(one: TableRead, evaluation: Evaluation) -> Parts:
    changed = sum(number for _, _, number in one.changes)
    if (
        changed
        and about_people(evaluation, one.id)
        and changed < evaluation.protocol.hide_counts_below
    ):
        return hidden(evaluation)
    return (counted(changed, f"tables/{one.id}#changes"),)


def _one(one: TableRead, evaluation: Evaluation) -> tuple[Block, ...]:
    name = FromFile(one.id, evaluation.protocol.file)
    changes = _counts_table(
        one,
        "changes",
        ("Changes made on reading: ", name, "."),
        "Nothing was changed on reading.",
        evaluation,
    )
    missing = _counts_table(
        one,
        "missing",
        ("Missing values by reason: ", name, "."),
        "No value is missing.",
        evaluation,
    )
    title: Parts = ("Changes and missing values: ", name)
    return (Details(title, (changes, missing)),)


def _counts_table(
    one: TableRead, field: str, caption: Parts, empty: str, evaluation: Evaluation
) -> TableBlock:
    entries: tuple[tuple[str, str, int], ...] = getattr(one, field)
    base = f"tables/{one.id}#{field}"
    rows = tuple(
        (
            (FromFile(column, one.file),),
            (FromResult(what, f"{base}[{at}][1]"),),
            shown_cells(number, f"{base}[{at}][2]", evaluation, one),
        )
        for at, (column, what, number) in enumerate(entries)
    )
    heads = ("What was done", "Cells") if field == "changes" else ("Reason", "Cells")
    columns = (Column(("Column",)), Column((heads[0],)), Column((heads[1],), numeric=True))
    return TableBlock(anchor("data", one.id, field), caption, columns, rows, empty=empty)
