"""One comparison of two groups that are followed through two periods.

Sant'Anna and Zhao (2020, Journal of Econometrics 219): doubly robust (equation 3.1, influence
function of theorem A.1; improved: section 3.1), outcome regression, and inverse probability weights
with normalised weights (Hajek).
"""

from __future__ import annotations

import numpy as np

from evalkit.impact.least_squares import Floats
from evalkit.impact.staggered.rows import Method

OVERLAP = 0.995
"""A comparison unit with a propensity beyond this has no like among the comparison."""
STEPS = 100


def two_by_two(
    change: Floats, treated: Floats, x: Floats, w: Floats, method: Method
) -> tuple[float, Floats]:
    """Return the effect on the treated of one comparison and its influence function, shape (n,).

    Parameters
    ----------
    change : ndarray, shape (n,)
        Outcome less outcome in the base period.
    treated : ndarray of 0 and 1, shape (n,)
    x : ndarray, shape (n, k)
        Covariates, a constant first.
    w : ndarray, shape (n,)

    Raises
    ------
    numpy.linalg.LinAlgError
        When covariates are collinear or separate the groups; the message says which.
    """
    wt, wc = w * treated, w * (1 - treated)
    if x.shape[1] == 1:
        method = "regression"  # without covariates all are the difference of means
    if method == "doubly_robust_improved":
        return _improved(change, x, wt, wc)
    fitted, slope_influence = np.zeros(len(change)), np.zeros_like(x)
    if method != "ipw":
        slopes, slope_influence = outcome_fit(change, x, wc)
        fitted = x @ slopes
    score_influence = np.zeros_like(x)
    comparison = wt if method == "regression" else wc
    if method != "regression":
        odds, score_influence = odds_by_likelihood(treated, x, w)
        comparison = wc * odds
    left = change - fitted
    on_treated = (wt @ left) / wt.sum()
    if method == "regression":  # fitted on the comparison, whose own residuals average to zero
        part = wt * (left - on_treated) - slope_influence @ (wt @ x / len(w))
        return float(on_treated), part / wt.mean()
    on_comparison = (comparison @ left) / comparison.sum()
    part_treated = wt * (left - on_treated) - slope_influence @ (wt @ x / len(w))
    weighted = comparison * (left - on_comparison)
    part_comparison = (
        weighted
        + score_influence @ (weighted @ x / len(w))
        - slope_influence @ (comparison @ x / len(w))
    )
    influence = part_treated / wt.mean() - part_comparison / comparison.mean()
    return float(on_treated - on_comparison), influence


def _improved(change: Floats, x: Floats, wt: Floats, wc: Floats) -> tuple[float, Floats]:
    """Return the improved doubly robust effect: its nuisance parameters add no error of their own."""
    comparison = wc * odds_by_tilting(x, wt, wc)
    slopes, _ = outcome_fit(change, x, comparison)
    left = change - x @ slopes
    on_treated = (wt @ left) / wt.sum()
    on_comparison = (comparison @ left) / comparison.sum()
    influence = (
        wt * (left - on_treated) / wt.mean()
        - comparison * (left - on_comparison) / comparison.mean()
    )
    return float(on_treated - on_comparison), influence


def outcome_fit(y: Floats, x: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Regress `y` on covariates with weights `w`; slopes (k,) and their influence (n, k)."""
    scale = np.sqrt(np.maximum((w[:, None] * x**2).sum(axis=0), np.finfo(float).tiny))
    gram = (x * w[:, None] / scale).T @ (x / scale)
    if np.linalg.cond(gram) > 1e12:
        raise np.linalg.LinAlgError("the covariates are collinear among the comparison units")
    inverse = np.linalg.inv(gram) / np.outer(scale, scale)
    slopes = inverse @ (x.T @ (w * y))
    slopes = slopes + inverse @ (x.T @ (w * (y - x @ slopes)))
    return slopes, (x * (w * (y - x @ slopes))[:, None]) @ inverse * len(x)


def odds_by_likelihood(treated: Floats, x: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Return odds of treatment from a logit by maximum likelihood, and influence of its slopes."""
    z, slopes = _standard(x), np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(z @ slopes, -40, 40)))
        hessian = (z * (w * p * (1 - p))[:, None]).T @ z
        step = _newton(hessian, z.T @ (w * (treated - p)))
        slopes = slopes + step
        if np.abs(step).max() < 1e-10:
            break
    else:
        raise np.linalg.LinAlgError("the covariates separate it from its comparison units")
    p = 1 / (1 + np.exp(-np.clip(z @ slopes, -700, 700)))
    if p[treated == 0].max() > OVERLAP:
        raise np.linalg.LinAlgError("the covariates nearly separate it from its comparison units")
    # Influence of the slopes of x: those of z, turned back by the change of basis.
    hessian = (z * (w * p * (1 - p))[:, None]).T @ z / len(x)
    back = np.linalg.lstsq(x, z, rcond=None)[0]
    influence = (z * (w * (treated - p))[:, None]) @ np.linalg.inv(hessian) @ back.T
    return p / (1 - p), influence


def _newton(hessian: Floats, gradient: Floats) -> Floats:
    """Return the Newton step; a singular matrix means that weights ran off to zero."""
    try:
        return np.asarray(np.linalg.solve(hessian, gradient), dtype=float)
    except np.linalg.LinAlgError:
        raise np.linalg.LinAlgError(
            "the covariates separate it from its comparison units, or are collinear"
        ) from None


def odds_by_tilting(x: Floats, wt: Floats, wc: Floats) -> Floats:
    """Return odds that make the weighted comparison's covariate means those of the treated.

    Inverse probability tilting (Graham, Pinto and Egel 2012, Review of Economic Studies 79): the
    convex loss ``sum of wc * exp(x g) - wt * x g``, by Newton steps that are halved while too long.
    """
    z = _standard(x)
    slopes: Floats = np.zeros(x.shape[1])
    slopes[0] = np.log(wt.sum() / wc.sum())
    target, loss = wt @ z, np.inf
    for _ in range(STEPS):
        odds: Floats = np.asarray(np.exp(np.minimum(z @ slopes, 300.0)), dtype=float)
        gradient = (wc * odds) @ z - target
        step = _newton((z * (wc * odds)[:, None]).T @ z, gradient)
        if np.abs(step).max() < 1e-10:
            return odds
        loss, slopes = _shorter(z, (wt, wc), slopes, step)
        if not np.isfinite(loss):
            break
    raise np.linalg.LinAlgError("the covariates separate it from its comparison units")


def _shorter(
    z: Floats, weights: tuple[Floats, Floats], slopes: Floats, step: Floats
) -> tuple[float, Floats]:
    wt, wc = weights

    def loss(at: Floats) -> float:
        index = z @ at
        return float((wc * np.exp(np.minimum(index, 300.0)) - wt * index).sum())

    here, length = loss(slopes), 1.0
    for _ in range(60):
        there = slopes - length * step
        found = loss(there)
        if found <= here + 1e-9 * abs(here):
            return found, there
        length /= 2
    return np.inf, slopes


def _standard(x: Floats) -> Floats:
    """Return the covariates centred and scaled behind the constant: same fit, better numbers."""
    centre, spread = x[:, 1:].mean(axis=0), x[:, 1:].std(axis=0)
    if (spread <= 1e-12 * np.maximum(np.abs(centre), 1e-300)).any():
        raise np.linalg.LinAlgError("a covariate has one value only among it and its comparison")
    return np.column_stack([x[:, 0], (x[:, 1:] - centre) / spread])
