"""Earlier research, counted for less the further it is."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from evalkit.impact.bayes.beliefs import DISTANCES, Study, distance_table, from_research
from evalkit.impact.bayes.beliefs.research import difference_between

POOLED = Path(__file__).parents[3] / "golden" / "pooled"
PRINTED = json.loads((POOLED / "expected.json").read_text("utf-8"))


def studies_of(name):
    table = pd.read_csv(POOLED / f"{name}.csv")
    if "smd" in table:
        return table["smd"].to_numpy(), table["se"].to_numpy()
    return table["yi"].to_numpy(), np.sqrt(table["vi"].to_numpy())


def test_one_study_is_a_likelihood_raised_to_a_power():
    """The log density at power a of Normal(m, s) has its curvature times a: SD s / sqrt(a)."""
    one = from_research([Study(0.4, 0.1, "same programme, other country", 0.25)])
    assert (one.mean, one.sd) == pytest.approx((0.4, 0.2))
    assert "25 % of its size" in one.words


@pytest.mark.parametrize("name", ["teacher_expectancy", "practice_facilitation"])
def test_mean_and_difference_between_studies_are_the_published_ones(name):
    """DerSimonian-Laird: mean, its standard error, tau squared."""
    estimate, error = studies_of(name)
    mean, mean_error, tau2 = PRINTED[name]["dl"][:3]
    assert difference_between(estimate, error) == pytest.approx(tau2, abs=6e-5)
    one = from_research(
        [Study(float(y), float(s), "", 1.0) for y, s in zip(estimate, error, strict=True)]
    )
    assert one.mean == pytest.approx(mean, abs=6e-5)
    # the spread is that of a new effect of the kind, not of their mean
    assert one.sd == pytest.approx(math.hypot(mean_error, math.sqrt(tau2)), abs=2e-4)
    assert one.table["weight"].sum() == pytest.approx(1)


def test_the_difference_between_studies_is_that_of_another_program():
    estimate, error = studies_of("teacher_expectancy")
    theirs = combine_effects(estimate, error**2, method_re="chi2")
    assert difference_between(estimate, error) == pytest.approx(theirs.tau2, rel=1e-9)


def test_studies_that_agree_add_up():
    one = from_research([Study(0.2, 0.1, "", 1.0), Study(0.2, 0.1, "", 1.0)])
    assert (one.mean, one.sd) == pytest.approx((0.2, 0.1 / math.sqrt(2)))


def test_the_further_the_less_it_counts():
    """Along each step, of programme and of place."""
    power = {name: one.power for name, one in DISTANCES.items()}
    for programme in ("same", "similar", "other"):
        by_place = [
            power[f"{programme} programme, {place}"]
            for place in ("same place", "same country", "other country")
        ]
        assert by_place == sorted(by_place, reverse=True)
    for place in ("same place", "same country", "other country"):
        by_kind = [power[f"{one} programme, {place}"] for one in ("same", "similar", "other")]
        assert by_kind == sorted(by_kind, reverse=True)


def test_the_discounts_are_printed():
    table = distance_table()
    assert list(table["distance"]) == list(DISTANCES)
    assert table["error_times"].iloc[2] == pytest.approx(2)


def test_one_study_may_be_far_more_precise_than_the_rest():
    studies = [Study(-1.0, 1e-12, "", 0.5), Study(1.0, 1e6, "", 1e-6)]
    one = from_research(studies)
    assert one.mean == pytest.approx(-1, abs=1e-6)
    assert 0 < one.sd < math.inf
