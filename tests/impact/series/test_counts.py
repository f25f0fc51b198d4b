"""Count models against statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.impact.series.counts import negative_binomial, poisson
from evalkit.impact.series.linear import fit_block, independent_errors, newey_west


def data(seed, alpha=0.0, n=60):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), np.arange(n) / n, np.arange(n) >= n // 2]).astype(float)
    offset = np.log(rng.uniform(50, 200, n))
    mean = np.exp(x @ np.array([-2.0, 0.5, -0.4]) + offset)
    if alpha:
        mean = mean * rng.gamma(1 / alpha, alpha, n)
    return x, rng.poisson(mean).astype(float), offset


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.05, 0.3]))
def test_poisson_is_that_of_statsmodels(seed, alpha):
    x, y, offset = data(seed, alpha)
    found = poisson(x, y, offset)
    model = sm.GLM(y, x, family=sm.families.Poisson(), offset=offset)
    other = model.fit(scale="X2", tol=1e-12)
    assert found.converged
    np.testing.assert_allclose(found.beta, other.params, rtol=1e-6, atol=1e-8)
    block = fit_block(found.x, found.y, np.arange(len(y)))
    np.testing.assert_allclose(block.beta, found.beta, rtol=1e-6, atol=1e-8)
    assert block.variance == pytest.approx(other.scale, rel=1e-6)
    np.testing.assert_allclose(independent_errors([block]), other.cov_params(), rtol=1e-5)
    robust = model.fit(cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True}, tol=1e-12)
    np.testing.assert_allclose(newey_west([block], 3), robust.cov_params(), rtol=1e-4)


def test_negative_binomial_is_that_of_statsmodels_at_the_top_of_its_likelihood():
    x, y, offset = data(2, alpha=0.2, n=200)
    found = negative_binomial(x, y, offset)

    def other(alpha):
        family = sm.families.NegativeBinomial(alpha=alpha)
        return sm.GLM(y, x, family=family, offset=offset).fit(tol=1e-12)

    at = other(found.alpha)
    np.testing.assert_allclose(found.beta, at.params, rtol=1e-6, atol=1e-8)
    assert at.llf >= max(other(found.alpha * factor).llf for factor in (0.9, 0.98, 1.02, 1.1))
    assert found.alpha == pytest.approx(0.2, abs=0.06)


def test_a_negative_binomial_without_extra_variance_is_poisson():
    x, _, offset = data(3)
    y = np.round(np.exp(x @ np.array([-2.0, 0.5, -0.4]) + offset))
    found = negative_binomial(x, y, offset)
    assert found.alpha == 0
    np.testing.assert_allclose(found.beta, poisson(x, y, offset).beta)


def test_months_without_a_case_are_no_obstacle():
    x, y, offset = data(4)
    y[::3] = 0
    assert poisson(x, y, offset).converged
