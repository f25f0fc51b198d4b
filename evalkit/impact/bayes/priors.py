"""Priors: the documented rule in standard deviations, a user's own in outcome units, both in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from evalkit.errors import nearest

SLOTS = {
    "effect": ("mean", "sd"),
    "spread": ("sd",),
    "noise": ("sd",),
    "moderators": ("sd",),
}
SMALL = 0.2
"""A small effect in standard deviations (Cohen 1988): what a sceptic doubts when no margin is named."""


@dataclass(frozen=True)
class Priors:
    """Prior scales of the site-effects model, in outcome units.

    Attributes
    ----------
    effect_mean, effect_sd : float
        Normal prior of the typical effect.
    spread_sd : float
        Scale of the half-normal prior of how far sites' effects lie apart.
    noise_sd : float
        Scale of the half-normal prior of the residual standard deviation.
    moderators_sd : float
        Normal prior, centred at zero, of the change in effect per standard deviation of a moderator.
    """

    effect_mean: float
    effect_sd: float
    spread_sd: float
    noise_sd: float
    moderators_sd: float


def default_priors(sd: float) -> Priors:
    """Return the default priors: weakly informative, and the same in standard deviations always.

    Typical effect Normal(0, 1 SD); spread half-normal(0.5 SD); noise half-normal(2 SD); each
    moderator Normal(0, 0.5 SD). Measured in the outcome's own SD, so that pounds or pence, points
    or thousandths of points give the same conclusions.
    """
    return Priors(0.0, sd, 0.5 * sd, 2 * sd, 0.5 * sd)


def prior_faults(
    given: Mapping[str, Any] | None, slots: Mapping[str, tuple[str, ...]] = SLOTS
) -> list[tuple[str, str]]:
    """Return what is wrong with a user's priors, each with its remedy.

    Parameters
    ----------
    given : mapping or None
    slots : mapping of str to tuple of str
        The priors that the model has, and what each is given by.
    """
    if not given:
        return []
    if not isinstance(given, Mapping):
        return [("`priors` is no mapping.", "Write `priors: {effect: {mean: 0, sd: 2}}`.")]
    faults: list[tuple[str, str]] = []
    for slot, value in given.items():
        if slot not in slots:
            wrong = f"There is no prior called `{slot}` in this model.{nearest(str(slot), slots)}"
            faults.append((wrong, f"Use one of: {', '.join(slots)}."))
            continue
        faults.extend(_slot_faults(slot, value, slots[slot]))
    return faults


def _slot_faults(slot: str, value: object, keys: tuple[str, ...]) -> list[tuple[str, str]]:
    shape = ", ".join(f"{key}: number" for key in keys)
    remedy = f"Write `{slot}: {{{shape}}}`, in the outcome's own units."
    if not isinstance(value, Mapping):
        return [(f"The prior `{slot}` is no mapping.", remedy)]
    wrong = [f"The prior `{slot}` has no `{key}`." for key in value if key not in keys]
    for key in keys:
        number = value.get(key, 1)
        if isinstance(number, bool) or not isinstance(number, int | float):
            wrong.append(f"`{key}` of the prior `{slot}` is no number.")
        elif key == "sd" and not 0 < number < float("inf"):
            wrong.append(f"`sd` of the prior `{slot}` must be above zero.")
    return [(text, remedy) for text in wrong]


def choose_priors(given: Mapping[str, Any] | None, sd: float) -> Priors:
    """Return the default priors with whatever the user gave, in outcome units, put in their place."""
    changes = {
        f"{slot}_{key}": float(number)
        for slot, value in (given or {}).items()
        for key, number in value.items()
    }
    return replace(default_priors(sd), **changes)


def variants(priors: Priors, change: float) -> dict[str, Priors]:
    """Return the priors under which the result is shown again.

    The sceptic's is centred at zero and gives `change` or more a chance of 5 %; the enthusiast's is
    centred at `change` and gives zero or less a chance of 5 % (Spiegelhalter, Freedman and Parmar
    1994, section 4).
    """
    doubt = abs(change) / 1.645
    return {
        "effect: prior half as wide": replace(priors, effect_sd=priors.effect_sd / 2),
        "effect: prior twice as wide": replace(priors, effect_sd=priors.effect_sd * 2),
        "spread: prior half as wide": replace(priors, spread_sd=priors.spread_sd / 2),
        "spread: prior twice as wide": replace(priors, spread_sd=priors.spread_sd * 2),
        "sceptical": replace(priors, effect_mean=0.0, effect_sd=doubt),
        "enthusiastic": replace(priors, effect_mean=change, effect_sd=doubt),
    }


def prior_table(
    priors: Priors, sd: float, given: Mapping[str, Any] | None, moderators: int
) -> pd.DataFrame:
    """Return the priors in outcome units, in standard deviations and in words."""
    low, high = (priors.effect_mean + sign * 1.96 * priors.effect_sd for sign in (-1, 1))
    spread, noise, slope = priors.spread_sd, priors.noise_sd, priors.moderators_sd
    rows = [
        (
            "effect",
            "mean effect over sites",
            f"Normal({priors.effect_mean:.4g}, {priors.effect_sd:.4g})",
            priors.effect_sd,
            f"Before the data: a mean effect between {low:.3g} and {high:.3g} is held 95 % likely.",
        ),
        (
            "spread",
            "spread of effects between sites",
            f"HalfNormal({spread:.4g})",
            spread,
            (
                f"Before the data: sites' effects have a standard deviation below {1.96 * spread:.3g} "
                "with 95 % probability, and nought is not ruled out."
            ),
        ),
        (
            "noise",
            "residual standard deviation",
            f"HalfNormal({noise:.4g})",
            noise,
            f"Before the data: below {1.96 * noise:.3g} with 95 % probability; hardly informative.",
        ),
    ]
    if moderators:
        rows.append(
            (
                "moderators",
                "change in effect per SD of a moderator",
                f"Normal(0, {slope:.4g})",
                slope,
                (
                    f"Before the data: between {-1.96 * slope:.3g} and {1.96 * slope:.3g} with 95 % "
                    "probability."
                ),
            )
        )
    return pd.DataFrame(
        {
            "prior": [row[0] for row in rows],
            "parameter": [row[1] for row in rows],
            "distribution": [row[2] for row in rows],
            "scale_in_sd": [row[3] / sd for row in rows],
            "source": ["given" if row[0] in (given or {}) else "default" for row in rows],
            "words": [row[4] for row in rows],
        }
    )
