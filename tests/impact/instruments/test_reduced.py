"""First stage and reduced form against statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm

from evalkit.impact.instruments.reduced import reduce


@pytest.mark.parametrize("weights", [None, "w"])
def test_both_regressions_are_those_of_statsmodels(make_frame, make_sample, weights):
    frame = make_frame(instruments=2)
    found = reduce(make_sample(instruments=2, weights=weights))
    x = np.column_stack([frame[["z0", "z1", "x"]], np.ones(len(frame))])
    w = frame["w"] / frame["w"].mean() if weights else np.ones(len(frame))
    for name, slopes, made in (("y", found.to_y, found.of_y), ("d", found.to_d, found.of_d)):
        fit = sm.WLS(frame[name], x, weights=w).fit(cov_type="HC2")
        assert slopes == pytest.approx(fit.params[:2].to_numpy())
        assert made.errors == pytest.approx(fit.bse[:2].to_numpy())
    assert found.df == len(frame) - 4
    assert found.groups == len(frame)


def test_clusters_are_counted(make_sample):
    assert reduce(make_sample(clusters=17, cluster="g")).groups == 17
