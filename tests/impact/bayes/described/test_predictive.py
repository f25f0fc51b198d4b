"""Predictive checks say which statistic of the data is unlike the simulated ones."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.errors import DesignError
from evalkit.impact.bayes.described import Setting, predictive_check

SETTING = Setting(0.9, None)


def test_a_likely_value_passes_and_an_odd_one_is_named(z):
    draws = z.ravel()
    table, check = predictive_check({"mean": 0.5}, {"mean": draws}, SETTING)
    assert check.verdict == "pass"
    assert table["share_as_large"].iloc[0] == pytest.approx(0.3085, abs=0.005)
    assert (table["low"].iloc[0], table["high"].iloc[0]) == pytest.approx((-1.645, 1.645), abs=0.01)
    table, check = predictive_check(
        {"mean": 0.0, "largest": 3.5}, {"mean": draws, "largest": draws}, SETTING
    )
    assert check.verdict == "concern"
    assert "`largest`" in check.meaning
    assert list(table["odd"]) == [False, True]


def test_a_value_too_small_is_as_odd_as_one_too_large(z):
    for seen in (-3.5, 3.5):
        _, check = predictive_check({"a": seen}, {"a": z.ravel()}, SETTING)
        assert check.verdict == "concern"
        assert check.p_value < 0.01


def test_ties_count_half():
    """A count that is always what it was in the data is not odd at all."""
    table, check = predictive_check({"zeros": 3.0}, {"zeros": np.full(50, 3.0)}, SETTING)
    assert table["share_as_large"].iloc[0] == 0.5
    assert check.verdict == "pass"


def test_the_prior_is_checked_in_words_of_its_own(z):
    _, check = predictive_check({"a": 9.0}, {"a": z.ravel()}, SETTING, which="prior")
    assert check.name == "prior predictive"
    assert "priors alone" in check.meaning


def test_the_unit_does_not_matter(z):
    one, other = (
        predictive_check({"a": 2.0 * k}, {"a": k * z.ravel()}, SETTING)[0] for k in (1.0, 1000.0)
    )
    assert one["two_sided"].iloc[0] == other["two_sided"].iloc[0]


def test_names_that_do_not_match_are_all_told():
    with pytest.raises(DesignError) as caught:
        predictive_check(
            {"maximum": 1.0, "b": np.nan},
            {"maximun": np.ones(3), "b": np.ones(3)},
            SETTING,
        )
    said = str(caught.value)
    assert "`maximum` has no replications. Did you mean `maximun`?" in said
    assert "`maximun` has no observed value. Did you mean `maximum`?" in said
    assert "observed `b` is missing" in said
    with pytest.raises(DesignError, match="Replications of `a` are missing"):
        predictive_check({"a": 1.0}, {"a": np.array([np.nan])}, SETTING)
    with pytest.raises(DesignError, match="no statistic"):
        predictive_check({}, {}, SETTING)
