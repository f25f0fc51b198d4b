"""Effects taken out by alternating projections."""

import numpy as np
import pytest

from evalkit.impact.trends.sweep import contained, rank_of, sweep_out


def dummies(group):
    return np.eye(group.max() + 1)[group]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_left_is_what_dummy_variables_leave(seed):
    rng = np.random.default_rng(seed)
    n, sets = 200, int(rng.integers(1, 4))
    groups = [np.unique(rng.integers(0, 4 + 9 * k, n), return_inverse=True)[1] for k in range(sets)]
    weights, columns = rng.uniform(0.2, 3, n), rng.normal(size=(n, 3)) * [1, 1e6, 1e-6]
    found, converged = sweep_out(columns, groups, weights)
    x, root = np.column_stack([dummies(one) for one in groups]), np.sqrt(weights)[:, None]
    expected = columns - x @ np.linalg.lstsq(x * root, columns * root, rcond=None)[0]
    assert converged
    assert found / [1, 1e6, 1e-6] == pytest.approx(expected / [1, 1e6, 1e-6], abs=1e-9)


def test_badly_linked_sets_of_effects_converge():
    """A chain in which each level of one set meets the next of the other in one row only."""
    one = np.repeat(np.arange(300), 2)
    other = np.concatenate([[0], np.repeat(np.arange(1, 300), 2), [300]])
    y = np.random.default_rng(1).normal(size=(600, 1))
    found, converged = sweep_out(y, [one, other], np.ones(600))
    x = np.column_stack([dummies(one), dummies(other)])
    assert converged
    assert found == pytest.approx(y - x @ np.linalg.lstsq(x, y, rcond=None)[0], abs=1e-7)


@pytest.mark.parametrize("seed", range(15))
def test_the_number_of_effects_is_their_rank(seed):
    rng = np.random.default_rng(seed)
    part = rng.integers(0, 3, 60)
    one, other = (
        np.unique(part * 10 + rng.integers(0, 5, 60), return_inverse=True)[1] for _ in "ab"
    )
    assert rank_of([one, other]) == np.linalg.matrix_rank(
        np.column_stack([dummies(one), dummies(other)])
    )


def test_levels_within_levels_are_seen():
    fine, coarse = np.array([0, 0, 1, 2, 2]), np.array([0, 0, 0, 1, 1])
    assert contained(coarse, fine)
    assert not contained(fine, coarse)
