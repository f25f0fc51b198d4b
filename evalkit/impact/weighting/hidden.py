"""What was not measured: how strong a hidden confounder would have to be."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from evalkit.impact.confounding.check import e_value_check, study_confounding
from evalkit.impact.confounding.partial_r2 import Regression
from evalkit.impact.estimate import Check, Interval
from evalkit.impact.weighting.solve import Solved


def hidden_checks(solved: Solved, interval: Interval) -> tuple[tuple[Check, ...], pd.DataFrame]:
    """Return the checks on hidden confounding and the table of confounders that are tried.

    Robustness values and Oster's delta are defined for a regression; they are of the regression of
    the outcome on treatment and covariates among the rows used, each counting once (or by its
    sampling weight). The E-value is of the estimate itself.
    """
    sample, used = solved.sample, solved.weights > 0
    y, t = sample.y[used], sample.t[used]
    names = [
        name.split("=")[0]
        for name, modelled in zip(sample.names, sample.modelled, strict=True)
        if modelled
    ]
    cluster = None
    if sample.cluster is not None:
        cluster = np.unique(sample.cluster[used], return_inverse=True)[1].astype(np.intp)
    data = Regression(
        y,
        t,
        sample.shown[used][:, sample.modelled],
        tuple(names),
        weights=sample.weights[used] if sample.roles.weights else None,
        clusters=cluster,
    )
    found, table = study_confounding(
        data, outcome=sample.roles.outcome, treatment=sample.roles.treatment, level=interval.level
    )
    compared = sample.y[sample.arm == 0]
    own = e_value_check(
        solved.value,
        interval.low,
        interval.high,
        sd=float(compared.std(ddof=1)),
        outcome=sample.roles.outcome,
        which_sd="of the comparison rows",
    )
    said = [_said(one, solved, table) for one in found if one.name != own.name]
    return (*said, own), table


def _said(check: Check, solved: Solved, table: pd.DataFrame) -> Check:
    """Return the check with a first sentence that says which regression it is of."""
    if check.statistic is None or table.empty:
        return check
    value = float(table["estimate"].iloc[0])
    if not math.isfinite(value):
        return check
    first = (
        f"Of the regression on the same covariates among the rows used, which gives {value:.4g} "
        f"where this estimate is {solved.value:.4g}. "
    )
    return replace(check, meaning=first + check.meaning)
