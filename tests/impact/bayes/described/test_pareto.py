"""Importance weights with a smoothed tail."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from evalkit.impact.bayes import adapter
from evalkit.impact.bayes.described.pareto import pareto_fit, smoothed


@pytest.mark.parametrize("shape", [0.1, 0.5, 0.9])
def test_the_shape_of_a_pareto_tail_is_found(shape):
    """Ten thousand quantiles of the distribution itself."""
    levels = (np.arange(10_000) + 0.5) / 10_000
    found, scale = pareto_fit(2 * ((1 - levels) ** -shape - 1) / shape)
    assert found == pytest.approx(shape, abs=0.02)
    assert scale == pytest.approx(2, rel=0.03)


@pytest.mark.parametrize("power", [0.05, 0.4, 0.7])
def test_the_weights_are_those_of_arviz(power):
    rng = np.random.default_rng(3)
    logs = power * rng.standard_normal(2000) ** 2
    with adapter.quiet():
        psislw = getattr(importlib.import_module("arviz"), "psislw", None)
        if psislw is None:  # ArviZ 1.x keeps it with the arrays, and takes log likelihoods
            array = importlib.import_module("arviz_stats.base").array_stats
            theirs, shape = array.psislw(-logs, axis=-1)
        else:
            theirs, shape = psislw(logs)
    ours = smoothed(logs)
    assert ours.shape == pytest.approx(float(shape), abs=0.02)
    assert ours.weights == pytest.approx(np.exp(np.asarray(theirs)), rel=0.02)


def test_weights_add_to_one_and_equal_ones_stay_equal():
    found = smoothed(np.zeros(100))
    assert found.weights == pytest.approx(np.full(100, 0.01))
    assert smoothed(np.arange(4.0)).weights.sum() == pytest.approx(1)
