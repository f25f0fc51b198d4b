"""From a checked series to the Bayesian `Estimate` of `interrupted_time_series`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evalkit.impact.bayes import summary
from evalkit.impact.bayes.forms import common_show as show
from evalkit.impact.bayes.forms import series as core
from evalkit.impact.bayes.forms.common_priors import Asked, idle_priors
from evalkit.impact.bayes.forms.gap import FittedGap, fit
from evalkit.impact.bayes.forms.gap_form import beliefs_in_units
from evalkit.impact.bayes.forms.gap_show import (
    answer_of,
    errors_beside_normals,
    shown,
    standardised,
)
from evalkit.impact.bayes.forms.series_filter import innovations
from evalkit.impact.checks import decision_grade
from evalkit.impact.estimate import Check, Estimate, Verdict
from evalkit.impact.least_squares import Floats
from evalkit.impact.series import checks
from evalkit.impact.series.read import Arm, Series

EFFECT = "average difference from the start on"
TOTAL, LEVEL = "sum of the differences", "difference at the start (level)"
SLOPE, LAST = "change of the difference a period (slope)", "difference in the last period"
NOISE, MEMORY = "residual spread of a period", "correlation of one period with the next"
WANDER = "spread of the level's steps"
FEWEST_PLACEBO = 12
"""Periods before the start from which on a placebo start is tried among them."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the model of the series holds."""

    season: int
    harmonics: int
    wanders: bool
    idle: tuple[str, ...] = ()


def study(series: Series, choices: Choices, asked: Asked) -> Estimate:
    """Sample what the series would have been, and return the difference with everything shown.

    Parameters
    ----------
    series : Series
    choices : Choices
    asked : Asked

    Raises
    ------
    DesignError
        When the series does not vary before the start, or the sampling does not converge.
    """
    data, fitted = _fit(series, choices, asked)
    counterfactual, difference = (one * data.unit for one in core.paths(data, fitted, asked.seed))
    counterfactual = counterfactual + data.centre
    named, priors = _quantities(data, fitted, difference)
    answer = answer_of(fitted, asked.seed)
    tables, found = shown(answer, named, priors, _predicted(data, fitted, asked.seed), asked)
    tables["periods"] = _periods(series, data, counterfactual, difference, asked.level)
    effect = answer.effect
    with_control = series.control is not None
    which = (
        f"of the series around its line over the {data.before} periods before the start (between "
        "periods, not between people)"
    )
    return Estimate(
        id="interrupted_time_series",
        design="interrupted_time_series",
        estimator=_estimator(series, choices),
        estimand=_estimand(series, data),
        outcome=series.roles.outcome,
        value=float(effect.mean()),
        std_error=float(effect.std(ddof=1)),
        interval=summary.credible(effect, asked.level),
        p_value=None,
        n_units=1 + with_control,
        n_observations=len(data.y),
        n_clusters=1 + with_control,
        n_treated=1,
        standardised=standardised(effect, data.unit, asked.level, which),
        table=tables,
        checks=(
            *found,
            _placebo(series, choices, asked),
            checks.points(series),
            checks.gaps(series),
            _lasting(data, fitted, choices),
            decision_grade(1, int(with_control)),
        ),
        assumptions=_assumptions(series, choices),
        draws=effect.ravel(),
        seed=asked.seed,
        notes=_notes(series, data, choices, tables["priors"], asked),
        native=show.native_of(
            {"effect": effect, "difference": difference, "counterfactual": counterfactual},
            dict.fromkeys(("difference", "counterfactual"), ("period", _labels(series, data))),
        ),
    )


def _fit(series: Series, choices: Choices, asked: Asked) -> tuple[core.Data, FittedGap]:
    data = core.read_data(
        series, season=choices.season, harmonics=choices.harmonics, wanders=choices.wanders
    )
    form = core.form_of(data)
    return data, fit(form, beliefs_in_units(asked, form), asked.seed)


def _labels(series: Series, data: core.Data) -> list[str]:
    return [series.labels[int(at)] for at in data.position[data.after]]


def _quantities(
    data: core.Data, fitted: FittedGap, difference: Floats
) -> tuple[dict[str, Floats], dict[str, str]]:
    """Return everything reported, in outcome units, and which quantity has which prior."""
    named = {EFFECT: fitted.effect, TOTAL: difference.sum(axis=-1)}
    since = (data.position[data.after] - data.position[data.after][0]).astype(float)
    if len(since) > 2:
        line = np.linalg.pinv(np.column_stack([np.ones(len(since)), since]))
        both = difference @ line.T
        named |= {LEVEL: both[..., 0], SLOPE: both[..., 1]}
    named |= {LAST: difference[..., -1], NOISE: fitted.spread("noise")}
    priors = {EFFECT: "effect", NOISE: "noise"}
    if data.wanders:
        named[WANDER] = fitted.spread("wander")
        return named, priors | {WANDER: "wander"}
    named[MEMORY] = fitted.hyper[..., 1]
    return named, priors | {MEMORY: "memory"}


def _predicted(
    data: core.Data, fitted: FittedGap, seed: int
) -> tuple[dict[str, float], dict[str, Floats]]:
    """Set the one-step errors before the start beside independent normals, which they should be."""
    rng = np.random.default_rng([seed, 113])
    values = fitted.hyper.reshape(-1, 2).mean(axis=0)[None]
    early = slice(0, data.before)
    columns = np.column_stack([data.x[early], data.y[early]])
    memory = np.ones(1) if data.wanders else values[:, 1]
    spreads = core.variances(data, values)
    white = innovations(columns, data.position[early], spreads, memory)
    own = [fitted.beliefs[name] if name else None for name in data.priors]
    precision = np.array([0.0 if one is None else 1 / one.sd for one in own])
    centre = np.array([0.0 if one is None else one.mean for one in own])
    return errors_beside_normals(white[:, :-1], white[:, -1], precision, centre, rng)


def _periods(
    series: Series, data: core.Data, expected: Floats, difference: Floats, level: float
) -> pd.DataFrame:
    """Return each period from the start on: seen, expected, difference, and their sum so far."""
    ends = [(1 - level) / 2, (1 + level) / 2]
    flat = difference.reshape(-1, difference.shape[-1])
    total = flat.cumsum(axis=1)
    made = {"period": _labels(series, data)}
    columns = {"expected": expected.reshape(flat.shape), "difference": flat, "sum": total}
    numbers: dict[str, Floats] = {"observed": data.y[data.after] * data.unit + data.centre}
    for name, draws in columns.items():
        low, high = np.quantile(draws, ends, axis=0)
        numbers |= {name: draws.mean(axis=0), f"{name}_low": low, f"{name}_high": high}
    numbers["p_above_zero"] = (flat > 0).mean(axis=0)
    numbers["p_sum_above_zero"] = (total > 0).mean(axis=0)
    return pd.DataFrame(made | numbers)


def _placebo(series: Series, choices: Choices, asked: Asked) -> Check:
    """Pretend that the programme began earlier, and see whether an effect is found."""
    name = "placebo date"
    before = series.before()
    if before < FEWEST_PLACEBO:
        meaning = (
            f"Does not apply: with {before} periods before the start none can be spared for a "
            f"placebo (from {FEWEST_PLACEBO} on)."
        )
        return Check(name, None, None, "information", meaning)
    at = series.treated.position[series.treated.position < series.start]
    start = int(at[2 * len(at) // 3])
    earlier = replace(
        series,
        treated=_early(series.treated, series.start),
        control=None if series.control is None else _early(series.control, series.start),
        start=start,
    )
    _, fitted = _fit(earlier, choices, asked)
    low, high = summary.equal_tailed(fitted.effect, asked.level)
    found = not low <= 0 <= high
    meaning = (
        f"Had the programme begun in {series.labels[start]}, the average difference until the true "
        f"start would read {float(fitted.effect.mean()):.3g} ({low:.3g} to {high:.3g}): "
        + (
            "an effect where there was none, so the model does not hold the series' course."
            if found
            else "no effect where there was none is ruled out; it does not show that the model "
            "holds later."
        )
    )
    verdict: Verdict = "concern" if found else "pass"
    return Check(name, float(fitted.effect.mean()), None, verdict, meaning)


def _early(arm: Arm, start: int) -> Arm:
    return arm.keep(arm.position < start)


def _lasting(data: core.Data, fitted: FittedGap, choices: Choices) -> Check:
    """Say how much wider or narrower the answer is with the other model of the errors."""
    after, before = len(data.y) - data.before, data.before
    far = after > before
    which = "a level that wanders" if choices.wanders else "errors around a straight line"
    meaning = (
        f"The line is learnt from {before} periods and carried on for {after}, with {which}. "
        + (
            "It is carried on for longer than it was watched: a bend of the line would pass for an "
            "effect."
            if far
            else "The further it is carried on, the more the answer rests on the line."
        )
        + ("" if choices.wanders else " `estimator: structural` lets the level wander.")
    )
    share = float(np.sqrt(fitted.variance.mean()))
    return Check("line carried on", share, None, "concern" if far else "information", meaning)


def _estimator(series: Series, choices: Choices) -> str:
    errors = "a level that wanders" if choices.wanders else "errors that remember (AR(1))"
    parts = ["a line"]
    if choices.season:
        parts.append("a season")
    if series.control is not None:
        parts.append("the control series")
    if series.roles.covariates:
        parts.append("covariates")
    return (
        f"Bayesian model of the periods before the start ({', '.join(parts)}; {errors}), carried on"
    )


def _estimand(series: Series, data: core.Data) -> str:
    roles, labels = series.roles, _labels(series, data)
    with_control = ", with the control series as it went," if series.control is not None else ""
    return (
        f"Average difference of `{roles.outcome}` over {labels[0]} to {labels[-1]} from what its "
        f"course before the start{with_control} would have led to; one series, the place where it "
        "was measured; every period seen counts alike."
    )


def _assumptions(series: Series, choices: Choices) -> tuple[str, ...]:
    line = "a level that wanders at random" if choices.wanders else "a straight line"
    control = (
        (
            "The programme did not touch the control series, and what links the two stayed as it was.",
        )
        if series.control is not None
        else ()
    )
    return (
        f"Without the programme the series would have gone on around {line}, with the same season.",
        *control,
        "Nothing else that touches the outcome began at the same time.",
        "The start was not chosen because the series was unusually high or low just before it.",
        "The outcome was measured in the same way, in the same people or places, throughout.",
        "Errors are normal, with the same spread before and after the start.",
    )


def _notes(
    series: Series, data: core.Data, choices: Choices, priors: pd.DataFrame, asked: Asked
) -> tuple[str, ...]:
    return (
        *series.notes,
        *data.notes,
        *choices.idle,
        "Level and slope before the start have flat priors.",
        *show.priors_in_words(priors, data.unit, core.UNIT_RULE),
        *idle_priors(asked.priors, core.form_of(data).slots),
    )
