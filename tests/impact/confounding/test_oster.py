"""Oster's delta against populations in which the hidden confounder is known."""

import math

import numpy as np
import pytest

from evalkit.impact.confounding.oster import Movement, bounded, delta, movement
from evalkit.impact.confounding.partial_r2 import Regression


def population(seed):
    """Moments of a population with a hidden confounder, its effect and its relative selection.

    ``y = beta d + w + u + noise``; w is measured, u is not, w and u are unrelated, and
    ``cov(d, u) / var(u) = strength * cov(d, w) / var(w)``.
    """
    rng = np.random.default_rng(seed)
    beta, noise = rng.normal(), rng.uniform(0.1, 2)
    var_w, var_u, var_d = rng.uniform(0.3, 2), rng.uniform(0.3, 2), rng.uniform(0.5, 3)
    cov_w = rng.uniform(-0.6, 0.6) * math.sqrt(var_w * var_d)
    strength = rng.uniform(0.1, 1.2)
    cov_u = strength * cov_w * var_u / var_w
    left = var_d - cov_w**2 / var_w
    if cov_u**2 / var_u >= 0.9 * left:
        return population(seed + 1000)
    var_y = beta**2 * var_d + var_w + var_u + 2 * beta * (cov_w + cov_u) + noise
    short, full = beta + (cov_w + cov_u) / var_d, beta + cov_u / left
    both = np.array([beta * var_d + cov_w + cov_u, beta * cov_w + var_w])
    full_r2 = both @ np.linalg.solve([[var_d, cov_w], [cov_w, var_w]], both) / var_y
    moved = Movement(short, short**2 * var_d / var_y, full, full_r2, var_y, var_d, left)
    return moved, beta, strength, 1 - noise / var_y


@pytest.mark.parametrize("seed", range(60))
def test_delta_and_bound_are_those_of_the_population(seed):
    moved, beta, strength, r_max = population(seed)
    assert delta(moved, target=beta, r_max=r_max) == pytest.approx(strength, rel=1e-6)
    _, solutions = bounded(moved, strength=strength, r_max=r_max)
    assert min(abs(one - beta) for one in solutions) < 1e-6


def test_delta_of_the_bound_is_its_strength():
    for seed in range(30):
        moved, _, _, r_max = population(seed)
        value, _ = bounded(moved, strength=0.7, r_max=r_max)
        assert delta(moved, target=value, r_max=r_max) == pytest.approx(0.7, rel=1e-5)


def test_the_movement_is_that_of_two_regressions():
    rng = np.random.default_rng(4)
    n = 80
    x = rng.normal(size=(n, 2))
    d = x @ [0.5, -0.2] + rng.normal(size=n)
    y = 1 + 2 * d + x @ [1.0, 1.0] + rng.normal(size=n)
    weights = rng.uniform(0.5, 2, n)
    found = movement(Regression(y, d, x, ("a", "b"), weights=weights))
    short = np.polyfit(d, y, 1, w=np.sqrt(weights))[0]
    full = np.column_stack([d, x, np.ones(n)])
    root = np.sqrt(weights)[:, None]
    slopes = np.linalg.lstsq(full * root, y * root[:, 0], rcond=None)[0]
    centre = np.average(y, weights=weights)
    rss = (weights * (y - full @ slopes) ** 2).sum()
    assert found.short == pytest.approx(short)
    assert found.full == pytest.approx(slopes[0])
    assert found.full_r2 == pytest.approx(1 - rss / (weights * (y - centre) ** 2).sum())


def test_without_covariates_there_is_a_reason():
    rng = np.random.default_rng(5)
    found = movement(Regression(rng.normal(size=9), rng.normal(size=9), np.zeros((9, 0)), ()))
    assert "no covariate" in found


def test_a_treatment_that_covariates_explain_has_a_reason():
    d = np.arange(9.0)
    found = movement(Regression(d**2, d, 2 * d[:, None], ("a",)))
    assert "leave nothing" in found


def test_r_max_is_at_most_one():
    moved, *_ = population(1)
    assert moved.r_max(50) == 1.0
