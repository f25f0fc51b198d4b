"""The Anderson-Rubin confidence set: every effect that the instruments do not refuse.

It holds whatever the strength of the instruments. For a tested effect ``b``, the outcome less ``b``
times the treatment should not move with the instruments. The set may be an interval, two rays, the
whole line, or empty; all of these are results.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from evalkit.impact.instruments.reduced import Reduced
from evalkit.impact.least_squares import Floats

GRID = 2001
BISECTIONS = 60


@dataclass(frozen=True, slots=True)
class Moments:
    """The reduced form and first stage as far as the test needs them.

    The robust statistic of ``b`` is ``g' V^-1 g / K`` with ``g = to_y - b to_d`` and
    ``V = P'P``, ``P = parts_y - b parts_d``.
    """

    to_y: Floats
    to_d: Floats
    vyy: Floats
    vyd: Floats
    vdd: Floats
    df: float
    scale: float
    centre: float
    norms: Floats
    robust: bool

    def shifted(self, direct: Floats) -> Moments:
        """Return the moments when instruments have direct effects on the outcome, shape (K,)."""
        return replace(self, to_y=self.to_y - direct * self.norms)


@dataclass(frozen=True, slots=True)
class ConfidenceSet:
    """A confidence set as intervals in order, each with ends that may be infinite.

    ``p_value`` is that of no effect.
    """

    pieces: tuple[tuple[float, float], ...]
    p_value: float
    df: float

    @property
    def shape(self) -> str:
        """One of "empty", "interval", "whole line", "unbounded" (a ray), "disjoint"."""
        if not self.pieces:
            return "empty"
        if len(self.pieces) > 1:
            return "disjoint"
        low, high = self.pieces[0]
        ends = math.isinf(low) + math.isinf(high)
        return ("interval", "unbounded", "whole line")[ends]

    @property
    def hull(self) -> tuple[float, float]:
        """Smallest interval that holds the set; nan where it is empty."""
        if not self.pieces:
            return math.nan, math.nan
        return self.pieces[0][0], self.pieces[-1][1]


def moments(reduced: Reduced, *, robust: bool = True) -> Moments:
    """Return what the test needs.

    Parameters
    ----------
    robust : bool
        By clusters (CR2) or rows (HC2); otherwise under equal spread.
    """
    # Instruments of norm one: otherwise their units would decide what counts as singular.
    norms = np.linalg.norm(reduced.z, axis=0)
    py, pd = reduced.of_y.parts * norms, reduced.of_d.parts * norms
    to_y, to_d, z = reduced.to_y * norms, reduced.to_d * norms, reduced.z / norms
    gram = z.T @ z
    if robust:
        vyy, vyd, vdd = py.T @ py, py.T @ pd, pd.T @ pd
        df = float(np.nanmin(reduced.of_d.df))
        if reduced.count > 1:
            df = float(reduced.groups - 1 if reduced.units is not None else reduced.df)
    else:
        inverse = np.linalg.inv(gram)
        ey, ed = reduced.y - z @ to_y, reduced.d - z @ to_d
        vyy, vyd, vdd = (
            inverse * float(a @ b) / reduced.df for a, b in ((ey, ey), (ey, ed), (ed, ed))
        )
        df = float(reduced.df)
    centre = float(to_d @ gram @ to_y) / float(to_d @ gram @ to_d)
    scale = math.sqrt(float(reduced.y @ reduced.y) / float(reduced.d @ reduced.d))
    return Moments(to_y, to_d, vyy, vyd, vdd, df, scale or 1.0, centre, norms, robust)


def statistic(made: Moments, b: Floats) -> Floats:
    """Return the F statistic of each tested effect; infinite ones test the first stage alone."""
    far = np.isinf(b)
    # Directions (u, v) with b = v / u keep infinite effects finite.
    u, v = np.where(far, 0.0, 1.0), np.where(far, 1.0, b / made.scale)
    size = np.hypot(u, v)
    u, v = u / size, v / size * made.scale
    g = u[:, None] * made.to_y - v[:, None] * made.to_d
    cross = made.vyd + made.vyd.T
    u2, uv, v2 = (one[:, None, None] for one in (u * u, u * v, v * v))
    covariance = u2 * made.vyy - uv * cross + v2 * made.vdd
    inverse = np.linalg.pinv(covariance, hermitian=True)
    return np.asarray(np.einsum("bi,bij,bj->b", g, inverse, g) / made.to_y.size)


def p_value(made: Moments, b: float) -> float:
    """Return the p-value of the effect `b`."""
    from scipy.special import fdtrc

    left = _df_left(made)
    if not left > 0:
        return math.nan
    f = statistic(made, np.array([b]))[0] * left / made.df
    return float(fdtrc(made.to_y.size, left, f))


def critical(made: Moments, level: float) -> float:
    """Return the largest statistic that is not refused; nan where degrees of freedom are lacking.

    With several instruments and robust errors as for Hotelling's (1931) T-squared: ``df - K + 1``
    of the degrees of freedom are left, and the statistic is scaled by what is lost.
    """
    from scipy.special import fdtri

    left = _df_left(made)
    if not left > 0:
        return math.nan
    return float(fdtri(made.to_y.size, left, level)) * made.df / left


def _df_left(made: Moments) -> float:
    return made.df - made.to_y.size + 1 if made.robust else made.df


def confidence_set(made: Moments, level: float) -> ConfidenceSet:
    """Return every effect that is not refused at ``1 - level``.

    Anderson and Rubin (1949), Annals of Mathematical Statistics 20; robust form as in Andrews,
    Stock and Sun (2019, section 5). With one instrument the ends solve a quadratic equation;
    with more they are found on a grid over the whole line, from the estimate outwards, and refined.
    """
    limit = critical(made, level)
    if not np.isfinite(limit):
        return ConfidenceSet(((-math.inf, math.inf),), math.nan, made.df)
    pieces = _quadratic(made, limit) if made.to_y.size == 1 else _search(made, limit)
    return ConfidenceSet(pieces, p_value(made, 0.0), _df_left(made))


def _quadratic(made: Moments, limit: float) -> tuple[tuple[float, float], ...]:
    """Solve ``(y - b d)^2 <= limit (vyy - 2 b vyd + b^2 vdd)``."""
    y, d = float(made.to_y[0]), float(made.to_d[0])
    vyy, vyd, vdd = (float(one[0, 0]) for one in (made.vyy, made.vyd, made.vdd))
    a, half, c = d * d - limit * vdd, y * d - limit * vyd, y * y - limit * vyy
    inside = half * half - a * c
    if abs(a) <= 1e-14 * d * d:  # the first stage lies exactly at the limit: a ray
        if half == 0:
            return ((-math.inf, math.inf),) if c <= 0 else ()
        end = c / (2 * half)
        return ((end, math.inf),) if half > 0 else ((-math.inf, end),)
    if inside <= 0:
        return () if a > 0 else ((-math.inf, math.inf),)
    low, high = sorted(((half - math.sqrt(inside)) / a, (half + math.sqrt(inside)) / a))
    return ((low, high),) if a > 0 else ((-math.inf, low), (high, math.inf))


def _search(made: Moments, limit: float) -> tuple[tuple[float, float], ...]:
    """Return the pieces where the statistic is at most `limit`, on the line closed at infinity."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, GRID)
    narrow = _width(made)
    points = np.concatenate(
        [made.centre + narrow * np.tan(angles[1:-1]), made.scale * np.tan(angles[1:-1])]
    )
    points = np.unique(np.append(points, _lowest(made, np.unique(points))))
    inside = statistic(made, points) <= limit
    far = bool(statistic(made, np.array([np.inf]))[0] <= limit)
    turns = np.flatnonzero(inside[1:] != inside[:-1])
    ends = [_refine(made, limit, points[j], points[j + 1], inside=bool(inside[j])) for j in turns]
    if inside[0]:
        ends.insert(0, -math.inf if far else float(points[0]))
    if inside[-1]:
        ends.append(math.inf if far else float(points[-1]))
    return tuple(zip(ends[::2], ends[1::2], strict=True))


def _width(made: Moments) -> float:
    """Return the scale on which the statistic changes about its centre: about one standard error."""
    b = made.centre
    spread = float(np.trace(made.vyy - 2 * b * made.vyd + b * b * made.vdd))
    return math.sqrt(spread / float(made.to_d @ made.to_d)) or made.scale


def _lowest(made: Moments, points: Floats) -> float:
    """Return where the statistic is lowest, so that a narrow set is not missed."""
    values = statistic(made, points)
    j = int(np.argmin(values))
    low, high = points[max(j - 1, 0)], points[min(j + 1, len(points) - 1)]
    for _ in range(BISECTIONS):
        thirds = np.array([low + (high - low) / 3, high - (high - low) / 3])
        one, other = statistic(made, thirds)
        low, high = (low, thirds[1]) if one < other else (thirds[0], high)
    return float(0.5 * (low + high))


def _refine(made: Moments, limit: float, low: float, high: float, *, inside: bool) -> float:
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        same = bool(statistic(made, np.array([middle]))[0] <= limit) == inside
        low, high = (middle, high) if same else (low, middle)
    return float(0.5 * (low + high))


def room(made: Moments, level: float) -> float:
    """Return the share of the one instrument's effect on the outcome that the test can do without.

    With that share of it direct, the test of no effect would just not refuse; 0 if it does not now.
    """
    reach = math.sqrt(critical(made, level) * float(made.vyy[0, 0]))
    whole = abs(float(made.to_y[0]))
    return max(1 - reach / whole, 0.0) if whole > reach else 0.0
