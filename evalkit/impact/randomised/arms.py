"""Several arms at once: the chance of any false alarm kept, by Holm and by Westfall and Young."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from evalkit.impact.inference import t_row
from evalkit.impact.least_squares import Floats
from evalkit.impact.randomised.evidence import Result
from evalkit.impact.randomised.reassign import reassign_all
from evalkit.impact.randomised.regression import Model
from evalkit.impact.randomised.trial import Trial

TIE = 1e-9


def arms_table(model: Model, results: Sequence[Result], *, level: float, seed: int) -> pd.DataFrame:
    """Return a row for every arm, with its interval alone and within the family of arms.

    ``p_holm`` is Holm's (1979); ``p_max_t`` is Westfall and Young's (1993) step-down maximum of the
    t statistics, by re-assigning all arms together. ``low_family`` and ``high_family`` hold for all
    arms at once.
    """
    draws = reassign_all(model, model.trial.y, seed) if len(results) > 1 else "one arm only"
    p_values = [math.nan if one.p_value is None else one.p_value for one in results]
    if isinstance(draws, str):
        stepped, reach = [math.nan] * len(results), math.nan
    else:
        stepped, reach = max_t(draws, np.array([one.value for one in results]), level)
    rows = [
        {**_row(model.trial, one, level, reach, len(results)), "p_holm": holm, "p_max_t": step}
        for one, holm, step in zip(results, holm_adjusted(p_values), stepped, strict=True)
    ]
    return pd.DataFrame(rows)


def _row(
    trial: Trial, one: Result, level: float, reach: float, family: int
) -> dict[str, float | str | int]:
    low, high = one.interval.low, one.interval.high
    if family > 1:
        within = 1 - (1 - level) / family
        wide = t_row("", one.value, one.std_error, one.df, within)
        low, high = wide["low"], wide["high"]
        if not math.isfinite(one.df) and math.isfinite(reach):
            low, high = one.value - reach * one.std_error, one.value + reach * one.std_error
    return {
        "arm": trial.arms[one.arm],
        "reference": trial.arms[0],
        "estimate": one.value,
        "std_error": one.std_error,
        "df": one.df,
        "low": one.interval.low,
        "high": one.interval.high,
        "p_value": math.nan if one.p_value is None else one.p_value,
        "low_family": low,
        "high_family": high,
        "n": int((trial.arm == one.arm).sum()),
        "n_reference": int((trial.arm == 0).sum()),
        "n_clusters": trial.sides(one.arm)[0],
        "method": one.interval.method,
    }


def holm_adjusted(p_values: Sequence[float]) -> list[float]:
    """Return Holm's (1979) step-down p-values; unknown ones stay unknown."""
    order = sorted(range(len(p_values)), key=lambda i: (math.isnan(p_values[i]), p_values[i]))
    made, worst = [math.nan] * len(p_values), 0.0
    for rank, i in enumerate(order):
        if not math.isnan(p_values[i]):
            worst = max(worst, min(1.0, p_values[i] * (len(p_values) - rank)))
            made[i] = worst
    return made


def max_t(draws: Floats, values: Floats, level: float) -> tuple[list[float], float]:
    """Return Westfall-Young step-down p-values, and the quantile of the largest t of all.

    Parameters
    ----------
    draws : ndarray, shape (draws, K)
        Coefficients under re-assignment; their spread studentises.
    values : ndarray, shape (K,)
    """
    spread = draws.std(axis=0)
    spread = np.where(spread > 0, spread, np.inf)
    t, seen = np.abs(draws) / spread, np.abs(values) / spread
    order = np.argsort(-seen, kind="stable")
    made, worst = [math.nan] * len(values), 0.0
    for rank, j in enumerate(order.tolist()):
        top = t[:, order[rank:]].max(axis=1)
        hits = int((top >= seen[j] * (1 - TIE)).sum())
        worst = max(worst, (hits + 1) / (len(t) + 1))
        made[j] = worst
    return made, float(np.quantile(t.max(axis=1), level))
