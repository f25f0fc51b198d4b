"""The variance between studies and the pooled fit, against plain matrices."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from evalkit.impact.pooling import model


def data(seed, k=12, p=1):
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.01, 0.2, k)
    x = np.column_stack([np.ones(k), rng.normal(size=(k, p - 1))])
    y = x @ rng.normal(size=p) + rng.normal(0, rng.uniform(0, 0.6), k) + rng.normal(0, np.sqrt(v))
    return y, v, x


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 100_000))
def test_dersimonian_laird_and_fixed_are_those_of_statsmodels(seed):
    y, v, x = data(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it takes roots of a negative variance between studies
        other = combine_effects(y, v, method_re="dl")
    tau2 = model.between_variance(y, v, x, "dl")
    assert tau2 == pytest.approx(max(other.tau2, 0), rel=1e-8, abs=1e-12)
    fixed = model.pool(y, v, x, 0.0)
    assert fixed.beta[0] == pytest.approx(other.mean_effect_fe, rel=1e-9)
    assert fixed.q == pytest.approx(other.q, rel=1e-9)
    scaled = model.knapp_hartung(model.pool(y, v, x, tau2), len(y) - 1)[0, 0]
    if other.tau2 > 0:
        assert np.sqrt(scaled) == pytest.approx(other.sd_eff_w_re_hksj, rel=1e-7)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 3), st.booleans())
def test_the_likelihood_is_that_of_dense_matrices_and_its_top_is_found(seed, p, restricted):
    y, v, x = data(seed, p=p)

    def dense(tau2):
        big = np.diag(v + tau2)
        w = np.linalg.inv(big)
        gram = x.T @ w @ x
        e = y - x @ np.linalg.solve(gram, x.T @ w @ y)
        if not restricted:
            return stats.multivariate_normal(np.zeros(len(y)), big).logpdf(e)
        return -0.5 * (
            (len(y) - p) * np.log(2 * np.pi)
            + np.linalg.slogdet(big)[1]
            + np.linalg.slogdet(gram)[1]
            - np.linalg.slogdet(x.T @ x)[1]
            + e @ w @ e
        )

    assert model.likelihood(y, v, x, 0.3, restricted=restricted) == pytest.approx(dense(0.3))
    tau2 = model.between_variance(y, v, x, "reml" if restricted else "ml")
    grid = np.linspace(0, 3, 200)
    assert dense(tau2) >= max(dense(one) for one in grid) - 1e-7


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 100_000))
def test_paule_mandel_and_the_q_profile_solve_their_equations(seed):
    y, v, x = data(seed)
    tau2 = model.between_variance(y, v, x, "pm")
    if tau2 > 0:
        assert model.generalised_q(y, v, x, tau2) == pytest.approx(len(y) - 1, rel=1e-6)
    low, high = model.q_profile(y, v, x, 0.95)
    assert 0 <= low <= high
    if high > 0:
        q = model.generalised_q(y, v, x, high)
        assert q == pytest.approx(stats.chi2.ppf(0.025, len(y) - 1), rel=1e-5)


def test_equal_variances_have_a_closed_form():
    y = np.array([0.1, 0.5, 0.9, 0.3, 0.7])
    v, x = np.full(5, 0.02), np.ones((5, 1))
    assert model.between_variance(y, v, x, "reml") == pytest.approx(y.var(ddof=1) - 0.02, rel=1e-6)
    assert model.between_variance(y, v, x, "ml") == pytest.approx(y.var() - 0.02, rel=1e-6)


def test_leverages_add_up_to_the_coefficients():
    _, v, x = data(1, p=3)
    assert model.leverages(x, 1 / v).sum() == pytest.approx(3)
