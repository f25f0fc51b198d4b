"""E-values: the least association of a confounder with both that explains an estimate away."""

from __future__ import annotations

import math
from typing import NamedTuple


class EValue(NamedTuple):
    """E-values of a risk ratio: of the estimate, and of the end of its interval nearer to none."""

    ratio: float
    low: float
    high: float
    of_estimate: float
    of_interval: float


def e_value(
    ratio: float, low: float = math.nan, high: float = math.nan, *, true: float = 1.0
) -> EValue:
    """Return the E-values of a risk ratio and its interval.

    A hidden confounder would have to be associated with both treatment and outcome by a risk ratio
    of at least this size each, above and beyond the covariates, to explain the estimate away.

    Parameters
    ----------
    ratio, low, high : float
        Risk ratio and the ends of its interval (missing: nan).
    true : float
        The ratio to which the estimate is to be moved; 1 is no effect.

    Raises
    ------
    ValueError
        When a ratio is not above zero.

    References
    ----------
    VanderWeele and Ding (2017), Annals of Internal Medicine 167:268-274.

    Examples
    --------
    >>> round(e_value(3.9, 1.8, 8.7).of_estimate, 2)
    7.26
    """
    if not (ratio > 0 and true > 0):
        raise ValueError(
            f"A ratio must be above zero, not {min(ratio, true)}. Give a ratio, not its log."
        )
    near = low if ratio > true else high
    if math.isnan(near):
        of_interval = math.nan
    elif near <= 0 or (near - true) * (ratio - true) <= 0:
        of_interval = 1.0
    else:
        of_interval = _e(near / true)
    return EValue(ratio, low, high, _e(ratio / true), of_interval)


def _e(ratio: float) -> float:
    ratio = 1 / ratio if ratio < 1 else ratio
    return ratio + math.sqrt(ratio * (ratio - 1))


def of_odds_ratio(
    ratio: float, low: float = math.nan, high: float = math.nan, *, rare: bool = False
) -> EValue:
    """Return the E-values of an odds ratio.

    Parameters
    ----------
    rare : bool
        The outcome is rare (below 15%), so the odds ratio is near the risk ratio; otherwise its
        square root stands for it (VanderWeele 2017, Annals of Internal Medicine, table 2).
    """
    if rare:
        return e_value(ratio, low, high)
    ends = [math.sqrt(max(one, 0.0)) for one in (ratio, low, high)]
    return e_value(*ends)


def of_hazard_ratio(
    ratio: float, low: float = math.nan, high: float = math.nan, *, rare: bool = False
) -> EValue:
    """Return the E-values of a hazard ratio; for `rare` see `of_odds_ratio`."""
    if rare:
        return e_value(ratio, low, high)
    return e_value(*(_risk_of_hazard(one) for one in (ratio, low, high)))


def _risk_of_hazard(ratio: float) -> float:
    root = math.sqrt(ratio)
    return (1 - 0.5**root) / (1 - 0.5 ** (1 / root)) if ratio > 0 else ratio


def of_difference(
    standardised: float, std_error: float | None = None, *, reach: float = 1.96
) -> EValue:
    """Return the E-values of a difference in means over the SD of the outcome.

    Parameters
    ----------
    standardised : float
        Difference over the SD.
    std_error : float, optional
        Of the standardised difference.
    reach : float
        Half width of the interval in standard errors.

    References
    ----------
    VanderWeele and Ding (2017), table 2: the risk ratio is about ``exp(0.91 d)`` and its interval
    ``exp(0.91 d -+ 1.78 s)``, where 1.78 is 0.91 x 1.96 (Chinn 2000; Hasselblad and Hedges 1995).
    """
    ratio = math.exp(0.91 * standardised)
    if std_error is None:
        return e_value(ratio)
    half = _TABLE_REACH * reach / 1.96 * std_error
    return e_value(ratio, ratio * math.exp(-half), ratio * math.exp(half))


_TABLE_REACH = 1.78
"""The paper rounds 0.91 x 1.96; its own rounding is kept so that published values are met."""
