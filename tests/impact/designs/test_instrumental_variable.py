"""Instrumental variables: published values, and what every design promises."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from evalkit.errors import DesignError
from evalkit.impact.designs.instrumental_variable import instrumental_variable, prepare

FOLDER = Path(__file__).parents[2] / "golden" / "instrumental_variable"
GOLDEN = json.loads((FOLDER / "expected.json").read_text())
COVARIATES = ["exper", "expersq", "black", "smsa", "south", "smsa66", "region"]
TRUTH = 2.0


def simulate(seed=1, n=400, *, share=0.6, clusters=None):
    """Simulated: a programme that `share` of those invited join; the hidden part raises both."""
    rng = np.random.default_rng(seed)
    site = np.arange(n) % (clusters or n)
    invited = rng.permutation(np.arange(site.max() + 1) % 2)[site]
    hidden, age = rng.normal(size=n), rng.normal(40, 10, n)
    eager = rng.uniform(size=n) < share
    keen = (hidden > 1.3).astype(int)
    took = np.where(eager, invited, keen)
    spread = rng.normal(size=site.max() + 1)[site] if clusters else 0.0
    score = 50 + TRUTH * took + 0.1 * age + 2 * hidden + spread + rng.normal(size=n)
    return pd.DataFrame(
        {
            "score": score,
            "took": took,
            "invited": invited,
            "age": age,
            "w": rng.uniform(0.5, 2, n),
            "site": [f"s{one:03d}" for one in site],
            "half": np.where(rng.uniform(size=n) < 0.5, "girls", "boys"),
        }
    )


def run(frame, **more):
    options = {"outcome": "score", "treatment": "took", "instruments": "invited", "seed": 7}
    return instrumental_variable(frame, **{**options, **more})


@pytest.fixture(scope="module")
def card():
    frame = pd.read_csv(FOLDER / "card.csv")
    return frame.assign(expersq=frame["exper"] ** 2)


@pytest.fixture(scope="module")
def college(card):
    return instrumental_variable(
        card, outcome="lwage", treatment="educ", instruments="nearc4", covariates=COVARIATES
    )


def test_college_proximity_is_met(college):
    published = GOLDEN["published"]
    assert college.value == pytest.approx(published["iv"][0], abs=1e-7)
    assert college.std_error == pytest.approx(published["iv"][1], abs=1e-7)
    ols = college.table["alternatives"].set_index("estimator").loc["ols"]
    assert ols["estimate"] == pytest.approx(published["ols"][0], abs=5e-8)
    assert ols["conventional_error"] == pytest.approx(published["ols"][1], abs=5e-9)
    strengths = college.table["instrument_strength"].set_index("statistic")["value"]
    assert strengths["F, equal spread (Cragg-Donald)"] == pytest.approx(
        published["first_stage_f"], abs=1e-5
    )
    assert college.check("endogeneity").statistic == pytest.approx(
        published["wu_hausman"], abs=5e-6
    )
    assert college.n_observations == 3010


def test_college_proximity_is_weak_so_anderson_rubin_leads(college):
    assert college.interval.method.startswith("Anderson-Rubin")
    assert college.check("instrument strength").verdict == "concern"
    ends = (college.interval.low, college.interval.high)
    assert ends == pytest.approx(GOLDEN["computed"]["anderson_rubin"], abs=1e-6)
    assert "dose" in " ".join(college.notes)


@pytest.mark.parametrize("estimator", ["2sls", "liml", "gmm"])
def test_two_instruments_agree_with_linearmodels(card, estimator):
    found = instrumental_variable(
        card,
        outcome="lwage",
        treatment="educ",
        instruments=["nearc2", "nearc4"],
        covariates=COVARIATES,
        estimator=estimator,
    )
    expected = GOLDEN["computed"]["two_instruments"]
    assert found.value == pytest.approx(expected[estimator][0], abs=1e-7)
    assert found.std_error == pytest.approx(expected[estimator][1], abs=1e-7)
    if estimator != "liml":
        tests = found.table["validity_tests"].set_index("test")["statistic"]
        assert tests["Hansen J (robust)"] == pytest.approx(expected["hansen_j"], rel=1e-5)
    if estimator == "2sls":
        assert tests["Sargan (equal spread)"] == pytest.approx(expected["sargan"], rel=1e-6)


def test_chile_is_met():
    published = GOLDEN["chile"]
    frame = pd.read_csv(FOLDER / "chile.csv")
    found = instrumental_variable(frame, outcome="gain", treatment="p90", instruments="eligible")
    assert found.value == pytest.approx(published["iv"][0], abs=5e-5)
    assert found.std_error == pytest.approx(published["iv"][1], abs=5e-5)
    assert found.n_observations == published["n"]
    assert found.check("compliers").statistic == pytest.approx(
        published["take_up"][1] - published["take_up"][0], abs=1e-4
    )
    assert found.check("instrument strength").verdict == "pass"


def test_it_finds_the_truth():
    found = [run(simulate(seed), covariates="age") for seed in range(20)]
    values = np.array([one.value for one in found])
    assert values.mean() == pytest.approx(TRUTH, abs=3 * values.std() / math.sqrt(20))
    assert sum(one.interval.low <= TRUTH <= one.interval.high for one in found) >= 17


@pytest.mark.parametrize("share", [0.15, 0.6])
def test_few_clusters_and_weak_instruments_still_cover(share):
    found = [
        run(simulate(seed, n=240, share=share, clusters=16), cluster="site") for seed in range(20)
    ]
    assert sum(one.interval.low <= TRUTH <= one.interval.high for one in found) >= 17


def same(left, right, factor=1.0):
    for name in ("value", "std_error"):
        assert getattr(left, name) * factor == pytest.approx(getattr(right, name), rel=1e-8)
    for name in ("low", "high"):
        assert getattr(left.interval, name) * factor == pytest.approx(
            getattr(right.interval, name), rel=1e-7
        )
    assert left.p_value == pytest.approx(right.p_value, rel=1e-6, abs=1e-12)
    assert [one.verdict for one in left.checks] == [one.verdict for one in right.checks]


@pytest.mark.parametrize("estimator", ["2sls", "liml", "gmm"])
def test_order_and_labels_do_not_matter(estimator):
    frame = simulate(clusters=30)
    other = frame.sample(frac=1, random_state=2).assign(site=lambda t: "z" + t["site"].str[::-1])
    other = other.rename(columns={"site": "place"})
    options = {"covariates": "age", "estimator": estimator, "weights": "w"}
    first = run(frame, cluster="site", **options)
    second = run(other, cluster="place", **options)
    same(first, second)
    pd.testing.assert_frame_equal(first.table["inference"], second.table["inference"])


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_it_follows_the_unit_of_the_outcome(factor):
    frame = simulate(clusters=16)
    scaled = frame.assign(score=frame["score"] * factor)
    first, second = (run(one, cluster="site", covariates="age") for one in (frame, scaled))
    same(first, second, factor)
    assert first.standardised.hedges_g == pytest.approx(second.standardised.hedges_g)


def test_the_same_seed_gives_the_same_numbers():
    first, second = (run(simulate(clusters=16), cluster="site") for _ in range(2))
    assert first.interval == second.interval
    pd.testing.assert_frame_equal(first.table["inference"], second.table["inference"])


def test_polars_serves_alike_and_the_frame_is_not_changed():
    frame = simulate()
    kept = frame.copy(deep=True)
    same(
        run(frame, covariates=["age", "half"]),
        run(pl.from_pandas(frame), covariates=["age", "half"]),
    )
    pd.testing.assert_frame_equal(frame, kept)


def test_booleans_and_integers_serve_alike():
    frame = simulate()
    same(run(frame), run(frame.assign(took=frame["took"] == 1, invited=frame["invited"] == 1)))


def test_weights_of_whole_numbers_are_rows_repeated_in_the_estimate():
    frame = simulate(n=100).assign(w=np.arange(100) % 3 + 1.0)
    repeated = frame.loc[frame.index.repeat(frame["w"].astype(int))]
    weighted = run(frame, weights="w", covariates="age")
    assert weighted.value == pytest.approx(run(repeated, covariates="age").value)
    assert "weights" in " ".join(weighted.notes)


def test_everyone_in_a_cluster_twice_changes_no_interval():
    frame = simulate(clusters=40)
    one, two = (run(each, cluster="site") for each in (frame, pd.concat([frame, frame])))
    assert two.interval.high - two.interval.low == pytest.approx(
        one.interval.high - one.interval.low, rel=0.02
    )


def test_subgroups_and_their_gap():
    frame = simulate(n=800, clusters=40)
    found = run(frame, by="half", cluster="site")
    assert list(found.table["subgroups"]["group"]) == ["boys", "girls"]
    assert np.isfinite(found.table["subgroup_gaps"]["std_error"].iloc[0])


def test_contributions_make_the_error_by_cluster():
    found = run(simulate(clusters=40), cluster="site")
    total = math.sqrt(sum(one**2 for one in found.contributions.values()))
    assert total == pytest.approx(found.std_error, rel=0.05)
    assert len(found.contributions) == found.n_clusters == 40


def test_tables_and_checks_are_all_there():
    found = run(simulate(), covariates=["age", "half"], margin=1.0)
    assert set(found.table) == {
        *("inference", "confidence_set", "first_stage", "instrument_strength", "reduced_form"),
        *("alternatives", "validity_tests", "direct_effects", "confounding", "compliers"),
    }
    assert [one.name for one in found.checks] == [
        *("instrument strength", "Anderson-Rubin", "few clusters", "decision grade"),
        *("over-identification", "endogeneity", "compliers", "exclusion", "hidden confounding"),
        "smallest detectable effect",
    ]
    assert all("validates" not in one.meaning for one in found.checks)
    leads = found.table["inference"].query("leads")
    assert leads["method"].tolist() == [found.interval.method]
    assert "compliers" in found.estimand
    assert any("monotonicity" in one for one in found.assumptions)


def test_three_clusters_a_side_are_not_decision_grade():
    found = run(simulate(clusters=6), cluster="site")
    assert found.check("decision grade").verdict == "fail"


def test_a_useless_instrument_leaves_everything_open():
    rng = np.random.default_rng(5)
    frame = simulate().assign(invited=rng.integers(0, 2, 400))
    found = run(frame)
    assert found.check("instrument strength").verdict == "fail"
    assert math.isinf(found.interval.low) or math.isinf(found.interval.high)


def test_contradicting_instruments_are_said_and_an_ordinary_interval_given():
    rng = np.random.default_rng(2)
    frame = simulate(n=600)
    other = rng.integers(0, 2, 600)
    frame = frame.assign(other=other, took=lambda t: t["took"] + 0.3 * other)
    frame = frame.assign(score=lambda t: t["score"] - 8 * t["other"])
    found = run(frame, instruments=["invited", "other"])
    assert found.check("over-identification").verdict == "fail"
    assert found.check("Anderson-Rubin").verdict == "fail"
    assert np.isfinite(found.interval.low)


def hopeless():
    frame = simulate(clusters=20)
    return {
        "no comparison": (frame.assign(took=1), {}, "is 1 in every row"),
        "unmoved treatment": (
            frame.assign(invited=np.arange(400) // 2 % 2, took=np.arange(400) % 2),
            {},
            "do not go with the treatment",
        ),
        "no variation of the instrument": (frame.assign(invited=0), {}, "is 0 in every row"),
        "no variation of the outcome": (frame.assign(score=3.0), {}, "is 3 in every row"),
        "one cluster": (frame.assign(site="a"), {"cluster": "site"}, "one cluster only"),
        "all missing": (frame.assign(score=np.nan), {}, "No row has"),
        "text": (frame.assign(score="high"), {}, "not numbers"),
        "infinite": (frame.assign(score=np.inf), {}, "infinite"),
        "collinear": (
            frame.assign(copy=frame["invited"]),
            {"covariates": "copy"},
            "nothing of them is left",
        ),
        "empty": (frame.iloc[:0], {}, "no rows"),
        "too few": (frame.iloc[:3], {}, "complete rows"),
        "GMM with few clusters": (
            frame.assign(site=frame["took"].astype(str)),
            {"cluster": "site", "estimator": "gmm"},
            "too few",
        ),
    }


@pytest.mark.parametrize("case", sorted(hopeless()))
def test_hopeless_data_are_refused_with_a_remedy(case):
    frame, options, wrong = hopeless()[case]
    with pytest.raises(DesignError, match=wrong) as raised:
        run(frame, **options)
    assert raised.value.do


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"outcome": "scor"}, "Did you mean `score`"),
        ({"instruments": "invite"}, "Did you mean `invited`"),
        ({"estimator": "2sl"}, "Did you mean `2sls`"),
        ({"level": 95}, "no confidence level"),
        ({"inference": "bayesian"}, "not built"),
        ({"instruments": []}, "No instrument"),
        ({"instruments": "took"}, "stands under"),
    ],
)
def test_wrong_options_are_refused_with_the_nearest(options, wrong):
    with pytest.raises(DesignError, match=wrong):
        run(simulate(), **options)


def test_every_fault_is_told_at_once():
    sample, faults = prepare(
        simulate(), outcome="scor", treatment="took", instruments="invite", estimator="x", level=9
    )
    assert sample is None
    assert len(faults) == 4


def test_numbers_as_numbers_of_linearmodels_on_its_own_terms():
    """With constant effects and clusters of one, every robust row is that of linearmodels."""
    from linearmodels.iv import IV2SLS

    frame = simulate(n=150)
    found = run(frame, covariates="age").table["inference"].set_index("method")
    peer = IV2SLS(
        frame["score"], frame[["age"]].assign(one=1.0), frame[["took"]], frame[["invited"]]
    ).fit(cov_type="robust", debiased=True)
    row = found.loc["robust HC1, t with rows - coefficients df"]
    assert row["std_error"] == pytest.approx(peer.std_errors["took"])
    assert row["p_value"] == pytest.approx(peer.pvalues["took"], rel=1e-6)
    ends = peer.conf_int().loc["took"].to_numpy()
    assert row[["low", "high"]].to_numpy(dtype=float) == pytest.approx(ends)


@pytest.mark.parametrize("estimator", ["2sls", "liml", "gmm"])
def test_full_compliance_is_the_comparison_of_means(estimator):
    frame = simulate().assign(took=lambda t: t["invited"])
    means = frame.groupby("invited")["score"].mean()
    found = run(frame.assign(given=frame["invited"]), instruments="given", estimator=estimator)
    assert found.value == pytest.approx(means[1] - means[0])
    assert found.check("instrument strength").verdict == "pass"
    assert found.check("endogeneity").statistic is None
    assert found.check("compliers").statistic == pytest.approx(1.0)


def test_large_numbers_do_no_harm():
    frame = simulate()
    shifted = frame.assign(age=frame["age"] + 1e6, score=frame["score"] + 1e7)
    one, other = (run(each, covariates="age") for each in (frame, shifted))
    assert other.value == pytest.approx(one.value, rel=1e-5)
    assert other.interval.low == pytest.approx(one.interval.low, rel=1e-4)
