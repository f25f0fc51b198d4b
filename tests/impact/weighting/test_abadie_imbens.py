import numpy as np
import pytest

from evalkit.impact.weighting.abadie_imbens import local_moments, matched_effect
from evalkit.impact.weighting.effect import Arms
from evalkit.impact.weighting.nearest import Space


def by_hand(y, t, x):
    """Abadie and Imbens (2006), theorem 7, for one match without ties, written with loops."""
    one, zero = np.flatnonzero(t == 1), np.flatnonzero(t == 0)
    used, each = np.zeros(len(y)), []
    for i in one:
        j = zero[np.argmin(np.abs(x[zero] - x[i]))]
        used[j] += 1
        each.append(y[i] - y[j])
    value = np.mean(each)
    total = ((np.array(each) - value) ** 2).sum()
    for j in zero:
        rest = zero[zero != j]
        k = rest[np.argmin(np.abs(x[rest] - x[j]))]
        total += (y[j] - y[k]) ** 2 / 2 * used[j] * (used[j] - 1)
    return value, np.sqrt(total) / len(one)


def run(arms, points, **options):
    chosen = {"estimand": "att", "ratio": 1, "bias_adjusted": False, "fitted": None, **options}
    return matched_effect(arms, Space(points), **chosen)[0]


def test_value_and_error_equal_the_slow_way():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x, t = rng.normal(size=80), (np.arange(80) < 30).astype(float)
        arms = Arms(x + rng.normal(size=80), t, x[:, None], np.ones(80))
        made = run(arms, x[:, None])
        value, error = by_hand(arms.y, t, x)
        assert made.value == pytest.approx(value)
        assert made.std_error == pytest.approx(error)


def test_bias_adjustment_takes_out_a_linear_difference_exactly():
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=80), (np.arange(80) < 30).astype(float)
    arms = Arms(3 * x + 2 * t, t, x[:, None], np.ones(80))
    assert run(arms, x[:, None], bias_adjusted=True).value == pytest.approx(2)
    assert run(arms, x[:, None]).value != pytest.approx(2, abs=1e-3)


def test_local_moments_are_those_of_the_nearest_and_all_that_tie():
    y = np.array([1.0, 2, 4, 8, 16])
    points = np.array([[0.0], [0.0], [0.0], [1.0], [5.0]])
    arms = Arms(y, np.zeros(5), points, np.ones(5))
    everyone = np.arange(5)
    variance, covariance = local_moments(points, arms, everyone, everyone, y[:, None])
    assert variance[0] == pytest.approx(np.var(y[:3], ddof=1))
    assert variance[4] == pytest.approx(np.var(y[3:], ddof=1))
    np.testing.assert_allclose(covariance[:, 0], variance)


def test_the_influence_sums_to_nothing_and_weights_to_twice_the_treated(make_arms):
    arms = make_arms()
    made = run(arms, arms.x)
    assert made.weights.sum() == pytest.approx(2 * arms.t.sum())
    assert abs(made.influence.sum()) < 0.2
