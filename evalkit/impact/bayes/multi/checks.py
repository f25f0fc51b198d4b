"""Checks of the larger models: whether they settled, other priors, how many sites there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.bayes import summary
from evalkit.impact.bayes.collapse import Floats
from evalkit.impact.bayes.described.model import Quantity
from evalkit.impact.bayes.described.pareto import smoothed
from evalkit.impact.bayes.described.table import convergence
from evalkit.impact.bayes.multi.scales import Scales, variants
from evalkit.impact.estimate import Check, Verdict

T = TypeVar("T")
TRUSTED, LEAST_EFFECTIVE = 0.7, 400.0
"""Weighted draws stand for another prior below this shape, and with so many effective ones."""
DRAWS = (1500, 3000, 6000)
"""Draws a chain: the answer to chains that do not agree is more of them, and the check says so."""


def settled(
    sample: Callable[[int], T], reported: Callable[[T], Sequence[Quantity]]
) -> tuple[T, list[Quantity], Check]:
    """Sample until everything that is reported has converged, with more draws each time.

    Parameters
    ----------
    sample : callable
        From the number of draws a chain to whatever was sampled.
    reported : callable
        From that to the quantities that are reported.

    Raises
    ------
    DesignError
        When R-hat stays above 1.01 or an effective number of draws below 400.
    """
    check = None
    for attempt, draws in enumerate(DRAWS, start=1):
        made = sample(draws)
        quantities = list(reported(made))
        check = convergence(quantities, attempts=attempt)
        if check.verdict != "fail":
            return made, quantities, check
    raise DesignError(
        f"The sampling did not converge in {len(DRAWS)} attempts, so there is no result to report. "
        f"{check.meaning if check else ''}",
        do="Give narrower `priors`, drop moderators or groupings, or use fewer outcomes at once.",
    )


@dataclass(frozen=True)
class Drivers:
    """Draws of the parameters whose priors are varied, shape (chains, draws[, spreads])."""

    effect: Floats
    spreads: Floats


def sensitivity(
    base: tuple[Floats, Drivers],
    again: Callable[[Scales], Floats],
    scales: Scales,
    change: float,
    level: float,
) -> tuple[pd.DataFrame, Check]:
    """Show how far the value moves under other priors.

    The draws are weighted by the ratio of the other prior to the planned one; where the weights
    cannot be trusted (Pareto shape of 0.7 or more: Vehtari et al. 2024) the model is sampled anew.

    Parameters
    ----------
    base : (numpy.ndarray, Drivers)
        Draws of the value under the planned priors, and of what their priors are of.
    again : callable
        Draws of the value under other scales.
    scales : Scales
        The planned ones.
    change : float
        What the sceptic doubts, in the model's units.
    """
    value, drivers = base
    rows = [_row("as planned", value, level, "sampled")]
    for name, other in variants(scales, change).items():
        draws = _reweighted(value, drivers, scales, other)
        how = "weighted" if draws is not None else "sampled"
        rows.append(_row(name, again(other) if draws is None else draws, level, how))
    table = pd.DataFrame(rows)
    return table, _sensitivity_check(table, change)


def _reweighted(value: Floats, drivers: Drivers, planned: Scales, other: Scales) -> Floats | None:
    """Return draws of the value under other priors, or None where weights cannot be trusted."""
    log = _log_prior(drivers, other) - _log_prior(drivers, planned)
    if np.ptp(log) < 1e-9:
        return value  # the two priors say the same of these draws
    found = smoothed(log.ravel())
    effective = 1 / float((found.weights**2).sum())
    if found.shape >= TRUSTED or effective < LEAST_EFFECTIVE:
        return None
    # equally weighted draws at equal steps of the weights: the same ones each time
    at = (np.arange(value.size) + 0.5) / value.size
    order = np.argsort(value.ravel(), kind="stable")
    place = np.searchsorted(np.cumsum(found.weights[order]), at)
    return np.asarray(value.ravel()[order[np.minimum(place, value.size - 1)]])


def _log_prior(drivers: Drivers, scales: Scales) -> Floats:
    """Return the log density of a normal effect and half-normal spreads, up to a constant."""
    effect = -0.5 * ((drivers.effect - scales.effect_mean) / scales.effect) ** 2
    spread = -0.5 * (drivers.spreads / scales.spread) ** 2
    return np.asarray(effect + spread.sum(axis=-1))


def _row(name: str, draws: Floats, level: float, how: str) -> dict[str, str | float]:
    low, high = summary.equal_tailed(draws, level)
    return {
        "priors": name,
        "mean": float(draws.mean()),
        "sd": float(draws.std(ddof=1)),
        "low": low,
        "high": high,
        "p_above_zero": summary.beyond(draws, 0.0),
        "how": how,
    }


def _sensitivity_check(table: pd.DataFrame, change: float) -> Check:
    names = table["priors"].to_numpy(dtype=str)
    mean, sd, above = (table[key].to_numpy(dtype=float) for key in ("mean", "sd", "p_above_zero"))
    wide = np.char.find(names, "as wide") >= 0
    moved = float(np.abs(mean[wide] - mean[0]).max() / sd[0])
    sure, doubt = (max(p, 1 - p) for p in (above[0], above[names == "sceptical"][0]))
    verdict: Verdict = "concern" if moved > 0.25 or (sure > 0.95 and doubt < 0.9) else "pass"
    meaning = (
        f"With priors half and twice as wide the value moves by at most {moved:.2f} of its standard "
        f"deviation. A sceptic who held a typical effect of {abs(change):.3g} (in the model's units) "
        f"or more to be unlikely (5 %) would now be {100 * doubt:.0f} % sure of the direction, "
        f"against {100 * sure:.0f} % under the planned priors."
    )
    return Check("prior sensitivity", moved, None, verdict, meaning)


def few_sites(count: int, spread: Floats, prior: float) -> Check:
    """Say whether there are enough treated sites to learn how far their effects lie apart."""
    left = float(spread.std() / (prior * np.sqrt(1 - 2 / np.pi)))
    verdict: Verdict = "concern" if count < 5 else "information" if count < 10 else "pass"
    meaning = (
        f"{count} treated sites. The uncertainty about how far their effects lie apart is "
        f"{100 * left:.0f} % of what it was before the data: "
        + (
            "that spread, and with it the effect in a new site, rests largely on the prior."
            if left > 0.5
            else "that spread is learnt mostly from the data."
        )
    )
    return Check("few treated sites", float(count), None, verdict, meaning)
