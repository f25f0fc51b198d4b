"""Group-time average effects of Callaway and Sant'Anna (2021), on arrays without labels.

Callaway and Sant'Anna, Journal of Econometrics 225 (2021): groups start treatment in different
periods; the effect on each group in each period is a two-by-two comparison with units not treated.
Estimators of each comparison: Sant'Anna and Zhao (2020, Journal of Econometrics 219) doubly robust
(equations 3.1, influence function of theorem A.1), outcome regression, and inverse probability
weights with normalised weights (Hajek).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.least_squares import Floats, Ints, sums_by
from evalkit.impact.panel import NEVER

Method = Literal["doubly_robust", "regression", "ipw"]
Control = Literal["never_treated", "not_yet_treated"]
Base = Literal["varying", "universal"]
AGGREGATIONS = ("group", "simple", "dynamic", "calendar")
OVERLAP = 0.995
"""A comparison unit with a propensity beyond this has no like among the comparison."""


@dataclass(frozen=True, slots=True)
class Wide:
    """A complete panel, one row a unit.

    Attributes
    ----------
    y : ndarray, shape (n, T)
        Outcome.
    x : ndarray, shape (n, T, k)
        Covariates.
    w : ndarray, shape (n,)
        Weights, of mean 1.
    cohort : ndarray of int, shape (n,)
        Index of the first treated period, `NEVER` for never.
    cluster : ndarray of int, shape (n,)
        Codes from 0.
    """

    y: Floats
    x: Floats
    w: Floats
    cohort: Ints
    cluster: Ints


@dataclass(frozen=True, slots=True)
class Choices:
    """Options of the estimator; see the design `staggered_adoption`."""

    method: Method = "doubly_robust"
    control: Control = "never_treated"
    base: Base = "varying"
    anticipation: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """Which comparison a group-time effect is: group, period, base period (all indices)."""

    group: int
    time: int
    base: int

    @property
    def post(self) -> bool:
        """Whether the group is treated in the period."""
        return self.time >= self.group


@dataclass(frozen=True, slots=True)
class GroupTime:
    """Group-time effects with influence functions.

    ``influence`` has shape (n, cells); ``share`` (n-weighted share of each group) has one entry a
    cell, ``member`` (n, cells) says who is in the cell's group.
    """

    cells: tuple[Cell, ...]
    effects: Floats
    influence: Floats
    share: Floats
    member: Floats
    treated: Ints
    compared: Ints


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One way to average group-time effects: by level, and all levels together."""

    name: str
    levels: Ints
    effects: Floats
    influence: Floats
    value: float
    value_influence: Floats


class NoFitError(Exception):
    """A group-time effect that cannot be estimated: which group and why."""

    def __init__(self, group: int, why: str) -> None:
        self.group, self.why = group, why
        super().__init__(why)


def cells_of(cohort: Ints, periods: int, choices: Choices) -> list[Cell]:
    """Return the comparisons to be made.

    With a varying base, a period before treatment is compared with the one just before it; with a
    universal base every period is compared with the last one before treatment is expected.
    """
    cells = []
    for group in np.unique(cohort[cohort < NEVER]).tolist():
        last = group - choices.anticipation - 1
        if last < 0:
            continue
        for time in range(0 if choices.base == "universal" else 1, periods):
            before = time < group and choices.base == "varying"
            cells.append(Cell(group, time, time - 1 if before else last))
    return cells


def compared_with(cohort: Ints, cell: Cell, choices: Choices) -> NDArray[np.bool_]:
    """Return which units the cell's group is compared with."""
    if choices.control == "never_treated":
        return np.asarray(cohort == NEVER)
    horizon = max(cell.time, cell.base) + choices.anticipation
    return np.asarray((cohort > horizon) & (cohort != cell.group))


def group_time(wide: Wide, choices: Choices) -> GroupTime:
    """Estimate every group-time effect.

    Raises
    ------
    NoFitError
        When a group and its comparison cannot be told apart or overlap in no covariate value.
    """
    n = len(wide.y)
    kept: list[Cell] = []
    effects, columns, counts = [], [], []
    for cell in cells_of(wide.cohort, wide.y.shape[1], choices):
        treated = wide.cohort == cell.group
        rows = treated | compared_with(wide.cohort, cell, choices)
        if rows.sum() == treated.sum():
            continue
        effect, part = _cell_effect(wide, cell, rows, choices.method)
        column = np.zeros(n)
        column[rows] = part * (n / rows.sum())
        kept.append(cell)
        effects.append(effect)
        columns.append(column)
        counts.append((treated.sum(), rows.sum() - treated.sum()))
    member = np.column_stack([wide.cohort == cell.group for cell in kept] or [np.zeros((n, 0))])
    member = member.astype(float) * wide.w[:, None]
    return GroupTime(
        tuple(kept),
        np.array(effects),
        np.column_stack(columns) if columns else np.zeros((n, 0)),
        member.mean(axis=0),
        member,
        np.array([one for one, _ in counts], dtype=np.intp),
        np.array([one for _, one in counts], dtype=np.intp),
    )


def _cell_effect(
    wide: Wide, cell: Cell, rows: NDArray[np.bool_], method: Method
) -> tuple[float, Floats]:
    change = (wide.y[:, cell.time] - wide.y[:, cell.base])[rows]
    treated = (wide.cohort == cell.group)[rows].astype(float)
    if cell.time == cell.base:
        return 0.0, np.zeros(len(change))
    earlier = wide.x[rows, min(cell.time, cell.base)]
    x = np.column_stack([np.ones(len(change)), earlier])
    try:
        return two_by_two(change, treated, x, wide.w[rows], method)
    except np.linalg.LinAlgError as error:
        raise NoFitError(cell.group, str(error)) from None


def two_by_two(
    change: Floats, treated: Floats, x: Floats, w: Floats, method: Method
) -> tuple[float, Floats]:
    """Return the effect on the treated of one comparison and its influence function, shape (n,).

    Parameters
    ----------
    change : ndarray, shape (n,)
        Outcome less outcome in the base period.
    treated : ndarray of 0 and 1, shape (n,)
    x : ndarray, shape (n, k)
        Covariates, a constant first.
    w : ndarray, shape (n,)
    """
    wt, wc = w * treated, w * (1 - treated)
    if x.shape[1] == 1:
        method = "regression"  # without covariates all three are the difference of means
    fitted, slope_influence = np.zeros(len(change)), np.zeros_like(x)
    if method != "ipw":
        fitted, slope_influence = _outcome_fit(change, x, wc)
    score_influence = np.zeros_like(x)
    comparison = wt if method == "regression" else wc
    if method != "regression":
        odds, score_influence = _odds(treated, x, w)
        comparison = wc * odds
    left = change - fitted
    on_treated = (wt @ left) / wt.sum()
    if method == "regression":  # fitted on the comparison, whose own residuals average to zero
        on_comparison = 0.0
        part = wt * (left - on_treated) - slope_influence @ (wt @ x / len(w))
        return float(on_treated), part / wt.mean()
    on_comparison = (comparison @ left) / comparison.sum()
    part_treated = wt * (left - on_treated) - slope_influence @ (wt @ x / len(w))
    weighted = comparison * (left - on_comparison)
    part_comparison = (
        weighted
        + score_influence @ (weighted @ x / len(w))
        - slope_influence @ (comparison @ x / len(w))
    )
    influence = part_treated / wt.mean() - part_comparison / comparison.mean()
    return float(on_treated - on_comparison), influence


def _outcome_fit(change: Floats, x: Floats, wc: Floats) -> tuple[Floats, Floats]:
    """Regress the change on covariates among the comparison; fitted values and influence."""
    gram = (x * wc[:, None]).T @ x
    if np.linalg.cond(gram) > 1e14:
        raise np.linalg.LinAlgError("the covariates are collinear among the comparison units")
    slopes = np.linalg.solve(gram, x.T @ (wc * change))
    fitted = x @ slopes
    influence = (x * (wc * (change - fitted))[:, None]) @ np.linalg.inv(gram / len(x))
    return fitted, influence


def _odds(treated: Floats, x: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Return odds of treatment from a logit by maximum likelihood, and influence of its slopes."""
    slopes = np.zeros(x.shape[1])
    centre, spread = x[:, 1:].mean(axis=0), x[:, 1:].std(axis=0)
    z = np.column_stack([x[:, 0], (x[:, 1:] - centre) / np.where(spread > 0, spread, 1.0)])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(z @ slopes, -40, 40)))
        hessian = (z * (w * p * (1 - p))[:, None]).T @ z
        step = np.linalg.solve(hessian, z.T @ (w * (treated - p)))
        slopes = slopes + step
        if np.abs(step).max() < 1e-10:
            break
    else:
        raise np.linalg.LinAlgError("the covariates separate it from its comparison units")
    p = 1 / (1 + np.exp(-(z @ slopes)))
    if p[treated == 0].max() > OVERLAP or not np.isfinite(p).all():
        raise np.linalg.LinAlgError("the covariates nearly separate it from its comparison units")
    hessian_x = (x * (w * p * (1 - p))[:, None]).T @ x / len(x)
    influence = (x * (w * (treated - p))[:, None]) @ np.linalg.inv(hessian_x)
    return p / (1 - p), influence


def aggregate(found: GroupTime, name: str) -> Aggregate:
    """Average group-time effects (Callaway and Sant'Anna 2021, section 3).

    Parameters
    ----------
    name : {"group", "simple", "dynamic", "calendar"}
        ``group``: the average over its treated periods for each group, then over groups by size.
        ``simple``: all treated cells by group size. ``dynamic``: by periods since the start, then
        the mean of those from 0 on. ``calendar``: by period, then their mean.
    """
    post = np.array([cell.post for cell in found.cells], dtype=bool)
    group = np.array([cell.group for cell in found.cells], dtype=np.intp)
    time = np.array([cell.time for cell in found.cells], dtype=np.intp)
    if name == "simple":
        value, influence = _weighted(found, post)
        return Aggregate(name, np.zeros(0, np.intp), np.zeros(0), np.zeros((len(influence), 0)),
                         value, influence)  # fmt: skip
    if name == "group":
        return _by_group(found, post, group)
    key = time - group if name == "dynamic" else time
    use = np.ones(len(key), dtype=bool) if name == "dynamic" else post
    levels = np.unique(key[use])
    parts = [_weighted(found, use & (key == level)) for level in levels]
    effects = np.array([effect for effect, _ in parts])
    influence = np.column_stack([one for _, one in parts])
    mean = levels >= 0
    return Aggregate(
        name, levels, effects, influence, float(effects[mean].mean()), influence[:, mean].mean(1)
    )


def _weighted(found: GroupTime, use: NDArray[np.bool_]) -> tuple[float, Floats]:
    """Average the cells in `use` by group size; the sizes are estimates too."""
    share = found.share[use]
    weights = share / share.sum()
    value = float(weights @ found.effects[use])
    about = found.member[:, use] - share
    sizes = about / share.sum() - about.sum(axis=1)[:, None] * share / share.sum() ** 2
    return value, found.influence[:, use] @ weights + sizes @ found.effects[use]


def _by_group(found: GroupTime, post: NDArray[np.bool_], group: Ints) -> Aggregate:
    levels = np.unique(group[post])
    picks = [post & (group == level) for level in levels]
    effects = np.array([found.effects[pick].mean() for pick in picks])
    influence = np.column_stack([found.influence[:, pick].mean(axis=1) for pick in picks])
    first = [int(np.flatnonzero(pick)[0]) for pick in picks]
    share, about = found.share[first], found.member[:, first] - found.share[first]
    weights = share / share.sum()
    sizes = about / share.sum() - about.sum(axis=1)[:, None] * share / share.sum() ** 2
    return Aggregate(
        "group", levels, effects, influence, float(weights @ effects),
        influence @ weights + sizes @ effects,
    )  # fmt: skip


def covariance(influence: Floats, cluster: Ints) -> Floats:
    """Return the covariance of estimates from their influence functions, clustered.

    Parameters
    ----------
    influence : ndarray, shape (n, q)
    cluster : ndarray of int, shape (n,)
        With clusters of more than one unit, ``G/(G-1)`` corrects for their number; with one unit
        each, none, as is usual for this estimator.
    """
    n, count = len(influence), int(cluster.max()) + 1
    summed = sums_by(influence, cluster, count)
    factor = count / (count - 1) if count < n else 1.0
    return np.asarray(summed.T @ summed / n**2 * factor)


def multiplier_bootstrap(
    influence: Floats, cluster: Ints, draws: int, level: float, seed: int
) -> tuple[Floats, float]:
    """Return bootstrap standard errors and the critical value of a simultaneous band.

    Rademacher multipliers on clusters; standard errors from the interquartile range, and the
    critical value is the `level` quantile of the largest absolute t (algorithm 1 of the paper).
    """
    n, count = len(influence), int(cluster.max()) + 1
    summed = sums_by(influence, cluster, count) / n
    signs = np.random.default_rng([seed, 3]).integers(0, 2, size=(draws, count)) * 2.0 - 1.0
    drawn = signs @ summed
    quartiles = np.quantile(drawn, [0.25, 0.75], axis=0)
    errors = (quartiles[1] - quartiles[0]) / 1.3489795003921634  # IQR of a standard normal
    known = errors > 0
    largest = np.abs(drawn[:, known] / errors[known]).max(axis=1)
    return errors, float(np.quantile(largest, level))
