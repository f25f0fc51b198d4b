"""The Bayesian form of `staggered_adoption`: group-time effects, averages, sites, units."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.impact.bayes.forms.common import fit
from evalkit.impact.bayes.forms.common_priors import Asked, beliefs_of
from evalkit.impact.bayes.forms.staggered import collapse_sample, waves
from evalkit.impact.designs import DESIGNS, check_design
from evalkit.impact.designs.staggered_adoption import prepare

GOLDEN = Path(__file__).parents[3] / "golden" / "staggered_adoption"
EXPECTED = json.loads((GOLDEN / "bayesian_expected.json").read_text(encoding="utf-8"))
OPTIONS = {"outcome": "score", "unit": "site", "time": "year", "first_treated": "start"}
AVERAGES = ("group", "simple", "dynamic", "calendar")


def sites(seed=3, count=24, effect=5.0, walk=1.0, noise=2.0, years=8):
    """Simulated: sites drift apart as random walks; three quarters start in two waves."""
    rng = np.random.default_rng(seed)
    rows = []
    for s in range(count):
        start = (2013, 2015, 0)[s % 3] if s < 3 * count // 4 else 0
        level, drift = rng.normal(0, 10), np.cumsum(rng.normal(0, walk, years))
        for t in range(years):
            on = bool(start) and 2010 + t >= start
            score = 50 + level + t + drift[t] + effect * on + rng.normal(0, noise)
            rows.append((f"s{s:02d}", 2010 + t, start or np.nan, score))
    return pd.DataFrame(rows, columns=["site", "year", "start", "score"])


def staggered(frame, **options):
    return DESIGNS["staggered_adoption"](frame, inference="bayesian", **{**OPTIONS, **options})


@pytest.fixture(scope="module")
def panel():
    return staggered(sites())


def test_the_interval_holds_the_truth_and_the_estimate_is_near_the_frequentist_one(panel):
    plain = DESIGNS["staggered_adoption"](sites(), **OPTIONS)
    assert panel.interval.low < 5 < panel.interval.high
    assert panel.value == pytest.approx(plain.value, abs=1.5 * plain.std_error)


def test_the_tables_are_those_of_the_frequentist_form(panel):
    assert {"group_time", "aggregates", "event_study", "sites"} <= set(panel.table)
    cells = panel.table["group_time"]
    assert cells[["group", "time"]].to_numpy().tolist() == [
        *([2013, year] for year in range(2013, 2018)),
        *([2015, year] for year in range(2015, 2018)),
    ]
    aggregates = panel.table["aggregates"]
    assert set(aggregates["aggregate"]) == set(AVERAGES)
    whole = aggregates[aggregates["level"] == "all"].set_index("aggregate")
    assert whole.loc["group", "estimate"] == pytest.approx(panel.value)
    assert whole.loc["simple", "estimate"] == pytest.approx(cells["estimate"].mean())
    events = panel.table["event_study"]
    assert events.loc[events["relative"] >= 0, "from"].eq("posterior").all()
    assert (events["band_high"] - events["band_low"] > events["high"] - events["low"]).all()


def test_cells_are_drawn_towards_each_other(panel):
    plain = DESIGNS["staggered_adoption"](sites(), **OPTIONS).table["group_time"]
    raw = plain.loc[plain["post"], "estimate"]
    assert panel.table["group_time"]["estimate"].std() < raw.std()


@pytest.mark.slow
def test_counties_of_minimum_wages_lie_near_callaway_and_santanna():
    frame = pd.read_csv(GOLDEN / "mpdta.csv")
    estimate = staggered(
        frame, outcome="lemp", unit="countyreal", time="year", first_treated="first_treat"
    )
    table = estimate.table["aggregates"]
    whole = table[table["level"] == "all"].set_index("aggregate")
    for name in AVERAGES:
        value, error = EXPECTED["mpdta"][name]
        assert whole.loc[name, "estimate"] == pytest.approx(value, abs=error)
        assert whole.loc[name, "std_error"] == pytest.approx(error, rel=0.5)
    assert any("averaged into" in note for note in estimate.notes)


def test_a_new_site_is_less_certain_than_the_mean(panel):
    new = panel.table["posterior"].set_index("quantity").loc["effect in a new site"]
    assert new["sd"] > panel.std_error


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_the_unit_of_the_outcome_changes_nothing(panel, factor):
    frame = sites()
    scaled = staggered(frame.assign(score=frame["score"] * factor))
    assert scaled.value / factor == pytest.approx(panel.value, rel=1e-6)
    above = [one.table["posterior"]["p_above_zero"][0] for one in (panel, scaled)]
    assert above[0] == pytest.approx(above[1], abs=1e-3)


def test_the_order_of_rows_changes_nothing(panel):
    again = staggered(sites().sample(frac=1, random_state=4))
    assert again.value == panel.value


def test_pupils_counted_twice_in_their_schools_do_not_narrow_the_interval(panel):
    frame = sites()
    pupils = pd.concat(
        [frame.assign(pupil=frame["site"] + str(k), school=frame["site"]) for k in range(3)]
    )
    clustered = staggered(pupils, unit="pupil", cluster="school")
    width = panel.interval.high - panel.interval.low
    assert clustered.interval.high - clustered.interval.low == pytest.approx(width, rel=1e-6)


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_is_said():
    """Counted on 20 simulated panels of twelve sites, six of them treated, without effect."""
    inside = 0
    for seed in range(20):
        frame = sites(seed=200 + seed, count=12, effect=0.0)
        sample, _ = prepare(frame, **OPTIONS)
        form = collapse_sample(sample, 0, "group").form
        beliefs = beliefs_of(Asked(None, 0.95, None, 0), form.slots, form.unit)
        low, high = np.quantile(fit(form, beliefs, seed).effect, [0.025, 0.975])
        inside += low < 0 < high
    # at 93 % or more in truth, fewer than 16 of 20 has a chance below 1 %
    assert inside >= 16


def test_sites_that_all_start_in_the_end_are_compared_until_the_last_does():
    frame = sites()
    frame = frame[frame["start"].notna()]
    estimate = staggered(frame, control_group="not_yet_treated")
    assert set(estimate.table["group_time"]["time"]) == {2013, 2014}


def test_one_wave_of_two_periods_has_an_effect_alone():
    frame = sites()
    frame = frame[frame["year"].isin([2012, 2013]) & (frame["start"] != 2015)]
    estimate = staggered(frame)
    assert len(estimate.table["group_time"]) == 1
    names = estimate.table["posterior"]["quantity"]
    assert not names.str.contains("drift|groups|cells").any()


def test_anticipated_periods_are_no_base():
    estimate = staggered(sites(), anticipation=1)
    assert estimate.table["group_time"]["base"].tolist()[0] == 2011


def test_the_walk_has_a_spread_of_one_over_all_periods():
    made = waves(8)
    assert made.shape == (8, 3)
    assert np.allclose(made.sum(axis=0), 0, atol=1e-8)
    rng = np.random.default_rng(1)
    paths = np.cumsum(rng.normal(0, 7**-0.5, (4000, 8)), axis=1)
    centred = paths - paths.mean(axis=1, keepdims=True)
    assert (made**2).sum() == pytest.approx(centred.var(axis=0).sum(), rel=0.2)


def test_everything_that_a_posterior_is_never_shown_without_is_there(panel):
    wanted = {
        *("posterior", "priors", "prior_posterior", "prior_predictive", "posterior_predictive"),
        *("sensitivity", "power_scaling"),
    }
    assert wanted <= set(panel.table)
    names = {check.name for check in panel.checks}
    assert {"convergence", "prior sensitivity", "pre-trend", "decision"} <= names


def test_faults_are_named_before_sampling():
    asked = {**OPTIONS, "inference": "bayesian", "bootstrap": 999}
    asked["priors"] = {"drifts": {"sd": 1}}
    wrong = " ".join(one for one, _ in check_design("staggered_adoption", sites(), **asked))
    assert "Did you mean `drift`" in wrong
    assert "`bootstrap` has no meaning" in wrong


def test_people_without_a_place_are_refused():
    with pytest.raises(DesignError, match="no cluster is named"):
        staggered(sites(), unit=None)
