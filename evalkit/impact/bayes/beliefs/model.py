"""A belief about an effect before the data: a shape, or several of them kept whole, and its words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evalkit.impact.bayes.beliefs.shape import (
    Part,
    cumulative,
    moments,
    quantile,
    sample,
)
from evalkit.impact.bayes.beliefs.shape import (
    log_density as part_log_density,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Belief:
    """A prior for an effect, in outcome units.

    Attributes
    ----------
    mean, sd : float
        Of the whole belief: the normal distribution that a model with a normal prior takes.
    df : float
        Degrees of freedom where it is one Student t (its standard deviation is `sd`); else infinite.
    words : str
        What it says, in a sentence or two.
    source : str
        Where it comes from: ``"given"``, ``"default"``, ``"quantiles"``, ``"chips"``,
        ``"stakeholders"``, ``"research"``, ``"belief"``, ``"sceptical"``, ``"enthusiastic"``.
    table : pandas.DataFrame
        What it was made from, beside what became of it; columns by source.
    parts : tuple of Part
        The whole of it: shapes with weights that add to one.
    """

    mean: float
    sd: float
    df: float
    words: str
    source: str
    table: pd.DataFrame = field(repr=False)
    parts: tuple[Part, ...]


def believed(
    parts: Sequence[Part], source: str, table: pd.DataFrame, say: str, *, unit: str = ""
) -> Belief:
    """Return the belief made of these parts, with its mean, spread and range put in words.

    Parameters
    ----------
    parts : sequence of Part
        Their weights are made to add to one.
    source : str
    table : pandas.DataFrame
    say : str
        Sentence about where it comes from, put first.
    unit : str
        Unit of the outcome, for the sentence.
    """
    total = sum(part.weight for part in parts)
    whole = tuple(part.with_weight(part.weight / total) for part in parts)
    mean, sd = mixture_moments(whole)
    alone = whole[0] if len(whole) == 1 else None
    df = alone.df if alone is not None else math.inf
    low, high = (float(one) for one in mixture_quantile(whole, [0.025, 0.975]))
    above = 1 - float(mixture_cumulative(whole, [0.0])[0])
    of = f" {unit}" if unit else ""
    words = (
        f"{say} Before the data: an effect between {low:.3g} and {high:.3g}{of} is held 95 % likely, "
        f"around {mean:.3g}; above zero {100 * above:.0f} % likely."
    )
    return Belief(mean, sd, df, words.strip(), source, table, whole)


def mixture_moments(parts: Sequence[Part]) -> tuple[float, float]:
    """Return mean and standard deviation of shapes with weights that add to one."""
    found = [moments(part) for part in parts]
    mean = sum(part.weight * one for part, (one, _) in zip(parts, found, strict=True))
    variance = sum(
        part.weight * (sd**2 + (one - mean) ** 2)
        for part, (one, sd) in zip(parts, found, strict=True)
    )
    return mean, math.sqrt(variance)


def mixture_cumulative(parts: Sequence[Part], at: ArrayLike) -> Floats:
    """Return the distribution function of shapes with weights that add to one."""
    points = np.asarray(at, dtype=float)
    return np.asarray(sum(part.weight * cumulative(part, points) for part in parts), dtype=float)


def mixture_quantile(parts: Sequence[Part], at: ArrayLike) -> Floats:
    """Return quantiles, by halving between the smallest and largest of the parts' own."""
    levels = np.asarray(at, dtype=float)
    own = np.array([quantile(part, levels) for part in parts])
    low, high = own.min(axis=0), own.max(axis=0)
    for _ in range(80 if len(parts) > 1 else 0):
        middle = (low + high) / 2
        under = mixture_cumulative(parts, middle) < levels
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return np.asarray((low + high) / 2)


def log_density(belief: Belief, at: ArrayLike) -> Floats:
    """Return the log of the belief's density, for power-scaling and importance weights.

    Minus infinity where a skewed belief gives no chance at all.

    Parameters
    ----------
    belief : Belief
    at : array_like
        Effects in outcome units, of any shape.
    """
    points = np.asarray(at, dtype=float)
    logs = [math.log(part.weight) + part_log_density(part, points) for part in belief.parts]
    return np.asarray(np.logaddexp.reduce(np.array(logs), axis=0))


def draws_of(belief: Belief, count: int, seed: int) -> Floats:
    """Return draws from the whole belief, for prior against posterior.

    Parameters
    ----------
    belief : Belief
    count : int
    seed : int
    """
    rng = np.random.default_rng([seed, 29])
    shares = np.array([part.weight for part in belief.parts])
    which = rng.choice(len(shares), size=count, p=shares / shares.sum())
    drawn = np.array([sample(part, count, rng) for part in belief.parts])
    return np.asarray(drawn[which, np.arange(count)])


def distance_to_normal(belief: Belief) -> float:
    """Return how far the belief is from its normal approximation: the largest gap in probability."""
    from scipy.special import ndtr

    levels = np.linspace(0.005, 0.995, 199)
    grid = np.union1d(
        mixture_quantile(belief.parts, levels), belief.mean + belief.sd * np.linspace(-3, 3, 121)
    )
    normal = ndtr((grid - belief.mean) / belief.sd)
    return float(np.abs(mixture_cumulative(belief.parts, grid) - normal).max())


def summary_table(beliefs: Sequence[tuple[str, Belief]], level: float = 0.95) -> pd.DataFrame:
    """Return beliefs side by side: name, source, mean, sd, ends, probability above zero, words."""
    rows = []
    for name, one in beliefs:
        low, high = mixture_quantile(one.parts, [(1 - level) / 2, (1 + level) / 2])
        rows.append(
            {
                "prior": name,
                "source": one.source,
                "mean": one.mean,
                "sd": one.sd,
                "low": float(low),
                "high": float(high),
                "p_above_zero": 1 - float(mixture_cumulative(one.parts, [0.0])[0]),
                "words": one.words,
            }
        )
    return pd.DataFrame(rows)
