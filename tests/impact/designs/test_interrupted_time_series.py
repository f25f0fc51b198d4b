"""An interrupted time series: published values, known truths, and every refusal."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from evalkit.errors import DesignError
from evalkit.impact.designs.interrupted_time_series import interrupted_time_series as its

GOLDEN = Path(__file__).parents[2] / "golden" / "interrupted_time_series"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))
VERDICTS = {"pass", "concern", "fail", "information"}


def series(seed=0, *, n=60, start=30, effect=2.0, slope=0.0, rho=0.3, scale=1.0):
    """Simulated: a line, a level change and a slope change, autocorrelated errors."""
    rng = np.random.default_rng(seed)
    error = np.zeros(n)
    for i in range(1, n):
        error[i] = rho * error[i - 1] + rng.normal()
    month = np.arange(n)
    after = month >= start
    y = 5 + 0.1 * month + effect * after + slope * after * (month - start) + 0.5 * error
    return pd.DataFrame({"month": month, "y": y * scale})


def run(frame, **more):
    return its(frame, **{"outcome": "y", "time": "month", "start": 30, **more})


@pytest.fixture(scope="module")
def sicily():
    return pd.read_csv(GOLDEN / "sicily.csv")


def test_it_finds_the_rate_ratio_of_the_sicilian_smoking_ban(sicily):
    found = its(sicily, outcome="aces", time="time", start=37, family="poisson", offset="stdpop")
    wanted = EXPECTED["sicily"]
    assert found.value == pytest.approx(wanted["rate_ratio"], abs=5e-7)
    # What leads is a t interval, so a shade wider than the published one.
    assert found.interval.low == pytest.approx(wanted["low"], abs=0.003)
    assert found.interval.high == pytest.approx(wanted["high"], abs=0.003)
    rows = found.table["inference"].set_index("method")
    published = rows.loc["errors scaled by the dispersion, normal quantiles"]
    assert published["low"] == pytest.approx(wanted["low"], abs=1e-6)
    assert published["high"] == pytest.approx(wanted["high"], abs=1e-6)
    log = found.table["log"].iloc[0]
    assert log["estimate"] == pytest.approx(wanted["log_rate_ratio"], rel=1e-7)
    assert log["std_error"] == pytest.approx(wanted["std_error"], rel=1e-6)
    assert found.check("season").verdict == "concern"


def test_it_finds_the_rate_ratio_with_season(sicily):
    found = its(
        *(sicily,),
        outcome="aces",
        time="time",
        start=37,
        family="poisson",
        offset="stdpop",
        season=12,
    )
    wanted = EXPECTED["sicily with season"]
    assert math.log(found.value) == pytest.approx(wanted["log_rate_ratio"], rel=1e-7)
    row = found.table["log"].iloc[0]
    assert row["std_error"] == pytest.approx(wanted["std_error"], rel=1e-6)
    assert (round(found.value, 3), round(found.interval.high, 2)) == (0.885, 0.93)


def test_it_finds_the_published_newey_west_errors_of_california():
    rows = pd.read_csv(GOLDEN / "california.csv")
    found = its(rows, outcome="cigsale", time="year", start=1989, lags=1, errors="newey_west")
    wanted = EXPECTED["california"]
    assert found.value == pytest.approx(wanted["level"], rel=1e-9)
    assert found.std_error == pytest.approx(wanted["level_std_error"], rel=1e-8)
    slope = found.table["changes"].set_index("change").loc["slope"]
    assert slope["estimate"] == pytest.approx(wanted["slope"], rel=1e-9)
    assert slope["std_error"] == pytest.approx(wanted["slope_std_error"], rel=1e-8)


def test_the_truth_is_found_and_covered():
    made = [run(series(seed)) for seed in range(20)]
    values = np.array([one.value for one in made])
    assert values.mean() == pytest.approx(2.0, abs=3 * values.std() / math.sqrt(20))
    assert sum(one.interval.low <= 2 <= one.interval.high for one in made) >= 17


def test_intervals_hold_in_short_autocorrelated_series():
    frames = [series(seed, n=24, start=12, effect=0.0, rho=0.6) for seed in range(60)]
    made = [run(frame, start=12) for frame in frames]
    assert sum(one.interval.low <= 0 <= one.interval.high for one in made) >= 54


def test_a_control_series_takes_out_what_both_share():
    one = series(3)
    shock = 4.0 * (one["month"] >= 30)
    treated = one.assign(y=one["y"] + shock, control=0)
    control = series(4, effect=0.0)
    long = pd.concat([treated, control.assign(y=control["y"] + shock, control=1)])
    found = run(long, comparison="control")
    assert found.value == pytest.approx(2.0, abs=1.0)
    assert (found.n_units, found.n_observations) == (2, 60)
    wide = treated.assign(other=control["y"] + shock)
    assert run(wide, comparison="other").value == pytest.approx(found.value, rel=1e-9)
    named = long.assign(control=np.where(long["control"] == 1, "comparison", "ours"))
    assert run(named, comparison="control").value == pytest.approx(found.value, rel=1e-9)
    assert "comparison" in found.table["series"]


def test_the_difference_has_the_coefficients_of_the_model_with_every_interaction():
    import statsmodels.formula.api as smf

    rng = np.random.default_rng(5)
    long = pd.concat([series(int(rng.integers(1e6))).assign(z=z, mark=1 - z) for z in (0, 1)])
    long["after"] = (long["month"] >= 30) * 1.0
    long["since"] = long["after"] * (long["month"] - 30)
    fitted = smf.ols("y ~ z * (month + after + since)", long).fit()
    changes = run(long, comparison="mark").table["changes"].set_index("change")["estimate"]
    assert changes["level"] == pytest.approx(fitted.params["z:after"], rel=1e-8)
    assert changes["slope"] == pytest.approx(fitted.params["z:since"], rel=1e-8)


def test_counts_with_a_control_series_are_compared_as_rate_ratios():
    rng = np.random.default_rng(1)
    month = np.arange(80)
    frames = []
    for control in (0, 1):
        rate = np.exp(0.01 * month + 0.3 * (month >= 40) - 0.5 * (month >= 40) * (1 - control))
        frames.append(
            pd.DataFrame(
                {"month": month, "y": rng.poisson(50 * rate), "people": 1000.0, "control": control}
            )
        )
    found = run(
        pd.concat(frames), start=40, family="poisson", offset="people", comparison="control"
    )
    assert found.value == pytest.approx(math.exp(-0.5), abs=0.08)
    table = found.table["series"]
    after = table[table["after"]]
    assert (after["counterfactual"] > after["fitted"]).all()
    assert after["counterfactual"].mean() / after["fitted"].mean() == pytest.approx(
        1 / found.value, rel=1e-6
    )


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"season": 12},
        {"ramp": 4},
        {"change": "level"},
        {"change": "slope"},
        {"errors": "prais_winsten"},
    ],
)
def test_order_labels_units_and_kind_of_frame_do_not_matter(more):
    frame = series(7, slope=0.05)
    found = run(frame, **more)
    shuffled = frame.sample(frac=1, random_state=2).rename(columns={"month": "t"})
    before = shuffled.copy()
    again = run(shuffled, time="t", **more)
    pd.testing.assert_frame_equal(shuffled, before)
    assert again.value == pytest.approx(found.value, rel=1e-10)
    assert again.interval.low == pytest.approx(found.interval.low, rel=1e-8)
    other = run(pl.from_pandas(frame), **more)
    assert (other.value, other.interval) == (found.value, found.interval)
    large = run(frame.assign(y=frame["y"] * 1000), **more)
    assert large.value == pytest.approx(1000 * found.value, rel=1e-8)
    assert large.interval.high == pytest.approx(1000 * found.interval.high, rel=1e-6)
    assert large.p_value == pytest.approx(found.p_value, rel=1e-5)


def test_dates_months_and_plain_numbers_read_alike():
    frame = series(2)
    plain = run(frame).value
    months = pd.date_range("2018-01-01", periods=60, freq="MS")
    dates = frame.assign(month=months)
    assert run(dates, start="2020-07-01").value == pytest.approx(plain, rel=1e-9)
    text = frame.assign(month=months.strftime("%Y-%m-%d"))
    assert run(text, start="2020-07-01").value == pytest.approx(plain, rel=1e-9)
    packed = frame.assign(month=months.year * 100 + months.month)
    assert run(packed, start=202007).value == pytest.approx(plain, rel=1e-9)
    assert run(dates, start="2020-07-01").check("season").verdict in VERDICTS


@pytest.mark.parametrize("estimator", ["arima", "structural"])
def test_state_space_estimators_find_the_truth(estimator):
    made = [run(series(seed, effect=3.0), estimator=estimator) for seed in range(6)]
    assert np.mean([one.value for one in made]) == pytest.approx(3.0, abs=0.4)
    assert sum(one.interval.low <= 3.0 <= one.interval.high for one in made) >= 4
    assert all(one.check("convergence").verdict == "pass" for one in made)
    assert made[0].table["inference"]["leads"].tolist().count(True) == 1


def test_arima_of_order_zero_is_least_squares():
    frame = series(3)
    found = run(frame, estimator="arima", order=[0, 0, 0])
    plain = run(frame)
    assert found.value == pytest.approx(plain.value, rel=1e-5)
    row = plain.table["inference"].iloc[0]
    # One parameter more (the variance) is counted.
    assert found.std_error == pytest.approx(row["std_error"] * math.sqrt(56 / 55), rel=1e-3)


def test_every_promise_of_an_estimate_is_kept():
    found = run(series(1), margin=1.0)
    table = found.table["inference"]
    leads = table[table["leads"]].iloc[0]
    assert (leads["low"], leads["high"]) == (found.interval.low, found.interval.high)
    assert leads["method"] == found.interval.method
    assert {check.verdict for check in found.checks} <= VERDICTS
    assert found.check("decision grade").verdict == "fail"
    assert found.check("smallest detectable effect").statistic > 0
    assert set(found.table) >= {"changes", "series", "power", "placebo_dates", "inference"}
    assert found.standardised is not None
    again = run(series(1), margin=1.0)
    assert (again.value, again.interval, again.checks) == (
        found.value,
        found.interval,
        found.checks,
    )


def test_gaps_are_found_and_allowed_for():
    frame = series(1).drop(index=[10, 11, 40])
    found = run(frame)
    assert found.check("gaps in time").statistic == 3
    assert found.value == pytest.approx(2.0, abs=1.2)


def test_a_gradual_onset_is_found_in_full():
    month = np.arange(60)
    rise = np.clip((month - 29) / 6, 0, 1)
    noise = np.random.default_rng(0).normal(0, 0.05, 60)
    frame = pd.DataFrame({"month": month, "y": 1 + 3 * rise + noise})
    found = run(frame, ramp=6, change="level")
    assert found.value == pytest.approx(3.0, abs=0.1)
    assert "6 even steps" in found.estimand


def test_a_blank_outcome_is_counted():
    frame = series(1)
    frame.loc[5, "y"] = np.nan
    assert any("1 rows lack" in note for note in run(frame).notes)


def test_subgroups_have_series_of_their_own():
    frame = pd.concat([series(s).assign(place=place) for s, place in ((1, "north"), (2, "south"))])
    found = run(frame, by="place", repeated="mean")
    parts = found.table["subgroups"].set_index("group")["estimate"]
    assert parts["north"] == pytest.approx(run(series(1)).value)
    assert found.value == pytest.approx(parts.mean())
    gap = found.table["subgroup_gaps"].iloc[0]
    assert gap["estimate"] == pytest.approx(parts["south"] - parts["north"])
    assert gap["std_error"] > 0
    assert any("averaged" in note for note in found.notes)


def test_counts_of_a_period_are_added_up_with_their_population():
    rng = np.random.default_rng(2)
    frame = series(1).assign(y=rng.poisson(40, 60), people=1000.0)
    twice = pd.concat([frame, frame])
    call = {"family": "poisson", "offset": "people"}
    assert run(twice, repeated="sum", **call).value == pytest.approx(run(frame, **call).value)


LINE = series(0)
HOPELESS = [
    (LINE.assign(y=1.0), {}, "every period"),
    (LINE.assign(y=np.nan), {}, "No row"),
    (LINE.assign(y="text"), {}, "not numbers"),
    (LINE.assign(y=np.inf), {}, "infinite"),
    (LINE.tail(33), {}, "3 periods before"),
    (LINE.head(31), {}, "from then on"),
    (LINE, {"start": 1000}, "0 from then on"),
    (LINE, {"start": "never"}, "not written like"),
    (pd.concat([LINE, LINE]), {}, "more than one row"),
    (LINE.assign(month=3), {}, "one time only"),
    (LINE.assign(x=LINE["month"] >= 30), {"covariates": "x"}, "explain the change"),
    (LINE.head(12), {"start": 6, "season": 12, "harmonics": 0}, "cannot carry|explain the change"),
    (LINE, {"outcome": "z"}, "no column `z`"),
    (LINE, {"estimator": "segmentd"}, "segmented"),
    (LINE, {"change": "levl"}, "level"),
    (LINE, {"family": "poison"}, "poisson"),
    (LINE, {"ramp": -1}, "ramp"),
    (LINE, {"season": 1.5}, "season"),
    (LINE, {"level": 95}, "level"),
    (LINE, {"inference": "bayes"}, "is unknown"),
    (LINE.assign(y=LINE["y"] - 50), {"family": "poisson"}, "negative"),
    (LINE.assign(n=0.0), {"family": "poisson", "offset": "n"}, "zero or less"),
    (LINE.assign(y=(LINE["month"] < 30) * 3), {"family": "poisson"}, "no event from the start"),
    (LINE.assign(n=1.0), {"offset": "n"}, "for counts"),
    (LINE.assign(c=["a", "b"] * 30), {"comparison": "c"}, "neither marks"),
    (pd.concat([LINE.assign(c="a"), LINE.assign(c="b")]), {"comparison": "c"}, "does not say"),
    (LINE, {"order": [1, 2]}, "order"),
    (LINE.assign(month="spring"), {}, "cannot be read"),
]


@pytest.mark.parametrize(("frame", "more", "words"), HOPELESS)
def test_hopeless_data_are_refused_with_a_remedy(frame, more, words):
    with pytest.raises(DesignError, match=words) as caught:
        run(frame, **more)
    assert len(caught.value.do) > 10


def test_every_fault_is_told_at_once():
    with pytest.raises(DesignError, match=r"estimator.*family"):
        run(LINE, estimator="x", family="y")


def test_no_frame_is_no_data():
    with pytest.raises(DesignError, match="not a frame"):
        run([1, 2, 3])
