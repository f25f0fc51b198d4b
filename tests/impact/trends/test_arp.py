"""The closed form of the test, against linear programmes and simulation."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.stats import norm

from evalkit.impact.trends import arp
from evalkit.impact.trends.arp import (
    FIRST_STAGE,
    accepts,
    confidence_set,
    least_favourable,
    vertices,
)
from evalkit.impact.trends.honest import steps_of


def event_study(seed, n_pre, n_post):
    """Coefficients with a covariance, and weights of the effect."""
    rng = np.random.default_rng(seed)
    m = n_pre + n_post
    root = rng.normal(size=(m, m)) / np.sqrt(m)
    return rng.normal(size=m), root @ root.T + 0.1 * np.eye(m), rng.normal(size=n_post)


def moments(n_pre, n_post, order, bound, which):
    """Inequalities ``A (beta - effects) <= 0`` as the definition of the restriction has them."""
    eye = np.eye(n_pre + n_post)
    path = np.vstack([eye[:n_pre], np.zeros(n_pre + n_post), eye[n_pre:]])
    steps = np.diff(path, n=order, axis=0)
    before, after = steps[: n_pre + 1 - order], steps[n_pre + 1 - order :]
    largest = np.vstack([before, -before])[which]
    return np.vstack([after - bound * largest, -after - bound * largest])


def programme(y, slopes, sd, weights, effect):
    """Least slack in units of `sd` over all effects whose weighted sum is `effect`."""
    n_post = slopes.shape[1]
    solved = linprog(
        np.concatenate([[1.0], np.zeros(n_post)]),
        A_ub=np.column_stack([-sd, -slopes]),
        b_ub=-y,
        A_eq=np.concatenate([[0.0], weights])[None],
        b_eq=[effect],
        bounds=[(None, None)] * (1 + n_post),
        method="highs",
    )
    return solved.fun, -solved.ineqlin.marginals


CASES = [(1, 3, 1), (2, 2, 2), (3, 4, 3), (4, 2, 4), (5, 3, 2), (6, 5, 1)]


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("seed", "n_pre", "n_post"), CASES)
def test_statistic_and_p_value_are_those_of_the_linear_programme(seed, n_pre, n_post, order):
    """Truncation points by walking along the programme until another vertex takes over."""
    beta, covariance, weights = event_study(seed, n_pre, n_post)
    steps = steps_of(beta, covariance, n_pre, weights, order)
    made = vertices(steps, np.array([0.7]))
    effects = weights @ beta[n_pre:] + np.array([[-6.0, -2.5, 2.5, 6.0]])
    tops, ps = arp.tested(made, np.full((1, len(made.a)), np.inf), effects)
    for which in range(len(made.a)):
        a = moments(n_pre, n_post, order, 0.7, which)
        sd = np.sqrt(np.diag(a @ covariance @ a.T))
        for place, effect in enumerate(effects[0]):
            top, dual = programme(a @ beta, a[:, n_pre:], sd, weights, effect)
            assert tops[0, which, place] == pytest.approx(top, abs=1e-7)
            if top > 0:
                expected = conditional_p(a, beta, covariance, (n_pre, weights, effect), (top, dual))
                assert ps[0, which, place] == pytest.approx(expected, abs=2e-5)


def conditional_p(a, beta, covariance, target, optimum):
    n_pre, weights, effect = target
    top, dual = optimum
    variance = a @ covariance @ a.T
    sd = np.sqrt(np.diag(variance))
    spread = dual @ variance @ dual
    along = variance @ dual / spread
    still = a @ beta - along * top

    def rises(x):
        found, _ = programme(still + along * x, a[:, n_pre:], sd, weights, effect)
        return found > x + 1e-8

    ends = []
    for side in (-1, 1):
        far = top + side * 60.0
        if not rises(far):
            ends.append(side * np.inf)
            continue
        inside, outside = top, far
        for _ in range(45):
            middle = 0.5 * (inside + outside)
            inside, outside = (inside, middle) if rises(middle) else (middle, outside)
        ends.append(inside)
    size = np.sqrt(spread)
    low, point, high = (norm.sf(x / size) for x in (ends[0], top, ends[1]))
    return (point - high) / (low - high)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("seed", "n_pre", "n_post"), CASES[:4])
def test_the_least_favourable_value_is_exceeded_as_often_as_it_should(seed, n_pre, n_post, order):
    """All vertices of the dual by brute force, and a large simulation."""
    beta, covariance, weights = event_study(seed, n_pre, n_post)
    steps = steps_of(beta, covariance, n_pre, weights, order)
    critical = least_favourable(vertices(steps, np.array([1.0])), 0.05)[0]
    draws = np.random.default_rng(1).multivariate_normal(np.zeros(len(beta)), covariance, 40_000)
    for which in range(len(critical)):
        a = moments(n_pre, n_post, order, 1.0, which)
        sd = np.sqrt(np.diag(a @ covariance @ a.T))
        duals = all_vertices(a[:, n_pre:], sd, weights)
        largest = (draws @ (duals @ a).T).max(axis=1)
        assert (largest > critical[which]).mean() == pytest.approx(0.05, abs=0.006)


def all_vertices(slopes, sd, weights):
    """Basic feasible solutions of ``g >= 0, sd'g = 1, g'slopes`` parallel to `weights`."""
    k = len(slopes)
    free = np.linalg.svd(weights[None])[2][1:]  # directions that leave the effect alone
    equal = np.vstack([free @ slopes.T, sd])
    right = np.zeros(len(equal))
    right[-1] = 1
    found = []
    for chosen in itertools.combinations(range(k), len(equal)):
        block = equal[:, chosen]
        if abs(np.linalg.det(block)) < 1e-10:
            continue
        part = np.linalg.solve(block, right)
        if (part > -1e-10).all():
            dual = np.zeros(k)
            dual[list(chosen)] = part
            found.append(dual)
    return np.array(found)


def test_parallel_trends_give_nearly_the_usual_interval():
    beta, covariance, weights = event_study(3, 3, 2)
    steps = steps_of(beta, covariance, 3, weights, 1)
    low, high = confidence_set(steps, np.array([0.0]), 0.05)
    value, error = weights @ beta[3:], np.sqrt(weights @ covariance[3:, 3:] @ weights)
    assert [low[0], high[0]] == pytest.approx(
        [value - 1.97 * error, value + 1.97 * error], abs=0.03
    )


def test_intervals_widen_with_the_bound_and_their_ends_are_where_acceptance_ends():
    beta, covariance, weights = event_study(4, 4, 3)
    steps = steps_of(beta, covariance, 4, weights, 1)
    bounds = np.array([0.2, 0.5, 1.0, 3.0])
    low, high = confidence_set(steps, bounds, 0.05)
    assert (np.diff(low) < 0).all()
    assert (np.diff(high) > 0).all()
    for end, side in ((low, -1), (high, 1)):
        for k, bound in enumerate(bounds):
            inside, outside = end[k] - side * 1e-6, end[k] + side * 1e-4
            assert accepts(steps, np.array([bound]), inside, 0.05)[0]
            assert not accepts(steps, np.array([bound]), outside, 0.05)[0]


@pytest.mark.parametrize("kind", ["one jump before", "a jump each period", "none before"])
def test_the_truth_is_accepted_as_often_as_promised(kind):
    """Trends that use up the bound: at least 95 of 100 intervals hold the truth, but for chance."""
    _, covariance, _ = event_study(8, 4, 2)
    covariance = covariance / 4
    jumps = {
        "one jump before": [0, 3.0, 0, 0],
        "a jump each period": [1.0, -1.0, 1.0, -1.0],
        "none before": [0, 0, 0, 0],
    }[kind]
    steps = np.array([*jumps, *[2 * max(np.abs(jumps))] * 2])
    path = np.concatenate([[0.0], np.cumsum(steps)])
    trend = np.delete(path - path[4], 4)
    draws = np.random.default_rng(5).multivariate_normal(trend, covariance, 800)
    weights = np.array([0.5, 0.5])
    held = [
        accepts(steps_of(one, covariance, 4, weights, 1), np.array([2.0]), 0.0, 0.05)[0]
        for one in draws
    ]
    assert np.mean(held) >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 800)


def test_the_first_stage_has_a_tenth_of_the_error_rate():
    assert FIRST_STAGE == 0.1
