"""The effect between cases against dense matrices."""

import numpy as np
import pytest

from evalkit.impact.cases import between


def cases(seed, count=4, n=15):
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        start = rng.integers(4, 11)
        d = (np.arange(n) >= start).astype(float)
        e = rng.normal(size=n)
        for i in range(1, n):
            e[i] += 0.3 * e[i - 1]
        made.append((rng.normal(0, 1.5) + 2 * d + e, d, np.arange(n)))
    return made


@pytest.mark.parametrize(("rho", "ratio"), [(0.0, 0.5), (0.6, 2.0), (-0.3, 0.1)])
def test_the_likelihood_is_that_of_dense_matrices(rho, ratio):
    made = cases(1)
    n = len(made[0][0])
    lag = np.abs(np.arange(n)[:, None] - np.arange(n)[None, :])
    v = np.where(lag == 0, 1.0, np.sign(rho) ** lag * np.abs(rho) ** lag) + ratio
    big = np.kron(np.eye(len(made)), v)
    y = np.concatenate([one[0] for one in made])
    x = np.column_stack([np.ones(len(y)), np.concatenate([one[1] for one in made])])
    w = np.linalg.inv(big)
    gram = x.T @ w @ x
    beta = np.linalg.solve(gram, x.T @ w @ y)
    e = y - x @ beta
    s2 = e @ w @ e / (len(y) - 2)
    value = -0.5 * (
        (len(y) - 2) * np.log(s2) + np.linalg.slogdet(big)[1] + np.linalg.slogdet(gram)[1]
    )
    found = between._given(made, rho, ratio)
    assert found[0] == pytest.approx(value, rel=1e-8)
    assert found[1] == pytest.approx(s2, rel=1e-8)
    np.testing.assert_allclose(found[2], beta, rtol=1e-8)
    np.testing.assert_allclose(found[3], s2 * np.linalg.inv(gram), rtol=1e-7)


def test_two_cases_are_too_few():
    assert "needs 3 cases" in between.between_case(cases(1, count=2))
