"""Errors that remember: the filter against the covariance matrix written out."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.impact.bayes.forms.series_filter import innovations, look_ahead, simulate, whiten

POSITION = np.array([0, 1, 2, 4, 5, 9])
COLUMNS = np.random.default_rng(0).normal(size=(6, 3))


def covariance(position, memory, stationary, noise):
    apart = np.abs(position[:, None] - position[None, :])
    return stationary * memory**apart + noise * np.eye(len(position))


def test_whitened_products_are_those_of_the_inverse_covariance_with_gaps_in_time():
    memory, stationary, noise = 0.6, 1.4, 0.3
    made = whiten(
        COLUMNS,
        POSITION,
        np.array([stationary]),
        np.array([stationary * (1 - memory**2)]),
        np.array([noise]),
        np.array([memory]),
    )
    whole = covariance(POSITION, memory, stationary, noise)
    assert made.products[0] == pytest.approx(COLUMNS.T @ np.linalg.solve(whole, COLUMNS))
    assert made.logdet[0] == pytest.approx(np.linalg.slogdet(whole)[1])
    last = stationary * memory ** np.abs(POSITION - 9)
    assert made.state[0] == pytest.approx(last @ np.linalg.solve(whole, COLUMNS))
    assert made.variance[0] == pytest.approx(stationary - last @ np.linalg.solve(whole, last))


def test_innovations_have_the_same_products():
    one = (np.array([1.0]), np.array([0.2]), np.array([0.5]))
    made = whiten(COLUMNS, POSITION, *one, np.ones(1))
    left = innovations(COLUMNS, POSITION, one, np.ones(1))
    assert left.T @ left == pytest.approx(made.products[0])


@pytest.mark.parametrize("memory", [0.0, 0.5, -0.4, 1.0])
def test_the_average_ahead_has_the_moments_of_simulated_courses(memory):
    ahead, count = np.array([1, 2, 5, 6]), 40000
    made = look_ahead(ahead, np.array([memory]))
    rng = np.random.default_rng(4)
    many = np.full(count, memory)
    courses = simulate(ahead, np.full(count, 2.0), many, np.full(count, 1.5), rng)
    average = courses.mean(axis=1)
    assert made.kept[0] * 2.0 == pytest.approx(average.mean(), abs=0.03)
    assert made.spread[0] * 1.5 == pytest.approx(average.var(), rel=0.04)
    with_average = [np.cov(one, average)[0, 1] for one in courses.T]
    assert made.towards[0] * 1.5 == pytest.approx(with_average, abs=0.12)
