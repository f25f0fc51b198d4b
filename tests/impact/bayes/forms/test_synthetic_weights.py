"""The sampler of sparse weights: against sums by hand, and what it must not depend on."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.impact.bayes.forms.synthetic_weights import Prior, sample_weights


def two_donors():
    rng = np.random.default_rng(0)
    donors = rng.normal(size=(2, 6))
    return 0.7 * donors[0] + 0.3 * donors[1] + 0.5 * rng.normal(size=6), donors


def by_hand(y, donors, prior):
    """Return the chance of all to the first donor, to the second, of both, and the mean then."""
    noise = np.geomspace(0.05, 5, 80)
    weights = np.linspace(0, 1, 121)

    def likelihood(w):
        left = y - w * donors[0] - (1 - w) * donors[1]
        total = 0.0
        for s in noise:
            whole = s**2 * np.eye(len(y)) + prior.level**2
            quad = left @ np.linalg.solve(whole, left) + np.linalg.slogdet(whole)[1]
            total += s * np.exp(-0.5 * quad - 0.5 * (s / prior.noise) ** 2)
        return total

    # one donor: share^1 over two sets; both: share^2 over one set, the density of two weights is 1
    share = 1 - 1 / prior.donors
    first, second = (share / 2 * likelihood(w) for w in (1.0, 0.0))
    dense = np.array([likelihood(w) for w in weights]) * share**2
    both = np.trapezoid(dense, weights)
    total = first + second + both
    return (
        first / total,
        second / total,
        both / total,
        np.trapezoid(dense * weights, weights) / both,
    )


def test_draws_follow_the_posterior_summed_by_hand():
    y, donors = two_donors()
    prior = Prior(2.0, 0.3, 1.0)
    made = sample_weights(y, donors, prior, draws=7000, warm=300, seed=3)
    w = made.w[:, 0]
    some = (w > 0) & (w < 1)
    found = ((w == 1).mean(), (w == 0).mean(), some.mean(), w[some].mean())
    assert found == pytest.approx(by_hand(y, donors, prior), abs=0.03)


def test_weights_lie_on_the_simplex_and_most_donors_have_none():
    rng = np.random.default_rng(1)
    donors = rng.normal(size=(20, 15)).cumsum(axis=1)
    y = 0.6 * donors[3] + 0.4 * donors[11] + 0.1 * rng.normal(size=15)
    made = sample_weights(y, donors, Prior(4.0, 0.2, 1.0), draws=600, warm=200, seed=0)
    assert (made.w >= 0).all()
    assert made.w.sum(axis=1) == pytest.approx(np.ones(600))
    assert made.w.mean(axis=0)[[3, 11]] == pytest.approx([0.6, 0.4], abs=0.08)
    assert (made.w > 0).sum(axis=1).mean() < 7


def test_a_single_donor_has_all_the_weight():
    y, donors = two_donors()
    made = sample_weights(y, donors[:1], Prior(4.0, 0.3, 1.0), draws=50, warm=10, seed=0)
    assert (made.w == 1).all()


def test_the_same_seed_gives_the_same_draws():
    y, donors = two_donors()
    one, other = (
        sample_weights(y, donors, Prior(2.0, 0.3, 1.0), draws=40, warm=20, seed=[1, 2]).w
        for _ in range(2)
    )
    assert np.array_equal(one, other)
