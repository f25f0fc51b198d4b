"""Group-time effects: simple cases by hand, and properties."""

from dataclasses import replace

import numpy as np
import pytest

from evalkit.impact.panel import NEVER
from evalkit.impact.staggered.averages import (
    AGGREGATIONS,
    aggregate,
    covariance,
    multiplier_bootstrap,
)
from evalkit.impact.staggered.callaway import group_time
from evalkit.impact.staggered.rows import Choices, NoFitError, Rows, cells_of
from evalkit.impact.staggered.two_by_two import two_by_two


def rows(seed=0, n=120, periods=5, covariates=0):
    rng = np.random.default_rng(seed)
    cohort = rng.choice([2, 3, NEVER], size=n)
    x = np.repeat(rng.normal(size=(n, 1, covariates)), periods, axis=1)
    y = rng.normal(size=(n, 1)) + rng.normal(size=(n, periods)) + np.arange(periods)
    y = y + 2.0 * (np.arange(periods) >= cohort[:, None])
    unit, time = np.repeat(np.arange(n), periods), np.tile(np.arange(periods), n)
    flat = x.reshape(n * periods, covariates)
    return Rows(y.ravel(), flat, np.ones(n * periods), unit, time, cohort, np.arange(n), periods)


@pytest.mark.parametrize("method", ["doubly_robust", "regression", "ipw"])
def test_without_covariates_an_effect_is_a_difference_of_means(method):
    rng = np.random.default_rng(1)
    change, treated = rng.normal(size=50), (np.arange(50) < 20).astype(float)
    value, influence = two_by_two(change, treated, np.ones((50, 1)), np.ones(50), method)
    assert value == pytest.approx(change[:20].mean() - change[20:].mean())
    variance = change[:20].var() / 20 + change[20:].var() / 30
    assert (influence @ influence) / 50**2 == pytest.approx(variance)


@pytest.mark.parametrize("method", ["doubly_robust", "regression", "ipw"])
def test_influence_functions_give_the_spread_seen_in_simulation(method):
    """The analytic standard error agrees with the spread of 400 estimates, with covariates."""
    values, errors = [], []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        x = np.column_stack([np.ones(200), rng.normal(size=200)])
        treated = (rng.random(200) < 1 / (1 + np.exp(-0.5 * x[:, 1]))).astype(float)
        change = x[:, 1] + treated + rng.normal(size=200)
        value, influence = two_by_two(change, treated, x, np.ones(200), method)
        values.append(value)
        errors.append(np.sqrt(influence @ influence) / 200)
    assert np.mean(values) == pytest.approx(1.0, abs=0.03)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.1)


@pytest.mark.parametrize("method", ["doubly_robust", "regression", "ipw"])
def test_doubling_a_weight_is_doubling_a_unit(method):
    rng = np.random.default_rng(2)
    x = np.column_stack([np.ones(80), rng.normal(size=80)])
    treated = (np.arange(80) % 2).astype(float)
    change, w = rng.normal(size=80), rng.integers(1, 4, size=80).astype(float)
    weighted, _ = two_by_two(change, treated, x, w, method)
    twice = np.repeat(np.arange(80), w.astype(int))
    repeated, _ = two_by_two(change[twice], treated[twice], x[twice], np.ones(len(twice)), method)
    assert weighted == pytest.approx(repeated)


def test_influence_is_centred_and_averages_find_the_effect():
    found = group_time(rows(n=3000, covariates=1), Choices())
    assert np.abs(found.influence.mean(axis=0)).max() < 1e-8
    for name in AGGREGATIONS:
        assert aggregate(found, name).value == pytest.approx(2.0, abs=0.2)


def test_with_one_start_all_averages_over_cells_agree():
    one = rows()
    one = replace(one, cohort=np.where(one.cohort == 3, NEVER, one.cohort))
    found = group_time(one, Choices())
    values = [aggregate(found, name).value for name in AGGREGATIONS]
    assert values == pytest.approx([values[0]] * 4)


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (Choices(), [(2, 1, 0), (2, 2, 1), (2, 3, 1)]),
        (Choices(base="universal"), [(2, 0, 1), (2, 1, 1), (2, 2, 1), (2, 3, 1)]),
        (Choices(anticipation=1), [(2, 1, 0), (2, 2, 0), (2, 3, 0)]),
        (Choices(anticipation=2), []),
    ],
)
def test_each_period_is_compared_with_its_base(choices, expected):
    cells = cells_of(np.array([2, NEVER]), 4, choices)
    assert [(cell.group, cell.time, cell.base) for cell in cells] == expected


def test_not_yet_treated_units_serve_until_they_start():
    found = group_time(rows(), Choices(control="not_yet_treated"))
    compared = {(c.group, c.time): int(k) for c, k in zip(found.cells, found.compared, strict=True)}
    assert compared[(2, 2)] > compared[(2, 3)] == compared[(2, 4)]


def test_clusters_of_equal_units_count_once():
    """Each unit four times, in one cluster: the error stays that of the units, but for G/(G-1)."""
    one = rows(n=60)
    four = np.repeat(np.arange(60), 4)
    y = one.y.reshape(60, 5)[four].ravel()
    unit, time = np.repeat(np.arange(240), 5), np.tile(np.arange(5), 240)
    many = Rows(y, np.zeros((1200, 0)), np.ones(1200), unit, time, one.cohort[four], four, 5)
    small, large = (aggregate(group_time(w, Choices()), "group") for w in (one, many))
    single = covariance(small.value_influence[:, None], one.cluster)[0, 0]
    clustered = covariance(large.value_influence[:, None], many.cluster)[0, 0]
    assert clustered == pytest.approx(single * 60 / 59)


def test_the_bootstrap_agrees_with_the_analytic_error_and_its_band_is_wider():
    found = aggregate(group_time(rows(n=300), Choices()), "dynamic")
    errors, critical = multiplier_bootstrap(found.influence, np.arange(300), 4000, 0.95, 1)
    analytic = np.sqrt(np.diag(covariance(found.influence, np.arange(300))))
    assert errors == pytest.approx(analytic, rel=0.08)
    assert critical > 1.96


def test_groups_that_a_covariate_separates_are_refused():
    one = rows(covariates=1)
    x = one.x.copy()
    x[one.cohort[one.unit] == 2] += 100.0
    with pytest.raises(NoFitError, match="separate"):
        group_time(replace(one, x=x), Choices())


def test_a_bootstrap_of_nothing_that_varies_has_no_critical_value():
    errors, critical = multiplier_bootstrap(np.zeros((8, 2)), np.arange(8), 100, 0.95, 1)
    assert errors.tolist() == [0.0, 0.0]
    assert np.isnan(critical)
