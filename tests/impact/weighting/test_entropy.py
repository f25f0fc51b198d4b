import numpy as np
import pytest
from scipy.optimize import minimize

from evalkit.impact.weighting.doubly_robust import small_sample
from evalkit.impact.weighting.entropy import entropy_balancing, tilt


def test_the_weights_give_the_wanted_means_and_are_the_nearest_to_equal(make_arms):
    for seed in range(200):
        arms = make_arms(seed, 150)
        x, target = arms.x[arms.t == 0], arms.x[arms.t == 1].mean(axis=0)
        weights = tilt(x, np.ones(len(x)), target)
        np.testing.assert_allclose(weights @ x, target, atol=1e-7)
        peer = minimize(lambda b, d=x - target: np.log(np.exp(d @ b).sum()), np.zeros(2), tol=1e-10)
        tilted = np.exp((x - target) @ peer.x)
        np.testing.assert_allclose(weights, tilted / tilted.sum(), rtol=1e-4)


def test_means_outside_the_hull_cannot_be_had():
    x = np.random.default_rng(0).uniform(-1, 1, (50, 2))
    assert tilt(x, np.ones(50), np.array([1.5, 0.0])) is None


@pytest.mark.parametrize("estimand", ["att", "ate"])
def test_the_influence_is_the_derivative_in_the_weight_of_a_row(make_arms, estimand):
    arms = make_arms(2, 80, weights="w")
    made = entropy_balancing(arms, estimand=estimand)
    plain = made.influence / small_sample(arms)
    for i in (0, 17, 60):
        moved = arms.weights.copy()
        moved[i] *= 1 + 1e-5
        value = entropy_balancing(
            type(arms)(arms.y, arms.t, arms.x, moved), estimand=estimand
        ).value
        assert (value - made.value) / 1e-5 == pytest.approx(plain[i], rel=2e-2, abs=1e-5)
