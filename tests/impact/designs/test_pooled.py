"""Pooling: published values, known truths, and every refusal."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from evalkit.errors import DesignError
from evalkit.impact.designs.pooled import pooled

GOLDEN = Path(__file__).parents[2] / "golden" / "pooled"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))
PRINTED = 5.1e-5
NORMAL = "model-based, normal quantiles"


def golden(name):
    rows = pd.read_csv(GOLDEN / f"{name}.csv")
    if "vi" in rows:
        rows["se"] = np.sqrt(rows["vi"])
    return rows


def row_of(found, method):
    return found.table["inference"].set_index("method").loc[method]


def statistic(found, name):
    return found.table["heterogeneity"].set_index("statistic").loc[name]


def simulated(seed=0, *, k=20, effect=0.3, tau=0.2):
    """Simulated: independent studies."""
    rng = np.random.default_rng(seed)
    se = rng.uniform(0.1, 0.4, k)
    x = rng.normal(size=k)
    y = effect + rng.normal(0, tau, k) + rng.normal(0, se)
    return pd.DataFrame({"study": [f"s{i:02}" for i in range(k)], "y": y, "se": se, "x": x})


def run(frame, **more):
    return pooled(frame, **{"estimate": "y", "std_error": "se", "study": "study", **more})


def test_teacher_expectancy_is_reproduced():
    wanted = EXPECTED["teacher_expectancy"]
    found = pooled(golden("teacher_expectancy"), estimate="yi", std_error="se", study="study")
    assert found.value == pytest.approx(wanted["estimate"], abs=PRINTED)
    assert found.std_error == pytest.approx(wanted["std_error"], abs=PRINTED)
    assert row_of(found, NORMAL)[["low", "high"]].tolist() == pytest.approx(
        wanted["normal"], abs=PRINTED
    )
    tau2 = statistic(found, "tau2")
    assert tau2["estimate"] == pytest.approx(wanted["tau2"], abs=PRINTED)
    assert tau2[["low", "high"]].tolist() == pytest.approx(wanted["tau2_interval"], abs=PRINTED)
    # The printed search ended a little before the top.
    assert statistic(found, "I2")["estimate"] == pytest.approx(wanted["i2"], abs=2e-4)
    assert statistic(found, "Q")["estimate"] == pytest.approx(wanted["q"], abs=PRINTED)
    new = found.table["prediction"].set_index("method").loc[NORMAL]
    assert new[["low", "high"]].tolist() == pytest.approx(wanted["prediction_normal"], abs=2e-4)
    led = found.table["inference"].query("leads").iloc[0]
    assert [led["std_error"], found.p_value] == pytest.approx(
        wanted["knapp_hartung"], abs=2 * PRINTED
    )
    # The same search, here and for the regression below: its printed I2 implies a tau2 of 0.01883,
    # the top lies at 0.01882.
    assert found.table["sites"]["shrunken"].head(4).tolist() == pytest.approx(
        wanted["empirical_bayes"], abs=1e-4
    )
    small = found.check("small-study effects")
    assert [small.statistic, small.p_value] == pytest.approx(wanted["egger"], abs=1e-4)
    fill = found.table["small_study"].iloc[-1]
    assert [fill["estimate"], fill["std_error"]] == pytest.approx(
        wanted["trim_and_fill"][1:], abs=PRINTED
    )
    assert found.table["funnel"]["filled"].sum() == wanted["trim_and_fill"][0]


def test_other_estimators_of_teacher_expectancy_are_reproduced():
    rows = golden("teacher_expectancy")
    wanted = EXPECTED["teacher_expectancy"]
    dl = pooled(rows, estimate="yi", std_error="se", estimator="dl")
    tau2 = statistic(dl, "tau2")["estimate"]
    assert [dl.value, dl.std_error, tau2] == pytest.approx(wanted["dl"], abs=PRINTED)
    assert [dl.value, dl.std_error, tau2] == pytest.approx(EXPECTED["statsmodels"]["dl"], rel=1e-8)
    fixed = pooled(rows, estimate="yi", std_error="se", estimator="fixed")
    assert [fixed.value, fixed.std_error] == pytest.approx(wanted["fixed"], abs=PRINTED)
    pm = pooled(rows, estimate="yi", std_error="se", estimator="pm")
    assert statistic(pm, "tau2")["estimate"] == pytest.approx(
        EXPECTED["statsmodels"]["pm_tau2"], rel=1e-4
    )


def test_the_moderator_of_teacher_expectancy_is_reproduced():
    wanted = EXPECTED["teacher_expectancy"]["weeks"]
    rows = golden("teacher_expectancy").assign(capped=lambda f: f["weeks"].clip(upper=3))
    found = pooled(rows, estimate="yi", std_error="se", moderators="capped")
    table = found.table["moderators"]
    assert table["estimate"].tolist() == pytest.approx(wanted["coefficients"], abs=PRINTED)
    z = table["estimate"] / table["model_std_error"]
    assert z.tolist() == pytest.approx(wanted["z"], abs=2 * PRINTED)
    assert statistic(found, "tau2")["estimate"] == pytest.approx(wanted["tau2"], abs=PRINTED)
    tests = found.table["moderator_tests"].set_index("test")["statistic"]
    assert tests["QE, chi-squared"] == pytest.approx(wanted["qe"], abs=PRINTED)


def test_the_vaccine_trials_are_reproduced():
    rows = golden("bcg")
    treated, control = rows["tpos"] + rows["tneg"], rows["cpos"] + rows["cneg"]
    rows["y"] = np.log((rows["tpos"] / treated) / (rows["cpos"] / control))
    rows["se"] = np.sqrt(1 / rows["tpos"] - 1 / treated + 1 / rows["cpos"] - 1 / control)
    wanted = EXPECTED["bcg"]
    found = run(rows, study="trial")
    assert [found.value, found.std_error] == pytest.approx(
        [wanted["estimate"], wanted["std_error"]], abs=PRINTED
    )
    assert row_of(found, NORMAL)[["low", "high"]].tolist() == pytest.approx(
        wanted["normal"], abs=PRINTED
    )
    assert statistic(found, "tau2")["estimate"] == pytest.approx(wanted["tau2"], abs=PRINTED)
    assert statistic(found, "I2")["estimate"] == pytest.approx(wanted["i2"], abs=PRINTED)
    assert statistic(found, "Q")["estimate"] == pytest.approx(wanted["q"], abs=PRINTED)
    slope = run(rows, study="trial", moderators=["ablat"])
    table, latitude = slope.table["moderators"], wanted["latitude"]
    assert table["estimate"].tolist() == pytest.approx(latitude["coefficients"], abs=PRINTED)
    assert table["model_std_error"].tolist() == pytest.approx(latitude["errors"], abs=PRINTED)
    tests = slope.table["moderator_tests"].set_index("test")["statistic"]
    assert tests["R2"] == pytest.approx(latitude["r2"], abs=2 * PRINTED)


@pytest.mark.parametrize("estimator", ["dl", "reml"])
def test_practice_facilitation_is_reproduced(estimator):
    wanted = EXPECTED["practice_facilitation"]
    found = pooled(
        golden("practice_facilitation"), estimate="smd", std_error="se", estimator=estimator
    )
    tau2 = statistic(found, "tau2")["estimate"]
    assert [found.value, found.std_error, tau2] == pytest.approx(wanted[estimator], abs=PRINTED)
    assert row_of(found, NORMAL)[["low", "high"]].tolist() == pytest.approx(
        wanted[f"{estimator}_interval"], abs=PRINTED
    )
    q = statistic(found, "Q")
    assert [q["estimate"], q["p_value"]] == pytest.approx(wanted["q"], abs=PRINTED)
    small = found.check("small-study effects")
    assert [small.statistic, small.p_value] == pytest.approx(wanted["egger"], abs=PRINTED)


def test_schools_in_districts_are_reproduced():
    rows, wanted = golden("school_calendars"), EXPECTED["school_calendars"]
    call = {"estimate": "yi", "std_error": "se", "study": "study"}
    flat = pooled(rows, **call)
    tau2 = statistic(flat, "tau2")["estimate"]
    assert [flat.value, flat.std_error, tau2] == pytest.approx(wanted["reml"], abs=PRINTED)
    assert statistic(flat, "Q")["estimate"] == pytest.approx(wanted["q"], abs=PRINTED)
    for estimator in ("three_level", "three_level_ml"):
        found = pooled(rows, **call, cluster="district", estimator=estimator)
        variances = [
            statistic(found, f"tau2 {where} clusters")["estimate"]
            for where in ("between", "within")
        ]
        assert [found.value, found.std_error, *variances] == pytest.approx(
            wanted[estimator], abs=PRINTED
        )
    new = found.table["prediction"].set_index("method").loc[NORMAL]
    assert new[["low", "high"]].tolist() == pytest.approx(wanted["prediction_ml"], abs=PRINTED)
    default = pooled(rows, **call, cluster="district")
    assert default.estimator == "three-level random effects, REML"
    assert default.interval.method.startswith("cluster-robust CR2")
    icc = statistic(default, "intraclass correlation of true effects")["estimate"]
    assert icc == pytest.approx(wanted["icc"], abs=PRINTED)
    year = pooled(rows, **call, cluster="district", moderators="year", estimator="three_level_ml")
    slope = year.table["moderators"].iloc[1]
    assert [year.value, slope["estimate"], slope["model_std_error"]] == pytest.approx(
        wanted["year_ml"], abs=PRINTED
    )


def test_eight_schools_are_reproduced():
    rows, wanted = golden("eight_schools"), EXPECTED["eight_schools"]
    found = pooled(rows, estimate="y", std_error="sigma", study="school")
    assert found.value == pytest.approx(wanted["estimate"], abs=PRINTED)
    assert [found.interval.low, found.interval.high] == pytest.approx(
        wanted["interval"], abs=PRINTED
    )
    assert any("below the model's" in note for note in found.notes)
    assert found.check("convergence").verdict == "information"


def test_the_truth_is_found_and_covered():
    made = [run(simulated(seed)) for seed in range(40)]
    values = np.array([one.value for one in made])
    assert values.mean() == pytest.approx(0.3, abs=3 * values.std() / math.sqrt(40))
    assert sum(one.interval.low <= 0.3 <= one.interval.high for one in made) >= 35


def test_robust_intervals_cover_when_estimates_of_a_study_hang_together():
    covered = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        rows = pd.DataFrame({"study": np.repeat(np.arange(12), 4)})
        rows["se"] = 0.2
        shared = rng.normal(0, 0.3, 12)[rows["study"]] + rng.normal(0, 0.15, 12)[rows["study"]]
        rows["y"] = 0.2 + shared + rng.normal(0, 0.15, len(rows))
        found = run(rows)
        covered += found.interval.low <= 0.2 <= found.interval.high
        assert found.interval.method.startswith("cluster-robust")
    assert covered >= 17


@pytest.mark.parametrize("more", [{}, {"moderators": "x"}, {"cluster": "g"}, {"estimator": "dl"}])
def test_order_labels_units_and_kind_of_frame_do_not_matter(more):
    frame = simulated(3).assign(g=lambda f: np.arange(len(f)) // 3)
    found = run(frame, **more)
    shuffled = frame.sample(frac=1, random_state=1)
    shuffled = shuffled.assign(study="z" + shuffled["study"].str[::-1], g=100 - shuffled["g"])
    before = shuffled.copy()
    again = run(shuffled, **more)
    pd.testing.assert_frame_equal(shuffled, before)
    assert again.value == pytest.approx(found.value, rel=1e-9)
    assert again.interval.low == pytest.approx(found.interval.low, rel=1e-8)
    other = run(pl.from_pandas(frame), **more)
    assert (other.value, other.interval, other.p_value) == (
        found.value,
        found.interval,
        found.p_value,
    )
    large = run(frame.assign(y=frame["y"] * 1000, se=frame["se"] * 1000), **more)
    assert large.value == pytest.approx(1000 * found.value, rel=1e-6)
    assert large.interval.high == pytest.approx(1000 * found.interval.high, rel=1e-5)


def test_subgroups_and_their_gap_come_with_it():
    frame = simulated(1).assign(kind=["a", "b"] * 10)
    found = run(frame, by="kind")
    gap = found.table["subgroup_gaps"].iloc[0]
    parts = found.table["subgroups"].set_index("group")["estimate"]
    assert gap["estimate"] == pytest.approx(parts["b"] - parts["a"])
    assert gap["std_error"] > 0


def test_a_text_moderator_becomes_groups():
    frame = simulated(1).assign(kind=["trial", "cohort"] * 10)
    table = run(frame, moderators="kind").table["moderators"]
    assert table["moderator"].tolist() == ["intercept", "kind: trial"]


def test_every_promise_of_an_estimate_is_kept():
    found = run(simulated(2), margin=0.1)
    led = found.table["inference"].query("leads")
    assert len(led) == 1
    assert (led["low"].iloc[0], led["high"].iloc[0]) == (found.interval.low, found.interval.high)
    assert "weighted by" in found.estimand
    forest = found.table["forest"]["kind"].value_counts()
    assert forest.to_dict() == {"study": 20, "pooled": 1, "prediction": 1}
    assert len(found.table["leave_one_out"]) == 20
    assert found.check("smallest detectable effect").verdict in {"pass", "concern"}


def test_outcome_stands_for_estimate():
    frame = simulated(2)
    assert pooled(frame, outcome="y", std_error="se").value == run(frame).value


def test_two_studies_are_pooled_and_failed():
    found = run(simulated(1).head(2))
    assert found.check("number of studies").verdict == "fail"
    assert math.isfinite(found.value)


@pytest.mark.parametrize("more", [{}, {"cluster": "g"}])
def test_estimates_that_are_all_alike_have_the_error_of_the_model(more):
    frame = simulated(0).assign(y=0.5, g=lambda f: np.arange(len(f)) // 4)
    found = run(frame, **more)
    assert 0 < found.interval.low < 0.5 < found.interval.high < 1


FRAME = simulated(0)
HOPELESS = [
    (FRAME.head(1), {}, "1 rows"),
    (FRAME.assign(y=np.nan), {}, "0 rows"),
    (FRAME.assign(se=0.0), {}, "zero or less"),
    (FRAME.assign(se=-1.0), {}, "zero or less"),
    (FRAME.assign(y="text"), {}, "not numbers"),
    (FRAME.assign(y=np.inf), {}, "infinite"),
    (FRAME, {"estimate": "effect"}, "no column `effect`"),
    (FRAME, {"estimate": None}, "No column of estimates"),
    (FRAME, {"estimator": "remI"}, "reml"),
    (FRAME, {"adjust": "knapp"}, "knapp_hartung"),
    (FRAME, {"weights": "x"}, "weights"),
    (FRAME, {"within": 1.5}, "within"),
    (FRAME, {"estimator": "three_level"}, "several estimates"),
    (FRAME.assign(g=1), {"cluster": "g"}, "All estimates are of one"),
    (FRAME.assign(c=1.0), {"moderators": "c"}, "do not vary"),
    (FRAME.assign(z=lambda f: 2 * f["x"]), {"moderators": ["x", "z"]}, "explain them wholly"),
    (FRAME, {"moderators": "study"}, "different texts"),
    (FRAME.head(3).assign(b=[1, 2, 9]), {"moderators": ["x", "b"]}, "cannot carry"),
    (FRAME, {"inference": "bayes"}, "is unknown"),
    (FRAME, {"level": 0.2}, "level"),
]


@pytest.mark.parametrize(("frame", "more", "words"), HOPELESS)
def test_hopeless_data_are_refused_with_a_remedy(frame, more, words):
    with pytest.raises(DesignError, match=words) as caught:
        run(frame, **more)
    assert len(caught.value.do) > 10
