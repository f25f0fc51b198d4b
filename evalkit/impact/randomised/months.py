"""Months of progress, for attainment only: the conversion tables of the EEF, dated and sourced."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from evalkit.impact.estimate import Standardised


@dataclass(frozen=True, slots=True)
class Conversion:
    """A table from effect sizes to months: the smallest effect size of months 1, 2, 3 ... 12."""

    title: str
    source: str
    status: str
    starts: tuple[float, ...]


_FROM_TWO = (0.10, 0.19, 0.27, 0.36, 0.45, 0.53, 0.62, 0.70, 0.79, 0.88, 0.96)

CONVERSIONS = {
    "eef_projects": Conversion(
        "EEF project reports",
        "bands used in EEF evaluation reports about 2019",
        "0 and 1 month unchecked against the EEF's own page",
        (0.05, *_FROM_TWO),
    ),
    "eef_toolkit_2018": Conversion(
        "EEF Toolkit, 2018 to 2020",
        "Teaching and Learning Toolkit page, copy of about 2018 to 2020",
        "checked",
        (0.02, *_FROM_TWO),
    ),
    "eef_toolkit_2026": Conversion(
        "EEF Toolkit, April 2026",
        "copy of the Toolkit kept by Oak National Academy, 2 April 2026",
        "unchecked against the EEF's own page",
        (0.06, *_FROM_TWO),
    ),
}
"""Value of the option `months` -> table. From two months up all agree."""


def months(effect: float, table: Conversion) -> int:
    """Return months of progress of an effect size, rounded to two digits first; 12 is the most.

    Negative effects mirror: fewer months of progress than the comparison, not a way back.
    """
    size = round(abs(effect) + 1e-12, 2)
    count = sum(1 for start in table.starts if size >= start - 1e-9)
    return -count if effect < 0 else count


def months_table(standard: Standardised, chosen: str) -> pd.DataFrame:
    """Return months of progress of the effect size and of the ends of its interval, by each table."""
    rows = []
    for key, table in CONVERSIONS.items():
        low, high = (
            months(end, table) if math.isfinite(end) else math.copysign(math.inf, end)
            for end in (standard.low, standard.high)
        )
        rows.append(
            {
                "table": key,
                "title": table.title,
                "effect_size": standard.hedges_g,
                "months": months(standard.hedges_g, table),
                "low": low,
                "high": high,
                "source": table.source,
                "status": table.status,
                "leads": key == chosen,
            }
        )
    return pd.DataFrame(rows)
