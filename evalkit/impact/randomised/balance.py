"""Baseline balance: how alike the arms were before, as randomised and as analysed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from evalkit.impact.inference import t_row
from evalkit.impact.least_squares import Floats
from evalkit.impact.randomised.evidence import parts_of
from evalkit.impact.randomised.regression import build, least
from evalkit.impact.randomised.trial import Trial

COLUMNS = (
    *("sample", "covariate", "arm", "reference", "mean", "mean_reference", "sd"),
    *("difference", "standardised", "p_value", "n", "n_reference"),
)


def balance_table(trial: Trial, level: float) -> pd.DataFrame:
    """Return means of every covariate in every arm, and differences in pooled SD.

    The difference is within strata; its p-value is that of the robust method that leads for the
    outcome (HC2, or CR2 where clusters are named).
    """
    rows = []
    for sample, whole in (("as randomised", trial), ("as analysed", trial.analysed())):
        for i, name in enumerate(trial.x_names):
            rows += _covariate_rows(whole, i, name, sample, level)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _covariate_rows(
    whole: Trial, i: int, name: str, sample: str, level: float
) -> list[dict[str, object]]:
    known = np.isfinite(whole.x[:, i])
    some = replace(whole, y=whole.x[:, i]).keep(known)
    trial = replace(some, x=some.x[:, :0], x_names=())
    if len(np.unique(trial.arm)) < len(trial.arms) or np.ptp(trial.y) == 0:
        return []
    model, faults = build(trial, "difference_in_means")
    if faults:
        return []
    solved = least(model, trial.y)
    rows = []
    for arm in range(1, len(trial.arms)):
        parts, df = parts_of(solved, arm - 1)
        value = float(solved.solved.beta[arm - 1])
        p = t_row("", value, float(np.sqrt((parts**2).sum())), df, level)["p_value"]
        sd = pooled_sd(trial, arm)
        means = [
            float(np.average(trial.y[trial.arm == k], weights=trial.w[trial.arm == k]))
            for k in (arm, 0)
        ]
        counts = [int((trial.arm == k).sum()) for k in (arm, 0)]
        smd = value / sd if sd > 0 else math.nan
        line = (sample, name, trial.arms[arm], trial.arms[0], *means, sd, value, smd, p, *counts)
        rows.append(dict(zip(COLUMNS, line, strict=True)))
    return rows


def pooled_sd(trial: Trial, arm: int) -> float:
    """Return the SD of the outcome within an arm and the reference arm, pooled, unadjusted."""
    total, n = 0.0, 0
    for k in (arm, 0):
        mine = trial.arm == k
        y, w = trial.y[mine], trial.w[mine] / trial.w[mine].mean()
        total += float((w * (y - np.average(y, weights=w)) ** 2).sum())
        n += len(y)
    return math.sqrt(total / (n - 2)) if n > 2 else math.nan


def control_sd(trial: Trial) -> float:
    """Return the SD of the outcome in the reference arm."""
    mine = trial.arm == 0
    y, w = trial.y[mine], trial.w[mine] / trial.w[mine].mean()
    return _spread(y, w)


def _spread(y: Floats, w: Floats) -> float:
    if len(y) < 2:
        return math.nan
    return math.sqrt(float((w * (y - np.average(y, weights=w)) ** 2).sum()) / (len(y) - 1))
