import numpy as np
import pandas as pd

from evalkit.impact.weighting.checks import (
    estimator_choice,
    few_units,
    matches_lost,
    placebo_outcome,
)
from evalkit.impact.weighting.sample import Roles, read_sample
from evalkit.impact.weighting.setting import Setting
from evalkit.impact.weighting.solve import solve


def solved_with(frame, **roles):
    sample = read_sample(frame, Roles("score", "treated", ("a",), **roles))[0]
    return solve(sample, Setting("ipw"))


def test_a_difference_before_the_treatment_fails(make_frame):
    frame = make_frame(rows=600)
    rng = np.random.default_rng(0)
    frame["before"] = frame["treated"] + rng.normal(size=600)
    frame["same"] = frame["a"] + 0.1 * rng.normal(size=600)
    assert placebo_outcome(solved_with(frame, baseline="before"), Setting("ipw")).verdict == "fail"
    found = placebo_outcome(solved_with(frame, baseline="same"), Setting("ipw"))
    assert found.verdict == "pass"
    assert "validate" not in found.meaning


def test_without_a_baseline_the_check_says_why_it_is_not_done(make_sample):
    made = placebo_outcome(solve(make_sample(), Setting("ipw")), Setting("ipw"))
    assert made.verdict == "information"
    assert "baseline" in made.meaning


def test_lost_matches_are_counted(make_sample):
    setting = Setting(caliper=0.005)
    assert matches_lost(solve(make_sample(), setting), setting).verdict == "fail"
    assert matches_lost(solve(make_sample(), Setting("ipw")), Setting("ipw")).statistic is None


def test_a_sign_that_turns_with_the_estimator_fails(make_sample):
    solved = solve(make_sample(), Setting("ipw"))
    table = pd.DataFrame(
        {
            "estimator": ["difference of means", "nearest", "ipw"],
            "chosen": [False, False, True],
            "estimate": [1.0, -3.0, 2.0],
        }
    )
    assert estimator_choice(table, solved).verdict == "fail"
    assert estimator_choice(table.iloc[[0, 2]], solved).verdict == "information"


def test_rows_without_clusters_are_said_to_count_alone(make_sample):
    assert "every row counts" in few_units(solve(make_sample(), Setting("ipw")), "").meaning
