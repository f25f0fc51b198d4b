"""Power-scaling against formulae, and against another program."""

from __future__ import annotations

import json
import math
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from scipy.integrate import quad

from evalkit.errors import DesignError
from evalkit.impact.bayes.described import Quantity, Setting, power_scaling
from evalkit.impact.bayes.described.scaling import distance

GOLDEN = json.loads(
    (Path(__file__).parents[3] / "golden" / "power_scaling" / "expected.json").read_text("utf-8")
)
SETTING = Setting(0.95, None)


def conjugate(z, y, tau, sigma):
    precision = tau**-2 + sigma**-2
    effect = y / sigma**2 / precision + precision**-0.5 * z
    return effect, -0.5 * (effect / tau) ** 2, -0.5 * ((y - effect) / sigma) ** 2


def exact_distance(low, high, one, other):
    """The same distance of two normals over the range of the draws, by quadrature."""

    def side(x, first, second):
        p, q = first.cdf(x), second.cdf(x)
        return p * math.log2(2 * p / (p + q)) + q * math.log2(2 * q / (p + q))

    def up(x):
        return side(x, one, other)

    def mirrored(x):
        flip = NormalDist(-one.mean, one.stdev), NormalDist(-other.mean, other.stdev)
        return side(x, *flip)

    def total(x):
        return one.cdf(x) + other.cdf(x)

    def total_mirrored(x):
        return 2 - one.cdf(-x) - other.cdf(-x)

    return max(
        math.sqrt(quad(up, low, high)[0] / quad(total, low, high)[0]),
        math.sqrt(quad(mirrored, -high, -low)[0] / quad(total_mirrored, -high, -low)[0]),
    )


@pytest.mark.parametrize("name", GOLDEN)
def test_it_gives_what_another_program_gives(z, name):
    case = GOLDEN[name]
    effect, prior, likelihood = conjugate(z, case["y"], case["tau"], case["sigma"])
    table, _ = power_scaling([Quantity("effect", effect)], prior, likelihood, SETTING)
    assert table["prior"].iloc[0] == pytest.approx(case["prior"], rel=1e-3)
    assert table["likelihood"].iloc[0] == pytest.approx(case["likelihood"], rel=1e-3)


@pytest.mark.parametrize(("y", "tau", "sigma"), [(2.0, 1.0, 1.0), (5.0, 1.0, 1.0), (3.0, 2.0, 1.0)])
def test_it_is_the_derivative_of_the_exact_distance(z, y, tau, sigma):
    """The posterior with the prior to the power a is normal, with precision a / tau^2 + 1 / sigma^2."""
    effect, prior, likelihood = conjugate(z, y, tau, sigma)

    def posterior(power):
        precision = power * tau**-2 + sigma**-2
        return NormalDist(y / sigma**2 / precision, precision**-0.5)

    ends = float(effect.min()), float(effect.max())
    slopes = [
        exact_distance(*ends, posterior(1.0), posterior(power)) / abs(math.log2(power))
        for power in (0.99, 1.01)
    ]
    table, _ = power_scaling([Quantity("effect", effect)], prior, likelihood, SETTING)
    assert table["prior"].iloc[0] == pytest.approx(np.mean(slopes), rel=0.02)


def test_the_mean_moves_as_its_formula_says(z):
    """d mean / d log2(power) = -ln 2 * mean * prior precision / total precision, in SD."""
    y, tau, sigma = 3.0, 2.0, 1.0
    effect, prior, likelihood = conjugate(z, y, tau, sigma)
    table, _ = power_scaling([Quantity("effect", effect)], prior, likelihood, SETTING)
    precision = tau**-2 + sigma**-2
    mean, sd = y / sigma**2 / precision, precision**-0.5
    expected = -math.log(2) * mean * tau**-2 / precision / sd
    assert table["mean_moves_prior"].iloc[0] == pytest.approx(expected, rel=0.01)
    assert table["mean_moves_likelihood"].iloc[0] == pytest.approx(-expected, rel=0.01)


@pytest.mark.parametrize(
    ("case", "verdict", "judged"),
    [
        ((5.0, 1.0, 1.0), "prior-data conflict", "concern"),
        ((0.2, 1.0, 4.0), "strong prior or weak likelihood", "concern"),
        ((0.5, 10.0, 1.0), "-", "pass"),
    ],
)
def test_the_verdict_is_that_of_the_table(z, case, verdict, judged):
    effect, prior, likelihood = conjugate(z, *case)
    table, check = power_scaling([Quantity("effect", effect)], prior, likelihood, SETTING)
    assert table["verdict"].iloc[0] == verdict
    assert check.verdict == judged


def test_neither_unit_nor_sign_nor_a_constant_matters(z):
    effect, prior, likelihood = conjugate(z, 2.0, 1.0, 1.0)
    several = [Quantity(str(k), k * effect) for k in (1.0, 1000.0, 0.001, -1.0)]
    table, _ = power_scaling(several, prior + 1e4, likelihood - 70, SETTING)
    assert np.ptp(table["prior"]) < 1e-9
    assert table["mean_moves_prior"].iloc[3] == pytest.approx(-table["mean_moves_prior"].iloc[0])


def test_a_flat_prior_has_no_influence(z):
    effect, _, likelihood = conjugate(z, 2.0, 1.0, 1.0)
    table, check = power_scaling([Quantity("a", effect)], np.zeros_like(z), likelihood, SETTING)
    assert table["prior"].iloc[0] == pytest.approx(0, abs=1e-6)
    assert table["mean_moves_prior"].iloc[0] == 0
    assert check.verdict == "pass"


def test_a_quantity_that_never_varies_cannot_move(z):
    table, _ = power_scaling([Quantity("a", np.ones_like(z))], -(z**2), -(z**2), SETTING)
    assert table["prior"].iloc[0] == 0


def test_weights_that_one_draw_rules_are_not_trusted(z):
    wild = -np.exp(5 * z)
    _, check = power_scaling([Quantity("a", z)], 1e3 * -wild, -(z**2), SETTING)
    assert check.verdict == "concern"
    assert "cannot be trusted" in check.meaning


def test_densities_that_do_not_match_are_refused(z):
    one = [Quantity("a", z)]
    with pytest.raises(DesignError, match=r"log likelihood has shape \(4000,\)"):
        power_scaling(one, -(z**2), z.ravel(), SETTING)
    with pytest.raises(DesignError, match="log prior is missing"):
        power_scaling(one, np.where(z > 3, -np.inf, z), z, SETTING)


def test_the_distance_is_zero_for_equal_weights_and_at_most_one(z):
    draws = z.ravel()
    assert distance(draws, np.full(4000, 1 / 4000)) == pytest.approx(0, abs=1e-6)
    assert 0.5 < distance(draws, np.eye(4000)[draws.argmax()]) <= 1
