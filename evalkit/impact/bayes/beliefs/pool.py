"""Several people's beliefs: kept whole side by side, or pooled into one that all could live with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from evalkit.impact.bayes.beliefs.model import (
    Belief,
    believed,
    distance_to_normal,
    mixture_cumulative,
    mixture_moments,
    summary_table,
)
from evalkit.impact.bayes.beliefs.shape import Part, moments, normal

POOLS = ("linear", "logarithmic")
DISAGREE: tuple[tuple[float, str], ...] = (
    (0.5, "They disagree: more of the pooled uncertainty lies between people than within them"),
    (0.2, "They differ"),
    (0.0, "They largely agree"),
)
"""Words for the share of the pooled variance that lies between people, each from that share up."""


def pooled(
    people: Mapping[str, Belief],
    *,
    weights: Mapping[str, float] | None = None,
    pool: str = "linear",
    unit: str = "",
) -> Belief:
    """Return several people's beliefs as one.

    Parameters
    ----------
    people : mapping of str to Belief
        One or more, by whose they are.
    weights : mapping of str to float, optional
        Above zero; equal where left out. They need not add to one.
    pool : {"linear", "logarithmic"}
        ``"linear"``: every belief is kept whole, with its weight; who is sure stays sure, and
        disagreement widens the whole. ``"logarithmic"``: the weighted geometric mean of the
        densities, of normals with each one's mean and spread; it is narrower, and is one hump.
    unit : str

    References
    ----------
    Stone (1961) for the linear pool; Genest and Zidek (1986), "Combining probability
    distributions", section 3, for both.
    """
    names = list(people)
    given = np.array([(weights or {}).get(name, 1.0) for name in names], dtype=float)
    share = given / given.sum()
    whole = linear(people, share)
    parts = whole if pool == "linear" else [logarithmic(people, share)]
    table = summary_table(list(people.items())).rename(columns={"prior": "who"})
    table.insert(1, "weight", share)
    between = between_people(people, share)
    table["share_between_people"] = between
    say = _say(people, share, between, pool)
    made = believed(parts, "stakeholders", table, say, unit=unit)
    if len(made.parts) > 1 and distance_to_normal(made) > 0.05:
        extra = (
            f" A model with a normal prior takes mean {made.mean:.3g} and standard deviation "
            f"{made.sd:.3g}, which misses the whole by up to {distance_to_normal(made):.2f} of "
            "probability; the table keeps each belief."
        )
        return believed(made.parts, "stakeholders", table, say + extra, unit=unit)
    return made


def linear(people: Mapping[str, Belief], share: Sequence[float] | np.ndarray) -> list[Part]:
    """Return every part of every belief, weighted by whose it is."""
    return [
        replace(part, weight=float(weight) * part.weight, name=name)
        for (name, one), weight in zip(people.items(), share, strict=True)
        for part in one.parts
    ]


def logarithmic(people: Mapping[str, Belief], share: Sequence[float] | np.ndarray) -> Part:
    """Return the weighted geometric mean of normals: precisions and weighted means add up."""
    precision = np.array(
        [weight / one.sd**2 for one, weight in zip(people.values(), share, strict=True)]
    )
    means = np.array([one.mean for one in people.values()])
    total = float(precision.sum())
    return normal(float(precision @ means) / total, total**-0.5)


def between_people(people: Mapping[str, Belief], share: Sequence[float] | np.ndarray) -> float:
    """Return the share of the linear pool's variance that lies between people's means."""
    means = np.array([one.mean for one in people.values()])
    weights = np.asarray(share, dtype=float)
    between = float(weights @ (means - weights @ means) ** 2)
    within = float(weights @ np.array([one.sd**2 for one in people.values()]))
    return between / (between + within)


def _say(people: Mapping[str, Belief], share: np.ndarray, between: float, pool: str) -> str:
    words = next(words for least, words in DISAGREE if between >= least)
    lowest = min(people, key=lambda name: people[name].mean)
    highest = max(people, key=lambda name: people[name].mean)
    count = f"{len(people)} people or groups" if len(people) > 1 else f"One voice, {lowest}"
    equal = "equal weights" if np.ptp(share) < 1e-12 else "the weights given"
    start = f"From {count}, {pool} pool with {equal}."
    if len(people) == 1:
        return f"From one voice only ({lowest}): nobody else's belief is in it."
    return (
        f"{start} {words} ({100 * between:.0f} %): from {people[lowest].mean:.3g} ({lowest}) to "
        f"{people[highest].mean:.3g} ({highest})."
    )


def against_data(belief: Belief, estimate: float, std_error: float) -> pd.DataFrame:
    """Return what each voice (or part) of a belief becomes once an estimate is seen.

    Exact for normal parts and a normal estimate: means are weighted by precision, and a part's
    share is multiplied by how probable it held the estimate to be. Other shapes are taken as the
    normal with their mean and spread.

    Parameters
    ----------
    belief : Belief
    estimate, std_error : float
        Of the data alone, in outcome units.

    Returns
    -------
    pandas.DataFrame
        `who`, `weight_before`, `weight_after`, `mean_before`, `mean_after`, `sd_after`, `surprise`
        (probability, before, of an estimate as far from the part's mean as this one).
    """
    from scipy.special import ndtr

    rows = []
    for at, part in enumerate(belief.parts):
        mean, sd = moments(part)
        spread = math.hypot(sd, std_error)
        z = (estimate - mean) / spread
        precision = sd**-2 + std_error**-2
        rows.append(
            {
                "who": part.name or f"part {at + 1}",
                "weight_before": part.weight,
                "weight_after": math.log(part.weight / spread) - z * z / 2,
                "mean_before": mean,
                "mean_after": (mean / sd**2 + estimate / std_error**2) / precision,
                "sd_after": precision**-0.5,
                "surprise": float(2 * ndtr(-abs(z))),
            }
        )
    table = pd.DataFrame(rows)
    logs = table["weight_after"].to_numpy(dtype=float)
    after = np.exp(logs - logs.max())
    table["weight_after"] = after / after.sum()
    return table


def updated(belief: Belief, estimate: float, std_error: float) -> tuple[float, float, float]:
    """Return posterior mean, standard deviation and probability above zero, by `against_data`."""
    table = against_data(belief, estimate, std_error)
    parts = [
        normal(float(row["mean_after"]), float(row["sd_after"]), weight=float(row["weight_after"]))
        for row in table.to_dict("records")
    ]
    mean, sd = mixture_moments(parts)
    return mean, sd, 1 - float(mixture_cumulative(parts, [0.0])[0])
