"""Tests of an effect when the trends of two groups may differ by a bounded amount.

Rambachan and Roth (2023) bound what the difference in trends may do after the start. Every
restriction used here has the form ``|u[t]| <= bound`` for each step ``u[t]`` of the difference
after the start (a step is a first or a second difference), where the bound is a number or a
multiple of one step before the start. The effect is then tested by the conditional test of
Andrews, Roth and Pakes (2023, Review of Economic Studies 90) and its hybrid with the
least-favourable one.

The linear programme of that test is solved in closed form. With ``b`` the estimate that would be
right if all steps after the start were zero, ``c`` the weights of the steps in the effect, and
``s[t, +-]`` the standard error of each of the inequalities, its dual has these vertices only:
plus or minus all steps at once, ``(+-(b - effect) - sum|c| bound) / sum(|c[t]| s[t, +-])``, and both
inequalities of one step, ``-2 bound / (s[t, +] + s[t, -])``, of which the largest and the smallest
divisor are enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.least_squares import Floats

FIRST_STAGE = 0.1
"""Share of the error rate given to the least-favourable stage (Rambachan and Roth 2023, sec. 3.3)."""
ANGLES = 240
POINTS = 121
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Steps:
    """The estimated steps after the start, and what bounds them.

    Attributes
    ----------
    b : float
        Estimate of the effect when every step after the start is zero.
    own : ndarray, shape (n_post, m)
        Each estimated step as a linear function of the event-study coefficients.
    before : ndarray, shape (P, m), or None
        The steps before the start, any of which may be the largest, with either sign; None when
        the bound is a number.
    weights : ndarray, shape (n_post,)
        Weight of each step in the effect.
    beta, covariance : ndarray, shapes (m,), (m, m)
    """

    b: float
    own: Floats
    before: Floats | None
    weights: Floats
    beta: Floats
    covariance: Floats


@dataclass(frozen=True, slots=True)
class Vertices:
    """The vertices of the dual as functions of ``(a, b - effect)``, ``a`` being the step before.

    Shapes: ``slopes`` (K, P, 4, 2), ``constants`` (K, P, 4), ``spread`` (P, 2, 2), ``a`` (P,) for K
    bounds and P candidates for the largest step before the start.
    """

    slopes: Floats
    constants: Floats
    spread: Floats
    a: Floats
    b: float


def vertices(steps: Steps, bounds: Floats) -> Vertices:
    """Return the vertices of the dual for each bound and each step that may be the largest."""
    m = len(steps.beta)
    fixed = steps.before is None
    before = np.zeros((1, m)) if steps.before is None else steps.before
    all_steps = steps.weights @ steps.own
    covariance = steps.covariance
    own = np.einsum("tm,mn,tn->t", steps.own, covariance, steps.own)
    cross = before @ covariance @ steps.own.T
    lead = np.einsum("pm,mn,pn->p", before, covariance, before)
    k = np.zeros(len(bounds)) if fixed else bounds
    variances = [
        own - side * 2 * k[:, None, None] * cross + (k[:, None] ** 2 * lead)[:, :, None]
        for side in (1, -1)
    ]
    up, down = (np.sqrt(np.maximum(one, TINY * own.max())) for one in variances)
    size = np.abs(steps.weights)
    rising = steps.weights > 0
    divisors = [np.where(rising, one, other) @ size for one, other in ((up, down), (down, up))]
    both = up + down
    total = size.sum() * bounds[:, None]
    parts = [-total / divisors[0], -total / divisors[1]]
    parts += [-2 * bounds[:, None] / both.min(axis=2), -2 * bounds[:, None] / both.max(axis=2)]
    on_bound = np.stack(parts, axis=2)
    on_effect = np.zeros_like(on_bound)
    on_effect[:, :, 0], on_effect[:, :, 1] = 1 / divisors[0], -1 / divisors[1]
    on_a, constants = (
        (np.zeros_like(on_bound), on_bound) if fixed else (on_bound, np.zeros_like(on_bound))
    )
    pair = np.stack([before, np.broadcast_to(all_steps, before.shape)], axis=1)
    spread = np.einsum("pim,mn,pjn->pij", pair, covariance, pair)
    return Vertices(
        np.stack([on_a, on_effect], axis=3), constants, spread, before @ steps.beta, steps.b
    )


def least_favourable(made: Vertices, level: float) -> Floats:
    """Return the critical values of the least-favourable stage, shape (K, P).

    The vertices are functions of two Gaussians, so the chance that none exceeds ``c`` is an
    integral over the angle: ``1 - mean(exp(-c^2 / (2 m(angle)^2)))``, `m` the largest vertex on the
    unit circle. It is solved by bisection; nothing is drawn.
    """
    values, vectors = np.linalg.eigh(made.spread)
    root = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    angle = (np.arange(ANGLES) + 0.5) * (2 * np.pi / ANGLES)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    largest = np.maximum((made.slopes @ root[None] @ circle).max(axis=2), 0.0)
    square = np.maximum(largest**2, 1e-300)
    low, high = np.zeros(square.shape[:2]), np.full(square.shape[:2], 40.0)
    for _ in range(32):
        middle = 0.5 * (low + high)
        beyond = np.exp(-(middle[:, :, None] ** 2) / (2 * square)).mean(axis=2)
        low, high = np.where(beyond > level, middle, low), np.where(beyond > level, high, middle)
    return high


def tested(made: Vertices, critical: Floats, effects: Floats) -> tuple[Floats, Floats]:
    """Return the statistic of each effect and its conditional p-value, shapes (K, P, L).

    Parameters
    ----------
    critical : ndarray, shape (K, P)
        Of the least-favourable stage.
    effects : ndarray, shape (K, L)
        Effects to test under each bound.
    """
    gap = made.b - effects
    values = (
        made.slopes[:, :, None, :, 0] * made.a[None, :, None, None]
        + made.slopes[:, :, None, :, 1] * gap[:, None, :, None]
        + made.constants[:, :, None, :]
    )
    best = values.argmax(axis=3)
    top = np.take_along_axis(values, best[..., None], axis=3)[..., 0]
    products = np.einsum("kpui,pij,kpvj->kpuv", made.slopes, made.spread, made.slopes)
    chosen = np.take_along_axis(products[:, :, None], best[..., None, None], axis=3)[..., 0, :]
    variance = np.take_along_axis(chosen, best[..., None], axis=3)
    return top, _conditional_p(values, top, chosen, variance, critical)


def accepted(made: Vertices, critical: Floats, effects: Floats, alpha: float) -> NDArray[np.bool_]:
    """Return whether each effect is accepted for any candidate of the largest step, shape (K, L).

    Parameters
    ----------
    critical : ndarray, shape (K, P)
        Of the least-favourable stage, at ``FIRST_STAGE * alpha``.
    effects : ndarray, shape (K, L)
    """
    top, p = tested(made, critical, effects)
    first = FIRST_STAGE * alpha
    refused = (top > 0) & ((top > critical[:, :, None]) | (p < (alpha - first) / (1 - first)))
    return np.asarray((~refused).any(axis=1))


def _conditional_p(
    values: Floats, top: Floats, chosen: Floats, variance: Floats, critical: Floats
) -> Floats:
    """Return the chance to exceed the largest vertex, given that it is the largest.

    A normal truncated to where this vertex stays the largest when the part of the moments that is
    independent of it is held fixed, and to below the least-favourable critical value.
    """
    from scipy.special import log_ndtr

    known = variance > TINY
    slope = chosen / np.where(known, variance, 1.0)
    away = 1 - slope
    # The vertex itself has slope 1 up to rounding; so have copies of it, which never bind.
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = (values - slope * top[..., None]) / away
    low = np.where(away > 1e-9, crossing, -np.inf).max(axis=3)
    high = np.where(away < -1e-9, crossing, np.inf).min(axis=3)
    high = np.minimum(high, critical[:, :, None])
    sd = np.sqrt(np.where(known, variance, 1.0))[..., 0]
    ends = [log_ndtr(-end / sd) for end in (np.minimum(low, top), top, np.maximum(high, top))]
    with np.errstate(divide="ignore", invalid="ignore"):
        above = np.exp(ends[2] - ends[0])
        p = (np.exp(ends[1] - ends[0]) - above) / (1 - above)
    return np.where(known[..., 0] & np.isfinite(p), p, 0.0)


def accepts(steps: Steps, bounds: Floats, effect: float, alpha: float) -> NDArray[np.bool_]:
    """Return whether one effect is accepted under each bound, shape (K,)."""
    made = vertices(steps, bounds)
    critical = least_favourable(made, FIRST_STAGE * alpha)
    return accepted(made, critical, np.full((len(bounds), 1), effect), alpha)[:, 0]


def confidence_set(steps: Steps, bounds: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Return the ends of the set of effects that are not refused under each bound.

    The set is searched on a grid that is widened until both its ends are refused, and its ends are
    then found by bisection; a gap inside the set is filled.

    Parameters
    ----------
    bounds : ndarray, shape (K,)
    alpha : float
        Error rate.

    Returns
    -------
    low, high : ndarray, shape (K,)
        Infinite where nothing is refused however far one looks.
    """
    made = vertices(steps, bounds)
    critical = least_favourable(made, FIRST_STAGE * alpha)
    size = np.abs(steps.weights).sum() * bounds
    largest = np.abs(made.a).max() if steps.before is not None else 1.0
    error = np.sqrt(made.spread[0, 1, 1])
    lead = np.sqrt(made.spread[:, 0, 0].max())
    reach = size * (largest + 4 * lead) + 5 * error
    grid = np.linspace(-1, 1, POINTS)
    for _ in range(12):
        effects = made.b + reach[:, None] * grid
        inside = accepted(made, critical, effects, alpha)
        wide = inside[:, 0] | inside[:, -1]
        if not wide.any():
            break
        reach = np.where(wide, 2 * reach, reach)
    return _ends(made, critical, (effects, inside), alpha)


def _ends(
    made: Vertices, critical: Floats, searched: tuple[Floats, NDArray[np.bool_]], alpha: float
) -> tuple[Floats, Floats]:
    effects, inside = searched
    rows = np.arange(len(effects))
    some = inside.any(axis=1)
    first, last = inside.argmax(axis=1), inside.shape[1] - 1 - inside[:, ::-1].argmax(axis=1)
    found = []
    for place, step in ((first, -1), (last, 1)):
        beyond = np.clip(place + step, 0, inside.shape[1] - 1)
        good, bad = effects[rows, place], effects[rows, beyond]
        endless = some & inside[rows, beyond]
        for _ in range(30):
            middle = 0.5 * (good + bad)
            ok = accepted(made, critical, middle[:, None], alpha)[:, 0]
            good, bad = np.where(ok, middle, good), np.where(ok, bad, middle)
        found.append(np.where(endless, step * np.inf, np.where(some, good, np.nan)))
    return found[0], found[1]
