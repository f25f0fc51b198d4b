"""The integrated likelihood against dense algebra in the coefficients themselves."""

import numpy as np
import pytest

from evalkit.impact.gaussian import hyper, marginal
from evalkit.impact.gaussian.coefficients import coefficients

from .conftest import MODELS, dense


def free_numbers(model, batch, seed=3):
    rng = np.random.default_rng(seed)
    return 0.5 * rng.normal(size=(batch, hyper.count(model))) - 0.3


def test_blocks_and_dense_algebra_give_the_same_density(model):
    eta = free_numbers(model, 4)
    found = marginal.log_density(marginal.problem(model), eta)
    expected = np.array([dense(model, one)[0] for one in eta])
    # both leave out constants, which are the same for every point
    assert found - found[0] == pytest.approx(expected - expected[0], abs=1e-7)


def test_coefficients_are_drawn_from_their_exact_distribution(model):
    p, eta = marginal.problem(model), free_numbers(model, 1)
    drawn, _ = coefficients(p, np.repeat(eta, 20_000, axis=0), np.random.default_rng(1))
    _, precision, mean = dense(model, eta[0])
    z = (drawn - mean) @ np.linalg.cholesky(precision)
    assert np.abs(z.mean(axis=0)).max() < 5 / np.sqrt(20_000)
    assert np.abs(np.cov(z.T) - np.eye(len(mean))).max() < 8 / np.sqrt(20_000)


def test_a_batch_in_pieces_is_the_batch(model, monkeypatch):
    p, eta = marginal.problem(model), free_numbers(model, 7)
    whole = marginal.log_density(p, eta)
    monkeypatch.setattr(marginal, "LARGEST", 1)
    assert marginal.log_density(p, eta) == pytest.approx(whole, rel=1e-12)


def test_no_spread_at_all_is_the_limit_of_little():
    p = marginal.problem(MODELS["one noise"])
    eta = np.array([[-12.0, -12.0, 0.0, 0.0], [-13.0, -13.0, 0.0, 0.0]])
    both = marginal.log_density(p, eta) - eta[:, :2].sum(axis=1)
    assert both[0] == pytest.approx(both[1], abs=1e-6)
