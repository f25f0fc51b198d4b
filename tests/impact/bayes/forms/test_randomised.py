"""The Bayesian form of `randomised`: clusters, strata, arms, units and golden values."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.impact.designs import DESIGNS, check_design

GOLDEN = Path(__file__).parents[3] / "golden" / "randomised"
EXPECTED = json.loads((GOLDEN / "bayesian_expected.json").read_text(encoding="utf-8"))
FLAT = {name: {"sd": 1e4} for name in ("effect", "levels", "noise", "spread")}


def randomised(frame, **options):
    return DESIGNS["randomised"](frame, inference="bayesian", **options)


def posterior(estimate, name):
    return estimate.table["posterior"].set_index("quantity").loc[name]


def width(estimate):
    return estimate.interval.high - estimate.interval.low


def schools(count=30, pupils=20, effect=3.0, seed=1):
    """Simulated: whole schools drawn, levels with a standard deviation of 4, pupils of 10."""
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(count), pupils)
    arm = (np.arange(count) % 2)[school]
    level = rng.normal(0, 4, count)[school]
    baseline = rng.normal(0, 1, len(school))
    score = 50 + level + effect * arm + 4 * baseline + rng.normal(0, 9, len(school))
    return pd.DataFrame({"school": school, "arm": arm, "before": baseline, "score": score})


OPTIONS = {"outcome": "score", "treatment": "arm", "baseline": "before", "cluster": "school"}


@pytest.fixture(scope="module")
def trial():
    return randomised(schools(), **OPTIONS)


def test_the_schools_of_the_eef_example_agree_with_reml():
    frame = pd.read_csv(GOLDEN / "crt.csv")
    estimate = randomised(
        frame,
        outcome="Posttest",
        treatment="Intervention",
        baseline="Prettest",
        cluster="School",
        priors={name: one for name, one in FLAT.items() if name != "spread"},
    )
    expected = EXPECTED["crt"]
    assert estimate.value == pytest.approx(expected["estimate"], abs=0.1 * estimate.std_error)
    noise = posterior(estimate, "residual standard deviation")["median"]
    assert noise**2 == pytest.approx(expected["within"], rel=0.05)


STAR = pd.read_csv(GOLDEN / "star.csv")
SMALL = {
    "outcome": "total",
    "treatment": "arm",
    "cluster": "school",
    "reference": "regular",
}


def test_small_classes_of_star_agree_with_reml_where_all_schools_share_an_effect():
    frame = STAR[STAR["arm"] != "regular+aide"]
    estimate = randomised(frame, **SMALL, priors=FLAT | {"spread": {"sd": 1e-3}})
    expected = EXPECTED["star"]
    assert estimate.value == pytest.approx(expected["estimate"], abs=0.1 * estimate.std_error)
    assert estimate.std_error == pytest.approx(expected["std_error"], rel=0.05)


def test_effects_that_differ_by_school_agree_with_reml_and_are_less_certain():
    """With one effect for all schools the error is 2.2; they differ, and the CR2 error is 4.36."""
    frame = STAR[STAR["arm"] != "regular+aide"]
    estimate = randomised(frame, **SMALL, priors=FLAT)
    plain = DESIGNS["randomised"](frame, **SMALL).table["multilevel"].set_index("model")
    reml = plain.loc["effects by cluster", "estimate"]
    assert estimate.value == pytest.approx(reml, abs=0.1 * estimate.std_error)
    assert estimate.std_error > 1.5 * EXPECTED["star"]["std_error"]


def test_pupils_of_the_eef_multisite_example_agree_with_reml():
    frame = pd.read_csv(GOLDEN / "mst.csv")
    estimate = randomised(
        frame,
        outcome="Posttest",
        treatment="Intervention",
        baseline="Prettest",
        cluster="School",
        priors=FLAT,
    )
    near = 0.1 * estimate.std_error
    assert estimate.value == pytest.approx(EXPECTED["mst"]["estimate"], abs=near)


def test_the_intervals_of_cluster_trials_hold_their_coverage_of_clusters(trial):
    frame = schools()
    alone = randomised(frame, **{**OPTIONS, "cluster": None})
    assert width(trial) > 1.5 * width(alone)
    assert trial.n_clusters == 30


def test_more_pupils_of_the_same_schools_do_not_narrow_the_interval(trial):
    frame = schools()
    doubled = randomised(pd.concat([frame, frame]), **OPTIONS)
    assert width(doubled) == pytest.approx(width(trial), rel=0.05)
    assert width(doubled) > 0.98 * width(trial)


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_the_unit_of_the_outcome_changes_nothing(trial, factor):
    frame = schools()
    scaled = randomised(frame.assign(score=frame["score"] * factor), **OPTIONS)
    assert scaled.value / factor == pytest.approx(trial.value, rel=1e-6)
    assert scaled.standardised.hedges_g == pytest.approx(trial.standardised.hedges_g, rel=1e-6)
    above = [one.table["posterior"]["p_above_zero"][0] for one in (trial, scaled)]
    assert above[0] == pytest.approx(above[1], abs=1e-3)


def test_a_large_offset_of_the_outcome_changes_nothing(trial):
    frame = schools()
    moved = randomised(frame.assign(score=frame["score"] + 1e6), **OPTIONS)
    assert moved.value == pytest.approx(trial.value, rel=1e-4)


def test_the_order_of_rows_and_the_names_of_schools_change_nothing(trial):
    frame = schools()
    frame["school"] = "s" + (97 - frame["school"]).astype(str)
    again = randomised(frame.sample(frac=1, random_state=2), **OPTIONS)
    assert again.value == trial.value


def test_the_effect_in_standard_deviations_has_an_interval(trial):
    made = trial.standardised
    assert made.low < made.hedges_g < made.high
    assert made.hedges_g == pytest.approx(trial.value / made.sd, rel=0.01)


def test_everything_that_a_posterior_is_never_shown_without_is_there(trial):
    wanted = {
        *("posterior", "priors", "prior_posterior", "prior_predictive", "posterior_predictive"),
        *("sensitivity", "power_scaling", "arms", "balance", "attrition"),
    }
    assert wanted <= set(trial.table)
    names = {check.name for check in trial.checks}
    assert {"convergence", "prior sensitivity", "power scaling", "attrition"} <= names
    assert "intracluster correlation" in names
    assert 0.05 < posterior(trial, "share between clusters")["mean"] < 0.4


def test_three_arms_stand_each_against_the_control():
    rng = np.random.default_rng(3)
    arm = np.repeat(["control", "group", "one to one"], 150)
    effect = pd.Series(arm).map({"control": 0.0, "group": 2.0, "one to one": 5.0}).to_numpy()
    frame = pd.DataFrame({"arm": arm, "score": 50 + effect + rng.normal(0, 8, 450)})
    estimate = randomised(frame, outcome="score", treatment="arm")
    table = estimate.table["arms"].set_index("arm")
    assert table.loc["group", "estimate"] == pytest.approx(2, abs=2.5)
    assert table.loc["one to one", "p_above_zero"] > 0.99
    assert estimate.value == table.loc["group", "estimate"]


def blocks(seed=4):
    """Simulated: people drawn within twelve centres whose effects differ."""
    rng = np.random.default_rng(seed)
    centre = np.repeat(np.arange(12), 40)
    arm = np.tile([0, 1], 240)
    own = rng.normal(4, 3, 12)[centre]
    score = 20 + rng.normal(0, 5, 12)[centre] + own * arm + rng.normal(0, 6, 480)
    return pd.DataFrame({"centre": centre, "arm": arm, "score": score})


def test_effects_of_strata_are_partly_pooled_and_a_new_site_is_predicted():
    frame = blocks()
    estimate = randomised(frame, outcome="score", treatment="arm", strata="centre")
    sites = estimate.table["sites"]
    raw, pooled = sites["raw_estimate"], sites["estimate"]
    assert pooled.std() < raw.std()
    assert np.corrcoef(raw, pooled)[0, 1] > 0.9
    assert estimate.value == pytest.approx(raw.mean(), abs=0.2)
    new = estimate.table["prediction"].iloc[0]
    assert new["high"] - new["low"] > 2 * width(estimate)


def test_centres_named_as_clusters_stand_for_others_like_them():
    frame = blocks()
    options = {"outcome": "score", "treatment": "arm"}
    of_these = randomised(frame, strata="centre", **options)
    of_such = randomised(frame, cluster="centre", **options)
    assert width(of_such) > 1.2 * width(of_these)
    assert "like those in the trial" in of_such.estimand


def test_many_clusters_are_taken_out_and_said_so():
    frame = schools(count=700, pupils=4, seed=8)
    estimate = randomised(frame, **OPTIONS)
    assert estimate.interval.low < 3 < estimate.interval.high
    assert estimate.table["posterior"]["quantity"].str.contains("between clusters").any()


def test_lost_outcomes_are_counted():
    frame = schools()
    frame.loc[::9, "score"] = np.nan
    estimate = randomised(frame, **OPTIONS)
    assert estimate.n_observations == int(frame["score"].notna().sum())
    assert estimate.check("attrition").statistic > 0.1


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"priors": {"spred": {"sd": 1}}}, "spread"),
        ({"priors": {"noise": {"sd": -1}}}, "above zero"),
        ({"estimator": "lin"}, "no meaning with `inference: bayesian`"),
        ({"inference": "bayes"}, "Did you mean `bayesian`"),
    ],
)
def test_faults_are_named_before_sampling(options, match):
    asked = {**OPTIONS, "inference": "bayesian", **options}
    faults = check_design("randomised", schools(), **asked)
    assert any(match in wrong for wrong, _ in faults)


def test_one_school_an_arm_is_refused():
    frame = schools()
    with pytest.raises(DesignError, match="single"):
        randomised(frame[frame["school"] < 2], **OPTIONS)
