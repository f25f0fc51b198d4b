import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.treatment.treatment_effects import TreatmentEffect

from evalkit.impact.weighting.doubly_robust import doubly_robust, small_sample
from evalkit.impact.weighting.propensity import logit


def test_the_average_effect_equals_statsmodels_on_many_random_data_sets(make_arms):
    for seed in range(200):
        arms = make_arms(seed, 120)
        made = doubly_robust(arms, logit(arms.x, arms.t, arms.weights), estimand="ate")
        z = sm.add_constant(arms.x)
        select = sm.Logit(arms.t, z).fit(disp=0, tol=1e-12)
        peer = TreatmentEffect(sm.OLS(arms.y, z), arms.t, results_select=select)
        assert made.value == pytest.approx(peer.aipw(return_results=False)[0], rel=1e-6)


@pytest.mark.parametrize("estimand", ["att", "ate"])
def test_the_influence_is_the_derivative_in_the_weight_of_a_row(make_arms, estimand):
    arms = make_arms(2, 80, weights="w")
    made = doubly_robust(arms, logit(arms.x, arms.t, arms.weights), estimand=estimand)
    plain = made.influence / small_sample(arms)
    for i in (0, 17, 60):
        moved = arms.weights.copy()
        moved[i] *= 1 + 1e-5
        other = type(arms)(arms.y, arms.t, arms.x, moved)
        value = doubly_robust(other, logit(arms.x, arms.t, moved), estimand=estimand).value
        assert (value - made.value) / 1e-5 == pytest.approx(plain[i], rel=1e-3, abs=1e-6)


def test_the_outcome_model_mends_weights_that_are_wrong(make_arms):
    values = []
    for seed in range(20):
        arms = make_arms(seed, 600)
        noise = np.random.default_rng(seed).normal(size=(600, 1))
        values.append(doubly_robust(arms, logit(noise, arms.t, arms.weights), estimand="att").value)
    assert np.mean(values) == pytest.approx(2.0, abs=0.08)
