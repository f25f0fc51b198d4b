"""Spillover and displacement: what happened to untreated neighbours of the treated.

Where neighbours gain (spillover) the comparison with them hides part of the effect; where they
lose (displacement) it makes the effect look larger than it is. The design is run again without
the neighbours, and again with the neighbours as if they had been treated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.again import Design, row_of, run_again
from evalkit.impact.estimate import Check, Estimate, Verdict
from evalkit.impact.exposure import columns_of, number, treated_rows, treatment_option, with_column
from evalkit.impact.frame import Floats
from evalkit.impact.subgroups import rows_of


def with_neighbours(
    estimate: Estimate, design: Design, frame: Any, options: Mapping[str, Any], *, neighbours: str
) -> Estimate:
    """Return the estimate with a check and a table on untreated neighbours of the treated.

    Parameters
    ----------
    estimate : Estimate
        What `design` gave on the whole frame.
    design : callable
        A design of ``DESIGNS``.
    frame : pandas or polars DataFrame
    options : mapping
        The design's options, ``outcome`` among them.
    neighbours : str
        Column: 1 for untreated units near a treated one (or otherwise within reach), 0 otherwise.

    Returns
    -------
    Estimate
        With ``table["spillover"]`` (sample, estimate, std_error, low, high, p_value, why) and the
        check ``spillover``.

    Raises
    ------
    DesignError
        The column holds other values than 0 and 1, or no untreated unit is a neighbour.
    """
    near, ever = _neighbours(frame, options, neighbours)
    kept = rows_of(frame, ~near)
    others = with_column(frame, options[treatment_option(options)], _as_if(frame, options, near))
    rows = [
        {"sample": "as planned", **row_of(estimate)},
        {"sample": "neighbours left out", **run_again(design, kept, options)},
        {
            "sample": "neighbours as if treated, the treated left out",
            **run_again(design, rows_of(others, ~ever), options),
        },
    ]
    table = pd.DataFrame(rows)
    check = _check(table, int(near.sum()), neighbours)
    return replace(
        estimate,
        table={**estimate.table, "spillover": table},
        checks=(*estimate.checks, check),
    )


def _neighbours(frame: Any, options: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    """Return which rows are of untreated neighbours, and which of units that ever are treated."""
    table = columns_of(frame, [name])
    values = number(table, name)
    if not set(np.unique(values[np.isfinite(values)]).tolist()) <= {0.0, 1.0}:
        raise DesignError(f"`{name}` has values other than 0 and 1.", do="Make it 0 and 1.")
    ever = _ever(frame, options)
    near = (np.nan_to_num(values) == 1) & ~ever
    if not near.any():
        raise DesignError(
            f"No untreated unit is marked in `{name}`.",
            do="Put 1 for untreated units near a treated one.",
        )
    return near, ever


def _ever(frame: Any, options: Mapping[str, Any]) -> Any:
    """Return which rows are of units (or clusters) that are treated at some time."""
    option = treatment_option(options)
    values = number(columns_of(frame, [options[option]]), options[option])
    marked = np.isfinite(values) & (values != 0)
    holder = options.get("unit") or options.get("site")
    if option != "treatment" or not holder:
        return marked
    labels = columns_of(frame, [holder])[holder]
    return labels.isin(labels[marked].unique()).to_numpy()


def _as_if(frame: Any, options: Mapping[str, Any], near: Any) -> Floats:
    """Return the column of treatment had the neighbours been treated from the first start on."""
    option = treatment_option(options)
    name = options[option]
    values = np.nan_to_num(number(columns_of(frame, [name]), name))
    if option == "first_treated":
        return np.where(near, values[values != 0].min(), values)
    if option == "treated" or not isinstance(options.get("time"), str):
        return np.where(near, 1.0, values)
    times = columns_of(frame, [options["time"]])[options["time"]]
    on = treated_rows(frame, options)
    late = (times >= times[on].min()).to_numpy()
    return np.where(near, late.astype(float), values)


def _check(table: pd.DataFrame, rows: int, name: str) -> Check:
    planned, without, moved = table.to_dict("records")
    if moved["why"]:
        meaning = f"The effect on neighbours (`{name}`) cannot be had: {moved['why']}"
        return Check("spillover", None, None, "information", meaning)
    seen = moved["low"] > 0 or moved["high"] < 0
    same = moved["estimate"] * planned["estimate"] > 0
    verdict: Verdict = "concern" if seen else "information"
    reading = (
        (
            "They moved the same way as the treated, so comparing with them hides part of the effect."
            if same
            else "They moved the other way, so part of the effect may be displaced and not new."
        )
        if seen
        else "No movement of theirs stands out; a small one could still go unseen."
    )
    meaning = (
        f"{rows} rows are of untreated neighbours (`{name}`). As if treated, their estimate is "
        f"{moved['estimate']:.3g} ({moved['low']:.3g} to {moved['high']:.3g}). {reading} Without "
        f"them the estimate is {without['estimate']:.3g} instead of {planned['estimate']:.3g}."
    )
    p = None if math.isnan(moved["p_value"]) else moved["p_value"]
    return Check("spillover", moved["estimate"], p, verdict, meaning)
