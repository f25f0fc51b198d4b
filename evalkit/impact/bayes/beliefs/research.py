"""Prior research as a belief, counted for less the further it is from here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from evalkit.impact.bayes.beliefs.model import Belief, believed
from evalkit.impact.bayes.beliefs.shape import normal


class Counts(NamedTuple):
    """How much research of one distance counts: the power of its likelihood, and why."""

    power: float
    because: str


DISTANCES: dict[str, Counts] = {
    "same programme, same place": Counts(1.0, "the thing itself"),
    "same programme, same country": Counts(0.5, "staff, schools and services alike, people not"),
    "same programme, other country": Counts(0.25, "services around it are others"),
    "similar programme, same place": Counts(0.5, "the people are the same, the activities not"),
    "similar programme, same country": Counts(0.25, "both differ somewhat"),
    "similar programme, other country": Counts(0.1, "both differ, one of them much"),
    "other programme, same place": Counts(0.1, "tells how such outcomes move here"),
    "other programme, same country": Counts(0.05, "a hint of the size that effects have"),
    "other programme, other country": Counts(0.025, "hardly more than no research"),
}
"""How much a study counts, by how far it is from here: the power to which its likelihood is raised,
so that 0.25 counts it as one of a quarter of its size. These are judgements, made before any data
and printed with each result, not measured values: give `counts_for:` to use another."""


@dataclass(frozen=True, slots=True)
class Study:
    """One earlier result: estimate and standard error in outcome units, and how much it counts."""

    estimate: float
    std_error: float
    distance: str
    counts_for: float
    name: str = ""


def from_research(studies: Sequence[Study], *, unit: str = "") -> Belief:
    """Return the belief that earlier studies support, each counted for less the further it is.

    One study becomes a normal with its estimate and ``std_error / sqrt(counts_for)``: its likelihood
    raised to a power (Ibrahim and Chen 2000). Several are pooled by the precision they have then,
    and what they differ by more than chance (DerSimonian and Laird 1986) is added to the spread in
    full, since the effect here is one more draw of that kind (Higgins, Thompson and Spiegelhalter
    2009).

    Parameters
    ----------
    studies : sequence of Study
        One or more.
    unit : str
    """
    estimate = np.array([one.estimate for one in studies])
    error = np.array([one.std_error / math.sqrt(one.counts_for) for one in studies])
    between = difference_between(estimate, error)
    precision = 1 / (error**2 + between)
    mean = float(precision @ estimate / precision.sum())
    sd = math.sqrt(1 / float(precision.sum()) + between)
    table = pd.DataFrame(
        {
            "study": [one.name or f"study {at + 1}" for at, one in enumerate(studies)],
            "estimate": estimate,
            "std_error": [one.std_error for one in studies],
            "distance": [one.distance for one in studies],
            "counts_for": [one.counts_for for one in studies],
            "std_error_used": error,
            "weight": precision / precision.sum(),
        }
    )
    say = _say(studies, math.sqrt(between))
    return believed([normal(mean, sd, name="earlier research")], "research", table, say, unit=unit)


def difference_between(estimate: np.ndarray, error: np.ndarray) -> float:
    """Return the variance between studies beyond chance, by moments; zero for one study."""
    if len(estimate) < 2:
        return 0.0
    weight = error**-2.0
    mean = float(weight @ estimate / weight.sum())
    beyond = float(weight @ (estimate - mean) ** 2) - (len(estimate) - 1)
    # sum w - sum w^2 / sum w, without a difference of large numbers where one study rules
    others = np.array([np.delete(weight, at).sum() for at in range(len(weight))])
    scale = float((weight / weight.sum()) @ others)
    return max(0.0, beyond / scale)


def distance_table() -> pd.DataFrame:
    """Return `DISTANCES` for print: words, power, by how much the standard error grows, why."""
    return pd.DataFrame(
        {
            "distance": list(DISTANCES),
            "counts_for": [one.power for one in DISTANCES.values()],
            "error_times": [one.power**-0.5 for one in DISTANCES.values()],
            "because": [one.because for one in DISTANCES.values()],
        }
    )


def _say(studies: Sequence[Study], between: float) -> str:
    if len(studies) == 1:
        one = studies[0]
        where = one.distance or "distance not said in words"
        return (
            f"From earlier research ({one.estimate:.3g}, standard error {one.std_error:.3g}; {where}), "
            f"counted as if it had {100 * one.counts_for:.3g} % of its size."
        )
    return (
        f"From {len(studies)} earlier studies, each counted by its distance; they differ by "
        f"{between:.3g} (standard deviation) beyond chance, which is added in full."
    )
