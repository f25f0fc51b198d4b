"""The printed rule that chooses which interval leads, and what follows from it."""

import numpy as np
import pytest

from evalkit.impact.inference import (
    CR1,
    CR2,
    PERMUTATION,
    RULE,
    Permuted,
    detectable,
    leading_method,
    t_row,
)


@pytest.mark.parametrize(
    ("treated", "comparison", "possible", "leads"),
    [
        (6, 121, 10**9, PERMUTATION),
        (6, 30, 10**6, PERMUTATION),
        (121, 6, 10**9, PERMUTATION),
        (1, 30, 31, PERMUTATION),
        (1, 15, 16, PERMUTATION),
        (1, 1, 2, PERMUTATION),
        (1, 15, 0, CR2),
        (2, 3, 10, CR2),
        (6, 121, 0, CR2),
        (12, 12, 10**6, CR2),
        (19, 20, 10**9, CR2),
        (20, 20, 10**9, CR2),
        (10, 500, 10**9, CR2),
        (900, 900, 10**540, CR2),
        (3, 17, 20, PERMUTATION),
        (3, 17, 19, CR2),
    ],
)
def test_the_rule_chooses(treated, comparison, possible, leads):
    assert leading_method(treated, comparison, possible, 0.95) == leads


def test_few_clusters_never_lead_with_a_plain_cluster_interval():
    for treated in range(1, 10):
        for comparison in range(1, 200, 7):
            assert leading_method(treated, comparison, 10**9, 0.95) != CR1
    assert "fewer than 10" in RULE


def test_the_t_interval_is_that_of_a_table():
    """t(10) at 97.5% is 2.228, and p at t = 2.228 is 0.05 (any table of t)."""
    row = t_row("x", 2.228139, 1.0, 10, 0.95)
    assert row["low"] == pytest.approx(0.0, abs=1e-6)
    assert row["p_value"] == pytest.approx(0.05, abs=1e-6)


def test_no_degrees_of_freedom_give_no_interval():
    row = t_row("x", 1.0, 1.0, 0.0, 0.95)
    assert np.isnan([row["low"], row["high"], row["p_value"]]).all()


def test_the_smallest_detectable_effect_is_that_of_a_table():
    """With many df: (1.960 + 0.842) standard errors."""
    row = t_row(CR1, 0.0, 2.0, 10**7, 0.95)
    assert detectable(row, None, 0.0, 0.95) == pytest.approx(2.8016 * 2, abs=2e-3)


def test_the_smallest_detectable_effect_of_a_permutation_is_like_the_normal_one():
    draws = np.random.default_rng(0).normal(size=(200_000, 1)) * 2
    row = {"method": PERMUTATION, "df": np.nan, "std_error": 2.0}
    permuted = Permuted(draws, np.zeros_like(draws), exact=False, possible=10**9)
    assert detectable(row, permuted, 1.0, 0.95) == pytest.approx(2.8016 * 2, abs=0.05)
