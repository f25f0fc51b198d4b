"""Hidden confounding as checks and a table, for any estimate that rests on what was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.confounding import omitted, words
from evalkit.impact.confounding.e_value import of_difference
from evalkit.impact.confounding.omitted import Bound
from evalkit.impact.confounding.oster import bounded, delta, movement
from evalkit.impact.confounding.partial_r2 import Adjusted, Regression, adjust
from evalkit.impact.estimate import Check, Verdict

NAME = "hidden confounding"
SELECTION = "selection on what is hidden"
E_VALUE = "E-value"
MULTIPLES = (1.0, 2.0, 3.0)
COLUMNS = (
    *("confounder", "benchmark", "multiple", "r2_treatment", "r2_outcome"),
    *("estimate", "std_error", "t", "low", "high"),
)


def study_confounding(
    data: Regression,
    *,
    outcome: str,
    treatment: str,
    groups: Mapping[str, Sequence[str]] | None = None,
    multiples: Sequence[float] = MULTIPLES,
    level: float = 0.95,
) -> tuple[tuple[Check, ...], pd.DataFrame]:
    """Return all that is said of hidden confounding of a regression estimate.

    Parameters
    ----------
    data : Regression
        Outcome, treatment, covariates; weights and clusters where there are any.
    outcome, treatment : str
        Names for the sentences.
    groups : mapping of str to sequence of str, optional
        Sets of covariates that serve as one benchmark each, beside each covariate alone.
    multiples : sequence of float
        How many times as strong as each benchmark the confounders of the table are.
    level : float
        Level of the intervals.

    Returns
    -------
    checks : tuple of Check
        "hidden confounding" (robustness value), "selection on what is hidden" (Oster), "E-value".
    table : pandas.DataFrame
        For ``table["confounding"]``: columns `COLUMNS`, a row for each confounder that is tried.

    References
    ----------
    Cinelli and Hazlett (2020), JRSS B 82; Oster (2019), JBES 37; VanderWeele and Ding (2017),
    Annals of Internal Medicine 167.
    """
    check, table = hidden_confounding(
        data,
        outcome=outcome,
        treatment=treatment,
        groups=groups,
        multiples=multiples,
        level=level,
    )
    rest = (selection_check(data), _e_value_of(data, outcome, level))
    return (check, *rest), table


def hidden_confounding(
    data: Regression,
    *,
    outcome: str,
    treatment: str,
    groups: Mapping[str, Sequence[str]] | None = None,
    multiples: Sequence[float] = MULTIPLES,
    level: float = 0.95,
) -> tuple[Check, pd.DataFrame]:
    """Return the robustness value in words, and the table of confounders as strong as covariates.

    Parameters and returns are those of `study_confounding`; one check.
    """
    sets = {name: tuple(members) for name, members in (groups or {}).items()}
    fitted = adjust(data, sets)
    if isinstance(fitted, str):
        check = Check(NAME, None, None, "information", f"Not computed: {fitted}.")
        return check, pd.DataFrame(columns=COLUMNS)
    rows = _rows(fitted, multiples, level)
    critical = _critical(fitted, level)
    t = fitted.value / fitted.std_error
    rv = omitted.robustness_value(t, fitted.df)
    rv_interval = omitted.robustness_value(t, fitted.df, critical=critical)
    strongest = _strongest(fitted)
    meaning = [
        words.robustness(rv, rv_interval, treatment, outcome, level),
        words.worst_case(omitted.extreme(fitted.value, fitted.std_error, fitted.df), treatment),
    ]
    if strongest is None:
        meaning.append("There is no covariate that says how much that is.")
    else:
        j, multiple = strongest
        strength = (float(fitted.r2_treatment[j]), float(fitted.r2_outcome[j]))
        meaning.append(words.benchmark(fitted.names[j], multiple, strength))
    verdict = _verdict(fitted, strongest, rv_interval, level)
    meaning += [words.RULE, words.CANNOT]
    return Check(NAME, rv, None, verdict, " ".join(meaning)), pd.DataFrame(rows, columns=COLUMNS)


def _critical(fitted: Adjusted, level: float) -> float:
    """Return the critical value of t; with clusters, scaled by how much they widen the error.

    The published value is for equal spread. With clusters it is taken that a confounder would leave
    the ratio of the two errors as it is.
    """
    return _reach(fitted, level) * fitted.robust_error / fitted.std_error


def _reach(fitted: Adjusted, level: float) -> float:
    from scipy.special import stdtrit

    same = fitted.robust_error == fitted.std_error
    return float(stdtrit(fitted.df - 1 if same else fitted.robust_df, 0.5 + level / 2))


def _rows(fitted: Adjusted, multiples: Sequence[float], level: float) -> list[dict[str, Any]]:
    rows = [_row(fitted, Bound(0.0, 0.0), ("none", "", 0.0), level)]
    for j, name in enumerate(fitted.names):
        for k in multiples:
            made = _bound(fitted, j, k)
            label = (f"{k:g} x `{name}`", name, float(k))
            if made is None:  # it would explain more of the treatment than there is
                blank = dict.fromkeys(COLUMNS[3:], math.nan)
                rows.append(dict(zip(COLUMNS[:3], label, strict=True)) | blank)
            else:
                rows.append(_row(fitted, made, label, level))
    return rows


def _bound(fitted: Adjusted, j: int, k: float) -> Bound | None:
    return omitted.bound(float(fitted.r2_treatment[j]), float(fitted.r2_outcome[j]), kd=k, ky=k)


def _row(
    fitted: Adjusted, made: Bound, label: tuple[str, str, float], level: float
) -> dict[str, Any]:
    value, plain, df = fitted.value, fitted.std_error, fitted.df
    none = made == Bound(0.0, 0.0)
    estimate = omitted.adjusted_estimate(value, plain, df, made)
    error = plain if none else omitted.adjusted_error(plain, df, made)
    error *= fitted.robust_error / plain
    half = _reach(fitted, level) * error
    t = estimate / error if error > 0 else math.nan
    numbers = (*made, estimate, error, t, estimate - half, estimate + half)
    return dict(zip(COLUMNS, (*label, *numbers), strict=True))


def _strongest(fitted: Adjusted) -> tuple[int, float] | None:
    """Return the covariate of which the smallest multiple takes the estimate away, and it."""
    found = [
        omitted.multiple_to_zero(
            fitted.value, (fitted.std_error, fitted.df), float(r2_d), float(r2_y)
        )
        for r2_d, r2_y in zip(fitted.r2_treatment, fitted.r2_outcome, strict=True)
    ]
    if not found:
        return None
    j = int(np.argmin(found))
    return j, found[j]


def _verdict(
    fitted: Adjusted, strongest: tuple[int, float] | None, rv_interval: float, level: float
) -> Verdict:
    if rv_interval == 0:
        return "information"
    if strongest is None:
        return "concern"
    if strongest[1] <= 1:
        return "fail"
    alike = [_bound(fitted, j, 1.0) for j in range(len(fitted.names))]
    after = [_row(fitted, one, ("", "", 1.0), level) for one in alike if one is not None]
    return "concern" if any(one["low"] <= 0 <= one["high"] for one in after) else "pass"


def selection_check(data: Regression) -> Check:
    """Return Oster's delta and the bound of the effect in words.

    Rule: passes when delta is above one (or no positive one exists) and the bounds lie on one side
    of zero; else a concern.
    """
    moved = movement(data)
    if isinstance(moved, str):
        return Check(SELECTION, None, None, "information", f"Not computed: {moved}.")
    r_max = moved.r_max()
    if r_max - moved.full_r2 < 1e-9:
        meaning = "Not computed: the covariates explain all of the outcome."
        return Check(SELECTION, None, None, "information", meaning)
    strength = delta(moved)
    end, solutions = bounded(moved)
    meaning = words.selection(strength, moved.full_r2, r_max, (moved.full, end))
    if len(solutions) > 1:
        others = ", ".join(f"{one:.4g}" for one in solutions if one != end)
        meaning += f"The equation has other solutions too: {others}. "
    safe = not 0 <= strength <= 1 and end * moved.full > 0
    rule = (
        "Rule: passes when delta is above one and the bounds lie on one side of zero, with R2 at most "
        "1.3 times what it is (Oster 2019); otherwise a concern. It trusts that what is hidden is "
        "unrelated to the covariates."
    )
    statistic = strength if math.isfinite(strength) else None
    return Check(SELECTION, statistic, None, "pass" if safe else "concern", meaning + rule)


def _e_value_of(data: Regression, outcome: str, level: float) -> Check:
    fitted = adjust(data)
    if isinstance(fitted, str):
        return Check(E_VALUE, None, None, "information", f"Not computed: {fitted}.")
    if set(np.unique(data.d)) - {0.0, 1.0} and data.absorbed is None:
        meaning = "Not computed: the treatment is a dose, so the ratio would depend on its unit."
        return Check(E_VALUE, None, None, "information", meaning)
    weights = np.ones(len(data.y)) if data.weights is None else data.weights
    centre = np.average(data.y, weights=weights)
    sd = math.sqrt(float(np.average((data.y - centre) ** 2, weights=weights)))
    half = _reach(fitted, level) * fitted.robust_error
    ends = (fitted.value - half, fitted.value + half)
    within = "within the effects" if data.absorbed is not None else "of all rows"
    return e_value_check(fitted.value, *ends, sd=sd, outcome=outcome, which_sd=within)


def e_value_check(
    value: float, low: float, high: float, *, sd: float, outcome: str, which_sd: str
) -> Check:
    """Return the E-value of an estimate in the outcome's units, in words.

    For estimates that are not a regression coefficient (matching, weighting, synthetic control).

    Parameters
    ----------
    value, low, high : float
        Estimate and interval of a treatment of 0 and 1, in the outcome's units.
    sd : float
        SD by which they are divided.
    outcome, which_sd : str
        Name of the outcome; which SD it is ("of the comparison group", say).
    """
    if not (sd > 0 and math.isfinite(value)):
        meaning = f"Not computed: the SD {which_sd} cannot be had."
        return Check(E_VALUE, None, None, "information", meaning)
    half = (value - low) if value > 0 else (high - value)
    known = math.isfinite(half)
    made = of_difference(value / sd, half / sd / 1.96 if known else None)
    of_interval = made.of_interval if known else 1.0
    meaning = words.e_values(made.of_estimate, of_interval, outcome, which_sd)
    return Check(E_VALUE, made.of_estimate, None, "information", meaning + words.CANNOT)
