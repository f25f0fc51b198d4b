"""Subgroups of any design, and the gap between them: the ``by`` option.

The estimate of each subgroup is the design run on its rows alone. The gap between two subgroups is
the difference of their estimates; its error allows for clusters that hold both (girls and boys of
one school), through the contribution of each cluster to each estimate, or, where a design has
none, by leaving out clusters in turn.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, ParamSpec, cast

import numpy as np
import pandas as pd

from evalkit.errors import DesignError, EvalkitError
from evalkit.impact.again import NUMBERS, row_of
from evalkit.impact.estimate import Check, Estimate
from evalkit.impact.frame import read_columns, refuse

P = ParamSpec("P")
MOST_GROUPS = 12
MOST_LEFT_OUT = 20
"""Most blocks of clusters left out in turn, where a design gives no contributions."""


class Gap(NamedTuple):
    """Difference of the estimates of two subgroups, its error, and how that was made."""

    value: float
    std_error: float
    df: float
    method: str


def with_subgroups(design: Callable[P, Estimate]) -> Callable[P, Estimate]:
    """Give a design the ``by`` option: the function itself need not know of it."""

    @functools.wraps(design)
    def run(*args: P.args, **options: P.kwargs) -> Estimate:
        rest = {name: value for name, value in options.items() if name != "by"}
        by = options.get("by")
        call = cast("Callable[..., Estimate]", design)
        if by is None:
            return call(*args, **rest)
        return _by_groups(call, args[0], str(by), rest)

    return run


def _by_groups(
    design: Callable[..., Estimate], frame: Any, by: str, options: Mapping[str, Any]
) -> Estimate:
    column, rows = groups_of(frame, by, design.__name__)
    whole = design(frame, **options)
    parts: dict[str, Estimate | str] = {}
    for name, chosen in rows.items():
        try:
            parts[name] = design(rows_of(frame, chosen), **options)
        except EvalkitError as error:
            parts[name] = error.wrong
    made = {name: part for name, part in parts.items() if not isinstance(part, str)}
    level = whole.interval.level
    gaps = [
        {"group": name, "against": first, **_gap_row(found, level)}
        for first in list(made)[:1]
        for name in list(made)[1:]
        for found in [_gap(design, frame, (rows, name, first), made, options)]
    ]
    table = pd.DataFrame(_adjusted(gaps), columns=GAP_COLUMNS)
    blank = int(column.isna().sum())
    notes = (f"{blank} rows have no `{by}` and are in no subgroup.",) if blank else ()
    return replace(
        whole,
        table={
            **whole.table,
            "subgroups": pd.DataFrame([_part_row(*item) for item in parts.items()]),
            "subgroup_gaps": table,
        },
        checks=(*whole.checks, _check(by, parts, table)),
        notes=(*whole.notes, *notes),
    )


def groups_of(frame: Any, by: str, design: str) -> tuple[pd.Series[Any], dict[str, Any]]:
    """Return the column and, for each of its values in order, which rows hold it.

    Raises
    ------
    DesignError
        When the column is not there, or has one value or too many.
    """
    table, faults = read_columns(frame, [by])
    refuse(faults, design)
    column = table[by]
    values = sorted(column.dropna().unique().tolist(), key=lambda one: (str(type(one)), one))
    if not 2 <= len(values) <= MOST_GROUPS:
        raise DesignError(
            f"{design} cannot be estimated by `{by}`: the column has {len(values)} different values.",
            do=f"Choose a column with 2 to {MOST_GROUPS} values; put numbers into bands first.",
        )
    return column, {_label(value): (column == value).to_numpy(dtype=bool) for value in values}


def _label(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def rows_of(frame: Any, chosen: Any) -> Any:
    """Return some rows of a pandas, polars or Arrow frame, in its own kind."""
    import narwhals.stable.v1 as nw

    return nw.from_native(frame, eager_only=True).filter(chosen.tolist()).to_native()


def _part_row(name: str, part: Estimate | str) -> dict[str, Any]:
    if isinstance(part, str):
        return {"group": name, **dict.fromkeys(NUMBERS, math.nan), **_sizes(None), "why": part}
    return {"group": name, **row_of(part), **_sizes(part)}


def _sizes(part: Estimate | None) -> dict[str, Any]:
    if part is None:
        return {"n_units": 0, "n_clusters": 0, "method": ""}
    method = part.interval.method
    return {"n_units": part.n_units, "n_clusters": part.n_clusters, "method": method}


def _gap(
    design: Callable[..., Estimate],
    frame: Any,
    which: tuple[Mapping[str, Any], str, str],
    made: Mapping[str, Estimate],
    options: Mapping[str, Any],
) -> Gap:
    rows, name, against = which
    one, other = made[name], made[against]
    value = one.value - other.value
    df = min(one.n_clusters, other.n_clusters) - 1.0
    if one.contributions is not None and other.contributions is not None:
        difference = pd.Series(one.contributions).sub(
            pd.Series(other.contributions), fill_value=0.0
        )
        error = math.sqrt(float((difference.sort_index() ** 2).sum()))
        return Gap(value, error, df, "contributions of clusters to both estimates")
    cluster = options.get("cluster") or options.get("unit") or options.get("site")
    held = read_columns(frame, [str(cluster)])[0] if cluster else pd.DataFrame()
    labels = held[str(cluster)].astype(str) if len(held) else None
    if labels is None or not set(labels[rows[name]]) & set(labels[rows[against]]):
        error = math.hypot(one.std_error, other.std_error)
        return Gap(value, error, df, "the two share no cluster, so their errors add")
    blocks = _blocks(labels)
    again = [
        _leave_out(design, frame, (rows, name, against), blocks != block, options)
        for block in range(int(blocks.max()) + 1)
    ]
    known = np.array([one for one in again if one is not None])
    if len(known) < len(again):
        return Gap(value, math.nan, math.nan, "not known: it fails when clusters are left out")
    spread = (len(known) - 1) / len(known) * float(((known - known.mean()) ** 2).sum())
    return Gap(value, math.sqrt(spread), len(known) - 1.0, "blocks of clusters left out in turn")


def _blocks(labels: pd.Series[Any]) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return the block of each row: clusters, in the order of their size, dealt out in turn."""
    counts = labels.value_counts()
    order = sorted(counts.index, key=lambda name: (-counts[name], name))
    place = {name: i % MOST_LEFT_OUT for i, name in enumerate(order)}
    return labels.map(place).to_numpy(dtype=np.intp)


def _leave_out(
    design: Callable[..., Estimate],
    frame: Any,
    which: tuple[Mapping[str, Any], str, str],
    kept: Any,
    options: Mapping[str, Any],
) -> float | None:
    rows, name, against = which
    try:
        one, other = (
            design(rows_of(frame, rows[group] & kept), **options).value for group in (name, against)
        )
    except EvalkitError:
        return None
    return one - other


GAP_COLUMNS = (
    *("group", "against", "estimate", "std_error", "df", "low", "high"),
    *("p_value", "p_holm", "method"),
)


def _gap_row(gap: Gap, level: float) -> dict[str, Any]:
    from evalkit.impact.inference import t_row

    made = t_row(gap.method, gap.value, gap.std_error, gap.df, level)
    return {"estimate": gap.value, **{key: made[key] for key in (*GAP_COLUMNS[3:8], "method")}}


def _adjusted(gaps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with Holm's (1979) p-values beside the plain ones."""
    known = [row["p_value"] for row in gaps]
    order = sorted(range(len(gaps)), key=lambda i: (math.isnan(known[i]), known[i]))
    worst = 0.0
    for rank, i in enumerate(order):
        worst = max(worst, min(1.0, known[i] * (len(gaps) - rank)))
        gaps[i]["p_holm"] = worst if not math.isnan(known[i]) else math.nan
    return gaps


def _check(by: str, parts: Mapping[str, Estimate | str], gaps: pd.DataFrame) -> Check:
    failed = [name for name, part in parts.items() if isinstance(part, str)]
    found = gaps["p_holm"].dropna()
    smallest = float(found.min()) if len(found) else None
    words = [f"Estimated in each of {len(parts)} subgroups by `{by}`; the gaps stand in a table."]
    if failed:
        words.append(f"Not to be had in: {', '.join(failed)}.")
    if smallest is not None and smallest < 0.05:
        words.append(
            f"The subgroups differ (smallest Holm p = {smallest:.3g}). Why they differ, this design "
            "does not say: membership of a subgroup was not changed by anyone."
        )
    elif smallest is not None:
        words.append(
            f"No gap stands out (smallest Holm p = {smallest:.3g}); this does not show that the "
            "effects are alike, and an effect that is found in one subgroup only is no sign of it."
        )
    return Check("subgroups", None, smallest, "information", " ".join(words))
