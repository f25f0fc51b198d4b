"""What a synthetic control follows, and by whom, in units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import DesignError
from evalkit.impact.bayes.forms.common_priors import Beliefs
from evalkit.impact.bayes.forms.synthetic_weights import Prior
from evalkit.impact.least_squares import Floats
from evalkit.impact.synthetic.sample import Sample

DIGITS = 10
DONORS = 4.0
"""Mean number of donors with weight, before the data."""


@dataclass(frozen=True)
class Courses:
    """What is followed, and by whom, in units.

    Attributes
    ----------
    treated : ndarray, shape (N, T)
    donors : ndarray, shape (J, T)
    share : ndarray, shape (N,)
        How much each treated course counts.
    before : int
    window : ndarray of bool, shape (T,)
        Periods before the start that are fitted.
    unit : float
    centre : float
    """

    treated: Floats
    donors: Floats
    share: Floats
    before: int
    window: NDArray[np.bool_]
    unit: float
    centre: float


def courses_of(sample: Sample, *, pooled: bool) -> Courses:
    """Return the courses in units, treated units followed one by one or as their average."""
    last = sample.donors[sample.before - 1]
    unit = float(last.std(ddof=1))
    if not unit > 1e-9 * float(np.abs(sample.donors).max()):
        raise DesignError(
            "synthetic_control cannot be estimated: the donors are all alike in the last period "
            "before the start, so nothing tells how much units differ.",
            do="Choose other donors, or write `inference: frequentist`.",
        )
    centre = float(sample.donors[: sample.before].mean())
    treated, share = sample.treated.T, sample.share
    if pooled:
        treated, share = (share @ treated)[None], np.ones(1)
    return Courses(
        ((treated - centre) / unit).round(DIGITS),
        ((sample.donors.T - centre) / unit).round(DIGITS),
        share,
        sample.before,
        np.asarray(sample.window & (np.arange(len(sample.times)) < sample.before)),
        unit,
        centre,
    )


def weights_prior(beliefs: Beliefs) -> Prior:
    """Return the prior of the weights, of the level and of the noise."""
    return Prior(DONORS, beliefs["level"].sd, beliefs["noise"].sd)
