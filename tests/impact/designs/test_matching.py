"""What the design `matching` promises, and the values it must reproduce."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm

from evalkit.errors import DesignError
from evalkit.impact.designs.matching import matching, prepare

GOLDEN = Path(__file__).parents[2] / "golden" / "matching"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))
PUBLISHED = {name: value[0] for name, value in EXPECTED["published"].items()}
COMPUTED = EXPECTED["computed"]
ESTIMATORS = ("nearest", "ipw", "doubly_robust", "entropy_balancing")
WAYS = (
    {"estimator": "nearest"},
    {"estimator": "nearest", "replace": True},
    {"estimator": "nearest", "estimand": "ate", "distance": "mahalanobis", "bias_adjusted": True},
    {"estimator": "ipw"},
    {"estimator": "ipw", "estimand": "ate"},
    {"estimator": "doubly_robust"},
    {"estimator": "doubly_robust", "estimand": "ate"},
    {"estimator": "entropy_balancing"},
    {"estimator": "entropy_balancing", "estimand": "ate"},
)


def make(seed=0, rows=300, effect=2.0):
    """Simulated: `a` and `b` decide who is treated and bear on the outcome."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=rows), rng.normal(size=rows)
    treated = rng.random(rows) < 1 / (1 + np.exp(0.8 - 0.5 * a + 0.4 * b))
    y = a + 0.5 * b + effect * treated + rng.normal(size=rows)
    return pd.DataFrame(
        {
            "score": y,
            "treated": treated.astype(int),
            "a": a,
            "b": b,
            "kind": np.where(rng.random(rows) < 0.5, "x", "z"),
            "school": [f"s{i}" for i in rng.integers(0, 20, rows)],
            "w": rng.uniform(0.5, 2, rows),
        }
    )


def run(frame, **more):
    options = {"outcome": "score", "treatment": "treated", "covariates": ["a", "b"], **more}
    return matching(frame, **options)


def numbers(one):
    return np.array([one.value, one.std_error, one.interval.low, one.interval.high])


# --- published and recomputed values ------------------------------------------------------------


@pytest.fixture(scope="module")
def lalonde():
    return pd.read_csv(GOLDEN / "lalonde.csv")


def on_lalonde(frame, **more):
    names = ["age", "educ", "race", "married", "nodegree", "re74", "re75"]
    return matching(frame, outcome="re78", treatment="treat", covariates=names, **more)


def test_lalonde_by_every_estimator(lalonde):
    made = on_lalonde(lalonde, estimator="entropy_balancing")
    assert made.value == pytest.approx(PUBLISHED["lalonde entropy balancing"], abs=2e-3)
    table = made.table["estimators"].set_index("estimator")["estimate"]
    assert table["difference of means"] == pytest.approx(PUBLISHED["lalonde difference"], abs=1e-3)
    assert table["regression"] == pytest.approx(PUBLISHED["lalonde regression"], abs=5e-3)
    assert table["ipw"] == pytest.approx(COMPUTED["lalonde ipw att"], rel=1e-6)
    assert made.n_units == 614


def test_the_pairs_published_for_lalonde_are_not_the_nearest(lalonde):
    """MatchIt 4.5.1 gives 770.3902: there each man gets the next lower score, not the nearest."""
    score = logit_scores(lalonde)
    treated, free = lalonde["treat"] == 1, dict(score[lalonde["treat"] == 0])
    pairs, nearer = {}, 0
    for man in score[treated].sort_values(ascending=False).index:
        below = [other for other in free if free[other] <= score[man]]
        given = max(below, key=free.get) if below else min(free, key=free.get)
        best = min(abs(value - score[man]) for value in free.values())
        nearer += best < abs(free.pop(given) - score[man])
        pairs[man] = given
    gap = lalonde["re78"][list(pairs)].mean() - lalonde["re78"][list(pairs.values())].mean()
    assert gap == pytest.approx(PUBLISHED["lalonde pairs of MatchIt 4.5.1"], abs=5e-5)
    assert nearer == 6


def logit_scores(frame):
    x = pd.get_dummies(frame.drop(columns=["treat", "re78"]), drop_first=True, dtype=float)
    return pd.Series(sm.Logit(frame["treat"], sm.add_constant(x)).fit(disp=0).predict())


def test_lalonde_pairs_differ_only_by_the_lot_among_equals(lalonde):
    pairs = [on_lalonde(lalonde, seed=seed) for seed in range(6)]
    either = COMPUTED["lalonde nearest, either tie"]
    assert all(min(abs(one.value - value) for value in either) < 1e-6 for one in pairs)
    row = pairs[0].table["balance"].set_index("covariate").loc["propensity score"]
    found = (row["smd_before"], row["smd_after"])
    assert found == pytest.approx(PUBLISHED["lalonde distance smd"], abs=5e-5)
    assert (pairs[0].n_observations, pairs[0].n_treated) == (370, 185)


def test_the_current_population_survey_as_comparison():
    frame = pd.read_csv(GOLDEN / "nsw_cps.csv.gz")
    frame = frame.assign(u74=frame["re74"] == 0, u75=frame["re75"] == 0)
    made = matching(
        frame,
        outcome="re78",
        treatment="treat",
        covariates=["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"],
        terms=["age^2", "age^3", "educ^2", "u74", "u75", "educ:re74"],
        estimator="ipw",
    )
    assert made.value == pytest.approx(PUBLISHED["cps ipw"], abs=2e-3)
    plain = made.table["estimators"].set_index("estimator")["estimate"]["difference of means"]
    assert plain == pytest.approx(PUBLISHED["cps difference"], abs=1e-3)
    assert made.n_units == 16_177


def test_smoking_and_weight_gain():
    frame = pd.read_csv(GOLDEN / "nhefs.csv")
    made = matching(
        frame,
        outcome="wt82_71",
        treatment="qsmk",
        covariates=[
            *("sex", "race", "age", "age^2", "C(education)", "smokeintensity", "smokeintensity^2"),
            *("smokeyrs", "smokeyrs^2", "C(exercise)", "C(active)", "wt71", "wt71^2"),
        ],
        estimator="ipw",
        estimand="ate",
    )
    published, low, high = PUBLISHED["nhefs ipw"]
    assert made.value == pytest.approx(COMPUTED["nhefs ipw"], rel=1e-7)
    assert round(made.value, 1) == published
    known = made.table["inference"].set_index("method").loc["sandwich, weights taken as known, t"]
    assert known["std_error"] == pytest.approx(COMPUTED["nhefs error, weights known"], rel=1e-3)
    assert (round(known["low"], 1), round(known["high"], 1)) == (low, high)
    # Allowing for the estimated score narrows it a little, as theory says.
    assert low < made.interval.low < made.interval.high < high
    plain = made.table["estimators"].set_index("estimator")["estimate"]["difference of means"]
    assert round(plain, 1) == PUBLISHED["nhefs difference"]


def test_score_matching_with_the_error_for_estimated_scores():
    frame = pd.read_csv(GOLDEN / "smoking.csv.gz")
    made = matching(
        frame,
        outcome="bweight",
        treatment="mbsmoke_",
        covariates=["mmarried_", "mage", "mage^2", "fbaby_", "medu"],
        estimand="ate",
    )
    assert (made.value, made.std_error) == pytest.approx(
        PUBLISHED["smoking score matching"], abs=5e-4
    )


@pytest.mark.parametrize(
    ("names", "key"),
    [(["age"], "nsw age matching"), (["age", "educ", "re74", "re75"], "nsw four matching")],
)
def test_matching_on_covariates_over_their_sd(names, key):
    made = matching(
        pd.read_csv(GOLDEN / "nsw.csv"),
        outcome="re78",
        treatment="treat",
        covariates=names,
        estimand="ate",
        distance="scaled",
    )
    assert made.value == pytest.approx(PUBLISHED[key], abs=5e-3)


# --- promises of every design -------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_it_finds_the_truth_and_covers_it(way):
    made = [run(make(seed, 400), **way) for seed in range(12)]
    values = np.array([one.value for one in made])
    # Pairs without replacement are not all near; the others have next to no bias here.
    assert values.mean() == pytest.approx(2.0, abs=3.5 * values.std() / np.sqrt(12) + 0.05)
    assert sum(one.interval.low <= 2 <= one.interval.high for one in made) >= 10


@pytest.mark.parametrize("way", WAYS)
def test_order_labels_and_kind_of_frame_do_not_matter(way):
    frame = make()
    before = frame.copy(deep=True)
    first = run(frame, **way)
    shuffled = frame.sample(frac=1, random_state=3).rename(columns={"a": "c"})
    other = run(shuffled, **{**way, "covariates": ["c", "b"]})
    np.testing.assert_allclose(numbers(first), numbers(other), rtol=1e-9)
    np.testing.assert_allclose(numbers(first), numbers(run(pl.from_pandas(frame), **way)))
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_it_follows_the_unit_of_the_outcome(way, factor):
    frame = make()
    first, other = run(frame, **way), run(frame.assign(score=frame["score"] * factor), **way)
    np.testing.assert_allclose(numbers(first) * factor, numbers(other), rtol=1e-8)
    assert first.standardised.hedges_g == pytest.approx(other.standardised.hedges_g)
    assert [one.verdict for one in first.checks] == [one.verdict for one in other.checks]


@pytest.mark.parametrize("way", WAYS)
def test_units_of_covariates_do_not_matter(way):
    frame = make()
    other = run(frame.assign(a=frame["a"] * 12 + 5), **way)
    np.testing.assert_allclose(numbers(run(frame, **way)), numbers(other), rtol=1e-6)


def test_the_same_seed_gives_the_same_numbers():
    first, second = run(make()), run(make())
    for name, table in first.table.items():
        pd.testing.assert_frame_equal(table, second.table[name])
    assert first.checks == second.checks


@pytest.mark.parametrize("way", WAYS)
def test_every_table_and_check_is_there(way):
    made = run(make(), margin=0.5, **way)
    inference = made.table["inference"]
    assert inference["leads"].sum() == 1
    leader = inference[inference["leads"]].iloc[0]
    assert (leader["low"], leader["high"]) == (made.interval.low, made.interval.high)
    assert leader["method"] == made.interval.method
    assert {*("balance", "love_plot", "overlap", "weights", "estimators", "confounding")} <= set(
        made.table
    )
    assert {
        *("balance", "overlap", "effective sample size", "unmatched", "choice of estimator"),
        *("placebo outcome", "few clusters", "decision grade", "smallest detectable effect"),
        *("hidden confounding", "E-value"),
    } <= {check.name for check in made.checks}
    assert all(len(one.meaning) > 30 and "validate" not in one.meaning for one in made.checks)
    assert all(math.isfinite(one) for one in (*numbers(made), made.p_value))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_copies_of_all_rows_in_a_cluster_leave_the_interval_alone(estimator):
    frame = make(rows=400)
    options = {"estimator": estimator, "cluster": "school"}
    if estimator == "nearest":
        options["replace"] = True
    one, two = run(frame, **options), run(pd.concat([frame, frame]), **options)
    assert two.value == pytest.approx(one.value, rel=1e-6)
    width = [made.interval.high - made.interval.low for made in (one, two)]
    assert width[1] == pytest.approx(width[0], rel=0.03)


def test_few_clusters_are_said_to_be_too_few_for_a_decision():
    frame = make(rows=400)
    frame["school"] = frame["treated"] * 10 + np.arange(400) % 4
    made = run(frame, estimator="ipw", cluster="school")
    assert made.check("decision grade").verdict == "fail"
    assert made.n_treated == 4
    assert "jackknife" in set(made.table["inference"]["method"].str.split(":").str[0])


def test_several_treatments_stand_in_one_table():
    frame = make(rows=600)
    frame["treated"] = np.where(frame["treated"] == 1, "much", np.where(frame.index % 2, "a", "b"))
    made = run(frame, estimator="ipw", estimand="ate")
    table = made.table["levels"]
    assert table["treatment"].tolist() == ["b", "much"]
    assert table["estimate"].iloc[0] == pytest.approx(made.value)
    assert any("reference" in note for note in made.notes)


def test_subgroups_and_the_gap_between_them_are_estimated():
    made = run(make(rows=600), estimator="doubly_robust", by="kind", cluster="school")
    assert len(made.table["subgroups"]) == 2
    assert math.isfinite(made.table["subgroup_gaps"]["std_error"].iloc[0])


def test_weights_enter_every_estimator():
    for estimator in ESTIMATORS:
        plain, weighted = (run(make(), estimator=estimator, weights=w) for w in (None, "w"))
        assert plain.value != weighted.value
        assert weighted.value == pytest.approx(2, abs=0.7)


def test_missing_rows_are_left_out_and_counted():
    frame = make()
    frame.loc[[3, 100], "score"] = np.nan
    assert any("2 of 300 rows" in note for note in run(frame).notes)


HOPELESS = {
    "an empty frame": (lambda d: d.iloc[:0], "no rows"),
    "no comparison": (lambda d: d[d["treated"] == 1], "no comparison"),
    "one treated row": (
        lambda d: d[(d["treated"] == 0) | (d.index == d["treated"].idxmax())],
        "one row",
    ),
    "a constant outcome": (lambda d: d.assign(score=1.0), "same value"),
    "text as outcome": (lambda d: d.assign(score="many"), "not numbers"),
    "an infinite outcome": (
        lambda d: d.assign(score=d["score"].where(d.index != 5, np.inf)),
        "infinite",
    ),
    "no outcome at all": (lambda d: d.assign(score=np.nan), "No row"),
    "an infinite covariate": (lambda d: d.assign(a=d["a"].where(d.index != 5, np.inf)), "infinite"),
    "covariates that do not vary": (lambda d: d.assign(a=1, b=2), "No covariate varies"),
    "covariates that decide all": (lambda d: d.assign(a=d["treated"]), "apart completely"),
    "a dose": (lambda d: d.assign(treated=d["a"] * 3), "a dose"),
    "a column too few": (lambda d: d.drop(columns="b"), "no column `b`"),
    "one cluster": (lambda d: d.assign(school="s"), "one `school`"),
}


@pytest.mark.parametrize("kind", HOPELESS)
def test_hopeless_data_are_refused_with_a_remedy(kind):
    change, word = HOPELESS[kind]
    frame = change(make())
    with pytest.raises(DesignError) as caught:
        run(frame, cluster="school")
    assert word in caught.value.wrong
    assert len(caught.value.do) > 10
    sample, faults = prepare(
        frame, outcome="score", treatment="treated", covariates=["a", "b"], cluster="school"
    )
    assert sample is None
    assert all(wrong and do for wrong, do in faults)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"outcome": "scor"}, "Did you mean `score`"),
        ({"estimator": "nearst"}, "Did you mean `nearest`"),
        ({"covariates": None}, "No `covariates`"),
        ({"inference": "bayesian"}, "inference"),
        ({"baseline": "a"}, "placebo outcome"),
        ({"outcome": "scor", "level": 95, "estimand": "all"}, "level.*estimand.*scor"),
    ],
)
def test_wrong_options_are_named_all_at_once(more, word):
    with pytest.raises(DesignError, match=word):
        run(make(), **more)


def test_what_is_not_a_frame_is_refused():
    with pytest.raises(DesignError, match="not a frame"):
        run([1, 2])
