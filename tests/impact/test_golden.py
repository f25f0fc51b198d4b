"""Published and independently computed values; sources stand beside the data in tests/golden."""

import json
from pathlib import Path

import pandas as pd
import pytest

from evalkit.impact.designs import DESIGNS

GOLDEN = Path(__file__).parents[1] / "golden"


def load(design, file):
    folder = GOLDEN / design
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return pd.read_csv(folder / file), expected


AREAS, AREAS_EXPECTED = load("panel_fixed_effects", "opportunity_areas.csv")
FIRST_YEAR = {"ks2_rwm_exp": 2016, "eyfs_gld": 2015, "ks4_prog8": 2016, "susp_rate": 2015}
COUNTIES, CS_EXPECTED = load("staggered_adoption", "mpdta.csv")


def areas(outcome, frame=AREAS):
    rows = frame[frame["year"] >= FIRST_YEAR[outcome]]
    return DESIGNS["panel_fixed_effects"](
        rows, outcome=outcome, unit="la_code", time="year", treatment="treated"
    )


def lowest(outcome):
    base = AREAS[AREAS["year"].isin([2016, 2017])].groupby(["la_code", "area"])[outcome].mean()
    kept = base.xs(0, level="area").nsmallest(30).index
    return AREAS[(AREAS["area"] == 1) | AREAS["la_code"].isin(kept)]


@pytest.mark.parametrize("outcome", sorted(FIRST_YEAR))
def test_opportunity_areas_agree_with_dummy_variables(outcome):
    expected = AREAS_EXPECTED["all comparators"][outcome]
    estimate = areas(outcome)
    assert estimate.value == pytest.approx(expected["estimate"], abs=1e-10)
    assert estimate.std_error == pytest.approx(expected["std_error"], abs=1e-10)
    assert (estimate.n_observations, estimate.n_clusters) == (
        expected["rows"],
        expected["clusters"],
    )


def test_opportunity_areas_fade_against_the_lowest_comparators():
    expected = AREAS_EXPECTED["30 lowest comparators"]["ks2_rwm_exp"]
    estimate = areas("ks2_rwm_exp", lowest("ks2_rwm_exp"))
    assert round(estimate.value, 2) == 1.40
    assert round(estimate.std_error, 2) == 0.62
    assert "permutation" in estimate.interval.method
    assert estimate.p_value == pytest.approx(expected["p_at_least_as_far"], abs=0.01)
    assert estimate.interval.low < 0 < estimate.interval.high
    events = estimate.table["event_study"].set_index("period")["estimate"]
    for year, gap in expected["event_study"].items():
        assert events[int(year)] == pytest.approx(gap, abs=1e-9)
    assert estimate.check("pre-trend").verdict != "pass"


def test_difference_in_differences_and_fixed_effects_agree_on_opportunity_areas():
    rows = AREAS[AREAS["year"] >= 2016]
    fixed = areas("ks2_rwm_exp")
    twice = DESIGNS["difference_in_differences"](
        rows, outcome="ks2_rwm_exp", unit="la_code", time="year", treated="area", start=2018
    )
    assert twice.value == pytest.approx(fixed.value)
    assert twice.interval == fixed.interval


def test_card_and_krueger_in_cross_sections():
    rows, expected = load("difference_in_differences", "card_krueger.csv")
    estimate = DESIGNS["difference_in_differences"](
        rows, outcome="fte", time="after", treated="nj", post="after"
    )
    assert round(estimate.value, 4) == expected["published estimate"]
    assert estimate.n_observations == expected["rows"]
    # CR1 with every row its own cluster is HC1 but for n/(n-1) in place of (n-1)/(n-1).
    assert estimate.std_error == pytest.approx(expected["std_error"], rel=1e-9)
    assert estimate.check("few treated clusters").verdict == "concern"


def test_two_way_effects_on_counties_agree_with_fixest():
    on = (COUNTIES["first_treat"] > 0) & (COUNTIES["year"] >= COUNTIES["first_treat"])
    estimate = DESIGNS["panel_fixed_effects"](
        COUNTIES.assign(on=on), outcome="lemp", unit="countyreal", time="year", treatment="on"
    )
    expected = CS_EXPECTED["two_way"]
    assert estimate.value == pytest.approx(expected["estimate"], abs=5e-9)
    assert estimate.std_error == pytest.approx(expected["std_error"], abs=5e-9)
    assert estimate.check("staggered start").verdict == "concern"


CASES = {
    "nevertreated_nocov": {},
    "nevertreated_lpop_dr": {"covariates": "lpop"},
    "nevertreated_lpop_ipw": {"covariates": "lpop", "method": "ipw"},
    "nevertreated_lpop_reg": {"covariates": "lpop", "method": "regression"},
    "notyettreated_nocov": {"control_group": "not_yet_treated"},
    "notyettreated_lpop_dr": {"control_group": "not_yet_treated", "covariates": "lpop"},
}


def counties(**options):
    return DESIGNS["staggered_adoption"](
        COUNTIES,
        outcome="lemp",
        unit="countyreal",
        time="year",
        first_treated="first_treat",
        **options,
    )


@pytest.mark.parametrize("case", sorted(CASES))
def test_averages_of_group_time_effects_agree_with_did(case):
    expected = CS_EXPECTED["callaway_santanna"][case]
    table = counties(**CASES[case]).table["aggregates"]
    whole = table[table["level"] == "all"].set_index("aggregate")
    for name in ("group", "simple", "dynamic", "calendar"):
        found = whole.loc[name, ["estimate", "std_error"]].tolist()
        assert found == pytest.approx(expected[name], abs=5.1e-7)


@pytest.mark.parametrize("aggregate", ["group", "simple", "dynamic", "calendar"])
def test_the_value_is_the_average_asked_for(aggregate):
    expected = CS_EXPECTED["callaway_santanna"]["nevertreated_nocov"][aggregate]
    estimate = counties(aggregate=aggregate)
    assert [estimate.value, estimate.std_error] == pytest.approx(expected, abs=5.1e-7)


@pytest.mark.parametrize("case", ["nevertreated_nocov", "nevertreated_lpop_dr"])
def test_group_time_effects_and_the_pre_test_agree_with_did(case):
    expected = CS_EXPECTED["callaway_santanna"][case]
    estimate = counties(**CASES[case])
    table = estimate.table["group_time"].set_index(["group", "time"])
    for key, values in expected["gt"].items():
        group, time = map(int, key.split(","))
        found = table.loc[(group, time), ["estimate", "std_error"]].tolist()
        assert found == pytest.approx(values, abs=5.1e-7)
    assert len(table) == len(expected["gt"])
    check = estimate.check("pre-trend")
    assert check.statistic == pytest.approx(expected["W"], abs=5.1e-7)
    assert check.p_value == pytest.approx(expected["Wpval"], abs=5.1e-6)


def test_levels_of_the_averages_agree_with_did():
    expected = CS_EXPECTED["callaway_santanna"]["nevertreated_nocov"]
    table = counties().table["aggregates"].set_index(["aggregate", "level"])
    for name, key in (("dynamic", "egt"), ("group", "g")):
        for level, values in expected[key].items():
            found = table.loc[(name, level), ["estimate", "std_error"]].tolist()
            assert found == pytest.approx(values, abs=5.1e-7)


def test_published_digits_are_reproduced():
    published = CS_EXPECTED["published"]
    estimate = counties()
    whole = estimate.table["aggregates"].query("level == 'all'").set_index("aggregate")["estimate"]
    for name in ("dynamic", "group", "simple"):
        assert round(whole[name], 4) == published[name]
    table = estimate.table["group_time"].set_index(["group", "time"])["estimate"]
    for key, value in published["group_time"].items():
        assert round(table[tuple(map(int, key.split(",")))], 4) == value
    assert round(estimate.check("pre-trend").p_value, 5) == published["pre_test_p"]
