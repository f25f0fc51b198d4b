"""Least squares and the other estimators beside."""

import numpy as np
import pytest
import statsmodels.api as sm

from evalkit.impact.instruments import tables
from evalkit.impact.instruments.reduced import reduce
from evalkit.impact.instruments.strength import strength
from evalkit.impact.instruments.two_stage import structural
from evalkit.impact.instruments.validity import HypothesisTest


@pytest.mark.parametrize("cluster", [None, "g"])
def test_least_squares_is_that_of_statsmodels(make_frame, make_sample, cluster):
    frame = make_frame(clusters=30)
    sample = make_sample(clusters=30, cluster=cluster)
    reduced = reduce(sample)
    found = structural(sample, reduced, "2sls")
    made = tables.alternatives(sample, reduced, ("2sls", found), 0.95).set_index("estimator")
    x = np.column_stack([frame["d"], frame["x"], np.ones(len(frame))])
    fit = sm.OLS(frame["y"], x)
    how = {"cov_type": "HC1"}
    if cluster:
        groups = frame["g"].str[1:].astype(int)
        how = {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    assert made.loc["ols", "estimate"] == pytest.approx(fit.fit().params.iloc[0])
    assert made.loc["ols", "conventional_error"] == pytest.approx(fit.fit().bse.iloc[0])
    assert made.loc["ols", "std_error"] == pytest.approx(fit.fit(**how).bse.iloc[0])
    assert list(made.index) == ["ols", "2sls", "liml", "gmm"]


def test_gmm_is_left_out_where_its_weights_would_be_singular(make_sample):
    sample = make_sample(clusters=3, cluster="g", instruments=2)
    reduced = reduce(sample)
    found = structural(sample, reduced, "2sls")
    made = tables.alternatives(sample, reduced, ("2sls", found), 0.95)
    assert "gmm" not in set(made["estimator"])


def test_first_stage_has_a_row_an_instrument(make_sample):
    sample = make_sample(instruments=2)
    made = tables.first_stage(sample, reduce(sample), 0.95)
    assert list(made["instrument"]) == ["z0", "z1"]
    assert (made["low"] < made["coefficient"]).all()


def test_strengths_and_tests_are_tidy(make_sample):
    made = tables.strengths(strength(reduce(make_sample())))
    assert made["critical_value"].iloc[0] == pytest.approx(23.1085, abs=1e-3)
    made = tables.tests(
        [HypothesisTest("J", 1.0, (2,), 0.6), HypothesisTest("F", 1.0, (1, 30.0), 0.3)]
    )
    assert np.isnan(made["df_residual"].iloc[0])
    assert made["df_residual"].iloc[1] == 30.0
