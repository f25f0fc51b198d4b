"""The confidence set in every shape it can have, against tests of single effects."""

import dataclasses
import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from evalkit.impact.instruments import anderson_rubin as ar
from evalkit.impact.instruments.reduced import reduce


def made_of(sample, *, robust=True):
    return ar.moments(reduce(sample), robust=robust)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("effect", [-1.0, 0.0, 1.7])
def test_under_equal_spread_it_is_the_f_test_of_the_instruments(
    make_frame, make_sample, count, effect
):
    frame = make_frame(instruments=count)
    names = [f"z{j}" for j in range(count)]
    x = np.column_stack([frame[names], frame["x"], np.ones(len(frame))])
    fit = sm.OLS(frame["y"] - effect * frame["d"], x).fit()
    test = fit.f_test(np.eye(count + 2)[:count])
    made = made_of(make_sample(instruments=count), robust=False)
    assert ar.p_value(made, effect) == pytest.approx(float(test.pvalue), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("strength", [0.05, 0.2, 0.8])
def test_a_quadratic_and_a_search_find_the_same_set(make_sample, seed, strength):
    made = made_of(make_sample(seed, n=80, strength=strength))
    limit = ar.critical(made, 0.95)
    one, other = ar._quadratic(made, limit), ar._search(made, limit)
    assert len(one) == len(other)
    for left, right in zip(one, other, strict=True):
        assert right == pytest.approx(left, rel=1e-6)


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("seed", range(6))
def test_the_ends_are_where_the_test_just_refuses(make_sample, seed, count):
    made = made_of(make_sample(seed, n=120, strength=0.4, instruments=count))
    for low, high in ar.confidence_set(made, 0.95).pieces:
        for end in (low, high):
            if math.isfinite(end):
                assert ar.p_value(made, end) == pytest.approx(0.05, abs=1e-5)
        middle = np.clip(low, -1e6, 1e6) / 2 + np.clip(high, -1e6, 1e6) / 2
        assert ar.p_value(made, middle) > 0.05


def moments(to_y, to_d, *, vyd=0.0):
    one = np.array([[1.0]])
    return ar.Moments(
        np.array([to_y]),
        np.array([to_d]),
        one,
        vyd * one,
        one,
        1e6,
        1.0,
        0.0,
        np.ones(1),
        robust=True,
    )


def test_a_strong_first_stage_gives_an_interval():
    assert ar.confidence_set(moments(20.0, 10.0), 0.95).shape == "interval"


def test_a_useless_instrument_leaves_the_whole_line():
    found = ar.confidence_set(moments(0.5, 0.5), 0.95)
    assert found.shape == "whole line"
    assert found.hull == (-math.inf, math.inf)


def test_a_weak_instrument_with_a_strong_reduced_form_leaves_two_rays():
    found = ar.confidence_set(moments(10.0, 0.5), 0.95)
    assert found.shape == "disjoint"
    assert found.hull == (-math.inf, math.inf)
    (_, low), (high, _) = found.pieces
    assert low < 0 < high


def test_a_first_stage_at_the_limit_leaves_a_ray():
    made = moments(10.0, 1.0)
    limit = ar.critical(made, 0.95)
    found = dataclasses.replace(made, to_d=np.array([math.sqrt(limit)]))
    assert ar.confidence_set(found, 0.95).shape == "unbounded"


def test_instruments_that_contradict_each_other_leave_nothing():
    eye = np.eye(2)
    made = ar.Moments(
        np.array([20.0, -20.0]),
        np.array([20.0, 20.0]),
        *(eye, 0 * eye, eye),
        *(1e6, 1.0, 0.0, np.ones(2), True),
    )
    found = ar.confidence_set(made, 0.95)
    assert found.shape == "empty"
    assert all(math.isnan(one) for one in found.hull)


def test_several_robust_instruments_lose_degrees_of_freedom_as_hotelling_says():
    eye = np.eye(3)
    made = ar.Moments(
        np.ones(3), np.ones(3), eye, 0 * eye, eye, 11.0, 1.0, 1.0, np.ones(3), robust=True
    )
    expected = stats.f.ppf(0.95, 3, 9) * 11 / 9
    assert ar.critical(made, 0.95) == pytest.approx(expected)
    few = dataclasses.replace(made, df=2.0)
    assert ar.confidence_set(few, 0.95).shape == "whole line"


def test_no_room_is_left_when_no_effect_is_not_refused():
    assert ar.room(moments(1.0, 10.0), 0.95) == 0.0
    room = ar.room(moments(20.0, 10.0), 0.95)
    shifted = moments(20.0, 10.0).shifted(np.array([room * 20.0]))
    assert ar.p_value(shifted, 0.0) == pytest.approx(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("strength", [0.0, 0.1, 0.5])
def test_it_holds_the_truth_whatever_the_strength(make_sample, strength):
    covered = sum(
        ar.p_value(made_of(make_sample(seed, n=80, strength=strength, instruments=2)), 2.0) > 0.05
        for seed in range(300)
    )
    assert 270 <= covered <= 297
