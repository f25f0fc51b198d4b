"""Log prior and log likelihood of draws, for the models that the Gaussian core does not sample."""

from __future__ import annotations

import numpy as np

from evalkit.impact.bayes.collapse import Floats
from evalkit.impact.bayes.engine import Posterior, Problem
from evalkit.impact.bayes.multi.describe import Densities
from evalkit.impact.bayes.multi.family import category_shares
from evalkit.impact.bayes.multi.family_rows import Rows
from evalkit.impact.bayes.multi.general import Fitted, predictor, prior_of
from evalkit.impact.bayes.multi.layout import Layout
from evalkit.impact.bayes.multi.scales import Scales
from evalkit.impact.bayes.priors import Priors

CHUNK = 500


def site_densities(problem: Problem, posterior: Posterior, priors: Priors) -> Densities:
    """Return the densities of the site-effects model, given the site effects."""
    raw, p = problem.raw, priors
    prior = _normal(posterior.mu, p.effect_mean, p.effect_sd)
    prior = prior + _normal(posterior.tau, 0.0, p.spread_sd)
    prior = prior + _normal(posterior.sigma, 0.0, p.noise_sd)
    prior = prior + _normal(posterior.gamma, 0.0, p.moderators_sd).sum(axis=-1)
    value, vector = np.linalg.eigh(raw.noise)
    keep = value > 1e-10 * value.max()
    apart = ((raw.effect - posterior.site_effect) @ vector)[..., keep] ** 2 / value[keep]
    count = keep.sum() + raw.df
    squares = apart.sum(axis=-1) + raw.df * raw.sigma**2
    likelihood = -count * np.log(posterior.sigma) - 0.5 * squares / posterior.sigma**2
    return Densities(np.asarray(prior), np.asarray(likelihood))


def _normal(draws: Floats, mean: float | Floats, sd: float | Floats) -> Floats:
    """Return the log density of a normal, or of a half-normal, up to a constant."""
    return np.asarray(-0.5 * ((draws - mean) / sd) ** 2)


def family_densities(
    layout: Layout, rows: Rows, fitted: Fitted, family: str, scales: Scales
) -> Densities:
    """Return the densities of a row model of another family."""
    mean, sd = prior_of(layout, rows, family, scales)
    prior = _normal(fitted.beta, mean, sd).sum(axis=-1)
    for block, spread, rho in zip(layout.blocks, fitted.spreads, fitted.correlations, strict=True):
        for j, feature in enumerate(block.features):
            scale = scales.spread if feature == "effect" else scales.levels
            prior = prior + _normal(spread[..., j], 0.0, scale)
        prior = prior + np.log1p(-(rho**2))  # LKJ(2); nought where there is one feature
    for name in ("sigma", "overdispersion"):
        if name in fitted.noise:
            prior = prior + _normal(fitted.noise[name], 0.0, scales.noise)
    if "df" in fitted.noise:
        more = fitted.noise["df"] - 1
        prior = prior + np.log(more) - 0.1 * more
    likelihood = np.zeros(prior.shape)
    for start in range(0, len(rows.y), CHUNK):
        at = np.arange(start, min(start + CHUNK, len(rows.y)))
        eta = predictor(layout, rows, fitted, at)
        each = _log_likelihood(family, eta, (rows.y[at], rows.size[at]), fitted)
        likelihood = likelihood + each @ rows.weight[at]
    return Densities(np.asarray(prior), np.asarray(likelihood))


def _log_likelihood(
    family: str, eta: Floats, outcome: tuple[Floats, Floats], fitted: Fitted
) -> Floats:
    """Return the log likelihood of each row, as the PyMC model has it."""
    y, count = outcome
    if family in ("bernoulli", "binomial"):
        return np.asarray(y * eta - count * np.logaddexp(0.0, eta))
    if family == "poisson":
        return np.asarray(y * eta - count * np.exp(eta))
    if family == "ordinal":
        share = category_shares(eta, fitted.noise["cuts"][..., None, :])
        code = y.astype(int)
        picked = share[..., np.arange(len(y)), code]
        return np.asarray(np.log(np.maximum(picked, 1e-300)))
    from scipy.special import gammaln

    if family == "negative_binomial":
        amount = (1 / fitted.noise["overdispersion"] ** 2)[..., None]
        eta = eta + np.log(count)
        both = np.logaddexp(eta, np.log(amount))
        start = gammaln(y + amount) - gammaln(amount)
        return np.asarray(start + amount * (np.log(amount) - both) + y * (eta - both))
    sigma, df = (fitted.noise[name][..., None] for name in ("sigma", "df"))
    start = gammaln((df + 1) / 2) - gammaln(df / 2) - 0.5 * np.log(df) - np.log(sigma)
    return np.asarray(start - (df + 1) / 2 * np.log1p((y - eta) ** 2 / (df * sigma**2)))
