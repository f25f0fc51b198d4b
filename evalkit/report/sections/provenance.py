"""Where it all comes from: versions, seeds, fingerprints, and how a number is traced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.evaluation.model import Evaluation
from evalkit.report.document import (
    Block,
    Column,
    FromResult,
    Parts,
    Prose,
    Section,
    TableBlock,
)


def provenance(evaluation: Evaluation) -> Section:
    """Return the section."""
    return Section("provenance", "Where the numbers come from", "all", _blocks(evaluation))


def _blocks(evaluation: Evaluation) -> tuple[Block, ...]:
    found = evaluation.provenance
    return (
        Prose((_TRACED,)),
        _table(found, "versions", "Versions of what made the numbers.", ("Program", "Version")),
        _table(found, "seeds", "Seeds of the random steps.", ("Of", "Seed")),
        _table(found, "inputs", "Fingerprints (SHA) of the files read.", ("File", "Fingerprint")),
    )


_TRACED = (
    "Every number of this report carries the name of its result in the record (results.json), in the "
    "attribute data-result of the element that holds it. Words from the project's files carry the "
    "file and line in data-from."
)


def _table(found: Mapping[str, Any], part: str, caption: str, heads: tuple[str, str]) -> TableBlock:
    entries = found.get(part) or {}
    rows: tuple[tuple[Parts, ...], ...] = tuple(
        (
            (FromResult(str(key), f"provenance#{part}"),),
            (FromResult(str(value), f"provenance#{part}.{key}"),),
        )
        for key, value in entries.items()
    )
    return TableBlock(
        f"table-{part}",
        (caption,),
        (Column((heads[0],)), Column((heads[1],))),
        rows,
        empty="Nothing is recorded.",
    )
