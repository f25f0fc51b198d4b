"""Families: what values each allows, its mean, shares of categories, separation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evalkit.impact.bayes.multi.family import (
    category_shares,
    natural_mean,
    separated,
    support_faults,
)

ONE = np.ones(4)


@pytest.mark.parametrize(
    ("family", "y", "size", "words"),
    [
        ("bernoulli", [0, 1, 2, 0], ONE, "holds 2"),
        ("bernoulli", [0, 0.5, 1, 0], ONE, "holds 0.5"),
        ("binomial", [1, 2, 3, 4], [5, 5, 2, 5], "above `n` in 1 rows (3 of 2)"),
        ("binomial", [1, 2, -3, 4], [5, 5, 5, 5], "no value below 0"),
        ("binomial", [1, 2, 3, 4], [5, 5, 5, 5.5], "must hold whole numbers"),
        ("poisson", [1, 2, -1, 0], ONE, "holds -1"),
        ("poisson", [1, 2.5, 1, 0], ONE, "whole numbers only"),
        ("negative_binomial", [1, -2, 1, 0], ONE, "no value below 0"),
        ("ordinal", [1, 2, 1, 2], ONE, "2 different values"),
        ("ordinal", [1.5, 2, 1, 2], ONE, "whole numbers only"),
    ],
)
def test_an_outcome_off_the_support_is_refused(family, y, size, words):
    """With the value that does not fit, and another family."""
    faults = support_faults(family, np.array(y, float), np.array(size, float), "y", "n")
    assert any(words in wrong for wrong, _ in faults)
    assert all(remedy for _, remedy in faults)


@pytest.mark.parametrize("family", ["normal", "student_t"])
def test_any_number_suits_a_family_of_the_line(family):
    """Negative and broken numbers alike."""
    assert support_faults(family, np.array([-1.5, 2.0]), np.ones(2), "y", "") == []


def test_means_are_those_of_the_distributions():
    """Logistic, exponential, identity, and expected score."""
    eta = np.array([-40.0, 0.0, 1.0])
    np.testing.assert_allclose(natural_mean("bernoulli", eta, None, ONE), stats.logistic.cdf(eta))
    np.testing.assert_allclose(natural_mean("poisson", eta, None, ONE), np.exp(eta))
    np.testing.assert_array_equal(natural_mean("student_t", eta, None, ONE), eta)
    cuts = np.array([-1.0, 0.5])
    scores = np.array([1.0, 2.0, 5.0])
    below = stats.logistic.cdf(cuts[None] - eta[:, None])
    expected = below[:, 0] + 2 * (below[:, 1] - below[:, 0]) + 5 * (1 - below[:, 1])
    np.testing.assert_allclose(natural_mean("ordinal", eta, cuts, scores), expected)
    np.testing.assert_allclose(category_shares(eta, cuts).sum(axis=-1), 1)


def test_separation_is_found_by_arm_and_by_site():
    """No untreated row has the outcome; one site has an arm with nothing but it."""
    site = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    treated = np.array([1.0, 1, 0, 0, 1, 1, 0, 0])
    y = np.array([1.0, 0, 0, 0, 1, 1, 0, 0])
    arms, sites = separated(y, np.ones(8), treated, site)
    assert arms == ["untreated rows never have the outcome"]
    assert sites == 2
    y = np.array([1.0, 0, 1, 0, 1, 0, 0, 1])
    assert separated(y, np.ones(8), treated, site) == ([], 0)
