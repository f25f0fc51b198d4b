"""Dose and fidelity: whether those who got more of it, or got it as meant, gained more.

Nobody was given their dose at random, so a slope here is a pattern and not an effect: places that
delivered more may differ in much else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.estimate import Check, Estimate
from evalkit.impact.exposure import columns_of, number, treated_rows
from evalkit.impact.frame import Floats, names_of
from evalkit.impact.inference import t_row
from evalkit.impact.least_squares import Ints, absorb, cr2, fit, independent_columns

THIRDS = ("lowest third", "middle third", "highest third")
CAUTION = (
    "Nobody was given a dose at random: those who got more may have been readier, better staffed or "
    "less in need. A slope here is a pattern that fits the theory or does not; it is no effect."
)


def with_dose(estimate: Estimate, frame: Any, options: Mapping[str, Any], *, dose: str) -> Estimate:
    """Return the estimate with the slope of the effect on a dose, and the effect by thirds of it.

    Least squares of the outcome on treatment and treatment x dose (centred among the treated) with
    the covariates and, where the design follows units, effects of units and periods; CR2 errors
    with Satterthwaite degrees of freedom by cluster.

    Parameters
    ----------
    estimate : Estimate
    frame : pandas or polars DataFrame
    options : mapping
        The design's options, ``outcome`` among them.
    dose : str
        Column of numbers: dose, attendance or fidelity in treated rows; elsewhere it is not used.

    Returns
    -------
    Estimate
        With ``table["dose"]`` (what, mean_dose, rows, estimate, std_error, df, low, high, p_value):
        the slope, then the effect in each third of treated rows; and the check ``dose response``.

    Raises
    ------
    DesignError
        The dose is the same in all treated rows or blank in most.
    """
    level = estimate.interval.level
    data = _read(frame, options, dose)
    rows = [
        {"what": f"per unit of `{dose}`", **_slope(data, level)},
        *_thirds(data, level),
    ]
    table = pd.DataFrame(rows)
    return replace(
        estimate,
        table={**estimate.table, "dose": table},
        checks=(*estimate.checks, _check(dose, rows[0], len(data["dose"]))),
    )


def _read(frame: Any, options: Mapping[str, Any], dose: str) -> dict[str, Any]:
    roles = {name: options.get(name) for name in ("unit", "time", "weights")}
    cluster = options.get("cluster") or options.get("site") or roles["unit"]
    covariates = names_of(options.get("covariates")) + names_of(options.get("baseline"))
    named = [options["outcome"], dose, *covariates, *(one for one in roles.values() if one)]
    table = columns_of(frame, [*named, *([cluster] if cluster else [])])
    on = treated_rows(frame, options)
    amount = number(table, dose)
    y = number(table, options["outcome"])
    x = [number(table, name) for name in covariates]
    keep = np.isfinite(y) & (~on | np.isfinite(amount))
    for column in x:
        keep &= np.isfinite(column)
    given = amount[keep & on]
    if len(given) < 3 or given.min() == given.max():
        raise DesignError(
            f"`{dose}` does not differ between treated rows, so there is no response to it.",
            do="Choose another column, or leave `dose` out.",
        )
    kept = table[keep].reset_index(drop=True)
    time = kept[roles["time"]] if roles["time"] else pd.Series(np.zeros(len(kept)))
    return {
        "y": y[keep],
        "on": on[keep],
        "dose": np.where(on, np.nan_to_num(amount), 0.0)[keep],
        "x": np.column_stack([np.ones(int(keep.sum())), *(one[keep] for one in x)]),
        "w": number(kept, roles["weights"]) if roles["weights"] else np.ones(int(keep.sum())),
        "time": _codes(time),
        "unit": _codes(kept[roles["unit"]]) if roles["unit"] and roles["time"] else None,
        "cluster": _codes(kept[cluster]) if cluster else np.arange(int(keep.sum())),
    }


def _codes(column: pd.Series[Any]) -> Ints:
    return np.unique(column.astype(str), return_inverse=True)[1].astype(np.intp)


def _fit(data: Mapping[str, Any], columns: Floats, j: int, level: float) -> dict[str, Any]:
    """Return the coefficient of column `j` with its CR2 interval."""
    periods = (data["time"][:, None] == np.unique(data["time"])[1:]).astype(float)
    raw = np.column_stack([columns, data["x"], periods])
    z = absorb(raw, data["unit"], data["w"])
    kept = independent_columns(z, np.linalg.norm(raw * np.sqrt(data["w"])[:, None], axis=0))
    if j not in kept:
        return dict.fromkeys(("estimate", "std_error", "df", "low", "high", "p_value"), math.nan)
    absorbed = 0 if data["unit"] is None else int(data["unit"].max()) + 1
    fitted = fit(z[:, kept], absorb(data["y"], data["unit"], data["w"]), data["cluster"], absorbed)
    place = int(np.flatnonzero(kept == j)[0])
    value = float(fitted.beta[place])
    row = t_row("", value, *cr2(fitted, place), level)
    return {
        "estimate": value,
        **{key: row[key] for key in ("std_error", "df", "low", "high", "p_value")},
    }


def _slope(data: Mapping[str, Any], level: float) -> dict[str, Any]:
    on, dose = data["on"], data["dose"]
    mean = float(np.average(dose[on], weights=data["w"][on]))
    columns = np.column_stack([on * (dose - mean), on])
    return {"mean_dose": mean, "rows": int(on.sum()), **_fit(data, columns, 0, level)}


def _thirds(data: Mapping[str, Any], level: float) -> list[dict[str, Any]]:
    on, dose = data["on"], data["dose"]
    cuts = np.quantile(dose[on], [1 / 3, 2 / 3])
    if cuts[0] == cuts[1] or cuts[0] == dose[on].min() == cuts[0]:
        cuts = np.unique(np.quantile(dose[on], [0.5]))
    place = np.searchsorted(cuts, dose, side="left")
    names = THIRDS if len(cuts) == 2 else ("lower half", "upper half")
    columns = np.column_stack([on & (place == k) for k in range(len(names))]).astype(float)
    used = [k for k in range(len(names)) if columns[:, k].any()]
    return [
        {
            "what": names[k],
            "mean_dose": float(dose[columns[:, k] == 1].mean()),
            "rows": int(columns[:, k].sum()),
            **_fit(data, columns[:, used], at, level),
        }
        for at, k in enumerate(used)
    ]


def _check(dose: str, row: Mapping[str, Any], rows: int) -> Check:
    if math.isnan(row["estimate"]):
        meaning = f"The slope on `{dose}` cannot be told from the other effects in the model."
        return Check("dose response", None, None, "information", meaning)
    meaning = (
        f"With one more of `{dose}`, the outcome of the treated differs by {row['estimate']:.3g} "
        f"({row['low']:.3g} to {row['high']:.3g}; {rows} rows). {CAUTION}"
    )
    return Check("dose response", row["estimate"], row["p_value"], "information", meaning)
