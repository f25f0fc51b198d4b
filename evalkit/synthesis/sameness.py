"""The claim that it works equally well everywhere, tested on the spread between places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import DesignError
from evalkit.impact.estimate import Estimate
from evalkit.synthesis.transfer import FEWEST, site_errors

Floats = NDArray[np.float64]
SHARE = 0.9
"""Share of places whose true effect must lie within the margin of the mean."""
SURE = 0.95
"""How sure one must be of it, or of the contrary."""
SAMENESS: dict[str, str] = {
    "shown": (
        "Effects differ between places by less than the margin: it works about equally well in the "
        "kind of places that were studied."
    ),
    "contradicted": "Effects differ between places by more than the margin: it does not work equally well everywhere.",
    "not shown": (
        "Whether effects differ by more than the margin cannot be told. That no difference was found "
        "does not show that there is none."
    ),
    "not known": "The claim could not be tested.",
}
"""Words for the claim of sameness."""
SAMENESS_RULE = (
    f"The claim: at least {SHARE:.0%} of places have a true effect within the margin of the mean. "
    "With a spread (standard deviation) between places that is so when the spread is at most the "
    "margin divided by 1.645. “Shown”: the upper end of the interval of the spread is below that. "
    "“Contradicted”: its lower end is above. Both ends are one-sided limits of 95 %."
)


@dataclass(frozen=True, slots=True)
class Sameness:
    """The claim that it works equally well everywhere, tested on the spread between places.

    Attributes
    ----------
    of : str
        Id of the estimate.
    margin, largest_spread : float
        How far a place may lie from the mean, and the spread that keeps `SHARE` of places within.
    spread, low, high : float
        Between places (standard deviation), with its two one-sided limits.
    verdict : {"shown", "contradicted", "not shown", "not known"}
    words, why : str
    """

    of: str
    margin: float
    largest_spread: float
    spread: float
    low: float
    high: float
    verdict: Literal["shown", "contradicted", "not shown", "not known"]
    words: str
    why: str = ""


def sameness(estimate: Estimate, margin: float, *, outcome: str = "") -> Sameness:
    """Test the claim that effects are the same everywhere, up to a margin.

    Equivalence on the spread between places, not a test for a difference that failed: little data
    can never show sameness.

    Parameters
    ----------
    estimate : Estimate
        Of `pooled` or `multilevel`. From places with standard errors the limits are those of the
        Q-profile; from a posterior those of the table, whose level is then the two-sided one.
    margin : float
        In the units of the effect, above zero: how far a place may lie from the mean and still
        count as the same.
    outcome : str
        Which of several outcomes is meant; their effects, and the margin, are then in SD.

    Raises
    ------
    DesignError
        When the margin is not above zero.

    References
    ----------
    Viechtbauer (2007), Statistics in Medicine 26, for the interval of the spread. Schuirmann (1987),
    Journal of Pharmacokinetics and Biopharmaceutics 15, for equivalence by one-sided limits.
    """
    from scipy.special import ndtri

    if not 0 < margin < math.inf:
        raise DesignError(
            f"The margin {margin} of sameness is not above zero.",
            do="Say how far a place may lie from the mean and still count as the same.",
        )
    largest = margin / float(ndtri((1 + SHARE) / 2))
    found = _spread(estimate, outcome)
    if isinstance(found, str):
        nan = math.nan
        return Sameness(
            estimate.id, margin, largest, nan, nan, nan, "not known", SAMENESS["not known"], found
        )
    spread, low, high = found
    verdict: Literal["shown", "contradicted", "not shown"] = "not shown"
    if high < largest:
        verdict = "shown"
    elif low > largest:
        verdict = "contradicted"
    return Sameness(estimate.id, margin, largest, spread, low, high, verdict, SAMENESS[verdict])


def _spread(estimate: Estimate, outcome: str) -> tuple[float, float, float] | str:
    """Return spread between places with its limits, or why there is none."""
    posterior = estimate.table.get("posterior")
    if posterior is not None:
        rows = posterior[posterior["quantity"].str.startswith("spread of effects")]
        of = rows["quantity"].str.partition(": ")[2].str.removesuffix(", in SD")
        rows = rows[of == outcome] if outcome else rows
        if len(rows) > 1:
            return f"there are several outcomes ({', '.join(of)}); name the one that is meant"
        if len(rows) == 1:
            row = rows.iloc[0]
            return float(row["median"]), float(row["low"]), float(row["high"])
    sites = site_errors(estimate)
    if sites is None:
        return "this estimate has no spread between places; `pooled` and `multilevel` have"
    if "cluster" in sites:
        return "several estimates belong to one cluster; pool one estimate for each place"
    if len(sites) < FEWEST:
        return f"only {len(sites)} places were studied, and it takes {FEWEST}"
    return q_profile_spread(sites["effect"].to_numpy(), sites["std_error"].to_numpy())


def q_profile_spread(
    effects: Sequence[float] | Any, errors: Sequence[float] | Any
) -> tuple[float, float, float]:
    """Return the spread of true effects (REML) with its two one-sided limits at `SURE`.

    Estimates that happen to lie closer together than chance allows would give an upper limit near
    nought, whatever their errors. The upper limit is therefore never below the one that the median
    spread of estimates would give if there were no spread of effects: that which these data could
    be expected to rule out (power-constrained limit; Cowan, Cranmer, Gross and Vitells 2011).

    Parameters
    ----------
    effects, errors : array_like, shape (places,)
        In any order.
    """
    from evalkit.impact.pooling.model import between_variance, q_profile

    order = np.lexsort((np.asarray(errors), np.asarray(effects)))
    y = np.asarray(effects, dtype=float)[order]
    v = np.asarray(errors, dtype=float)[order] ** 2
    x = np.ones((len(y), 1))
    low, high = q_profile(y, v, x, 2 * SURE - 1)
    _, least = q_profile(_at_median(y, v, x), v, x, 2 * SURE - 1)
    return math.sqrt(between_variance(y, v, x, "reml")), math.sqrt(low), math.sqrt(max(high, least))


def _at_median(y: Floats, v: Floats, x: Floats) -> Floats:
    """Return the estimates drawn apart or together until their Q is the median of chance alone."""
    from scipy.special import chdtri

    from evalkit.impact.pooling.model import generalised_q

    q, wanted = generalised_q(y, v, x, 0.0), float(chdtri(len(y) - 1, 0.5))
    if (
        q < 1e-9 * wanted
    ):  # all alike: one error above and one below in turn has the shape of chance
        y = np.sqrt(v) * np.where(np.arange(len(v)) % 2 == 0, 1.0, -1.0)
        q = generalised_q(y, v, x, 0.0)
    centre = float((y / v).sum() / (1 / v).sum())
    return np.asarray(centre + (y - centre) * math.sqrt(wanted / q))
