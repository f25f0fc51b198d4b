"""The effect in standard deviations: every numerator and every SD named, and months of progress."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.estimate import Interval, Standardised
from evalkit.impact.least_squares import Floats, Ints
from evalkit.impact.randomised.balance import control_sd, pooled_sd
from evalkit.impact.randomised.mixed import Mixed, fit_mixed, grams_of
from evalkit.impact.randomised.trial import Trial

Z = 1.959963984540054

COLUMNS = (
    *("effect_size", "numerator", "numerator_value", "divisor", "sd", "low", "high"),
    *("interval", "leads"),
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of the clusters of an arm and of the reference arm."""

    treated: Floats
    control: Floats


def guidance(trial: Trial, arm: int, value: float, interval: Interval) -> Standardised | None:
    """Return the effect size by the EEF's statistical guidance, or None without variation.

    Numerator: the difference of the analysis that leads (adjusted, where it is). Divisor: the
    total SD of the outcome, within arms, pooled, not adjusted for anything. Hedges' (1981)
    correction for the number of people. The ends are those of the leading interval over the same
    SD, which is taken as known.
    """
    pair = trial.keep(np.isin(trial.arm, (0, arm)))
    sd = pooled_sd(pair, arm)
    if not sd > 0:
        return None
    scale = (1 - 3 / (4 * (pair.n - 2) - 1)) / sd
    which = (
        f"pooled SD of `{trial.roles.outcome}` within the arms, total and unadjusted "
        f"({pair.n} rows); numerator: the difference that leads"
    )
    return Standardised(value * scale, interval.low * scale, interval.high * scale, sd, which)


def effect_sizes(
    trial: Trial,
    arm: int,
    standard: Standardised | None,
    value: float,
    interval: Interval,
    models: dict[str, Mixed],
) -> pd.DataFrame:
    """Return effect sizes by every convention in use, the one that leads marked.

    `models` may hold ``"adjusted"`` (multilevel, with covariates), ``"outcome alone"`` (no
    covariate, no arm) and ``"effects by cluster"``.
    """
    rows: list[dict[str, Any]] = []
    if standard is not None:
        numerator = ("difference that leads", value)
        divisor = ("total SD within arms, pooled, unadjusted", standard.sd)
        ends = (standard.low, standard.high)
        rows.append(_row(standard.hedges_g, numerator, divisor, ends, interval.method))
        rows[0]["leads"] = True
        control = control_sd(trial)
        if control > 0:
            ends = (interval.low / control, interval.high / control)
            divisor = ("SD of the reference arm (Glass)", control)
            rows.append(_row(value / control, numerator, divisor, ends, interval.method))
    rows += _multilevel_rows(trial, arm, models)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(
    size: float,
    numerator: tuple[str, float],
    divisor: tuple[str, float],
    ends: tuple[float, float],
    interval: str,
) -> dict[str, Any]:
    line = (size, *numerator, *divisor, *ends, interval, False)
    return dict(zip(COLUMNS, line, strict=True))


def _multilevel_rows(trial: Trial, arm: int, models: dict[str, Mixed]) -> list[dict[str, Any]]:
    adjusted = models.get("adjusted")
    if adjusted is None:
        return []
    value = float(adjusted.beta[arm - 1])
    numerator = ("multilevel difference, adjusted", value)
    rows = []
    if trial.by_cluster():
        sizes = cluster_sizes(trial, arm)
        for label, key in (
            ("conditional on the covariates", "adjusted"),
            ("unconditional", "outcome alone"),
        ):
            within, between = models[key].within, float(models[key].between[0, 0])
            for kind, made in (
                ("within-cluster SD", hedges_within(value, within, between, sizes)),
                ("total SD", hedges_total(value, within, between, sizes)),
            ):
                sd = math.sqrt(within + (between if kind == "total SD" else 0.0))
                ends = (made[0] - Z * made[1], made[0] + Z * made[1])
                divisor = (f"{kind}, {label}", sd)
                rows.append(_row(made[0], numerator, divisor, ends, "Hedges (2007), normal"))
        return rows
    for key, words in (("adjusted", "random intercepts"), ("effects by cluster", "random effects")):
        if key in models:
            rows += _multisite_rows(trial, arm, models[key], words)
    return rows


def _multisite_rows(trial: Trial, arm: int, model: Mixed, words: str) -> list[dict[str, Any]]:
    value, error = float(model.beta[arm - 1]), math.sqrt(float(model.cov[arm - 1, arm - 1]))
    share = float(np.average(trial.arm == arm, weights=trial.w))
    between = float(model.between[0, 0])
    if len(model.between) > 1:  # the variance between clusters, averaged over the arms
        between += share * float(model.between[1, 1] + 2 * model.between[0, 1])
    numerator = (f"multilevel difference, {words}", value)
    rows = []
    for kind, variance in (
        ("within-cluster SD, conditional", model.within),
        ("total SD, conditional", model.within + between),
    ):
        sd = math.sqrt(variance)
        ends = ((value - Z * error) / sd, (value + Z * error) / sd)
        rows.append(_row(value / sd, numerator, (kind, sd), ends, "of the model, normal"))
    return rows


def cluster_sizes(trial: Trial, arm: int) -> Sizes:
    """Return the sizes of the clusters in an arm and in the reference arm."""

    def count(k: int) -> Floats:
        codes: Ints = trial.cluster[trial.arm == k]
        return np.unique(codes, return_counts=True)[1].astype(float)

    return Sizes(count(arm), count(0))


def hedges_within(value: float, within: float, between: float, sizes: Sizes) -> tuple[float, float]:
    """Return the effect over the SD within clusters, and its error (Hedges 2007, section 3)."""
    t, c = sizes.treated, sizes.control
    n_t, n_c = t.sum(), c.sum()
    n, m = n_t + n_c, len(t) + len(c)
    size = value / math.sqrt(within)
    rho = between / (within + between)
    design = (1 + (_usual_size(sizes) - 1) * rho) / (1 - rho)
    variance = n / (n_t * n_c) * design + size**2 / (2 * max(n - m, 1))
    return size, math.sqrt(variance)


def hedges_total(value: float, within: float, between: float, sizes: Sizes) -> tuple[float, float]:
    """Return the effect over the total SD, corrected for clusters, and its error.

    Hedges (2007, Journal of Educational and Behavioral Statistics 32, section 5), for clusters of
    unequal size.
    """
    t, c = sizes.treated, sizes.control
    n_t, n_c = float(t.sum()), float(c.sum())
    n = n_t + n_c
    rho = between / (within + between)
    b = sum((s.sum() ** 2 - (s**2).sum()) / s.sum() for s in (t, c))
    a = sum(
        (s.sum() ** 2 * (s**2).sum() + (s**2).sum() ** 2 - 2 * s.sum() * (s**3).sum())
        / s.sum() ** 2
        for s in (t, c)
    )
    free = n - 2
    size = value / math.sqrt(within + between) * math.sqrt(1 - (free - b) * rho / free)
    spread = free * (1 - rho) ** 2 + a * rho**2 + 2 * b * rho * (1 - rho)
    variance = n / (n_t * n_c) * (1 + (_usual_size(sizes) - 1) * rho)
    variance += size**2 * spread / (2 * free * (free - rho * (free - b)))
    return size, math.sqrt(variance)


def _usual_size(sizes: Sizes) -> float:
    """Return the size of cluster that counts: arms weighted by the size of the other."""
    t, c = sizes.treated, sizes.control
    n_t, n_c = t.sum(), c.sum()
    return float((n_c * (t**2).sum() / n_t + n_t * (c**2).sum() / n_c) / (n_t + n_c))


def null_model(trial: Trial) -> Mixed:
    """Return the multilevel model of the outcome alone."""
    ones = np.ones((trial.n, 1))
    return fit_mixed(grams_of(trial.y, ones, ones, trial.cluster, trial.w))


def icc(model: Mixed) -> float:
    """Return the share of the variance that lies between clusters."""
    between = float(model.between[0, 0])
    return between / (between + model.within) if between + model.within > 0 else math.nan
