"""The design `randomised`: its contract, and published values (sources in tests/golden)."""

import inspect
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from evalkit.errors import DesignError
from evalkit.impact.designs.randomised import prepare, randomised

GOLDEN = Path(__file__).parents[2] / "golden" / "randomised"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))
PRINTED, COMPUTED = EXPECTED["printed"], EXPECTED["computed"]
DATA = {name: pd.read_csv(GOLDEN / f"{name}.csv") for name in ("nsw", "star", "crt", "mst")}
TRUTH = 2.0

CALLS = {
    "people": {"treatment": "arm", "strata": "block", "baseline": "pre"},
    "schools": {"treatment": "arm", "cluster": "school", "baseline": "pre"},
}


def trial(kind, seed=1, clusters=24):
    """Simulated: people in four blocks, or schools of unequal size; the effect is `TRUTH`."""
    rng = np.random.default_rng(seed)
    if kind == "people":
        n = 160
        school = np.arange(n)
        block = np.arange(n) % 4
        arm = rng.permuted(np.tile([0, 1], (4, n // 8)), axis=1).T.reshape(-1)
        between = np.zeros(n)
    else:
        sizes = np.maximum(rng.lognormal(2.2, 0.7, clusters).astype(int), 2)
        school = np.repeat(np.arange(clusters), sizes)
        n, block = len(school), school % 4
        arm = rng.permutation(np.arange(clusters) % 2)[school]
        between = rng.normal(0, 1.5, clusters)[school]
    pre = rng.normal(0, 1, n)
    score = 50 + 2 * pre + block + TRUTH * arm + between + rng.normal(0, 3, n)
    return pd.DataFrame(
        {
            "score": score,
            "arm": arm,
            "block": [f"b{one}" for one in block],
            "school": [f"s{one:03d}" for one in school],
            "pre": pre,
            "sex": np.where(rng.random(n) < 0.5, "f", "m"),
            "took": (arm * (rng.random(n) < 0.7)).astype(float),
            "weight": rng.uniform(0.5, 2.0, n),
        }
    )


@pytest.fixture(params=sorted(CALLS))
def kind(request):
    return request.param


def run(kind, frame, **more):
    return randomised(frame, outcome="score", **{**CALLS[kind], "seed": 7, **more})


def same(left, right, factor=1.0):
    for one, other in (
        (left.value, right.value),
        (left.std_error, right.std_error),
        (left.interval.low, right.interval.low),
        (left.interval.high, right.interval.high),
    ):
        assert one * factor == pytest.approx(other, rel=1e-8)
    assert left.p_value == pytest.approx(right.p_value, rel=1e-6)
    assert [check.verdict for check in left.checks] == [check.verdict for check in right.checks]


def inference(estimate):
    return estimate.table["inference"].set_index("method")


def row(estimate, begins):
    table = inference(estimate)
    return table[table.index.str.startswith(begins)].iloc[0]


# --- published values -------------------------------------------------------------------------


def test_nsw_difference_in_means():
    made = randomised(DATA["nsw"], outcome="re78", treatment="treat")
    expected = PRINTED["nsw"]
    assert made.value == pytest.approx(expected["difference"], abs=5e-4)
    assert row(made, "least squares")["std_error"] == pytest.approx(expected["se_ols"], abs=1e-4)
    assert row(made, "heteroskedasticity-robust HC1")["std_error"] == pytest.approx(
        expected["se_hc1"], abs=1e-4
    )
    assert made.std_error == pytest.approx(COMPUTED["nsw_neyman_se"])
    assert (made.n_observations, made.n_treated) == (445, 185)


def test_nsw_adjusted():
    names = ["age", "age2", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
    frame = DATA["nsw"].assign(age2=DATA["nsw"]["age"] ** 2)
    made = randomised(frame, outcome="re78", treatment="treat", covariates=names)
    value, error = PRINTED["nsw"]["adjusted"]
    assert made.value == pytest.approx(value, abs=5e-4)
    assert row(made, "least squares")["std_error"] == pytest.approx(error, abs=1e-4)
    assert COMPUTED["nsw_adjusted"] == pytest.approx([value, error], abs=1e-3)


def test_star_small_classes_and_aides():
    made = randomised(DATA["star"], outcome="total", treatment="arm")
    expected = PRINTED["star"]
    table = made.table["arms"].set_index("arm")
    assert made.n_observations == expected["n"]
    assert made.value == pytest.approx(expected["aide"][0], abs=5e-5)
    assert row(made, "heteroskedasticity-robust HC1")["std_error"] == pytest.approx(
        expected["aide"][1], abs=5e-5
    )
    assert table.loc["small", "estimate"] == pytest.approx(expected["small"][0], abs=5e-5)
    assert table.loc["small", "std_error"] == pytest.approx(expected["small"][1], abs=1e-4)
    assert table.loc["small", "p_max_t"] < 0.01
    assert table.loc["regular+aide", "p_holm"] > 0.8


def test_star_within_schools():
    both = DATA["star"][DATA["star"]["arm"] != "regular+aide"]
    expected = PRINTED["star"]
    made = randomised(
        DATA["star"].assign(
            arm=pd.Categorical(DATA["star"]["arm"], ["regular", "small", "regular+aide"])
        ),
        outcome="total",
        treatment="arm",
        strata="school",
        covariates=["experience", "gender", "lunch", "ethnicity"],
    )
    value, error = expected["school_effects_and_covariates"]
    assert made.value == pytest.approx(value, abs=5e-5)
    assert row(made, "heteroskedasticity-robust HC1")["std_error"] == pytest.approx(error, abs=5e-5)
    assert COMPUTED["star_school_effects"] == pytest.approx([value, error], abs=5e-5)
    made = randomised(both, outcome="total", treatment="arm", strata="school", cluster="school")
    estimate, error, df = expected["cr2_school_effects_small_against_regular"]
    cr2 = row(made, "cluster-robust CR2")
    assert cr2["estimate"] == pytest.approx(estimate, abs=0.05)
    assert cr2["std_error"] == pytest.approx(error, abs=5e-3)
    assert cr2["df"] == pytest.approx(df, abs=0.05)
    made = randomised(
        both, outcome="total", treatment="arm", cluster="school", estimator="multilevel"
    )
    model = made.table["multilevel"].set_index("model").loc["adjusted"]
    assert made.value == pytest.approx(expected["lmer_small_against_regular"][0], abs=5e-5)
    assert model["std_error"] == pytest.approx(expected["lmer_small_against_regular"][1], abs=5e-5)
    assert np.sqrt([model["between"], model["within"]]) == pytest.approx(
        expected["lmer_sd"], abs=5e-3
    )


@pytest.fixture(scope="module")
def eef():
    return randomised(
        DATA["crt"],
        outcome="Posttest",
        treatment="Intervention",
        baseline="Prettest",
        cluster="School",
    )


def test_the_trial_whose_verdict_turns_with_the_method(eef):
    expected = PRINTED["crt"]
    assert eef.value == pytest.approx(expected["least_squares"], abs=5e-6)
    assert row(eef, "least squares")["p_value"] == pytest.approx(expected["iid_p"], rel=0.01)
    for name, begins in (
        ("CR1", "cluster-robust CR1"),
        ("CR3", "cluster-robust CR3 (jackknife)"),
        ("CR3_with_factor", "cluster-robust CR3 with"),
    ):
        error, p = expected[name]
        assert row(eef, begins)["std_error"] == pytest.approx(error, abs=1e-5), name
        assert row(eef, begins)["p_value"] == pytest.approx(p, abs=5e-4), name
    error, df, p = expected["CR2"]
    leads = row(eef, "cluster-robust CR2")
    assert leads["leads"]
    assert (leads["std_error"], leads["df"]) == pytest.approx((error, df), abs=1e-5)
    assert eef.p_value == pytest.approx(p, abs=5e-5)
    assert row(eef, "wild")["p_value"] == pytest.approx(expected["wild_p"][0], abs=0.01)
    assert row(eef, "randomisation")["p_value"] == pytest.approx(
        expected["randomisation_p"], abs=0.006
    )
    mixed = row(eef, "multilevel model (REML), t")
    assert (mixed["estimate"], mixed["std_error"]) == pytest.approx(expected["mixed"], abs=2e-6)
    assert mixed["df"] == pytest.approx(expected["mixed_satterthwaite"][0], abs=1e-3)
    assert mixed["p_value"] == pytest.approx(expected["mixed_satterthwaite"][1], abs=1e-6)
    assert row(eef, "multilevel model (REML), normal")["p_value"] == pytest.approx(0.010, abs=5e-4)
    assert eef.check("methods of inference").verdict == "concern"
    assert COMPUTED["crt_cr1"] == pytest.approx([eef.value, expected["CR1"][0]], abs=1e-5)


def test_effect_sizes_of_a_cluster_trial(eef):
    table = eef.table["effect_size"].set_index("divisor")
    for divisor, numbers in PRINTED["crt"]["effect_size"].items():
        found = table.loc[divisor, ["effect_size", "low", "high"]].to_numpy(dtype=float)
        assert found == pytest.approx(numbers, abs=1e-4), divisor
    assert table["leads"].sum() == 1
    assert eef.standardised.hedges_g == table[table["leads"]]["effect_size"].iloc[0]


def test_effect_sizes_of_a_multisite_trial():
    made = randomised(
        DATA["mst"],
        outcome="Posttest",
        treatment="Intervention",
        baseline="Prettest",
        cluster="School",
    )
    expected = PRINTED["mst"]
    models = made.table["multilevel"].set_index("model")
    own, alone = models.loc["adjusted"], models.loc["outcome alone"]
    assert (own["estimate"], own["std_error"]) == pytest.approx(
        expected["random_intercepts"], abs=5e-5
    )
    assert (own["between"], own["within"]) == pytest.approx(expected["variances"], abs=1e-3)
    assert (alone["between"], alone["within"]) == pytest.approx(
        expected["variances_outcome_alone"], abs=1e-3
    )
    assert models.loc["effects by cluster", "estimate"] == pytest.approx(
        expected["effects_by_cluster"][0], abs=5e-3
    )
    sizes = made.table["effect_size"]
    sizes = sizes[sizes["numerator"].str.contains("random effects")].set_index("divisor")
    for divisor, name in (
        ("within-cluster SD, conditional", "effect_size_within"),
        ("total SD, conditional", "effect_size_total"),
    ):
        found = sizes.loc[divisor, ["effect_size", "low", "high"]].to_numpy(dtype=float)
        assert found == pytest.approx(expected[name], abs=0.011), divisor


def test_copies_of_every_pupil_tell_nothing_new(eef):
    for copies in (2, 5):
        again = randomised(
            pd.concat([DATA["crt"]] * copies),
            outcome="Posttest",
            treatment="Intervention",
            baseline="Prettest",
            cluster="School",
        )
        width = eef.interval.high - eef.interval.low
        assert again.interval.high - again.interval.low == pytest.approx(width, rel=1e-8)
        assert again.value == pytest.approx(eef.value)


# --- contract ---------------------------------------------------------------------------------


def test_it_finds_the_truth(kind):
    made = [run(kind, trial(kind, seed)) for seed in range(40)]
    values = np.array([one.value for one in made])
    assert values.mean() == pytest.approx(TRUTH, abs=4 * values.std(ddof=1) / np.sqrt(40))
    assert sum(one.interval.low <= TRUTH <= one.interval.high for one in made) >= 34


@pytest.mark.slow
@pytest.mark.parametrize("clusters", [8, 14])
def test_intervals_hold_with_few_unequal_clusters(clusters):
    made = [run("schools", trial("schools", seed, clusters)) for seed in range(120)]
    assert sum(one.interval.low <= TRUTH <= one.interval.high for one in made) >= 110


@pytest.mark.parametrize("clusters", [8, 24])
def test_order_of_rows_and_labels_do_not_matter(kind, clusters):
    frame = trial(kind, clusters=clusters)
    shuffled = frame.sample(frac=1, random_state=3)
    renamed = shuffled.assign(
        school="z" + shuffled["school"].str[::-1], block=shuffled["block"].str[::-1]
    )
    first = run(kind, frame)
    same(first, run(kind, shuffled))
    same(first, run(kind, renamed))


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_it_follows_the_unit_of_the_outcome(kind, factor):
    frame = trial(kind, clusters=12)
    first = run(kind, frame)
    other = run(kind, frame.assign(score=frame["score"] * factor))
    same(first, other, factor)
    assert first.standardised.hedges_g == pytest.approx(other.standardised.hedges_g)


def test_the_same_seed_gives_the_same_bytes(kind):
    frame = trial(kind, clusters=12)
    frame.loc[:4, "score"] = np.nan
    first, second = (run(kind, frame, received="took") for _ in range(2))
    assert first.interval == second.interval
    for name, table in first.table.items():
        pd.testing.assert_frame_equal(table, second.table[name])
    assert first.checks == second.checks


def test_pandas_and_polars_frames_are_alike_and_unchanged(kind):
    frame = trial(kind)
    before = frame.copy(deep=True)
    words = frame.assign(arm=np.where(frame["arm"] == 1, "programme", "control"))
    same(run(kind, frame), run(kind, pl.from_pandas(frame)))
    same(run(kind, frame), run(kind, pl.from_pandas(words)))
    pd.testing.assert_frame_equal(frame, before)


def test_one_method_leads_and_it_is_the_interval(kind):
    made = run(kind, trial(kind))
    table = made.table["inference"]
    assert set(table.columns) >= {"method", "std_error", "df", "low", "high", "p_value", "leads"}
    leads = table[table["leads"]]
    assert len(leads) == 1
    assert leads["low"].iloc[0] == made.interval.low
    assert leads["method"].iloc[0] == made.interval.method


def test_it_says_what_it_estimates_and_every_check_speaks(kind):
    made = run(kind, trial(kind))
    assert "overall" not in made.estimand
    assert "averaged over" in made.estimand
    assert len(made.assumptions) >= 5
    names = {check.name for check in made.checks}
    assert names >= {
        *("baseline balance", "attrition", "decision grade", "intracluster correlation"),
        *("smallest detectable effect", "methods of inference", "permutation", "few clusters"),
    }
    assert all(len(check.meaning) > 20 and "validate" not in check.meaning for check in made.checks)


def test_missing_outcomes_are_counted_and_bounded(kind):
    frame = trial(kind)
    frame.loc[frame.index[[3, 40]], "score"] = np.nan
    made = run(kind, frame)
    assert any(f"2 of {len(frame)} rows" in note for note in made.notes)
    assert made.table["attrition"]["lost"].sum() == 2
    assert list(made.table["bounds"]["method"].str[:3]) == ["Lee", "wor"]


def test_subgroups_and_the_gap_between_them(kind):
    made = run(kind, trial(kind), by="sex")
    assert len(made.table["subgroups"]) == 2
    gap = made.table["subgroup_gaps"].iloc[0]
    assert gap["std_error"] > 0
    expected = "contributions" if kind == "schools" else "share no cluster"
    assert expected in gap["method"]


@pytest.mark.parametrize("estimator", ["difference_in_means", "ancova", "lin", "multilevel"])
@pytest.mark.parametrize("weights", [None, "weight"])
def test_every_estimator_finds_the_truth(kind, estimator, weights):
    made = run(kind, trial(kind, 4), estimator=estimator, weights=weights)
    assert abs(made.value - TRUTH) < 4 * made.std_error
    if weights:
        assert "weighted by `weight`" in made.estimand or estimator == "multilevel"


def test_the_complier_effect_is_larger_where_some_did_not_take_part(kind):
    made = run(kind, trial(kind), received="took")
    table = made.table["complier_effect"]
    assert table["leads"].sum() == 1
    share = made.table["compliance"]["mean_received"].iloc[1]
    assert table["estimate"].iloc[0] == pytest.approx(made.value / share, rel=0.1)
    assert made.check("uptake").statistic > 50


def test_months_of_progress_are_for_attainment_only(kind):
    frame = trial(kind)
    assert "months" not in run(kind, frame).table
    assert "months" in run(kind, frame, domain="attainment").table
    assert any("attainment" in note for note in run(kind, frame).notes)


def test_few_clusters_are_no_ground_for_a_decision():
    made = run("schools", trial("schools", clusters=10))
    assert made.check("decision grade").verdict == "fail"
    assert "Not decision-grade" in made.check("decision grade").meaning


def test_the_margin_is_compared_with_what_could_be_seen(kind):
    seen = {
        m: run(kind, trial(kind), margin=m).check("smallest detectable effect").verdict
        for m in (0.01, 9)
    }
    assert seen == {0.01: "concern", 9: "pass"}


def test_three_arms_keep_the_family(kind):
    frame = trial(kind, clusters=24)
    code = frame["school"].str[1:].astype(int)
    frame["arm"] = np.array(["usual", "book", "coach"])[code // 4 % 3]
    made = run(kind, frame)
    table = made.table["arms"]
    assert list(table["arm"]) == ["book", "coach"]
    assert set(table["reference"]) == {"usual"}
    assert (table["p_holm"] >= table["p_value"] - 1e-12).all()
    assert table["p_max_t"].notna().all()
    other = run(kind, frame, reference="book")
    first = other.table["arms"].set_index("arm")
    assert first.loc["usual", "estimate"] == pytest.approx(-made.value)


HOPELESS = {
    "an empty frame": (lambda f: f.iloc[:0], "no rows"),
    "no comparison": (lambda f: f[f["arm"] == 1], "no one to compare"),
    "a constant outcome": (lambda f: f.assign(score=5.0), "same value"),
    "text as outcome": (lambda f: f.assign(score=f["score"].astype(str) + " pts"), "not numbers"),
    "an infinite outcome": (
        lambda f: f.assign(score=f["score"].where(f.index != 5, np.inf)),
        "infinite",
    ),
    "no outcome at all": (lambda f: f.assign(score=np.nan), "No row"),
    "an arm without outcomes": (lambda f: f.assign(score=f["score"].where(f["arm"] == 0)), "arm"),
    "a missing column": (lambda f: f.drop(columns=["arm"]), "arm"),
    "no arm": (lambda f: f.assign(arm=np.nan), "blank in every row"),
    "a dose": (lambda f: f.assign(arm=f["pre"]), "dose"),
    "a covariate that is the arm": (lambda f: f.assign(pre=3.0 * f["arm"]), "fully explain"),
    "blank strata": (lambda f: f.assign(block=f["block"].where(f.index != 3)), "blank"),
    "blank clusters": (lambda f: f.assign(school=f["school"].where(f.index != 3)), "blank"),
    "one cluster": (lambda f: f.assign(school="s"), "one cluster"),
    "one cluster an arm": (lambda f: f.assign(school=f["arm"].astype(str)), "single"),
    "strata that are the arm": (lambda f: f.assign(block=f["arm"].astype(str)), "stratum"),
}


@pytest.mark.parametrize("name", sorted(HOPELESS))
def test_hopeless_data_are_refused_with_a_remedy(name):
    spoil, word = HOPELESS[name]
    options = {**CALLS["schools"], "strata": "block"}
    with pytest.raises(DesignError) as caught:
        randomised(spoil(trial("schools")), outcome="score", **options)
    assert word in caught.value.wrong
    assert len(caught.value.do) > 10
    made, faults = prepare(spoil(trial("schools")), outcome="score", **options)
    assert made is None
    assert all(wrong and do for wrong, do in faults)


@pytest.mark.parametrize(
    ("option", "value", "match"),
    [
        ("level", 95, "level"),
        ("inference", "bayes", "inference"),
        ("estimator", "ancov", "Did you mean `ancova`"),
        ("domain", "attainmnt", "Did you mean `attainment`"),
        ("months", "eef_project", "Did you mean `eef_projects`"),
        ("reference", 7, "no arm"),
        ("covariates", "presc", "no column `presc`"),
    ],
)
def test_unknown_options_and_columns_are_named(kind, option, value, match):
    with pytest.raises(DesignError, match=match):
        run(kind, trial(kind), **{option: value})


def test_a_misspelt_outcome_is_answered_with_the_nearest(kind):
    with pytest.raises(DesignError, match="Did you mean `score`"):
        randomised(trial(kind), outcome="scor", **CALLS[kind])


def test_what_is_not_a_frame_is_refused():
    with pytest.raises(DesignError, match="not a frame"):
        randomised([1, 2], outcome="score", treatment="arm")


def test_the_multilevel_estimator_needs_groups():
    with pytest.raises(DesignError, match="needs groups"):
        randomised(trial("people"), outcome="score", treatment="arm", estimator="multilevel")


def test_an_outcome_without_noise_gives_its_effect_and_no_false_precision(kind):
    frame = trial(kind)
    options = {"treatment": "arm"} if kind == "people" else CALLS[kind]
    made = randomised(frame.assign(score=3 + TRUTH * frame["arm"]), outcome="score", **options)
    assert made.value == pytest.approx(TRUTH)
    assert made.p_value is None
    assert math.isinf(made.interval.high)


def test_preparing_takes_options_of_the_design_only():
    options = inspect.signature(randomised).parameters
    assert set(inspect.signature(prepare).parameters) <= set(options)
    assert {"treatment", "strata", "baseline", "received", "cluster", "by", "seed"} <= set(options)
