"""Placebos in space: what the method finds for donors, to which nothing was done.

The treated unit's average gap, over how well it was followed before the start, is compared with
those of the donors. A constant shift of the treated outcome does not touch the donors' placebos, so
the set of effects that the test does not refuse is the estimate plus or minus an order statistic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evalkit.impact.frame import Floats
from evalkit.impact.permutation import TIE

DRAWS = 9_999
FLOOR = 0.01
"""Errors before the start below this share of the SD between donors count as that."""
POWER = 0.80


@dataclass(frozen=True, slots=True)
class PlaceboTest:
    """A test of the average gap against placebos, and the interval by its inversion.

    Attributes
    ----------
    statistic : float
    p_value : float
    smallest : float
        The smallest p-value that so many placebos allow.
    low, high : float
    spread : float
        SD of the placebos' average gaps.
    detectable : float
        Effect found with 80% power.
    """

    statistic: float
    p_value: float
    smallest: float
    low: float
    high: float
    spread: float
    detectable: float


def rmspe(gaps: Floats, before: int, *, later: bool = False) -> Floats:
    """Return the root mean squared gap before the start, or from it on, of each row."""
    part = gaps[..., before:] if later else gaps[..., :before]
    return np.asarray(np.sqrt((part**2).mean(axis=-1)))


def draw(placebos: Floats, share: Floats, seed: int) -> Floats:
    """Return courses of gaps under no effect: those of the donors, or averages of several.

    Parameters
    ----------
    placebos : ndarray, shape (n, T)
        Gaps of each donor.
    share : ndarray, shape (N1,)
        How much each treated unit counts. With one, every donor is a draw; with several, as many
        donors are drawn, with replacement so that their average varies as it should.
    """
    if len(share) == 1:
        return placebos
    rng = np.random.default_rng([seed, 3])
    chosen = rng.integers(0, len(placebos), (DRAWS, len(share)))
    made = np.zeros((DRAWS, placebos.shape[1]))
    for column, part in zip(chosen.T, share, strict=True):
        made += part * placebos[column]
    return made


def floor_of(donors: Floats, before: int) -> float:
    """Return the smallest error before the start that is taken as it is."""
    return FLOOR * float(donors[:before].std(axis=1, ddof=1).mean())


def average_gap_test(
    gap: Floats, draws: Floats, before: int, floor: float | None, level: float
) -> PlaceboTest:
    """Test the average gap from the start on against placebos.

    Parameters
    ----------
    gap : ndarray, shape (T,)
        Of the treated.
    draws : ndarray, shape (B, T)
        Of the placebos.
    floor : float or None
        Gaps are taken over the root mean squared gap before the start, or `floor` where that is
        larger; None takes them as they are.
    """
    value, found = float(gap[before:].mean()), draws[:, before:].mean(axis=1)
    own, others = 1.0, np.ones(len(draws))
    if floor is not None:
        own = max(float(rmspe(gap, before)), floor)
        others = np.maximum(rmspe(draws, before), floor)
    sizes = np.abs(found) / np.where(others > 0, others, 1.0)
    statistic = abs(value) / (own or 1.0)
    p_value, smallest = _share(sizes, statistic)
    reach = order_statistic(sizes, level) * (own or 1.0)
    detect = own * (np.quantile(sizes, level, method="higher") + np.quantile(sizes, 2 * POWER - 1))
    return PlaceboTest(
        statistic,
        p_value,
        smallest,
        value - reach,
        value + reach,
        float(found.std()),
        float(detect) if math.isfinite(reach) else math.nan,
    )


def ratio_test(gap: Floats, draws: Floats, before: int, floor: float) -> tuple[float, float]:
    """Return the ratio of mean squared gaps after and before, and its rank among placebos as p.

    References
    ----------
    Abadie, Diamond and Hainmueller (2010), Synthetic Control Methods for Comparative Case Studies,
    Journal of the American Statistical Association 105, section 3.4.
    """
    ratios = rmspe(draws, before, later=True) / np.maximum(rmspe(draws, before), floor or 1e-300)
    own = float(rmspe(gap, before, later=True)) / max(float(rmspe(gap, before)), floor or 1e-300)
    return own**2, _share(ratios, own)[0]


def _share(sizes: Floats, statistic: float) -> tuple[float, float]:
    hits = int((sizes >= statistic * (1 - TIE)).sum())
    return (1 + hits) / (1 + len(sizes)), 1 / (1 + len(sizes))


def order_statistic(sizes: Floats, level: float) -> float:
    """Return how far an effect may lie from the estimate before the test refuses it."""
    place = math.floor((1 - level) * (len(sizes) + 1) + TIE)
    return math.inf if place < 1 else float(np.sort(sizes)[::-1][place - 1])
