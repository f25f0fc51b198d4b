import numpy as np
from scipy.spatial.distance import cdist

from evalkit.impact.weighting.mahalanobis import scaled, too_far, whitened, within_groups


def test_plain_distance_is_the_mahalanobis_distance():
    x = np.random.default_rng(0).normal(size=(60, 3)) @ np.array(
        [[1, 0.5, 0], [0, 2, 0.3], [0, 0, 1]]
    )
    made = cdist(whitened(x, np.ones(60)), whitened(x, np.ones(60)))
    peer = cdist(x, x, "mahalanobis", VI=np.linalg.inv(np.cov(x.T)))
    np.testing.assert_allclose(made, peer, atol=1e-8)


def test_scaled_columns_have_an_sd_of_one():
    x = np.random.default_rng(0).normal(size=(60, 3)) * [1, 10, 100]
    np.testing.assert_allclose(scaled(x).std(axis=0, ddof=1), 1)


def test_groups_are_further_apart_than_anything_within_one():
    points, group = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 3
    placed, limit = within_groups(points, group), too_far(points, group)
    distance = cdist(placed, placed)
    assert ((distance < limit) == (group[:, None] == group[None, :])).all()
    assert too_far(points, np.zeros(40, dtype=int)) == np.inf
