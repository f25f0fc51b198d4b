"""Staggered adoption as a user meets it: every estimator keeps the promises of a design."""

import functools
import math

import numpy as np
import pandas as pd
import polars as pl
import pytest

from evalkit.errors import DesignError
from evalkit.impact.designs.staggered_adoption import prepare, staggered_adoption
from evalkit.impact.staggered.found import Plan, estimate
from evalkit.impact.staggered.rows import Choices

ESTIMATORS = ("callaway_santanna", "sun_abraham", "imputation", "stacked")
ROLES = {"outcome": "score", "unit": "site", "time": "year", "first_treated": "begins"}
CHECKS = {
    "pre-trend",
    "placebo date",
    "permutation",
    "few treated clusters",
    "decision grade",
    "comparison group",
    "other estimators",
    "smallest detectable effect",
}


def panel(seed=1, units=60, periods=7, effect=2.0):
    """Simulated sites that start in 2014, 2015 or never; the effect is the same in all."""
    rng = np.random.default_rng(seed)
    site, year = np.repeat(np.arange(units), periods), np.tile(2011 + np.arange(periods), units)
    begins = np.array([0, 2014, 0, 2015])[site % 4]
    on = (begins > 0) & (year >= begins)
    size = rng.normal(0, 1, units)[site]
    y = rng.normal(50, 5, units)[site] + 0.7 * (year - 2011) + 0.3 * size * (year - 2011)
    return pd.DataFrame(
        {
            "site": [f"s{i:03d}" for i in site],
            "year": year,
            "score": y + effect * on + rng.normal(0, 1, len(site)),
            "begins": begins,
            "size": size,
            "area": [f"a{i // 8:02d}{i % 4}" for i in site],
            "w": 1.0 + site % 3,
        }
    )


def people(seed=1, places=40):
    """Simulated cross-sections of different people in the same places."""
    rng = np.random.default_rng(seed)
    place, year = rng.integers(0, places, 3000), rng.integers(2011, 2017, 3000)
    begins = np.array([0, 2013, 0, 2014])[place % 4]
    on = (begins > 0) & (year >= begins)
    y = rng.normal(0, 1, places)[place] + 0.3 * year + 2.0 * on + rng.normal(0, 1, 3000)
    return pd.DataFrame(
        {"place": [f"p{i:02d}" for i in place], "year": year, "score": y, "begins": begins}
    )


def run(frame, **options):
    return staggered_adoption(frame, **{**ROLES, "seed": 5, **options})


@functools.cache
def made(estimator="callaway_santanna", **options):
    """The estimate on the panel of every test that does not change it, computed once."""
    return run(panel(), estimator=estimator, **options)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_truth_is_found_and_covered(estimator):
    """Forty simulated panels, without the permutation: the analytic interval leads here."""
    values, covered = [], 0
    for seed in range(40):
        sample, _ = prepare(panel(seed), **ROLES, estimator=estimator)
        plan = Plan(Choices(estimator=estimator), "group", 0.95, seed)
        found = estimate(sample.rows, plan, permute=False)
        values.append(found.fitted.aggregates["group"].value)
        covered += found.rows[0]["low"] <= 2.0 <= found.rows[0]["high"]
    assert np.mean(values) == pytest.approx(2.0, abs=3 * np.std(values) / np.sqrt(40))
    assert covered >= 34


def test_cross_sections_find_the_truth_with_few_clusters():
    found = [
        staggered_adoption(
            people(seed, places=16), outcome="score", time="year", first_treated="begins",
            cluster="place",
        )
        for seed in range(12)
    ]  # fmt: skip
    assert sum(one.interval.low <= 2.0 <= one.interval.high for one in found) >= 10
    assert {one.n_clusters for one in found} == {16}
    assert "repeated cross-sections" in found[0].estimator


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_estimator_gives_every_table_and_check(estimator):
    found = made(estimator)
    names = {one.name for one in found.checks}
    assert names >= CHECKS
    assert any("sensitivity to non-parallel trends" in name for name in names)
    assert all(len(one.meaning) > 20 for one in found.checks)
    inference = found.table["inference"]
    assert inference["leads"].sum() == 1
    leader = inference[inference["leads"]].iloc[0]
    assert (leader["low"], leader["high"]) == (found.interval.low, found.interval.high)
    four = found.table["aggregates"].query("level == 'all'").set_index("aggregate")
    assert set(four.index) == {"group", "simple", "dynamic", "calendar"}
    assert four.loc["group", "estimate"] == found.value
    others = found.table["estimators"].set_index("estimator")
    assert set(others.index) == set(ESTIMATORS)
    assert others.loc[estimator, "estimate"] == found.value
    assert "averaged over its treated periods" in found.estimand
    assert found.standardised is not None


@pytest.mark.parametrize(
    ("estimator", "units"), [*((one, 60) for one in ESTIMATORS), ("callaway_santanna", 16)]
)
def test_order_and_labels_do_not_matter(estimator, units):
    frame = panel(units=units)
    shuffled = frame.sample(frac=1, random_state=2)
    shuffled = shuffled.assign(site=shuffled["site"].map(lambda one: f"z{one[::-1]}"))
    one, other = (run(each, estimator=estimator, bootstrap=199) for each in (frame, shuffled))
    assert other.value == pytest.approx(one.value, rel=1e-9)
    assert other.interval.low == pytest.approx(one.interval.low, rel=1e-7)
    assert other.p_value == pytest.approx(one.p_value, rel=1e-6)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_units_of_the_outcome_are_followed(estimator):
    frame, one = panel(), made(estimator)
    large = run(frame.assign(score=frame["score"] * 1000), estimator=estimator)
    assert large.value == pytest.approx(1000 * one.value, rel=1e-8)
    assert large.std_error == pytest.approx(1000 * one.std_error, rel=1e-8)
    assert large.standardised.hedges_g == pytest.approx(one.standardised.hedges_g)
    assert [c.verdict for c in large.checks] == [c.verdict for c in one.checks]


def test_polars_is_taken_and_frames_are_left_alone():
    frame = panel()
    before = frame.copy(deep=True)
    one, other = made(), run(pl.from_pandas(frame))
    run(frame)
    pd.testing.assert_frame_equal(frame, before)
    assert (one.value, one.interval) == (other.value, other.interval)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_same_seed_gives_the_same_tables(estimator):
    one, other = (run(panel(), estimator=estimator, bootstrap=199) for _ in range(2))
    for name, table in one.table.items():
        pd.testing.assert_frame_equal(table, other.table[name])


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_contributions_by_cluster_make_the_error(estimator):
    found = run(panel(), estimator=estimator, cluster="area")
    total = math.sqrt(sum(one**2 for one in found.contributions.values()))
    assert set(found.contributions) == set(panel()["area"])
    factor = found.n_clusters / (found.n_clusters - 1)
    assert 0.9999 <= (total / found.std_error) ** 2 <= factor * 1.0001


def test_subgroups_that_share_no_site_have_a_gap_with_an_error():
    frame = panel()
    frame["kind"] = np.where(frame["site"] < "s032", "old", "new")
    found = run(frame, by="kind")
    gap = found.table["subgroup_gaps"].iloc[0]
    assert "contributions" in gap["method"]
    assert gap["std_error"] > 0


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_covariates_weights_and_clusters_are_used(estimator):
    frame = panel()
    plain = made(estimator)
    for option in ({"covariates": "size"}, {"weights": "w"}):
        changed = run(frame, estimator=estimator, **option)
        if option == {"covariates": "size"} and estimator in ("sun_abraham", "imputation"):
            assert changed.value == pytest.approx(plain.value)  # it does not change over time
        else:
            assert changed.value != pytest.approx(plain.value, rel=1e-6)
        assert changed.value == pytest.approx(2.0, abs=0.9)
    assert run(frame, estimator=estimator, cluster="area").n_clusters == frame["area"].nunique()


def test_few_treated_sites_are_permuted_with_every_estimator():
    frame = panel(units=40)
    few = frame[(frame["begins"] == 0) | (frame["site"] < "s012")]
    for estimator in ESTIMATORS:
        found = run(few, estimator=estimator)
        rows = found.table["inference"]
        assert rows["method"].str.contains("permutation").any()
        assert found.check("few treated clusters").verdict == "concern"
        widths = rows.loc[rows["method"].str.contains("permutation|few clusters")]
        wide = (widths["high"] - widths["low"]).max()
        assert found.interval.high - found.interval.low == pytest.approx(wide)


def test_fewer_than_six_treated_are_not_decision_grade():
    frame = panel(units=40)
    few = frame[(frame["begins"] == 0) | (frame["site"] < "s006")]
    assert run(few).check("decision grade").verdict == "fail"


def test_an_event_study_has_a_band_wider_than_its_intervals():
    events = made().table["event_study"]
    assert (events["band_low"] < events["low"]).all()
    assert (events["band_high"] > events["high"]).all()


def test_the_path_against_one_base_comes_with_its_covariance():
    found = made()
    table = found.table["event_study_covariance"]
    assert -1 not in table["period"].tolist()
    spread = table[[str(one) for one in table["period"]]].to_numpy()
    assert spread == pytest.approx(spread.T)
    universal = run(panel(), base_period="universal").table["event_study"]
    universal = universal[~universal["reference"]]
    assert np.sqrt(np.diag(spread)) == pytest.approx(universal["std_error"].to_numpy())
    assert {"honest", "honest_breakdown"} <= set(found.table)


def test_sensitivity_is_not_asked_of_the_imputation():
    check = next(one for one in made("imputation").checks if "sensitivity" in one.name)
    assert check.verdict == "information"
    assert "callaway_santanna" in check.meaning


def test_a_trend_that_differed_before_is_seen_by_every_estimator():
    frame = panel(effect=0.0)
    frame["score"] += 0.8 * (frame["begins"] > 0) * (frame["year"] - 2011)
    for estimator in ESTIMATORS:
        options = {"window": [3, 0]} if estimator == "stacked" else {}
        assert run(frame, estimator=estimator, **options).check("pre-trend").verdict == "fail"


@pytest.mark.parametrize("unbalanced", ["drop", "keep", "cross_sections"])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_gaps_are_handled_as_asked_and_counted(estimator, unbalanced):
    frame = panel()
    frame = frame[~((frame["site"].isin(["s001", "s004"])) & (frame["year"] == 2013))]
    found = run(frame, estimator=estimator, unbalanced=unbalanced)
    assert found.n_units == (58 if unbalanced == "drop" else 60)
    assert any("2 of 60 `site` are not seen in every period" in note for note in found.notes)
    assert found.value == pytest.approx(2.0, abs=1.2)


def test_pairs_use_units_seen_in_both_periods():
    frame = panel()
    frame = frame[~((frame["site"] == "s000") & (frame["year"] == 2016))]
    table = run(frame, unbalanced="keep").table["group_time"].set_index(["group", "time"])
    assert table.loc[(2014, 2015), "n_comparison"] == 30
    assert table.loc[(2014, 2016), "n_comparison"] == 29
    wide = frame.pivot_table(index="site", columns="year", values="score")
    change = (wide[2016] - wide[2013]).dropna()
    start = frame.groupby("site")["begins"].first()[change.index]
    gap = change[start == 2014].mean() - change[start == 0].mean()
    assert table.loc[(2014, 2016), "estimate"] == pytest.approx(gap)


def test_changing_covariates_are_said_to_change():
    frame = panel()
    frame["size"] += 0.1 * frame["year"] * (frame["site"] > "s030")
    for estimator, word in (("callaway_santanna", "earlier"), ("imputation", "own value")):
        notes = " ".join(run(frame, estimator=estimator, covariates="size").notes)
        assert "Covariates change over time" in notes
        assert word in notes


def test_options_without_bearing_are_said():
    notes = run(panel(), estimator="imputation", control_group="not_yet_treated").notes
    assert any("`control_group` bear on" in note for note in notes)


def test_overall_is_refused_and_the_four_averages_are_named():
    with pytest.raises(DesignError, match="does not say which average") as caught:
        run(panel(), aggregate="overall")
    assert "group, simple, dynamic, calendar" in caught.value.do


@pytest.mark.parametrize(
    ("option", "value", "nearest"),
    [
        ("estimator", "callaway_santana", "callaway_santanna"),
        ("method", "double_robust", "doubly_robust"),
        ("aggregate", "dynamics", "dynamic"),
        ("unbalanced", "kept", "keep"),
    ],
)
def test_a_misspelt_option_is_answered_with_the_nearest(option, value, nearest):
    with pytest.raises(DesignError, match=f"Did you mean `{nearest}`"):
        run(panel(), **{option: value})


def hopeless(kind):
    frame = panel()
    return {
        "all treated at once": frame[frame["begins"] == 2014],
        "no one treated": frame.assign(begins=0),
        "one cluster": frame.assign(area="a"),
        "a switch": frame.assign(begins=frame["begins"].where(frame["year"] < 2017, 0)),
        "one period": frame[frame["year"] == 2015],
        "twice": pd.concat([frame, frame.iloc[:1]]),
        "constant": frame.assign(score=1.0),
        "missing": frame.assign(score=np.nan),
        "infinite": frame.assign(score=frame["score"].where(frame.index != 3, np.inf)),
        "text": frame.assign(score="high"),
    }[kind]


KINDS = (
    *("all treated at once", "no one treated", "one cluster", "a switch", "one period"),
    *("twice", "constant", "missing", "infinite", "text"),
)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("kind", KINDS)
def test_hopeless_data_are_refused_with_a_remedy(kind, estimator):
    frame = hopeless(kind)
    with pytest.raises(DesignError) as caught:
        run(frame, estimator=estimator, cluster="area")
    assert len(caught.value.do) > 10
    assert prepare(frame, **ROLES, estimator=estimator, cluster="area")[1]


def test_a_window_that_no_group_fits_is_refused_before_anything_is_computed():
    with pytest.raises(DesignError, match="no group is seen that far"):
        run(panel(), estimator="stacked", window=[3, 6])
    with pytest.raises(DesignError, match="no period before treatment is expected"):
        run(panel(), estimator="stacked", window=[1, 1], anticipation=1)


def test_people_without_named_places_are_a_concern():
    found = staggered_adoption(people(), outcome="score", time="year", first_treated="begins")
    check = found.check("few treated clusters")
    assert check.verdict == "concern"
    assert "No cluster is named" in check.meaning
    assert found.contributions is None


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_estimator_takes_cross_sections(estimator):
    found = staggered_adoption(
        people(), outcome="score", time="year", first_treated="begins", cluster="place",
        estimator=estimator,
    )  # fmt: skip
    assert found.value == pytest.approx(2.0, abs=0.5)
    assert found.n_clusters == 40


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_an_outcome_without_noise_gives_no_false_precision(estimator):
    frame = panel()
    on = (frame["begins"] > 0) & (frame["year"] >= frame["begins"])
    exact = frame["site"].str[1:].astype(float) + frame["year"]
    found = run(frame.assign(score=exact + 2.0 * on), estimator=estimator)
    assert found.value == pytest.approx(2.0)
    flat = run(frame.assign(score=exact), estimator=estimator)
    assert flat.value == pytest.approx(0.0, abs=1e-9)
    assert flat.p_value is None or flat.p_value > 0.05


@pytest.mark.parametrize(
    ("estimator", "aggregate"),
    [
        *(("callaway_santanna", one) for one in ("group", "simple", "dynamic", "calendar")),
        *(("sun_abraham", "simple"), ("imputation", "calendar"), ("stacked", "dynamic")),
    ],
)
def test_value_and_estimand_follow_the_average_asked_for(estimator, aggregate):
    found = made(estimator, aggregate=aggregate)
    table = found.table["aggregates"].query("level == 'all'").set_index("aggregate")
    assert found.value == table.loc[aggregate, "estimate"]
    assert found.std_error == table.loc[aggregate, "std_error"]
    assert f"{aggregate} average" in found.estimator


def test_clusters_that_hold_treated_and_untreated_sites_count_on_both_sides():
    frame = panel()
    frame["county"] = "c" + (frame["site"].str[1:].astype(int) // 4).astype(str)
    found = run(frame, cluster="county")
    assert found.n_clusters == 15
    assert math.isfinite(found.interval.low)
    assert found.check("few treated clusters").verdict == "pass"
    assert "start apart" in found.check("permutation").meaning
