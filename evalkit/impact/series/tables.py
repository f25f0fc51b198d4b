"""Tables of an interrupted series: changes, the counterfactual, and what more periods would show."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.inference import POWER, t_row
from evalkit.impact.least_squares import Floats
from evalkit.impact.series import linear
from evalkit.impact.series.arima import StateSpace
from evalkit.impact.series.methods import Methods, contrast_row, rows_of
from evalkit.impact.series.model import Model, average_change, columns
from evalkit.impact.series.read import Arm, Series

MORE_PERIODS = (6, 12, 24, 36, 48, 60)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model with the inference that leads: by a segmented regression, or a state space one."""

    methods: Methods
    rows: tuple[dict[str, Any], ...]
    state: StateSpace | None

    @property
    def model(self) -> Model:
        """The segmented regression."""
        return self.methods.model

    @property
    def leads(self) -> dict[str, Any]:
        """The row of the inference table that leads."""
        return next(row for row in self.rows if row["leads"])

    def beta(self) -> Floats:
        """Return the coefficients."""
        return self.model.beta if self.state is None else self.state.beta

    def covariance(self) -> Floats:
        """Return the coefficients' covariance by the method that leads."""
        if self.state is not None:
            return self.state.covariance
        found = [one for one in self.methods.found if one.method == self.leads["method"]]
        return (found or list(self.methods.found[-1:]))[0].matrix


def changes(fitted: Fitted, level: float) -> pd.DataFrame:
    """Return level, slope, average and last change, with the leading method's intervals.

    For counts the logs of rate ratios, and the ratios beside them.
    """
    model = fitted.model
    position = model.parts[0].arm.position
    last = position[-1:]
    wanted: dict[str, Mapping[str, float]] = {
        name: {name: 1.0} for name in ("level", "slope") if model.has(name)
    }
    wanted["average after the start"] = average_change(model, position)
    wanted["in the last period"] = average_change(model, last)
    rows = [{"change": name, **_row(fitted, weights, level)} for name, weights in wanted.items()]
    table = pd.DataFrame(rows).drop(columns="leads")
    first = ["change", "estimate", "std_error", "df", "low", "high", "p_value", "method"]
    table = table[first]
    if model.form.family != "normal":
        for name, of in (("rate_ratio", "estimate"), ("ratio_low", "low"), ("ratio_high", "high")):
            table[name] = np.exp(table[of])
    return table


def _row(fitted: Fitted, weights: Mapping[str, float], level: float) -> dict[str, Any]:
    contrast = fitted.model.contrast(weights)
    if fitted.state is not None:
        return state_row(fitted.state, contrast, level)
    leads = fitted.leads["method"]
    for one in fitted.methods.found:
        # The rule is asked for each contrast: autocorrelation widens a slope more than a level.
        if one.method == leads and len(fitted.methods.candidates) == 1:
            return contrast_row(fitted.methods, one, contrast, level)
    return next(row for row in rows_of(fitted.methods, contrast, level) if row["leads"])


def state_row(state: StateSpace, contrast: Floats, level: float) -> dict[str, Any]:
    """Return a row of the inference table for a contrast of a state space model."""
    value = float(contrast @ state.beta)
    error = math.sqrt(max(float(contrast @ state.covariance @ contrast), 0.0))
    method = f"{state.words}, t with {state.df} df"
    return {**t_row(method, value, error, state.df, level), "estimate": value}


def series_table(series: Series, fitted: Fitted, level: float) -> pd.DataFrame:
    """Return observed, fitted and counterfactual values of each period, the latter with an interval.

    The interval is that of the counterfactual's mean by the leading method, not of single periods.
    """
    from scipy.special import stdtrit

    model = fitted.model
    part = model.parts[0]
    arm = part.arm
    without = part.x.copy()
    for name in ("level", "slope"):
        if model.has(name):
            without[:, part.names.index(name)] = 0.0
    full = np.zeros((len(without), len(model.beta)))
    full[:, : without.shape[1]] = without
    full[:, without.shape[1] :] = _control_change(model, arm)
    beta = fitted.beta()
    fit = part.x @ beta[: without.shape[1]]
    if fitted.state is not None:
        fit = fitted.state.fitted
        # The errors hang together, so the counterfactual is the fit less the change.
        full[:, : without.shape[1]] = without - part.x
        middle = fit + full @ beta
    else:
        middle = full @ beta
    spread = np.sqrt(np.maximum(np.einsum("ni,ij,nj->n", full, fitted.covariance(), full), 0.0))
    df = fitted.leads["df"]
    reach = (
        float(stdtrit(df, 0.5 + level / 2)) * spread
        if np.isfinite(df) and df > 0
        else spread * np.nan
    )
    made = {"fitted": fit, "counterfactual": middle, "low": middle - reach, "high": middle + reach}
    return _on_scale(series, model, arm, made)


def _control_change(model: Model, arm: Arm) -> Floats:
    """Return the control series' columns of change: what the treated would have shared with it."""
    if len(model.parts) == 1:
        return np.zeros((len(arm.y), len(model.beta) - len(model.parts[0].names)))
    names = model.parts[1].names
    made, found = columns(arm.position, arm.covariates[:, :0], model.start, model.form, ())
    out = np.zeros((len(arm.y), len(names)))
    for name in ("level", "slope"):
        if name in names:
            out[:, names.index(name)] = made[:, found.index(name)]
    return out


def _on_scale(series: Series, model: Model, arm: Arm, made: Mapping[str, Floats]) -> pd.DataFrame:
    labels = [series.labels[i] for i in arm.position]
    table: dict[str, Any] = {"time": labels, "observed": arm.y}
    if model.form.family != "normal":
        table |= {name: np.exp(values) * arm.population for name, values in made.items()}
    elif series.control is not None:
        _, left, right = np.intersect1d(arm.position, series.control.position, return_indices=True)
        control = np.zeros(len(arm.y))
        control[left] = series.control.y[right]
        table["observed"] = arm.y + control
        table["comparison"] = control
        table |= {name: values + control for name, values in made.items()}
    else:
        table |= dict(made)
    return pd.DataFrame({**table, "after": arm.position >= model.start})


def power(fitted: Fitted, name: str, level: float) -> pd.DataFrame:
    """Return the smallest change found with 80% power, had the series more periods after the start.

    With the residual variance and first-order autocorrelation (REML) found here; n - k degrees of
    freedom. For counts the change of the log rate, at the counts seen.
    """
    from scipy.special import stdtrit

    model = fitted.model
    part = model.parts[0]
    errors = linear.restricted_likelihood(part.block)
    before = part.arm.position[part.arm.position < model.start]
    after = int((part.arm.position >= model.start).sum())
    root = float(np.sqrt((part.block.x[:, 0] ** 2).mean())) or 1.0
    rows = []
    for periods in sorted({after, *MORE_PERIODS}):
        position = np.concatenate([before, model.start + np.arange(periods)]).astype(np.intp)
        x, names = columns(position, np.zeros((len(position), 0)), model.start, model.form, ())
        if len(x) - x.shape[1] < 2 or np.linalg.matrix_rank(x) < x.shape[1]:
            continue
        block = linear.fit_block(x * root, np.ones(len(x)), position)
        made = linear.autoregressive_covariance(block, errors.rho, errors.variance)
        j = names.index(name)
        error = math.sqrt(max(made[j, j], 0.0))
        reach = stdtrit(block.df, 0.5 + level / 2) + stdtrit(block.df, POWER)
        rows.append(
            {
                "periods_before": len(before),
                "periods_after": periods,
                "autocorrelation": errors.rho,
                "smallest_detectable": float(reach) * error,
                "as_observed": periods == after,
            }
        )
    return pd.DataFrame(rows)
