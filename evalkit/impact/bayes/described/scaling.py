"""Power-scaling: how the posterior would move if the prior, or the data, counted a little more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.bayes.described.model import Floats, Quantity, Setting, refuse_faults
from evalkit.impact.bayes.described.pareto import Weighted, smoothed
from evalkit.impact.bayes.described.table import spread
from evalkit.impact.estimate import Check, Verdict

THRESHOLD = 0.05
"""Sensitivity from which on it is worth a look: that of a normal posterior whose mean moves by about
a quarter of its standard deviation when the power is doubled."""
STEP = 0.01
TRUST = 0.7
"""Shape of the weights' tail from which on they are not to be trusted (Vehtari and others 2024)."""
VERDICTS: dict[tuple[bool, bool], str] = {
    (True, True): "prior-data conflict",
    (True, False): "strong prior or weak likelihood",
    (False, True): "-",
    (False, False): "-",
}
"""The verdict, by whether the sensitivity to the prior, and to the likelihood, reaches `THRESHOLD`."""


def power_scaling(
    quantities: Sequence[Quantity], log_prior: Floats, log_likelihood: Floats, setting: Setting
) -> tuple[pd.DataFrame, Check]:
    """Return how sensitive each quantity is to the prior and to the data.

    The prior (or the likelihood) is raised to powers a little above and below one, the draws are
    weighted accordingly, and the distance between the weighted and the plain distribution function
    (cumulative Jensen-Shannon) is divided by the change in the power's base-2 logarithm. Nothing is
    sampled again.

    Parameters
    ----------
    quantities : sequence of Quantity
    log_prior, log_likelihood : numpy.ndarray, shape (chains, draws)
        Of each draw, up to a constant. In a model of many sites the prior is that of the
        parameters at the top (mean effect, spreads, noise), not the distribution of the sites,
        which is part of the model.
    setting : Setting

    Returns
    -------
    pandas.DataFrame
        `quantity`, `prior`, `likelihood` (sensitivities), `mean_moves_prior`,
        `mean_moves_likelihood` (change of the posterior mean, in its standard deviations, for each
        doubling of the power), `verdict`.
    Check
        ``"concern"`` where any quantity reads otherwise than ``"-"``, or the weights cannot be
        trusted.

    Raises
    ------
    DesignError
        When densities and draws do not match, or are not finite.

    References
    ----------
    Kallioinen, Paananen, Bürkner and Vehtari (2024), "Detecting and diagnosing prior and likelihood
    sensitivity with power-scaling", *Statistics and Computing* 34. Nguyen and Vreeken (2015),
    "Non-parametric Jensen-Shannon divergence".
    """
    refuse_faults(quantities, setting)
    _refuse_densities(quantities, log_prior, log_likelihood)
    sides = {"prior": _side(log_prior), "likelihood": _side(log_likelihood)}
    rows = [_row(one, sides) for one in quantities]
    table = pd.DataFrame(rows)
    return table, _check(table, max(side.worst for side in sides.values()))


@dataclass(frozen=True, slots=True)
class _Side:
    """One density, and the weights when its power is a little below and above one."""

    density: Floats
    below: Floats
    above: Floats
    worst: float


def _side(log_density: Floats) -> _Side:
    density = np.ravel(log_density) - np.median(log_density)
    if np.ptp(density) == 0:  # flat: no power changes it
        same = np.full(density.size, 1 / density.size)
        return _Side(density, same, same, 0.0)
    made: list[Weighted] = [smoothed(sign * STEP * density) for sign in (-1.0, 1.0)]
    return _Side(density, made[0].weights, made[1].weights, max(one.shape for one in made))


def _row(one: Quantity, sides: dict[str, _Side]) -> dict[str, float | str]:
    draws = np.ravel(one.draws)
    found = {name: _sensitivity(draws, side) for name, side in sides.items()}
    moves = {f"mean_moves_{name}": _moves(draws, side.density) for name, side in sides.items()}
    high = (found["prior"] >= THRESHOLD, found["likelihood"] >= THRESHOLD)
    return {"quantity": one.name, **found, **moves, "verdict": VERDICTS[high]}


def _sensitivity(draws: Floats, side: _Side) -> float:
    """Return the distance for each doubling of the power, at one, from both sides of it."""
    up = distance(draws, side.above) / math.log2(1 + STEP)
    down = distance(draws, side.below) / -math.log2(1 - STEP)
    return (up + down) / 2


def _moves(draws: Floats, density: Floats) -> float:
    """Return the change of the mean, in SD, for each doubling of the power.

    The derivative of a posterior mean with respect to the power is the posterior covariance of the
    quantity and the log density (Kallioinen and others 2024, section 2.4).
    """
    sd = spread(draws)
    if sd == 0:
        return 0.0
    centred = (draws - draws.mean()) * (density - density.mean())
    return float(math.log(2) * centred.sum() / (len(draws) - 1) / sd)


def distance(draws: Floats, weights: Floats) -> float:
    """Return the cumulative Jensen-Shannon distance of plain from weighted draws, 0 to 1.

    With the distribution functions P and Q, ``CJS(P|Q) = integral of P log2(2 P / (P + Q)) plus
    integral of (Q - P) / (2 ln 2)``; the distance is the root of ``CJS(P|Q) + CJS(Q|P)`` over its
    bound, the integral of P + Q. The larger of the values for the draws and for their mirror image
    is taken, so that the sign of the quantity does not matter; its unit does not either.

    Parameters
    ----------
    draws, weights : numpy.ndarray, shape (draws,)
        The weights add to one.
    """
    order = np.argsort(draws, kind="stable")
    width = np.diff(draws[order])
    plain = np.arange(1, len(draws)) / len(draws)
    other = np.minimum(np.cumsum(weights[order])[:-1], 1.0)
    return max(
        _distance(plain, other, width), _distance(1 - plain, np.maximum(1 - other, 0), width)
    )


def _distance(one: Floats, other: Floats, width: Floats) -> float:
    bound = float(((one + other) * width).sum())
    if bound <= 0:
        return 0.0
    # both directions together: the integrals of (Q - P) cancel
    pointwise = _relative(one, other) + _relative(other, one)
    return math.sqrt(max(float((pointwise * width).sum()), 0.0) / bound)


def _relative(one: Floats, other: Floats) -> Floats:
    ratio = np.divide(2 * one, one + other, out=np.ones_like(one), where=one > 0)
    return one * np.log2(ratio)


def _refuse_densities(quantities: Sequence[Quantity], *densities: Floats) -> None:
    for name, density in zip(("log prior", "log likelihood"), densities, strict=True):
        wrong = ""
        if any(np.shape(density) != one.draws.shape for one in quantities):
            wrong = f"The {name} has shape {np.shape(density)}, which is not that of the draws."
        elif not np.isfinite(density).all():
            wrong = f"The {name} is missing or infinite at some draws."
        if wrong:
            do = "Give one finite number for each draw, in the same order of chains and draws."
            raise DesignError(wrong, do=do)


def _check(table: pd.DataFrame, worst: float) -> Check:
    name, most = "power scaling", float(table["prior"].max())
    odd = table[table["verdict"] != "-"]
    told = "; ".join(f"`{row.quantity}`: {row.verdict}" for row in odd.itertuples())
    meaning = (
        "How far each result moves when the prior, or the data, count a little more or less, "
        f"found by weighting the draws. Sensitivity to the prior is at most {most:.3f}, to the data "
        f"at most {table['likelihood'].max():.3f} (worth a look from {THRESHOLD}). "
    )
    if worst >= TRUST:
        meaning += f"The weights cannot be trusted (tail shape {worst:.2f}, limit {TRUST})."
    elif told:
        meaning += (
            f"{told}. A conflict means that prior and data pull apart; a strong prior means that the "
            "data hardly move the result. Neither is an error: say which prior, and why."
        )
    else:
        meaning += "No result hangs on the prior more than it should."
    verdict: Verdict = "concern" if told or worst >= TRUST else "pass"
    return Check(name, most, None, verdict, meaning)
