"""What was done differently from the plan, computed and told, and what was not run."""

from __future__ import annotations

from evalkit.evaluation.model import Evaluation
from evalkit.report.document import (
    Block,
    Column,
    FromFile,
    FromResult,
    Parts,
    Prose,
    Section,
    TableBlock,
)
from evalkit.report.number import NOTHING


def departures(evaluation: Evaluation) -> Section:
    """Return the section."""
    blocks: tuple[Block, ...] = (_computed(evaluation), _told(evaluation), _not_run(evaluation))
    if evaluation.lock.get("state", "not locked") == "not locked":
        words = "The plan was not locked, so a departure from it cannot be seen by comparing."
        blocks = (Prose((words,)), *blocks)
    return Section("departures", "Departures from the plan, and what was not run", "all", blocks)


def _computed(evaluation: Evaluation) -> TableBlock:
    rows: tuple[tuple[Parts, ...], ...] = tuple(
        (
            (FromResult(one.what, f"departures[{at}]#what"),),
            (FromResult(one.kind, f"departures[{at}]#kind"),),
            (FromResult(one.detail, f"departures[{at}]#detail") if one.detail else NOTHING,),
        )
        for at, one in enumerate(evaluation.departures)
    )
    return TableBlock(
        "table-departures",
        ("Found by comparing with the lock; nobody typed this.",),
        (Column(("What",)), Column(("Kind",)), Column(("Detail",))),
        rows,
        empty="Comparing with the lock found no departure.",
    )


def _told(evaluation: Evaluation) -> TableBlock:
    file = evaluation.protocol.file
    rows: tuple[tuple[Parts, ...], ...] = tuple(
        (
            (FromFile(one.what, file),),
            (FromFile(one.why, file),),
            (FromFile(one.when, file) if one.when else "not stated",),
            (FromFile(one.by, file) if one.by else "not stated",),
        )
        for one in evaluation.told
    )
    return TableBlock(
        "table-told",
        ("Told by the authors, with the reason.",),
        (Column(("What",)), Column(("Why",)), Column(("When",)), Column(("By",))),
        rows,
        empty="The authors tell of no departure.",
    )


def _not_run(evaluation: Evaluation) -> TableBlock:
    rows: tuple[tuple[Parts, ...], ...] = tuple(
        (
            (FromFile(id, evaluation.protocol.file),),
            (FromResult(reason, f"failed#{id}"),),
        )
        for id, reason in evaluation.failed.items()
    )
    return TableBlock(
        "table-not-run",
        ("Planned analyses that gave no estimate, and why.",),
        (Column(("Analysis",)), Column(("Why",))),
        rows,
        empty="Every analysis that could be run gave an estimate.",
    )
