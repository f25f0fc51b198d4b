"""The form of an effect that is a gap: its parameters, their priors, and the target to be sampled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.bayes.forms.common_priors import Asked, Belief, Beliefs, Slots, beliefs_of
from evalkit.impact.least_squares import Floats

CHUNK = 1000
LEAST, MOST, MOST_TAILED = 1e-6, 12.0, 1e4
"""Spreads below or above so many scales of their prior have no weight to speak of (half-normal, and
half-Student-t), and the algebra would lose its digits there."""
FAR = 6.0
"""So have inverse hyperbolic tangents beyond this: correlations nearer than 0.00002 to 1."""
MEMORY_MEAN = 0.2
"""Centre of the default prior of the correlation from one period to the next: a choice, as outcomes
of services mostly remember a little; the prior is wide enough to be overruled by 20 periods."""


@dataclass(frozen=True, slots=True)
class Hyper:
    """A parameter that is not linear.

    Attributes
    ----------
    slot : str
        Name of its prior.
    kind : {"spread", "memory"}
        A standard deviation (half-normal; sampled in logs), or a correlation from one period to the
        next (normal within -1 and 1; sampled as its inverse hyperbolic tangent).
    start : float
        About where it lies.
    """

    slot: str
    kind: str
    start: float


@dataclass(frozen=True, slots=True)
class Conditional:
    """What is known of the effect given the parameters, before its own prior.

    Attributes
    ----------
    loglik : ndarray, shape (B,)
        Log density of the data, coefficients integrated out and the effect left flat.
    mean, variance : ndarray, shape (B,)
        Of the effect.
    """

    loglik: Floats
    mean: Floats
    variance: Floats


Given = Callable[[Floats, Beliefs], Conditional]


@dataclass(frozen=True)
class Gap:
    """A form of this kind, in units.

    Attributes
    ----------
    design : str
        For messages.
    hyper : tuple of Hyper
    given : callable
        From parameters (B, d) and priors to `Conditional`.
    unit : float
        One unit in outcome units.
    slots : mapping
        The priors the form has; those of kind memory are without unit.
    """

    design: str
    hyper: tuple[Hyper, ...]
    given: Given
    unit: float
    slots: Slots

    def index(self, slot: str) -> int:
        """Return the place of the parameter with this prior."""
        return [one.slot for one in self.hyper].index(slot)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The target at B points: its log, that of prior and data, and the effect's moments."""

    target: Floats
    log_prior: Floats
    loglik: Floats
    mean: Floats
    variance: Floats


def evaluate(form: Gap, beliefs: Beliefs, points: Floats) -> Evaluated:
    """Return the target at points (B, d), in logs and inverse hyperbolic tangents."""
    inside = _inside(form, beliefs, points)
    nothing = np.full(len(points), -np.inf)
    target, prior, loglik = nothing, nothing.copy(), nothing.copy()
    mean, variance = np.zeros(len(points)), np.ones(len(points))
    for rows in np.array_split(np.flatnonzero(inside), max(1, len(points) // CHUNK)):
        if not len(rows):
            continue
        values = natural(form, points[rows])
        found = form.given(values, beliefs)
        prior[rows] = _log_prior(form, beliefs, points[rows], values)
        loglik[rows] = found.loglik
        seen = prior_density(found.mean, found.variance, beliefs["effect"])
        log = found.loglik + prior[rows] + seen
        target[rows] = np.where(np.isfinite(log), log, -np.inf)
        mean[rows], variance[rows] = found.mean, found.variance
    return Evaluated(target, prior, loglik, mean, variance)


def _inside(form: Gap, beliefs: Beliefs, points: Floats) -> NDArray[np.bool_]:
    """Return which points lie where the priors have any weight to speak of."""
    made = np.ones(len(points), dtype=bool)
    for k, one in enumerate(form.hyper):
        belief, value = beliefs[one.slot], points[:, k]
        if one.kind == "memory":
            made &= np.abs(value) < FAR
        else:
            most = MOST if np.isinf(belief.df) else MOST_TAILED
            made &= (value > np.log(LEAST * belief.sd)) & (value < np.log(most * belief.sd))
    return made


def _log_prior(form: Gap, beliefs: Beliefs, points: Floats, values: Floats) -> Floats:
    """Return the log prior of the sampled parameters, the change of variable taken in."""
    made = np.zeros(len(points))
    for k, one in enumerate(form.hyper):
        belief, value = beliefs[one.slot], values[:, k]
        if one.kind == "memory":
            z = (value - belief.mean) / belief.sd
            made += -0.5 * z**2 - 2 * np.log(np.cosh(points[:, k]))
        elif np.isinf(belief.df):
            made += -0.5 * (value / belief.sd) ** 2 + points[:, k]
        else:
            z2 = (value / belief.sd) ** 2 / belief.df
            made += -0.5 * (belief.df + 1) * np.log1p(z2) + points[:, k]
    return made


def posterior_of(mean: Floats, variance: Floats, belief: Belief) -> tuple[Floats, Floats]:
    """Return mean and SD of the effect given the parameters, its normal prior taken in."""
    share = belief.sd**2 / (belief.sd**2 + variance)
    return belief.mean + share * (mean - belief.mean), np.sqrt(share * variance)


def prior_density(mean: Floats, variance: Floats, belief: Belief) -> Floats:
    """Return the log of what the effect's prior makes of the data, given the parameters."""
    total = belief.sd**2 + variance
    return np.asarray(-0.5 * (np.log(2 * np.pi * total) + (mean - belief.mean) ** 2 / total))


def natural(form: Gap, points: Floats) -> Floats:
    """Return parameters as they are read, from logs and inverse hyperbolic tangents."""
    made = points.copy()
    for k, one in enumerate(form.hyper):
        made[..., k] = np.exp(points[..., k]) if one.kind == "spread" else np.tanh(points[..., k])
    return made


def transformed(form: Gap, values: Floats) -> Floats:
    """Return logs of spreads and inverse hyperbolic tangents of correlations."""
    made = values.copy()
    for k, one in enumerate(form.hyper):
        made[..., k] = (
            np.log(values[..., k]) if one.kind == "spread" else np.arctanh(values[..., k])
        )
    return made


def beliefs_in_units(asked: Asked, form: Gap) -> dict[str, Belief]:
    """Return the priors: the form's own with what was given, in outcome units, in their place."""
    made = beliefs_of(asked, form.slots, form.unit)
    for one in form.hyper:
        if one.kind == "memory":
            default = {"mean": MEMORY_MEAN, "sd": form.slots[one.slot].sd}
            own = {**default, **(asked.priors or {}).get(one.slot, {})}
            made[one.slot] = Belief(float(own["mean"]), float(own["sd"]))
    return made
