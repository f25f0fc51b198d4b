"""Correlations from free numbers, and the LKJ prior on them."""

import numpy as np
import pytest

from evalkit.impact.gaussian import correlation


@pytest.mark.parametrize("d", [2, 3, 6])
def test_factors_are_those_of_correlation_matrices(d):
    free = np.random.default_rng(0).normal(0, 3, (50, correlation.pairs(d)))
    root, _, _ = correlation.root_of(free, d)
    found = root @ root.swapaxes(-1, -2)
    assert np.diagonal(found, axis1=1, axis2=2) == pytest.approx(np.ones((50, d)))
    assert (np.abs(found) <= 1 + 1e-12).all()


def test_no_free_numbers_are_no_correlation():
    root, prior, change = correlation.root_of(np.zeros((3, 0)), 4)
    assert np.array_equal(root, np.tile(np.eye(4), (3, 1, 1)))
    assert prior.tolist() == change.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("d", [2, 3, 5])
def test_draws_have_the_marginal_distribution_of_lkj(d):
    # each correlation is beta(eta - 1 + d / 2) on (-1, 1), whose variance is 1 / (2 a + 1)
    root, _, _ = correlation.root_of(correlation.draw(d, np.random.default_rng(1), 40_000), d)
    found = (root @ root.swapaxes(-1, -2))[:, *np.tril_indices(d, -1)]
    a = correlation.ETA - 1 + d / 2
    assert found.mean(axis=0) == pytest.approx(0, abs=0.015)
    assert found.var(axis=0) == pytest.approx(1 / (2 * a + 1), rel=0.03)


@pytest.mark.parametrize("d", [2, 3])
def test_density_of_the_factor_is_lkj(d):
    """In the correlations themselves the density is the determinant to the power eta - 1."""
    rng = np.random.default_rng(2)
    free = rng.normal(0, 0.7, (6, correlation.pairs(d)))
    step, i, j = 1e-5, *np.tril_indices(d, -1)

    def correlations(points):
        root, _, _ = correlation.root_of(points, d)
        return (root @ root.swapaxes(-1, -2))[:, i, j]

    _, prior, change = correlation.root_of(free, d)
    log_det, jacobian = [], []
    for point in free:
        moves = [
            (correlations((point + step * e)[None]) - correlations((point - step * e)[None]))[0]
            for e in np.eye(len(point))
        ]
        jacobian.append(np.linalg.slogdet(np.array(moves) / (2 * step))[1])
        root, _, _ = correlation.root_of(point[None], d)
        log_det.append(2 * np.log(np.diagonal(root[0])).sum())
    expected = (correlation.ETA - 1) * np.array(log_det) + np.array(jacobian)
    apart = prior + change - expected
    assert apart == pytest.approx(np.full(6, apart[0]), abs=1e-8)


def test_extreme_free_numbers_stay_finite():
    root, prior, change = correlation.root_of(np.array([[13.9, -13.9, 0.0]]), 3)
    assert np.isfinite(root).all()
    assert np.isfinite(prior + change).all()
    assert (np.diagonal(root[0]) > 0).all()
