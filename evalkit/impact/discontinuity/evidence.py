"""Every interval side by side, and the printed rule that says which leads."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evalkit.impact.discontinuity.bandwidth import Settings
from evalkit.impact.discontinuity.discrete import FEW_VALUES, Honest, Support, honest, support
from evalkit.impact.discontinuity.local_randomisation import LocalTrial
from evalkit.impact.discontinuity.robust import Effect, Error, estimate
from evalkit.impact.discontinuity.sample import Sample
from evalkit.impact.discontinuity.weak import (
    WEAK,
    AndersonRubin,
    anderson_rubin,
    first_stage_f,
)
from evalkit.impact.inference import MANY, t_row

SMALL = 50
"""Fewer rows than this within the bandwidth of the bias on a side: t instead of normal."""
ROBUST = "robust bias-corrected"
HONEST = "honest under bounded curvature (Kolesar-Rothe)"
AR = "Anderson-Rubin, robust bias-corrected"
RULE = (
    "The conventional estimate is the value; the interval around the bias-corrected one, whose error "
    "counts the correction, leads (Calonico, Cattaneo and Titiunik 2014). It uses the normal "
    f"distribution, or t where a side has fewer than {SMALL} rows within the bandwidths; with clusters "
    "t on clusters - 1 degrees of freedom and the larger of two errors (sides apart, or clusters on "
    f"both sides kept together), and CR2 with Satterthwaite degrees of freedom below {MANY} clusters. "
    f"The Anderson-Rubin set leads in a fuzzy design with a first-stage F below {WEAK:g}; the honest "
    f"interval leads where repeated values leave fewer than {FEW_VALUES} different ones within the "
    "bandwidth."
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The effect, all rows of the inference table, the one that leads, and what else was found."""

    effect: Effect
    rows: tuple[dict[str, Any], ...]
    leads: dict[str, Any]
    held: Support
    honest: Honest | None
    ar: AndersonRubin | None
    first_stage: float


def infer(
    sample: Sample,
    settings: Settings,
    effect: Effect,
    *,
    level: float,
    curvature: float | None,
    local: LocalTrial | str,
) -> Evidence:
    """Return every interval of the effect, one of them marked as leading."""
    held = support(sample, effect.bands.h)
    error = best_error(sample, settings, effect)
    rows = _robust_rows(sample, effect, error, level)
    robust = rows[-1]
    bounded = _honest(sample, settings, level, curvature)
    if bounded is not None:
        rows.append(_honest_row(bounded))
    ar, f = None, math.inf
    if sample.fuzzy:
        critical = _critical(error[1], level)
        ar = anderson_rubin(effect.reduced, effect.first, effect.covariance, critical)
        f = first_stage_f(effect.first, effect.first_error)
        rows.append(_row(AR, math.nan, (math.nan, robust["df"]), (ar.low, ar.high), ar.p_value))
    if isinstance(local, LocalTrial) and settings.derivative == 0:
        what = "local randomisation, permutation" + (
            " (of being on the treated side)" if ar else ""
        )
        spread = (local.std_error, math.nan)
        made = _row(what, local.value, spread, (local.low, local.high), local.p_value)
        rows.append(made)
    leads = robust
    if ar is not None and f < WEAK:
        leads = next(row for row in rows if row["method"] == AR)
    elif bounded is not None and held.few:
        leads = next(row for row in rows if row["method"].startswith(HONEST))
    leads["leads"] = True
    return Evidence(effect, tuple(rows), leads, held, bounded, ar, f)


def _robust_rows(
    sample: Sample, effect: Effect, best: tuple[float, float, str], level: float
) -> list[dict[str, Any]]:
    """Return the conventional, bias-corrected and robust rows; the one that may lead is last."""
    error, df, how = best
    plain = effect.plain.std_error
    parts = [
        ("conventional", effect.value, plain, df),
        ("bias-corrected, conventional error", effect.corrected, plain, df),
    ]
    if sample.labels is not None:
        apart = (f"{ROBUST}, sides apart", effect.robust.std_error)
        together = (f"{ROBUST}, clusters on both sides together", effect.joined.std_error)
        parts += [(name, effect.corrected, one, df) for name, one in (apart, together)]
    parts.append((f"{ROBUST}, {how}", effect.corrected, error, df))
    return [_t(name, value, one, free, level) for name, value, one, free in parts]


def best_error(sample: Sample, settings: Settings, effect: Effect) -> tuple[float, float, str]:
    """Return the robust error that leads, its degrees of freedom (inf: normal), and its name."""
    if sample.labels is None:
        fewest = min(len(side.x) for side in effect.jump.windows)
        rows = sum(len(side.x) for side in effect.jump.windows)
        free = rows - 2 * (settings.polynomial + 2)
        if fewest >= SMALL:
            return effect.robust.std_error, math.inf, f"{_variance(settings)}, normal"
        return effect.robust.std_error, max(free, 1.0), f"{_variance(settings)}, t"
    clusters = sum(effect.held) - effect.straddling
    if clusters >= MANY and settings.variance != "cr2":
        found = _larger(effect)
        return found.std_error, clusters - 1.0, f"{_variance(settings)}, t with clusters - 1 df"
    second = effect
    if settings.variance != "cr2":
        second = estimate(sample, replace(settings, variance="cr2"), effect.bands)
    found = _larger(second)
    df = min(one for one in (second.robust.df, second.joined.df) if not math.isnan(one))
    return found.std_error, df, "cr2, t with Satterthwaite df"


def _larger(effect: Effect) -> Error:
    return max(effect.robust, effect.joined, key=lambda one: one.std_error)


def _variance(settings: Settings) -> str:
    return settings.variance.replace("_", " ")


def _critical(df: float, level: float) -> float:
    from scipy.special import ndtri, stdtrit

    tail = 0.5 + level / 2
    return float(ndtri(tail)) if math.isinf(df) else float(stdtrit(df, tail))


def _t(method: str, value: float, error: float, df: float, level: float) -> dict[str, Any]:
    from scipy.special import ndtr

    if not math.isinf(df):
        made = t_row(method, value, error, df, level)
    elif error > 0:
        reach = _critical(df, level) * error
        p = 2 * float(ndtr(-abs(value) / error))
        made = _row(method, value, (error, df), (value - reach, value + reach), p)
    else:
        made = _row(method, value, (error, df), (math.nan, math.nan), math.nan)
    return {**made, "estimate": value, "df": math.nan if math.isinf(df) else df}


def _row(
    method: str,
    value: float,
    spread: tuple[float, float],
    ends: tuple[float, float],
    p_value: float,
) -> dict[str, Any]:
    return {
        "method": method,
        "std_error": spread[0],
        "df": spread[1],
        "low": ends[0],
        "high": ends[1],
        "p_value": p_value,
        "leads": False,
        "estimate": value,
    }


def _honest(
    sample: Sample, settings: Settings, level: float, curvature: float | None
) -> Honest | None:
    """Return the honest interval of a sharp jump; None where it is not built."""
    if sample.fuzzy or settings.derivative:
        return None
    return honest(sample, settings, curvature=curvature, level=level, h=None)


def _honest_row(found: Honest) -> dict[str, Any]:
    method = f"{HONEST}, bandwidth {found.h:.4g}"
    return _row(
        method, found.value, (found.std_error, math.nan), (found.low, found.high), found.p_value
    )


def detectable(leads: dict[str, Any], level: float) -> float:
    """Return the smallest true effect found with 80% power by the method that leads."""
    from scipy.special import ndtri

    if not (np.isfinite(leads["low"]) and np.isfinite(leads["high"])):
        return math.nan
    half = (leads["high"] - leads["low"]) / 2
    tail = float(ndtri(0.5 + level / 2))
    return float(half * (tail + float(ndtri(0.8))) / tail)
