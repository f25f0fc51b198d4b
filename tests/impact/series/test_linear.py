"""Covariances of autocorrelated series against dense matrices and statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.diagnostic import acorr_ljungbox

from evalkit.impact.series import linear


def data(seed, n=40, k=3, gaps=0):
    rng = np.random.default_rng(seed)
    position = np.sort(rng.permutation(n + gaps)[:n])
    position = position - position[0]
    x = np.column_stack([np.ones(n), rng.normal(size=(n, k - 1))])
    return x, x @ rng.normal(size=k) + rng.normal(size=n), position.astype(np.intp)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 8))
def test_newey_west_is_that_of_statsmodels(seed, lags):
    x, y, position = data(seed)
    block = linear.fit_block(x, y, position)
    kwds = {"maxlags": lags, "use_correction": True}
    other = sm.OLS(y, x).fit(cov_type="HAC", cov_kwds=kwds)
    np.testing.assert_allclose(block.beta, other.params, rtol=1e-8)
    np.testing.assert_allclose(
        linear.newey_west([block], lags), other.cov_params(), rtol=1e-7, atol=1e-12
    )


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000), st.floats(-0.8, 0.95), st.integers(0, 15))
def test_autoregressive_errors_agree_with_dense_matrices_across_gaps(seed, rho, gaps):
    x, y, position = data(seed, gaps=gaps)
    block = linear.fit_block(x, y, position)
    lag = np.abs(position[:, None] - position[None, :])
    v = np.where(lag == 0, 1.0, np.sign(rho) ** lag * np.abs(rho) ** lag)
    dense = block.bread @ x.T @ v @ x @ block.bread * 2.5
    np.testing.assert_allclose(
        linear.autoregressive_covariance(block, rho, 2.5), dense, rtol=1e-7, atol=1e-12
    )
    white = linear.whiten(np.eye(len(y)), position, rho)
    np.testing.assert_allclose(white @ v @ white.T, np.eye(len(y)), atol=1e-7)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 6))
def test_restricted_likelihood_is_at_the_top_of_the_dense_one(seed, gaps):
    x, y, position = data(seed, gaps=gaps)
    block = linear.fit_block(x, y, position)
    found = linear.restricted_likelihood(block)

    def dense(rho):
        lag = np.abs(position[:, None] - position[None, :])
        v = np.where(lag == 0, 1.0, np.sign(rho) ** lag * np.abs(rho) ** lag)
        w = np.linalg.inv(v)
        gram = x.T @ w @ x
        e = y - x @ np.linalg.solve(gram, x.T @ w @ y)
        square = e @ w @ e
        return -0.5 * (
            block.df * np.log(square) + np.linalg.slogdet(v)[1] + np.linalg.slogdet(gram)[1]
        )

    grid = np.linspace(linear.LOWEST, linear.HIGHEST, 61)
    assert dense(found.rho) >= max(dense(rho) for rho in grid) - 1e-6


def test_the_curvature_is_that_of_the_likelihood():
    x, y, position = data(4, n=60)
    block = linear.fit_block(x, y, position)
    found = linear.restricted_likelihood(block)

    def minus(log_variance, rho):
        square, determinant, _ = linear._given(block, rho)
        return 0.5 * (block.df * log_variance + determinant + square / np.exp(log_variance))

    at, h = (np.log(found.variance), found.rho), 1e-4
    for i in range(2):
        for j in range(2):
            value = sum(
                a
                * b
                * minus(
                    at[0] + h * (a * (i == 0) + b * (j == 0)),
                    at[1] + h * (a * (i == 1) + b * (j == 1)),
                )
                for a in (-1, 1)
                for b in (-1, 1)
            ) / (4 * h * h)
            assert found.curvature[i, j] == pytest.approx(value, rel=1e-2, abs=1e-2)


def test_prais_winsten_is_glsar_with_the_first_row_kept():
    x, y, position = data(8, n=80)
    block, rho = linear.prais_winsten(x, y, position)
    white_x = np.vstack([x[:1], (x[1:] - rho * x[:-1]) / np.sqrt(1 - rho**2)])
    white_y = np.append(y[:1], (y[1:] - rho * y[:-1]) / np.sqrt(1 - rho**2))
    other = sm.OLS(white_y, white_x).fit()
    np.testing.assert_allclose(block.beta, other.params, rtol=1e-8)
    e = y - x @ block.beta
    assert rho == pytest.approx(e[1:] @ e[:-1] / (e[:-1] @ e[:-1]), abs=1e-6)


def test_ljung_box_is_that_of_statsmodels():
    rng = np.random.default_rng(1)
    e = rng.normal(size=70)
    e -= e.mean()
    statistic, p = linear.ljung_box(e, np.arange(70), 5)
    other = acorr_ljungbox(e, lags=[5]).iloc[0]
    # statsmodels divides by n - k too.
    assert statistic == pytest.approx(other["lb_stat"], rel=1e-9)
    assert p == pytest.approx(other["lb_pvalue"], rel=1e-9)


def test_degrees_of_freedom_fall_as_autocorrelation_rises():
    n = 60
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(n), np.arange(n), np.arange(n) >= 30]).astype(float)
    dfs = []
    for rho in (0.0, 0.8):
        made = []
        for _ in range(20):
            e = rng.normal(size=n)
            for i in range(1, n):
                e[i] += rho * e[i - 1]
            block = linear.fit_block(x, e, np.arange(n))
            errors = linear.restricted_likelihood(block)
            made.append(linear.satterthwaite(block, errors, np.array([0.0, 0.0, 1.0])))
        dfs.append(np.median(made))
    assert dfs[1] < dfs[0] <= n - 3
