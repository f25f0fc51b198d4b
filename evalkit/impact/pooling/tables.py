"""Tables of a pool: heterogeneity, studies, forest, prediction, moderators, leaving one out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.inference import t_row
from evalkit.impact.least_squares import Floats, sums_by
from evalkit.impact.pooling.methods import Pooled, fit, normal_row, rows_of
from evalkit.impact.pooling.model import (
    between_variance,
    generalised_q,
    knapp_hartung,
    leverages,
    q_profile,
    typical_variance,
)
from evalkit.impact.pooling.three_level import profile_interval

MOST_LEFT_OUT = 200


def lead_of(pooled: Pooled, level: float) -> dict[str, Any]:
    """Return the row that leads for the effect at average moderators."""
    return next(row for row in rows_of(pooled, level=level) if row["leads"])


def heterogeneity(pooled: Pooled, level: float) -> pd.DataFrame:
    """Return how much the estimates differ beyond chance: statistic, estimate, low, high, df, p."""
    from scipy.special import chdtrc

    studies = pooled.studies
    y, v, x = studies.y, studies.v, studies.x
    df = len(y) - x.shape[1]
    typical = typical_variance(v, x)
    q = generalised_q(y, v, x, 0.0)
    rows = []
    if pooled.nested is not None and studies.groups is not None:
        restricted = pooled.estimator == "three_level"
        for which, name in enumerate(("tau2 between clusters", "tau2 within clusters")):
            value = (pooled.between, pooled.within)[which]
            low, high = profile_interval(
                (y, v, x, studies.groups), pooled.nested, which, level, restricted=restricted
            )
            rows.append(_statistic(name, value, low, high, "profile likelihood"))
            total = pooled.heterogeneity + typical
            share = name.replace("tau2", "I2")
            rows.append(_statistic(share, value / total, method="Cheung (2014)"))
        both = pooled.heterogeneity
        icc = pooled.between / both if both > 0 else math.nan
        rows.append(_statistic("intraclass correlation of true effects", icc))
        rows.append(_statistic("tau2", both))
        rows.append(_statistic("I2", both / (both + typical)))
    else:
        value = pooled.between
        low, high = q_profile(y, v, x, level)
        for name, of in (
            ("tau2", lambda t: t),
            ("tau", math.sqrt),
            ("I2", lambda t: t / (t + typical)),
            ("H2", lambda t: (t + typical) / typical),
        ):
            rows.append(_statistic(name, of(value), of(low), of(high), "Q-profile"))
    rows.append({**_statistic("Q", q), "df": float(df), "p_value": float(chdtrc(df, q))})
    return pd.DataFrame(rows)


def _statistic(
    name: str, value: float, low: float = math.nan, high: float = math.nan, method: str = ""
) -> dict[str, Any]:
    return {
        "statistic": name,
        "estimate": value,
        "low": low,
        "high": high,
        "df": math.nan,
        "p_value": math.nan,
        "method": method,
    }


def prediction(pooled: Pooled, level: float) -> pd.DataFrame:
    """Return where the true effect in a new study or site would lie.

    Higgins, Thompson and Spiegelhalter (2009); with Knapp-Hartung's error and k - p degrees of
    freedom (Partlett and Riley 2017); and with normal quantiles, as several programs print it.
    """
    lead = lead_of(pooled, level)
    value, extra = float(pooled.beta[0]), pooled.heterogeneity
    model = math.sqrt(float(pooled.model_covariance[0, 0]))
    df = lead["df"] if np.isfinite(lead["df"]) else float(pooled.df)
    rows = [
        t_row(
            "leading error, t with its df",
            value,
            math.hypot(lead["std_error"], math.sqrt(extra)),
            df,
            level,
        ),
        t_row(
            "model-based error, t with one df less",
            value,
            math.hypot(model, math.sqrt(extra)),
            max(pooled.df - 1, 1),
            level,
        ),
        normal_row(value, math.hypot(model, math.sqrt(extra)), level),
    ]
    rows[0]["leads"] = True
    return pd.DataFrame(rows).drop(columns="p_value")


def sites(pooled: Pooled, level: float) -> pd.DataFrame:
    """Return each estimate, its weight, and its empirical Bayes (shrunken) value.

    Raudenbush and Bryk (1985); for estimates in clusters the best linear prediction from both
    variances. The error of the shrunken value allows for that of the pooled one.
    """
    from scipy.special import ndtri

    studies = pooled.studies
    mean = studies.x @ pooled.beta
    if pooled.nested is not None and studies.groups is not None:
        shrunk, error = _nested_prediction(pooled, mean)
    else:
        share = pooled.between / (pooled.between + studies.v)
        shrunk = share * studies.y + (1 - share) * mean
        fit_variance = np.einsum("ki,ij,kj->k", studies.x, pooled.model_covariance, studies.x)
        error = np.sqrt(share * studies.v + (1 - share) ** 2 * fit_variance)
    weights = pooled.flat.weights / pooled.flat.weights.sum()
    reach = float(ndtri(0.5 + level / 2))
    table = pd.DataFrame(
        {
            "study": studies.labels,
            "estimate": studies.y,
            "std_error": np.sqrt(studies.v),
            "low": studies.y - reach * np.sqrt(studies.v),
            "high": studies.y + reach * np.sqrt(studies.v),
            "weight": weights,
            "shrunken": shrunk,
            "shrunken_std_error": error,
            "leverage": leverages(studies.x, pooled.flat.weights),
        }
    )
    if studies.groups is not None:
        table.insert(1, "cluster", [studies.clusters[g] for g in studies.groups])
    return _by_name(table, "study")


def _by_name(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows by label, labels that are numbers in the order of these."""
    made = pd.to_numeric(table[name], errors="coerce")
    key = made if bool(made.notna().all()) else table[name]
    return table.iloc[np.argsort(key.to_numpy(), kind="stable")].reset_index(drop=True)


def _nested_prediction(pooled: Pooled, mean: Floats) -> tuple[Floats, Floats]:
    from evalkit.impact.pooling.three_level import weigh

    studies, groups = pooled.studies, pooled.studies.groups
    assert groups is not None  # noqa: S101 (asked only in the three-level model)
    variances = (pooled.between, pooled.within)
    solved = weigh((studies.y - mean)[:, None], studies.v, groups, variances)[:, 0]
    count = len(studies.clusters)
    shared = pooled.between * sums_by(solved, groups, count)[groups]
    shrunk = mean + shared + pooled.within * solved
    error = np.empty(len(mean))
    for g in range(count):
        rows = np.flatnonzero(groups == g)
        signal = pooled.between + pooled.within * np.eye(len(rows))
        inverse = np.linalg.inv(signal + np.diag(studies.v[rows]))
        gap = studies.x[rows] - signal @ inverse @ studies.x[rows]
        own = signal - signal @ inverse @ signal + gap @ pooled.model_covariance @ gap.T
        error[rows] = np.sqrt(np.maximum(np.diag(own), 0.0))
    return shrunk, error


def forest(pooled: Pooled, level: float) -> pd.DataFrame:
    """Return the rows of a forest plot: every estimate, the pooled one, the prediction interval."""
    names = ["study", "estimate", "low", "high", "weight"]
    rows = sites(pooled, level)[names].assign(kind="study")
    lead = lead_of(pooled, level)
    new = prediction(pooled, level).iloc[0]
    value = float(pooled.beta[0])
    more = [
        {"study": "pooled", "low": lead["low"], "high": lead["high"], "kind": "pooled"},
        {"study": "a new study", "low": new["low"], "high": new["high"], "kind": "prediction"},
    ]
    added = pd.DataFrame([{**one, "estimate": value, "weight": math.nan} for one in more])
    return pd.concat([rows, added], ignore_index=True)


def moderator_table(pooled: Pooled, level: float) -> pd.DataFrame:
    """Return the coefficients: the intercept where moderators are 0, and the slopes."""
    rows = []
    for j, name in enumerate(pooled.studies.names):
        made = next(
            row for row in rows_of(pooled, j, level=level, uncentred=j == 0) if row["leads"]
        )
        value = float(pooled.beta[j])
        if j == 0:
            value -= float(pooled.studies.centre @ pooled.beta[1:])
        contrast = np.zeros(len(pooled.beta))
        contrast[j] = 1.0
        if j == 0:
            contrast[1:] = -pooled.studies.centre
        model = math.sqrt(float(contrast @ pooled.model_covariance @ contrast))
        kept = {key: made[key] for key in ("df", "low", "high", "p_value", "method")}
        rows.append(
            {
                "moderator": name,
                "estimate": value,
                "std_error": made["std_error"],
                "model_std_error": model,
                **kept,
            }
        )
    return pd.DataFrame(rows)


def moderator_tests(pooled: Pooled) -> pd.DataFrame:
    """Return the tests of all moderators (QM), of what they leave (QE), and the share explained.

    With Knapp-Hartung QM is an F; R2 is the share by which tau2 falls (Raudenbush 2009).
    """
    from scipy.special import chdtrc, fdtrc

    studies = pooled.studies
    p, k = studies.x.shape[1], len(studies.y)
    slopes = pooled.beta[1:]
    rows: list[dict[str, Any]] = []
    block = pooled.model_covariance[1:, 1:]
    wald = float(slopes @ np.linalg.solve(block, slopes))
    rows.append(_test("QM, chi-squared", wald, p - 1, math.nan, float(chdtrc(p - 1, wald))))
    if pooled.nested is None:
        scaled = knapp_hartung(pooled.flat, pooled.df)[1:, 1:]
        f = float(slopes @ np.linalg.solve(scaled, slopes)) / (p - 1)
        rows.append(
            _test("QM, F with Knapp-Hartung", f, p - 1, k - p, float(fdtrc(p - 1, k - p, f)))
        )
    left = generalised_q(studies.y, studies.v, studies.x, 0.0)
    rows.append(_test("QE, chi-squared", left, k - p, math.nan, float(chdtrc(k - p, left))))
    if pooled.nested is None and pooled.estimator != "fixed":
        before = between_variance(studies.y, studies.v, np.ones((k, 1)), pooled.estimator)
        share = max(0.0, 1 - pooled.between / before) if before > 0 else math.nan
        rows.append(_test("R2", share, math.nan, math.nan, math.nan))
    return pd.DataFrame(rows)


def _test(name: str, statistic: float, df: float, df2: float, p: float) -> dict[str, Any]:
    return {"test": name, "statistic": statistic, "df": float(df), "df2": float(df2), "p_value": p}


def leave_one_out(pooled: Pooled, level: float, correlation: float) -> pd.DataFrame:
    """Pool again without each study, or without each cluster where estimates are in clusters."""
    studies = pooled.studies
    codes = np.arange(len(studies.y)) if studies.groups is None else studies.groups
    labels = studies.labels if studies.groups is None else studies.clusters
    rows = []
    near = (pooled.between, pooled.within)
    names = ["left_out", "estimate", "low", "high", "p_value", "tau2"]
    if len(labels) <= MOST_LEFT_OUT:
        for i, label in enumerate(labels):
            kept = studies.keep(codes != i)
            if len(set(labels)) < 3 or np.linalg.matrix_rank(kept.x) < kept.x.shape[1]:
                continue
            if len(kept.y) - kept.x.shape[1] < 1 or (
                kept.groups is not None and len(kept.clusters) < 2
            ):
                continue
            again = fit(kept, pooled.estimator, pooled.adjust, correlation, near)
            lead = lead_of(again, level)
            rows.append(
                {
                    "left_out": label,
                    "estimate": float(again.beta[0]),
                    "low": lead["low"],
                    "high": lead["high"],
                    "p_value": lead["p_value"],
                    "tau2": again.heterogeneity,
                }
            )
    table = pd.DataFrame(rows, columns=names)
    return _by_name(table, "left_out")
