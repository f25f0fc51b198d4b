"""Difference in differences as a user meets it: published values and sensitivity of trends."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.impact.designs.difference_in_differences import difference_in_differences

GOLDEN = Path(__file__).parents[2] / "golden"
MORE = json.loads(
    (GOLDEN / "difference_in_differences" / "expected_more.json").read_text(encoding="utf-8")
)
TRENDS = json.loads((GOLDEN / "trends" / "expected.json").read_text(encoding="utf-8"))
FIRST = "the first treated period"


def medicaid(**more):
    rows = pd.read_csv(GOLDEN / "trends" / "ehec.csv")
    return difference_in_differences(
        rows, outcome="dins", unit="stfips", time="year", treated="expanded", start=2014, **more
    )


@pytest.fixture(scope="module")
def expansion():
    return medicaid()


def independent(estimate):
    rows = estimate.table["inference"].set_index("method")["std_error"]
    return rows[rows.index.str.startswith("independent")].iloc[0]


def test_stores_seen_twice_agree_with_card_and_krueger():
    rows = pd.read_csv(GOLDEN / "difference_in_differences" / "card_krueger_stores.csv")
    estimate = difference_in_differences(
        rows, outcome="fte", unit="store", time="after", treated="nj", post="after"
    )
    assert [estimate.value, independent(estimate)] == pytest.approx(MORE["stores"], abs=1e-9)
    assert round(estimate.value, 2) == MORE["published"]["stores"][0]
    assert estimate.n_units == MORE["stores, n"]


@pytest.mark.parametrize(
    ("case", "covariates"), [("houses", None), ("houses, age", ["age", "agesq"])]
)
def test_house_prices_near_the_incinerator_agree_with_the_textbook(case, covariates):
    rows = pd.read_csv(GOLDEN / "difference_in_differences" / "incinerator.csv")
    estimate = difference_in_differences(
        rows, outcome="rprice", time="year", treated="nearinc", start=1981, covariates=covariates
    )
    assert [estimate.value, independent(estimate)] == pytest.approx(MORE[case], rel=1e-9)
    assert [round(estimate.value, 2), round(independent(estimate), 2)] == MORE["published"][case]


def test_the_event_study_of_the_expansion_agrees_with_dummy_variables(expansion):
    events = expansion.table["event_study"]
    expected = TRENDS["medicaid, event study"]
    known = events[~events["reference"]]
    assert known["estimate"].tolist() == pytest.approx(expected["betahat"], abs=1e-10)
    # The table counts the effects of states as parameters: 344 - 57 against 344 - 15.
    wider = np.array(expected["std_error"]) * np.sqrt(329 / 287)
    assert known["std_error"].tolist() == pytest.approx(wider, rel=1e-9)


def test_relative_magnitudes_agree_with_honestdid(expansion):
    published = TRENDS["medicaid, first treated period"]["relative_magnitudes"]
    table = expansion.table["honest"]
    rows = table[(table["target"] == FIRST) & (table["restriction"] == "relative magnitudes")]
    for bound, ends in published.items():
        row = rows[rows["bound"] == float(bound)].iloc[0]
        assert [row["low"], row["high"]] == pytest.approx(ends, abs=1e-3)


def test_smoothness_agrees_with_honestdid():
    from evalkit.impact.trends.honest import honest

    expected = TRENDS["medicaid, event study"]
    published = TRENDS["medicaid, first treated period"]["smoothness"]
    events = medicaid_path()
    assert events.path.tolist() == pytest.approx(expected["betahat"], abs=1e-10)
    assert np.sqrt(np.diag(events.covariance)) == pytest.approx(expected["std_error"], rel=1e-9)
    found = honest(
        events.path, events.covariance, 5, 2, kind="smoothness", bounds=list(map(float, published))
    )
    for low, high, ends in zip(found.low, found.high, published.values(), strict=True):
        assert [low, high] == pytest.approx(ends, abs=5e-4)


def medicaid_path():
    from evalkit.impact.designs.difference_in_differences import prepare
    from evalkit.impact.event_study import event_study
    from evalkit.impact.two_way import paths_of

    rows = pd.read_csv(GOLDEN / "trends" / "ehec.csv")
    panel, faults = prepare(
        rows, outcome="dins", unit="stfips", time="year", treated="expanded", start=2014
    )
    assert not faults
    return event_study(panel, "two_way", paths_of(panel), level=0.95, seed=0)


def test_the_checks_say_how_far_trends_may_differ(expansion):
    check = expansion.check("sensitivity to non-parallel trends (relative magnitudes)")
    table = expansion.table["honest_breakdown"]
    assert check.verdict == "pass"
    assert check.statistic == table["breakdown"].iloc[0] > 1
    assert expansion.check("sensitivity to non-parallel trends (smoothness)") is not None
    assert expansion.check("two-way weights").verdict == "pass"


def test_too_few_periods_before_say_that_sensitivity_cannot_be_had():
    rows = pd.read_csv(GOLDEN / "trends" / "ehec.csv")
    estimate = difference_in_differences(
        rows[rows["year"] >= 2012],
        outcome="dins",
        unit="stfips",
        time="year",
        treated="expanded",
        start=2014,
    )
    assert "honest" not in estimate.table
    check = estimate.check("sensitivity to non-parallel trends")
    assert check.verdict == "information"
    assert "at least three are needed" in check.meaning


def test_units_that_move_between_clusters_are_counted_and_named():
    rows = pd.read_csv(GOLDEN / "trends" / "ehec.csv")
    rows["region"] = rows["stfips"] % 7
    rows.loc[(rows["stfips"] == 4) & (rows["year"] > 2012), "region"] = 1
    with pytest.raises(DesignError, match="1 of 43 `stfips` move between `region`, the first: 4"):
        difference_in_differences(
            rows,
            outcome="dins",
            unit="stfips",
            time="year",
            treated="expanded",
            start=2014,
            cluster="region",
        )


def test_few_clusters_widen_the_sensitivity_intervals():
    rows = pd.read_csv(GOLDEN / "trends" / "ehec.csv")
    few = rows[rows["stfips"].isin(sorted(rows["stfips"].unique())[:14])]
    estimate = difference_in_differences(
        few, outcome="dins", unit="stfips", time="year", treated="expanded", start=2014
    )
    table = estimate.table["honest"]
    assert (table["high"] > table["low"]).all()
    assert np.isfinite(table[["low", "high"]].to_numpy()).all()


@pytest.mark.slow
def test_correlation_over_time_does_not_make_false_findings():
    """Simulated after Bertrand, Duflo and Mullainathan (2004): persistent errors, no effect."""
    rng = np.random.default_rng(11)
    found = 0
    for _ in range(40):
        shocks = rng.normal(size=(50, 12))
        course = np.zeros((50, 12))
        for t in range(12):
            course[:, t] = 0.8 * course[:, t - 1] * (t > 0) + shocks[:, t]
        frame = pd.DataFrame(
            {
                "site": np.repeat(np.arange(50), 12),
                "year": np.tile(np.arange(12), 50),
                "ever": np.repeat(np.arange(50) % 2, 12),
                "y": course.ravel(),
            }
        )
        estimate = difference_in_differences(
            frame, outcome="y", unit="site", time="year", treated="ever", start=6
        )
        found += estimate.p_value < 0.05
    assert found <= 6
