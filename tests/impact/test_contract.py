"""What every design of the frequentist family promises, whatever it computes."""

import inspect
import math

import numpy as np
import pandas as pd
import polars as pl
import pytest

from evalkit.errors import DesignError
from evalkit.impact.designs import (
    DESIGNS,
    KNOWN_DESIGNS,
    PREPARERS,
    check_design,
    design_options,
)

CHECKS = {
    "pre-trend",
    "placebo date",
    "permutation",
    "few treated clusters",
    "comparison group",
    "smallest detectable effect",
}


def run(design, call, frame, **more):
    return DESIGNS[design](frame, outcome="score", **{**call.options, "seed": 7, **more})


def same(left, right, factor=1.0):
    """Estimates agree, `right` being in units `factor` times smaller."""
    numbers = [
        (left.value, right.value),
        (left.std_error, right.std_error),
        (left.interval.low, right.interval.low),
        (left.interval.high, right.interval.high),
    ]
    for one, other in numbers:
        assert one * factor == pytest.approx(other, rel=1e-8, abs=1e-9 * factor)
    assert left.p_value == pytest.approx(right.p_value, rel=1e-6)
    assert [check.verdict for check in left.checks] == [check.verdict for check in right.checks]


def test_it_finds_the_truth(design, call, make_panel):
    estimates = [run(design, call, make_panel(seed)) for seed in range(12)]
    values = np.array([one.value for one in estimates])
    assert values.mean() == pytest.approx(2.0, abs=3 * values.std() / np.sqrt(len(values)))
    covered = sum(one.interval.low <= 2.0 <= one.interval.high for one in estimates)
    assert covered >= 10


@pytest.mark.parametrize("units", [12, 60])
def test_order_of_rows_and_labels_do_not_matter(design, call, make_panel, units):
    frame = make_panel(units=units)
    shuffled = frame.sample(frac=1, random_state=3)
    renamed = shuffled.assign(site="z" + shuffled["site"].str[::-1])
    first = run(design, call, frame)
    same(first, run(design, call, shuffled))
    same(first, run(design, call, renamed))


@pytest.mark.parametrize("factor", [1000.0, 0.001])
@pytest.mark.parametrize("units", [12, 60])
def test_it_follows_the_unit_of_the_outcome(design, call, make_panel, units, factor):
    frame = make_panel(units=units)
    scaled = frame.assign(score=frame["score"] * factor)
    first, other = run(design, call, frame), run(design, call, scaled)
    same(first, other, factor)
    assert first.standardised.hedges_g == pytest.approx(other.standardised.hedges_g)


def test_the_same_seed_gives_the_same_numbers(design, call, make_panel):
    frame = make_panel(units=12)
    first, second = run(design, call, frame), run(design, call, frame)
    assert first.value == second.value
    assert first.interval == second.interval
    for name, table in first.table.items():
        pd.testing.assert_frame_equal(table, second.table[name])
    assert first.checks == second.checks


def test_pandas_and_polars_frames_are_alike_and_unchanged(design, call, make_panel):
    frame = make_panel()
    before = frame.copy(deep=True)
    same(run(design, call, frame), run(design, call, pl.from_pandas(frame)))
    pd.testing.assert_frame_equal(frame, before)


def test_missing_outcomes_are_left_out_and_counted(design, call, make_panel):
    frame = make_panel()
    frame.loc[frame.index[[3, 100]], "score"] = np.nan
    estimate = run(design, call, frame)
    assert any("2 of 360 rows" in note for note in estimate.notes)
    assert math.isfinite(estimate.value)


def test_it_says_what_it_estimates_and_what_that_rests_on(design, call, make_panel):
    estimate = run(design, call, make_panel())
    words = estimate.estimand.lower()
    assert "overall" not in words
    for part in (
        "effect" if design != "panel_fixed_effects" else "due to",
        "score",
        "site",
        "2016",
    ):
        assert part in words
    assert "averaged" in words or "weights" in words
    assert len(estimate.assumptions) >= 4
    assert any("parallel trends" in one for one in estimate.assumptions)


def test_it_has_every_table_and_check(design, call, make_panel):
    estimate = run(design, call, make_panel())
    assert {check.name for check in estimate.checks} >= CHECKS
    assert all(
        len(check.meaning) > 30 and "validate" not in check.meaning for check in estimate.checks
    )
    events = estimate.table["event_study"]
    assert {"period", "estimate", "std_error", "low", "high", "reference"} <= set(events.columns)
    inference = estimate.table["inference"]
    assert {"method", "std_error", "df", "low", "high", "p_value", "leads"} <= set(
        inference.columns
    )
    assert inference["leads"].sum() == 1
    leader = inference[inference["leads"]].iloc[0]
    assert (leader["low"], leader["high"]) == (estimate.interval.low, estimate.interval.high)
    assert estimate.interval.method == leader["method"]
    assert estimate.table["permutation"]["share"].sum() == pytest.approx(1)
    assert all(math.isfinite(one) for one in (estimate.value, estimate.std_error, estimate.p_value))
    assert (estimate.n_units, estimate.n_clusters, estimate.n_treated) == (60, 60, 30)
    assert estimate.n_observations == 360


def test_few_treated_clusters_lead_with_the_wider_of_two_careful_intervals(
    design, call, make_panel
):
    frame = make_panel(units=30)
    few = frame[(frame["ever"] == 0) | (frame["site"] < "s008")]
    estimate = run(design, call, few)
    assert estimate.n_treated == 4
    rows = estimate.table["inference"].set_index("method")
    careful = rows[rows.index.str.contains("permutation|CR2|few clusters")]
    assert estimate.interval.method == (careful["high"] - careful["low"]).idxmax()
    assert len(careful) == 2
    assert estimate.check("few treated clusters").verdict == "concern"


def test_the_margin_is_compared_with_what_could_be_seen(design, call, make_panel):
    frame = make_panel()
    assert run(design, call, frame, margin=0.01).checks[-1].verdict in ("concern", "pass")
    seen = {
        m: run(design, call, frame, margin=m).check("smallest detectable effect") for m in (0.01, 9)
    }
    assert (seen[0.01].verdict, seen[9].verdict) == ("concern", "pass")


def test_covariates_clusters_and_weights_are_taken(design, call, make_panel):
    frame = make_panel()
    frame["w"] = frame["site"].str[1:].astype(int) % 3 + 1
    frame["big"] = (
        "b" + (frame["site"].str[1:].astype(int) // 4).astype(str) + frame["ever"].astype(str)
    )
    estimate = run(design, call, frame, covariates=["size"], cluster="big", weights="w")
    assert estimate.n_clusters == 30
    assert estimate.value == pytest.approx(2.0, abs=0.8)


def hopeless(name, frame, call):
    """Return the frame made hopeless in one way, and a word the message must have."""
    treat = call.treatment
    made = {
        "an empty frame": (frame.iloc[:0], "no rows"),
        "one unit": (frame[frame["site"] == "s000"], ""),
        "no comparison": (frame[frame["ever"] == 1], ""),
        "no one treated": (frame.assign(**{treat: 0}), ""),
        "one period": (frame[frame["year"] == 2015], "period"),
        "a constant outcome": (frame.assign(score=5.0), "same value"),
        "text as outcome": (frame.assign(score=frame["score"].astype(str) + " pts"), "not numbers"),
        "an infinite outcome": (
            frame.assign(score=frame["score"].where(frame.index != 5, np.inf)),
            "infinite",
        ),
        "no outcome at all": (frame.assign(score=np.nan), "No row"),
        "units twice in a period": (pd.concat([frame, frame.iloc[:3]]), "more than one row"),
        "a missing column": (frame.drop(columns=[treat]), treat),
        "a blank period": (
            frame.assign(year=frame["year"].astype(float).where(frame.index != 5)),
            "blank",
        ),
        "no time before": (frame[frame["year"] >= 2014], ""),
    }
    return made[name]


HOPELESS = (
    "an empty frame",
    "one unit",
    "no comparison",
    "no one treated",
    "one period",
    "a constant outcome",
    "text as outcome",
    "an infinite outcome",
    "no outcome at all",
    "units twice in a period",
    "a missing column",
    "a blank period",
    "no time before",
)


@pytest.mark.parametrize("kind", HOPELESS)
def test_hopeless_data_are_refused_with_a_remedy(design, call, make_panel, kind):
    frame, word = hopeless(kind, make_panel(), call)
    with pytest.raises(DesignError) as caught:
        run(design, call, frame)
    assert word in caught.value.wrong
    assert len(caught.value.do) > 10
    faults = check_design(design, frame, outcome="score", **call.options)
    assert faults
    assert all(wrong and do for wrong, do in faults)


def test_good_data_pass_the_checker(design, call, make_panel):
    assert check_design(design, make_panel(), outcome="score", **call.options) == []


def test_treatment_that_switches_off_is_refused(design, call, make_panel):
    frame = make_panel()
    late = (frame["site"] == "s000") & (frame["year"] == 2016)
    frame.loc[late, call.treatment] = 0
    with pytest.raises(DesignError, match="switches"):
        run(design, call, frame)


@pytest.mark.parametrize(("option", "value"), [("level", 95), ("inference", "bayes")])
def test_options_that_are_not_built_are_refused_clearly(design, call, make_panel, option, value):
    with pytest.raises(DesignError, match=option):
        run(design, call, make_panel(), **{option: value})


def test_a_misspelt_column_is_answered_with_the_nearest(design, call, make_panel):
    with pytest.raises(DesignError, match="Did you mean `score`"):
        DESIGNS[design](make_panel(), outcome="scor", **call.options)


def test_what_is_not_a_frame_is_refused(design, call):
    with pytest.raises(DesignError, match="not a frame"):
        DESIGNS[design]([1, 2], outcome="score", **call.options)


@pytest.mark.parametrize("name", sorted(DESIGNS))
def test_preparing_takes_options_of_the_design_only(name):
    options = inspect.signature(DESIGNS[name]).parameters
    assert set(inspect.signature(PREPARERS[name]).parameters) <= set(options)
    assert not any(one.kind is one.VAR_KEYWORD for one in options.values())


@pytest.mark.parametrize("name", sorted(KNOWN_DESIGNS))
def test_every_design_of_the_contract_has_its_options(name):
    assert set(KNOWN_DESIGNS[name]) <= design_options(name)
    assert "outcome" not in design_options(name)


def test_one_treated_among_five_gets_no_narrow_interval(design, call, make_panel):
    """Only five assignments exist, so p cannot fall below 0.2 and no finite interval stands."""
    frame = make_panel()
    estimate = run(
        design, call, frame[frame["site"].isin(["s000", "s001", "s003", "s005", "s007"])]
    )
    assert estimate.p_value >= 0.2
    assert math.isinf(estimate.interval.low)
    assert math.isinf(estimate.interval.high)
    assert estimate.check("few treated clusters").verdict == "fail"


def test_an_outcome_without_noise_gives_its_effect_and_no_false_precision(design, call, make_panel):
    frame = make_panel()
    frame["score"] = frame["site"].str[1:].astype(float) + frame["year"] + 2.0 * frame["on"]
    estimate = run(design, call, frame)
    assert estimate.value == pytest.approx(2.0)
    flat = run(design, call, frame.assign(score=frame["score"] - 2.0 * frame["on"]))
    assert flat.value == pytest.approx(0.0, abs=1e-9)
    assert flat.p_value is None or flat.p_value > 0.05
