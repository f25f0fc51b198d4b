"""Every method of inference for a contrast of a segmented regression, and which one leads."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit.impact.inference import t_row
from evalkit.impact.least_squares import Floats
from evalkit.impact.series import linear
from evalkit.impact.series.linear import AutoRegression
from evalkit.impact.series.model import Model

ENOUGH = 50
"""From this many periods on, autocorrelation that is not seen is not allowed for."""

INDEPENDENT = "independent errors, t with n - k df"
QUASI = "errors scaled by the dispersion (quasi-likelihood), t with n - k df"
PUBLISHED = "errors scaled by the dispersion, normal quantiles"
NEWEY_WEST = "Newey-West (Bartlett kernel), t with n - k df"
AR1 = "least squares with first-order autoregressive errors (REML), t with Satterthwaite df"
PRAIS_WINSTEN = "Prais-Winsten, t with n - k df"

RULE = (
    "The wider of these intervals leads: independent errors, Newey-West, and (with fewer than "
    f"{ENOUGH} periods, or when residuals one period apart correlate by more than 1.645 / root n) "
    "first-order autoregressive errors fitted by REML with Satterthwaite degrees of freedom. In "
    "short series autocorrelation cannot be ruled out by not seeing it, and Newey-West errors are "
    "too small."
)


@dataclass(frozen=True, slots=True)
class Covariance:
    """A method: its name, the coefficients' covariance, and degrees of freedom of a contrast."""

    method: str
    matrix: Floats
    errors: tuple[AutoRegression, ...] = ()


@dataclass(frozen=True, slots=True)
class Methods:
    """Every covariance of a model, and what decides which leads."""

    model: Model
    found: tuple[Covariance, ...]
    candidates: tuple[str, ...]
    lags: int
    correlation: float

    def of(self, name: str) -> Covariance:
        """Return the covariance of a method."""
        return next(one for one in self.found if one.method == name)


def methods_of(model: Model, lags: int | None, errors: str) -> Methods:
    """Return the covariances of a model.

    Parameters
    ----------
    model : Model
    lags : int or None
        Lags of Newey-West; None for ``floor(4 (n / 100)^(2/9))`` (Newey and West 1994), and at
        least 1.
    errors : {"auto", "newey_west", "prais_winsten"}
    """
    blocks = model.blocks
    n = max(len(block.residuals) for block in blocks)
    chosen = max(1, math.floor(4 * (n / 100) ** (2 / 9))) if lags is None else lags
    plain = INDEPENDENT if model.form.family == "normal" else QUASI
    auto = tuple(linear.restricted_likelihood(block) for block in blocks)
    parts = [
        linear.autoregressive_covariance(block, one.rho, one.variance)
        for block, one in zip(blocks, auto, strict=True)
    ]
    found = (
        Covariance(plain, linear.independent_errors(blocks)),
        Covariance(NEWEY_WEST, linear.newey_west(blocks, chosen)),
        Covariance(AR1, linear.diagonal(parts), auto),
    )
    correlation = max(
        (linear.first_autocorrelation(block.residuals, block.position)[0] for block in blocks),
        key=abs,
    )
    candidates = (NEWEY_WEST,) if errors == "newey_west" else (plain, NEWEY_WEST)
    if errors == "auto" and (n < ENOUGH or correlation > 1.645 / math.sqrt(n)):
        candidates = (*candidates, AR1)
    return Methods(model, found, candidates, chosen, correlation)


def degrees(methods: Methods, one: Covariance, contrast: Floats) -> float:
    """Return the degrees of freedom of a contrast; of two series together by Satterthwaite."""
    made, at = [], 0
    for i, block in enumerate(methods.model.blocks):
        k = block.x.shape[1]
        piece = contrast[at : at + k]
        v = float(piece @ one.matrix[at : at + k, at : at + k] @ piece)
        df = linear.satterthwaite(block, one.errors[i], piece) if one.errors else float(block.df)
        made.append((v, df))
        at += k
    below = sum(v**2 / df for v, df in made)
    return sum(v for v, _ in made) ** 2 / below if below > 0 else made[0][1]


def contrast_row(
    methods: Methods, one: Covariance, contrast: Floats, level: float
) -> dict[str, Any]:
    """Return a row of the inference table for a contrast by one method."""
    value = float(contrast @ methods.model.beta)
    error = math.sqrt(max(float(contrast @ one.matrix @ contrast), 0.0))
    df = degrees(methods, one, contrast) if error > 0 else math.nan
    return {**t_row(one.method, value, error, df, level), "estimate": value}


def rows_of(methods: Methods, contrast: Floats, level: float) -> list[dict[str, Any]]:
    """Return a row for every method, the one that leads by `RULE` marked."""
    rows = [contrast_row(methods, one, contrast, level) for one in methods.found]
    known = [one for one in rows if one["method"] in methods.candidates]
    leads = max(known, key=lambda one: np.nan_to_num(one["high"] - one["low"], nan=-1.0))
    leads["leads"] = True
    return rows


def published_row(rows: list[dict[str, Any]], level: float) -> dict[str, Any]:
    """Return the quasi-likelihood error with normal quantiles, as most count studies print it."""
    from scipy.special import ndtr, ndtri

    plain = next(one for one in rows if one["method"] == QUASI)
    value, error = plain["estimate"], plain["std_error"]
    reach = float(ndtri(0.5 + level / 2)) * error
    p = 2 * float(ndtr(-abs(value) / error)) if error > 0 else math.nan
    return {
        **plain,
        "method": PUBLISHED,
        "df": math.nan,
        "low": value - reach,
        "high": value + reach,
        "p_value": p,
        "leads": False,
    }


def prais_winsten_row(model: Model, contrast: Floats, level: float) -> dict[str, Any]:
    """Return the row of Prais and Winsten, which has an estimate of its own."""
    part = model.parts[0]
    root = np.sqrt(part.arm.weights / part.arm.weights.mean())
    block, _ = linear.prais_winsten(part.x * root[:, None], part.y * root, part.arm.position)
    value = float(contrast @ block.beta)
    error = math.sqrt(max(float(contrast @ block.bread @ contrast) * block.variance, 0.0))
    return {**t_row(PRAIS_WINSTEN, value, error, block.df, level), "estimate": value}
