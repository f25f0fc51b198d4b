"""Calibration: from raw values to memberships of a set, by anchors that are named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import DataError

Floats = NDArray[np.float64]
CONVENTIONS = {"exact": math.log(0.95 / 0.05), "log odds 3": 3.0}
"""Log odds at the outer anchors: memberships of .05 and .95 exactly, or Ragin's log odds of -3 and
3 (.0474 and .9526), as the program fsQCA has them."""


def calibrate(
    values: Sequence[float] | Floats,
    *,
    anchors: Sequence[float],
    method: Literal["direct", "indirect", "crisp", "multi-value"] = "direct",
    convention: Literal["exact", "log odds 3"] = "exact",
    coded: Sequence[float] | None = None,
) -> Floats:
    """Return memberships, or values of categories, of raw values.

    Parameters
    ----------
    values : array_like, shape (n,)
        Raw values; NaN stays NaN.
    anchors : sequence of float
        Direct: full exclusion, crossover, full inclusion (falling where low values are in the
        set), or six of them for a set with a middle: exclusion, crossover, inclusion, inclusion,
        crossover, exclusion. Crisp: one threshold (at or above is in). Multi-value: thresholds.
        Indirect: not used, give ().
    method : {"direct", "indirect", "crisp", "multi-value"}
        Indirect fits a fractional logit of `coded` on the values.
    convention : {"exact", "log odds 3"}
        What the outer anchors mean for the direct method.
    coded : array_like, shape (n,), optional
        Memberships that people gave (0, .2, .4 ...), for the indirect method.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    DataError
        Anchors that are not in order, or a method without what it needs.

    References
    ----------
    Ragin (2008), Redesigning Social Inquiry, ch. 5 (direct and indirect); Papke and Wooldridge
    (1996), Journal of Applied Econometrics 11 (fractional logit).
    """
    raw = np.asarray(values, dtype=float)
    if method in ("crisp", "multi-value"):
        cuts = np.asarray(anchors, dtype=float)
        if not len(cuts) or (np.diff(cuts) <= 0).any() or (method == "crisp" and len(cuts) > 1):
            raise DataError(
                f"`{method}` needs {'one threshold' if method == 'crisp' else 'rising thresholds'}.",
                do="Give the values from which on a case is in the next category.",
            )
        return np.where(np.isnan(raw), np.nan, np.searchsorted(cuts, raw, side="right"))
    if method == "indirect":
        return _indirect(raw, coded)
    if convention not in CONVENTIONS:
        raise DataError(
            f"There is no convention `{convention}`.", do=f"Write {' or '.join(CONVENTIONS)}."
        )
    if len(anchors) == 6:
        first, last = list(anchors[:3]), list(anchors[:2:-1])
        if not anchors[2] <= anchors[3]:
            raise _order(anchors)
        rising = _direct(raw, first, CONVENTIONS[convention])
        return np.asarray(np.minimum(rising, _direct(raw, last, CONVENTIONS[convention])))
    return _direct(raw, list(anchors), CONVENTIONS[convention])


def _direct(raw: Floats, anchors: list[float], odds: float) -> Floats:
    if len(anchors) != 3:
        raise _order(anchors)
    out, cross, into = anchors
    if not (out < cross < into or out > cross > into):
        raise _order(anchors)
    rising = into > out
    below = raw < cross if rising else raw > cross
    scale = np.where(below, cross - out, into - cross)
    return np.asarray(1 / (1 + np.exp(-(raw - cross) * odds / scale)))


def _order(anchors: Sequence[float]) -> DataError:
    return DataError(
        f"The anchors {', '.join(f'{one:g}' for one in anchors)} are not exclusion, crossover, inclusion.",
        do="Give three values that only rise or only fall (or six for a set with a middle).",
    )


def _indirect(raw: Floats, coded: Sequence[float] | None) -> Floats:
    if coded is None or len(coded) != len(raw):
        raise DataError(
            "The indirect method needs a membership coded by hand for each case.",
            do="Give `coded`, with values such as 0, 0.2, 0.4, 0.6, 0.8, 1.",
        )
    import statsmodels.api as sm

    target = np.asarray(coded, dtype=float)
    known = np.isfinite(raw) & np.isfinite(target)
    x = sm.add_constant(raw, has_constant="add")
    fitted = sm.GLM(target[known], x[known], family=sm.families.Binomial()).fit()
    return np.asarray(fitted.predict(x))
