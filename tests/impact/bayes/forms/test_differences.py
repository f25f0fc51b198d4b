"""The Bayesian form of `difference_in_differences`: clusters, few treated ones, units."""

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.impact.bayes.forms.common import fit
from evalkit.impact.bayes.forms.common_priors import Asked, beliefs_of
from evalkit.impact.bayes.forms.differences import collapse_panel
from evalkit.impact.designs import DESIGNS, check_design
from evalkit.impact.designs.difference_in_differences import prepare

OPTIONS = {
    "outcome": "score",
    "time": "year",
    "treated": "treated",
    "unit": "pupil",
    "start": 2018,
    "cluster": "area",
}


def areas(seed=1, treated=3, effect=0.0, count=12, pupils=8, change=3.0):
    """Simulated: areas change apart with a standard deviation of 3 whether treated or not."""
    rng = np.random.default_rng(seed)
    area, pupil, year = np.meshgrid(
        np.arange(count), np.arange(pupils), np.arange(2015, 2021), indexing="ij"
    )
    area, pupil, year = area.ravel(), (area * pupils + pupil).ravel(), year.ravel()
    after, on = year >= 2018, area < treated
    own = rng.normal(0, 10, count * pupils)[pupil] + rng.normal(0, 5, count)[area]
    moved = rng.normal(0, change, count)[area] * after
    score = 50 + own + (year - 2015) + moved + effect * (after & on) + rng.normal(0, 6, len(area))
    return pd.DataFrame(
        {"area": area, "pupil": pupil, "year": year, "treated": on.astype(int), "score": score}
    )


def differences(frame, **options):
    return DESIGNS["difference_in_differences"](
        frame, inference="bayesian", **{**OPTIONS, **options}
    )


def width(estimate):
    return estimate.interval.high - estimate.interval.low


@pytest.fixture(scope="module")
def panel():
    return differences(areas(effect=8.0, treated=5))


def test_the_estimate_is_near_least_squares_and_its_interval_holds_the_truth(panel):
    plain = DESIGNS["difference_in_differences"](areas(effect=8.0, treated=5), **OPTIONS)
    assert panel.value == pytest.approx(plain.value, abs=0.3 * panel.std_error)
    assert panel.interval.low < 8 < panel.interval.high
    shown = panel.table["sensitivity"].set_index("priors")["mean"]
    assert shown.filter(like="least squares").iloc[0] == pytest.approx(plain.value)


def test_changes_of_areas_are_in_the_interval(panel):
    alone = differences(areas(effect=8.0, treated=5), cluster=None)
    assert width(panel) > 1.5 * width(alone)
    found = panel.table["posterior"].set_index("quantity").loc["spread of changes between clusters"]
    assert found["low"] < 3 < found["high"]


@pytest.mark.slow
def test_three_treated_of_twelve_are_covered_as_often_as_is_said():
    """Counted on 60 simulated panels without effect, sampled through the collapsed model."""
    inside = 0
    for seed in range(60):
        made, _ = prepare(areas(seed=100 + seed, pupils=2), **OPTIONS)
        form = collapse_panel(made).form
        beliefs = beliefs_of(Asked(None, 0.95, None, 0), form.slots, form.unit)
        low, high = np.quantile(fit(form, beliefs, seed).effect, [0.025, 0.975])
        inside += low < 0 < high
    # at 93 % or more in truth, fewer than 50 of 60 has a chance below 1 %
    assert inside >= 50


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_the_unit_of_the_outcome_changes_nothing(panel, factor):
    frame = areas(effect=8.0, treated=5)
    scaled = differences(frame.assign(score=frame["score"] * factor))
    assert scaled.value / factor == pytest.approx(panel.value, rel=1e-6)
    above = [one.table["posterior"]["p_above_zero"][0] for one in (panel, scaled)]
    assert above[0] == pytest.approx(above[1], abs=1e-3)


def test_pupils_counted_twice_do_not_narrow_the_interval(panel):
    frame = areas(effect=8.0, treated=5)
    twice = pd.concat([frame, frame.assign(pupil=frame["pupil"] + 1000)])
    assert width(differences(twice)) == pytest.approx(width(panel), rel=0.05)


def test_people_seen_once_are_compared_within_areas():
    frame = areas(effect=8.0, treated=5)
    estimate = differences(frame.drop(columns="pupil"), unit=None)
    assert estimate.interval.low < 8 < estimate.interval.high
    assert estimate.n_clusters == 12


def test_without_clusters_the_narrow_interval_is_a_concern():
    frame = areas().drop(columns="pupil")
    estimate = differences(frame, unit=None, cluster=None)
    assert estimate.check("few treated clusters").verdict == "concern"
    assert "No cluster is named" in estimate.check("few treated clusters").meaning


def test_two_periods_need_no_spread_of_changes():
    frame = areas(effect=8.0, treated=5, pupils=1)
    estimate = differences(frame[frame["year"].isin([2017, 2018])], cluster=None, unit="area")
    assert not estimate.table["posterior"]["quantity"].str.contains("changes").any()
    shown = estimate.table["sensitivity"].set_index("priors")["mean"]
    plain = shown.filter(like="least squares").iloc[0]
    assert estimate.value == pytest.approx(plain, abs=0.5 * estimate.std_error)


def test_pupils_treated_inside_areas_have_effects_that_differ_by_area():
    frame = areas()
    frame["treated"] = frame["pupil"] % 2
    frame["score"] += 6 * frame["treated"] * (frame["year"] >= 2018)
    estimate = differences(frame)
    assert estimate.table["posterior"]["quantity"].str.contains("spread of effects").any()
    assert estimate.interval.low < 6 < estimate.interval.high


def test_everything_that_a_posterior_is_never_shown_without_is_there(panel):
    wanted = {
        *("posterior", "priors", "prior_posterior", "prior_predictive", "posterior_predictive"),
        *("sensitivity", "power_scaling", "event_study", "changes"),
    }
    assert wanted <= set(panel.table)
    names = {check.name for check in panel.checks}
    assert {"convergence", "prior sensitivity", "pre-trend", "placebo date"} <= names
    assert panel.standardised.low < panel.standardised.hedges_g < panel.standardised.high


def test_faults_are_named_before_sampling():
    asked = {**OPTIONS, "inference": "bayesian", "priors": {"change": {"sd": 1}}}
    faults = check_design("difference_in_differences", areas(), **asked)
    assert any("Did you mean `changes`" in wrong for wrong, _ in faults)
    with pytest.raises(DesignError, match="all are treated"):
        differences(areas().assign(treated=1))


def test_an_outcome_without_chance_is_refused():
    frame = areas()
    after = (frame["year"] >= 2018) * frame["treated"]
    with pytest.raises(DesignError, match="explained exactly"):
        differences(frame.assign(score=frame["year"] + frame["pupil"] + 3.0 * after))


def test_subgroups_are_compared_through_the_areas_they_share():
    frame = areas(effect=8.0, treated=5)
    frame["girl"] = frame["pupil"] % 2
    estimate = differences(frame, by="girl")
    gap = estimate.table["subgroup_gaps"].iloc[0]
    assert "contributions" in gap["method"]
    assert gap["low"] < 0 < gap["high"]
