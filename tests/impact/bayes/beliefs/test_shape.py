"""Shapes of beliefs against integrals of their own densities."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from evalkit.impact.bayes.beliefs.shape import (
    Part,
    cumulative,
    end_of,
    log_density,
    moments,
    normal,
    quantile,
    sample,
    student,
)

SHAPES = {
    "normal": normal(2.0, 3.0),
    "student": student(2.0, 3.0, 5.0),
    "up": Part(2.0, 3.0, tilt=0.6),
    "down": Part(2.0, 3.0, tilt=-0.4),
}


@pytest.mark.parametrize("part", SHAPES.values(), ids=SHAPES)
def test_moments_and_distribution_are_integrals_of_the_density(part):
    low, high = (end_of(part), np.inf) if part.tilt > 0 else (-np.inf, np.inf)
    if part.tilt < 0:
        high = end_of(part)

    def density(x, power=0):
        return float(np.exp(log_density(part, np.array(x)))) * x**power

    mean, sd = moments(part)
    assert quad(density, low, high)[0] == pytest.approx(1, abs=1e-6)
    assert quad(density, low, high, args=(1,))[0] == pytest.approx(mean, rel=1e-5)
    square = quad(density, low, high, args=(2,), limit=200)[0]
    assert math.sqrt(square - mean**2) == pytest.approx(sd, rel=1e-4)
    assert quad(density, low, 3.0)[0] == pytest.approx(
        float(cumulative(part, np.array(3.0))), abs=1e-6
    )


@pytest.mark.parametrize("part", SHAPES.values(), ids=SHAPES)
def test_quantiles_undo_the_distribution_function(part):
    levels = np.array([0.001, 0.05, 0.3, 0.5, 0.8, 0.999])
    assert cumulative(part, quantile(part, levels)) == pytest.approx(levels, abs=1e-9)


@pytest.mark.parametrize("part", SHAPES.values(), ids=SHAPES)
def test_draws_follow_the_distribution(part):
    drawn = sample(part, 40_000, np.random.default_rng(1))
    assert cumulative(part, np.quantile(drawn, [0.1, 0.5, 0.9])) == pytest.approx(
        [0.1, 0.5, 0.9], abs=0.01
    )


def test_nothing_lies_beyond_the_end_of_a_tilted_shape():
    part = SHAPES["up"]
    beyond = np.array([end_of(part) - 1, end_of(part)])
    assert (cumulative(part, beyond) == 0).all()
    assert np.isneginf(log_density(part, beyond)).all()
    assert (cumulative(SHAPES["down"], np.array([end_of(SHAPES["down"]) + 1])) == 1).all()
    assert math.isinf(end_of(SHAPES["normal"]))
