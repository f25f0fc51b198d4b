"""What was changed on purpose, and whether people judge that it fits the theory.

An adaptation is not a failure. The log says what was changed; whether it fits the theory is for
people to judge, and every judgement is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evalkit.data.table import Table
from evalkit.synthesis.found import Judgement

FITS = ("fits the theory", "against the theory", "unsure")
"""What an adaptation may be judged as."""
SCHEME = "adaptation"


@dataclass(frozen=True, slots=True)
class Adaptation:
    """One change that was made on purpose, and how it was judged.

    Attributes
    ----------
    id : str
        ``adaptation 3 of changes``: the third row of the table; what a judgement names under ``of``.
    what, site : str
        Its words and where, when the table has them.
    logged : str
        What the table itself says of it, one of `FITS` or empty.
    judged : str
        The judgement that stands: the one of ``findings.yaml``; else of the table; ``unsure`` where
        people differ; ``not judged`` where nobody said.
    by, because : tuple of str
    differs : bool
        Whether people, or people and the table, differ.
    """

    id: str
    what: str
    site: str
    logged: str
    judged: str
    by: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    differs: bool = False


_WORDS = ("change", "what", "words", "adaptation", "description")


def adaptations(
    entries: Mapping[str, Mapping[str, Any]],
    tables: Mapping[str, Table],
    judgements: Iterable[Judgement] = (),
) -> tuple[Adaptation, ...]:
    """Return every adaptation of the logs that the protocol names (entries with ``kinds``).

    Parameters
    ----------
    entries, tables
        As for `evalkit.synthesis.delivery.delivered`.
    judgements : iterable of Judgement
        Of scheme ``adaptation``, with a level of `FITS`.
    """
    ours = [one for one in judgements if one.scheme == SCHEME and one.level in FITS]
    return tuple(
        _adaptation(row, at, table, str(entry.get("column", "")), ours)
        for entry in entries.values()
        if entry.get("kinds") and (table := tables.get(str(entry["table"]))) is not None
        for at, row in enumerate(table.frame.to_dict("records"), start=1)
    )


def _adaptation(
    row: Mapping[Any, Any], at: int, table: Table, column: str, judgements: Sequence[Judgement]
) -> Adaptation:
    id = f"adaptation {at} of {table.id}"
    cells = {str(name): "" if pd.isna(value) else str(value) for name, value in row.items()}
    candidates = [cells.get(column, "")] if column else list(cells.values())
    logged = next((cell for cell in candidates if cell in FITS), "")
    mine = sorted((one for one in judgements if one.of == id), key=lambda one: (one.on, one.by))
    levels = {one.level for one in mine}
    site = cells.get(table.cluster, "") or cells.get(table.unit, "")
    return Adaptation(
        id=id,
        what=next((cells[name] for name in _WORDS if cells.get(name)), ""),
        site=site,
        logged=logged,
        judged="unsure" if len(levels) > 1 else next(iter(levels), logged or "not judged"),
        by=tuple(one.by for one in mine),
        because=tuple(one.because for one in mine),
        differs=len(levels | ({logged} if logged else set())) > 1,
    )


def count_adaptations(found: Iterable[Adaptation]) -> dict[str, int]:
    """Return how many adaptations were judged each way, ``not judged`` last."""
    counts = dict.fromkeys((*FITS, "not judged"), 0)
    for one in found:
        counts[one.judged] += 1
    return counts
