import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.treatment.treatment_effects import TreatmentEffect

from evalkit.impact.weighting.ipw import capped, ipw, weights_of
from evalkit.impact.weighting.propensity import logit


def test_the_average_effect_equals_statsmodels_on_many_random_data_sets(make_arms):
    for seed in range(200):
        arms = make_arms(seed, 120)
        made = ipw(arms, logit(arms.x, arms.t, arms.weights), estimand="ate")
        z = sm.add_constant(arms.x)
        p = sm.GLM(arms.t, z, family=sm.families.Binomial()).fit().fittedvalues
        w = np.where(arms.t == 1, 1 / p, 1 / (1 - p))
        peer = sm.WLS(arms.y, sm.add_constant(arms.t), weights=w).fit(cov_type="HC0")
        assert made.value == pytest.approx(peer.params[1], rel=1e-6)
        assert np.sqrt((made.known**2).sum()) == pytest.approx(peer.bse[1], rel=1e-6)


def test_the_error_that_allows_for_the_score_equals_that_of_joint_moments(make_arms):
    """statsmodels solves the same stacked equations by GMM, with its own sandwich."""
    arms = make_arms(4, 400)
    made = ipw(arms, logit(arms.x, arms.t, arms.weights), estimand="ate")
    z = pd.DataFrame(sm.add_constant(arms.x))
    select = sm.Logit(arms.t, z).fit(disp=0)
    effect = TreatmentEffect(sm.OLS(arms.y, z), arms.t, results_select=select)
    peer = effect.ipw(return_results=True)
    assert made.value == pytest.approx(float(np.ravel(peer.effect)[0]), rel=1e-5)
    assert np.sqrt((made.influence**2).sum()) == pytest.approx(
        float(peer.results_gmm.bse[0]), rel=2e-2
    )


@pytest.mark.parametrize("estimand", ["att", "ate"])
def test_the_influence_is_the_derivative_in_the_weight_of_a_row(make_arms, estimand):
    arms = make_arms(2, 80, weights="w")
    made = ipw(arms, logit(arms.x, arms.t, arms.weights), estimand=estimand)
    for i in (0, 17, 60):
        moved = arms.weights.copy()
        moved[i] *= 1 + 1e-5
        other = type(arms)(arms.y, arms.t, arms.x, moved)
        value = ipw(other, logit(arms.x, arms.t, moved), estimand=estimand).value
        assert (value - made.value) / 1e-5 == pytest.approx(made.influence[i], rel=1e-3, abs=1e-6)


def test_stabilised_weights_average_about_one_and_change_nothing_else(make_arms):
    arms = make_arms()
    fitted = logit(arms.x, arms.t, arms.weights)
    plain, other = (ipw(arms, fitted, estimand="ate", stabilised=one) for one in (False, True))
    assert plain.value == pytest.approx(other.value)
    np.testing.assert_allclose(plain.influence, other.influence, rtol=1e-9, atol=1e-12)
    assert other.weights.mean() == pytest.approx(1, abs=0.1)
    assert plain.weights.mean() == pytest.approx(2, abs=0.2)


def test_cut_weights_stop_at_their_quantile(make_arms):
    arms = make_arms()
    own, slope = weights_of(arms.t, logit(arms.x, arms.t, arms.weights).p, "ate")
    cut, flat = capped(own, slope, arms.t, 0.9)
    assert cut.max() < own.max()
    assert ((flat == 0) == (cut < own)).all()
