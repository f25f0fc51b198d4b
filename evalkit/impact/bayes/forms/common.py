"""From a collapsed model and what its coefficients mean to the parts of an `Estimate`.

A `Form` says which coefficients have which prior; it is sampled under the priors in use and, again,
under others. Everything is in units of the data (`Form.unit`), so that no answer hangs on whether
an outcome is in pounds or pence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from evalkit.errors import DesignError
from evalkit.impact.bayes.forms.common_priors import Belief, Beliefs, Slots
from evalkit.impact.gaussian import Draws, Fixed, Gram, Model, Noise, Varying, sample
from evalkit.impact.least_squares import Floats, Ints

DIGITS = 10
"""Data in units are rounded to so many digits, as the last bits hang on the unit of the file."""
FLAT = "flat"


@dataclass(frozen=True, slots=True)
class Common:
    """Coefficients of everyone with one prior: its name, or `FLAT`."""

    prior: str
    columns: Ints


@dataclass(frozen=True, slots=True)
class Group:
    """Coefficients of groups, shape (groups, d), with the name of the prior of each spread."""

    priors: tuple[str, ...]
    columns: Ints
    label: str
    names: tuple[str, ...] = ()
    relation: Floats | None = None


@dataclass(frozen=True)
class Form:
    """A collapsed model, and what is asked of it.

    Attributes
    ----------
    gram : Gram
        In units of the data.
    common : tuple of Common
    groups : tuple of Group
    effect : ndarray, shape (m,)
        Which combination of the coefficients is the effect that leads.
    unit : float
        One unit in outcome units.
    slots : mapping
        The priors the form has.
    known : bool
        Whether the noise is known and 1 (rows are weighted by their known precision).
    taken_out : ndarray or None
        Covariance of the groups' coefficients in units of the noise's variance, where there are so
        many groups that they were taken out beforehand; `taken_priors` names what they are of.
    residuals : callable or None
        From coefficients (m,) to residuals, each times the root of its weight.
    """

    gram: Gram
    common: tuple[Common, ...]
    groups: tuple[Group, ...]
    effect: Floats
    unit: float
    slots: Slots
    known: bool = False
    taken_out: Floats | None = None
    taken_priors: tuple[str, ...] = ()
    residuals: Callable[[Floats], Floats] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Fitted:
    """A form sampled under its priors; draws of the effect in outcome units."""

    form: Form
    beliefs: Beliefs
    draws: Draws

    @property
    def effect(self) -> Floats:
        """Draws of the effect that leads, shape (chains, draws), in outcome units."""
        return self.contrast(self.form.effect)

    def contrast(self, weights: Floats) -> Floats:
        """Return draws of a combination of coefficients, in outcome units."""
        return np.asarray(self.draws.coef @ weights) * self.form.unit

    def spread(self, group: int, part: int = 0) -> Floats:
        """Return draws of a spread between groups, in outcome units."""
        if self.form.taken_out is not None:
            return self.noise * float(np.sqrt(self.form.taken_out[part, part]))
        return np.asarray(self.draws.scales[group][..., part]) * self.form.unit

    @property
    def noise(self) -> Floats:
        """Draws of the residual standard deviation, in outcome units."""
        return np.asarray(self.draws.noise[..., 0]) * self.form.unit


def in_units(values: Floats, centre: float, unit: float) -> Floats:
    """Return values less their centre in units, without the bits that hang on the file's unit."""
    return np.asarray(((values - centre) / unit).round(DIGITS))


def model_of(form: Form, beliefs: Beliefs) -> Model:
    """Return the model of a form under priors, in units."""
    fixed = tuple(_fixed(one, beliefs) for one in form.common if len(one.columns))
    varying = tuple(_varying(one, beliefs) for one in form.groups)
    noise = Noise(1.0, known=np.ones(1)) if form.known else Noise(_tidy(beliefs["noise"].sd))
    return Model((form.gram,), fixed, varying, noise)


def _fixed(one: Common, beliefs: Beliefs) -> Fixed:
    nothing = Belief(0.0, np.inf)
    belief = nothing if one.prior == FLAT else beliefs[one.prior]
    ones = np.ones(len(one.columns))
    mean, sd = _tidy(belief.mean), _tidy(belief.sd)
    return Fixed(one.columns, ones * mean, ones * sd)


def _varying(one: Group, beliefs: Beliefs) -> Varying:
    scale = np.array([_tidy(beliefs[name].sd) for name in one.priors])
    return Varying(
        one.columns,
        scale,
        scale_df=beliefs[one.priors[0]].df,
        correlated=len(one.priors) > 1,
        relation=one.relation,
        label=one.label,
    )


def _tidy(number: float) -> float:
    """Return a prior's number to the digits that do not hang on the unit of the file."""
    return float(f"{number:.{DIGITS}g}")


def fit(form: Form, beliefs: Beliefs, seed: int) -> Fitted:
    """Sample a form under its priors.

    Raises
    ------
    DesignError
        When nothing is left to be explained, or the chains do not agree after the stated retries.
    """
    _need_noise(form)
    return Fitted(form, beliefs, sample(model_of(form, beliefs), seed=seed))


EXACT = 1e-12
"""Share of the outcome's variation below which what is left of it is rounding."""


def _need_noise(form: Form) -> None:
    """Refuse an outcome that effects and covariates explain to the last digit."""
    columns = np.concatenate([one.columns for one in form.common])
    xy = form.gram.xy[columns]
    xx = form.gram.xx[np.ix_(columns, columns)]
    left = form.gram.yy - float(xy @ np.linalg.lstsq(xx, xy, rcond=None)[0])
    if not form.known and left <= EXACT * form.gram.yy:
        raise DesignError(
            "The outcome is explained exactly, so nothing shows how much it varies by chance.",
            do="Check whether the outcome was computed from the other columns.",
        )
