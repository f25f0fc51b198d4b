"""Intervals of matching and weighting: every method side by side, and the rule that leads."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit.impact.inference import t_row
from evalkit.impact.least_squares import Floats, Ints, sums_by

SANDWICH = "sandwich, estimated weights allowed for (M-estimation), t"
KNOWN = "sandwich, weights taken as known, t"
JACKKNIFE = "jackknife: everything estimated anew without each {unit}, t"
PAIRS = "cluster-robust by matched set (CR1), t with sets - 1 df"
TWO_WAY = "cluster-robust by matched set and by cluster, t with the fewer - 1 df"
ABADIE_IMBENS = "Abadie-Imbens (2006), t"
SCORE_ALLOWED = "Abadie-Imbens (2016), estimated score allowed for, t"
CONTRIBUTIONS = "matching contributions of each {unit} (Otsu-Rai 2017), t"
FEW = 40
"""With fewer clusters (rows, if none are named) than this on a side, the jackknife is run too."""
MOST_REFITS = 400

RULE = (
    f"With fewer than {FEW} clusters (rows where no clusters are named) on either side the wider of "
    "the sandwich and the jackknife leads, otherwise the sandwich. Degrees of freedom are Welch's, "
    "each side counting as many clusters as its weights are worth."
)

Refit = Callable[[np.ndarray[tuple[int], np.dtype[np.bool_]]], float | None]


@dataclass(frozen=True, slots=True)
class Units:
    """What counts as independent: clusters, or rows where none are named.

    Attributes
    ----------
    code : ndarray of int, shape (n,)
    side : ndarray of int, shape (units,)
        1 for units all treated, 0 for units without treated rows, 2 for units that hold both.
    worth : ndarray, shape (units,)
        Weight of each.
    named : bool
    """

    code: Ints
    side: Ints
    worth: Floats
    named: bool

    @property
    def count(self) -> int:
        """Number of units."""
        return len(self.side)

    def sides(self) -> tuple[int, int]:
        """Return numbers of units with treated rows, and with comparison rows."""
        return int((self.side != 0).sum()), int((self.side != 1).sum())


def units_of(cluster: Ints | None, treated: Floats, weights: Floats) -> Units:
    """Return the independent units among rows of which some are treated.

    Parameters
    ----------
    cluster : ndarray of int, shape (n,), or None
    treated : ndarray, shape (n,)
        1 and 0; NaN for rows of a third arm, which are on neither side.
    weights : ndarray, shape (n,)
    """
    code = np.arange(len(treated), dtype=np.intp) if cluster is None else cluster
    count = int(code.max()) + 1
    ones = sums_by((treated == 1).astype(float), code, count)
    zeros = sums_by((treated == 0).astype(float), code, count)
    side = np.where(ones == 0, 0, np.where(zeros == 0, 1, 2)).astype(np.intp)
    return Units(code, side, sums_by(weights, code, count), cluster is not None)


def welch(units: Units, parts: Floats) -> float:
    """Return degrees of freedom after Welch and Satterthwaite.

    A side whose units carry unequal weights is worth ``(sum w^2)^2 / sum w^4`` of them: the
    degrees of freedom of a weighted sum of independent squares (Satterthwaite 1946).
    """
    total = below = 0.0
    for side in (0, 1, 2):
        inside = units.side == side
        own = float((parts[inside] ** 2).sum())
        square = units.worth[inside] ** 2
        if own <= 0 or square.sum() <= 0:
            continue
        df = max(1.0, float(square.sum() ** 2 / (square**2).sum()) - 1)
        total += own
        below += own**2 / df
    return total**2 / below if below > 0 else math.nan


def parts_of(influence: Floats, units: Units) -> Floats:
    """Return the contribution of each unit, with the factor for a finite number of them."""
    sums = sums_by(influence, units.code, units.count)
    return np.asarray(sums * math.sqrt(units.count / max(units.count - 1, 1)))


def sandwich_row(
    method: str, value: float, influence: Floats, units: Units, level: float
) -> dict[str, Any]:
    """Return a row of the inference table from the influence of each row."""
    parts = parts_of(influence, units)
    error = float(np.sqrt((parts**2).sum()))
    return t_row(method, value, error, welch(units, parts), level)


def error_row(
    method: str, value: float, error: float, influence: Floats, units: Units, level: float
) -> dict[str, Any]:
    """Return a row from a standard error of its own; degrees of freedom from the influence."""
    return t_row(method, value, error, welch(units, parts_of(influence, units)), level)


def jackknife_row(
    value: float, units: Units, refit: Refit, influence: Floats, level: float
) -> dict[str, Any] | str:
    """Return the jackknife's row, or why there is none."""
    unit = "cluster" if units.named else "row"
    if units.count > MOST_REFITS:
        return f"more than {MOST_REFITS} {unit}s, so that it would take long and change little"
    made = [refit(units.code != g) for g in range(units.count)]
    if any(one is None for one in made):
        return f"without one of the {unit}s the estimate cannot be made"
    each = np.array(made, dtype=float)
    spread = float(((each - each.mean()) ** 2).sum()) * (units.count - 1) / units.count
    method = JACKKNIFE.format(unit=unit)
    return error_row(method, value, math.sqrt(spread), influence, units, level)


def weighting_rows(
    value: float,
    influences: tuple[Floats, Floats],
    units: Units,
    refit: Refit | None,
    level: float,
) -> tuple[list[dict[str, Any]], str]:
    """Return the rows of a weighting estimator, the leading one marked, and a note.

    Parameters
    ----------
    influences : (ndarray, ndarray)
        With the estimated weights allowed for, and with weights taken as known.
    refit : callable or None
        Takes the rows kept, gives the estimate or None.
    """
    rows = [
        sandwich_row(method, value, one, units, level)
        for method, one in zip((SANDWICH, KNOWN), influences, strict=True)
    ]
    leads, note = rows[0], ""
    if refit is not None and min(units.sides()) < FEW:
        found = jackknife_row(value, units, refit, influences[0], level)
        if isinstance(found, str):
            note = f"No jackknife: {found}."
        else:
            rows.append(found)
            leads = max(rows[0], found, key=lambda one: float(one["std_error"]))
    leads["leads"] = True
    return rows, note


def clustered(influence: Floats, code: Ints, parameters: int = 2) -> tuple[float, int]:
    """Return the CR1 variance of a sum of influences, and the number of clusters.

    ``G/(G-1) (n-1)/(n-k)`` as in least squares of the outcome on the treatment.
    """
    count = int(code.max()) + 1
    sums = sums_by(influence, code, count)
    n = len(influence)
    factor = count / max(count - 1, 1) * (n - 1) / max(n - parameters, 1)
    return float((sums**2).sum()) * factor, count


def matched_set_rows(
    value: float, influence: Floats, matched_set: Ints, cluster: Ints | None, level: float
) -> list[dict[str, Any]]:
    """Return the rows of matching without replacement, the leading one marked.

    Within matched sets outcomes are alike, so sets are clusters (Abadie and Spiess 2022). With
    clusters named, both ways of clustering are combined (Cameron, Gelbach and Miller 2011), and
    never to less than either alone.
    """
    by_set, sets = clustered(influence, matched_set)
    rows = [t_row(PAIRS, value, math.sqrt(by_set), sets - 1, level)]
    if cluster is not None:
        _, code = np.unique(cluster, return_inverse=True)
        by_cluster, clusters = clustered(influence, code)
        both = np.unique(np.column_stack([matched_set, code]), axis=0, return_inverse=True)[1]
        together = by_set + by_cluster - clustered(influence, both.reshape(-1))[0]
        error = math.sqrt(max(together, by_set, by_cluster))
        rows.append(t_row(TWO_WAY, value, error, min(sets, clusters) - 1, level))
    rows[-1]["leads"] = True
    return rows
