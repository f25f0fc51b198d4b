"""From the tidy tables of an estimate to tables of the report, an id on every cell."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from evalkit.impact.estimate import Estimate
from evalkit.report.document import Column, FromResult, Number, Part, Parts, TableBlock, anchor
from evalkit.report.name import estimate_id
from evalkit.report.number import MINUS, NOTHING, measure, p_value, places_for, share

if TYPE_CHECKING:
    import pandas as pd

HEADS: dict[str, str] = {
    "aggregate": "Summed up by",
    "cases": "Cases",
    "contradiction": "Cases differ",
    "coverage": "Coverage",
    "deviant": "Without the outcome",
    "expression": "Combination",
    "inclusion": "Consistency",
    "made": "How it was made",
    "model": "Model",
    "model_coverage": "Coverage of all",
    "model_inclusion": "Consistency of all",
    "n": "Cases, number",
    "necessary": "Necessary",
    "out": "Outcome",
    "pri": "PRI",
    "relevance": "Relevance",
    "row": "Row",
    "set": "Set",
    "solution": "Solution",
    "term": "Combination",
    "unique_coverage": "Coverage of its own",
    "adjusted": "Adjusted",
    "band_high": "Band, high",
    "band_low": "Band, low",
    "df": "Degrees of freedom",
    "distribution": "Distribution",
    "ess_bulk": "Effective draws, middle",
    "ess_tail": "Effective draws, tails",
    "estimate": "Estimate",
    "hdi_high": "Narrowest interval, high",
    "hdi_low": "Narrowest interval, low",
    "high": "High",
    "leads": "Leads",
    "level": "Level",
    "low": "Low",
    "mcse": "Simulation error",
    "mean": "Mean",
    "median": "Median",
    "method": "Method",
    "n_comparison": "Comparison units",
    "n_treated": "Treated units",
    "observed": "Observed",
    "p_above_zero": "Chance above nought",
    "p_beyond_margin": "Chance beyond the smallest change that matters",
    "p_value": "p-value",
    "parameter": "Parameter",
    "period": "Period",
    "prior": "Prior",
    "priors": "Priors",
    "quantity": "Quantity",
    "raw_estimate": "Site alone",
    "reference": "Compared with",
    "relative": "Periods since the start",
    "rhat": "R-hat",
    "scale_in_sd": "Scale, in standard deviations",
    "sd": "Standard deviation",
    "share": "Share",
    "shrinkage": "Drawn towards the mean by",
    "site": "Site",
    "source": "From",
    "std_error": "Standard error",
    "words": "In words",
}
_VALUES = frozenset(
    (
        *("estimate", "low", "high", "mean", "median", "sd", "std_error", "raw_estimate"),
        *("observed", "hdi_low", "hdi_high", "band_low", "band_high"),
    )
)
"""Columns in the outcome's own unit; they share their decimal places."""
_YES = frozenset(("contradiction", "far", "necessary"))
"""Columns of 0 and 1 that are read as no and yes."""
_FITS = frozenset(
    (
        *("inclusion", "pri", "coverage", "unique_coverage", "relevance"),
        *("model_inclusion", "model_coverage"),
    )
)
"""Fits of sets, which are read to three places."""
_SHARES = frozenset({"share", "shrinkage", "p_above_zero", "p_beyond_margin"})


def frame_table(
    estimate: Estimate,
    name: str,
    *,
    caption: Parts,
    leave_out: Collection[str] = (),
    empty: str = "There is no such table for this estimate.",
) -> TableBlock:
    """Return a table of an estimate as a block.

    Parameters
    ----------
    estimate : Estimate
        Whose table.
    name : str
        Key in ``estimate.table``.
    caption : tuple of parts
        Its title.
    leave_out : collection of str
        Columns not shown.
    empty : str
        Said when there is no such table, or no row in it.
    """
    return named_table(
        estimate.table.get(name),
        f"{estimate_id(estimate)}#table.{name}",
        anchor(estimate.id, name),
        caption=caption,
        leave_out=leave_out,
        empty=empty,
    )


def named_table(
    frame: pd.DataFrame | None,
    base: str,
    id: str,
    *,
    caption: Parts,
    leave_out: Collection[str] = (),
    empty: str = "There is no such table.",
) -> TableBlock:
    """Return a table of the record as a block.

    Parameters
    ----------
    frame : pandas.DataFrame or None
    base : str
        Its place in ``results.json``.
    id : str
        Of the block.
    caption, leave_out, empty
        As for `frame_table`.
    """
    if frame is None or not len(frame):
        return TableBlock(id, caption, (), (), empty=empty)
    shown = [str(column) for column in frame.columns if column not in leave_out]
    places = _common_places(frame)
    formats = {column: _format(frame, column, places) for column in shown}
    columns = tuple(Column(_head(column), formats[column] != "text") for column in shown)
    rows = tuple(
        tuple(
            (_cell(frame[column].iloc[at], formats[column], f"{base}[{at}].{column}"),)
            for column in shown
        )
        for at in range(len(frame))
    )
    return TableBlock(id, caption, columns, rows, empty=empty)


def _head(column: str) -> Parts:
    return (HEADS.get(column) or FromResult(column.replace("_", " "), "columns"),)


def _common_places(frame: pd.DataFrame) -> int:
    """Return the decimal places of values in the outcome's unit: what the widest interval bears."""
    if not {"low", "high"} <= set(frame.columns):
        return 2
    pairs = zip(frame["low"].tolist(), frame["high"].tolist(), strict=True)
    widths = [high - low for low, high in pairs if _is_there(low) and _is_there(high)]
    return min(places_for(max(widths, default=1.0)) + 1, 5)


def _format(frame: pd.DataFrame, column: str, places: int) -> str:
    """Return how a column is printed: text, yes or no, p, share, count, or a number of places."""
    values = [value for value in frame[column].tolist() if _is_there(value)]
    if not values or any(isinstance(value, str) for value in values):
        return "text"
    if column in _YES or all(isinstance(value, bool) for value in values):
        return "yes"
    known = {"p_value": "p", "rhat": "3", **dict.fromkeys(_SHARES, "share")}
    known |= dict.fromkeys(_VALUES, str(places)) | dict.fromkeys(_FITS, "3")
    if column in known:
        return known[column]
    if all(float(value).is_integer() for value in values):
        return "count"
    largest = max(abs(float(value)) for value in values)
    return str(min(places_for(largest) + 1, 5))


def _cell(value: Any, how: str, result: str) -> Part:
    value = value.item() if hasattr(value, "item") else value
    if not _is_there(value):
        return NOTHING
    if how == "yes":
        return "yes" if value else "no"
    return FromResult(value, result) if isinstance(value, str) else _number(value, how, result)


def _number(value: float, how: str, result: str) -> Part:
    if how == "p":
        return p_value(float(value), result)
    if how == "share":
        return share(float(value), result)
    if how in ("count", "text"):
        return Number(float(value), f"{value:.0f}".replace("-", MINUS), result)
    return measure(float(value), result, int(how))


def _is_there(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))
