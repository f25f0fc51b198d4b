"""The staggered design on panels made to trip it."""

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.impact.designs import DESIGNS


def staggered(frame, **more):
    options = {"unit": "site", "time": "year", "first_treated": "begins", "seed": 1} | more
    return DESIGNS["staggered_adoption"](frame, outcome="score", **options)


def two_starts(make_panel, units=60):
    frame = make_panel(units=units)
    late = (frame["site"] < "s020") & (frame["begins"] > 0)
    frame.loc[late, "begins"] = 2015
    frame.loc[late & (frame["year"] == 2014), "score"] -= 2.0
    return frame


@pytest.mark.parametrize("never", [np.nan, np.inf, 0.0, 2030.0])
def test_never_is_blank_zero_infinite_or_after_the_end(make_panel, never):
    frame = two_starts(make_panel)
    first = staggered(frame)
    frame["begins"] = frame["begins"].replace(0, never)
    assert staggered(frame).value == first.value


@pytest.mark.parametrize("aggregate", ["group", "simple", "dynamic", "calendar"])
@pytest.mark.parametrize("control_group", ["never_treated", "not_yet_treated"])
def test_every_average_finds_the_effect(make_panel, aggregate, control_group):
    estimate = staggered(two_starts(make_panel), aggregate=aggregate, control_group=control_group)
    assert estimate.value == pytest.approx(2.0, abs=0.8)
    assert "number of units" in estimate.estimand


def test_few_treated_units_with_two_starts_are_permuted(make_panel):
    frame = two_starts(make_panel, units=40)
    few = frame[
        (frame["begins"] == 0) | frame["site"].isin(["s000", "s002", "s030", "s032", "s034"])
    ]
    estimate = staggered(few)
    rows = estimate.table["inference"].set_index("method")
    assert any("permutation" in one for one in rows.index)
    assert estimate.interval.low < 2.0 < estimate.interval.high
    assert "permutation" in estimate.check("pre-trend").meaning


def test_with_covariates_few_treated_fall_back_on_few_degrees_of_freedom(make_panel):
    frame = two_starts(make_panel, units=40)
    few = frame[
        (frame["begins"] == 0) | frame["site"].isin(["s030", "s032", "s034", "s036", "s038"])
    ]
    estimate = staggered(few, covariates="size", method="regression")
    assert "t with 4 df" in estimate.interval.method


def test_without_never_treated_the_other_comparison_is_named(make_panel):
    frame = two_starts(make_panel)
    frame = frame[frame["begins"] > 0]
    with pytest.raises(DesignError, match="not_yet_treated"):
        staggered(frame)
    estimate = staggered(frame, control_group="not_yet_treated")
    assert np.isfinite(estimate.value)


def test_units_with_gaps_are_left_out_and_counted(make_panel):
    frame = two_starts(make_panel)
    gone = (frame["site"] == "s001") & (frame["year"] == 2012)
    estimate = staggered(frame[~gone])
    assert estimate.n_units == 59
    assert any("1 of 60 `site` are not seen in every period" in note for note in estimate.notes)


def test_a_period_that_hardly_anyone_has_costs_no_units(make_panel):
    frame = two_starts(make_panel)
    frame = frame[(frame["year"] != 2012) | (frame["site"] < "s005")]
    estimate = staggered(frame)
    assert estimate.n_units == 60
    assert any("fewer than half" in note and "2012" in note for note in estimate.notes)


def test_units_treated_from_the_first_period_are_left_out(make_panel):
    frame = two_starts(make_panel)
    frame.loc[frame["site"] == "s058", "begins"] = 2011
    estimate = staggered(frame)
    assert any("1 of 60 `site` start too early" in note for note in estimate.notes)


def test_a_bootstrap_gives_a_band_and_leads(make_panel):
    estimate = staggered(two_starts(make_panel), bootstrap=499)
    events = estimate.table["event_study"]
    assert (events["band_low"] < events["low"]).all()
    assert "bootstrap" in estimate.interval.method


def test_a_universal_base_has_its_reference(make_panel):
    events = staggered(two_starts(make_panel), base_period="universal").table["event_study"]
    assert events.loc[events["reference"], "period"].tolist() == [-1]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("control_group", "never"),
        ("base_period", "first"),
        ("method", "dr"),
        ("aggregate", "mean"),
        ("estimator", "twfe"),
        ("unbalanced", "fill"),
        ("window", [1]),
        ("window", [0, 1]),
        ("anticipation", -1),
        ("bootstrap", 10),
        ("bootstrap", 1.5),
    ],
)
def test_unknown_choices_are_refused_before_anything_is_computed(make_panel, option, value):
    with pytest.raises(DesignError, match=option):
        staggered(two_starts(make_panel), **{option: value})


def test_separated_groups_are_refused_with_their_start(make_panel):
    frame = two_starts(make_panel)
    frame["size"] += 50.0 * (frame["begins"] == 2015)
    with pytest.raises(DesignError, match="starts in 2015"):
        staggered(frame, covariates="size")


def test_anticipation_moves_the_base_back(make_panel):
    frame = two_starts(make_panel)
    table = staggered(frame, anticipation=1).table["group_time"]
    post = table[table["post"]]
    assert (post["base"] == post["group"] - 2).all()


def test_dates_are_refused_with_a_remedy(make_panel):
    frame = two_starts(make_panel)
    frame["year"] = pd.to_datetime(frame["year"].astype(str))
    with pytest.raises(DesignError, match="Number the periods"):
        staggered(frame)
