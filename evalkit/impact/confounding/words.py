"""Sentences about hidden confounding: each number with what it would take, in plain words."""

from __future__ import annotations

import math

RULE = (
    "Rule: fails when a confounder as strong as the strongest covariate (or set of covariates) "
    "would take the whole estimate away; a concern when it would make the interval reach zero, or "
    "when there is no covariate to compare with; passes otherwise."
)
CANNOT = "No data can show that there is no such confounder; whether one is likely is a judgement."


def share(value: float) -> str:
    """Return a share as a percentage: 14%, 7.6%, 0.92%, under 0.01%."""
    if value == 0:
        return "0%"
    if abs(value) < 1e-4:
        return "under 0.01%"
    return f"{100 * value:.{2 if value < 0.01 else 1 if value < 0.1 else 0}f}%"


def times(multiple: float) -> str:
    """Return a multiple: 1.4 times, 12 times, more than 1,000 times."""
    if not math.isfinite(multiple) or multiple > 1000:
        return "more than 1,000 times"
    return f"{multiple:.0f} times" if multiple >= 10 else f"{multiple:.2g} times"


def robustness(rv: float, rv_interval: float, treatment: str, outcome: str, level: float) -> str:
    """Return what the two robustness values mean."""
    first = (
        f"A confounder that nobody measured would have to explain {share(rv)} of what is left of both "
        f"`{treatment}` and `{outcome}` (beside the covariates) to take the whole estimate away"
    )
    if rv_interval == 0:
        return f"{first}; the {level:.0%} interval holds zero already, with no confounder at all."
    return f"{first}, and {share(rv_interval)} to make the {level:.0%} interval reach zero."


def benchmark(name: str, multiple: float, strength: tuple[float, float]) -> str:
    """Return how a confounder that takes all away compares with the strongest covariate.

    Parameters
    ----------
    strength : tuple of float
        Partial R2 of the covariate with the treatment and with the outcome.
    """
    return (
        f"The covariate that such a confounder is best compared with is `{name}`, the strongest: it "
        f"explains {share(strength[0])} of what the others leave of the treatment and "
        f"{share(strength[1])} of the outcome; a confounder {times(multiple)} as strong would be needed "
        "to take the whole estimate away."
    )


def worst_case(r2: float, treatment: str) -> str:
    """Return the extreme scenario: a confounder that explains everything left of the outcome."""
    return (
        "Were it to explain everything that is left of the outcome, "
        f"{share(r2)} of what is left of `{treatment}` would do."
    )


def selection(delta: float, r2: float, r_max: float, ends: tuple[float, float]) -> str:
    """Return what Oster's delta and bound mean."""
    if delta < 0:
        strength = (
            "to take the estimate away, selection on what is hidden would have to work against that on "
            f"the covariates (delta = {delta:.3g})"
        )
    elif math.isfinite(delta):
        strength = (
            f"selection on what is hidden would have to be {times(delta)} as strong as that on the "
            f"covariates to take the estimate away (delta = {delta:.3g})"
        )
    else:
        strength = "no strength of selection on what is hidden would take the estimate away"
    low, high = sorted(ends)
    return (
        f"If R2 would be {r_max:.3g} with everything measured (it is {r2:.3g} with the covariates), "
        f"{strength}; if it is just as strong, the effect lies between {low:.4g} and {high:.4g}. "
    )


def e_values(of_estimate: float, of_interval: float, outcome: str, which_sd: str) -> str:
    """Return what the E-values of a standardised effect mean."""
    if of_interval <= 1:
        edge = "the interval holds no effect already, so its E-value is 1"
    else:
        edge = f"{of_interval:.3g} to make the interval reach no effect"
    return (
        f"Read as a risk ratio (from the effect over the SD {which_sd}), a confounder would have to "
        f"go with both treatment and a high `{outcome}` by a ratio of at least {of_estimate:.3g} each, "
        f"beyond the covariates, to explain the estimate away; {edge}. "
    )
