"""Simultaneous bands."""

import numpy as np
import pytest
from scipy.stats import norm, t

from evalkit.impact.trends.bands import half_widths, sup_t


def test_one_period_is_the_usual_quantile_and_many_independent_ones_are_sidak():
    assert sup_t(np.array([[4.0]]), 0.95, 1) == pytest.approx(norm.ppf(0.975), abs=0.03)
    sidak = norm.ppf(0.5 + 0.95 ** (1 / 8) / 2)
    assert sup_t(np.eye(8), 0.95, 1) == pytest.approx(sidak, abs=0.03)


def test_periods_that_move_together_need_no_wider_band():
    assert sup_t(np.ones((5, 5)), 0.95, 2) == pytest.approx(norm.ppf(0.975), abs=0.03)


def test_the_same_seed_gives_the_same_band_and_units_do_not_matter():
    covariance = np.array([[1.0, 0.3], [0.3, 4.0]])
    assert sup_t(covariance, 0.9, 5) == sup_t(covariance, 0.9, 5)
    assert sup_t(covariance * 1e6, 0.9, 5) == pytest.approx(sup_t(covariance, 0.9, 5), rel=1e-9)


def test_few_degrees_of_freedom_widen_the_band_and_it_is_never_below_the_pointwise_interval():
    errors, covariance = np.array([1.0, 2.0]), np.diag([1.0, 4.0])
    few = half_widths(errors, np.array([5.0, 5.0]), covariance, 0.95, 1)
    many = half_widths(errors, np.array([np.inf, np.inf]), covariance, 0.95, 1)
    assert (few > many).all()
    assert (few >= t.ppf(0.975, 5) * errors).all()
    assert many / errors == pytest.approx(many[0])


def test_a_path_without_error_has_no_band():
    assert np.isnan(sup_t(np.zeros((2, 2)), 0.95, 1))


def test_the_band_holds_the_whole_path_as_often_as_promised():
    root = np.random.default_rng(3).normal(size=(6, 6))
    covariance = root @ root.T
    sd = np.sqrt(np.diag(covariance))
    reach = half_widths(sd, np.full(6, np.inf), covariance, 0.9, 4)
    draws = np.random.default_rng(4).multivariate_normal(np.zeros(6), covariance, 20_000)
    assert (np.abs(draws) <= reach).all(axis=1).mean() == pytest.approx(0.9, abs=0.01)
