"""The signs that were to be looked for on links: what was found, and what it adds up to."""

from __future__ import annotations

import math

from evalkit.evaluation.model import Evaluation
from evalkit.report.document import (
    Block,
    Column,
    FromFile,
    FromResult,
    Number,
    Part,
    Parts,
    Prose,
    Section,
    TableBlock,
    joined,
)
from evalkit.report.name import at, link_words
from evalkit.report.number import count, written
from evalkit.synthesis.tracing import PRIORS


def signs(evaluation: Evaluation) -> Section:
    """Return the section."""
    return Section("signs", "The signs looked for on links", "all", _blocks(evaluation))


def _blocks(evaluation: Evaluation) -> tuple[Block, ...]:
    if not evaluation.tests:
        return (Prose(("No sign was planned to be looked for.",)),)
    late = [one for one in evaluation.traces if one.with_late is not None]
    told: tuple[Block, ...] = ()
    if late:
        told = (
            Prose(
                (
                    (
                        "Signs that were planned after the evidence was locked are left out of the "
                        "sums; with them some links would stand differently."
                    ),
                )
            ),
        )
    return (_tests(evaluation), _weights(evaluation), _traces(evaluation), *told)


def _tests(evaluation: Evaluation) -> TableBlock:
    """Return the process tests with what was found of each."""
    lines = {id: one.line for id, one in evaluation.protocol.tests.items()}
    rows = []
    for one in evaluation.tests:
        origin = at(evaluation.protocol.file, lines.get(one.id, 0))
        rows.append(
            (
                (FromFile(one.look_for, origin),),
                link_words(evaluation.theory, one.link),
                (FromFile(one.if_true, origin),),
                (FromFile(one.if_false, origin),),
                (
                    one.found,
                    *((": ", FromFile(one.because, "findings.yaml")) if one.because else ()),
                ),
                joined([(FromFile(it, "findings.yaml"),) for it in one.evidence], "; ", "; ")
                or ("none named",),
            )
        )
    columns = (
        Column(("Sign",)),
        Column(("Link",)),
        Column(("If the link holds",)),
        Column(("If it does not",)),
        Column(("Found",)),
        Column(("Evidence",)),
    )
    return TableBlock(
        "table-tests",
        ("Signs that were to be looked for on links, and what was found.",),
        columns,
        tuple(rows),
        empty="No sign was planned to be looked for.",
    )


def _weights(evaluation: Evaluation) -> TableBlock:
    """Return what each sign is worth: its label, its ratios, its weight."""
    rows = []
    for trace in evaluation.traces:
        for place, one in enumerate(trace.signs):
            where = f"traces/{trace.link}#signs[{place}]"
            rows.append(
                (
                    (FromResult(one.id, f"{where}.id"),),
                    link_words(evaluation.theory, trace.link),
                    (one.label,),
                    _ends(one.if_found, f"{where}.if_found"),
                    _ends(one.if_absent, f"{where}.if_absent"),
                    _ends(one.decibels, f"{where}.decibels", places=1),
                    ("yes" if one.flips else "no",),
                )
            )
    columns = (
        Column(("Sign",)),
        Column(("Link",)),
        Column(("What it is",)),
        Column(("Ratio if found",)),
        Column(("Ratio if absent",)),
        Column(("Weight of what was found, in decibels",)),
        Column(("Would the other result change the verdict?",)),
    )
    return TableBlock(
        "table-weights",
        (
            (
                "What each sign is worth: how much likelier it is with the link than without. The label "
                "follows from the chances above; nobody typed it."
            ),
        ),
        columns,
        tuple(rows),
        empty="No sign was planned to be looked for.",
    )


def _traces(evaluation: Evaluation) -> TableBlock:
    """Return what the signs on each link add up to, from several starting points."""
    rows = []
    for trace in evaluation.traces:
        where = f"traces/{trace.link}"
        spans = [
            _ends((one.low, one.high), f"{where}#posterior[{place}]", percent=True)
            for place, one in enumerate(trace.posterior)
        ]
        rows.append(
            (
                link_words(evaluation.theory, trace.link),
                *spans,
                (count(trace.packages, f"{where}#packages"),),
                (trace.verdict,),
            )
        )
    starts = tuple(
        Column(
            (
                "From ",
                Number(prior, f"{100 * prior:.0f}%", "rules/priors"),
            )
        )
        for prior in PRIORS
    )
    columns = (
        Column(("Link",)),
        *starts,
        Column(("Independent packages",), numeric=True),
        Column(("Verdict of the signs",)),
    )
    return TableBlock(
        "table-traces",
        (
            (
                "How likely each link is after its signs, whatever one believed before: the range that "
                "the chances allow, and that signs of one source may hang together. Where the range "
                "holds one half, the signs do not settle it."
            ),
        ),
        columns,
        tuple(rows),
        empty="No sign was planned to be looked for.",
    )


def _ends(
    ends: tuple[float, float], result: str, *, places: int = 2, percent: bool = False
) -> Parts:
    """Return a range as "0.5 to 2.0"; a result id names it as a whole."""

    def one(value: float, end: str) -> Part:
        if not math.isfinite(value):
            return "without end"
        text = f"{100 * value:.0f}%" if percent else written(value, places)
        return Number(value, text, f"{result}{end}")

    names = (".low", ".high") if percent else ("[0]", "[1]")
    low, high = (one(value, end) for value, end in zip(ends, names, strict=True))
    return (low, " to ", high)
