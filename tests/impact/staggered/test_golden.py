"""Published values and those of peers; where each is from stands in tests/golden."""

import json
from pathlib import Path

import pandas as pd
import pytest

from evalkit.impact.designs.staggered_adoption import staggered_adoption

GOLDEN = Path(__file__).parents[2] / "golden" / "staggered_adoption"
PEERS = json.loads((GOLDEN / "peers.json").read_text(encoding="utf-8"))
EXPECTED = json.loads((GOLDEN / "published.json").read_text(encoding="utf-8"))
COUNTIES = {
    "outcome": "lemp",
    "unit": "countyreal",
    "time": "year",
    "first_treated": "first_treat",
}
PANEL = {"outcome": "y", "unit": "unit", "time": "time", "first_treated": "start"}


def read(name):
    return pd.read_csv(GOLDEN / name)


def counties(**options):
    return staggered_adoption(read("mpdta.csv"), **COUNTIES, **options)


def panel(*, whole=False, **options):
    frame = read("panel.csv")
    if whole:
        frame = frame[frame.groupby("unit")["unit"].transform("size") == 7]
    return staggered_adoption(frame, **PANEL, **options)


def whole_averages(estimate):
    table = estimate.table["aggregates"]
    table = table[table["level"] == "all"].set_index("aggregate")
    return {name: table.loc[name, ["estimate", "std_error"]].tolist() for name in table.index}


def test_sun_and_abraham_is_that_of_fixest():
    estimate = counties(estimator="sun_abraham", aggregate="simple")
    expected = EXPECTED["sun_abraham counties"]
    assert [estimate.value, estimate.std_error] == pytest.approx(expected["simple"], abs=5.1e-9)


REGRESSIONS = {
    "imputation counties": lambda: counties(estimator="imputation", aggregate="simple"),
    "imputation panel": lambda: panel(estimator="imputation", aggregate="simple"),
    "imputation panel x": lambda: panel(estimator="imputation", aggregate="simple", covariates="x"),
    "stacked counties 1 1": lambda: counties(
        estimator="stacked", aggregate="dynamic", window=[1, 1]
    ),
    "stacked whole 2 1": lambda: panel(
        whole=True, estimator="stacked", aggregate="dynamic", window=[2, 1]
    ),
    "sun_abraham counties": lambda: counties(estimator="sun_abraham", aggregate="simple"),
    "sun_abraham panel x": lambda: panel(
        estimator="sun_abraham", aggregate="simple", covariates="x"
    ),
}


@pytest.mark.parametrize("case", sorted(REGRESSIONS))
def test_regression_estimators_agree_with_diff_diff(case):
    estimate, expected = REGRESSIONS[case](), PEERS[case]
    assert [estimate.value, estimate.std_error] == pytest.approx(expected["overall"], rel=1e-6)
    events = estimate.table["event_study"].set_index("period")
    leads = "imputation" not in case  # the peer's leads are measured against another period
    for period, pair in expected["periods"].items():
        if pair[1] > 0 and (leads or int(period) >= 0):
            found = events.loc[int(period), ["estimate", "std_error"]].tolist()
            assert found == pytest.approx(pair, rel=1e-5)


def test_the_error_without_the_own_cluster_agrees_with_diff_diff():
    table = counties(estimator="imputation", aggregate="simple").table["inference"]
    row = table[table["method"].str.contains("own cluster left out")].iloc[0]
    expected = PEERS["imputation counties leave one out"]["overall"][1]
    assert row["std_error"] == pytest.approx(expected, rel=1e-6)


METHODS = {"dr": "doubly_robust", "reg": "regression", "ipw": "ipw"}
CONTROLS = {"nevertreated": "never_treated", "notyettreated": "not_yet_treated"}


@pytest.mark.parametrize("case", sorted(PEERS["cross_sections"]))
def test_repeated_cross_sections_agree_with_moderndid(case):
    method, control, formula = case.split()
    estimate = staggered_adoption(
        read("cross_sections.csv"),
        outcome="y",
        time="time",
        first_treated="start",
        method=METHODS[method],
        control_group=CONTROLS[control],
        covariates="x" if formula == "~x" else None,
    )
    for name, pair in whole_averages(estimate).items():
        expected = PEERS["cross_sections"][case][name]
        assert pair[0] == pytest.approx(expected[0], rel=1e-7)
        # The peer gives one part of the doubly robust influence function the other sign; ours is
        # the derivative by weights (test_cross_sections), and both agree in large samples.
        close = 0.03 if (method, formula) == ("dr", "~x") else 1e-7
        assert pair[1] == pytest.approx(expected[1], rel=close)


@pytest.mark.parametrize("case", sorted(PEERS["whole_panel"]))
def test_anticipation_and_both_bases_agree_with_moderndid(case):
    ahead, base = case.split()
    estimate = panel(
        whole=True,
        covariates="age",
        anticipation=int(ahead),
        base_period=base,
        control_group="not_yet_treated",
    )
    for name, pair in whole_averages(estimate).items():
        assert pair == pytest.approx(PEERS["whole_panel"][case][name], rel=1e-6)


def test_maths_reforms_agree_with_moderndid():
    estimate = staggered_adoption(
        read("math_reform.csv"),
        outcome="incearn_ln",
        unit="state",
        time="class",
        first_treated="reformyr_math",
        control_group="not_yet_treated",
    )
    for name, pair in whole_averages(estimate).items():
        assert pair == pytest.approx(PEERS["math_reform"][name], rel=1e-6)


def test_the_medicaid_exercise_gives_its_printed_digits():
    estimate = staggered_adoption(
        read("medicaid.csv"),
        outcome="dins",
        unit="stfips",
        time="year",
        first_treated="yexp2",
        control_group="not_yet_treated",
        aggregate="simple",
    )
    expected = EXPECTED["medicaid"]
    assert round(estimate.value, 3) == expected["simple"][0]
    # Printed from a bootstrap of its own random numbers.
    assert estimate.std_error == pytest.approx(expected["simple"][1], abs=2e-4)
    table = estimate.table["group_time"].set_index(["group", "time"])
    assert table.loc[(2014, 2014), "estimate"] == pytest.approx(
        expected["att 2014 2014"], abs=5.1e-9
    )


@pytest.mark.parametrize("method", ["doubly_robust", "doubly_robust_improved"])
def test_lalonde_through_the_design(method):
    wide = read("lalonde_cps.csv.gz").reset_index(names="person")
    wide["start"] = 1978 * wide["experimental"]
    long = wide.melt(
        id_vars=[name for name in wide.columns if name not in ("re75", "re78")],
        value_vars=["re75", "re78"],
        var_name="when",
        value_name="earnings",
    )
    long["year"] = 1900 + long["when"].str[2:].astype(int)
    estimate = staggered_adoption(
        long,
        outcome="earnings",
        unit="person",
        time="year",
        first_treated="start",
        covariates=["age", "educ", "black", "married", "nodegree", "hisp", "re74"],
        method=method,
    )
    expected = EXPECTED["lalonde_cps"][method]
    assert [estimate.value, estimate.std_error] == pytest.approx(expected, abs=1e-3)
