"""Who the compliers are: those whose treatment the instrument changed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.impact.instruments.sample import Sample
from evalkit.impact.least_squares import Floats

STEPS = 50
NEAR = 0.01
"""Chance of the instrument nearer than this to 0 or 1: the weights cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Compliers:
    """Shares of the three kinds of people, and what compliers are like.

    Attributes
    ----------
    compliers, always, never : float
        Shares; always-takers have the treatment whatever the instrument, never-takers never.
    treated_share : float
        Share of the treated who are compliers.
    table : pandas.DataFrame
        ``characteristic, compliers, everyone, difference_sd``, one row a covariate.
    nearest : float
        Distance of the most extreme chance of the instrument from 0 or 1.
    turned : bool
        The instrument lowers the treatment, so compliers are those it takes it from.
    """

    compliers: float
    always: float
    never: float
    treated_share: float
    table: pd.DataFrame
    nearest: float
    turned: bool


def compliers(sample: Sample) -> Compliers | str:
    """Return who the compliers are, or why this cannot be said.

    References
    ----------
    Abadie (2003), Journal of Econometrics 113: weights ``kappa = 1 - D(1-Z)/(1-p) - (1-D)Z/p`` with
    ``p`` the chance of the instrument given covariates (logistic regression).
    """
    if len(sample.instruments) != 1:
        return "there are several instruments, and each moves other people"
    d, z = sample.d, sample.z[:, 0]
    if set(np.unique(d)) != {0.0, 1.0}:
        return "the treatment is not 0 and 1, so people are moved by different amounts"
    if set(np.unique(z)) != {0.0, 1.0}:
        return "the instrument is not 0 and 1, so it moves different people at different values"
    p = propensity(sample.x, z, sample.w)
    if p is None:
        return "the covariates all but decide the instrument, so its chance cannot be estimated"
    w = sample.w / sample.w.sum()
    rise = float(w @ (d * z / p)) / float(w @ (z / p)) - float(w @ (d * (1 - z) / (1 - p))) / float(
        w @ ((1 - z) / (1 - p))
    )
    if rise < 0:
        z, p = 1 - z, 1 - p
    kappa = 1 - d * (1 - z) / (1 - p) - (1 - d) * z / p
    part = float(w @ kappa)
    if part <= NEAR:
        return "hardly anyone's treatment follows the instrument, so their traits cannot be told"
    always = float(w @ (d * (1 - z) / (1 - p))) / float(w @ ((1 - z) / (1 - p)))
    never = float(w @ ((1 - d) * z / p)) / float(w @ (z / p))
    chance = float(w @ z)
    return Compliers(
        compliers=max(1 - always - never, 0.0),
        always=always,
        never=never,
        treated_share=(1 - always - never) * chance / float(w @ d),
        table=_traits(sample, w, kappa / part),
        nearest=float(np.minimum(p, 1 - p).min()),
        turned=rise < 0,
    )


def _traits(sample: Sample, w: Floats, kappa: Floats) -> pd.DataFrame:
    rows = []
    for j, name in enumerate(sample.names, start=1):
        column = sample.x[:, j]
        everyone = float(w @ column)
        sd = math.sqrt(float(w @ (column - everyone) ** 2))
        theirs = float((w * kappa) @ column)
        label = name if sample.names.count(name) == 1 else f"{name} ({j})"
        rows.append((label, theirs, everyone, (theirs - everyone) / sd if sd > 0 else math.nan))
    names = ["characteristic", "compliers", "everyone", "difference_sd"]
    return pd.DataFrame(rows, columns=names)


def propensity(x: Floats, z: Floats, w: Floats) -> Floats | None:
    """Return the chance of ``z = 1`` by logistic regression, or None if it does not converge.

    Newton's method on the weighted likelihood; x holds the constant.
    """
    from scipy.special import expit

    size = np.abs(x).max(axis=0)
    x = x / size
    beta = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = expit(x @ beta)
        slope = x.T @ (w * (z - p))
        curve = (x * (w * p * (1 - p))[:, None]).T @ x
        step = np.linalg.lstsq(curve, slope, rcond=None)[0]
        beta = beta + step
        if np.abs(step).max() < 1e-9 * (1 + np.abs(beta).max()):
            break
    p = expit(x @ beta)
    separated = np.minimum(p, 1 - p).min() < 1e-6 or not np.isfinite(beta).all()
    return None if separated else np.asarray(p)
