"""Checks, event study and words of the two-way designs on panels made to trip them."""

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.designs import DESIGNS
from evalkit.impact.event_study import grade
from evalkit.impact.study import hedges_g


def fixed(frame, **more):
    options = {"unit": "site", "time": "year", "treatment": "on", "seed": 1} | more
    return DESIGNS["panel_fixed_effects"](frame, outcome="score", **options)


def test_a_trend_before_the_start_fails_the_checks(make_panel):
    frame = make_panel()
    frame["score"] += 1.5 * frame["ever"] * (frame["year"] - 2011)
    estimate = fixed(frame)
    assert estimate.check("pre-trend").verdict == "fail"
    assert estimate.check("placebo date").verdict == "fail"


def test_parallel_groups_pass_the_checks(make_panel):
    passed = [fixed(make_panel(seed)).check("pre-trend").verdict == "pass" for seed in range(8)]
    assert sum(passed) >= 5


def test_regression_to_the_mean_shows_in_the_comparison_group():
    """Units chosen for one bad year rise by themselves; comparators just as low rise as well."""
    rng = np.random.default_rng(4)
    units, periods = 100, 4
    y = rng.normal(0, 1, (units, 1)) + rng.normal(0, 3, (units, periods))
    worst = rng.permutation(np.argsort(y[:, :2].mean(axis=1))[:40])[:12]
    ever = np.isin(np.arange(units), worst)
    frame = pd.DataFrame(
        {
            "site": np.repeat(np.arange(units), periods),
            "year": np.tile(np.arange(periods), units),
            "score": y.ravel(),
            "on": (np.repeat(ever, periods) & (np.tile(np.arange(periods), units) >= 2)).astype(
                int
            ),
        }
    )
    check = fixed(frame).check("comparison group")
    assert check.verdict in ("concern", "fail")
    assert abs(check.statistic) < abs(fixed(frame).value)


def test_the_event_study_names_years_and_leaves_out_the_last_before(make_panel):
    events = fixed(make_panel()).table["event_study"]
    assert events["period"].tolist() == list(range(2011, 2017))
    assert events.loc[events["reference"], "period"].tolist() == [2013]
    after = events.loc[events["period"] >= 2014, "estimate"]
    assert after.mean() == pytest.approx(2.0, abs=1.0)


def test_a_dose_is_an_effect_of_one_more(make_panel):
    frame = make_panel()
    hours = frame["site"].str[1:].astype(int) % 3 + 1
    frame["on"] = frame["on"] * hours
    frame["score"] += 2.0 * frame["on"] - 2.0 * (frame["on"] > 0)
    estimate = fixed(frame)
    assert estimate.value == pytest.approx(2.0, abs=0.3)
    assert "rise of one in `on`" in estimate.estimand
    assert estimate.standardised is None
    assert any("No event study: the treatment is a dose" in note for note in estimate.notes)


@pytest.mark.parametrize("effects", ["unit", "time"])
def test_other_effects_are_as_dummy_variables_say(make_panel, effects):
    frame = make_panel()
    column = {"unit": "site", "time": "year"}[effects]
    dummies = pd.get_dummies(frame[column]).to_numpy(float)
    x = np.column_stack([frame["on"], dummies])
    expected = np.linalg.lstsq(x, frame["score"].to_numpy(), rcond=None)[0][0]
    assert fixed(frame, effects=effects).value == pytest.approx(expected)


def test_covariates_that_say_nothing_are_named(make_panel):
    frame = make_panel()
    frame["founded"] = frame["site"].str[1:].astype(float)
    estimate = fixed(frame, covariates=["founded", "size"])
    assert any("`founded`" in note and "explain" in note for note in estimate.notes)


def test_a_covariate_that_restates_the_treatment_is_refused(make_panel):
    frame = make_panel()
    frame["again"] = frame["on"] * 3.0
    with pytest.raises(Exception, match="Nothing of the treatment is left"):
        fixed(frame, covariates="again")


def test_a_missing_first_year_does_not_make_a_start_of_its_own(make_panel):
    frame = make_panel()
    frame = frame[~((frame["site"] == "s000") & (frame["year"] == 2014))]
    estimate = fixed(frame)
    assert estimate.check("staggered start") is None
    assert len(estimate.table["event_study"]) == 6


def test_units_seen_once_are_left_out_and_counted(make_panel):
    frame = make_panel()
    alone = frame[(frame["site"] == "s001") & (frame["year"] == 2012)]
    estimate = fixed(pd.concat([frame[frame["site"] != "s001"], alone]))
    assert estimate.n_units == 59
    assert any("1 units are seen once" in note for note in estimate.notes)


def test_staggered_starts_are_warned_of(make_panel):
    frame = make_panel()
    late = (frame["site"] < "s020") & (frame["year"] == 2014)
    frame.loc[late, "on"] = 0
    estimate = fixed(frame)
    assert estimate.check("staggered start").verdict == "concern"
    assert estimate.table["event_study"]["period"].tolist() == list(range(-4, 3))


def test_one_period_before_says_that_trends_cannot_be_seen(make_panel):
    frame = make_panel()
    estimate = fixed(frame[frame["year"] >= 2013])
    check = estimate.check("pre-trend")
    assert (check.verdict, check.p_value) == ("information", None)
    assert "argument alone" in check.meaning


def test_cross_sections_in_few_schools_are_permuted_by_school():
    rng = np.random.default_rng(1)
    school, year = np.repeat(np.arange(12), 60), np.tile(np.repeat([2019, 2020, 2021], 20), 12)
    ever = (school < 5).astype(int)
    score = rng.normal(size=720) + rng.normal(0, 0.3, 12)[school] + 1.0 * ever * (year >= 2021)
    frame = pd.DataFrame({"school": school, "year": year, "ever": ever, "score": score})
    estimate = DESIGNS["difference_in_differences"](
        frame, outcome="score", time="year", treated="ever", start=2021, cluster="school"
    )
    assert estimate.value == pytest.approx(1.0, abs=0.4)
    assert "permutation" in estimate.interval.method
    assert estimate.n_clusters == 12
    assert "repeated cross-sections" in estimate.estimand


@pytest.mark.parametrize(
    ("p", "ratio", "verdict"),
    [(0.01, 0.0, "fail"), (0.1, 0.0, "concern"), (0.9, 0.6, "concern"), (0.9, 0.1, "pass")],
)
def test_effects_where_none_can_be_are_graded(p, ratio, verdict):
    assert grade(p, ratio)[0] == verdict


def test_the_standardised_effect_is_corrected_for_small_numbers():
    """Hedges (1981): J = 1 - 3 / (4 df - 1), with df = 9 here: 0.9143."""
    from evalkit.impact.estimate import Interval

    values = np.arange(10.0)
    made, _ = hedges_g(2.0, Interval(1.0, 3.0), values, "of x")
    assert made.hedges_g == pytest.approx(2.0 / values.std(ddof=1) * (1 - 3 / 35))


def test_few_treated_that_vary_more_lead_with_the_wider_interval():
    """Where the treated scatter more than the others, their labels cannot be swapped freely."""
    rng = np.random.default_rng(2)
    units, periods = 60, 6
    ever = np.arange(units) < 6
    on = (ever[:, None] & (np.arange(periods) >= 3)).astype(int)
    y = rng.normal(size=(units, periods)) + on * rng.normal(1.5, 4.0, (units, 1))
    frame = pd.DataFrame(
        {
            "site": np.repeat(np.arange(units), periods),
            "year": np.tile(np.arange(periods), units),
            "score": y.ravel(),
            "on": on.ravel(),
        }
    )
    estimate = fixed(frame)
    rows = estimate.table["inference"].set_index("method")
    width = rows["high"] - rows["low"]
    few = width[width.index.str.contains("CR2|permutation")]
    assert estimate.interval.method == few.idxmax()
    assert "CR2" in few.idxmax()
