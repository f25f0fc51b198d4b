"""The collapse to raw effects is exact: it equals the regressions it stands for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

from evalkit.impact.bayes.collapse import against_comparison, cell_means, within_sites


def arrays(pupils):
    site, _ = pd.factorize(pupils["site"], sort=True)
    y, x = pupils["score"].to_numpy(), pupils[["pre"]].to_numpy()
    return y, x, site, pupils["on"].to_numpy()


def test_effects_inside_sites_equal_least_squares_with_an_effect_for_each_site(pupils):
    """Effects, their covariance and sigma are those of statsmodels' interacted regression."""
    y, x, site, on = arrays(pupils)
    raw = within_sites(y, x, site, on, np.ones(len(y)))
    fit = smf.ols("score ~ 0 + C(site) + C(site):on + pre", pupils).fit()
    names = [name for name in fit.params.index if name.endswith(":on")]
    np.testing.assert_allclose(raw.effect, fit.params[names], rtol=1e-9)
    covariance = fit.cov_params().loc[names, names].to_numpy()
    np.testing.assert_allclose(raw.sigma**2 * raw.noise, covariance, rtol=1e-8, atol=1e-12)
    assert raw.df == fit.df_resid


def test_weights_are_those_of_weighted_least_squares(pupils):
    """Row weights enter as statsmodels' WLS has them."""
    y, x, site, on = arrays(pupils)
    weight = np.random.default_rng(3).uniform(0.5, 2, len(y))
    raw = within_sites(y, x, site, on, weight)
    fit = smf.wls("score ~ 0 + C(site) + C(site):on + pre", pupils, weights=weight).fit()
    names = [name for name in fit.params.index if name.endswith(":on")]
    np.testing.assert_allclose(raw.effect, fit.params[names], rtol=1e-9)
    np.testing.assert_allclose(raw.sigma**2, fit.scale, rtol=1e-9)


def test_change_against_comparison_equals_a_dummy_for_each_treated_site():
    """One dummy a treated site in a regression of changes gives the same effects and covariance."""
    rng = np.random.default_rng(4)
    y, x = rng.standard_normal(30), rng.standard_normal(30)
    design = np.column_stack([np.ones(30), x])
    raw = against_comparison(y[4:, None], design[4:], y[:4], design[:4], np.zeros(4, dtype=int))
    full = np.column_stack([np.eye(30)[:, :4], design])
    inverse = np.linalg.inv(full.T @ full)
    np.testing.assert_allclose(raw.effect, (inverse @ full.T @ y)[:4], rtol=1e-9)
    np.testing.assert_allclose(raw.noise, inverse[:4, :4], rtol=1e-9)
    assert raw.df == 24


def test_several_windows_share_the_covariance_of_the_comparison_sites():
    """Two windows: errors are sized and correlated as the comparison sites' own changes are."""
    rng = np.random.default_rng(5)
    comparison = rng.multivariate_normal([0, 0], [[1.0, 0.6], [0.6, 4.0]], 4000)
    ones = np.ones((4000, 1))
    raw = against_comparison(
        comparison, ones, np.array([1.0, 2.0, 3.0]), ones[:3], np.array([0, 1, 1])
    )
    covariance = raw.sigma**2 * raw.noise
    np.testing.assert_allclose(np.diag(covariance), [1, 4, 4], rtol=0.1)
    assert abs(covariance[0, 1]) < 0.01  # only the shared comparison mean links different sites


def test_cell_means_leave_empty_cells_blank():
    """A cell without rows is NaN rather than zero."""
    means = cell_means(np.array([1.0, 3.0, 5.0]), np.array([0, 0, 2]), np.array([1.0, 3.0, 1.0]))
    np.testing.assert_allclose(means[[0, 2]], [2.5, 5.0])
    assert np.isnan(means[1])
