import numpy as np
import pytest

from evalkit.impact.weighting import nearest
from evalkit.impact.weighting.nearest import Space, with_replacement, without_replacement


def brute(points, targets, donors, ratio):
    """Greedy matching written the slow way, for data without ties."""
    free, pairs = list(donors), []
    for _ in range(ratio):
        for i in targets:
            if free:
                best = min(free, key=lambda j: np.linalg.norm(points[i] - points[j]))
                free.remove(best)
                pairs.append((i, best))
    return pairs


@pytest.mark.parametrize("ratio", [1, 2])
def test_greedy_matching_equals_the_slow_way(monkeypatch, ratio):
    monkeypatch.setattr(nearest, "CELLS", 500)
    for seed in range(200):
        rng = np.random.default_rng(seed)
        points = rng.normal(size=(90, 1 + seed % 3))
        targets, donors = np.arange(30), np.arange(30, 90)
        made = without_replacement(Space(points), targets, donors, ratio=ratio, seed=0)
        pairs = sorted(zip(made.target.tolist(), made.donor.tolist(), strict=True))
        assert pairs == sorted(brute(points, targets, donors, ratio))
        assert made.tied == 0


def test_replacement_takes_all_that_tie():
    points = np.array([[0.0], [1.0], [-1.0], [1.0], [3.0]])
    made = with_replacement(Space(points), np.array([0]), np.arange(1, 5), ratio=1)
    assert sorted(made.donor) == [1, 2, 3]
    np.testing.assert_allclose(made.share, 1 / 3)


def test_no_one_is_matched_beyond_the_limit_or_the_caliper():
    points = np.array([[0.0], [5.0], [0.4], [6.0]])
    targets, donors = np.array([0, 1]), np.array([2, 3])
    near = without_replacement(Space(points, limit=0.5), targets, donors, ratio=1, seed=0)
    assert (near.target.tolist(), near.unmatched.tolist()) == ([0], [1])
    score = np.array([0.0, 0.0, 9.0, 0.1])
    narrow = with_replacement(Space(points, np.inf, score, 1.0), targets, donors, ratio=1)
    assert set(narrow.donor) == {3}


def test_ties_are_drawn_by_lot_from_the_seed():
    points = np.zeros((40, 1))
    draw = [
        without_replacement(Space(points), np.arange(5), np.arange(5, 40), ratio=1, seed=seed)
        for seed in (0, 0, 1)
    ]
    assert draw[0].donor.tolist() == draw[1].donor.tolist() != draw[2].donor.tolist()
    assert draw[0].tied == 5


def test_sixteen_thousand_by_two_hundred_is_quick_and_small():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(16_200, 1))
    made = without_replacement(
        Space(points), np.arange(200), np.arange(200, 16_200), ratio=1, seed=0
    )
    assert len(made.target) == 200
