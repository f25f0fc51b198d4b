"""Weights by predictors: the outer loss, its gradient, and what is said of other solutions."""

import numpy as np
import pytest

from evalkit.impact.synthetic.nested import NEAR, _Problem, _scaled, nested


def example(seed, k=4, count=15, periods=12):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (k, count + 1))
    slopes = rng.normal(0, 1, (periods, k)) * np.arange(k, 0, -1)
    y = slopes @ x + rng.normal(0, 0.3, (periods, count + 1))
    return (x[:, 0], x[:, 1:]), (y[:, 0], y[:, 1:])


def test_no_random_importance_does_better():
    """500 random importances a problem: none has a lower loss than the search (but for its tolerance)."""
    for seed in range(4):
        predictors, outcome = example(seed)
        found = nested(predictors, outcome)
        own, donors = predictors
        spread = np.std(np.column_stack([own, donors]), axis=1, ddof=1)
        gaps = outcome[1] - outcome[0][:, None]
        from evalkit.impact.synthetic.weights import nearest_weights

        rng = np.random.default_rng(seed)
        losses = []
        for v in rng.dirichlet(np.full(len(own), 0.3), 500):
            rows = np.sqrt(v)[:, None] * (donors - own[:, None]) / spread[:, None]
            size = np.sqrt((rows**2).sum(axis=0).min())
            losses.append(((gaps @ nearest_weights(rows / size)) ** 2).mean())
        assert found.loss <= min(losses) * (1 + 1e-3)
        assert found.bound <= found.loss


def test_the_gradient_is_that_of_the_loss():
    predictors, outcome = example(7)
    apart = predictors[1] - predictors[0][:, None]
    gaps = outcome[1] - outcome[0][:, None]
    problem = _Problem(apart, gaps)
    at = np.array([0.0, -1.0, -0.5, -2.0])
    weights = [np.eye(15)[0]]
    _, slope = _scaled(problem, at, weights, 1.0)
    step = 1e-6
    for k in range(4):
        up, down = (
            _scaled(problem, at + side * step * np.eye(4)[k], [np.eye(15)[0]], 1.0)[0]
            for side in (1, -1)
        )
        assert slope[k] == pytest.approx((up - down) / (2 * step), rel=1e-3, abs=1e-7)


def test_the_order_and_unit_of_predictors_and_donors_do_not_matter():
    predictors, outcome = example(3)
    first = nested(predictors, outcome)
    order = np.random.default_rng(1).permutation(15)
    moved = nested(
        (predictors[0] * 1000, predictors[1][:, order] * 1000), (outcome[0], outcome[1][:, order])
    )
    np.testing.assert_allclose(moved.weights, first.weights[order], atol=1e-4)
    assert moved.loss == pytest.approx(first.loss, rel=1e-6)


def test_a_predictor_alike_everywhere_has_no_importance():
    (own, donors), outcome = example(2)
    constant = np.full((1, 15), 3.0)
    made = nested((np.append(own, 3.0), np.vstack([donors, constant])), outcome)
    assert made.importance[-1] == 0
    assert made.importance.sum() == pytest.approx(1)


def test_one_predictor_that_can_be_met_leaves_the_choice_to_the_outcome():
    """Many weights meet one predictor; of these those that follow the outcome best are taken."""
    rng = np.random.default_rng(4)
    known = rng.dirichlet(np.ones(6))
    y = rng.normal(0, 1, (10, 6))
    x = rng.normal(0, 1, (1, 6))
    made = nested((x @ known, x), (y @ known, y))
    np.testing.assert_allclose(made.weights, known, atol=1e-3)


def test_solutions_nearly_as_good_are_kept():
    predictors, outcome = example(5)
    made = nested(predictors, outcome)
    gaps = outcome[1] - outcome[0][:, None]
    losses = ((gaps @ made.near.T) ** 2).mean(axis=0)
    assert len(losses) >= 1
    assert losses.max() <= NEAR * made.loss * (1 + 1e-6)


def test_where_predictors_can_be_matched_their_importance_does_not_matter():
    """Against a general solver with the match as a constraint."""
    from scipy.optimize import minimize

    rng = np.random.default_rng(6)
    x, y = rng.normal(0, 1, (2, 12)), rng.normal(0, 1, (8, 12))
    known = rng.dirichlet(np.ones(12))
    own = y @ known + rng.normal(0, 0.5, 8)
    made = nested((x @ known, x), (own, y))
    assert made.matched
    np.testing.assert_allclose(x @ made.weights, x @ known, atol=1e-9)
    other = minimize(
        lambda w: ((y @ w - own) ** 2).mean(),
        known,
        bounds=[(0, 1)] * 12,
        constraints=[
            {"type": "eq", "fun": lambda w: w.sum() - 1},
            {"type": "eq", "fun": lambda w: x @ (w - known)},
        ],
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert made.loss == pytest.approx(other.fun, rel=1e-5)
