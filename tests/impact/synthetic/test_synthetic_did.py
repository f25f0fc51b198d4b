"""Synthetic difference in differences, against published numbers and brute force."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.synthetic.synthetic_did import (
    bootstrap_error,
    comparisons,
    jackknife_error,
    noise_of,
    penalty,
    synthetic_did,
)

GOLDEN = Path(__file__).parents[2] / "golden" / "synthetic_control"


@pytest.fixture(scope="module")
def prop99():
    wide = pd.read_csv(GOLDEN / "prop99.csv").pivot_table(
        index="year", columns="state", values="cigsale"
    )
    donors = wide.drop(columns="California")
    return wide["California"].to_numpy(), donors.to_numpy(), list(donors.columns)


@pytest.fixture(scope="module")
def expected():
    return json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))["prop99"]


def test_the_published_numbers_are_met_to_six_digits(prop99, expected):
    treated, donors, names = prop99
    made = synthetic_did(treated, donors, 19, penalty(donors, 19, 1), published=True)
    assert made.value == pytest.approx(expected["synthetic_did"], abs=5e-6)
    weights = dict(zip(names, made.weights, strict=True))
    for name, weight in expected["weights"].items():
        assert weights[name] == pytest.approx(weight, abs=6e-5)
    np.testing.assert_allclose(made.periods[16:], list(expected["periods"].values()), atol=6e-5)
    others = comparisons(treated, donors, 19)
    assert others["synthetic control, Frank-Wolfe"] == pytest.approx(
        expected["synthetic_control_frank_wolfe"], abs=5e-6
    )
    assert others["difference in differences"] == pytest.approx(
        expected["difference_in_differences"], abs=5e-7
    )


def test_the_exact_minimum_lies_near_the_stopped_one_and_its_loss_is_lower(prop99):
    treated, donors, _ = prop99
    zeta = penalty(donors, 19, 1)

    def loss(weights):
        left = donors[:19] @ weights - treated[:19]
        return ((left - left.mean()) ** 2).mean() + zeta**2 * (weights**2).sum()

    exact = synthetic_did(treated, donors, 19, zeta)
    stopped = synthetic_did(treated, donors, 19, zeta, published=True)
    assert loss(exact.weights) <= loss(stopped.weights)
    assert exact.value == pytest.approx(stopped.value, abs=0.01)


def test_it_is_a_weighted_regression_with_effects_of_units_and_periods(prop99):
    """Equation 1 of the paper: two-way least squares with both weights gives the same number."""
    treated, donors, _ = prop99
    made = synthetic_did(treated, donors, 19, penalty(donors, 19, 1))
    y = np.column_stack([donors, treated])
    unit = np.append(made.weights, 1.0)
    period = np.append(made.periods, np.full(12, 1 / 12))
    root = np.sqrt(np.outer(period, unit)).ravel()
    rows, columns = y.shape
    on = np.zeros_like(y)
    on[19:, -1] = 1
    design = [on.ravel()]
    design += [np.tile(np.eye(columns)[i], rows) for i in range(columns)]
    design += [np.repeat(np.eye(rows)[t], columns) for t in range(1, rows)]
    x = np.array(design).T * root[:, None]
    beta = np.linalg.lstsq(x, y.ravel() * root, rcond=None)[0]
    assert beta[0] == pytest.approx(made.value, abs=1e-6)


def test_the_penalty_is_that_of_equation_5():
    donors = np.array([[1.0, 2.0], [2.0, 5.0], [4.0, 6.0], [9.0, 9.0]])
    changes = [1.0, 2.0, 3.0, 1.0]
    assert noise_of(donors, 3) == pytest.approx(np.std(changes, ddof=1))
    assert penalty(donors, 3, 2) == pytest.approx(2 ** (1 / 4) * np.std(changes, ddof=1))


def test_errors_of_several_treated_are_near_the_spread_of_the_estimate():
    """Simulated: jackknife and bootstrap errors against the SD over repeated panels."""
    values, jackknives = [], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        y = rng.normal(0, 1, (12, 40)) + rng.normal(0, 2, 40)
        treated, donors = y[:, :12], y[:, 12:]
        share = np.full(12, 1 / 12)
        made = synthetic_did(treated @ share, donors, 8, penalty(donors, 8, 12))
        values.append(made.value)
        jackknives.append(jackknife_error(treated, share, donors, made))
    assert np.mean(jackknives) == pytest.approx(np.std(values), rel=0.35)
    booted = bootstrap_error(treated, share, donors, 8, draws=60, seed=1)
    assert booted == pytest.approx(np.std(values), rel=0.5)
    assert booted == bootstrap_error(treated, share, donors, 8, draws=60, seed=1)
