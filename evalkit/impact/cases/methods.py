"""The randomisation test of single cases, and the intervals beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit.errors import DesignError
from evalkit.impact.cases.assignment import (
    Distribution,
    Layouts,
    combine,
    exchange,
    given_starts,
    immediate_change,
    layouts,
    mean_difference,
    possible_changes,
)
from evalkit.impact.cases.read import Case, Cases
from evalkit.impact.cases.tables import WINDOW, difference
from evalkit.impact.inference import row, t_row
from evalkit.impact.least_squares import Floats
from evalkit.impact.permutation import invert_permutation, two_sided
from evalkit.impact.series.linear import (
    autoregressive_covariance,
    fit_block,
    restricted_likelihood,
    satterthwaite,
)

RANDOMISATION = "randomisation test, interval by test inversion"
ACROSS = "mean of the cases, t with cases - 1 df"
AR1 = "phase means with first-order autoregressive errors (REML), t with Satterthwaite df"


@dataclass(frozen=True, slots=True)
class Plan:
    """What could have been: how the phases were laid out by chance.

    Attributes
    ----------
    randomisation : {"start", "case_order"}
    least : int
        Fewest points of a phase.
    starts : tuple of int, or None
        Positions from which the start of the intervention was drawn (two phases).
    statistic : {"mean_difference", "immediate"}
    """

    randomisation: str
    least: int
    starts: tuple[int, ...] | None
    statistic: str


def value_of(cases: Cases, plan: Plan) -> float:
    """Return the observed statistic: the mean over cases."""
    return float(np.mean([_statistic(case.y, _layout(case), plan)[0] for case in cases.cases]))


def _layout(case: Case) -> Any:
    return np.array([case.changes], dtype=np.intp)


def _statistic(y: Floats, changes: Any, plan: Plan) -> Floats:
    if plan.statistic == "immediate":
        return immediate_change(y, changes, WINDOW)
    return mean_difference(y, changes)


def distribution(cases: Cases, plan: Plan, seed: int) -> Distribution:
    """Return the statistic under every layout that chance could have given, or a sample."""
    rng = np.random.default_rng([seed, 3])
    if plan.randomisation == "case_order":
        return _exchanged(cases, plan, rng)
    parts, possible, exact = [], 1, True
    for case in cases.cases:
        made, count, whole = _layouts_of(case, plan, rng)
        possible, exact = possible * count, exact and whole
        parts.append(
            (
                _statistic(case.y, made.changes, plan),
                _statistic(case.treated, made.changes, plan),
            )
        )
    return combine(parts, possible, rng, exact=exact)


def _layouts_of(case: Case, plan: Plan, rng: np.random.Generator) -> tuple[Layouts, int, bool]:
    if plan.starts is not None:
        places = np.searchsorted(case.position, plan.starts)
        inside = places[(places >= plan.least) & (places <= len(case.y) - plan.least)]
        made = given_starts(inside.astype(np.intp), case.changes[0])
        return made, len(made.changes), True
    found, exact = layouts(len(case.y), case.changes, plan.least, rng)
    return found, possible_changes(len(case.y), len(case.changes) + 1, plan.least), exact


def _exchanged(cases: Cases, plan: Plan, rng: np.random.Generator) -> Distribution:
    """Give the observed starts (as times) to the cases in every order."""
    starts = [int(case.position[case.changes[0]]) for case in cases.cases]
    table = []
    for case in cases.cases:
        places = np.searchsorted(case.position, starts)
        if places.min() < 1 or places.max() > len(case.y) - 1:
            raise DesignError(
                f"single_case cannot be tested by `randomisation: case_order`: `{case.label}` has no "
                "points on both sides of every case's start.",
                do="Write `randomisation: start`, or use cases followed over the same time.",
            )
        changes = places[:, None].astype(np.intp)
        table.append(
            (
                _statistic(case.y, changes, plan),
                _statistic(case.treated, changes, plan),
            )
        )
    return exchange(table, starts, rng)


def smallest_p(found: Distribution) -> float:
    """Return the smallest p-value that the design allows."""
    return 1 / found.possible if found.exact else 1 / (len(found.b) + 1)


def rows_of(
    cases: Cases, plan: Plan, found: Distribution, value: float, level: float
) -> list[dict[str, Any]]:
    """Return the inference table; the randomisation test leads."""
    p = two_sided(found.b, value, exact=found.exact)
    ends = invert_permutation(found.b, found.a, value, exact=found.exact, level=level)
    spread = float(np.std(found.b - value * found.a))
    leads = {**row(RANDOMISATION, spread, math.nan, ends, p), "leads": True, "estimate": value}
    rows = [leads]
    if plan.statistic != "mean_difference":
        return rows
    effects = np.array([difference(case) for case in cases.cases])
    if len(effects) > 1:
        error = float(effects.std(ddof=1) / math.sqrt(len(effects)))
        rows.append({**t_row(ACROSS, value, error, len(effects) - 1, level), "estimate": value})
    error, df = autoregressive(cases)
    rows.append({**t_row(AR1, value, error, df, level), "estimate": value})
    return rows


def autoregressive(cases: Cases) -> tuple[float, float]:
    """Return the error of the mean difference under first-order autoregressive errors, and its df."""
    parts = []
    for case in cases.cases:
        x = np.column_stack([np.ones(len(case.y)), case.treated])
        block = fit_block(x, case.y, case.position - case.position[0])
        errors = restricted_likelihood(block)
        matrix = autoregressive_covariance(block, errors.rho, errors.variance)
        v = float(matrix[1, 1])
        df = satterthwaite(block, errors, np.array([0.0, 1.0])) if v > 0 else math.nan
        parts.append((max(v, 0.0), df))
    total = sum(v for v, _ in parts)
    below = sum(v**2 / df for v, df in parts if v > 0)
    return math.sqrt(total) / len(parts), total**2 / below if below > 0 else math.nan
