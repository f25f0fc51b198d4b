"""One family of shapes for beliefs: normal, with long tails (Student t), or tilted to one side."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Part:
    """One shape: ``centre + scale g(Z)``, Z standard normal or Student t.

    A tilted shape has ``g(Z) = (exp(tilt Z) - 1) / tilt`` with normal Z (Tukey 1977's g; a shifted
    log-normal): its median is the centre, and of two equal steps of probability to either side the
    one upwards is ``exp(tilt z)`` times as long. Without a tilt ``g(Z) = Z``.

    Attributes
    ----------
    centre : float
        The median, in outcome units.
    scale : float
        Above zero.
    tilt : float
        Above zero for a long tail upwards, below for one downwards; such a shape ends at
        ``centre - scale / tilt``.
    df : float
        Degrees of freedom, above 2; infinite for a normal Z. A tilted shape has none.
    weight : float
        Its share in a belief made of several.
    name : str
        Whose it is, where it is someone's.
    """

    centre: float
    scale: float
    tilt: float = 0.0
    df: float = math.inf
    weight: float = 1.0
    name: str = ""

    def with_weight(self, weight: float) -> Part:
        """Return the same shape with another weight."""
        return replace(self, weight=weight)


def normal(mean: float, sd: float, *, weight: float = 1.0, name: str = "") -> Part:
    """Return a normal shape."""
    return Part(mean, sd, weight=weight, name=name)


def student(mean: float, sd: float, df: float) -> Part:
    """Return a symmetric Student t with this standard deviation; normal where `df` is infinite."""
    scale = sd * math.sqrt((df - 2) / df) if math.isfinite(df) else sd
    return Part(mean, scale, df=df)


def moments(part: Part) -> tuple[float, float]:
    """Return mean and standard deviation."""
    if part.tilt:
        square = part.tilt**2
        reach = part.scale / part.tilt
        mean = part.centre + reach * math.expm1(square / 2)
        return mean, abs(reach) * math.sqrt(math.exp(square) * math.expm1(square))
    if math.isinf(part.df):
        return part.centre, part.scale
    return part.centre, part.scale * math.sqrt(part.df / (part.df - 2))


def end_of(part: Part) -> float:
    """Return where a tilted shape ends: nothing beyond has any chance; infinite without a tilt."""
    if not part.tilt:
        return math.inf
    return part.centre - part.scale / part.tilt


def cumulative(part: Part, at: Floats) -> Floats:
    """Return the distribution function."""
    from scipy.special import ndtr, stdtr

    z = _untilted(part, at)
    return np.asarray(ndtr(z) if math.isinf(part.df) else stdtr(part.df, z))


def quantile(part: Part, levels: Floats) -> Floats:
    """Return quantiles."""
    from scipy.special import ndtri, stdtrit

    z = ndtri(levels) if math.isinf(part.df) else stdtrit(part.df, levels)
    return np.asarray(part.centre + part.scale * tilted(z, part.tilt))


def log_density(part: Part, at: Floats) -> Floats:
    """Return the log of the density; minus infinity beyond the end of a tilted shape."""
    z, df = _untilted(part, at), part.df
    if not math.isinf(df):
        constant = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
        return np.asarray(constant - (df + 1) / 2 * np.log1p(z**2 / df) - math.log(part.scale))
    inside = np.isfinite(z)
    known = np.where(inside, z, 0.0)
    logs = -0.5 * math.log(2 * math.pi) - 0.5 * known**2 - part.tilt * known - math.log(part.scale)
    return np.where(inside, logs, -np.inf)


def sample(part: Part, count: int, rng: np.random.Generator) -> Floats:
    """Return draws."""
    if math.isinf(part.df):
        return part.centre + part.scale * tilted(rng.standard_normal(count), part.tilt)
    return np.asarray(part.centre + part.scale * rng.standard_t(part.df, count))


def tilted(z: Floats, tilt: float) -> Floats:
    """Return ``(exp(tilt z) - 1) / tilt``, and `z` itself without a tilt."""
    return np.asarray(np.expm1(tilt * z) / tilt if tilt else z)


def _untilted(part: Part, at: Floats) -> Floats:
    """Return the standard value of each point; infinite beyond the end of a tilted shape."""
    z = (np.asarray(at, dtype=float) - part.centre) / part.scale
    if not part.tilt:
        return z
    inside = 1 + part.tilt * z > 0
    ends = math.copysign(math.inf, -part.tilt)
    return np.where(inside, np.log1p(np.where(inside, part.tilt * z, 0.0)) / part.tilt, ends)
