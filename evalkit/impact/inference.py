"""Which interval leads: every method side by side, and one printed rule that chooses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit.impact.estimate import Interval
from evalkit.impact.least_squares import Fit, Floats, cr1, cr2, cr2_parts, invert, wild_draws
from evalkit.impact.permutation import (
    DRAWS,
    FEWER_DRAWS,
    PathProducts,
    assign,
    invert_permutation,
    permuted_coefficients,
    possible_assignments,
    two_sided,
)
from evalkit.impact.two_way import Model, Paths, products_of

FEW = 10
"""Fewer treated (or comparison) clusters than this are few."""
MANY = 40
"""From this many clusters on, CR1 with t(G - 1) is trusted for the covariance of a path."""
POWER = 0.80
WILD_DRAWS = 999
MOST_GRAM_CELLS = 50_000_000
MOST_DRAWN = 4_000_000
"""Clusters x random assignments kept in memory at once."""

CR1 = "cluster-robust CR1, t with clusters - 1 df"
CR2 = "cluster-robust CR2, t with Satterthwaite df"
WILD = "wild cluster bootstrap, restricted, Webb weights"
PERMUTATION = "permutation of treated clusters, interval by test inversion"
ANALYTIC = "influence function, t with clusters - 1 df"
BOOTSTRAP = "multiplier bootstrap of the influence function"

RULE = (
    f"With fewer than {FEW} treated or comparison clusters, the wider of two intervals leads: that "
    "of the permutation of treated clusters (which trusts that clusters are alike but for the "
    "treatment) and that of CR2 with Satterthwaite degrees of freedom (which does not, but trusts t). "
    "The permutation alone leads where one side has a single cluster, CR2 alone where there are "
    "too few assignments for the level. Otherwise CR2 leads; CR1 with t on clusters - 1 degrees of "
    "freedom only where there are too many clusters and columns to work CR2 out."
)


@dataclass(frozen=True, slots=True)
class Permuted:
    """Coefficients under re-assignment: of the outcome (`b`) and of the treatment itself (`a`)."""

    b: Floats
    a: Floats
    exact: bool
    possible: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A coefficient with every method of inference.

    ``rows`` are those of ``table["inference"]``; ``detectable`` is the smallest effect found with
    80% power by the leading method.
    """

    value: float
    std_error: float
    interval: Interval
    p_value: float | None
    detectable: float
    rows: tuple[dict[str, Any], ...]
    permuted: Permuted | None
    why_not_permuted: str
    contributions: Floats | None = None


def leading_method(treated: int, comparison: int, possible: int, level: float) -> str:
    """Return the method that leads, by `RULE`; the permutation gives way to a wider CR2.

    Parameters
    ----------
    treated, comparison : int
        Clusters on either side.
    possible : int
        Distinct assignments of treatment to the clusters; 0 when it cannot be permuted.
    """
    return PERMUTATION if permutation_leads(treated, comparison, possible, level) else CR2


def covariance_method(treated: int, comparison: int) -> str:
    """Return the method for the covariance of a whole path: CR1 where it has clusters enough.

    There CR1 leaves effects nested in clusters out of its count of parameters, as published event
    studies do; with fewer clusters CR2 is used.
    """
    return CR1 if min(treated, comparison) >= FEW and treated + comparison >= MANY else CR2


def permutation_leads(treated: int, comparison: int, possible: int, level: float) -> bool:
    """Return whether the permutation leads.

    With a single cluster on one side nothing else can say how clusters differ, so it leads even
    where the few assignments give no finite interval.
    """
    fewest = min(treated, comparison)
    enough = possible >= 1 / (1 - level) - 1e-9  # a division: the count may be beyond any float
    return fewest < FEW and (enough or (fewest < 2 and possible > 1))


def t_row(method: str, value: float, std_error: float, df: float, level: float) -> dict[str, Any]:
    """Return a row of the inference table from a standard error and degrees of freedom."""
    from scipy.special import stdtr, stdtrit

    if not (np.isfinite(df) and df > 0 and std_error > 0):
        ends, p = (math.nan, math.nan), math.nan
    else:
        reach = float(stdtrit(df, 0.5 + level / 2)) * std_error
        ends, p = (value - reach, value + reach), 2 * float(stdtr(df, -abs(value / std_error)))
    return row(method, std_error, df, ends, p)


def row(
    method: str, std_error: float, df: float, ends: tuple[float, float], p_value: float
) -> dict[str, Any]:
    """Return a row of the inference table."""
    return {
        "method": method,
        "std_error": std_error,
        "df": df,
        "low": ends[0],
        "high": ends[1],
        "p_value": p_value,
        "leads": False,
    }


def coefficient_rows(fitted: Fit, j: int, level: float) -> list[dict[str, Any]]:
    """Return the CR1 and CR2 rows of coefficient `j`."""
    value = float(fitted.beta[j])
    rows = [t_row(CR1, value, math.sqrt(max(cr1(fitted)[j, j], 0.0)), fitted.clusters - 1, level)]
    if fitted.grams.size <= MOST_GRAM_CELLS:
        rows.append(t_row(CR2, value, *cr2(fitted, j), level))
    return rows


def infer(
    model: Model, paths: Paths | str, *, level: float, seed: int, quick: bool = False
) -> Evidence:
    """Return the first coefficient of a model with every method, and the one that leads marked.

    `quick`, for checks: no wild bootstrap, and fewer assignments drawn.
    """
    fitted = model.fit()
    value = float(fitted.beta[0])
    rows = coefficient_rows(fitted, 0, level)
    if not quick and rows[0]["std_error"] > 0:
        rows.append(_wild_row(fitted, level, seed))
    permuted = permute(model, paths, seed, FEWER_DRAWS if quick else DRAWS)
    if not isinstance(permuted, str):
        rows.append(permutation_row(permuted, value, level))
    sides = sides_of(model, paths)
    possible = 0 if isinstance(permuted, str) else permuted.possible
    method = leading_method(*sides, possible, level)
    leads = next((one for one in rows if one["method"] == method), rows[0])
    if method == PERMUTATION and min(sides) > 1:
        leads = wider(leads, next((one for one in rows if one["method"] == CR2), leads))
    leads["leads"] = True
    why = permuted if isinstance(permuted, str) else ""
    found = None if isinstance(permuted, str) else permuted
    return Evidence(
        value=value,
        std_error=rows[0]["std_error"],
        interval=interval_of(leads, level),
        p_value=known(leads["p_value"]),
        detectable=detectable(leads, found, value, level),
        rows=tuple(rows),
        permuted=found,
        why_not_permuted=why,
        contributions=None if quick else cr2_parts(fitted)[0],
    )


def wider(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the row with the wider interval; `one` when they are alike or `other` has none."""
    return other if other["high"] - other["low"] > one["high"] - one["low"] else one


def interval_of(leads: dict[str, Any], level: float) -> Interval:
    """Return the leading interval; where it cannot be had, every value is left in it."""
    low = leads["low"] if np.isfinite(leads["low"]) else -math.inf
    high = leads["high"] if np.isfinite(leads["high"]) else math.inf
    return Interval(low, high, level, "confidence", leads["method"])


def known(p_value: float) -> float | None:
    """Return a p-value, or None where it cannot be had."""
    return p_value if np.isfinite(p_value) else None


def sides_of(model: Model, paths: Paths | str) -> tuple[int, int]:
    """Return the numbers of clusters that are ever treated and that never are.

    Where every cluster is treated at some time, those that start late serve as comparison.
    """
    panel = model.panel
    on = np.zeros(panel.n_clusters, dtype=bool)
    marks = panel.d if panel.ever is None else panel.ever
    on[panel.cluster[marks != 0]] = True
    treated, comparison = int(on.sum()), int((~on).sum())
    if comparison == 0 and not isinstance(paths, str):
        comparison = len(on) - int(np.bincount(paths.observed).max())
    return treated, comparison


def permute(model: Model, paths: Paths | str, seed: int, draws: int) -> Permuted | str:
    """Return the coefficients under re-assigned treatment, or why they cannot be had."""
    if isinstance(paths, str):
        return paths
    products = products_of(model, paths)
    if products is None:
        return f"there are {len(paths.table)} different courses of treatment, too many to permute"
    return permute_products(products, seed, draws)


def permute_products(products: PathProducts, seed: int, draws: int) -> Permuted:
    """Return the coefficients under re-assigned treatment."""
    observed = products.observed
    content = np.moveaxis(products.zy[:, :, 0], 1, 0)
    order = np.lexsort((*content, observed)).astype(np.intp)
    draws = min(draws, MOST_DRAWN // len(observed))
    drawn = assign(observed, draws, np.random.default_rng([seed, 1]), order)
    b, a = permuted_coefficients(products, drawn)
    return Permuted(b, a, drawn.exact, possible_assignments(observed))


def permutation_row(permuted: Permuted, value: float, level: float) -> dict[str, Any]:
    """Return the permutation's row of the inference table."""
    b, a = permuted.b[:, 0], permuted.a[:, 0]
    p = two_sided(b, value, exact=permuted.exact)
    ends = invert_permutation(b, a, value, exact=permuted.exact, level=level)
    return row(PERMUTATION, float(np.std(b - value * a)), math.nan, ends, p)


def _wild_row(fitted: Fit, level: float, seed: int) -> dict[str, Any]:
    count = min(WILD_DRAWS, MOST_DRAWN // fitted.clusters)
    draws = wild_draws(fitted, 0, count, np.random.default_rng([seed, 2]))
    step = 2 * draws.std_error
    ends = [invert(draws, draws.beta, side * step, level) for side in (-1, 1)]
    return row(WILD, math.nan, math.nan, (ends[0], ends[1]), draws.p_value(0.0))


def detectable(
    leads: dict[str, Any], permuted: Permuted | None, value: float, level: float
) -> float:
    """Return the smallest true effect that the leading method would find with 80% power.

    For t methods ``(t[1 - alpha/2] + t[power]) * SE``; for the permutation the same two quantiles
    of its own distribution, the estimated effect taken out.
    """
    from scipy.special import stdtrit

    if leads["method"] == PERMUTATION and permuted is not None:
        null = np.abs(permuted.b[:, 0] - value * permuted.a[:, 0])
        return float(np.quantile(null, level) + np.quantile(null, 2 * POWER - 1))
    df = leads["df"]
    if not (np.isfinite(df) and df > 0):
        return math.nan
    return float((stdtrit(df, 0.5 + level / 2) + stdtrit(df, POWER)) * leads["std_error"])
