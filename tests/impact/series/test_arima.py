"""State space regressions: the rule for the order, and stationarity."""

import warnings

import numpy as np
import pytest
from statsmodels.tsa.stattools import kpss as other_kpss

from evalkit.impact.series.arima import KPSS, kpss


def test_kpss_is_that_of_statsmodels():
    e = np.random.default_rng(1).normal(size=120)
    e -= e.mean()
    lags = int(4 * (120 / 100) ** 0.25)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on the range of its p-values, and its next version
        statistic = other_kpss(e, regression="c", nlags=lags)[0]
    assert kpss(e) == pytest.approx(statistic, rel=1e-9)


def test_a_random_walk_is_differenced_and_noise_is_not():
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(150), np.arange(150)])

    def left(y):
        return y - x @ np.linalg.lstsq(x, y, rcond=None)[0]

    walks = [kpss(left(rng.normal(size=150).cumsum())) > KPSS for _ in range(40)]
    noise = [kpss(left(rng.normal(size=150))) > KPSS for _ in range(40)]
    assert np.mean(walks) > 0.8
    assert np.mean(noise) < 0.2
