import numpy as np
import pytest
import statsmodels.api as sm

from evalkit.impact.weighting.doubly_robust import doubly_robust
from evalkit.impact.weighting.effect import Arms
from evalkit.impact.weighting.entropy import entropy_balancing
from evalkit.impact.weighting.ipw import ipw
from evalkit.impact.weighting.levels import balanced_mean, ipw_mean, multinomial, robust_mean
from evalkit.impact.weighting.propensity import logit


def test_the_multinomial_logit_equals_statsmodels():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x, arm = rng.normal(size=(200, 2)), rng.integers(0, 3, 200)
        made = multinomial(x, arm, np.ones(200))
        peer = sm.MNLogit(arm, sm.add_constant(x)).fit(disp=0, method="newton", tol=1e-12)
        np.testing.assert_allclose(made.p, peer.predict(), atol=1e-8)
        np.testing.assert_allclose(made.inverse, peer.cov_params(), rtol=1e-5, atol=1e-8)
        assert made.converged


def test_two_arms_are_the_binary_case(make_arms):
    arms = make_arms()
    arm, fitted = arms.t.astype(np.intp), logit(arms.x, arms.t, arms.weights)
    both = multinomial(arms.x, arm, arms.weights)
    pairs = [
        (ipw(arms, fitted, estimand="ate"), [ipw_mean(arms, arm, both, k) for k in (0, 1)]),
        (
            doubly_robust(arms, fitted, estimand="ate"),
            [robust_mean(arms, arm, both, k) for k in (0, 1)],
        ),
        (entropy_balancing(arms, estimand="ate"), [balanced_mean(arms, arm, k) for k in (0, 1)]),
    ]
    for effect, (zero, one) in pairs:
        assert one.value - zero.value == pytest.approx(effect.value)
        error = np.sqrt(((one.influence - zero.influence) ** 2).sum())
        assert error == pytest.approx(np.sqrt((effect.influence**2).sum()), rel=0.02)


def test_the_influence_of_a_mean_is_its_derivative():
    rng = np.random.default_rng(3)
    x, arm, w = rng.normal(size=(90, 2)), rng.integers(0, 3, 90), rng.uniform(0.5, 2, 90)
    y = x[:, 0] + arm + rng.normal(size=90)

    def value(weights):
        fitted = multinomial(x, arm, weights)
        return ipw_mean(Arms(y, arm * 1.0, x, weights), arm, fitted, 1)

    made = value(w)
    for i in (0, 30, 70):
        moved = w.copy()
        moved[i] *= 1 + 1e-5
        assert (value(moved).value - made.value) / 1e-5 == pytest.approx(
            made.influence[i], rel=1e-3, abs=1e-6
        )
