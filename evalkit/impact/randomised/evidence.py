"""Every method of inference for one arm against the reference arm, and the rule that chooses."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evalkit.impact.estimate import Interval
from evalkit.impact.inference import (
    CR1,
    CR2,
    FEW,
    MOST_DRAWN,
    PERMUTATION,
    WILD,
    WILD_DRAWS,
    Permuted,
    coefficient_rows,
    detectable,
    interval_of,
    known,
    row,
    t_row,
    wider,
)
from evalkit.impact.least_squares import (
    Floats,
    absorb,
    cr2,
    cr2_parts,
    fit,
    independent_columns,
    invert,
    wild_draws,
)
from evalkit.impact.permutation import invert_permutation, two_sided
from evalkit.impact.randomised.mixed import Mixed, fit_mixed, grams_of, whiten
from evalkit.impact.randomised.reassign import reassign
from evalkit.impact.randomised.regression import Least, Model, least, nested, stratum_columns
from evalkit.impact.randomised.robust import cr3, equal_variances, hc1, hc2_parts, solve
from evalkit.impact.randomised.trial import Trial

IID = "least squares, equal variances, t with n - k df"
HC1 = "heteroskedasticity-robust HC1, t with n - k df"
HC2 = "heteroskedasticity-robust HC2, t with Bell-McCaffrey df"
IGNORES = " (ignores clusters)"
CR3 = "cluster-robust CR3 (jackknife), t with Satterthwaite df"
CR3_FACTOR = "cluster-robust CR3 with small-sample factor, t with clusters - 1 df"
RANDOM = "randomisation inference, interval by test inversion"
MIXED = "multilevel model (REML), t with Satterthwaite df"
MIXED_Z = "multilevel model (REML), normal distribution"
AROUND = "multilevel estimate, cluster-robust CR2, t with Satterthwaite df"
AROUND_ROWS = "multilevel estimate, HC2, t with Bell-McCaffrey df"

NO_VARIATION = 1e-9
"""A variance within clusters of less than this share of the whole counts as none."""

RULE = (
    "Rule: where people were randomised, HC2 with Bell-McCaffrey degrees of freedom leads. Where "
    "clusters are named, CR2 with Satterthwaite degrees of freedom leads; if fewer than "
    f"{FEW} clusters were assigned to an arm, the wider of that and the interval of randomisation "
    "inference, and randomisation alone where an arm has a single cluster. With `estimator: "
    "multilevel` the wider of the model's own interval (Satterthwaite) and the robust one round the "
    "same estimate leads. Methods that ignore clusters, CR1, the jackknife, the wild bootstrap and "
    "the normal distribution are shown beside it and never lead, but CR1 where CR2 cannot be had."
)


@dataclass(frozen=True, slots=True)
class Result:
    """One arm against the reference arm.

    ``parts`` are the contributions of clusters (or rows) to the robust error, ``detectable`` the
    smallest effect that the leading method finds with 80% power.
    """

    arm: int
    value: float
    std_error: float
    interval: Interval
    p_value: float | None
    df: float
    rows: tuple[dict[str, Any], ...]
    parts: Floats
    detectable: float
    permuted: Permuted | None = None
    why_not_permuted: str = ""


@dataclass(frozen=True, slots=True)
class Multilevel:
    """The multilevel model of a trial and its robust counterpart: least squares once whitened."""

    fit: Mixed
    groups: Any
    whitened: Least


def infer(
    model: Model, arm: int, *, estimator: str, level: float, seed: int, quick: bool = False
) -> Result:
    """Return every method for one arm, the one that leads marked.

    `quick`: without the bootstrap and randomisation, for arms beside the first and for checks.
    """
    trial, j = model.trial, arm - 1
    solved = least(model, trial.y)
    value = float(solved.solved.beta[j])
    rows = analytic_rows(solved, j, level)
    if solved.fitted is not None and not quick:
        rows += _wild_row(solved, j, level, seed)
    permuted = "not asked for" if quick else reassign(model, trial.y, arm, seed)
    if isinstance(permuted, Permuted):
        rows.append(_random_row(permuted, value, level))
    rows = [{**one, "estimate": value} for one in rows]
    levels = (
        multilevel(model) if estimator == "multilevel" or _shows_mixed(model, quick=quick) else None
    )
    if levels is not None:
        rows += _mixed_rows(levels, j, level)
    leads = _leader(
        rows,
        trial,
        arm,
        permuted,
        around=estimator == "multilevel" and levels is not None,
        level=level,
    )
    leads["leads"] = True
    found = permuted if isinstance(permuted, Permuted) else None
    source = levels.whitened if levels is not None and estimator == "multilevel" else solved
    return Result(
        arm=arm,
        value=leads["estimate"],
        std_error=leads["std_error"],
        interval=interval_of(leads, level),
        p_value=known(leads["p_value"]),
        df=leads["df"],
        rows=tuple(rows),
        parts=parts_of(source, j)[0],
        detectable=_detectable(leads, found, value, level),
        permuted=found,
        why_not_permuted="" if found else str(permuted),
    )


def _detectable(
    leads: dict[str, Any], permuted: Permuted | None, value: float, level: float
) -> float:
    named = {**leads, "method": PERMUTATION} if leads["method"] == RANDOM else leads
    return detectable(named, permuted, value, level)


def analytic_rows(solved: Least, j: int, level: float) -> list[dict[str, Any]]:
    """Return the rows of every method with a formula, for coefficient `j`."""
    rows_alone, clustered = solved.solved, solved.fitted is not None
    value, df = float(rows_alone.beta[j]), rows_alone.n - rows_alone.k
    mark = IGNORES if clustered else ""
    rows = [
        t_row(IID + mark, value, equal_variances(rows_alone, j), df, level),
        t_row(HC1 + mark, value, hc1(rows_alone, j), df, level),
    ]
    if solved.fitted is None:
        parts, own_df = hc2_parts(rows_alone, j)
        return [*rows, t_row(HC2, value, float(np.sqrt((parts**2).sum())), own_df, level)]
    fitted, g = solved.fitted, solved.fitted.clusters
    made = coefficient_rows(fitted, j, level)
    rows += made if solved.exact else [one for one in made if one["method"] != CR2]
    if any(one["method"] == CR2 for one in rows):
        error, own_df = cr3(fitted, j)
        factor = math.sqrt(g / (g - 1) * (fitted.n - 1) / max(fitted.n - fitted.k, 1))
        rows.append(t_row(CR3, value, error, own_df, level))
        rows.append(t_row(CR3_FACTOR, value, error * factor, g - 1, level))
    return rows


def parts_of(solved: Least, j: int) -> tuple[Floats, float]:
    """Return the contributions to the robust error of coefficient `j` (HC2 or CR2), and its df.

    They are linear in the outcome, and the df do not depend on it.
    """
    if solved.fitted is None:
        return hc2_parts(solved.solved, j)
    return cr2_parts(solved.fitted, j)[0], cr2(solved.fitted, j)[1]


def _wild_row(solved: Least, j: int, level: float, seed: int) -> list[dict[str, Any]]:
    fitted = solved.fitted
    if fitted is None or not np.abs(fitted.scores[:, j]).max() > 0:
        return []
    count = min(WILD_DRAWS, MOST_DRAWN // fitted.clusters)
    draws = wild_draws(fitted, j, count, np.random.default_rng([seed, 2]))
    step = 2 * draws.std_error
    ends = [invert(draws, draws.beta, side * step, level) for side in (-1, 1)]
    return [row(WILD, math.nan, math.nan, (ends[0], ends[1]), draws.p_value(0.0))]


def _random_row(permuted: Permuted, value: float, level: float) -> dict[str, Any]:
    b, a = permuted.b[:, 0], permuted.a[:, 0]
    p = two_sided(b, value, exact=permuted.exact)
    ends = invert_permutation(b, a, value, exact=permuted.exact, level=level)
    return row(RANDOM, float(np.std(b - value * a)), math.nan, ends, p)


def _shows_mixed(model: Model, *, quick: bool) -> bool:
    """Return whether the multilevel model stands beside least squares: with clusters, no effects."""
    return model.trial.clustered and model.groups is None and not quick


def multilevel(model: Model, *, slopes: bool = False) -> Multilevel | None:
    """Fit arms, covariates and strata with random effects of clusters (or of strata).

    `slopes` lets the effect of the (single) arm differ by cluster. None where there is nothing to
    group by, as many groups as rows, or nothing left within groups.
    """
    trial = model.trial
    groups = trial.cluster if trial.clustered else trial.stratum
    count = int(groups.max()) + 1
    if not 2 < count < trial.n:
        return None
    fixed = multilevel_columns(model)
    ones = np.ones((trial.n, 1))
    on = (trial.arm == 1).astype(float)[:, None]
    z = np.column_stack([ones, on]) if slopes else ones
    fitted = fit_mixed(grams_of(trial.y, fixed, z, groups, trial.w), model.contrasts)
    if fitted.within <= NO_VARIATION * float(np.var(trial.y)):
        return None
    relative = fitted.between / fitted.within
    white = whiten(np.column_stack([trial.y, fixed]), z, groups, trial.w, relative)
    unit = np.ones(trial.n)
    robust = Least(
        solve(white[:, 1:], white[:, 0], None, unit),
        fit(white[:, 1:], white[:, 0], groups, 0) if trial.clustered else None,
    )
    return Multilevel(fitted, groups, robust)


def multilevel_columns(model: Model) -> Floats:
    """Return arms, constant, covariates and those strata that do not lie within the clusters."""
    trial = model.trial
    on = (trial.arm[:, None] == np.arange(1, len(trial.arms))).astype(float)
    inside = not trial.clustered or nested(trial)
    dummies = stratum_columns(trial)[:, :0] if inside else stratum_columns(trial)
    raw = np.column_stack([on, np.ones(trial.n), dummies, trial.x])
    made = absorb(raw, None, trial.w)
    return np.asarray(raw[:, independent_columns(made, np.linalg.norm(made, axis=0))])


def _mixed_rows(levels: Multilevel, j: int, level: float) -> list[dict[str, Any]]:
    fitted = levels.fit
    value, error = float(fitted.beta[j]), math.sqrt(max(fitted.cov[j, j], 0.0))
    df = float(fitted.df[j])
    count = int(levels.groups.max()) + 1
    # A variance between clusters estimated at zero has no derivative: as many df as clusters allow.
    df = df if math.isfinite(df) else float(max(count - len(fitted.beta), 1))
    parts, robust_df = parts_of(levels.whitened, j)
    around = AROUND if levels.whitened.fitted is not None else AROUND_ROWS
    rows = [
        t_row(MIXED, value, error, df, level),
        t_row(MIXED_Z, value, error, 1e12, level),
        t_row(around, value, float(np.sqrt((parts**2).sum())), robust_df, level),
    ]
    rows[1]["df"] = math.inf
    return [{**one, "estimate": value} for one in rows]


def _leader(
    rows: list[dict[str, Any]],
    trial: Trial,
    arm: int,
    permuted: Permuted | str,
    *,
    around: bool,
    level: float,
) -> dict[str, Any]:
    """Return the row that leads, by `RULE`."""
    named = {one["method"]: one for one in rows}
    if around:
        return wider(named[MIXED], named.get(AROUND, named.get(AROUND_ROWS, named[MIXED])))
    if not trial.clustered:
        return named[HC2] if np.isfinite(named[HC2]["low"]) else named[IID]
    robust = named.get(CR2, named[CR1])
    robust = robust if np.isfinite(robust["low"]) else named[CR1]
    fewest = min(trial.sides(arm))
    if fewest >= FEW or not isinstance(permuted, Permuted) or not trial.by_cluster():
        return robust
    if fewest < 2:
        return named[RANDOM]
    # Without variation the permutation's interval is one point: no precision that can be trusted.
    enough = permuted.possible >= 1 / (1 - level) - 1e-9 and np.isfinite(robust["low"])
    return wider(named[RANDOM], robust) if enough else robust


def with_estimates(result: Result) -> Result:
    """Return the result with its rows in the order of the table."""
    columns = ("method", "estimate", "std_error", "df", "low", "high", "p_value", "leads")
    return replace(result, rows=tuple({key: one[key] for key in columns} for one in result.rows))
