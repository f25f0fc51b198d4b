"""Outcomes simulated from a row model, before and after the data, set beside the real ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.impact.bayes import summary
from evalkit.impact.bayes.collapse import Floats, Ints
from evalkit.impact.bayes.described.predictive import predictive_check
from evalkit.impact.bayes.multi.asked import Asked
from evalkit.impact.bayes.multi.describe import setting_of
from evalkit.impact.bayes.multi.family import category_shares, natural_mean, standard
from evalkit.impact.bayes.multi.family_rows import Rows, Units
from evalkit.impact.bayes.multi.general import Fitted, predictor, prior_of
from evalkit.impact.bayes.multi.layout import Layout
from evalkit.impact.bayes.multi.scales import Scales
from evalkit.impact.estimate import Check

MOST_NUMBERS = 8_000_000
PRIOR_DRAWS = 4000


def predictive(
    layout: Layout, rows: Rows, fitted: Fitted, asked: Asked
) -> tuple[pd.DataFrame, Check]:
    """Compare the outcomes with replications of every row, and return the table and the check."""
    rng = np.random.default_rng([asked.seed, 13])
    chains, draws = fitted.beta.shape[:2]
    count = int(np.clip(MOST_NUMBERS // len(rows.y), 50, 500))
    pick = np.sort(rng.choice(chains * draws, count, replace=False))
    few = _thinned(fitted, pick)
    eta = linear_predictor(layout, rows, few)
    again = _simulate(eta, rows, few, asked.family, rng)
    cell = np.unique(np.array([rows.site, rows.treated]).T, axis=0, return_inverse=True)[1]
    cell = np.asarray(cell).ravel()
    names = _names(asked.family)
    replicated = dict(zip(names, _statistics(again, rows, asked.family, cell), strict=True))
    seen = _statistics(rows.y[None, :], rows, asked.family, cell)
    observed = {name: float(one[0]) for name, one in zip(names, seen, strict=True)}
    table, check = predictive_check(observed, replicated, setting_of(asked))
    return table.rename(columns={"statistic": "quantity"}), check


def linear_predictor(layout: Layout, rows: Rows, fitted: Fitted) -> Floats:
    """Return the predictor of every row, memberships in several groups included."""
    shared = any(block.codes.shape[1] > 1 for block in layout.blocks)
    if not shared:
        return np.asarray(predictor(layout, rows, fitted, np.arange(len(rows.y)))[0])
    eta = fitted.beta[0] @ rows.fixed.T
    for b, block in enumerate(layout.blocks):
        for j, feature in enumerate(block.features):
            own = fitted.groups[b][0][..., j][:, block.codes]  # draws, rows, memberships
            eta = eta + (own * block.share).sum(axis=-1) * layout.multiplier(feature)
    return np.asarray(eta)


def _thinned(fitted: Fitted, pick: Ints) -> Fitted:
    """Return some draws, as one chain."""
    from dataclasses import replace

    def some(one: Floats) -> Floats:
        return np.asarray(one.reshape(-1, *one.shape[2:])[pick][None])

    return replace(
        fitted,
        beta=some(fitted.beta),
        groups=tuple(some(one) for one in fitted.groups),
        spreads=tuple(some(one) for one in fitted.spreads),
        correlations=tuple(some(one) for one in fitted.correlations),
        noise={name: some(one) for name, one in fitted.noise.items()},
    )


def _simulate(
    eta: Floats, rows: Rows, fitted: Fitted, family: str, rng: np.random.Generator
) -> Floats:
    """Draw an outcome for every draw and row."""
    size = rows.size
    if family in ("bernoulli", "binomial"):
        return rng.binomial(size.astype(int), standard(eta)).astype(float)
    if family == "poisson":
        return rng.poisson(np.minimum(size * np.exp(eta), 1e9)).astype(float)
    if family == "negative_binomial":
        shape = 1 / fitted.noise["overdispersion"][0][:, None] ** 2
        rate = np.minimum(size * np.exp(eta), 1e9) * rng.gamma(shape, 1 / shape, eta.shape)
        return rng.poisson(rate).astype(float)
    if family == "ordinal":
        cuts = fitted.noise["cuts"][0][:, None, :]
        below = np.cumsum(category_shares(eta, cuts), axis=-1)[..., :-1]
        return np.asarray((rng.random(eta.shape)[..., None] > below).sum(axis=-1), dtype=float)
    sigma = fitted.noise["sigma"][0]
    spread = sigma[:, None] if sigma.ndim == 1 else _by_site(sigma, rows)
    if family == "student_t":
        return np.asarray(eta + spread * rng.standard_t(fitted.noise["df"][0][:, None], eta.shape))
    return np.asarray(eta + spread * rng.standard_normal(eta.shape))


def _by_site(sigma: Floats, rows: Rows) -> Floats:
    """Return each row's residual spread: one for all, or its site's own."""
    if sigma.shape[-1] == 1:
        return np.asarray(sigma)
    site = np.asarray(np.unique(rows.site, return_inverse=True)[1]).ravel()
    return np.asarray(sigma[:, site])


def _names(family: str) -> tuple[str, ...]:
    shared = ("mean", "spread (SD) of the means of sites and arms")
    if family in ("bernoulli", "binomial"):
        return (*shared, "largest share in a site and arm", "smallest share in a site and arm")
    if family in ("poisson", "negative_binomial"):
        return (*shared, "share of rows at nought", "largest count")
    if family == "ordinal":
        return (*shared, "share in the lowest category", "share in the highest category")
    return (
        *shared,
        "largest outcome less the mean, in SDs",
        "mean less the smallest outcome, in SDs",
    )


def _statistics(y: Floats, rows: Rows, family: str, cell: Ints) -> tuple[Floats, ...]:
    """Return the four statistics of each replication, in the order of `_names`."""
    cells = int(cell.max()) + 1
    share = np.zeros((len(cell), cells))
    share[np.arange(len(cell)), cell] = 1.0
    size = rows.size if family in ("bernoulli", "binomial") else np.ones(len(cell))
    means = (y @ share) / np.maximum(size @ share, 1e-12)
    mean = y.sum(axis=1) / size.sum()
    spread = means.std(axis=1)
    if family in ("bernoulli", "binomial"):
        return mean, spread, means.max(axis=1), means.min(axis=1)
    if family in ("poisson", "negative_binomial"):
        return mean, spread, (y == 0).mean(axis=1), y.max(axis=1)
    if family == "ordinal":
        top = rows.y.max()
        return mean, spread, (y == 0).mean(axis=1), (y == top).mean(axis=1)
    sd = np.maximum(y.std(axis=1), 1e-12)
    return mean, spread, (y.max(axis=1) - mean) / sd, (mean - y.min(axis=1)) / sd


def prior_predictive(
    layout: Layout, rows: Rows, asked: Asked, units: Units, scales: Scales
) -> pd.DataFrame:
    """Return what the priors alone lead to expect of effects, at the level of the untreated rows."""
    rng = np.random.default_rng([asked.seed, 11])
    mean, _ = prior_of(layout, rows, asked.family, scales)
    level = 0.0 if asked.family in ("normal", "ordinal") else mean[layout.roles.index("level")]
    typical = scales.effect_mean + scales.effect * rng.standard_normal(PRIOR_DRAWS)
    spread = scales.spread * np.abs(rng.standard_normal(PRIOR_DRAWS))
    site = typical + spread * rng.standard_normal(PRIOR_DRAWS)
    made = []
    for name, one in (
        ("typical effect", typical),
        ("effect in one site", site),
    ):
        natural = _natural(level, one, asked.family, units)
        low, high = summary.equal_tailed(natural, asked.level)
        made.append(
            {"quantity": name, "low": low, "median": float(np.median(natural)), "high": high}
        )
    return pd.DataFrame(made)


def _natural(level: float, effect: Floats, family: str, units: Units) -> Floats:
    if family in ("normal", "student_t"):
        return effect * units.scale
    cuts = None
    if family == "ordinal":  # equal shares of the categories, for want of anything known
        shares = np.arange(1, len(units.scores)) / len(units.scores)
        cuts = np.log(shares / (1 - shares))
    base = natural_mean(family, np.array([level]), cuts, units.scores)
    return np.asarray(natural_mean(family, level + effect, cuts, units.scores) - base)
