"""Leverage-adjusted errors and their degrees of freedom, by brute force."""

import numpy as np
import pytest
import statsmodels.api as sm

from evalkit.impact.instruments.robust import robust
from evalkit.impact.least_squares import cr2, fit


def regression(seed, n=40):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=(n, 2)), rng.exponential(size=n), np.ones(n)])
    y = x @ [1.0, 2.0, -1.0, 3.0] + rng.normal(size=n) * (1 + x[:, 2])
    return x, y, y - x @ np.linalg.lstsq(x, y, rcond=None)[0]


@pytest.mark.parametrize("seed", range(10))
def test_rows_alone_are_hc1_and_hc2(seed):
    x, y, residuals = regression(seed)
    found = robust(x, residuals, None, 2)
    fitted = sm.OLS(y, x)
    assert found.plain == pytest.approx(fitted.fit(cov_type="HC1").bse[:2])
    assert found.errors == pytest.approx(fitted.fit(cov_type="HC2").bse[:2])


@pytest.mark.parametrize("seed", range(5))
def test_degrees_of_freedom_of_rows_are_those_of_the_full_matrices(seed):
    x, _, residuals = regression(seed)
    found = robust(x, residuals, None, 1)
    hat = x @ np.linalg.solve(x.T @ x, x.T)
    rows = np.linalg.solve(x.T @ x, x.T)[0]
    s = np.diag(rows**2 / (1 - np.diag(hat)))
    m = np.eye(len(x)) - hat
    df = np.trace(s @ m) ** 2 / np.trace(s @ m @ s @ m)
    assert found.df[0] == pytest.approx(df)


def test_rows_as_clusters_of_one_agree():
    x, y, residuals = regression(3)
    alone = robust(x, residuals, None, 1)
    found = robust(x, residuals, np.arange(len(y)), 1)
    assert found.errors == pytest.approx(alone.errors)
    assert found.df == pytest.approx(alone.df)
    assert found.plain == pytest.approx(alone.plain)


def test_clusters_agree_with_the_panel_designs():
    x, y, residuals = regression(4)
    units = np.arange(len(y)) % 9
    found = robust(x, residuals, units, 1)
    error, df = cr2(fit(x, y, units, 0))
    assert found.errors[0] == pytest.approx(error)
    assert found.df[0] == pytest.approx(df)
