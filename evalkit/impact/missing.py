"""Missing outcomes: what the estimate would be under several views of why they are missing.

Complete cases trust that outcomes are missing at random given treatment and covariates of the
model; inverse-probability weights and multiple imputation trust the same given `predictors`;
the bounds trust nothing but the range of the outcome.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import DesignError, nearest
from evalkit.impact.again import Design, row_of, row_or_why
from evalkit.impact.estimate import Check, Estimate, Interval, Verdict
from evalkit.impact.exposure import columns_of, number, treated_rows, with_column
from evalkit.impact.frame import Floats
from evalkit.impact.inference import t_row

HOW = ("complete_case", "ipw", "multiple_imputation", "bounds")
LEAST_PROBABILITY = 0.05
"""Probabilities of being seen below this count as this much: no row may stand for many."""
ADDED = "_evalkit_weight"


@dataclass(frozen=True, slots=True)
class Missing:
    """The outcome, who lacks it, who is treated, and what predicts both.

    Attributes
    ----------
    y : ndarray, shape (n,)
        NaN where missing.
    seen, treated : ndarray of bool, shape (n,)
    x : ndarray, shape (n, k)
        Constant, treatment and predictors.
    weights : ndarray, shape (n,)
    """

    y: Floats
    seen: NDArray[np.bool_]
    treated: NDArray[np.bool_]
    x: Floats
    weights: Floats


def with_missing_outcomes(
    estimate: Estimate,
    design: Design,
    frame: Any,
    options: Mapping[str, Any],
    *,
    how: str = "complete_case",
    predictors: Sequence[str] = (),
    imputations: int = 20,
    between: tuple[float, float] | None = None,
) -> Estimate:
    """Return the estimate by the way chosen, with all four ways side by side.

    Parameters
    ----------
    estimate : Estimate
        What `design` gave on the rows that have an outcome.
    design : callable
        A design of ``DESIGNS``.
    frame : pandas or polars DataFrame
    options : mapping
        The design's options, ``outcome`` and ``seed`` among them.
    how : {"complete_case", "ipw", "multiple_imputation", "bounds"}
        Which one the value is. ``bounds`` keeps the complete-case value, with an interval that
        covers every way in which the missing outcomes could have come out.
    predictors : sequence of str
        Columns of numbers that say who is missing and what the outcome would have been; known in
        every row. Treatment is always one.
    imputations : int
        Completed data sets; Rubin's (1987) rules with the degrees of freedom of Barnard and Rubin
        (1999) join them.
    between : (float, float), optional
        Lowest and highest possible outcome; those seen where left out.

    Returns
    -------
    Estimate
        With ``table["missing_outcomes"]`` (how, estimate, std_error, low, high, p_value, why) and
        the check ``missing outcomes``.

    Raises
    ------
    DesignError
        An unknown way, or a predictor with blanks.

    References
    ----------
    Little and Rubin (2019), Statistical Analysis with Missing Data, 3rd ed.; Horowitz and Manski
    (2000), Journal of the American Statistical Association 95 (bounds).
    """
    if how not in HOW:
        raise DesignError(
            f"`missing_outcomes: {how}` is unknown.{nearest(how, HOW)}",
            do=f"Write one of: {', '.join(HOW)}.",
        )
    missing = _read(frame, options, predictors)
    if missing.seen.all():
        meaning = "Every row has its outcome: nothing to do."
        check = Check("missing outcomes", 0.0, None, "pass", meaning)
        return replace(estimate, checks=(*estimate.checks, check))
    level = estimate.interval.level
    ways = {
        "complete_case": row_of(estimate),
        "ipw": row_or_why(lambda: _weighted(design, frame, options, missing)),
        "multiple_imputation": row_or_why(
            lambda: _imputed(design, frame, options, missing, imputations, level)
        ),
        "bounds": row_or_why(lambda: _bounds(estimate, design, frame, options, missing, between)),
    }
    leads = ways[how]
    if leads["why"]:
        raise DesignError(
            f"`missing_outcomes: {how}` gives no estimate: {leads['why']}",
            do="Choose another way, or other predictors.",
        )
    table = pd.DataFrame([{"how": name, **row} for name, row in ways.items()])
    return replace(
        estimate,
        value=leads["estimate"],
        std_error=leads["std_error"],
        interval=Interval(leads["low"], leads["high"], level, method=_method(how, estimate)),
        p_value=None if math.isnan(leads["p_value"]) else leads["p_value"],
        standardised=estimate.standardised if how == "complete_case" else None,
        table={**estimate.table, "missing_outcomes": table},
        checks=(*estimate.checks, _check(missing, table, predictors)),
        notes=(*estimate.notes, *_notes(how)),
    )


def _method(how: str, estimate: Estimate) -> str:
    names = {
        "complete_case": estimate.interval.method,
        "ipw": "rows weighted by the inverse of their probability of having an outcome",
        "multiple_imputation": "multiple imputation, Rubin's rules, t with Barnard-Rubin df",
        "bounds": "worst cases of the missing outcomes, each with its own interval",
    }
    return names[how]


def _notes(how: str) -> tuple[str, ...]:
    if how == "complete_case":
        return ()
    return (f"Missing outcomes: {how}; other tables and checks are of the complete cases.",)


def _read(frame: Any, options: Mapping[str, Any], predictors: Sequence[str]) -> Missing:
    weighted = options.get("weights")
    table = columns_of(frame, [options["outcome"], *predictors, *([weighted] if weighted else [])])
    y = number(table, options["outcome"])
    treated = treated_rows(frame, options)
    given = [number(table, name) for name in predictors]
    blank = [name for name, one in zip(predictors, given, strict=True) if np.isnan(one).any()]
    if blank:
        raise DesignError(
            f"The predictors {', '.join(f'`{name}`' for name in blank)} have blanks.",
            do="Choose predictors that are known in every row.",
        )
    columns = [np.ones(len(y)), treated.astype(float), *(_scaled(one) for one in given)]
    weights = number(table, weighted) if weighted else np.ones(len(y))
    return Missing(y, np.isfinite(y), treated, np.column_stack(columns), weights)


def _scaled(values: Floats) -> Floats:
    spread = values.std()
    return np.asarray((values - values.mean()) / (spread if spread > 0 else 1.0))


def _weighted(design: Design, frame: Any, options: Mapping[str, Any], missing: Missing) -> Estimate:
    probability = logit(missing.x, missing.seen.astype(float))
    weights = missing.weights / np.maximum(probability, LEAST_PROBABILITY)
    return design(with_column(frame, ADDED, weights), **{**options, "weights": ADDED})


def logit(x: Floats, y: Floats) -> Floats:
    """Return fitted probabilities of a logistic regression, by Newton's steps.

    A ridge of 1e-6 keeps separated data finite.

    Parameters
    ----------
    x : ndarray, shape (n, k)
    y : ndarray, shape (n,)
        0 or 1.
    """
    beta = np.zeros(x.shape[1])
    ridge = 1e-6 * len(y) * np.eye(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, x.T @ (y - p))
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    return np.asarray(1 / (1 + np.exp(-np.clip(x @ beta, -30, 30))))


def _imputed(
    design: Design,
    frame: Any,
    options: Mapping[str, Any],
    missing: Missing,
    imputations: int,
    level: float,
) -> dict[str, Any]:
    rng = np.random.default_rng([int(options.get("seed", 0)), 7])
    found = [
        design(with_column(frame, options["outcome"], y), **options)
        for y in _completed(missing, imputations, rng)
    ]
    values = np.array([one.value for one in found])
    errors = np.array([one.std_error for one in found])
    df = _rubin_df(values, errors, found[0].n_clusters - 1.0)
    total = math.sqrt(float((errors**2).mean() + (1 + 1 / len(found)) * values.var(ddof=1)))
    row = t_row("", float(values.mean()), total, df, level)
    return {
        "estimate": float(values.mean()),
        **{key: row[key] for key in ("std_error", "low", "high", "p_value")},
        "why": "",
    }


def _completed(missing: Missing, count: int, rng: np.random.Generator) -> list[Floats]:
    """Return completed outcomes: draws of a normal regression with its own uncertainty.

    Rows are taken in the order of their content, so that their order in the file does not matter.
    """
    x, y, seen = missing.x, missing.y, missing.seen
    known, kx = y[seen], x[seen]
    inverse = np.linalg.pinv(kx.T @ kx)
    beta = inverse @ (kx.T @ known)
    df = max(len(known) - x.shape[1], 1)
    rest = float(((known - kx @ beta) ** 2).sum())
    root = np.linalg.cholesky(inverse + 1e-14 * np.trace(inverse) * np.eye(len(beta)))
    gaps = np.flatnonzero(~seen)
    gaps = gaps[np.lexsort(x[gaps].T)]
    made = []
    for _ in range(count):
        sigma = math.sqrt(rest / rng.chisquare(df))
        drawn = beta + sigma * root @ rng.normal(size=len(beta))
        filled = y.copy()
        filled[gaps] = x[gaps] @ drawn + sigma * rng.normal(size=len(gaps))
        made.append(filled)
    return made


def _rubin_df(values: Floats, errors: Floats, complete: float) -> float:
    """Return the degrees of freedom of Barnard and Rubin (1999, Biometrika 86, equation 3)."""
    m, between = len(values), float(values.var(ddof=1))
    added = (1 + 1 / m) * between
    share = added / (added + float((errors**2).mean()))
    observed = (complete + 1) / (complete + 3) * complete * (1 - share)
    if share <= 0:
        return observed
    return 1 / (share**2 / (m - 1) + 1 / observed)


def _bounds(
    estimate: Estimate,
    design: Design,
    frame: Any,
    options: Mapping[str, Any],
    missing: Missing,
    between: tuple[float, float] | None,
) -> dict[str, Any]:
    low, high = between or (float(np.nanmin(missing.y)), float(np.nanmax(missing.y)))
    ends = []
    for treated, rest in ((low, high), (high, low)):
        y = np.where(missing.seen, missing.y, np.where(missing.treated, treated, rest))
        ends.append(design(with_column(frame, options["outcome"], y), **options))
    return {
        "estimate": estimate.value,
        "std_error": math.nan,
        "low": min(one.interval.low for one in ends),
        "high": max(one.interval.high for one in ends),
        "p_value": math.nan,
        "why": "",
    }


def _check(missing: Missing, table: pd.DataFrame, predictors: Sequence[str]) -> Check:
    lost = ~missing.seen
    shares = [float(lost[side].mean()) for side in (missing.treated, ~missing.treated)]
    rows = table.set_index("how")
    values = rows["estimate"].to_dict()
    made = np.array([values["ipw"], values["multiple_imputation"]], dtype=float)
    others = made[np.isfinite(made)]
    kept = float(values["complete_case"])
    turned = bool((others * kept < 0).any())
    moved = bool((np.abs(others - kept) > 0.25 * abs(kept)).any())
    uneven = abs(shares[0] - shares[1]) > 0.05
    verdict: Verdict = "fail" if turned else "concern" if moved or uneven else "pass"
    low, high = (rows[end].to_dict()["bounds"] for end in ("low", "high"))
    meaning = (
        f"{int(lost.sum())} of {len(lost)} rows have no outcome: {shares[0]:.0%} of those under "
        f"treatment and {shares[1]:.0%} of the others. Weighted or imputed by treatment"
        + (f" and {', '.join(predictors)}" if predictors else " alone")
        + f", the estimate is {' and '.join(f'{one:.3g}' for one in others) or 'not to be had'} "
        f"instead of {kept:.3g}. Had the missing come out as unluckily or luckily as the range of "
        f"the outcome allows, the interval would be {low:.3g} to {high:.3g}."
    )
    return Check("missing outcomes", shares[0] - shares[1], None, verdict, meaning)
