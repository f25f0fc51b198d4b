"""When the sensitivity of a design is computed, and what it says otherwise."""

import numpy as np
import pytest

from evalkit.impact.trends.sensitivity import AVERAGE, FIRST, sensitivity

PATH, COVARIANCE = np.array([0.1, -0.1, 1.0, 1.2]), np.eye(4) * 0.01
RELATIVE, AFTER = (-3, -2, 0, 1), np.array([0.5, 0.5])


def test_both_targets_and_restrictions_are_in_the_tables():
    tables, checks = sensitivity(PATH, COVARIANCE, RELATIVE, AFTER)
    assert set(tables["honest"]["target"]) == {FIRST, AVERAGE}
    assert len(tables["honest_breakdown"]) == 4
    assert len(checks) == 2
    assert all(AVERAGE in one.meaning for one in checks)


def test_one_treated_period_is_one_target():
    tables, checks = sensitivity(PATH[:3], COVARIANCE[:3, :3], RELATIVE[:3], np.ones(1))
    assert set(tables["honest"]["target"]) == {FIRST}
    assert len(checks) == 2


@pytest.mark.parametrize(
    ("relative", "words"),
    [((-2, 0, 1, 2), "at least three"), ((-4, -2, 0, 1), "not seen"), ((-3, -2, 0, 2), "not seen")],
)
def test_where_it_cannot_be_had_the_check_says_why(relative, words):
    tables, (check,) = sensitivity(PATH, COVARIANCE, relative, AFTER)
    assert tables == {}
    assert check.verdict == "information"
    assert words in check.meaning


def test_few_degrees_of_freedom_widen_every_interval():
    many = sensitivity(PATH, COVARIANCE, RELATIVE, AFTER)[0]["honest"]
    few = sensitivity(PATH, COVARIANCE, RELATIVE, AFTER, df=4.0)[0]["honest"]
    assert (few["high"] - few["low"] > many["high"] - many["low"]).all()


@pytest.mark.parametrize(
    ("covariance", "words"),
    [(np.ones((4, 4)), "too many for so few clusters"), (np.zeros((4, 4)), "no standard error")],
)
def test_a_covariance_of_too_few_clusters_is_not_used(covariance, words):
    tables, (check,) = sensitivity(PATH, covariance, RELATIVE, AFTER)
    assert tables == {}
    assert words in check.meaning
