"""Several treatments against one reference: each estimated, all of them in one table."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.weighting.levels import (
    Mean,
    Multinomial,
    balanced_mean,
    ipw_mean,
    multinomial,
    robust_mean,
)
from evalkit.impact.weighting.sample import Sample, pair
from evalkit.impact.weighting.setting import Setting
from evalkit.impact.weighting.solve import Solved, arms_of, solve
from evalkit.impact.weighting.variance import parts_of, units_of, weighting_rows


def joint(setting: Setting) -> bool:
    """Return whether all arms are estimated together, for the population of all rows.

    So it is for the average effect by weighting. The effect on those who had a treatment concerns
    that treatment and the reference only, and so does matching.
    """
    return setting.estimand == "ate" and setting.estimator != "nearest" and setting.trim is None


def solve_levels(sample: Sample, setting: Setting) -> list[Solved]:
    """Return the estimate of each treatment against the reference, in the order of the labels."""
    levels = range(1, len(sample.labels))
    if not joint(setting):
        return [solve(pair(sample, level), setting) for level in levels]
    fitted = multinomial(sample.x, sample.arm, sample.weights)
    means = [_mean(sample, fitted, setting, level) for level in range(len(sample.labels))]
    return [_joint(sample, fitted, means, level, setting) for level in levels]


def _mean(sample: Sample, fitted: Multinomial, setting: Setting, level: int) -> Mean:
    arms = arms_of(sample)
    if setting.estimator == "ipw":
        return ipw_mean(arms, sample.arm, fitted, level)
    if setting.estimator == "doubly_robust":
        return robust_mean(arms, sample.arm, fitted, level)
    made = balanced_mean(arms, sample.arm, level)
    if made is None:
        raise DesignError(
            f"matching cannot be estimated: no weights give the rows of `{sample.labels[level]}` "
            "the means of all rows.",
            do="Name fewer covariates or terms, or use another `estimator`.",
        )
    return made


def _joint(
    sample: Sample, fitted: Multinomial, means: list[Mean], level: int, setting: Setting
) -> Solved:
    one, zero = means[level], means[0]
    weights = one.weights + zero.weights
    treated = np.where(sample.arm == level, 1.0, np.where(sample.arm == 0, 0.0, np.nan))
    units = units_of(sample.cluster, treated, weights)
    influence = one.influence - zero.influence
    value = one.value - zero.value
    rows, _ = weighting_rows(value, (influence, one.known - zero.known), units, None, setting.level)
    inside = (sample.arm == 0) | (sample.arm == level)
    both = fitted.p[:, [0, level]]
    return Solved(
        sample=pair(sample, level),
        value=value,
        rows=tuple(rows),
        weights=weights[inside],
        propensity=(both[:, 1] / both.sum(axis=1))[inside],
        contributions=parts_of(influence, units) if units.named else None,
        sides=_sides(sample, level),
    )


def _sides(sample: Sample, level: int) -> tuple[int, int]:
    if sample.cluster is None:
        return int((sample.arm == level).sum()), int((sample.arm == 0).sum())
    return (
        len(np.unique(sample.cluster[sample.arm == level])),
        len(np.unique(sample.cluster[sample.arm == 0])),
    )


def levels_table(sample: Sample, solved: list[Solved]) -> pd.DataFrame:
    """Return one row a treatment, with Holm's (1979) p-values over all of them."""
    rows = [
        {
            "treatment": sample.labels[i + 1],
            "against": sample.labels[0],
            "estimate": one.value,
            **{key: one.leads[key] for key in ("std_error", "df", "low", "high", "p_value")},
            "n_treated": int((one.sample.arm == 1).sum()),
            "n_comparison": int((one.sample.arm == 0).sum()),
            "method": one.leads["method"],
        }
        for i, one in enumerate(solved)
    ]
    _holm(rows)
    return pd.DataFrame(rows)


def _holm(rows: list[dict[str, Any]]) -> None:
    order = sorted(
        range(len(rows)), key=lambda i: (math.isnan(rows[i]["p_value"]), rows[i]["p_value"])
    )
    worst = 0.0
    for rank, i in enumerate(order):
        worst = max(worst, min(1.0, rows[i]["p_value"] * (len(rows) - rank)))
        rows[i]["p_holm"] = worst
