"""The contract of the design: what is found, what is refused, what does not matter."""

import math

import numpy as np
import pandas as pd
import polars as pl
import pytest

from evalkit.errors import DesignError
from evalkit.impact.designs.regression_discontinuity import (
    prepare,
    regression_discontinuity,
)

ROLES = {"outcome": "y", "running": "score", "cutoff": 50.0}
TRUTH = 3.0


def simulated(seed=0, n=800, *, kink=0.0, step=None):
    rng = np.random.default_rng(seed)
    score = rng.uniform(20, 80, n)
    score = score if step is None else np.round(score / step) * step
    far = (score - 50) / 30
    on = score >= 50
    received = (rng.uniform(size=n) < np.where(on, 0.8, 0.15)).astype(float)
    base = 10 + 2 * far + far**2 + rng.normal(0, 1, n)
    return pd.DataFrame(
        {
            "score": score,
            "y": base + TRUTH * on + kink * np.maximum(far, 0),
            "taken": received,
            "z": base - rng.normal(10, 1, n),
            "fuzzy_y": base + TRUTH * received,
            "area": [f"a{one:02d}" for one in rng.integers(0, 60, n)],
            "w": rng.uniform(0.5, 2, n),
            "sex": np.where(rng.uniform(size=n) < 0.5, "f", "m"),
        }
    )


def same(one, other):
    assert one.value == other.value
    assert (one.interval.low, one.interval.high) == (other.interval.low, other.interval.high)
    for name, table in one.table.items():
        pd.testing.assert_frame_equal(table, other.table[name])
    assert one.checks == other.checks


@pytest.mark.slow
@pytest.mark.parametrize(
    ("outcome", "more"),
    [
        ("y", {}),
        ("y", {"cluster": "area"}),
        ("y", {"weights": "w", "covariates": "z"}),
        ("fuzzy_y", {"received": "taken"}),
    ],
)
def test_the_interval_covers_a_known_effect(outcome, more):
    covered = 0
    for seed in range(20):
        made = regression_discontinuity(simulated(seed), **{**ROLES, "outcome": outcome}, **more)
        covered += made.interval.low <= TRUTH <= made.interval.high
    assert covered >= 16


@pytest.mark.slow
def test_the_honest_interval_covers_with_a_coarse_running_variable():
    covered = 0
    for seed in range(20):
        made = regression_discontinuity(simulated(seed, step=5.0), **ROLES)
        assert made.interval.method.startswith("honest")
        covered += made.interval.low <= TRUTH <= made.interval.high
    assert covered >= 18
    assert made.check("mass points").verdict == "concern"


def test_a_kink_is_found():
    made = regression_discontinuity(simulated(1, 4000, kink=60.0), **ROLES, derivative=1)
    assert made.interval.low < 2.0 < made.interval.high
    assert "slope" in made.estimand
    assert made.standardised is None


def test_row_order_and_labels_do_not_matter():
    frame = simulated()
    options = {**ROLES, "cluster": "area", "covariates": ["z"]}
    made = regression_discontinuity(frame, **options)
    mixed = frame.sample(frac=1, random_state=3).assign(area=lambda t: "x" + t["area"])
    same(made, regression_discontinuity(mixed, **options))


def test_the_unit_of_the_outcome_is_followed():
    frame = simulated()
    one = regression_discontinuity(frame, **ROLES)
    other = regression_discontinuity(frame.assign(y=frame["y"] * 1000), **ROLES)
    assert other.value == pytest.approx(1000 * one.value)
    assert other.std_error == pytest.approx(1000 * one.std_error)
    assert other.interval.low == pytest.approx(1000 * one.interval.low)
    assert other.standardised.hedges_g == pytest.approx(one.standardised.hedges_g)


def test_a_mirrored_running_variable_gives_the_same_effect():
    frame = simulated()
    one = regression_discontinuity(frame, **ROLES)
    turned = frame.assign(score=-frame["score"])
    other = regression_discontinuity(turned, **{**ROLES, "cutoff": -50.0}, treated_side="below")
    assert other.value == pytest.approx(one.value)
    assert other.interval.low == pytest.approx(one.interval.low)
    assert other.n_treated == one.n_treated
    assert other.check("density").statistic == pytest.approx(-one.check("density").statistic)


def test_polars_gives_the_same_and_the_frame_is_unchanged():
    frame = simulated()
    before = frame.copy()
    made = regression_discontinuity(frame, **ROLES, cluster="area")
    same(made, regression_discontinuity(pl.from_pandas(frame), **ROLES, cluster="area"))
    pd.testing.assert_frame_equal(frame, before)


def test_the_seed_decides_every_random_step():
    frame = simulated()
    same(*(regression_discontinuity(frame, **ROLES, covariates="z", seed=5) for _ in range(2)))


def test_exactly_one_row_leads_and_it_is_the_interval():
    for more in ({}, {"cluster": "area"}, {"received": "taken"}):
        made = regression_discontinuity(simulated(), **ROLES, **more)
        leads = made.table["inference"][made.table["inference"]["leads"]]
        assert len(leads) == 1
        assert leads["method"].iloc[0] == made.interval.method
        assert leads["low"].iloc[0] == made.interval.low


def test_few_clusters_are_led_by_cr2_and_flagged():
    frame = simulated(n=600)
    frame["group"] = [f"g{i % 5}" for i in range(len(frame))]
    made = regression_discontinuity(frame, **ROLES, cluster="group")
    assert "Satterthwaite" in made.interval.method
    assert made.check("decision grade").verdict == "fail"


def test_a_weak_first_stage_hands_the_lead_to_anderson_rubin():
    frame = simulated()
    rng = np.random.default_rng(2)
    frame["taken"] = (rng.uniform(size=len(frame)) < 0.5).astype(float)
    made = regression_discontinuity(frame, **ROLES, received="taken")
    assert made.interval.method.startswith("Anderson-Rubin")
    assert made.check("first stage").verdict in {"concern", "fail"}


def test_subgroups_and_their_gap_are_given():
    made = regression_discontinuity(simulated(n=1500), **ROLES, by="sex", cluster="area")
    assert list(made.table["subgroups"]["group"]) == ["f", "m"]
    assert np.isfinite(made.table["subgroup_gaps"]["std_error"]).all()


def test_a_donut_leaves_rows_out_and_says_so():
    made = regression_discontinuity(simulated(), **ROLES, donut=1.0)
    assert any("donut" in note for note in made.notes)


def test_missing_rows_are_counted():
    frame = simulated()
    frame.loc[:9, "y"] = np.nan
    made = regression_discontinuity(frame, **ROLES)
    assert "10 rows without `y` were left out." in made.notes


def test_a_covariate_that_jumps_fails_the_balance_check():
    frame = simulated()
    frame["z"] = frame["z"] + 5 * (frame["score"] >= 50)
    made = regression_discontinuity(frame, **ROLES, covariates="z")
    assert made.check("placebo outcomes").verdict == "fail"


def test_a_second_jump_is_found_by_the_placebo_cutoffs():
    frame = simulated(n=3000)
    low = frame.loc[frame["score"] < 50, "score"].median()
    frame["y"] = frame["y"] + 6 * ((frame["score"] >= low) & (frame["score"] < 50))
    made = regression_discontinuity(frame, **ROLES)
    assert made.check("placebo cutoffs").verdict == "concern"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.assign(score=t["score"] + 100), "no one to compare with"),
        (lambda t: t.assign(y=1.0), "same value"),
        (lambda t: t.assign(y=np.nan), "No row has a value"),
        (lambda t: t.assign(y="text"), "not numbers"),
        (lambda t: t.assign(y=np.inf), "infinite"),
        (lambda t: t.assign(score=np.where(t["score"] > 50, 60.0, 40.0)), "no running variable"),
        (lambda t: t.assign(area="one"), "one cluster"),
        (lambda t: t.assign(y=1.0 * (t["score"] >= 50)), "does not vary around its line"),
        (lambda t: t.iloc[:0], "no rows"),
        (lambda t: t.assign(w=-1.0), "above zero"),
    ],
)
def test_hopeless_data_are_refused_with_a_remedy(change, words):
    with pytest.raises(DesignError, match=words) as caught:
        regression_discontinuity(change(simulated()), **ROLES, cluster="area", weights="w")
    assert caught.value.do


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("kernel", "triangle", "triangular"),
        ("treated_side", "abov", "above"),
        ("bandwidth", "mserdd", "mserd"),
        ("bandwidth", -1, "no bandwidth"),
        ("bandwidth", [1, 2, 3], "no bandwidth"),
        ("bias_bandwidth", "mserd", "not a number"),
        ("variance", "cr2", "variance"),
        ("mass_points", "of", "off"),
        ("derivative", 2, "derivative"),
        ("polynomial", 9, "polynomial"),
        ("donut", -1.0, "below zero"),
        ("level", 95, "confidence level"),
        ("inference", "bayes", "is unknown"),
        ("cutoff", math.nan, "no number"),
        ("outcome", "yy", "Did you mean `y`"),
        ("covariates", "y", "more than one role"),
    ],
)
def test_unknown_columns_and_options_are_named(option, value, words):
    with pytest.raises(DesignError, match=words):
        regression_discontinuity(simulated(), **{**ROLES, option: value})


def test_every_fault_is_named_at_once():
    plan, faults = prepare(simulated(), **{**ROLES, "outcome": "yy"}, kernel="tri", level=2.0)
    assert plan is None
    assert len(faults) == 3
