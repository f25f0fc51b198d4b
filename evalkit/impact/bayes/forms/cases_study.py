"""From checked cases to the Bayesian `Estimate` of `single_case`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.impact.bayes import summary
from evalkit.impact.bayes.forms import cases as core
from evalkit.impact.bayes.forms import common_show as show
from evalkit.impact.bayes.forms.common_priors import Asked, idle_priors
from evalkit.impact.bayes.forms.gap import FittedGap, fit
from evalkit.impact.bayes.forms.gap_form import beliefs_in_units
from evalkit.impact.bayes.forms.gap_layer import layer
from evalkit.impact.bayes.forms.gap_show import (
    answer_of,
    errors_beside_normals,
    shown,
    standardised,
)
from evalkit.impact.cases import checks, tables
from evalkit.impact.cases.read import Cases
from evalkit.impact.estimate import Check, Estimate, Verdict
from evalkit.impact.least_squares import Floats

ONE, MEAN = "change with the intervention", "mean change with the intervention over the cases"
SPREAD, NEW = "spread of changes between cases", "change of a new case like these"
NOISE, MEMORY = "residual spread of points", "correlation of one point with the next"
FEW_CASES = 5


@dataclass(frozen=True, slots=True)
class Choices:
    """Which way is better, and what has no bearing here."""

    direction: int
    randomised: bool | None
    idle: tuple[str, ...] = ()


def study(cases: Cases, choices: Choices, asked: Asked) -> Estimate:
    """Sample the changes of the cases, and return their mean with everything that is shown.

    Raises
    ------
    DesignError
        When points do not vary within phases, or the sampling does not converge.
    """
    data = core.read_data(cases)
    form = core.form_of(data)
    fitted = fit(form, beliefs_in_units(asked, form), asked.seed)
    answer = answer_of(fitted, asked.seed)
    changes = _changes(data, fitted, asked.seed)
    named, priors = _quantities(data, fitted, asked.seed)
    made, found = shown(answer, named, priors, _predicted(data, fitted, asked.seed), asked)
    made |= {
        "cases": _cases(cases, changes, asked.level),
        "phases": tables.phase_table(cases),
        "series": tables.series_table(cases),
    }
    effect, count = answer.effect, data.count
    which = "of a case's points within its phases (within people, not between them)"
    return Estimate(
        id="single_case",
        design="single_case",
        estimator=_estimator(cases),
        estimand=_estimand(cases),
        outcome=cases.roles.outcome,
        value=float(effect.mean()),
        std_error=float(effect.std(ddof=1)),
        interval=summary.credible(effect, asked.level),
        p_value=None,
        n_units=count,
        n_observations=len(data.y),
        n_clusters=count,
        n_treated=count,
        standardised=standardised(effect, data.unit, asked.level, which),
        table=made,
        checks=(
            *found,
            _few(data, fitted),
            checks.attempts(cases),
            checks.points(cases),
            checks.baseline_trend(cases, choices.direction),
            checks.consistency(cases, choices.direction),
            checks.returns(cases),
            checks.decision(cases),
        ),
        assumptions=_assumptions(cases),
        draws=effect.ravel(),
        seed=asked.seed,
        notes=_notes(cases, choices, made["priors"], fitted, asked),
        native=show.native_of(
            {"effect": effect, "change": changes},
            {"change": ("case", [case.label for case in cases.cases])},
        ),
    )


def _changes(data: core.Data, fitted: FittedGap, seed: int) -> Floats:
    """Return draws of each case's change in outcome units, shape (chains, draws, cases)."""
    rng = np.random.default_rng([seed, 163])
    values, sums = fitted.hyper.reshape(-1, fitted.hyper.shape[-1]), core.sums_of(data)
    theta = fitted.theta.ravel()
    parts = [
        core.changes(
            data,
            layer(core.system_of(data, sums, values[rows], fitted.beliefs)).draw_with(
                core.EFFECT, theta[rows], rng
            ),
        )
        for rows in np.array_split(np.arange(len(values)), max(1, len(values) // 500))
    ]
    return np.concatenate(parts).reshape(*fitted.theta.shape, -1) * data.unit


def _quantities(
    data: core.Data, fitted: FittedGap, seed: int
) -> tuple[dict[str, Floats], dict[str, str]]:
    name = MEAN if data.count > 1 else ONE
    named = {name: fitted.effect}
    priors = {name: "effect", NOISE: "noise", MEMORY: "memory"}
    if data.count > 1:
        rng = np.random.default_rng([seed, 167])
        spread = named[SPREAD] = fitted.spread("spread")
        # the mean over the cases lies around that of all such cases by spread / sqrt(cases)
        away = spread * np.sqrt(1 + 1 / data.count) * rng.standard_normal(spread.shape)
        named[NEW] = fitted.effect + away
        priors[SPREAD] = "spread"
    named |= {NOISE: fitted.spread("noise"), MEMORY: fitted.hyper[..., 1]}
    return named, priors


def _predicted(
    data: core.Data, fitted: FittedGap, seed: int
) -> tuple[dict[str, float], dict[str, Floats]]:
    """Set the errors, less what they share with the point before, beside independent normals."""
    rng = np.random.default_rng([seed, 173])
    mean = fitted.hyper.reshape(-1, fitted.hyper.shape[-1]).mean(axis=0)
    x, y = core.whitened(data, float(mean[0]), float(mean[1]))
    root, centre = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    if data.count > 1:
        root[1 : data.count] = 1 / mean[2]
    root[2 * data.count :] = 1 / fitted.beliefs["drift"].sd
    centre[2 * data.count :] = fitted.beliefs["drift"].mean
    return errors_beside_normals(x, y, root, centre, rng)


def _cases(cases: Cases, changes: Floats, level: float) -> pd.DataFrame:
    rows = [
        {
            "case": case.label,
            **show.summed(changes[..., k], level),
            "raw_estimate": tables.difference(case),
            "n": len(case.y),
        }
        for k, case in enumerate(cases.cases)
    ]
    return pd.DataFrame(rows)


def _few(data: core.Data, fitted: FittedGap) -> Check:
    """Say how much is known of how cases differ."""
    name = "few cases"
    if data.count == 1:
        meaning = "One case: the change is its own, and says nothing of others."
        return Check(name, 1.0, None, "concern", meaning)
    prior = fitted.beliefs["spread"].sd * float(np.sqrt(1 - 2 / np.pi))
    left = float(fitted.hyper[..., 2].std() / prior)
    few = data.count < FEW_CASES
    meaning = (
        f"{data.count} cases. What is not known of how their changes differ is {100 * left:.0f} % of "
        "what it was before the data"
        + ("; with so few the change of a new case rests on the prior too." if few else ".")
    )
    verdict: Verdict = "concern" if few else "pass"
    return Check(name, float(data.count), None, verdict, meaning)


def _estimator(cases: Cases) -> str:
    pooled = ", changes partly pooled over cases" if len(cases.cases) > 1 else ""
    return f"Bayesian model of levels, drift and changes with errors that remember (AR(1)){pooled}"


def _estimand(cases: Cases) -> str:
    roles, (base, other), count = cases.roles, cases.words, len(cases.cases)
    who = f"the {count} cases studied" if count > 1 else "the one case studied"
    return (
        f"Mean change of `{roles.outcome}` from `{base}` to `{other}`, the same at all points of "
        f"`{other}`, beyond the drift that would have come anyway, in {who} (no one else), "
        f"`{roles.time}` {cases.times[0]} to {cases.times[-1]}; every case counts alike."
    )


def _assumptions(cases: Cases) -> tuple[str, ...]:
    made = [
        (
            "Without the intervention a case would have stayed at its level, apart from a small steady "
            "drift and errors that remember."
        ),
        "The change is there from the first point of a phase on and stays the same.",
        (
            "Nothing else changed together with the phases, and phases did not change because the "
            "outcome looked ripe."
        ),
        (
            "The outcome was measured in the same way in every phase, and by someone who did not hope "
            "for a change."
        ),
        "Errors are normal; how much cases' points vary is taken as known relative to each other.",
    ]
    if len(cases.cases[0].changes) > 1:
        made.append("The effect stops when the intervention does: nothing is carried over.")
    if len(cases.cases) > 1:
        made.append("The cases' true changes follow a normal distribution.")
        made.append("The intervention of one case does not change the outcome of another.")
    return tuple(made)


def _notes(
    cases: Cases, choices: Choices, priors: pd.DataFrame, fitted: FittedGap, asked: Asked
) -> tuple[str, ...]:
    chance = {
        True: "Chance decided when phases changed, as was said: the model does not use that.",
        False: "Chance did not decide when phases changed, as was said: the model leans on its "
        "assumptions all the more.",
        None: "Nothing was said of whether chance decided when phases changed.",
    }[choices.randomised]
    return (
        *cases.notes,
        *choices.idle,
        chance,
        "Levels have flat priors.",
        *show.priors_in_words(priors, fitted.form.unit, core.UNIT_RULE),
        *idle_priors(asked.priors, fitted.form.slots),
    )
