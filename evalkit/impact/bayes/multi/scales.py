"""Prior scales of the larger models: the documented rule in standard deviations, and words for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from evalkit.impact.bayes.priors import SMALL


@dataclass(frozen=True)
class Scales:
    """Prior scales, in standard deviations of the outcome (or on the link scale of a family).

    Attributes
    ----------
    effect_mean, effect : float
        Normal prior of the typical effect.
    spread : float
        Half-normal: how far sites' (areas', ...) effects lie apart.
    levels : float
        Half-normal: how far the levels of sites, areas and further groups lie apart.
    noise : float
        Half-normal: residual standard deviation.
    moderators : float
        Normal, about zero: change in effect per regressor.
    outcomes, domains, groups : float
        Half-normal: how far the effects on several outcomes, domains or subgroups lie apart.
    """

    effect_mean: float = 0.0
    effect: float = 1.0
    spread: float = 0.5
    levels: float = 1.0
    noise: float = 2.0
    moderators: float = 0.5
    outcomes: float = 0.5
    domains: float = 0.5
    groups: float = 0.5


def scales_of(given: Mapping[str, Any] | None, unit: float) -> Scales:
    """Return the default scales with what was given put in their place.

    Parameters
    ----------
    given : mapping or None
        Priors by slot.
    unit : float
        What one of the model's units is in the units of `given` (an SD in outcome units, or 1).
    """
    changes = {}
    for slot, value in (given or {}).items():
        for key, number in value.items():
            changes["effect_mean" if key == "mean" else slot] = float(number) / unit
    return replace(Scales(), **changes)


def variants(scales: Scales, change: float) -> dict[str, Scales]:
    """Return the priors under which the result is shown again (see `priors.variants`)."""
    doubt = max(abs(change), 1e-9) / 1.645
    return {
        "effect: prior half as wide": replace(scales, effect=scales.effect / 2),
        "effect: prior twice as wide": replace(scales, effect=scales.effect * 2),
        "spread: prior half as wide": replace(scales, spread=scales.spread / 2),
        "spread: prior twice as wide": replace(scales, spread=scales.spread * 2),
        "sceptical": replace(scales, effect_mean=0.0, effect=doubt),
        "enthusiastic": replace(scales, effect_mean=change, effect=doubt),
    }


def change_of(margin: float | None, unit: float, sign: float) -> float:
    """Return the change a sceptic doubts, in the model's units: the margin, or a small effect."""
    return sign * (abs(margin / unit) if margin else SMALL)


_WORDS = {
    "effect": "typical effect of such sites",
    "spread": "spread of effects between sites",
    "levels": "spread of levels between sites and further groups",
    "noise": "residual standard deviation",
    "moderators": "change in effect per SD of a moderator (or for a kind of place)",
    "outcomes": "spread of effects between outcomes",
    "domains": "spread of effects between domains",
    "groups": "spread of effects between subgroups",
}


def scale_table(
    scales: Scales,
    slots: tuple[str, ...],
    unit: float,
    given: Mapping[str, Any] | None,
    measure: str,
) -> pd.DataFrame:
    """Return the priors in use: in outcome units (or the measure named), in model units, in words.

    Parameters
    ----------
    scales : Scales
    slots : tuple of str
        The priors that the model has.
    unit : float
        One model unit in the units shown.
    given : mapping or None
        What the user gave.
    measure : str
        The units shown, in words, such as ``"standard deviations"``.
    """
    rows = []
    for slot in slots:
        scale = getattr(scales, slot)
        shown = scale * unit
        centre = scales.effect_mean * unit if slot == "effect" else 0.0
        normal = slot in ("effect", "moderators")
        made = f"Normal({centre:.4g}, {shown:.4g})" if normal else f"HalfNormal({shown:.4g})"
        words = _in_words(centre, shown, measure, normal=normal)
        source = "given" if slot in (given or {}) else "default"
        rows.append((slot, _WORDS[slot], made, scale, source, words))
    names = ["prior", "parameter", "distribution", "scale_in_sd", "source", "words"]
    return pd.DataFrame(rows, columns=names)


def _in_words(centre: float, scale: float, measure: str, *, normal: bool) -> str:
    if normal:
        low, high = centre - 1.96 * scale, centre + 1.96 * scale
        return f"Before the data: between {low:.3g} and {high:.3g} {measure}, 95 % likely."
    return f"Before the data: below {1.96 * scale:.3g} {measure} with 95 % probability, nought not ruled out."
