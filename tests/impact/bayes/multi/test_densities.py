"""Densities of draws are those of the model, up to a constant."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evalkit.impact.bayes.collapse import RawEffects
from evalkit.impact.bayes.engine import EFFORTS, Posterior, Problem
from evalkit.impact.bayes.multi.densities import family_densities, site_densities
from evalkit.impact.bayes.multi.family_rows import every_row, fewer, units_of
from evalkit.impact.bayes.multi.general import Fitted
from evalkit.impact.bayes.multi.layout import layout_of
from evalkit.impact.bayes.multi.scales import Scales
from evalkit.impact.bayes.priors import default_priors


def test_the_site_effects_model_has_the_density_of_its_distributions():
    """Normal raw effects with related errors, a chi-squared residual variance, normal priors."""
    rng = np.random.default_rng(0)
    root = rng.standard_normal((3, 3))
    noise = root @ root.T + np.eye(3)
    raw = RawEffects(np.array([1.0, 2.0, 0.5]), noise, 1.3, 20.0, 2.0, 21)
    problem, priors = Problem(raw, np.zeros((3, 0)), 2.0), default_priors(2.0)
    shape = (1, 2)
    mu, tau, sigma = (rng.random(shape) + 0.5 for _ in range(3))
    site = rng.standard_normal((*shape, 3))
    posterior = Posterior(mu, tau, sigma, np.zeros((*shape, 0)), site, 0, EFFORTS[0], 1)
    made = site_densities(problem, posterior, priors)
    prior = [
        stats.norm.logpdf(mu[0, i], 0, 2)
        + stats.halfnorm.logpdf(tau[0, i], scale=1)
        + stats.halfnorm.logpdf(sigma[0, i], scale=4)
        for i in range(2)
    ]
    fit = [
        stats.multivariate_normal(site[0, i], sigma[0, i] ** 2 * noise).logpdf(raw.effect)
        + stats.chi2.logpdf(20 * 1.3**2 / sigma[0, i] ** 2, 20)
        - 2 * np.log(sigma[0, i])
        for i in range(2)
    ]
    assert np.diff(made.prior[0])[0] == pytest.approx(np.diff(prior)[0])
    assert np.diff(made.likelihood[0])[0] == pytest.approx(np.diff(fit)[0])


@pytest.mark.parametrize(
    ("outcome", "family"),
    [
        ("passed", "bernoulli"),
        ("count", "poisson"),
        ("count", "negative_binomial"),
        ("grade", "ordinal"),
        ("score", "student_t"),
    ],
)
def test_likelihoods_of_families_are_those_of_scipy(rows, ask, seen_of, outcome, family):
    """Differences between draws, summed over every row of the data."""
    asked = ask(outcome, family=family)
    layout, _ = layout_of(seen_of(rows, asked), asked)
    units = units_of(layout, family)
    every = every_row(layout, family, units)
    rng = np.random.default_rng(1)
    beta, shape = 0.3 * rng.standard_normal((1, 2, 2)), (1, 2)
    cuts = np.array([[[-1.0, 0.2, 1.4], [-0.8, 0.1, 1.5]]])
    noise = {
        "poisson": {},
        "bernoulli": {},
        "negative_binomial": {"overdispersion": np.array([[0.5, 0.7]])},
        "student_t": {"sigma": np.array([[1.0, 1.2]]), "df": np.array([[4.0, 6.0]])},
        "ordinal": {"cuts": cuts},
    }[family]
    groups = (np.zeros((*shape, 12, 2)),)
    fitted = Fitted(beta, groups, (np.ones((*shape, 2)),), (np.zeros(shape),), noise, "")
    made = family_densities(layout, fewer(every, family), fitted, family, Scales())
    total = []
    for i in range(2):
        eta = every.fixed @ beta[0, i]
        total.append(_log_density(family, every.y, eta, {k: v[0, i] for k, v in noise.items()}))
    assert np.diff(made.likelihood[0])[0] == pytest.approx(total[1] - total[0])


def _log_density(family, y, eta, noise):
    if family == "bernoulli":
        return stats.bernoulli.logpmf(y, stats.logistic.cdf(eta)).sum()
    if family == "poisson":
        return stats.poisson.logpmf(y, np.exp(eta)).sum()
    if family == "negative_binomial":
        n = 1 / noise["overdispersion"] ** 2
        return stats.nbinom.logpmf(y, n, n / (n + np.exp(eta))).sum()
    if family == "student_t":
        return stats.t.logpdf(y, noise["df"], eta, noise["sigma"]).sum()
    below = stats.logistic.cdf(noise["cuts"] - eta[:, None])
    edges = np.column_stack([np.zeros(len(y)), below, np.ones(len(y))])
    share = np.diff(edges, axis=1)[np.arange(len(y)), y.astype(int)]
    return np.log(share).sum()
