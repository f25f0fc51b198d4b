"""Every interval for the effect side by side, and the printed rule that says which one leads."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evalkit.impact.estimate import Interval
from evalkit.impact.inference import CR1, CR2, FEW, MANY, detectable, interval_of, known, row, t_row
from evalkit.impact.instruments.anderson_rubin import (
    ConfidenceSet,
    Moments,
    confidence_set,
    moments,
)
from evalkit.impact.instruments.reduced import Reduced
from evalkit.impact.instruments.sample import Sample
from evalkit.impact.instruments.strength import Strength
from evalkit.impact.instruments.two_stage import Structural
from evalkit.impact.least_squares import Fit, fit, wild_draws

CONVENTIONAL = "conventional (equal spread), t with rows - coefficients df"
HC1 = "robust HC1, t with rows - coefficients df"
HC2 = "robust HC2, t with Satterthwaite df"
GMM = "two-step GMM, robust, t"
AR_EQUAL = "Anderson-Rubin, equal spread, F"
AR_ROWS = "Anderson-Rubin, robust HC2, F"
AR_CLUSTERS = "Anderson-Rubin, cluster-robust CR2, F"
WILD = "wild cluster bootstrap of the Anderson-Rubin test, restricted, Webb weights"
WILD_DRAWS = 999
MOST_WILD_CLUSTERS = 500
STEPS = 14

RULE = (
    "Where the effective F does not reach its critical value the instruments are weak and the "
    "Anderson-Rubin set leads, which holds whatever their strength (unless it is empty; without "
    "clusters the wider of its two forms). Otherwise, with clusters: CR1 with t on clusters - 1 df "
    f"from {MANY} clusters on, CR2 with Satterthwaite df below; with fewer than {FEW} clusters on a "
    "side of the instrument, the wider of CR2 and Anderson-Rubin. Without clusters, the wider of "
    "conventional and HC2 (Angrist and Pischke 2009, section 8.1). GMM by its own robust error."
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The rows of ``table["inference"]``, which leads, and the Anderson-Rubin set that is reported.

    ``plain_row`` is the row that would lead were the instruments strong; ``moments`` are those of
    the Anderson-Rubin set where it leads, else None.
    """

    std_error: float
    interval: Interval
    p_value: float | None
    detectable: float
    rows: tuple[dict[str, Any], ...]
    plain_row: dict[str, Any]
    tested: ConfidenceSet
    moments: Moments | None


def gather(
    sample: Sample,
    reduced: Reduced,
    found: Structural,
    power: Strength,
    *,
    sides: tuple[int, int],
    level: float,
    seed: int,
) -> Evidence:
    """Return every method's interval and the leading one.

    Parameters
    ----------
    sides : tuple of int
        Clusters on either side of the instrument.
    """
    rows = t_rows(found, reduced, level)
    by = {
        AR_CLUSTERS if reduced.units is not None else AR_ROWS: moments(reduced),
        AR_EQUAL: moments(reduced, robust=False),
    }
    sets = {name: confidence_set(one, level) for name, one in by.items()}
    tested = {name: _set_row(name, one) for name, one in sets.items()}
    chosen = next(iter(sets))
    if reduced.units is None and _wider(tested[AR_EQUAL], tested[chosen]):
        chosen = AR_EQUAL
    strong = _strong_row(rows, tested[chosen], sides, reduced)
    usable = bool(sets[chosen].pieces)
    leads = tested[chosen] if power.weak and usable else strong
    every = [*rows, *tested.values()]
    if reduced.units is not None and reduced.count == 1:
        every += _wild_rows(sample, reduced, (found.value, sets[chosen]), level, seed)
    leads["leads"] = True
    first = (
        rows[0] if reduced.units is None else next((r for r in rows if r["method"] == CR1), rows[0])
    )
    return Evidence(
        std_error=first["std_error"],
        interval=interval_of(leads, level),
        p_value=known(leads["p_value"]),
        detectable=detectable(leads, None, found.value, level),
        rows=tuple(every),
        plain_row=strong,
        tested=sets[chosen],
        moments=by[chosen] if leads is tested[chosen] else None,
    )


def t_rows(found: Structural, reduced: Reduced, level: float) -> list[dict[str, Any]]:
    """Return the rows of the t methods; equal spread and rows on their own stand there too."""
    value, groups = found.value, reduced.groups
    adjusted = math.sqrt(float(found.parts @ found.parts))
    df = groups - 1.0 if reduced.units is not None else float(found.rows_df)
    if math.isnan(found.conventional):
        return [t_row(GMM, value, found.plain, df, level)]
    rows = [t_row(CONVENTIONAL, value, found.conventional, found.rows_df, level)]
    if reduced.units is None:
        return [
            *rows,
            t_row(HC1, value, found.plain, df, level),
            t_row(HC2, value, adjusted, found.adjusted_df, level),
        ]
    return [
        *rows,
        t_row(CR1, value, found.plain, df, level),
        t_row(CR2, value, adjusted, found.adjusted_df, level),
    ]


def _set_row(name: str, made: ConfidenceSet) -> dict[str, Any]:
    return row(name, math.nan, made.df, made.hull, made.p_value)


def _strong_row(
    rows: list[dict[str, Any]], tested: dict[str, Any], sides: tuple[int, int], reduced: Reduced
) -> dict[str, Any]:
    """Return the row that leads where instruments are strong, by `RULE`."""
    by_name = {one["method"]: one for one in rows}
    if GMM in by_name:
        return by_name[GMM]
    if reduced.units is None:
        one, other = by_name[CONVENTIONAL], by_name[HC2]
        return other if _wider(other, one) else one
    if min(sides) < FEW:
        return tested if _wider(tested, by_name[CR2]) else by_name[CR2]
    chosen = by_name[CR2 if reduced.groups < MANY else CR1]
    return chosen if np.isfinite(chosen["low"]) else by_name[CR1]


def _wider(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether `one` is wider; an interval that cannot be had is never the wider one."""
    width, against = one["high"] - one["low"], other["high"] - other["low"]
    return bool(np.isfinite(one["low"] + one["high"]) or np.isinf(width)) and not width <= against


def _wild_rows(
    sample: Sample,
    reduced: Reduced,
    found: tuple[float, ConfidenceSet],
    level: float,
    seed: int,
) -> list[dict[str, Any]]:
    """Return the wild-bootstrap row of the Anderson-Rubin test with one instrument.

    For a tested effect the outcome less the effect of treatment is regressed on the instrument; the
    restricted wild bootstrap of that coefficient (Davidson and MacKinnon 2010, JBES 28, section 3)
    does not lean on a strong first stage.
    """
    if sample.cluster is None or reduced.groups > MOST_WILD_CLUSTERS:
        return []
    root = np.sqrt(sample.w)
    of_y = fit(reduced.full, sample.y * root, sample.cluster, 0)
    of_d = fit(reduced.full, sample.d * root, sample.cluster, 0)
    if not (of_d.scores[:, 0] ** 2).sum() > 0:
        return []

    def p_value(b: float) -> float:
        return _wild_p(of_y, of_d, b, seed)

    value, tested = found
    low, high = math.nan, math.nan
    if tested.shape == "interval":
        low, high = (_end(p_value, value, end, 1 - level) for end in tested.hull)
    return [row(WILD, math.nan, math.nan, (low, high), p_value(0.0))]


def _wild_p(of_y: Fit, of_d: Fit, b: float, seed: int) -> float:
    made = replace(of_y, beta=of_y.beta - b * of_d.beta, scores=of_y.scores - b * of_d.scores)
    if not (made.scores[:, 0] ** 2).sum() > 0:
        return math.nan
    draws = wild_draws(made, 0, WILD_DRAWS, np.random.default_rng([seed, 3]))
    return draws.p_value(0.0)


def _end(p_value: Any, inside: float, near: float, alpha: float) -> float:
    """Return where the p-value falls to `alpha` on the side of `near`; infinite if it never does."""
    outside = near
    for _ in range(8):
        if p_value(outside) <= alpha:
            break
        inside, outside = outside, outside + 2 * (outside - inside)
    else:
        return math.copysign(math.inf, near - inside)
    for _ in range(STEPS):
        middle = 0.5 * (inside + outside)
        inside, outside = (middle, outside) if p_value(middle) > alpha else (inside, middle)
    return inside
