import numpy as np
import pytest
from scipy.stats import ks_2samp

from evalkit.impact.weighting.balance import balance_check, balance_table, love_plot

RNG = np.random.default_rng(0)
T = (np.arange(100) < 40).astype(float)
X = np.column_stack([RNG.normal(size=100) + 0.5 * T, RNG.random(100) < 0.3])
ONE = np.ones(100)


def table(after=ONE, estimand="att"):
    return balance_table(("score", "flag"), X, T, ONE, after, estimand).set_index("covariate")


def test_numbers_are_those_of_their_definitions():
    row = table().loc["score"]
    one, zero = X[T == 1, 0], X[T == 0, 0]
    assert row["smd_before"] == pytest.approx((one.mean() - zero.mean()) / one.std(ddof=1))
    assert row["variance_ratio_before"] == pytest.approx(one.var(ddof=1) / zero.var(ddof=1))
    assert row["ks_before"] == pytest.approx(ks_2samp(one, zero).statistic)
    pooled = table(estimand="ate").loc["score", "sd"]
    assert pooled == pytest.approx(np.sqrt((one.var(ddof=1) + zero.var(ddof=1)) / 2))


def test_two_valued_columns_use_the_spread_of_a_share():
    row, share = table().loc["flag"], X[T == 1, 1].mean()
    assert row["sd"] == pytest.approx(np.sqrt(share * (1 - share)))
    assert np.isnan(row["variance_ratio_before"])


def test_weights_after_do_not_change_the_divisor():
    weights = RNG.uniform(0.1, 2, 100)
    row = table(weights).loc["score"]
    gap = np.average(X[T == 1, 0], weights=weights[T == 1]) - np.average(
        X[T == 0, 0], weights=weights[T == 0]
    )
    assert row["smd_after"] == pytest.approx(gap / X[T == 1, 0].std(ddof=1))


def test_the_check_names_what_is_still_apart():
    made = balance_check(table().reset_index(), "att")
    assert made.verdict == "fail"
    assert "`score`" in made.meaning


def test_a_love_plot_has_each_covariate_twice():
    assert len(love_plot(table().reset_index())) == 4
