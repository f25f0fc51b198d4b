"""Oster's delta: how movement of the estimate and of R2 speak about what was not measured."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evalkit.impact.confounding.partial_r2 import NOTHING_LEFT, Regression
from evalkit.impact.least_squares import Floats, independent_columns

R_MAX = 1.3
"""Oster's (2019, section 5) cut: R2 with everything measured is 1.3 times that with the controls."""


@dataclass(frozen=True, slots=True)
class Movement:
    """What a short and a full regression say, in the notation of Oster (2019).

    Attributes
    ----------
    short, short_r2 : float
        Coefficient of the treatment and R2 without the covariates.
    full, full_r2 : float
        With the covariates.
    var_y, var_d, var_left : float
        Variance of the outcome, of the treatment, and of what covariates leave of the treatment.
    """

    short: float
    short_r2: float
    full: float
    full_r2: float
    var_y: float
    var_d: float
    var_left: float

    def r_max(self, factor: float = R_MAX) -> float:
        """Return the R2 assumed with everything measured: `factor` times the full one, at most 1."""
        return min(factor * self.full_r2, 1.0)


def movement(data: Regression) -> Movement | str:
    """Return how estimate and R2 move when the covariates enter, or why this cannot be had.

    Parameters
    ----------
    data : Regression
        `clusters` plays no part.
    """
    root = np.ones(len(data.y)) if data.weights is None else np.sqrt(data.weights)
    constant = np.zeros((len(root), 0)) if data.absorbed is not None else root[:, None]
    x = data.x * root[:, None]
    kept = independent_columns(x, np.linalg.norm(x, axis=0), after=constant)
    if len(kept) == 0:
        return "there is no covariate whose entry could move the estimate"
    base = np.linalg.qr(constant)[0] if constant.shape[1] else constant
    y, d = (_less(one * root, base) for one in (data.y, data.d))
    q = np.linalg.qr(np.column_stack([base, x[:, kept]]))[0]
    y_left, d_left = _less(y, q), _less(d, q)
    yy, dd, left = float(y @ y), float(d @ d), float(d_left @ d_left)
    if yy == 0 or left <= NOTHING_LEFT * dd:
        return "the covariates leave nothing of the treatment"
    full = float(d_left @ y_left) / left
    rss = float(((y_left - full * d_left) ** 2).sum())
    n = float(root @ root)
    return Movement(
        float(d @ y) / dd,
        float(d @ y) ** 2 / (dd * yy),
        full,
        1 - rss / yy,
        yy / n,
        dd / n,
        left / n,
    )


def _less(values: Floats, basis: Floats) -> Floats:
    return np.asarray(values - basis @ (basis.T @ values))


def _polynomials(moved: Movement, r_max: float) -> tuple[Floats, Floats]:
    """Return numerator and denominator of delta as polynomials in ``nu = full - beta``.

    Oster (2019), Journal of Business & Economic Statistics 37, proposition 3; coefficients from
    the highest power (three) down.
    """
    gap = moved.short - moved.full
    vd, left = moved.var_d, moved.var_left
    gained = (moved.full_r2 - moved.short_r2) * moved.var_y
    hidden = (r_max - moved.full_r2) * moved.var_y
    cubic = left * vd - left**2
    top = [cubic, 2 * left * gap * vd, gained * left + vd * left * gap**2, 0.0]
    below = [cubic, left * gap * vd, hidden * (vd - left), hidden * gap * vd]
    return np.array(top), np.array(below)


def delta(moved: Movement, *, target: float = 0.0, r_max: float | None = None) -> float:
    """Return how strong selection on what is hidden must be, relative to the covariates.

    Parameters
    ----------
    target : float
        The effect that is to be the true one; 0 is none.
    r_max : float, optional
        R2 with everything measured; left out: 1.3 times that with the covariates, at most 1.

    Returns
    -------
    float
        1 is "as strong as the covariates"; negative: what is hidden would have to work the other
        way; infinite where no strength suffices.
    """
    top, below = _polynomials(moved, moved.r_max() if r_max is None else r_max)
    nu = moved.full - target
    under = float(np.polyval(below, nu))
    over = float(np.polyval(top, nu))
    if under == 0:
        return math.copysign(math.inf, over) if over else math.nan
    return over / under


def bounded(
    moved: Movement, *, strength: float = 1.0, r_max: float | None = None
) -> tuple[float, tuple[float, ...]]:
    """Return the effect if selection on what is hidden is `strength` times that on the covariates.

    Returns
    -------
    value : float
        The solution nearest to the full estimate among those that keep the direction of selection
        on the covariates (Oster's assumption 3), or nearest of all where none does; nan if none.
    solutions : tuple of float
        Every real solution (one to three), from the nearest to the full estimate on.
    """
    top, below = _polynomials(moved, moved.r_max() if r_max is None else r_max)
    roots = np.roots(np.trim_zeros(top - strength * below, "f"))
    real = roots[np.abs(roots.imag) <= 1e-7 * np.maximum(np.abs(roots), 1e-300)].real
    nus = sorted((float(one) for one in real), key=abs)
    if not nus:
        return math.nan, ()
    kept = [nu for nu in nus if _keeps_direction(moved, nu)] or nus
    return moved.full - kept[0], tuple(moved.full - nu for nu in nus)


def _keeps_direction(moved: Movement, nu: float) -> bool:
    """Return whether covariates and treatment go together as the estimates say they do.

    With the true effect ``full - nu``, their covariance is ``var_d (short - full + nu) - left nu``.
    """
    gap = moved.short - moved.full
    return (moved.var_d * (gap + nu) - moved.var_left * nu) * gap >= 0
