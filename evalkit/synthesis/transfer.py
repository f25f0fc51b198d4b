"""Elsewhere: what to expect in a place that was not studied.

The effect to expect in a new place is the predictive distribution of a `pooled` or `multilevel`
estimate, never its mean (Higgins, Thompson and Spiegelhalter 2009). Places of different types are
pooled only where that is said, and each type also stands alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.estimate import Estimate
from evalkit.protocol.model import Outcome
from evalkit.synthesis.states import margin_of, wanted_sign

NEW = ("effect in a new site", "effect in a new study or site")
"""What a posterior table calls the effect in a new place."""
ALL = "all places together"
UNTYPED = "type not given"
FEWEST = 3
"""Fewest places of a type from which an effect in a further one is worked out."""
HARM: tuple[tuple[float, str], ...] = (
    (0.90, "A new place would very likely be harmed."),
    (0.66, "A new place would likely be harmed."),
    (0.33, "Whether a new place would be helped or harmed is about even."),
    (0.10, "Harm in a new place is unlikely, but cannot be left out of account."),
    (0.0, "Harm in a new place is very unlikely, if it is like those studied."),
)
"""Words for the probability of an effect in the unwanted direction, each from that probability up."""


@dataclass(frozen=True, slots=True)
class NewPlace:
    """What to expect in a place that was not studied.

    Attributes
    ----------
    of, outcome, place_type : str
        Id of the estimate; its outcome; `ALL`, or the type of place it is for.
    pooled_over : tuple of str
        Types of place that were pooled for it; one at most unless types were mixed.
    n_places : int
        Places it rests on.
    value, low, high, level : float
        Centre and predictive interval of the effect there.
    kind : {"confidence", "credible"}
    p_harm, p_harm_matters : float
        Probability of an unwanted effect, and of one of a size that matters (NaN: no such size was
        stated).
    words, why : str
        As a sentence; or, where nothing can be said, the reason (numbers are then NaN).
    """

    of: str
    outcome: str
    place_type: str
    pooled_over: tuple[str, ...]
    n_places: int
    value: float
    low: float
    high: float
    level: float
    kind: Literal["confidence", "credible"]
    p_harm: float
    p_harm_matters: float
    words: str
    why: str = ""

    @property
    def id(self) -> str:
        """``new-place:`` and the estimate, outcome and type."""
        return f"new-place:{self.of}:{self.outcome}:{self.place_type}"


def new_places(
    estimate: Estimate,
    outcomes: Mapping[str, Outcome],
    place_types: Mapping[str, str] | None = None,
) -> tuple[NewPlace, ...]:
    """Return what to expect in a new place: from all places, and type by type where types are given.

    Parameters
    ----------
    estimate : Estimate
        Of the designs `pooled` or `multilevel`.
    outcomes : mapping of str to Outcome
        For the wanted direction and the smallest change that matters.
    place_types : mapping of str to str, optional
        Type of each place (town, rural, coast ...) by its name in ``table["sites"]``.

    Returns
    -------
    tuple of NewPlace
        One for each outcome over all places (`pooled_over` says which types were mixed), then one
        for each type. A type with fewer than `FEWEST` places has a reason, and no borrowed numbers.
    """
    types = tuple(sorted(set((place_types or {}).values())))
    rows, mixed = _rows(estimate), _mixed(estimate, place_types or {})
    whole = [_whole(estimate, outcomes, row, mixed) for row in rows] or [
        _nothing(estimate, ALL, _NO_PREDICTION, mixed)
    ]
    return (*whole, *(_of_type(estimate, outcomes, place_types or {}, name) for name in types))


def _mixed(estimate: Estimate, place_types: Mapping[str, str]) -> tuple[str, ...]:
    """Return the types of the places that were pooled; none where no types were given."""
    sites = estimate.table.get("sites")
    if not place_types or sites is None:
        return tuple(sorted(set(place_types.values())))
    names = sites["study" if "study" in sites else "site"].astype(str)
    return tuple(sorted({place_types.get(name, UNTYPED) for name in names}))


_NO_PREDICTION = (
    "this estimate has no prediction for a new place; the designs `pooled` and `multilevel` have"
)


def _rows(estimate: Estimate) -> list[dict[str, Any]]:
    """Return the rows that predict a new place: one, or one for each of several outcomes."""
    table = estimate.table
    if "new_site" in table:
        rows = table["new_site"].to_dict("records")
        return [_named(row, str(row["quantity"]), estimate, len(rows)) for row in rows]
    if "prediction" in table:
        lead = table["prediction"]
        return [
            _named(row, estimate.outcome, estimate, 1)
            for row in lead[lead["leads"]].to_dict("records")
        ]
    if "posterior" in table:
        found = table["posterior"]
        rows = found[found["quantity"].isin(NEW)].to_dict("records")
        return [_named(row, estimate.outcome, estimate, 1) for row in rows]
    return []


def _named(row: dict[Any, Any], name: str, estimate: Estimate, count: int) -> dict[str, Any]:
    outcome = estimate.outcome if count == 1 else name
    return {**{str(key): value for key, value in row.items()}, "outcome": outcome}


def _whole(
    estimate: Estimate,
    outcomes: Mapping[str, Outcome],
    row: Mapping[str, Any],
    types: tuple[str, ...],
) -> NewPlace:
    outcome = outcomes.get(str(row["outcome"]))
    sign = 0 if outcome is not None and outcome.higher_is == "neither" else wanted_sign(outcome)
    margin = margin_of(estimate, outcome)
    value = float(row.get("mean", row.get("estimate", estimate.value)))
    described = str(row.get("place", ""))
    return _made(
        NewPlace(
            of=estimate.id,
            outcome=str(row["outcome"]),
            place_type=described if described.startswith("with ") else ALL,
            pooled_over=types,
            n_places=_n_places(estimate),
            value=value,
            low=float(row["low"]),
            high=float(row["high"]),
            level=estimate.interval.level,
            kind=estimate.interval.kind,
            p_harm=_p_harm(row, value, sign),
            p_harm_matters=_p_harm_matters(row, value, sign, margin),
            words="",
        )
    )


def _n_places(estimate: Estimate) -> int:
    sites = estimate.table.get("sites")
    return len(sites) if sites is not None else estimate.n_clusters


def _p_harm(row: Mapping[str, Any], value: float, sign: int) -> float:
    """Return the probability of an unwanted effect.

    Read off the draws where the table has it; otherwise the tail of the predictive t (or normal)
    distribution with the table's error and degrees of freedom.
    """
    above = _number(row, "p_above_zero")
    if math.isnan(above):
        above = _on_side(row, ("p_benefit", "p_harm"), _number(row, "median"))
    if math.isnan(above):
        above = 1 - _tail(-value, *_error(row))
    return math.nan if not sign else 1 - above if sign > 0 else above


def _p_harm_matters(row: Mapping[str, Any], value: float, sign: int, margin: float | None) -> float:
    """Return the probability of an unwanted effect of a size that matters."""
    above = _on_side(row, ("p_beyond_margin", "p_harm_beyond_margin"), value)
    if not sign or (math.isnan(above) and not margin):
        return math.nan
    if math.isnan(above):
        return _tail(-float(margin or 0.0) - sign * value, *_error(row))
    below = _on_side(row, ("p_beyond_margin", "p_harm_beyond_margin"), -value)
    return below if sign > 0 else above


def _on_side(row: Mapping[str, Any], names: tuple[str, str], centre: float) -> float:
    """Return the probability on the upper side of nought, of two that stand for its two sides.

    Which of them is the upper one depends on what the analysis took for the wanted direction; the
    larger lies on the side of the centre, whatever that was.
    """
    both = [_number(row, name) for name in names]
    if any(math.isnan(one) for one in (*both, centre)):
        return math.nan
    return max(both) if centre > 0 else min(both)


def _number(row: Mapping[str, Any], name: str) -> float:
    found = row.get(name)
    return math.nan if found is None else float(found)


def _error(row: Mapping[str, Any]) -> tuple[float, float]:
    df = _number(row, "df")
    return float(row.get("std_error", row.get("sd", math.nan))), math.inf if math.isnan(df) else df


def _tail(distance: float, error: float, df: float) -> float:
    """Return the probability below `distance` of a t variable centred on 0."""
    from scipy.special import ndtr, stdtr

    if not error > 0:
        return float(distance > 0) if error == 0 else math.nan
    at = distance / error
    return float(stdtr(df, at)) if math.isfinite(df) else float(ndtr(at))


def _made(one: NewPlace) -> NewPlace:
    """Return the record with its sentence."""
    if math.isnan(one.p_harm):
        return replace(one, words="Neither direction is wanted of this outcome, so none is harm.")
    words = next(words for least, words in HARM if one.p_harm >= least)
    if len(one.pooled_over) > 1:
        words += f" Places of different types were pooled for this: {', '.join(one.pooled_over)}."
    return replace(one, words=words)


def _nothing(
    estimate: Estimate, kind: str, why: str, types: tuple[str, ...], n: int = 0
) -> NewPlace:
    nan = math.nan
    return NewPlace(
        of=estimate.id,
        outcome=estimate.outcome,
        place_type=kind,
        pooled_over=types,
        n_places=n,
        value=nan,
        low=nan,
        high=nan,
        level=estimate.interval.level,
        kind=estimate.interval.kind,
        p_harm=nan,
        p_harm_matters=nan,
        words=f"Not known: {why}.",
        why=why,
    )


def _of_type(
    estimate: Estimate, outcomes: Mapping[str, Outcome], place_types: Mapping[str, str], kind: str
) -> NewPlace:
    """Pool the places of one type alone, from their own estimates and errors."""
    sites = site_errors(estimate)
    if sites is None:
        why = (
            "the table of places has no standard errors; pool this type alone in a plan of its own"
        )
        return _nothing(estimate, kind, why, (kind,))
    here = sites[[place_types.get(str(name)) == kind for name in sites["place"]]]
    if len(here) < FEWEST:
        why = f"{len(here)} of the places studied {'is' if len(here) == 1 else 'are'} of this type, and it takes {FEWEST}"
        return _nothing(estimate, kind, why, (kind,), len(here))
    from evalkit.impact.designs import DESIGNS

    try:
        alone = DESIGNS["pooled"](
            here,
            estimate="effect",
            std_error="std_error",
            study="place",
            cluster="cluster" if "cluster" in here else None,
            level=estimate.interval.level,
        )
    except DesignError as error:
        return _nothing(estimate, kind, error.wrong.rstrip("."), (kind,), len(here))
    row = {**_rows(alone)[0], "outcome": estimate.outcome, "mean": alone.value}
    found = _whole(replace(estimate, table=alone.table), outcomes, row, (kind,))
    return replace(found, place_type=kind, kind="confidence", n_places=len(here))


def site_errors(estimate: Estimate) -> pd.DataFrame | None:
    """Return place, effect, standard error (and cluster) of each place, unpooled; None if not known."""
    sites = estimate.table.get("sites")
    if sites is None or "study" not in sites or "std_error" not in sites:
        return None
    made = pd.DataFrame(
        {
            "place": sites["study"].astype(str),
            "effect": sites["estimate"].astype(float),
            "std_error": sites["std_error"].astype(float),
        }
    )
    return made.assign(cluster=sites["cluster"].astype(str)) if "cluster" in sites else made
