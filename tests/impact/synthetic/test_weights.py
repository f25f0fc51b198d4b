"""Least squares over the simplex, against independent solvers and its own conditions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, nnls

from evalkit.impact.synthetic.weights import nearest_weights, project, simplex


def problem(seed, rows=8, count=12):
    rng = np.random.default_rng(seed)
    donors = rng.normal(0, 1, (rows, count)) + np.cumsum(rng.normal(0, 1, rows))[:, None]
    return donors @ rng.dirichlet(np.ones(count)) + rng.normal(0, 1, rows), donors


def by_slsqp(target, donors, ridge):
    count = donors.shape[1]
    return minimize(
        lambda w: ((donors @ w - target) ** 2).sum() + ridge * (w**2).sum(),
        np.full(count, 1 / count),
        jac=lambda w: 2 * donors.T @ (donors @ w - target) + 2 * ridge * w,
        bounds=[(0, 1)] * count,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )


@pytest.mark.parametrize("ridge", [0.0, 0.5])
def test_no_other_solver_finds_a_lower_loss_on_200_random_problems(ridge):
    for seed in range(100):
        target, donors = problem(seed)
        found = simplex(target, donors, ridge)
        other = by_slsqp(target, donors, ridge)
        assert found.loss <= other.fun * (1 + 1e-9) + 1e-12
        assert found.loss == pytest.approx(other.fun, rel=1e-4, abs=1e-8)
        assert found.weights.min() >= 0
        assert found.weights.sum() == pytest.approx(1, abs=1e-12)


def test_it_agrees_with_non_negative_least_squares_of_scipy():
    """A heavy row of ones makes the weights add up to one: an older way to the same end."""
    for seed in range(20):
        target, donors = problem(seed, rows=20, count=6)
        other = nnls(np.vstack([donors, np.full(6, 1e4)]), np.append(target, 1e4))[0]
        np.testing.assert_allclose(simplex(target, donors).weights, other, atol=1e-6)


@given(seed=st.integers(0, 10_000), rows=st.integers(1, 12), count=st.integers(2, 15))
@settings(max_examples=200, deadline=None)
def test_the_conditions_of_a_minimum_hold(seed, rows, count):
    """No donor lies nearer to the target, seen along the gap, than the weighted average does."""
    target, donors = problem(seed, rows, count)
    weights = simplex(target, donors).weights
    left = donors @ weights - target
    slack = (donors - target[:, None]).T @ left - left @ left
    assert slack.min() >= -1e-6 * max(1.0, float(np.abs(donors).max()) ** 2)


@given(seed=st.integers(0, 10_000), rows=st.integers(1, 12), count=st.integers(3, 15))
@settings(max_examples=100, deadline=None)
def test_neither_order_nor_donors_without_weight_matter(seed, rows, count):
    """Also where many weights fit equally well: the most even ones are taken."""
    target, donors = problem(seed, rows, count)
    weights = simplex(target, donors).weights
    order = np.random.default_rng(seed).permutation(count)
    np.testing.assert_allclose(simplex(target, donors[:, order]).weights, weights[order], atol=1e-7)
    held = weights > 1e-9
    alone = simplex(target, donors[:, held]).weights
    np.testing.assert_allclose(alone, weights[held], atol=1e-7)


def test_among_equal_fits_the_weights_of_least_norm_are_taken_and_it_is_said():
    donors = np.array([[0.0, 2.0, 0.0, 2.0], [0.0, 0.0, 2.0, 2.0]])
    found = simplex(np.array([1.0, 1.0]), donors)
    np.testing.assert_allclose(found.weights, 0.25, atol=1e-12)
    assert not found.unique
    assert found.loss == pytest.approx(0, abs=1e-20)


def test_a_single_best_donor_and_twins():
    """A donor that is the target takes all the weight; two of them share it."""
    donors = np.array([[1.0, 5.0, 1.0], [2.0, 5.0, 2.0], [4.0, 5.0, 4.0]])
    one = simplex(donors[:, 0], donors[:, :2])
    np.testing.assert_allclose(one.weights, [1, 0], atol=1e-12)
    assert one.unique
    two = simplex(donors[:, 0], donors)
    np.testing.assert_allclose(two.weights, [0.5, 0, 0.5], atol=1e-9)
    assert not two.unique


def test_outside_the_hull_the_solution_is_on_its_edge_and_unique():
    donors = np.array([[1.0, 2.0, 3.0], [1.0, 3.0, 1.0]])
    found = simplex(np.array([2.0, -5.0]), donors)
    assert found.unique
    np.testing.assert_allclose(found.weights, [0.5, 0, 0.5], atol=1e-12)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_the_unit_does_not_matter(factor):
    target, donors = problem(3)
    first, other = simplex(target, donors), simplex(target * factor, donors * factor)
    np.testing.assert_allclose(other.weights, first.weights, atol=1e-9)
    assert other.loss == pytest.approx(first.loss * factor**2)


def test_a_warm_start_ends_where_a_cold_one_does():
    target, donors = problem(5)
    apart = donors - target[:, None]
    cold = nearest_weights(apart)
    warm = nearest_weights(apart, warm=np.full(12, 1 / 12))
    np.testing.assert_allclose(warm, cold, atol=1e-9)


def test_the_nearest_vector_that_meets_totals_is_found():
    """Against least norm with positive weights throughout, where there is a closed form."""
    rng = np.random.default_rng(1)
    rows = np.vstack([rng.normal(0, 0.1, (3, 40)), np.ones(40)])
    goal = np.append(rng.normal(0, 0.01, 3), 1.0)
    closed = rows.T @ np.linalg.solve(rows @ rows.T, goal)
    assert closed.min() > 0
    np.testing.assert_allclose(project(rows, goal), closed, atol=1e-12)


def test_many_donors_meet_the_target_with_the_most_even_weights():
    """Over 300 donors: exact, and of no greater norm than other exact weights."""
    rng = np.random.default_rng(2)
    donors = rng.normal(0, 1, (6, 500))
    known = rng.dirichlet(np.ones(500))
    found = simplex(donors @ known, donors)
    np.testing.assert_allclose(donors @ found.weights, donors @ known, atol=1e-9)
    assert (found.weights**2).sum() < (known**2).sum()
    assert not found.unique
    outside = simplex(np.full(6, 9.0), donors)
    assert outside.loss > 1
