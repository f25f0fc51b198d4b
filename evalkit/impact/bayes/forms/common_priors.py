"""Priors of the Bayesian forms: a rule in units of the data, a user's own in outcome units, words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from evalkit.errors import nearest
from evalkit.impact.bayes.beliefs import FORMS, prior_of
from evalkit.impact.frame import Faults, Floats

SMALL = 0.2
"""A small effect in units (Cohen 1988): what a sceptic doubts where no margin is named."""
DOUBT = 1.645
"""Standard normal quantile of 95 %."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A prior that a form has: its default, in units, and what it is of.

    Attributes
    ----------
    words : str
        What the prior is of.
    sd : float
        Default scale, in units (standard deviations of the outcome, or as the form says).
    half : bool
        Whether it is of a standard deviation (half-normal, or half-Student-t with `df` given), and
        not of an effect (normal).
    """

    words: str
    sd: float
    half: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """Return what a user may give."""
        return ("sd", "df") if self.half else ("mean", "sd")


@dataclass(frozen=True, slots=True)
class Belief:
    """One prior in units: ``Normal(mean, sd)``, or half-Student-t with `df` (infinite: half-normal).

    `words` say where it comes from, when it was elicited or made from earlier research.
    """

    mean: float
    sd: float
    df: float = math.inf
    words: str = ""


def log_density(belief: Belief, at: Floats) -> Floats:
    """Return the log density of a prior, up to a constant that is the same for all of its kind."""
    z = (at - belief.mean) / belief.sd
    if math.isinf(belief.df):
        return np.asarray(-0.5 * z**2 - math.log(belief.sd))
    return np.asarray(-0.5 * (belief.df + 1) * np.log1p(z**2 / belief.df) - math.log(belief.sd))


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, beside the data."""

    priors: Mapping[str, Any] | None
    level: float
    margin: float | None
    seed: int


Slots = Mapping[str, Slot]
Beliefs = Mapping[str, Belief]


def prior_faults(given: Any, slots: Slots) -> Faults:
    """Return what is wrong with a user's priors, each fault with its remedy."""
    if not given:
        return []
    if not isinstance(given, Mapping):
        return [("`priors` is no mapping.", "Write `priors: {effect: {mean: 0, sd: 2}}`.")]
    faults: Faults = []
    for name, value in given.items():
        if name not in slots:
            wrong = f"There is no prior called `{name}` here.{nearest(str(name), slots)}"
            faults.append((wrong, f"Use one of: {', '.join(slots)}."))
        elif name == "effect" and _is_elicited(value):
            # the unit, which only the data can tell, has no bearing on the faults
            faults += prior_of(value, 1.0)[1]
        else:
            faults += _slot_faults(str(name), value, slots[name])
    return faults


def _is_elicited(value: Any) -> bool:
    """Return whether a prior is given otherwise than by its mean and spread: see `beliefs`."""
    own = {*FORMS, "unit", "doubt"} - {"mean"}
    return isinstance(value, Mapping) and bool(own & set(value))


def form_faults(inference: str, given: Any, slots: Slots, changed: Sequence[str] = ()) -> Faults:
    """Return the faults of `priors`, and of options that one form has and the other not.

    Parameters
    ----------
    inference : str
    given : mapping or None
        The priors.
    slots : Slots
        Every prior the Bayesian form may have.
    changed : sequence of str
        Options of the frequentist form that were set.
    """
    if inference == "bayesian":
        idle = [
            (
                f"`{name}` has no meaning with `inference: bayesian`.",
                f"Leave `{name}` out, or write `inference: frequentist`.",
            )
            for name in changed
        ]
        return [*prior_faults(given, slots), *idle]
    if not given:
        return []
    wrong = "`priors` stands without `inference: bayesian`."
    return [(wrong, "Write `inference: bayesian`, or leave `priors` out.")]


def _slot_faults(name: str, value: Any, slot: Slot) -> Faults:
    shape = "sd: number" if slot.half else "mean: number, sd: number"
    remedy = f"Write `{name}: {{{shape}}}`, in the outcome's own units."
    if not isinstance(value, Mapping):
        return [(f"The prior `{name}` is no mapping.", remedy)]
    wrong = [f"The prior `{name}` has no `{key}`." for key in value if key not in slot.keys]
    for key in slot.keys:
        number = value.get(key, 1)
        if isinstance(number, bool) or not isinstance(number, int | float):
            wrong.append(f"`{key}` of the prior `{name}` is no number.")
        elif key != "mean" and not number > 0:
            wrong.append(f"`{key}` of the prior `{name}` must be above zero.")
        elif key != "df" and not math.isfinite(number):
            wrong.append(f"`{key}` of the prior `{name}` must be a finite number.")
    return [(text, remedy) for text in wrong]


def beliefs_of(asked: Asked, slots: Slots, unit: float) -> dict[str, Belief]:
    """Return the default priors with what was given, in outcome units, put in their place.

    Parameters
    ----------
    asked : Asked
    slots : mapping of str to Slot
    unit : float
        One unit of the model in outcome units.
    """
    made = {name: Belief(0.0, slot.sd) for name, slot in slots.items()}
    for name, value in (asked.priors or {}).items():
        if name not in slots:
            continue  # a prior of something this model has not: said by `idle_priors`
        if name == "effect" and _is_elicited(value):
            found, _ = prior_of(value, unit, margin=asked.margin)
            made[name] = Belief(found.mean / unit, found.sd / unit, words=found.words)
            continue
        number = {key: float(value[key]) for key in value}
        before = made[name]
        made[name] = Belief(
            number["mean"] / unit if "mean" in number else before.mean,
            number["sd"] / unit if "sd" in number else before.sd,
            number.get("df", before.df),
        )
    return made


def idle_priors(given: Mapping[str, Any] | None, slots: Slots) -> tuple[str, ...]:
    """Return a note for the priors given that the model has no use for."""
    idle = [f"`{name}`" for name in given or {} if name not in slots]
    return (f"Priors that have no bearing on this model: {', '.join(idle)}.",) if idle else ()


def variants(beliefs: Beliefs, change: float) -> dict[str, dict[str, Belief]]:
    """Return the priors under which the result is shown again.

    The sceptic's prior of the effect is centred at zero and gives `change` or more a chance of 5 %;
    the enthusiast's is centred at `change` and gives zero or less a chance of 5 % (Spiegelhalter,
    Freedman and Parmar 1994, section 4). Then each prior of the effect, and of every spread, half
    and twice as wide.
    """
    doubt = abs(change) / DOUBT
    made = {}
    for name in ("effect", *_spreads(beliefs)):
        for word, factor in (("half", 0.5), ("twice", 2.0)):
            wider = replace(beliefs[name], sd=beliefs[name].sd * factor)
            made[f"{name}: prior {word} as wide"] = {**beliefs, name: wider}
    made["sceptical"] = {**beliefs, "effect": Belief(0.0, doubt)}
    made["enthusiastic"] = {**beliefs, "effect": Belief(change, doubt)}
    return made


def _spreads(beliefs: Beliefs) -> tuple[str, ...]:
    """Return the spreads whose priors may matter: all but that of the residuals."""
    known = ("effect", "noise", "moderators")
    return tuple(name for name in beliefs if name not in known)


def prior_table(
    beliefs: Beliefs, slots: Slots, unit: float, given: Mapping[str, Any] | None
) -> pd.DataFrame:
    """Return the priors in outcome units, in units of the model, and in words."""
    rows = []
    for name, slot in slots.items():
        one = beliefs[name]
        source = "given" if name in (given or {}) else "default"
        shown, words = _in_words(one, slot, unit)
        words = one.words or words
        rows.append((name, slot.words, shown, one.sd, source, words))
    names = ["prior", "parameter", "distribution", "scale_in_sd", "source", "words"]
    return pd.DataFrame(rows, columns=names)


def _in_words(one: Belief, slot: Slot, unit: float) -> tuple[str, str]:
    mean, sd = one.mean * unit, one.sd * unit
    if not slot.half:
        low, high = mean - 1.96 * sd, mean + 1.96 * sd
        words = f"Before the data: between {low:.3g} and {high:.3g} with 95 % probability."
        return f"Normal({mean:.4g}, {sd:.4g})", words
    if math.isinf(one.df):
        shown, reach = f"HalfNormal({sd:.4g})", 1.96 * sd
    else:
        from scipy.special import stdtrit

        shown, reach = f"HalfStudentT({one.df:g}, {sd:.4g})", float(stdtrit(one.df, 0.975)) * sd
    words = (
        f"Before the data: below {reach:.3g} with 95 % probability, and nought is not ruled out."
    )
    return shown, words
