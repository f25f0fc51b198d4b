"""The one result of every design: an estimate with its interval, checks and assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["pass", "concern", "fail", "information"]


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval: its ends, its level, whether of confidence or credible, and how it was made."""

    low: float
    high: float
    level: float = 0.95
    kind: Literal["confidence", "credible"] = "confidence"
    method: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A diagnostic with a verdict.

    Attributes
    ----------
    name : str
        Stable name, for example ``"pre-trend"``, ``"placebo date"``, ``"permutation"``,
        ``"few treated clusters"``, ``"comparison group"``, ``"convergence"``.
    statistic, p_value : float or None
        The number behind it, where there is one.
    verdict : {"pass", "concern", "fail", "information"}
        ``"information"`` also when it does not apply; `meaning` then says why.
    meaning : str
        What was tested and what the result means, in words. Never "validates".
    """

    name: str
    statistic: float | None
    p_value: float | None
    verdict: Verdict
    meaning: str


@dataclass(frozen=True, slots=True)
class Standardised:
    """The effect in standard deviations: Hedges' g, its interval, and which SD was the divisor."""

    hedges_g: float
    low: float
    high: float
    sd: float
    which_sd: str


@dataclass(frozen=True)
class Estimate:
    """What a design returns.

    Attributes
    ----------
    id, design, estimator, estimand, outcome : str
        Id of the analysis (``id/outcome`` when it has several); key of ``DESIGNS``; the formula;
        the target in words, with unit, population, contrast, period and aggregation; the outcome.
    value, std_error : float
        In the outcome's own units.
    interval : Interval
        The interval that leads; further ones stand in ``table["inference"]``.
    p_value : float or None
        Of the method named in ``interval.method``; None for Bayesian results.
    n_units, n_observations, n_clusters, n_treated : int
        Units, rows, clusters, treated units (clusters where treatment is by cluster).
    standardised : Standardised or None
        The effect in SD, or None with the reason in `notes`.
    table : mapping of str to pandas.DataFrame
        Tidy tables by name: ``"event_study"`` (period, estimate, std_error, low, high),
        ``"inference"`` (method, std_error, low, high, p_value, leads), ``"group_time"``,
        ``"aggregates"``, ``"permutation"``, ``"sites"``, ``"priors"``, ``"posterior"`` ...
    checks : tuple of Check
        Diagnostics.
    assumptions : tuple of str
        In words.
    draws : numpy.ndarray or None
        Posterior draws of ``value``; never written to JSON whole.
    seed : int or None
        Seed of every random step.
    notes : tuple of str
        Anything else a reader must know.
    native : Any
        The library's own result (InferenceData ...), not written to JSON.
    contributions : mapping of str to float, or None
        Contribution of each cluster (by its label) to the error of `value`: the root of their sum
        of squares is a standard error. Two estimates on the same clusters are compared through
        them. Not written to JSON.
    """

    id: str
    design: str
    estimator: str
    estimand: str
    outcome: str
    value: float
    std_error: float
    interval: Interval
    p_value: float | None
    n_units: int
    n_observations: int
    n_clusters: int
    n_treated: int
    standardised: Standardised | None = None
    table: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    assumptions: tuple[str, ...] = ()
    draws: Any = None
    seed: int | None = None
    notes: tuple[str, ...] = ()
    native: Any = None
    contributions: Mapping[str, float] | None = field(
        default=None, metadata={"in_memory_only": True}
    )

    def check(self, name: str) -> Check | None:
        """Return the check of this name, or None."""
        return next((check for check in self.checks if check.name == name), None)
