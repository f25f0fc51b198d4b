"""The three-level fit against dense matrices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.impact.pooling import three_level


def data(seed, clusters=6, p=2):
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(clusters), rng.integers(1, 6, clusters)).astype(np.intp)
    k = len(groups)
    v = rng.uniform(0.01, 0.1, k)
    x = np.column_stack([np.ones(k), rng.normal(size=(k, p - 1))])
    y = rng.normal(0, 0.4, clusters)[groups] + rng.normal(0, 0.2, k) + rng.normal(0, np.sqrt(v))
    return y, v, x, groups


def dense(y, v, x, groups, variances, *, restricted):
    between, within = variances
    big = np.diag(v + within) + between * (groups[:, None] == groups[None, :])
    w = np.linalg.inv(big)
    gram = x.T @ w @ x
    beta = np.linalg.solve(gram, x.T @ w @ y)
    e = y - x @ beta
    value = np.linalg.slogdet(big)[1] + e @ w @ e
    k, p = x.shape
    if restricted:
        value += np.linalg.slogdet(gram)[1] - np.linalg.slogdet(x.T @ x)[1]
    return -0.5 * (value + (k - p * restricted) * np.log(2 * np.pi)), beta, np.linalg.inv(gram)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_the_likelihood_is_that_of_dense_matrices(seed, between, within, restricted):
    made = data(seed)
    value, beta, covariance = three_level._evaluate(*made, (between, within), restricted=restricted)
    wanted = dense(*made, (between, within), restricted=restricted)
    assert value == pytest.approx(wanted[0], rel=1e-8)
    np.testing.assert_allclose(beta, wanted[1], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(covariance, wanted[2], rtol=1e-6)


@pytest.mark.parametrize("restricted", [True, False])
def test_the_top_is_found_and_the_profile_falls_by_the_right_amount(restricted):
    made = data(3, clusters=10)
    found = three_level.fit_nested(*made, restricted=restricted)
    grid = np.linspace(0, 0.8, 25)
    best = max(dense(*made, (a, b), restricted=restricted)[0] for a in grid for b in grid)
    assert found.log_likelihood >= best - 1e-8
    low, high = three_level.profile_interval(made, found, 0, 0.95, restricted=restricted)
    assert low <= found.between <= high
    fine = np.linspace(0, 2, 400)
    at_end = max(dense(*made, (high, b), restricted=restricted)[0] for b in fine)
    assert found.log_likelihood - at_end == pytest.approx(1.9207, abs=0.02)
