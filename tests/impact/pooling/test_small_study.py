"""Egger's regression, and trim and fill."""

import numpy as np
import pytest
import statsmodels.api as sm

from evalkit.impact.pooling.small_study import egger, trim_and_fill


def funnel(seed, *, bias, k=40):
    rng = np.random.default_rng(seed)
    s = rng.uniform(0.05, 0.5, k)
    return 0.2 + bias * s + rng.normal(0, s), s**2


def test_eggers_regression_is_weighted_least_squares():
    y, v = funnel(1, bias=1.0)
    _, plain = egger(y, v, "reml")
    other = sm.WLS(y, sm.add_constant(np.sqrt(v)), weights=1 / v).fit()
    assert plain.slope == pytest.approx(other.params[1])
    assert plain.statistic == pytest.approx(other.tvalues[1])
    # The same as the intercept of the precision form.
    form = sm.OLS(y / np.sqrt(v), sm.add_constant(1 / np.sqrt(v))).fit()
    assert plain.slope == pytest.approx(form.params[0])


def test_estimates_that_lie_even_need_no_filling():
    y = np.array([-0.2, -0.1, 0.0, 0.1, 0.2]) + 0.5
    assert trim_and_fill(y, np.array([0.04, 0.01, 0.005, 0.01, 0.04]), "reml").missing == 0


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_missing_estimates_are_filled_on_the_other_side(sign):
    y, v = funnel(3, bias=0.0, k=60)
    kept = (y > 0.1) | (v < 0.02)
    found = trim_and_fill(sign * y[kept], v[kept], "dl")
    assert found.missing > 0
    assert found.side == ("left" if sign > 0 else "right")
    assert len(found.y) == kept.sum() + found.missing
