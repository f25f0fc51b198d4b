"""Evidence of many sites or studies pooled: the mean, how they differ, and what a new one may show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from evalkit.impact import checks
from evalkit.impact.estimate import Check, Estimate, Interval
from evalkit.impact.frame import (
    Faults,
    Floats,
    choice_fault,
    names_of,
    numbers,
    option_faults,
    read_columns,
    refuse,
)
from evalkit.impact.inference import t_row
from evalkit.impact.least_squares import Ints
from evalkit.impact.pooling.model import (
    Pool,
    between_variance,
    generalised_q,
    knapp_hartung,
    pool,
    q_profile,
    typical_variance,
)
from evalkit.impact.pooling.robust import correlated_effects, cr2_robust
from evalkit.impact.pooling.small_study import egger
from evalkit.impact.subgroups import with_subgroups

NAME = "pooled"
ESTIMATORS = ("reml", "ml", "dl", "pm", "fixed")
RHO = 0.8
"""Correlation of the errors of effects of one cluster in the working model of the robust errors."""
FEW_STUDIES = 10
KH = "random effects, Knapp-Hartung, t with studies - parameters df"
ROBUST = "robust variance (CR2) by cluster, t with Satterthwaite df"


@dataclass(frozen=True, slots=True, eq=False)
class Studies:
    """Estimates with their variances, moderators (a constant first), clusters and names."""

    y: Floats
    v: Floats
    x: Floats
    groups: Ints | None
    names: tuple[str, ...]
    notes: tuple[str, ...]


@with_subgroups
def pooled(  # noqa: PLR0913 (options of the design are its contract)
    frame: Any,
    *,
    estimate: str | None = None,
    std_error: str,
    study: str | None = None,
    moderators: str | Sequence[str] | None = None,
    estimator: str = "reml",
    outcome: str | None = None,
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    by: str | None = None,  # noqa: ARG001 (with_subgroups)
    seed: int = 0,
    inference: str = "frequentist",
    margin: float | None = None,
) -> Estimate:
    """Pool estimates of several sites or studies by a random-effects model.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        One row an estimate.
    estimate, std_error : str
        Columns.
    study : str, optional
        Column with names; the number of the row where left out.
    moderators, covariates : str or list of str, optional
        Columns that may explain why estimates differ; the value is then at their means.
    estimator : {"reml", "ml", "dl", "pm", "fixed"}
        Of the variance between studies.
    outcome : str, optional
        Stands for `estimate` where a plan names its columns so.
    weights : str, optional
        Not taken: the precision of each estimate is its weight.
    cluster : str, optional
        Column of groups of estimates that depend on each other (several outcomes of one study).
    level : float
        Confidence level.
    by : str, optional
        Column of subgroups: each is estimated alone, and the gap between them.
    seed : int
        Kept with the result; nothing here is random.
    inference : str
        Only "frequentist" for this design so far.
    margin : float, optional
        Smallest effect that matters.

    Returns
    -------
    Estimate
        The mean effect. Tables: ``inference, heterogeneity, prediction, studies, leave_one_out,
        moderators, small_study``.

    Raises
    ------
    DesignError
        Fewer than two studies, standard errors that are not above zero, and the like.

    References
    ----------
    Knapp and Hartung (2003), Statistics in Medicine 22; Viechtbauer (2007), Statistics in Medicine
    26 (intervals of the variance); Riley, Higgins and Deeks (2011), BMJ 342 (prediction);
    Pustejovsky and Tipton (2022), Prevention Science 23 (dependent effects).
    """
    studies, faults = prepare(
        frame,
        estimate=estimate,
        std_error=std_error,
        study=study,
        moderators=moderators,
        estimator=estimator,
        outcome=outcome,
        covariates=covariates,
        weights=weights,
        cluster=cluster,
        level=level,
        inference=inference,
    )
    refuse(faults, NAME)
    name = str(estimate or outcome)
    return _estimate(cast("Studies", studies), estimator, level, seed, (name, margin))


def prepare(  # noqa: PLR0913 (the options of the design that bear on the data)
    frame: Any,
    *,
    estimate: str | None = None,
    std_error: str,
    study: str | None = None,
    moderators: str | Sequence[str] | None = None,
    estimator: str = "reml",
    outcome: str | None = None,
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    inference: str = "frequentist",
) -> tuple[Studies | None, Faults]:
    """Return the studies, or None and every reason why they cannot be pooled, and what to do."""
    faults = option_faults(level=level, inference=inference)
    faults += choice_fault("estimator", estimator, ESTIMATORS)
    value = estimate or outcome
    if value is None:
        faults.append(("No column of estimates is named.", "Write `estimate:` with its name."))
    if weights:
        wrong = "`weights` are not taken: each estimate counts by its standard error."
        faults.append((wrong, "Leave `weights` out."))
    explain = (*names_of(moderators), *names_of(covariates))
    some = [value, std_error, study, cluster, *explain]
    table, found = read_columns(frame, [one for one in some if one])
    if faults or found:
        return None, faults + found
    columns = {}
    for name in (str(value), std_error, *explain):
        columns[name], found = numbers(table[name], name)
        faults += found
    if faults:
        return None, faults
    return _studies(table, columns, (str(value), std_error, explain), study, cluster)


def _studies(
    table: pd.DataFrame,
    columns: dict[str, Floats],
    which: tuple[str, str, tuple[str, ...]],
    study: str | None,
    cluster: str | None,
) -> tuple[Studies | None, Faults]:
    value, error, explain = which
    known = np.isfinite(np.column_stack(list(columns.values()))).all(axis=1)
    if (columns[error][known] <= 0).any():
        wrong = f"`{error}` has values that are not above zero."
        return None, [(wrong, "A standard error is above zero: mend or leave out those rows.")]
    if known.sum() < len(explain) + 2:
        wrong = f"Only {int(known.sum())} estimates are complete."
        return None, [(wrong, "Pool at least two, and more than there are moderators.")]
    x = np.column_stack(
        [np.ones(known.sum()), *(columns[n][known] - columns[n][known].mean() for n in explain)]
    )
    if np.linalg.matrix_rank(x) < x.shape[1]:
        wrong = "The moderators cannot be told apart (one does not vary, or repeats others)."
        return None, [(wrong, "Leave one of them out.")]
    names = (
        table[study].astype(str).to_numpy() if study else np.arange(1, len(table) + 1).astype(str)
    )
    groups = None
    if cluster:
        labels = table[cluster].astype(str).to_numpy()[known]
        groups = np.unique(labels, return_inverse=True)[1].astype(np.intp)
        if groups.max() < x.shape[1]:
            wrong = f"`{cluster}` has {int(groups.max()) + 1} groups only."
            return None, [(wrong, "Leave `cluster` out, or add studies.")]
    lost = int((~known).sum())
    notes = (f"{lost} rows lack a number and were left out.",) if lost else ()
    kept = tuple(names[known].tolist())
    return Studies(columns[value][known], columns[error][known] ** 2, x, groups, kept, notes), []


def _estimate(
    data: Studies, estimator: str, level: float, seed: int, told: tuple[str, float | None]
) -> Estimate:
    name, margin = told
    tau2 = between_variance(data.y, data.v, data.x, estimator)
    made = pool(data.y, data.v, data.x, tau2)
    rows = _rows(data, made, level)
    leads = next(row for row in rows if row["leads"])
    k, p = data.x.shape
    count = k if data.groups is None else int(data.groups.max()) + 1
    detectable = (
        (leads["high"] - leads["low"])
        / 2
        / _quantile(leads["df"], level)
        * (_quantile(leads["df"], level) + _quantile(leads["df"], 0.6))
    )
    tables = {
        "inference": pd.DataFrame(rows),
        "heterogeneity": _heterogeneity(data, made, level),
        "prediction": _prediction(made, leads["std_error"], k - p, level),
        "studies": pd.DataFrame(
            {
                "study": data.names,
                "estimate": data.y,
                "std_error": np.sqrt(data.v),
                "weight": made.weights / made.weights.sum(),
            }
        ),
        "leave_one_out": _leave_one_out(data, estimator),
    }
    small = _small_study(data, estimator)
    return Estimate(
        id=NAME,
        design=NAME,
        estimator=f"random-effects pooling ({estimator})"
        if estimator != "fixed"
        else "fixed effect",
        estimand=(
            f"Mean of the true effects `{name}` in the population of which these {k} estimates are "
            "a sample, each weighted by its precision and the variance between them"
            + (", at the means of the moderators." if p > 1 else ".")
        ),
        outcome=name,
        value=float(made.beta[0]),
        std_error=float(leads["std_error"]),
        interval=Interval(leads["low"], leads["high"], level, "confidence", leads["method"]),
        p_value=leads["p_value"] if math.isfinite(leads["p_value"]) else None,
        n_units=k,
        n_observations=k,
        n_clusters=count,
        n_treated=k,
        table=tables,
        checks=(
            _spread_check(tables["heterogeneity"], tables["prediction"]),
            small,
            _few(count),
            checks.smallest_detectable(detectable, leads["method"], level, margin),
        ),
        assumptions=(
            "The estimates are of the same effect in different places, on the same scale.",
            "Each is unbiased, and its standard error is right.",
            "Estimates that were found are not those that came out well (no selective reporting).",
            "Estimates of different clusters are independent.",
        ),
        seed=seed,
        notes=(*data.notes, "No standardised effect: the estimates keep the scale they came in."),
    )


def _quantile(df: float, level: float) -> float:
    from scipy.special import stdtrit

    return (
        float(stdtrit(df, 0.5 + level / 2))
        if math.isfinite(df)
        else float(stdtrit(1e9, 0.5 + level / 2))
    )


def _rows(data: Studies, made: Pool, level: float) -> list[dict[str, Any]]:
    k, p = data.x.shape
    value = float(made.beta[0])
    fixed = pool(data.y, data.v, data.x, 0.0)
    rows = [
        t_row(KH, value, math.sqrt(float(knapp_hartung(made, k - p)[0, 0])), k - p, level),
        t_row("random effects, normal", value, math.sqrt(float(made.covariance[0, 0])), 1e9, level),
        {
            **t_row("", float(fixed.beta[0]), math.sqrt(float(fixed.covariance[0, 0])), 1e9, level),
            "method": "fixed effect, normal (of these studies only)",
        },
    ]
    if data.groups is not None:
        working = correlated_effects(data.v, data.groups, RHO, (made.tau2, 0.0))
        weights = [np.diag(made.weights[data.groups == g]) for g in range(len(working))]
        robust = cr2_robust(data.y, data.x, data.groups, working, weights)
        error, df = math.sqrt(float(robust.covariance[0, 0])), float(robust.df[0])
        rows.insert(0, t_row(ROBUST, value, error, df, level))
    rows[0]["leads"] = True
    return rows


def _heterogeneity(data: Studies, made: Pool, level: float) -> pd.DataFrame:
    from scipy.special import chdtrc

    k, p = data.x.shape
    typical = typical_variance(data.v, data.x)
    low, high = q_profile(data.y, data.v, data.x, level)
    q = generalised_q(data.y, data.v, data.x, 0.0)
    ends = {"estimate": made.tau2, "low": low, "high": high}
    rows = [
        {"quantity": "tau2", **ends},
        {"quantity": "tau", **{key: math.sqrt(one) for key, one in ends.items()}},
        {"quantity": "I2", **{key: 100 * one / (one + typical) for key, one in ends.items()}},
        {"quantity": "H2", **{key: (one + typical) / typical for key, one in ends.items()}},
        {"quantity": "Q", "estimate": q, "low": math.nan, "high": math.nan},
        {
            "quantity": "p of Q",
            "estimate": float(chdtrc(k - p, q)),
            "low": math.nan,
            "high": math.nan,
        },
    ]
    return pd.DataFrame(rows)


def _prediction(made: Pool, error: float, df: int, level: float) -> pd.DataFrame:
    """Return the interval for the true effect in a new place, and the chance that it is above 0."""
    from scipy.special import stdtr

    spread = math.sqrt(made.tau2 + error**2)
    value, reach = float(made.beta[0]), _quantile(df, level) * spread
    above = float(stdtr(df, value / spread)) if spread > 0 else math.nan
    row = {
        "estimate": value,
        "low": value - reach,
        "high": value + reach,
        "chance_above_zero": above,
    }
    return pd.DataFrame([row])


def _leave_one_out(data: Studies, estimator: str) -> pd.DataFrame:
    rows = []
    for at, name in enumerate(data.names):
        kept = np.arange(len(data.y)) != at
        x = data.x[kept]
        if kept.sum() <= x.shape[1] or np.linalg.matrix_rank(x) < x.shape[1]:
            continue
        y, v = data.y[kept], data.v[kept]
        found = pool(y, v, x, between_variance(y, v, x, estimator))
        rows.append({"without": name, "estimate": float(found.beta[0]), "tau2": found.tau2})
    return pd.DataFrame(rows, columns=["without", "estimate", "tau2"])


def _small_study(data: Studies, estimator: str) -> Check:
    name = "small studies"
    if len(data.y) < FEW_STUDIES or np.ptp(data.v) == 0:
        meaning = f"Not tested: it takes at least {FEW_STUDIES} estimates of different precision."
        return Check(name, None, None, "information", meaning)
    found = egger(data.y, data.v, estimator)[0]
    from scipy.special import stdtr

    p = 2 * float(stdtr(found.df, -abs(found.statistic)))
    reading = (
        "Small studies show other effects than large ones: some may be missing from the record."
        if p < 0.1
        else "No sign that small studies show other effects; with few studies it could go unseen."
    )
    meaning = (
        f"Egger's regression of the estimates on their standard errors: p = {p:.3g}. {reading}"
    )
    return Check(name, found.statistic, p, "concern" if p < 0.1 else "pass", meaning)


def _spread_check(table: pd.DataFrame, prediction: pd.DataFrame) -> Check:
    rows = table.set_index("quantity")["estimate"].to_dict()
    low, high = (float(prediction[end].iloc[0]) for end in ("low", "high"))
    mixed = low < 0 < high
    meaning = (
        f"True effects differ with a standard deviation of {rows['tau']:.3g} (I2 {rows['I2']:.0f}%). "
        f"In a new place of this kind the effect would lie between {low:.3g} and {high:.3g}"
        + (", so it may be of either sign there." if mixed else ", all of one sign.")
    )
    return Check(
        "heterogeneity", rows["tau"], rows["p of Q"], "concern" if mixed else "pass", meaning
    )


def _few(count: int) -> Check:
    few = count < FEW_STUDIES
    meaning = f"{count} independent studies. " + (
        "With so few, the variance between them is hardly known."
        if few
        else "Enough to learn from."
    )
    return Check("few studies", float(count), None, "concern" if few else "pass", meaning)
