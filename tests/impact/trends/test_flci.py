"""Fixed-length intervals, against a numerical optimiser and simulation."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from evalkit.impact.trends.flci import fixed_length, folded_quantile, frontier


def covariance_of(seed, m):
    root = np.random.default_rng(seed).normal(size=(m, m)) / np.sqrt(m)
    return root @ root.T + 0.05 * np.eye(m)


def largest_bias(v, n_pre, n_post):
    """Largest ``v'd`` over paths with second differences of at most one (none may be linear)."""
    size = n_pre + n_post + 1
    ramp = np.arange(size) - n_pre
    bends = [
        np.maximum(ramp - j, 0) if j >= 0 else np.maximum(j - ramp, 0)
        for j in range(-n_pre + 1, n_post)
    ]
    return sum(abs(v @ np.delete(one, n_pre)) for one in bends)


@pytest.mark.parametrize(("seed", "n_pre", "n_post"), [(1, 2, 1), (2, 3, 2), (3, 4, 3), (4, 5, 2)])
@pytest.mark.parametrize("bound", [0.0, 0.05, 0.4, 3.0])
def test_no_other_linear_estimator_has_a_shorter_interval(seed, n_pre, n_post, bound):
    covariance = covariance_of(seed, n_pre + n_post)
    weights = np.random.default_rng(seed + 10).normal(size=n_post)
    low, high = fixed_length(
        np.zeros(n_pre + n_post), covariance, n_pre, weights, np.array([bound]), 0.05
    )
    ramp = np.arange(n_pre, 0, -1)
    slope = weights @ np.arange(1, n_post + 1)

    def length(free):
        # The last weight before the start makes linear trends cancel.
        last = slope - free @ ramp[:-1]
        v = np.concatenate([free, [last], weights])
        sd = np.sqrt(v @ covariance @ v)
        return sd * folded_quantile(np.array(bound * largest_bias(v, n_pre, n_post) / sd), 0.95)

    best = min(
        minimize(
            length,
            start,
            method="Nelder-Mead",
            options={"maxiter": 4000, "xatol": 1e-9, "fatol": 1e-11},
        ).fun
        for start in np.random.default_rng(0).normal(size=(4, n_pre - 1))
    )
    assert (high[0] - low[0]) / 2 <= best * (1 + 1e-6)
    assert (high[0] - low[0]) / 2 == pytest.approx(best, rel=2e-2)


def test_one_period_before_leaves_no_choice():
    """The straight line through it: the estimate is post + pre."""
    covariance = np.diag([0.04, 0.09])
    low, high = fixed_length(
        np.array([1.0, 3.0]), covariance, 1, np.array([1.0]), np.zeros(1), 0.05
    )
    assert [low[0], high[0]] == pytest.approx(
        4 + norm.ppf(0.975) * np.sqrt(0.13) * np.array([-1, 1])
    )


def test_the_path_ends_at_the_estimator_of_least_variance_among_unbiased_ones():
    covariance = covariance_of(7, 6)
    made = frontier(covariance, 4, np.array([1.0, 0.0]))
    v = made.v[-1]
    trend = np.array([-4.0, -3, -2, -1, 1, 2])
    assert v @ trend == pytest.approx(0, abs=1e-12)
    assert made.v[0][:3] == pytest.approx(0, abs=1e-12)
    other = np.array([1.0, -2, 1, 0, 0, 0])
    other = other - 0  # a direction that leaves linear trends and the effect alone
    for step in (1e-3, -1e-3):
        assert (v + step * other) @ covariance @ (v + step * other) > v @ covariance @ v


def test_the_interval_holds_the_truth_under_the_worst_trend():
    covariance = covariance_of(5, 6) * 0.1
    weights = np.array([0.5, 0.5])
    bend = np.maximum(np.arange(-4, 3), 0) * 0.5 + np.minimum(np.arange(-4, 3), 0) * 0.2
    trend = np.delete(bend, 4)
    draws = np.random.default_rng(2).multivariate_normal(trend, covariance, 600)
    ends = [fixed_length(one, covariance, 4, weights, np.array([0.3]), 0.05) for one in draws]
    held = np.mean([low[0] <= 0 <= high[0] for low, high in ends])
    assert held >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 600)


@pytest.mark.parametrize("mean", [0.0, 0.3, 1.0, 5.0, 400.0])
def test_the_folded_quantile_is_that_of_the_normal_distribution(mean):
    q = folded_quantile(np.array([mean]), 0.95)[0]
    assert norm.cdf(q - mean) - norm.cdf(-q - mean) == pytest.approx(0.95, abs=1e-10)


def test_directions_without_error_are_no_obstacle():
    root = np.random.default_rng(1).normal(size=(6, 2))
    low, high = fixed_length(
        np.arange(6.0), root @ root.T, 4, np.array([1.0, 0.0]), np.array([0.0, 0.5]), 0.05
    )
    assert np.isfinite([*low, *high]).all()
