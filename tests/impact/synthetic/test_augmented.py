"""Ridge augmentation, against published numbers and the formula written out."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.synthetic.augmented import augmented, penalties
from evalkit.impact.synthetic.weights import simplex

GOLDEN = Path(__file__).parents[2] / "golden" / "synthetic_control"


def test_kansas_is_met_as_published():
    """Log GDP per head after the tax cuts of 2012: classic and augmented, with their imbalance."""
    expected = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))["kansas"]
    wide = pd.read_csv(GOLDEN / "kansas.csv", index_col="quarter")
    own, donors = wide["20"].to_numpy(), wide.drop(columns="20").to_numpy()
    before = int((wide.index < 2012.25).sum())
    base = simplex(own[:before], donors[:before]).weights
    made = augmented(own[:before], donors[:before], base)
    for name, weights in {"classic": base, "augmented": made.weights}.items():
        gap = own - donors @ weights
        assert gap[before:].mean() == pytest.approx(expected[name], abs=6e-5)
        imbalance = np.sqrt((gap[:before] ** 2).sum())
        assert imbalance == pytest.approx(expected[f"{name}_imbalance"], abs=6e-4)
    assert made.weights.sum() == pytest.approx(1, abs=1e-9)
    assert made.weights.min() < 0


def test_the_weights_are_those_of_the_formula():
    """Equation 14: base plus left-over times the inverse of the penalised Gram matrix."""
    rng = np.random.default_rng(1)
    donors, own = rng.normal(0, 1, (9, 14)), rng.normal(0, 2, 9)
    base = simplex(own, donors).weights
    made = augmented(own, donors, base, penalty=0.7)
    x = (donors - donors.mean(axis=1)[:, None]).T
    left = own - donors @ base
    correction = left @ np.linalg.inv(x.T @ x + 0.7 * np.eye(9)) @ x.T
    np.testing.assert_allclose(made.weights, base + correction, atol=1e-10)


def test_a_large_penalty_gives_the_base_and_a_small_one_follows_exactly():
    rng = np.random.default_rng(2)
    donors, own = rng.normal(0, 1, (5, 12)), rng.normal(0, 2, 5)
    base = simplex(own, donors).weights
    np.testing.assert_allclose(augmented(own, donors, base, penalty=1e12).weights, base, atol=1e-9)
    followed = augmented(own, donors, base, penalty=1e-12).weights
    np.testing.assert_allclose(donors @ followed, own, atol=1e-6)


def test_the_penalty_is_the_largest_within_one_standard_error_of_the_best():
    rng = np.random.default_rng(3)
    donors = np.cumsum(rng.normal(0, 1, (12, 10)), axis=0)
    own = donors.mean(axis=1) + rng.normal(0, 0.5, 12)
    base = simplex(own, donors).weights
    made = augmented(own, donors, base)
    assert made.penalty in made.tried
    assert made.penalty >= made.tried[np.argmin(made.errors)]
    fixed = augmented(own, donors, base, fixed=True)
    assert fixed.errors.min() >= 0


def test_penalties_fall_from_the_largest_squared_singular_value():
    donors = np.diag([3.0, 1.0])
    found = penalties(donors)
    assert found[0] == pytest.approx(9)
    assert found[-1] == pytest.approx(9e-8)
    assert penalties(np.zeros((2, 2)))[0] == 1
