"""Tests of what instruments must be: over-identification, endogeneity, direct effects."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from evalkit.impact.inference import t_row
from evalkit.impact.instruments.anderson_rubin import Moments, confidence_set, room
from evalkit.impact.instruments.reduced import Reduced
from evalkit.impact.instruments.robust import robust
from evalkit.impact.instruments.sample import Sample
from evalkit.impact.instruments.two_stage import Structural, structural
from evalkit.impact.least_squares import Floats

SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
"""Direct effects of the instruments that are tried, as shares of their whole effect on the outcome."""


class HypothesisTest(NamedTuple):
    """A test statistic with its degrees of freedom and p-value."""

    name: str
    statistic: float
    df: tuple[float, ...]
    p_value: float


def over_identification(
    sample: Sample, reduced: Reduced, found: Structural
) -> list[HypothesisTest]:
    """Return Sargan's test (equal spread) and Hansen's J (robust); none with one instrument.

    References
    ----------
    Sargan (1958), Econometrica 26; Hansen (1982), Econometrica 50.
    """
    from scipy.special import chdtrc

    extra = reduced.count - 1
    if extra < 1:
        return []
    residuals = found.residuals
    onto = np.linalg.lstsq(reduced.full, residuals, rcond=None)[0]
    fitted = reduced.full @ onto
    statistic = sample.n * float(fitted @ fitted) / float(residuals @ residuals)
    made = [
        HypothesisTest(
            "Sargan (equal spread)", statistic, (extra,), float(chdtrc(extra, statistic))
        )
    ]
    if reduced.groups <= reduced.full.shape[1]:
        return made  # the weights of the moments would be singular
    two_step = found if math.isnan(found.kappa) else structural(sample, reduced, "gmm")
    j = float(two_step.native.j_stat.stat)
    return [*made, HypothesisTest("Hansen J (robust)", j, (extra,), float(chdtrc(extra, j)))]


def endogeneity(sample: Sample, reduced: Reduced) -> list[HypothesisTest]:
    """Return whether the treatment, once instrumented, differs from itself in least squares.

    Wu (1973) and Hausman (1978) in the form of an added regressor: the residual of the first stage
    beside treatment and covariates. F under equal spread, and t with robust (CR2, HC2) error.
    """
    from scipy.special import fdtrc

    left = reduced.d - reduced.z @ reduced.to_d
    if not left @ left > 1e-18 * float(reduced.d @ reduced.d):
        return []
    root = np.sqrt(sample.w)[:, None]
    x = np.column_stack([left, sample.d[:, None] * root, sample.x * root])
    y = sample.y * root[:, 0]
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    residuals = y - x @ beta
    df = len(y) - x.shape[1]
    if df < 1:
        return []
    inverse = float(np.linalg.inv(x.T @ x)[0, 0])
    f = float(beta[0]) ** 2 / (float(residuals @ residuals) / df * inverse)
    made = robust(x, residuals, sample.cluster, 1)
    again = t_row("", float(beta[0]), float(made.errors[0]), float(made.df[0]), 0.95)
    t2 = float((beta[0] / made.errors[0]) ** 2) if made.errors[0] > 0 else math.nan
    return [
        HypothesisTest("Wu-Hausman (equal spread)", f, (1, df), float(fdtrc(1, df, f))),
        HypothesisTest("Wu-Hausman (robust)", t2, (1, float(made.df[0])), again["p_value"]),
    ]


@dataclass(frozen=True, slots=True)
class Leading:
    """How the interval that leads is made: a t interval, or an Anderson-Rubin set.

    Attributes
    ----------
    std_error, df : float
        Of the t method that leads, or would.
    moments : Moments or None
        Those of the set, where it leads.
    level : float
    """

    std_error: float
    df: float
    moments: Moments | None
    level: float


def direct_effects(reduced: Reduced, value: float, leads: Leading) -> pd.DataFrame:
    """Return the union of intervals when instruments may have direct effects on the outcome.

    Parameters
    ----------
    value : float
        The estimate.

    Returns
    -------
    pandas.DataFrame
        Columns ``share`` (largest direct effect of each instrument over its whole effect on the
        outcome), ``estimate_low``, ``estimate_high``, ``low``, ``high``, ``holds_zero``.

    References
    ----------
    Conley, Hansen and Rossi (2012), Review of Economics and Statistics 94: union of confidence
    intervals over the support of the direct effects; the direct effects at which 2SLS is lowest and
    highest are used, and its error is taken not to change with them.
    """
    line = _line(reduced)
    rows = []
    for share in SHARES:
        most = share * np.abs(reduced.to_y) * np.sign(line)
        reach = float(most @ line)
        centres = (value - reach, value + reach)
        low, high = _union(centres, most, leads)
        rows.append((share, *centres, low, high, bool(low <= 0 <= high)))
    names = ["share", "estimate_low", "estimate_high", "low", "high", "holds_zero"]
    return pd.DataFrame(rows, columns=names)


def _line(reduced: Reduced) -> Floats:
    """Return weights by which direct effects of the instruments move 2SLS, which is linear in them."""
    gram = reduced.z.T @ reduced.z
    return np.asarray(gram @ reduced.to_d / float(reduced.to_d @ gram @ reduced.to_d))


def _union(centres: tuple[float, float], most: Floats, leads: Leading) -> tuple[float, float]:
    if leads.moments is None:
        low, high = (
            t_row("", centre, leads.std_error, leads.df, leads.level) for centre in centres
        )
        return low["low"], high["high"]
    sets = [
        confidence_set(leads.moments.shifted(sign * most), leads.level).hull for sign in (1, 0, -1)
    ]
    ends = np.array(sets)
    if np.isnan(ends).all():
        return math.nan, math.nan
    return float(np.nanmin(ends[:, 0])), float(np.nanmax(ends[:, 1]))


def breakdown(reduced: Reduced, value: float, leads: Leading) -> float | None:
    """Return the share of direct effects at which the interval reaches zero; 0 if it does already.

    None where an Anderson-Rubin set of several instruments leads: the table says it then.
    """
    if leads.moments is not None:
        return room(leads.moments, leads.level) if reduced.count == 1 else None
    made = t_row("", value, leads.std_error, leads.df, leads.level)
    if not made["low"] * made["high"] > 0:
        return 0.0
    whole = float(np.abs(reduced.to_y) @ np.abs(_line(reduced)))
    return float(min(abs(made["low"]), abs(made["high"])) / whole)
