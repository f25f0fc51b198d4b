"""From a checked series to the `Estimate` of an interrupted time series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.checks import decision_grade, smallest_detectable
from evalkit.impact.estimate import Check, Estimate, Interval, Standardised
from evalkit.impact.inference import detectable, interval_of, known
from evalkit.impact.series import checks, words
from evalkit.impact.series.arima import ORDER_RULE, fit_state_space
from evalkit.impact.series.methods import (
    PRAIS_WINSTEN,
    RULE,
    methods_of,
    prais_winsten_row,
    published_row,
    rows_of,
)
from evalkit.impact.series.model import Form, Model, build
from evalkit.impact.series.read import Series
from evalkit.impact.series.tables import Fitted, changes, power, series_table, state_row
from evalkit.impact.study import hedges_g


@dataclass(frozen=True, slots=True)
class Choices:
    """How the series is estimated."""

    form: Form
    estimator: str
    errors: str
    lags: int | None
    order: tuple[int, ...] | None
    level: float
    margin: float | None
    seed: int


def study(series: Series, choices: Choices) -> Estimate:
    """Estimate the change at the start of a programme, with every inference and every check."""
    form = choices.form
    model = build(series, form)
    which = "slope" if form.change == "slope" else "level"
    fitted = _fit(model, which, choices)
    leads = fitted.leads
    if not math.isfinite(leads["std_error"]) or leads["std_error"] <= 0:
        raise DesignError(
            "interrupted_time_series cannot be estimated: the model gives no standard error (a "
            "perfect fit, or one that did not converge).",
            do="Check that the series is not made by a formula; try `estimator: segmented`.",
        )
    value = leads["estimate"]
    standard, why_not = _standardised(series, fitted, value, choices)
    shown = {
        "changes": changes(fitted, choices.level),
        "series": series_table(series, fitted, choices.level),
    }
    found, placebo = _checks(series, fitted, which, choices)
    made = Estimate(
        id="interrupted_time_series",
        design="interrupted_time_series",
        estimator=words.estimator(series, fitted, choices.estimator, choices.errors),
        estimand=words.estimand(series, form, which),
        outcome=series.roles.outcome,
        value=value,
        std_error=leads["std_error"],
        interval=interval_of(leads, choices.level),
        p_value=known(leads["p_value"]),
        n_units=1 + (series.control is not None),
        n_observations=sum(len(part.arm.y) for part in model.parts),
        n_clusters=1 + (series.control is not None),
        n_treated=1,
        standardised=standard,
        table={
            "inference": pd.DataFrame(list(fitted.rows)),
            **shown,
            "placebo_dates": placebo,
            "power": power(fitted, which, choices.level),
        },
        checks=found,
        assumptions=words.assumptions(series, form),
        seed=choices.seed,
        notes=_notes(series, fitted, why_not, choices),
    )
    return made if form.family == "normal" else _as_ratio(made)


def _fit(model: Model, which: str, choices: Choices) -> Fitted:
    contrast = model.contrast({which: 1.0})
    methods = methods_of(model, choices.lags, choices.errors)
    rows = rows_of(methods, contrast, choices.level)
    state = None
    if choices.form.family == "normal":
        rows.append(prais_winsten_row(model, contrast, choices.level))
    else:
        rows.append(published_row(rows, choices.level))
    if choices.errors == "prais_winsten":
        rows = _lead(rows, next(row for row in rows if row["method"] == PRAIS_WINSTEN))
    if choices.estimator != "segmented":
        state = fit_state_space(model, choices.estimator, choices.order)
        rows = _lead(rows, state_row(state, contrast, choices.level))
    return Fitted(methods, tuple(rows), state)


def _lead(rows: Sequence[dict[str, Any]], leads: dict[str, Any]) -> list[dict[str, Any]]:
    others = [{**row, "leads": False} for row in rows if row is not leads]
    return [{**leads, "leads": True}, *others]


def _standardised(
    series: Series, fitted: Fitted, value: float, choices: Choices
) -> tuple[Standardised | None, str]:
    if choices.form.family != "normal":
        return None, "a rate ratio has no unit; it stands for itself"
    if choices.form.change == "slope":
        return (
            None,
            "a change of slope is per period, so an effect in SD would depend on its length",
        )
    part = fitted.model.parts[0]
    early = part.arm.position < series.start
    residuals = part.y[early] - part.x[early] @ fitted.model.beta
    of = "the difference of the series" if series.control is not None else "the series"
    leads = fitted.leads
    interval = Interval(leads["low"], leads["high"], choices.level)
    return hedges_g(
        value,
        interval,
        residuals,
        f"of {of} around its line over the {len(residuals)} periods before the start (between "
        "periods, not between people)",
    )


def _checks(
    series: Series, fitted: Fitted, which: str, choices: Choices
) -> tuple[tuple[Check, ...], pd.DataFrame]:
    form, leads = choices.form, fitted.leads
    method = leads["method"]
    block = fitted.model.blocks[0]
    placebo, dates = checks.placebo_dates(series, form, _plain_t(fitted, which))
    correlated = (
        checks.autocorrelation(fitted.methods, method)
        if fitted.state is None
        else checks.residual_autocorrelation(
            fitted.state.residuals[1:], block.position[1:] - block.position[0], method
        )
    )
    found = [
        checks.points(series),
        checks.gaps(series),
        correlated,
        checks.straight_trend(series, form, method),
        placebo,
        checks.season(series, form, block.residuals, block.position),
        checks.other_form(series, form, leads["estimate"], method),
        checks.comparison_series(series, form, method),
        checks.overdispersion(fitted.model),
        _convergence(fitted),
        decision_grade(1, int(series.control is not None)),
        _detectable(fitted, choices),
    ]
    return tuple(found), dates


def _plain_t(fitted: Fitted, which: str) -> float:
    """Return the estimate over its error under independent errors, as for the placebo dates."""
    model = fitted.model
    contrast = model.contrast({which: 1.0})
    matrix = fitted.methods.found[0].matrix
    return float(contrast @ model.beta) / math.sqrt(float(contrast @ matrix @ contrast) or math.nan)


def _convergence(fitted: Fitted) -> Check:
    name = "convergence"
    counts = [part.count for part in fitted.model.parts if part.count is not None]
    if fitted.state is None and not counts:
        meaning = "Does not apply: least squares has a closed form."
        return Check(name, None, None, "information", meaning)
    good = all(one.converged for one in counts) if fitted.state is None else fitted.state.converged
    if good:
        return Check(name, None, None, "pass", "The numerical search for the best fit ended well.")
    meaning = "The search for the best fit did not end: do not use these numbers."
    return Check(name, None, None, "fail", meaning)


def _detectable(fitted: Fitted, choices: Choices) -> Check:
    leads = fitted.leads
    effect = detectable(leads, None, leads["estimate"], choices.level)
    if choices.form.family == "normal":
        return smallest_detectable(effect, leads["method"], choices.level, choices.margin)
    name = "smallest detectable effect"
    if not np.isfinite(effect):
        return Check(name, None, None, "information", "Not known: there is no standard error.")
    meaning = (
        f"The rate would have to fall to {math.exp(-effect):.3g} or rise to {math.exp(effect):.3g} "
        f"times what it was to be found in four of five such series ({leads['method']}, level "
        f"{choices.level:g})."
    )
    if choices.margin is not None:
        meaning += " `margin` is in the outcome's units and is not set against a ratio."
    return Check(name, math.exp(effect), None, "information", meaning)


def _notes(series: Series, fitted: Fitted, why_not: str, choices: Choices) -> tuple[str, ...]:
    notes = [*series.notes, *fitted.model.notes]
    if why_not:
        notes.append(f"No standardised effect: {why_not}.")
    if series.roles.weights:
        notes.append(
            f"`{series.roles.weights}` are precision weights: the error variance of a period is "
            "taken to be inverse to its weight."
        )
    if fitted.state is None and choices.errors == "auto":
        notes.append(f"{RULE} Newey-West used {fitted.methods.lags} lags.")
    if fitted.state is not None and choices.estimator == "arima" and choices.order is None:
        tried = ", ".join(
            f"{order} {value:.1f}" for order, value in fitted.state.tried if math.isfinite(value)
        )
        notes.append(f"{ORDER_RULE} Tried: {tried}.")
    return tuple(notes)


def _as_ratio(made: Estimate) -> Estimate:
    """Return the estimate as a rate ratio: value and interval exponentiated, error by delta method."""
    from dataclasses import replace

    log = made.table["inference"]
    ratio = log.copy()
    for name in ("low", "high", "estimate"):
        ratio[name] = np.exp(log[name])
    ratio["std_error"] = log["std_error"] * ratio["estimate"]
    one = made.interval
    interval = Interval(math.exp(one.low), math.exp(one.high), one.level, one.kind, one.method)
    value = math.exp(made.value)
    return replace(
        made,
        value=value,
        std_error=made.std_error * value,
        interval=interval,
        table={**made.table, "inference": ratio, "log": log, "rate_ratio": ratio},
        notes=(
            *made.notes,
            (
                "The value is a rate ratio; its interval and p-value are those of its log "
                "(`table['log']`), its standard error is by the delta method."
            ),
        ),
    )
