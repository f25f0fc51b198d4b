import numpy as np
import pytest
import statsmodels.api as sm

from evalkit.impact.weighting.effect import difference_of_means


def test_the_difference_and_its_error_are_those_of_weighted_least_squares(make_arms):
    arms = make_arms()
    weights = np.random.default_rng(1).uniform(0.1, 3, len(arms.y))
    value, influence = difference_of_means(arms, weights)
    peer = sm.WLS(arms.y, sm.add_constant(arms.t), weights=weights).fit(cov_type="HC0")
    assert value == pytest.approx(peer.params[1])
    assert np.sqrt((influence**2).sum()) == pytest.approx(peer.bse[1])


def test_rows_can_be_taken(make_arms):
    arms = make_arms()
    assert len(arms.take(arms.t == 1).y) == arms.t.sum()
