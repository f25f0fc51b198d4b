"""Omitted-variable bias: published values, brute force, and what follows from the algebra."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from evalkit.impact.confounding import omitted
from evalkit.impact.confounding.omitted import Bound

GOLDEN = json.loads(
    (Path(__file__).parents[2] / "golden" / "confounding" / "expected.json").read_text()
)
DARFUR = GOLDEN["darfur"]
EST, SE, DF = DARFUR["estimate"], DARFUR["std_error"], DARFUR["df"]


def test_robustness_values_of_darfur_are_met():
    critical = stats.t.ppf(0.975, DF - 1)
    assert omitted.robustness_value(EST / SE, DF) == pytest.approx(DARFUR["rv"], abs=5e-7)
    found = omitted.robustness_value(EST / SE, DF, critical=critical)
    assert found == pytest.approx(DARFUR["rv_interval"], abs=5e-7)
    assert omitted.extreme(EST, SE, DF) == pytest.approx(
        DARFUR["r2_treatment_with_outcome"], abs=5e-8
    )


def test_bounds_of_darfur_are_met():
    one = DARFUR["one_female"]
    made = Bound(one["r2_d"], one["r2_y"])
    assert omitted.adjusted_estimate(EST, SE, DF, made) == pytest.approx(one["estimate"], abs=2e-7)
    assert omitted.adjusted_error(SE, DF, made) == pytest.approx(one["std_error"], abs=2e-8)
    assert omitted.adjusted_t(EST, SE, DF, made) == pytest.approx(one["t"], abs=1e-5)


def test_three_times_female_follows_from_once_female():
    one, three = DARFUR["one_female"], DARFUR["three_female"]
    r2_d = one["r2_d"] / (1 + one["r2_d"])
    shared = r2_d**2 / (1 - r2_d) ** 2
    eta = (1 + math.sqrt(shared)) / math.sqrt(1 - shared)
    f2_y = one["r2_y"] / eta**2
    made = omitted.bound(r2_d, f2_y / (1 + f2_y), kd=3, ky=3)
    assert omitted.adjusted_estimate(EST, SE, DF, made) == pytest.approx(
        three["estimate"], abs=1e-6
    )
    assert omitted.adjusted_error(SE, DF, made) == pytest.approx(three["std_error"], abs=1e-7)
    assert omitted.adjusted_t(EST, SE, DF, made) == pytest.approx(three["t"], abs=1e-4)


def test_a_confounder_as_strong_as_the_robustness_value_takes_all_away():
    rng = np.random.default_rng(1)
    for _ in range(50):
        t, df = rng.uniform(-20, 20), int(rng.integers(5, 3000))
        rv = omitted.robustness_value(t, df)
        assert omitted.adjusted_estimate(t, 1.0, df, Bound(rv, rv)) == pytest.approx(0, abs=1e-8)


def _weakest(t, df, r):
    """The smallest t statistic that any confounder up to `r` on both sides leaves."""
    r2_y = np.linspace(0, min(r, 1 - 1e-12), 4001)
    estimate = t - np.sqrt(df * r2_y * r / (1 - r))
    return float((estimate / np.sqrt((1 - r2_y) / (1 - r) * df / (df - 1))).min())


def test_the_robustness_value_of_the_interval_is_the_weakest_confounder_that_reaches_zero():
    rng = np.random.default_rng(2)
    for _ in range(25):
        t, df = rng.uniform(0.5, 60), int(rng.integers(5, 800))
        critical = stats.t.ppf(0.975, df - 1)
        found = omitted.robustness_value(t, df, critical=critical)
        low, high = 0.0, 1 - 1e-9
        if _weakest(t, df, 0.0) > critical:
            for _ in range(45):
                middle = (low + high) / 2
                low, high = (middle, high) if _weakest(t, df, middle) > critical else (low, middle)
        assert found == pytest.approx(low, abs=1e-3)


def test_the_adjusted_numbers_are_those_of_the_regression_with_the_confounder():
    """The algebra is exact: a confounder that is then measured gives what was said beforehand."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        n = 60
        z, x = rng.normal(size=n), rng.normal(size=n)
        d = 0.8 * z + 0.3 * x + rng.normal(size=n)
        y = 2 * d + 1.5 * z + x + rng.normal(size=n)
        short = _ols(y, np.column_stack([d, x, np.ones(n)]))
        full = _ols(y, np.column_stack([d, z, x, np.ones(n)]))
        to_d = _ols(d, np.column_stack([z, x, np.ones(n)]))
        made = Bound(_r2(*to_d, 0), _r2(*full, 1))
        got = omitted.adjusted_estimate(short[0][0], short[1][0], short[2], made)
        assert got == pytest.approx(full[0][0], rel=1e-9)
        error = omitted.adjusted_error(short[1][0], short[2], made)
        assert error == pytest.approx(full[1][0], rel=1e-9)


def _ols(y, x):
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    df = len(y) - x.shape[1]
    variance = ((y - x @ beta) ** 2).sum() / df
    return beta, np.sqrt(variance * np.diag(np.linalg.inv(x.T @ x))), df


def _r2(beta, error, df, j):
    t = beta[j] / error[j]
    return t**2 / (t**2 + df)


def test_the_multiple_that_takes_all_away_does_so():
    multiple = omitted.multiple_to_zero(2.0, (0.5, 100), 0.05, 0.1)
    made = omitted.bound(0.05, 0.1, kd=multiple, ky=multiple)
    assert omitted.adjusted_estimate(2.0, 0.5, 100, made) == pytest.approx(0, abs=1e-6)


def test_a_covariate_without_bearing_on_the_treatment_needs_an_infinite_multiple():
    assert omitted.multiple_to_zero(2.0, (0.5, 100), 0.0, 0.1) == math.inf
    assert omitted.multiple_to_zero(0.0, (0.5, 100), 0.0, 0.1) == 0.0


def test_a_confounder_that_explains_more_than_there_is_has_no_bound():
    assert omitted.bound(0.5, 0.1, kd=1.0) is None
    assert omitted.bound(0.3, 0.1, kd=4.0) is None
    assert omitted.bound(0.3, 0.9, ky=9.0).r2_y == 1.0


def test_a_full_confounder_leaves_no_error():
    assert omitted.adjusted_t(2.0, 0.1, 50, Bound(0.01, 1.0)) == math.inf
