import numpy as np
import pytest

from evalkit.impact.weighting.overlap import (
    effective_size,
    overlap_check,
    overlap_table,
    size_check,
    weights_table,
)

T = np.array([1.0, 1, 1, 1, 0, 0, 0, 0])


def test_equal_weights_are_worth_their_number_and_one_weight_one():
    assert effective_size(np.ones(7)) == pytest.approx(7)
    assert effective_size(np.array([1.0, 0, 0])) == pytest.approx(1)
    assert effective_size(np.zeros(3)) == 0


def test_people_without_counterpart_are_counted():
    p = np.array([0.9, 0.8, 0.5, 0.4, 0.6, 0.5, 0.3, 0.2])
    made = overlap_check(p, T, "att")
    assert made.verdict == "fail"
    assert made.statistic == pytest.approx(0.5)
    assert overlap_check(np.full(8, 0.5), T, "ate").verdict == "pass"


def test_shares_of_either_group_sum_to_one():
    made = overlap_table(np.linspace(0.05, 0.95, 8), T)
    assert made[["treated", "comparison"]].sum().tolist() == pytest.approx([1, 1])


def test_few_heavy_rows_are_a_fail():
    weights = np.array([1.0, 1, 1, 1, 100, 0.1, 0.1, 0.1])
    assert size_check(T, weights).verdict == "fail"
    assert weights_table(T, weights, ("0", "1"))["largest"].tolist() == [1, 100]
