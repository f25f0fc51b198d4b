"""Noise: what its free numbers mean."""

import numpy as np
import pytest

from evalkit.impact.gaussian import noise

from .conftest import MODELS

POOLED, CROSS = MODELS["noisy sites"], MODELS["several outcomes, residuals correlated"]


def test_without_a_guess_pooled_noise_is_typical_times_deviations():
    eta = np.array([[1.0, -1.0, *np.zeros(6), 0.3, np.log(0.2)]])
    found = noise.unpack(POOLED, eta, noise.no_guess(POOLED))
    assert np.log(found.sd[0]) == pytest.approx(np.array([0.5, 0.1, *[0.3] * 6]))
    assert (found.typical[0, 0], found.spread[0, 0]) == pytest.approx((np.exp(0.3), 0.2))


@pytest.mark.parametrize("spread", [1e-4, 0.3, 10.0])
def test_the_guess_changes_how_noise_is_written_and_not_its_density(spread):
    """The density of (log noise, typical, log spread) is the same, whatever was guessed."""
    rng = np.random.default_rng(0)
    guess = noise.Guess(rng.normal(size=8), np.full(8, 50.0))
    u, typical = rng.normal(size=8), 0.2
    eta = np.array([[*u, typical, np.log(spread)]])
    one = noise.unpack(POOLED, eta, guess)
    plain = (one.log_det[0] - typical) / spread
    other = noise.unpack(
        POOLED, np.array([[*plain, typical, np.log(spread)]]), noise.no_guess(POOLED)
    )
    assert other.sd == pytest.approx(one.sd)
    near = 1 + 50.0 * spread**2
    # the slope of log noise by the free numbers: spread / sqrt(near), and spread without a guess
    expected = other.log_prior + other.jacobian - 8 * 0.5 * np.log(near)
    assert one.log_prior + one.jacobian == pytest.approx(expected)


def test_weights_of_correlated_outcomes_are_the_inverse_covariance():
    eta = np.random.default_rng(1).normal(0, 0.5, (1, noise.count(CROSS)))
    found = noise.unpack(CROSS, eta, noise.no_guess(CROSS))
    root = found.sd[0][:, None] * found.root[0]
    precision = np.linalg.inv(root @ root.T)
    expected = [*np.diag(precision), precision[1, 0], precision[2, 0], precision[2, 1]]
    assert found.weight[0] == pytest.approx(np.array(expected))
    assert 2 * found.log_det.sum() == pytest.approx(np.linalg.slogdet(root @ root.T)[1])
