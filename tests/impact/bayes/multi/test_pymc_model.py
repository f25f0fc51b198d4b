"""The model's density is the one written down, and it is compiled once for a shape."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytest
from scipy import stats

from evalkit.impact.bayes import adapter
from evalkit.impact.bayes.engine import no_compiler
from evalkit.impact.bayes.multi.pymc_model import (
    Shape,
    group_draws,
    noise_draws,
    parameters,
    row_model,
)

ROWS, GROUPS = 7, 3
FAMILIES = ("binomial", "poisson", "negative_binomial", "student_t", "ordinal")


def data(shape, rng):
    """Random rows for a shape with one block of two features."""
    y = rng.integers(0, 3, ROWS).astype(float)
    size = y + rng.integers(1, 4, ROWS)
    scales = [0.5, 1.0, 2.0, *([-0.5, 0.7] if shape.categories else [])]
    group, on = rng.integers(0, GROUPS, ROWS), rng.integers(0, 2, ROWS)
    cells = np.zeros((ROWS, 2 * GROUPS))
    cells[np.arange(ROWS), group], cells[np.arange(ROWS), GROUPS + group] = 1.0, on
    groups = np.zeros((2 * GROUPS, 2 + 1 + 2 * GROUPS))
    groups[:GROUPS, 0] = groups[GROUPS:, 1] = groups[GROUPS:, 2] = 1.0
    groups[GROUPS:, 3 : 3 + GROUPS] = np.eye(GROUPS)
    return {
        "fixed": rng.standard_normal((ROWS, 2)),
        "rows": np.array([y, size, rng.integers(1, 4, ROWS).astype(float)]),
        "cell": np.arange(ROWS)[::-1].copy(),
        "cells": cells[::-1].copy(),
        "groups": groups,
        "prior": np.array([[0.2, -0.1], [1.0, 2.0]]),
        "scales": np.array(scales),
    }


def point(shape, rng):
    """Random values of every parameter."""
    sizes = {"beta": 2, "log_spread": 2, "turn": 1, "log_sigma": 1, "log_more": ()}
    sizes |= {"log_overdispersion": 1, "first_cut": (), "log_steps": 1, "z": 2 * GROUPS}
    return {name: 0.5 * rng.standard_normal(sizes[name]) for name in parameters(shape)}


def by_hand(shape, given, drawn):
    """The density in the parameters that are reported, with the Jacobians of those sampled."""
    lifted = {name: np.asarray(value)[None, None] for name, value in drawn.items()}
    flat = group_draws(shape, lifted, given["groups"])[0, 0]
    groups, spread = flat.reshape(2, GROUPS).T, np.exp(drawn["log_spread"])
    rho = float(np.tanh(drawn["turn"][0]))
    noise = {k: v[0, 0] for k, v in noise_draws(shape, lifted, given["scales"]).items()}
    beta = drawn["beta"]
    total = stats.norm.logpdf(beta, *given["prior"]).sum()
    total += (-0.5 * (spread / given["scales"][:2]) ** 2 + np.log(spread)).sum()
    total += 2 * np.log(1 - rho**2)
    covariance = np.outer(spread, spread) * [[1, rho], [rho, 1]]
    if shape.centred:
        total += stats.multivariate_normal(cov=covariance).logpdf(groups).sum()
    else:
        total += stats.norm.logpdf(drawn["z"]).sum()
    y, size, weight = given["rows"]
    eta = given["fixed"] @ beta + (given["cells"] @ flat)[given["cell"]]
    if shape.family == "binomial":
        each = stats.binom.logpmf(y, size, stats.logistic.cdf(eta))
    elif shape.family == "poisson":
        each = stats.poisson.logpmf(y, size * np.exp(eta))
    elif shape.family == "negative_binomial":
        n = 1 / noise["overdispersion"] ** 2
        each = stats.nbinom.logpmf(y, n, n / (n + size * np.exp(eta)))
        scaled = noise["overdispersion"] / given["scales"][2]
        total += -0.5 * scaled**2 + np.log(noise["overdispersion"])
    elif shape.family == "student_t":
        each = stats.t.logpdf(y, noise["df"], eta, noise["sigma"])
        scaled = noise["sigma"] / given["scales"][2]
        total += -0.5 * scaled**2 + np.log(noise["sigma"])
        total += 2 * np.log(noise["df"] - 1) - 0.1 * (noise["df"] - 1)
    else:
        below = stats.logistic.cdf(noise["cuts"] - eta[:, None])
        share = np.diff(np.column_stack([np.zeros(ROWS), below, np.ones(ROWS)]), axis=1)
        each = np.log(share[np.arange(ROWS), y.astype(int)])
        total += stats.norm.logpdf([drawn["first_cut"], *drawn["log_steps"]]).sum()
    return total + weight @ each


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_density_is_that_of_the_distributions(family, centred):
    """Differences between two points are those of scipy's densities: constants are left out."""
    rng = np.random.default_rng(3)
    shape = Shape(family, 2, 2 * GROUPS, 2, 1, 3 if family == "ordinal" else 0, centred)
    given = data(shape, rng)
    one, two = point(shape, rng), point(shape, rng)
    with adapter.quiet(), no_compiler(), row_model(shape) as model:
        pm.set_data(given)
        density = model.compile_logp()
        made = float(density(one)) - float(density(two))
    assert made == pytest.approx(by_hand(shape, given, one) - by_hand(shape, given, two), rel=1e-8)


def test_pairs_have_the_covariance_of_their_spreads_and_correlation():
    """Many groups of two features."""
    rng = np.random.default_rng(1)
    count = 1000
    groups = np.zeros((2 * count, 3 + 2 * count))
    groups[:count, 0] = groups[count:, 1] = groups[count:, 2] = 1.0
    groups[count:, 3 : 3 + count] = np.eye(count)
    shape = Shape("poisson", 1, 2 * count, 2, 1)
    drawn = {
        "log_spread": np.log([[0.5, 2.0]]),
        "turn": np.arctanh([[0.6]]),
        "z": rng.standard_normal((1, 2 * count)),
    }
    made = group_draws(shape, drawn, groups)[0].reshape(2, count)
    np.testing.assert_allclose(np.cov(made), [[0.25, 0.6], [0.6, 4.0]], rtol=0.15)


def test_groups_without_pairs_are_their_spread_times_a_standard_normal():
    """And themselves where the model is centred."""
    groups = np.ones((5, 1 + 0 + 5))
    drawn = {"log_spread": np.log(np.full((2, 3, 1), 4.0)), "z": np.ones((2, 3, 5))}
    made = group_draws(Shape("poisson", 1, 5, 1, 0), drawn, groups)
    np.testing.assert_allclose(made, 4.0)
    centred = group_draws(Shape("poisson", 1, 5, 1, 0, 0, True), drawn, groups)  # noqa: FBT003 (a record)
    np.testing.assert_array_equal(centred, drawn["z"])
