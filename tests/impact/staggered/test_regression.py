"""The regression core: collinear columns are said to be unknown, the rest is least squares."""

import numpy as np
import pytest

from evalkit.impact.staggered.regression import dummies, solve


def test_it_is_least_squares_with_dummies_and_says_what_it_does_not_know():
    rng = np.random.default_rng(1)
    groups, x, w = np.repeat(np.arange(20), 5), rng.normal(size=(100, 2)), rng.uniform(1, 2, 100)
    y = x @ [1.0, -2.0] + rng.normal(size=100) + groups
    twice = np.column_stack([x, x[:, 0] * 3, groups])
    found = solve(twice, y, w, groups)
    root = np.sqrt(w)[:, None]
    z = np.column_stack([x, dummies(groups, np.arange(20))])
    slopes = np.linalg.lstsq(z * root, y * root[:, 0], rcond=None)[0]
    assert found.rank == 2
    assert found.knows(np.eye(4)).tolist() == [False, True, False, False]
    assert found.beta[1] == pytest.approx(slopes[1])
    assert found.beta[0] + 3 * found.beta[2] == pytest.approx(slopes[0])
    assert found.residuals == pytest.approx(y - z @ slopes)
    assert found.scores(groups, 20).sum(axis=0) == pytest.approx(np.zeros(4), abs=1e-8)
