"""The Bayesian form of `pooled`: golden values, priors, units and what is shown."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.impact.designs import DESIGNS, check_design

GOLDEN = Path(__file__).parents[3] / "golden" / "pooled"
EXPECTED = json.loads((GOLDEN / "bayesian_expected.json").read_text(encoding="utf-8"))
FLAT = EXPECTED["near_flat"]
WIDE = {"effect": {"mean": 0, "sd": 1000.0}, "spread": {"sd": 1000.0}}


def read(name):
    frame = pd.read_csv(GOLDEN / f"{name}.csv")
    return frame.assign(se=np.sqrt(frame["vi"])) if "vi" in frame else frame


def pooled(frame, estimate="yi", std_error="se", **options):
    return DESIGNS["pooled"](
        frame, estimate=estimate, std_error=std_error, inference="bayesian", **options
    )


def row(estimate, name, table="posterior", by="quantity"):
    return estimate.table[table].set_index(by).loc[name]


def trials():
    frame = read("bcg")
    risk = np.log(frame["tpos"] / (frame["tpos"] + frame["tneg"]))
    other = np.log(frame["cpos"] / (frame["cpos"] + frame["cneg"]))
    variance = 1 / frame["tpos"] - 1 / (frame["tpos"] + frame["tneg"])
    variance += 1 / frame["cpos"] - 1 / (frame["cpos"] + frame["cneg"])
    return frame.assign(yi=risk - other, se=np.sqrt(variance))


@pytest.fixture(scope="module")
def schools():
    expected = EXPECTED["eight_schools"]
    return pooled(read("eight_schools"), "y", "sigma", study="school", priors=expected["priors"])


def test_eight_schools_agree_with_the_reference_draws(schools):
    expected = EXPECTED["eight_schools"]
    mean, spread = row(schools, "mean effect"), row(schools, "spread of effects between studies")
    assert mean["mean"] == pytest.approx(expected["mu"], abs=3 * (mean["mcse"] + 0.033))
    assert spread["mean"] == pytest.approx(expected["tau"], abs=3 * (spread["mcse"] + 0.032))
    assert schools.table["sites"]["shrunken"].to_numpy() == pytest.approx(
        expected["theta"], abs=0.35
    )


def test_a_new_school_is_less_certain_than_the_mean(schools):
    new = schools.table["prediction"].iloc[0]
    assert new["high"] - new["low"] > 1.3 * (schools.interval.high - schools.interval.low)
    assert 0.5 < new["p_above_zero"] < row(schools, "mean effect")["p_above_zero"]


def near_reml(estimate, expected):
    tau2 = row(estimate, "tau2", "heterogeneity", "statistic")
    sd = (tau2["high"] - tau2["low"]) / 3.92
    return tau2["most_likely"] == pytest.approx(expected["tau2"], abs=0.1 * sd)


@pytest.mark.parametrize("name", ["teacher_expectancy", "bcg"])
def test_near_flat_priors_agree_with_reml(name):
    estimate = pooled(trials() if name == "bcg" else read(name), priors=WIDE)
    near = 0.1 * estimate.std_error
    assert estimate.value == pytest.approx(FLAT[name]["estimate"], abs=near)
    assert near_reml(estimate, FLAT[name])


def test_where_the_spread_is_hardly_known_the_mean_differs_from_reml_and_both_are_shown():
    """REML takes its 0.143 for the spread as known; the posterior averages over larger ones too."""
    expected = FLAT["practice_facilitation"]
    estimate = pooled(read("practice_facilitation"), "smd", priors=WIDE)
    assert near_reml(estimate, expected)
    shown = estimate.table["sensitivity"].set_index("priors")["mean"]
    assert shown.filter(like="REML").iloc[0] == pytest.approx(expected["estimate"], abs=5e-5)
    assert estimate.value == pytest.approx(expected["estimate"], abs=0.5 * estimate.std_error)


@pytest.fixture(scope="module")
def calendars():
    wide = WIDE | {"within": {"sd": 1000.0}}
    return pooled(read("school_calendars"), study="study", cluster="district", priors=wide)


def test_schools_in_districts_agree_with_three_level_reml(calendars):
    expected = FLAT["school_calendars"]
    near = 0.1 * calendars.std_error
    assert calendars.value == pytest.approx(expected["estimate"], abs=near)
    found = calendars.table["heterogeneity"].set_index("statistic")["most_likely"]
    assert found["tau2 between clusters"] == pytest.approx(expected["between"], rel=0.15)
    assert found["tau2 within clusters"] == pytest.approx(expected["within"], rel=0.15)


def test_estimates_of_one_cluster_do_not_count_as_independent(calendars):
    alone = pooled(read("school_calendars"), priors=WIDE)
    assert calendars.std_error > 1.5 * alone.std_error


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_the_unit_of_the_estimates_changes_nothing(factor):
    frame = read("teacher_expectancy")
    plain = pooled(frame, study="study")
    scaled = pooled(frame.assign(yi=frame["yi"] * factor, se=frame["se"] * factor), study="study")
    assert scaled.value / factor == pytest.approx(plain.value, rel=1e-6)
    assert scaled.interval.high / factor == pytest.approx(plain.interval.high, rel=1e-6)
    above = [one.table["posterior"]["p_above_zero"][0] for one in (plain, scaled)]
    assert above[0] == pytest.approx(above[1], abs=1e-3)


def test_the_order_of_rows_changes_nothing():
    frame = read("teacher_expectancy")
    again = pooled(frame.sample(frac=1, random_state=3), study="study")
    assert again.value == pooled(frame, study="study").value


def test_moderators_stand_in_their_own_units():
    frame = read("teacher_expectancy")
    table = pooled(frame, study="study", moderators="weeks").table["moderators"]
    assert table["estimate"][0] == pytest.approx(-0.0157, abs=0.004)
    assert table["high"][0] < 0


def test_elicited_quantiles_become_the_prior_of_the_mean():
    frame = read("teacher_expectancy")
    priors = {"effect": {"quantiles": {0.05: 0.0, 0.5: 0.2, 0.95: 0.4}}}
    estimate = pooled(frame, priors=priors)
    line = estimate.table["priors"].set_index("prior").loc["effect"]
    assert (line["distribution"], line["source"]) == ("Normal(0.2, 0.1216)", "given")
    assert "elicited quantiles" in line["words"]
    assert estimate.value > pooled(frame).value


def test_a_mean_far_from_zero_is_not_drawn_to_it():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"yi": 20 + rng.normal(0, 0.5, 12), "se": 0.3})
    assert pooled(frame).value == pytest.approx(frame["yi"].mean(), abs=0.02)


def test_everything_that_a_posterior_is_never_shown_without_is_there(schools):
    wanted = {
        *("posterior", "priors", "prior_posterior", "prior_predictive", "posterior_predictive"),
        *("sensitivity", "power_scaling", "prediction", "heterogeneity", "sites", "forest"),
    }
    assert wanted <= set(schools.table)
    assert {"sceptical", "enthusiastic"} <= set(schools.table["sensitivity"]["priors"])
    names = {check.name for check in schools.checks}
    assert {"convergence", "prior sensitivity", "power scaling", "decision"} <= names
    assert schools.check("convergence").verdict == "pass"
    assert (schools.interval.kind, schools.p_value) == ("credible", None)
    assert "posterior" in list(schools.native.groups()) or "/posterior" in schools.native.groups
    assert schools.draws.shape == (schools.draws.size,)


def test_a_sceptic_believes_less_than_an_enthusiast(schools):
    table = schools.table["sensitivity"].set_index("priors")["mean"]
    assert table["sceptical"] < table["enthusiastic"]


def test_the_same_seed_gives_the_same_draws(schools):
    priors = EXPECTED["eight_schools"]["priors"]
    again = pooled(read("eight_schools"), "y", "sigma", study="school", priors=priors)
    assert (again.draws == schools.draws).all()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"priors": {"efect": {"sd": 1}}}, "effect"),
        ({"priors": {"spread": {"mean": 1}}}, "no `mean`"),
        ({"priors": {"effect": {"sd": 0}}}, "above zero"),
        ({"priors": {"effect": {"sd": float("nan")}}}, "above zero"),
        ({"priors": {"effect": {"quantiles": {0.1: 3, 0.9: 1}}}}, "do not rise"),
        ({"priors": [1]}, "no mapping"),
        ({"estimator": "fixed"}, "no meaning with `inference: bayesian`"),
    ],
)
def test_wrong_priors_and_idle_options_are_named_before_sampling(options, match):
    frame = read("teacher_expectancy")
    with pytest.raises(DesignError, match=match):
        pooled(frame, **options)


def test_priors_without_the_bayesian_form_are_refused():
    faults = check_design(
        "pooled",
        read("teacher_expectancy"),
        estimate="yi",
        std_error="se",
        priors={"effect": {"sd": 1}},
    )
    assert "stands without" in faults[0][0]


def test_an_unknown_inference_is_answered_with_the_nearest():
    faults = check_design(
        "pooled", read("teacher_expectancy"), estimate="yi", std_error="se", inference="bayes"
    )
    assert "Did you mean `bayesian`" in faults[0][0]


def test_two_studies_are_answered_with_a_wide_interval_and_a_failed_check():
    frame = pd.DataFrame({"yi": [0.2, 0.3], "se": [0.1, 0.1]})
    estimate = pooled(frame)
    assert estimate.check("number of studies").verdict == "fail"
    assert estimate.interval.low < 0.1
