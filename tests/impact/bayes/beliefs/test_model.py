"""A belief kept whole: its mean, spread, quantiles, density and words."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.bayes.beliefs import (
    believed,
    distance_to_normal,
    draws_of,
    log_density,
    mixture_cumulative,
    mixture_quantile,
    summary_table,
)
from evalkit.impact.bayes.beliefs.shape import normal, student

TWO = believed(
    [normal(3.0, 0.5, weight=1.0), normal(0.0, 1.5, weight=3.0)], "given", pd.DataFrame(), "Two."
)


def test_mean_and_spread_of_a_mixture():
    """Weights 1/4 and 3/4: mean 0.75; variance 1/4 (0.25 + 9) + 3/4 (2.25) - 0.75^2."""
    assert TWO.mean == pytest.approx(0.75)
    assert TWO.sd == pytest.approx(math.sqrt(0.25 * 9.25 + 0.75 * 2.25 - 0.75**2))
    assert sum(part.weight for part in TWO.parts) == pytest.approx(1)


def test_quantiles_undo_the_distribution_function_of_a_mixture():
    levels = np.array([1e-4, 0.025, 0.3, 0.5, 0.9, 0.9999])
    assert mixture_cumulative(TWO.parts, mixture_quantile(TWO.parts, levels)) == pytest.approx(
        levels, abs=1e-10
    )


def test_the_log_density_is_that_of_the_mixture():
    at = np.array([-40.0, 0.0, 2.9])
    expected = [
        math.log(0.25 * NormalDist(3, 0.5).pdf(x) + 0.75 * NormalDist(0, 1.5).pdf(x))
        for x in at[1:]
    ]
    assert log_density(TWO, at)[1:] == pytest.approx(expected)
    assert np.isfinite(log_density(TWO, at)[0])


def test_draws_are_of_the_whole_and_of_the_seed():
    drawn = draws_of(TWO, 40_000, seed=3)
    assert mixture_cumulative(TWO.parts, np.quantile(drawn, [0.05, 0.5, 0.95])) == pytest.approx(
        [0.05, 0.5, 0.95], abs=0.01
    )
    assert (drawn == draws_of(TWO, 40_000, seed=3)).all()
    assert (drawn != draws_of(TWO, 40_000, seed=4)).any()


def test_the_words_say_range_middle_and_direction():
    one = believed([normal(2.0, 1.0)], "given", pd.DataFrame(), "So.", unit="points")
    assert one.words.startswith("So. Before the data: an effect between 0.04 and 3.96 points")
    assert one.words.endswith("above zero 98 % likely.")


def test_a_student_t_keeps_its_degrees_of_freedom_and_a_mixture_has_none():
    assert believed([student(0.0, 2.0, 4.0)], "given", pd.DataFrame(), "").df == 4
    assert believed([student(0.0, 2.0, 4.0)], "given", pd.DataFrame(), "").sd == pytest.approx(2)
    assert math.isinf(TWO.df)


def test_how_far_a_belief_is_from_normal():
    one = believed([normal(5.0, 2.0)], "given", pd.DataFrame(), "")
    assert distance_to_normal(one) == pytest.approx(0, abs=1e-12)
    assert 0.05 < distance_to_normal(TWO) < 0.3


def test_beliefs_side_by_side():
    table = summary_table([("head", TWO)])
    assert table["p_above_zero"].iloc[0] == pytest.approx(0.25 + 0.75 / 2, abs=1e-6)
    assert mixture_cumulative(TWO.parts, table["low"]) == pytest.approx(0.025)
