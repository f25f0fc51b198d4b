"""How far trends may differ before a conclusion falls: Rambachan and Roth (2023).

Takes the coefficients of an event study and their covariance, from whatever estimator, and returns
the interval of an effect for each bound on the difference in trends, and the bound at which the
interval first holds zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import DesignError, nearest
from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.least_squares import Floats
from evalkit.impact.trends.arp import Steps, accepts, confidence_set
from evalkit.impact.trends.flci import fixed_length

Kind = Literal["relative_magnitudes", "smoothness", "relative_smoothness"]
Flags = NDArray[np.bool_]
KINDS: tuple[Kind, ...] = get_args(Kind)
MULTIPLES = (0.5, 1.0, 1.5, 2.0)
"""Bounds where none are given: so many times what was seen before the start."""
FURTHEST = 1e4
"""A breakdown beyond this multiple of what was seen before is called infinite."""
SEARCH = 12
COLUMNS = ("target", "restriction", "method", "bound", "estimate", "low", "high", "holds_zero")
HYBRID = "conditional and least-favourable hybrid test"
FIXED = "fixed-length interval"
WORDS = {
    "relative_magnitudes": "relative magnitudes",
    "smoothness": "smoothness",
    "relative_smoothness": "relative smoothness",
}


@dataclass(frozen=True, slots=True)
class Honest:
    """Intervals of one effect under growing differences in trends.

    Attributes
    ----------
    kind : str
        What is bounded; see `honest`.
    method : str
        How the intervals are made.
    estimate, std_error : float
        The effect when trends are parallel.
    level : float
    bounds, low, high : tuple of float
        The interval under each bound.
    breakdown : float
        Largest bound under which an effect of zero is refused: 0 when it is not refused even where
        the bound is zero, infinite when it is under every bound up to ``FURTHEST`` times what was
        seen before.
    unit : float
        What one unit of the bound is in the outcome's units: the largest step (or bend) of the
        coefficients before the start for relative bounds, else 1.
    """

    kind: Kind
    method: str
    estimate: float
    std_error: float
    level: float
    bounds: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    breakdown: float
    unit: float


def honest(
    beta: Sequence[float] | Floats,
    covariance: Floats,
    n_pre: int,
    n_post: int,
    *,
    weights: Sequence[float] | Floats | None = None,
    kind: Kind = "relative_magnitudes",
    bounds: Sequence[float] | Floats | None = None,
    level: float = 0.95,
) -> Honest:
    """Return the intervals of an effect when trends may differ by a bounded amount.

    Parameters
    ----------
    beta : sequence of float, shape (n_pre + n_post,)
        Event-study coefficients in the order of time, the reference period (the last before the
        start) left out. Periods must follow each other without gaps.
    covariance : ndarray, shape (n_pre + n_post, n_pre + n_post)
        Their covariance.
    n_pre, n_post : int
        Coefficients before the reference period, and after it.
    weights : sequence of float, shape (n_post,), optional
        The effect is ``weights @ beta[n_pre:]``; left out, the first treated period.
    kind : {"relative_magnitudes", "smoothness", "relative_smoothness"}
        ``relative_magnitudes``: from one period to the next after the start the difference in
        trends changes by at most `bound` times its largest change before it. ``smoothness``: its
        slope changes by at most `bound` (in the outcome's units) from one period to the next.
        ``relative_smoothness``: by at most `bound` times the largest such change before.
    bounds : sequence of float, optional
        Left out: 0.5, 1, 1.5 and 2; for smoothness 0 (a straight line) and these, times the largest
        change of slope before the start (with one coefficient before: times its standard error).
    level : float

    Returns
    -------
    Honest
        Intervals and breakdown value. Intervals of ``smoothness`` have a fixed length; the others
        invert the hybrid of the conditional and the least-favourable test.

    Raises
    ------
    DesignError
        When the shapes do not fit, values are not finite, or the kind needs more periods.

    References
    ----------
    Rambachan and Roth (2023), Review of Economic Studies 90; Andrews, Roth and Pakes (2023), same.
    """
    b, v = np.asarray(beta, dtype=float), np.asarray(covariance, dtype=float)
    weight = np.eye(1, max(n_post, 1))[0] if weights is None else np.asarray(weights, dtype=float)
    _refuse(b, v, n_pre, n_post, weight)
    _refuse_kind(kind, n_pre, level)
    error = math.sqrt(float(weight @ v[n_pre:, n_pre:] @ weight))
    # All is computed in standard errors of the effect: nothing depends on the outcome's unit.
    scaled, scaled_v = b / error, v / error**2
    unit = _unit(b, v, n_pre, kind)
    relative = kind != "smoothness"
    usual = np.array(MULTIPLES if relative else (0.0, *MULTIPLES)) * (1.0 if relative else unit)
    tried = usual if bounds is None else bounds
    tried = np.asarray(tried, dtype=float)
    if not (np.isfinite(tried).all() and (tried >= 0).all()):
        raise DesignError(
            "Bounds on the difference in trends must be finite and not below zero.",
            do="Give bounds such as 0.5, 1, 2.",
        )
    intervals, holds_zero = _tests(scaled, scaled_v, n_pre, weight, kind, 1 - level)
    factor = 1.0 if relative else error
    low, high = intervals(tried / factor)
    start = 1.0 if relative else unit / error
    return Honest(
        kind=kind,
        method=HYBRID if relative else FIXED,
        estimate=float(weight @ b[n_pre:]),
        std_error=error,
        level=level,
        bounds=tuple(tried.tolist()),
        low=tuple((low * error).tolist()),
        high=tuple((high * error).tolist()),
        breakdown=_breakdown(holds_zero, start) * factor,
        unit=unit if relative else 1.0,
    )


def _refuse(b: Floats, v: Floats, n_pre: int, n_post: int, weight: Floats) -> None:
    m = n_pre + n_post
    if n_pre < 1 or n_post < 1 or b.shape != (m,) or v.shape != (m, m) or weight.shape != (n_post,):
        raise DesignError(
            f"The event study has {b.shape} coefficients, {v.shape} covariances and {weight.shape} "
            f"weights, which do not fit {n_pre} periods before and {n_post} after the reference.",
            do="Leave out the reference period, put periods in order, and count at least one before.",
        )
    if not (np.isfinite(b).all() and np.isfinite(v).all() and np.isfinite(weight).all()):
        raise DesignError(
            "Some coefficients or covariances of the event study are missing or infinite.",
            do="Leave out periods whose effect cannot be estimated.",
        )
    if not weight @ v[n_pre:, n_pre:] @ weight > 0 or not (np.diag(v) > 0).all():
        raise DesignError(
            "The event study has coefficients without sampling error.",
            do="Check that each period holds more than one cluster on either side.",
        )


def _refuse_kind(kind: str, n_pre: int, level: float) -> None:
    if kind not in KINDS:
        raise DesignError(
            f"`kind: {kind}` is unknown.{nearest(str(kind), KINDS)}",
            do=f"Write one of: {', '.join(KINDS)}.",
        )
    if kind == "relative_smoothness" and n_pre < 2:
        raise DesignError(
            "One coefficient before the reference shows no change of slope to compare with.",
            do="Use `relative_magnitudes`, or add earlier periods.",
        )
    if not 0.5 < level < 1:
        raise DesignError(
            f"`level: {level}` is no confidence level.", do="Write 0.95, 0.9 or the like."
        )


def _differences(n_pre: int, n_post: int, order: int) -> Floats:
    """Return differences of the given order as functions of the coefficients (reference = 0)."""
    eye = np.eye(n_pre + n_post)
    path = np.vstack([eye[:n_pre], np.zeros((1, n_pre + n_post)), eye[n_pre:]])
    return np.asarray(np.diff(path, n=order, axis=0))


def _unit(b: Floats, v: Floats, n_pre: int, kind: Kind) -> float:
    """Return the largest step (or bend) of the coefficients before the start."""
    order = 1 if kind == "relative_magnitudes" else 2
    before = _differences(n_pre, len(b) - n_pre, order)[: n_pre + 1 - order]
    largest = float(np.abs(before @ b).max()) if len(before) else 0.0
    return largest if largest > 0 else math.sqrt(float(v[n_pre - 1, n_pre - 1]))


def _tests(
    b: Floats, v: Floats, n_pre: int, weight: Floats, kind: Kind, alpha: float
) -> tuple[Callable[[Floats], tuple[Floats, Floats]], Callable[[Floats], Flags]]:
    """Return what gives, for many bounds at once, the intervals, and whether zero is accepted."""
    if kind == "smoothness":

        def fixed(bounds: Floats) -> tuple[Floats, Floats]:
            return fixed_length(b, v, n_pre, weight, bounds, alpha)

        def straddles(bounds: Floats) -> Flags:
            low, high = fixed(bounds)
            return np.asarray((low <= 0) & (high >= 0))

        return fixed, straddles
    steps = steps_of(b, v, n_pre, weight, 1 if kind == "relative_magnitudes" else 2)
    return (
        lambda bounds: confidence_set(steps, bounds, alpha),
        lambda bounds: accepts(steps, bounds, 0.0, alpha),
    )


def steps_of(b: Floats, v: Floats, n_pre: int, weight: Floats, order: int) -> Steps:
    """Return what the tests need: steps (first or second differences) after and before the start.

    An effect is a sum of steps: with weights ``l``, the weight of step ``t`` is the sum of ``l[s]``
    over ``s >= t`` for first differences, and the sum of that again for second ones.
    """
    all_steps = _differences(n_pre, len(b) - n_pre, order)
    own, before = all_steps[n_pre + 1 - order :], all_steps[: n_pre + 1 - order]
    c = weight
    for _ in range(order):
        c = np.cumsum(c[::-1])[::-1]
    return Steps(float(c @ own @ b), own, np.vstack([before, -before]), c, b, v)


def _breakdown(holds_zero: Callable[[Floats], Flags], start: float) -> float:
    """Return the largest bound under which zero is refused, by widening and narrowing a grid."""
    far = start * np.concatenate([[0.0], np.geomspace(1e-3, FURTHEST, 2 * SEARCH)])
    held = holds_zero(far)
    if held[0]:
        return 0.0
    if not held.any():
        return math.inf
    place = int(held.argmax())
    low, high = float(far[place - 1]), float(far[place])
    for _ in range(4):
        grid = np.linspace(low, high, SEARCH + 1)
        inside = holds_zero(grid[1:])
        place = int(inside.argmax()) if inside.any() else SEARCH - 1
        low, high = float(grid[place]), float(grid[place + 1])
    return low


def table(found: Sequence[tuple[str, Honest]]) -> pd.DataFrame:
    """Return the intervals as a tidy table, one row for each target, restriction and bound.

    Parameters
    ----------
    found : sequence of (str, Honest)
        What each effect is, and its intervals.
    """
    rows = []
    for target, one in found:
        shared = {
            "target": target,
            "restriction": WORDS[one.kind],
            "method": one.method,
            "estimate": one.estimate,
        }
        for bound, low, high in zip(one.bounds, one.low, one.high, strict=True):
            ends = {"bound": bound, "low": low, "high": high, "holds_zero": low <= 0 <= high}
            rows.append({**shared, **ends})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def breakdown_table(found: Sequence[tuple[str, Honest]]) -> pd.DataFrame:
    """Return the breakdown value of each target and restriction.

    `unit` is what a bound of one is in the outcome's units.
    """
    rows = [
        {
            "target": target,
            "restriction": WORDS[one.kind],
            "method": one.method,
            "breakdown": one.breakdown,
            "unit": one.unit,
        }
        for target, one in found
    ]
    return pd.DataFrame(rows, columns=["target", "restriction", "method", "breakdown", "unit"])


def honest_check(found: Honest, target: str = "the first treated period") -> Check:
    """Return the check that says how far trends may differ before the conclusion falls.

    Pass when the interval leaves out zero even where trends drift apart after the start as much as
    the most they did before (a bound of 1); concern when they may drift less than that;
    information when zero is inside even under nearly parallel trends, where there is no conclusion
    to overturn.
    """
    name = f"sensitivity to non-parallel trends ({WORDS[found.kind]})"
    breakdown = found.breakdown
    verdict, reading = _reading(found)
    shown = "; ".join(
        f"{bound:.3g}: {low:.3g} to {high:.3g}"
        for bound, low, high in zip(found.bounds, found.low, found.high, strict=True)
    )
    statistic = breakdown if math.isfinite(breakdown) else None
    meaning = (
        f"Suppose that {_supposed(found)}. The {found.level:.0%} interval of the effect in {target} "
        f"is then, by the bound ({shown}). {reading} (Rambachan and Roth 2023; {found.method}.)"
    )
    return Check(name, statistic, None, verdict, meaning)


def _supposed(found: Honest) -> str:
    if found.kind == "relative_magnitudes":
        return (
            "after the start the two groups drift apart, from one period to the next, by up to a "
            f"bound times the most they did before it (estimated at {found.unit:.3g})"
        )
    if found.kind == "smoothness":
        return (
            "the two groups follow different trends whose slopes drift apart by up to a bound (in "
            "the outcome's units) from one period to the next; 0 is a straight line"
        )
    return (
        "the slope of the difference in trends changes, from one period to the next, by up to a "
        f"bound times the most it did before the start (estimated at {found.unit:.3g})"
    )


def _reading(found: Honest) -> tuple[Verdict, str]:
    breakdown = found.breakdown
    if breakdown == 0:
        return "information", (
            "Zero is inside even where the bound is zero, so there is no conclusion about the sign "
            "that differing trends could overturn; this is not evidence of no effect."
        )
    if math.isinf(breakdown):
        return "pass", "Zero is outside under every bound that was tried."
    words = f"Zero is outside up to a bound of {breakdown:.3g}"
    if found.kind == "smoothness":
        return "information", (
            f"{words}: whether trends could bend more than that is a matter for argument about this "
            "outcome, not for these data."
        )
    if breakdown >= 1:
        return "pass", (
            f"{words}: trends would have to differ more after the start than they ever did before "
            "for the sign to be in doubt. Whether they did, no data say."
        )
    return "concern", (
        f"{words}: a difference in trends smaller than the largest before the start is enough to "
        "put the sign of the effect in doubt."
    )
