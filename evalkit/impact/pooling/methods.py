"""The pooled estimate by every method of inference, and which one leads."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit.impact.inference import t_row
from evalkit.impact.least_squares import Floats
from evalkit.impact.pooling.model import Pool, between_variance, knapp_hartung, pool
from evalkit.impact.pooling.read import Studies
from evalkit.impact.pooling.robust import Robust, correlated_effects, cr2_robust
from evalkit.impact.pooling.three_level import Nested, fit_nested

NORMAL = "model-based, normal quantiles"
MODEL_T = "model-based, t"
KNAPP_HARTUNG = "Knapp-Hartung, t with k - p df"
WIDER = "Knapp-Hartung, never narrower than the model's error, t with k - p df"
CR2 = "cluster-robust CR2, t with Satterthwaite df"

ALIKE = 1e-9
"""A dispersion below this is no dispersion: estimates are the same but for rounding."""

RULE = (
    "Knapp-Hartung leads where every estimate stands alone; with estimates that depend on each "
    "other CR2 with Satterthwaite degrees of freedom; in a fixed-effect pool the normal quantiles, "
    "as its only error is the sampling error that is taken as known."
)


@dataclass(frozen=True, slots=True)
class Pooled:
    """A pooled model with its inference.

    Attributes
    ----------
    beta, model_covariance : ndarray
        Coefficients (the first is the effect at average moderators), model-based covariance.
    between, within : float
        Variance between studies (clusters); between estimates of one cluster, 0 if not modelled.
    robust : Robust or None
    nested : Nested or None
    """

    studies: Studies
    estimator: str
    beta: Floats
    model_covariance: Floats
    between: float
    within: float
    flat: Pool
    nested: Nested | None
    robust: Robust | None
    adjust: str

    @property
    def df(self) -> int:
        """Estimates (or clusters, in the three-level model) less coefficients."""
        k = len(self.studies.clusters) if self.nested is not None else len(self.studies.y)
        return max(k - int(self.studies.x.shape[1]), 1)

    @property
    def heterogeneity(self) -> float:
        """Variance of true effects of single estimates."""
        return self.between + self.within


def fit(
    studies: Studies,
    estimator: str,
    adjust: str,
    correlation: float,
    near: tuple[float, float] | None = None,
) -> Pooled:
    """Pool the estimates.

    Parameters
    ----------
    estimator : {"reml", "ml", "dl", "pm", "fixed", "three_level", "three_level_ml"}
    adjust : {"auto", "knapp_hartung", "none"}
    correlation : float
        Of the sampling errors within a cluster, in the working model of CR2.
    near : (between, within), optional
        Variances of almost the same data, where the search begins.
    """
    y, v, x = studies.y, studies.v, studies.x
    nested, within = None, 0.0
    if estimator.startswith("three_level") and studies.groups is not None:
        nested = fit_nested(
            y, v, x, studies.groups, restricted=estimator == "three_level", near=near
        )
        between, within = nested.between, nested.within
        flat = pool(y, v, x, between + within)
        beta, covariance = nested.beta, nested.covariance
    else:
        between = between_variance(y, v, x, estimator)
        flat = pool(y, v, x, between)
        beta, covariance = flat.beta, flat.covariance
    robust = None
    if studies.groups is not None:
        robust = _robust(studies, x, (between, within), correlation, nested=nested is not None)
    return Pooled(
        studies, estimator, beta, covariance, between, within, flat, nested, robust, adjust
    )


def _robust(
    studies: Studies, x: Floats, variances: tuple[float, float], correlation: float, *, nested: bool
) -> Robust | None:
    groups = studies.groups
    if groups is None:
        return None
    between, within = variances
    if nested:
        plain = correlated_effects(studies.v, groups, 0.0, (between, within))
        weights = [np.asarray(np.linalg.inv(one), dtype=np.float64) for one in plain]
        working = correlated_effects(studies.v, groups, correlation, (between, within))
    else:
        working = correlated_effects(studies.v, groups, correlation, (0.0, between))
        count = len(studies.clusters)
        weights = [np.diag(1 / (studies.v[groups == g] + between)) for g in range(count)]
    return cr2_robust(studies.y, x, groups, working, weights)


def rows_of(
    pooled: Pooled, j: int = 0, *, level: float, uncentred: bool = False
) -> list[dict[str, Any]]:
    """Return the rows of the inference table of a coefficient, one of them leading by `RULE`.

    Parameters
    ----------
    j : int
        Coefficient; the first is the effect at average moderators.
    uncentred : bool
        For the first: the effect where every moderator is 0 instead.
    """
    contrast = np.zeros(len(pooled.beta))
    contrast[j] = 1.0
    if uncentred:
        contrast[1:] = -pooled.studies.centre
    value = float(contrast @ pooled.beta)
    rows = _model_rows(pooled, contrast, value, level)
    if pooled.robust is not None:
        rows.append(_robust_row(pooled, j, value, level, uncentred=uncentred))
    name = leading(pooled)
    for row in rows:
        row["leads"] = row["method"] == name
    return rows


def leading(pooled: Pooled) -> str:
    """Return the method that leads, by `RULE` or by what was asked for."""
    # Estimates that are all alike would have an error of zero.
    alike = pooled.flat.q < ALIKE * pooled.df
    enough = len(pooled.studies.clusters) > pooled.studies.x.shape[1]
    if pooled.robust is not None and enough and not alike:
        return CR2
    if pooled.nested is not None:
        return f"{MODEL_T} with {pooled.df} df"
    if pooled.adjust == "none" or (pooled.estimator == "fixed" and pooled.adjust == "auto"):
        return NORMAL
    return WIDER if alike else KNAPP_HARTUNG


def _model_rows(
    pooled: Pooled, contrast: Floats, value: float, level: float
) -> list[dict[str, Any]]:
    error = math.sqrt(float(contrast @ pooled.model_covariance @ contrast))
    rows = [normal_row(value, error, level)]
    rows.append(t_row(f"{MODEL_T} with {pooled.df} df", value, error, pooled.df, level))
    if pooled.nested is None:
        made = knapp_hartung(pooled.flat, pooled.df)
        scaled = math.sqrt(float(contrast @ made @ contrast))
        rows.append(t_row(KNAPP_HARTUNG, value, scaled, pooled.df, level))
        rows.append(t_row(WIDER, value, max(scaled, error), pooled.df, level))
    return rows


def normal_row(value: float, error: float, level: float) -> dict[str, Any]:
    """Return the row with normal quantiles, whose degrees of freedom have no end."""
    from scipy.special import ndtr, ndtri

    reach = float(ndtri(0.5 + level / 2)) * error
    return {
        "method": NORMAL,
        "std_error": error,
        "df": math.nan,
        "low": value - reach,
        "high": value + reach,
        "p_value": 2 * float(ndtr(-abs(value) / error)),
        "leads": False,
    }


def _robust_row(
    pooled: Pooled, j: int, value: float, level: float, *, uncentred: bool
) -> dict[str, Any]:
    robust = pooled.robust
    if uncentred:
        studies = pooled.studies
        x = studies.x.copy()
        x[:, 1:] = x[:, 1:] + studies.centre
        robust = _robust(
            studies, x, (pooled.between, pooled.within), 0.0, nested=pooled.nested is not None
        )
    assert robust is not None  # noqa: S101 (asked only where there are clusters)
    return t_row(CR2, value, math.sqrt(robust.covariance[j, j]), float(robust.df[j]), level)
