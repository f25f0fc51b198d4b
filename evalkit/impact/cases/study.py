"""From checked cases to the `Estimate` of a single-case study."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.cases import checks, tables
from evalkit.impact.cases.assignment import Distribution
from evalkit.impact.cases.between import BetweenCase, between_case
from evalkit.impact.cases.methods import Plan, distribution, rows_of, value_of
from evalkit.impact.cases.read import Cases
from evalkit.impact.checks import smallest_detectable
from evalkit.impact.estimate import Check, Estimate, Standardised
from evalkit.impact.inference import POWER, interval_of, known


@dataclass(frozen=True, slots=True)
class Choices:
    """How the cases are analysed."""

    plan: Plan
    direction: int
    randomised: bool | None
    level: float
    margin: float | None
    seed: int


def study(cases: Cases, choices: Choices) -> Estimate:
    """Test and describe the change from baseline to intervention."""
    plan, level = choices.plan, choices.level
    value = value_of(cases, plan)
    found = distribution(cases, plan, choices.seed)
    if not math.isfinite(value) or found.possible < 1:
        raise DesignError(
            "single_case cannot be tested: no layout of the phases is possible.",
            do="Write a smaller `min_phase`.",
        )
    rows = rows_of(cases, plan, found, value, level)
    leads = rows[0]
    others = [one["std_error"] for one in rows[1:] if one["std_error"] > 0]
    shared = between_case([(case.y, case.treated, case.position) for case in cases.cases])
    standard, why_not = _standardised(shared, level)
    effects = np.array([tables.difference(case) for case in cases.cases])
    count = len(effects)
    parts = (effects - effects.mean()) / math.sqrt(count * (count - 1)) if count > 1 else None
    labels = [case.label for case in cases.cases]
    return Estimate(
        id="single_case",
        design="single_case",
        estimator=_estimator(cases, plan),
        estimand=_estimand(cases, plan),
        outcome=cases.roles.outcome,
        value=value,
        std_error=others[0] if others else leads["std_error"],
        interval=interval_of(leads, level),
        p_value=known(leads["p_value"]),
        n_units=count,
        n_observations=sum(len(case.y) for case in cases.cases),
        n_clusters=count,
        n_treated=count,
        standardised=standard,
        table={
            "inference": pd.DataFrame(rows),
            "cases": tables.case_table(cases, choices.direction),
            "phases": tables.phase_table(cases),
            "tau_u": tables.tau_table(cases, choices.direction, level),
            "between_case": _between_table(shared, level),
            "permutation": checks.bins(found, value),
            "series": tables.series_table(cases),
        },
        checks=_checks(cases, found, value, choices),
        assumptions=_assumptions(cases, plan),
        seed=choices.seed,
        notes=_notes(cases, found, why_not),
        contributions=None
        if parts is None or plan.statistic != "mean_difference"
        else dict(zip(labels, parts.tolist(), strict=True)),
    )


def _checks(cases: Cases, found: Distribution, value: float, choices: Choices) -> tuple[Check, ...]:
    from evalkit.impact.permutation import two_sided

    p = two_sided(found.b, value, exact=found.exact)
    null = np.abs(found.b - value * found.a)
    effect = float(np.quantile(null, choices.level) + np.quantile(null, 2 * POWER - 1))
    blind = checks.smallest(found, choices.level)
    return (
        blind,
        checks.randomised(choices.plan, stated=choices.randomised),
        checks.permutation(found, value, p),
        checks.attempts(cases),
        checks.points(cases),
        checks.baseline_trend(cases, choices.direction),
        checks.autocorrelation(cases),
        checks.consistency(cases, choices.direction),
        checks.returns(cases),
        checks.decision(cases),
        smallest_detectable(
            math.nan if blind.verdict == "fail" else effect,
            "the randomisation test",
            choices.level,
            choices.margin,
        ),
    )


def _standardised(found: BetweenCase | str, level: float) -> tuple[Standardised | None, str]:
    from scipy.special import stdtrit

    if isinstance(found, str):
        return None, found
    reach = float(stdtrit(found.df, 0.5 + level / 2)) * found.std_error
    which = (
        "SD between and within people (Pustejovsky, Hedges and Shadish 2014), comparable with a "
        "group design's"
    )
    return Standardised(found.g, found.g - reach, found.g + reach, found.sd, which), ""


def _between_table(found: BetweenCase | str, level: float) -> pd.DataFrame:
    names = [
        "hedges_g",
        "std_error",
        "df",
        "low",
        "high",
        "sd",
        "autocorrelation",
        "share_between",
        "why",
    ]
    if isinstance(found, str):
        return pd.DataFrame([[math.nan] * 8 + [found]], columns=names)
    made, _ = _standardised(found, level)
    low, high = (made.low, made.high) if made is not None else (math.nan, math.nan)
    values = [found.g, found.std_error, found.df, low, high, found.sd, found.rho, found.share, ""]
    return pd.DataFrame([values], columns=names)


def _kind(cases: Cases) -> str:
    phases = len(cases.cases[0].changes) + 1
    if phases > 2:
        return f"reversal design ({phases} phases)"
    return (
        "multiple-baseline design"
        if len(cases.cases) > 1
        else "baseline and intervention of one case"
    )


def _estimator(cases: Cases, plan: Plan) -> str:
    what = (
        "difference of phase means"
        if plan.statistic == "mean_difference"
        else "immediate change over three points"
    )
    return f"{what}, {_kind(cases)}, randomisation test"


def _estimand(cases: Cases, plan: Plan) -> str:
    roles = cases.roles
    base, other = cases.words
    count = len(cases.cases)
    who = f"the {count} cases studied" if count > 1 else "the one case studied"
    when = f"`{roles.time}` {cases.times[0]} to {cases.times[-1]}"
    what = (
        f"Mean of `{roles.outcome}` over all points of `{other}` less its mean over all points of "
        f"`{base}`"
        if plan.statistic == "mean_difference"
        else f"Change of `{roles.outcome}` from the last three points of a phase to the first three "
        f"of the next, `{other}` against `{base}`"
    )
    return f"{what}, in {who} (no one else), {when}; every case counts alike."


def _assumptions(cases: Cases, plan: Plan) -> tuple[str, ...]:
    chance = (
        "Chance decided which case began when."
        if plan.randomisation == "case_order"
        else "Chance decided when the phases changed, among the layouts that are counted."
    )
    made = [
        chance,
        (
            "The points of a case would have been the same whenever its phases had changed, apart "
            "from a constant effect of the intervention (for the interval)."
        ),
        (
            "The outcome was measured in the same way in every phase, and by someone who did not "
            "hope for a change."
        ),
        "Nothing else changed together with the phases.",
    ]
    if len(cases.cases[0].changes) > 1:
        made.append("The effect stops when the intervention does: nothing is carried over.")
    if len(cases.cases) > 1:
        made.append("The intervention of one case does not change the outcome of another.")
    return tuple(made)


def _notes(cases: Cases, found: Distribution, why_not: str) -> tuple[str, ...]:
    notes = [*cases.notes]
    if why_not:
        notes.append(f"No standardised effect between people: {why_not}.")
    notes.append(
        "The standard error is that of the second row of the table `inference`; the interval and "
        "p-value are of the randomisation test."
    )
    if not found.exact:
        notes.append(f"{len(found.b):,} layouts were drawn at random; the observed one counts too.")
    return tuple(notes)
