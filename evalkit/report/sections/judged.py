"""What people judged of the evidence, and what partners replied: their words, kept apart from ours."""

from __future__ import annotations

from evalkit.evaluation.model import Evaluation
from evalkit.report.document import Block, Column, FromFile, Heading, Parts, Section, TableBlock
from evalkit.report.name import at
from evalkit.synthesis.found import Judgement, Reply

_FILE = "findings.yaml"


def judged(evaluation: Evaluation) -> Section:
    """Return the section."""
    title = "What people judged, and what partners replied"
    return Section("judged", title, "all", _blocks(evaluation))


def _blocks(evaluation: Evaluation) -> tuple[Block, ...]:
    return (
        Heading(("Judgements",)),
        TableBlock(
            "table-judgements",
            ("Judgements that people made of the evidence, each with its reason.",),
            tuple(Column((head,)) for head in ("Of", "Scheme", "Level", "Because", "By", "On")),
            tuple(_judgement(one) for one in evaluation.judgements),
            empty="Nobody has written down a judgement of the evidence.",
        ),
        Heading(("Replies",)),
        TableBlock(
            "table-replies",
            ("What partners say to the findings.",),
            tuple(Column((head,)) for head in ("From", "To", "Says", "On")),
            tuple(_reply(one) for one in evaluation.replies),
            empty="No partner's reply has been written down.",
        ),
    )


def _judgement(one: Judgement) -> tuple[Parts, ...]:
    scheme = f"{one.scheme}: {one.component}" if one.component else one.scheme
    words = (one.of, scheme, one.level, one.because, one.by, one.on)
    return tuple((FromFile(text, at(_FILE, one.line)),) for text in words)


def _reply(one: Reply) -> tuple[Parts, ...]:
    return tuple(
        (FromFile(text, at(_FILE, one.line)),) for text in (one.who, one.to, one.says, one.on)
    )
