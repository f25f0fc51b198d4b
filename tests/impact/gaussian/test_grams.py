"""Sums of rows, and rows that are refused."""

import numpy as np
import pytest

from evalkit.errors import DesignError
from evalkit.impact.gaussian import cross_grams, gram, grams


def rows(seed=0, n=30):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 3)), rng.normal(size=n), rng.uniform(0.5, 2, n)


def test_sums_are_weighted_sums_over_rows():
    x, y, w = rows()
    found = gram(x, y, w)
    assert found.xx == pytest.approx((x * w[:, None]).T @ x)
    assert found.xy == pytest.approx(x.T @ (w * y))
    assert found.yy == pytest.approx(w @ y**2)
    assert found.n == 30


def test_groups_add_up_and_may_be_empty():
    x, y, w = rows()
    each = grams(x, y, np.arange(30) % 2 * 2, w)
    assert [one.n for one in each] == [15, 0, 15]
    assert sum(one.xx for one in each) == pytest.approx(gram(x, y, w).xx)


def test_a_pair_of_outcomes_gives_twice_the_products_of_residuals():
    x, y, _ = rows()
    other, z, _ = rows(1)
    (pair,) = cross_grams((x, other), (y, z))
    coef = np.array([0.3, -1.0, 2.0])
    found = pair.yy - 2 * coef @ pair.xy + coef @ pair.xx @ coef
    assert found == pytest.approx(2 * (y - x @ coef) @ (z - other @ coef))


def broken(what):
    x, y, w = rows()
    if what == "missing":
        x[3, 1] = np.nan
    if what == "infinite":
        y[4] = np.inf
    if what == "weights":
        w[0] = 0.0
    if what == "short":
        y = y[:-1]
    return x, y, w


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("missing", "1 of 30 rows"),
        ("infinite", "1 of 30 rows"),
        ("weights", "not above zero"),
        ("short", "Rows disagree"),
    ],
)
def test_rows_that_cannot_be_used_are_refused(what, words):
    with pytest.raises(DesignError, match=words):
        gram(*broken(what))


def test_groups_and_pairs_that_do_not_fit_the_rows_are_refused():
    x, y, _ = rows()
    with pytest.raises(DesignError, match="code is below 0"):
        grams(x, y, np.full(30, -1))
    with pytest.raises(DesignError, match="same rows"):
        cross_grams((x, x[:-1]), (y, y[:-1]))
