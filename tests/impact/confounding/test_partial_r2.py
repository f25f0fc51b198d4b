"""Partial R2 against regressions with and without the covariates."""

import numpy as np
import pytest
import statsmodels.api as sm

from evalkit.impact.confounding.partial_r2 import Regression, adjust, partial_f2, partial_r2


def data(seed, n=70, clusters=None, *, weights=False):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    d = (x @ [0.8, 0.2, 0.0] + rng.normal(size=n) > 0).astype(float)
    y = 50 + 2 * d + x @ [1.0, 0.3, 0.6] + rng.normal(size=n)
    groups = None if clusters is None else rng.integers(0, clusters, n).astype(np.intp)
    w = rng.uniform(0.5, 2, n) if weights else None
    return Regression(y, d, x, ("a", "b", "c"), weights=w, clusters=groups)


@pytest.mark.parametrize("seed", range(20))
def test_everything_is_that_of_statsmodels(seed):
    one = data(seed, weights=seed % 2 == 1)
    found = adjust(one, {"a and b": ("a", "b")})
    full = np.column_stack([one.d, one.x, np.ones(len(one.y))])
    w = np.ones(len(one.y)) if one.weights is None else one.weights
    fit = sm.WLS(one.y, full, weights=w).fit()
    assert found.value == pytest.approx(fit.params[0])
    assert found.std_error == pytest.approx(fit.bse[0])
    assert found.df == fit.df_resid
    to_d = sm.WLS(one.d, full[:, 1:], weights=w).fit()
    for j in range(3):
        assert found.r2_outcome[j] == pytest.approx(partial_r2(fit.tvalues[j + 1], fit.df_resid))
        assert found.r2_treatment[j] == pytest.approx(partial_r2(to_d.tvalues[j], to_d.df_resid))
    without = sm.WLS(one.y, full[:, [0, 3, 4]], weights=w).fit()
    assert found.names == ("a", "b", "c", "a and b")
    assert found.r2_outcome[3] == pytest.approx(1 - fit.ssr / without.ssr)


def test_the_clustered_error_is_that_of_statsmodels():
    one = data(3, clusters=12)
    found = adjust(one)
    full = np.column_stack([one.d, one.x, np.ones(len(one.y))])
    fit = sm.OLS(one.y, full).fit(cov_type="cluster", cov_kwds={"groups": one.clusters})
    assert found.robust_error == pytest.approx(fit.bse[0])
    assert found.robust_df == 11


def test_dummies_of_one_name_count_as_one():
    one = data(5)
    found = adjust(Regression(one.y, one.d, one.x, ("area", "area", "c")))
    assert found.names == ("area", "c")


def test_collinear_covariates_are_dropped():
    one = data(6)
    x = np.column_stack([one.x, one.x[:, 0] * 2])
    found = adjust(Regression(one.y, one.d, x, ("a", "b", "c", "twice a")))
    assert found.names == ("a", "b", "c")
    assert found.value == pytest.approx(adjust(one).value)


def test_effects_taken_out_beforehand_are_counted():
    one = data(7)
    centred = [one.y - one.y.mean(), one.d - one.d.mean(), one.x - one.x.mean(axis=0)]
    found = adjust(Regression(*centred, one.names, absorbed=1))
    assert found.std_error == pytest.approx(adjust(one).std_error)
    assert found.r2_outcome == pytest.approx(adjust(one).r2_outcome)


def test_a_treatment_that_is_explained_has_a_reason():
    one = data(8)
    assert "leave" in adjust(Regression(one.y, one.x[:, 0], one.x, one.names))
    assert "unexplained" in adjust(Regression(3 * one.d, one.d, one.x, one.names))


def test_f2_is_the_odds_of_r2():
    r2 = partial_r2(3.0, 40)
    assert partial_f2(3.0, 40) == pytest.approx(r2 / (1 - r2))
