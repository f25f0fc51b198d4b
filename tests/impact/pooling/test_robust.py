"""CR2 of pooled estimates against the definition in dense matrices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from evalkit.impact import least_squares
from evalkit.impact.pooling.robust import correlated_effects, cr2_robust


def data(seed, clusters=7, p=2):
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(clusters), rng.integers(2, 5, clusters)).astype(np.intp)
    k = len(groups)
    x = np.column_stack([np.ones(k), rng.normal(size=(k, p - 1))])
    return rng.normal(size=k), rng.uniform(0.1, 1, k), x, groups


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000))
def test_with_equal_weights_it_is_that_of_least_squares(seed):
    y, _, x, groups = data(seed)
    count = int(groups.max()) + 1
    ones = [np.eye(int((groups == g).sum())) for g in range(count)]
    found = cr2_robust(y, x, groups, ones, ones)
    fitted = least_squares.fit(x, y, groups, 0)
    for j in range(2):
        error, df = least_squares.cr2(fitted, j)
        assert np.sqrt(found.covariance[j, j]) == pytest.approx(error, rel=1e-6)
        assert found.df[j] == pytest.approx(df, rel=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 0.9))
def test_it_is_unbiased_under_its_working_model_whatever_the_weights(seed, rho):
    y, v, x, groups = data(seed)
    count = int(groups.max()) + 1
    working = correlated_effects(v, groups, rho, (0.1, 0.05))
    weights = [np.diag(1 / v[groups == g]) for g in range(count)]
    big, w = np.zeros((len(y), len(y))), np.zeros((len(y), len(y)))
    for g in range(count):
        at = np.ix_(groups == g, groups == g)
        big[at], w[at] = working[g], weights[g]
    bread = np.linalg.inv(x.T @ w @ x)
    true = bread @ x.T @ w @ big @ w @ x @ bread
    # The expectation of the robust covariance: sum over clusters of the parts' covariance.
    hat = np.eye(len(y)) - x @ bread @ x.T @ w
    total = np.zeros((2, 2))
    for g in range(count):
        rows = groups == g
        root = np.linalg.cholesky(working[g])
        own = hat[rows] @ big @ hat[rows].T
        inner = np.real(sqrtm(np.linalg.inv(root.T @ own @ root)))
        load = bread @ (weights[g] @ x[rows]).T @ root @ inner @ root.T
        total += load @ own @ load.T
    np.testing.assert_allclose(total, true, rtol=1e-5, atol=1e-9)
    found = cr2_robust(y, x, groups, working, weights)
    assert (found.df > 0).all()
    assert found.parts.shape == (count, 2)
