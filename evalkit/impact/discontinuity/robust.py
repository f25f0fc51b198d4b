"""The effect at the cutoff: conventional, bias-corrected, and its robust error.

Calonico, Cattaneo and Titiunik (2014): the bias of a polynomial of degree p is estimated by one of
degree p + 1 and taken off, and the error of that estimate is counted. Covariates enter with the same
coefficients on both sides (Calonico, Cattaneo, Farrell and Titiunik 2019, eq. 2). In a fuzzy design the
ratio is linearised.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from evalkit.errors import DesignError
from evalkit.impact.discontinuity.bandwidth import (
    Bandwidths,
    Settings,
    pilot_bandwidth,
    select,
)
from evalkit.impact.discontinuity.local_polynomial import smoother
from evalkit.impact.discontinuity.sample import Sample, Side
from evalkit.impact.discontinuity.variance import (
    HOMOSKEDASTIC,
    Scores,
    Window,
    alike,
    residual_gram,
    satterthwaite,
    scores,
)
from evalkit.impact.least_squares import Floats, Ints

MOST_CLUSTERS = 2_000
"""Above this many clusters Satterthwaite's degrees of freedom are not needed, nor worked out."""


class Error(NamedTuple):
    """Standard error and Satterthwaite's degrees of freedom (NaN where not worked out)."""

    std_error: float
    df: float


@dataclass(frozen=True, slots=True)
class Jump:
    """Jumps (upper side less lower) of each column, with scores.

    Attributes
    ----------
    conventional, corrected : ndarray, shape (m,)
    plain, robust : tuple of Scores
        Of the lower and the upper side, for the conventional and the bias-corrected jump.
    weights : tuple of ndarray
        Weights of the rows of either window in the conventional jump.
    windows : tuple of Side
    """

    conventional: Floats
    corrected: Floats
    plain: tuple[Scores, Scores]
    robust: tuple[Scores, Scores]
    weights: tuple[Floats, Floats]
    windows: tuple[Side, Side]
    loadings: Floats


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect (treated less untreated side) with its errors.

    Attributes
    ----------
    value, corrected : float
        Conventional and bias-corrected.
    plain, robust : Error
        Errors of the two, the sides taken as independent.
    joined : Error
        The robust error when clusters that lie on both sides are kept together.
    first, first_error : float
        The jump in treatment received, bias-corrected, and its robust error; 1 and 0 when sharp.
    covariance : ndarray, shape (2, 2), or None
        Of the bias-corrected jumps of outcome and treatment.
    contribution : ndarray
        Of each cluster (or row of the windows) to the robust error.
    """

    value: float
    corrected: float
    plain: Error
    robust: Error
    joined: Error
    bands: Bandwidths
    jump: Jump
    scale: float
    reduced: float
    first: float
    first_error: float
    covariance: Floats
    loadings: Floats
    contribution: Floats
    straddling: int
    held: tuple[int, int]


def estimate(sample: Sample, settings: Settings, bands: Bandwidths | None = None) -> Effect:
    """Return the effect; bandwidths are chosen when none are given."""
    chosen = select(linearised(sample, settings), settings) if bands is None else bands
    return _effect(sample, settings, chosen, jumps(sample, settings, chosen))


def linearised(sample: Sample, settings: Settings) -> Sample:
    """Return the sharp design whose bandwidths serve a fuzzy one.

    Where one side complies perfectly it is that of the outcome itself; else the outcome less the
    preliminary ratio times the treatment, over the jump of the treatment.
    """
    if not sample.fuzzy:
        return sample
    outcome, received = sample.d[:, 0], sample.d[:, 1]
    rest = sample.d[:, 2:]
    sharp = replace(sample, d=np.column_stack([outcome, rest]), fuzzy=False)
    if any(np.ptp(side.d[:, 1]) == 0 for side in sample.sides()):
        return sharp
    pilot = pilot_bandwidth(sample, settings)
    found = jumps(sample, settings, Bandwidths((pilot, pilot), (pilot, pilot), pilot))
    both = found.conventional @ found.loadings
    if both[1] == 0:
        return sharp
    turned = (outcome - both[0] / both[1] * received) / both[1]
    return replace(sharp, d=np.column_stack([turned, rest]))


def jumps(sample: Sample, settings: Settings, bands: Bandwidths) -> Jump:
    """Return the jumps of all columns, and the loadings that take covariates out of them."""
    count = 0 if sample.labels is None else len(sample.labels)
    parts = [
        _side(side, settings, (bands.h[i], bands.b[i]), count)
        for i, side in enumerate(sample.sides())
    ]
    if settings.variance == HOMOSKEDASTIC:
        parts = _pooled(parts)
    low, high = parts
    turn = math.factorial(settings.derivative)
    return Jump(
        conventional=turn * (high.conventional - low.conventional),
        corrected=turn * (high.corrected - low.corrected),
        plain=(low.plain, high.plain),
        robust=(low.robust, high.robust),
        weights=(-turn * low.omega, turn * high.omega),
        windows=(low.window, high.window),
        loadings=_loadings(parts, 2 if sample.fuzzy else 1),
    )


class _Part(NamedTuple):
    conventional: Floats
    corrected: Floats
    plain: Scores
    robust: Scores
    omega: Floats
    adjusted: Floats
    window: Side
    gram: Floats
    spreads: tuple[tuple[Floats, int], tuple[Floats, int]]


def _side(side: Side, settings: Settings, widths: tuple[float, float], count: int) -> _Part:
    """Return the intercept (or slope) of one side; see Calonico et al. (2014), Theorem A.1."""
    h, b = widths
    p, v = settings.polynomial, settings.derivative
    reach = max(h, b)
    inside = np.abs(side.x) <= reach if settings.kernel == "uniform" else np.abs(side.x) < reach
    window = side.keep(inside)
    first = smoother(window.x, window.w, h, p, settings.kernel, whole=True)
    second = smoother(window.x, window.w, b, p + 1, settings.kernel, whole=True)
    omega = first.coefficient(v)
    bias = float(first.operator[v] @ (window.x / h) ** (p + 1)) * h ** (p + 1 - v)
    corrected = omega - bias * second.coefficient(p + 1)
    seen = Window(window.x, window.d, window.cluster, count)
    left = first.left(window.d) * np.sqrt(first.weights)[:, None]
    return _Part(
        conventional=omega @ window.d,
        corrected=corrected @ window.d,
        plain=scores(seen, omega, first, settings.variance),
        robust=scores(seen, corrected, second, settings.variance),
        omega=omega,
        adjusted=corrected,
        window=window,
        gram=left.T @ left,
        spreads=(residual_gram(seen, first), residual_gram(seen, second)),
    )


def _pooled(parts: list[_Part]) -> list[_Part]:
    """Return the parts with the error variance of both sides together: textbook 2SLS errors."""
    (low, high) = (part.spreads for part in parts)
    plain, robust = ((low[i][0] + high[i][0]) / (low[i][1] + high[i][1]) for i in (0, 1))
    return [
        part._replace(plain=alike(part.omega, plain), robust=alike(part.adjusted, robust))
        for part in parts
    ]


def _loadings(parts: list[_Part], own: int) -> Floats:
    """Return the matrix (m, own) that takes the covariates out of outcome (and treatment)."""
    gram = parts[0].gram + parts[1].gram
    free = np.eye(len(gram), own)
    if len(gram) > own:
        size = np.sqrt(np.diag(gram)[own:])
        scale = np.where(size > 0, size, 1.0)
        inner = gram[own:, own:] / scale[:, None] / scale
        gamma = np.linalg.pinv(inner, rcond=1e-10, hermitian=True) @ (
            gram[own:, :own] / scale[:, None]
        )
        free[own:] = -gamma / scale[:, None]
    return free


def _effect(sample: Sample, settings: Settings, bands: Bandwidths, jump: Jump) -> Effect:
    plain_jump = jump.conventional @ jump.loadings
    right_jump = jump.corrected @ jump.loadings
    factor = math.factorial(settings.derivative)
    if sample.fuzzy and plain_jump[1] == 0:
        wrong = f"`{sample.roles.received}` does not change at all at the cutoff"
        raise DesignError(
            f"{wrong} within the bandwidth.",
            do="Leave `received` out for the effect of being on the treated side, or check the column.",
        )
    ratio = sample.fuzzy
    value = float(plain_jump[0] / plain_jump[1]) if ratio else float(plain_jump[0])
    combine = (
        jump.loadings @ np.array([1.0, -value]) / plain_jump[1] if ratio else jump.loadings[:, 0]
    )
    moved = float(jump.corrected @ combine)
    corrected = value + moved if ratio else moved
    robust = [one.values @ combine * factor for one in jump.robust]
    both = [one.values @ jump.loadings * factor for one in jump.robust]
    covariance = np.asarray(sum(one.T @ one for one in both))
    sign = 1.0 if ratio else sample.sign
    clustered = sample.labels is not None
    held = _held(jump, clustered=clustered)
    joined = robust[0] - robust[1] if clustered else np.concatenate(robust)
    return Effect(
        value=sign * value,
        corrected=sign * corrected,
        plain=_error([one.values @ combine * factor for one in jump.plain], jump.plain),
        robust=_error(robust, jump.robust),
        joined=_joined(joined, jump.robust, clustered=clustered),
        bands=bands,
        jump=jump,
        scale=float(plain_jump[1]) if ratio else 1.0,
        reduced=float(right_jump[0]) * sample.sign,
        first=float(right_jump[1]) * sample.sign if ratio else 1.0,
        first_error=float(np.sqrt(covariance[1, 1])) if ratio else 0.0,
        covariance=covariance,
        loadings=combine,
        contribution=joined,
        straddling=int((held[0] & held[1]).sum()) if clustered else 0,
        held=(int(held[0].sum()), int(held[1].sum())),
    )


def _held(jump: Jump, *, clustered: bool) -> tuple[Ints, Ints]:
    """Return which clusters have rows in either window (rows themselves without clusters)."""
    if not clustered:
        low, high = (np.ones(len(side.x), dtype=bool) for side in jump.windows)
        return low, high
    made = []
    for side, one in zip(jump.windows, jump.plain, strict=True):
        assert side.cluster is not None  # noqa: S101 (clustered)
        seen = np.zeros(len(one.values), dtype=bool)
        seen[side.cluster] = True
        made.append(seen)
    return made[0], made[1]


def _error(parts: list[Floats], made: tuple[Scores, Scores]) -> Error:
    """Return the error when the two sides are independent."""
    variance = sum(float(part @ part) for part in parts)
    low, high = made[0].working, made[1].working
    if low is None or high is None or len(low) > MOST_CLUSTERS:
        return Error(math.sqrt(variance), math.nan)
    top = (np.trace(low) + np.trace(high)) ** 2
    bottom = float((low**2).sum() + (high**2).sum())
    return Error(math.sqrt(variance), float(top / bottom) if bottom > 0 else math.nan)


def _joined(total: Floats, made: tuple[Scores, Scores], *, clustered: bool) -> Error:
    """Return the error when the scores of a cluster on both sides are added first."""
    low, high = made[0].working, made[1].working
    known = clustered and low is not None and high is not None and len(total) <= MOST_CLUSTERS
    df = satterthwaite(low + high) if known else math.nan  # type: ignore[operator]
    return Error(math.sqrt(float(total @ total)), df)
