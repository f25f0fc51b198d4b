"""Beliefs that nobody elicited: the default, the sceptic's, the enthusiast's, and a share of doubt."""

from __future__ import annotations

import pandas as pd

from evalkit.impact.bayes.beliefs.model import Belief, believed
from evalkit.impact.bayes.beliefs.shape import Part, normal, student

DOUBT = 1.6448536269514722
"""Standard normal quantile of 95 %."""


def vague(sd: float, *, unit: str = "") -> Belief:
    """Return the default prior: normal around zero with the outcome's standard deviation."""
    say = "The default: an effect of either sign, seldom above two standard deviations."
    return _plain(normal(0.0, sd), "default", say, unit)


def given(mean: float, sd: float, df: float = float("inf"), *, unit: str = "") -> Belief:
    """Return the normal, or Student t (`df` above 2), that a user wrote down."""
    return _plain(student(mean, sd, df), "given", "As written in the protocol.", unit)


def sceptical(change: float, *, unit: str = "") -> Belief:
    """Return the prior of who doubts: around zero, with a chance of 5 % for `change` or more.

    Parameters
    ----------
    change : float
        The change that matters, signed as it is wanted.
    unit : str

    References
    ----------
    Spiegelhalter, Freedman and Parmar (1994), "Bayesian approaches to randomized trials", section 4.
    """
    say = f"A sceptic's: {change:.3g} or more beyond it has a chance of 5 %."
    return _plain(normal(0.0, abs(change) / DOUBT), "sceptical", say, unit)


def enthusiastic(change: float, *, unit: str = "") -> Belief:
    """Return the prior of who is sure: around `change`, with a chance of 5 % for none or harm.

    Parameters and source as for `sceptical`.
    """
    say = f"An enthusiast's: around {change:.3g}, with a chance of 5 % for no effect or a contrary one."
    return _plain(normal(change, abs(change) / DOUBT), "enthusiastic", say, unit)


def doubted(belief: Belief, share: float, sd: float, *, unit: str = "") -> Belief:
    """Return a belief mixed with the default, so that data can overrule it.

    Parameters
    ----------
    belief : Belief
    share : float
        Weight of the default, above 0 and below 1.
    sd : float
        Standard deviation of the outcome.
    unit : str

    References
    ----------
    Schmidli and others (2014), "Robust meta-analytic-predictive priors in clinical trials with
    historical control information", *Biometrics* 70.
    """
    kept = [part.with_weight(part.weight * (1 - share)) for part in belief.parts]
    default = normal(0.0, sd, weight=share, name="default")
    origin = belief.words.partition(" Before the data:")[0]
    say = f"{origin} Mixed with the default prior, which has {100 * share:.3g} % of the weight."
    return believed([*kept, default], belief.source, belief.table, say, unit=unit)


def _plain(part: Part, source: str, say: str, unit: str) -> Belief:
    row = {"centre": part.centre, "scale": part.scale, "df": part.df}
    return believed([part], source, pd.DataFrame([row]), say, unit=unit)
