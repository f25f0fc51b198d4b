"""Interrupted time series: published values, known truths (simulated), and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from evalkit.errors import DesignError
from evalkit.impact.designs import check_design
from evalkit.impact.designs.interrupted_time_series import interrupted_time_series

GOLDEN = Path(__file__).parents[2] / "golden" / "interrupted_time_series"
SICILY = pd.read_csv(GOLDEN / "sicily.csv")
BAN = {"outcome": "aces", "time": "time", "start": 37, "family": "poisson", "offset": "stdpop"}
ROLES = {"outcome": "y", "time": "t", "start": 40}
INDEPENDENT = "errors scaled by the dispersion, normal quantiles"


def series(seed=0, n=80, rho=0.0, level=3.0, slope=0.0, season=0.0):
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    noise = np.zeros(n)
    for k in range(n):
        noise[k] = (rho * noise[k - 1] if k else 0) + rng.normal(0, np.sqrt(1 - rho**2))
    after = np.maximum(t - 40, 0)
    y = 10 + 0.05 * t + level * (t >= 40) + slope * after + season * np.sin(t * np.pi / 6) + noise
    return pd.DataFrame({"t": t, "y": y})


def row(estimate, method):
    table = estimate.table["inference"]
    return table[table["method"] == method].iloc[0]


def test_the_smoking_ban_in_sicily_agrees_with_the_tutorial():
    made = interrupted_time_series(SICILY, **BAN)
    assert made.value == pytest.approx(0.894377, abs=5e-7)
    scaled = row(made, INDEPENDENT)
    assert (scaled["low"], scaled["high"]) == pytest.approx((0.839189, 0.953193), abs=5e-7)
    assert made.interval.low <= scaled["low"]
    assert made.interval.high >= scaled["high"]
    seasonal = interrupted_time_series(SICILY, **BAN, season=12)
    assert round(seasonal.value, 3) == 0.885
    found = row(seasonal, INDEPENDENT)
    assert (round(found["low"], 3), round(found["high"], 3)) == (0.839, 0.933)


def test_a_segmented_regression_is_least_squares():
    import statsmodels.api as sm

    for seed in range(8):
        frame = series(seed, slope=0.1)
        late = (frame["t"] >= 40).astype(float)
        x = np.column_stack([np.ones(80), frame["t"], late, late * (frame["t"] - 40)])
        fitted = sm.OLS(frame["y"].to_numpy(), x).fit()
        changes = interrupted_time_series(frame, **ROLES).table["changes"]
        assert changes["estimate"].tolist()[:1] == pytest.approx([fitted.params[2]], abs=1e-8)


@pytest.mark.slow
def test_arima_errors_give_the_change_too():
    made = interrupted_time_series(series(1, rho=0.5), **ROLES, estimator="arima")
    assert made.interval.low < 3 < made.interval.high


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_the_interval_covers_a_known_change(rho):
    made = [interrupted_time_series(series(seed, rho=rho), **ROLES) for seed in range(8)]
    covered = sum(one.interval.low <= 3 <= one.interval.high for one in made)
    assert covered >= 6
    assert np.mean([one.value for one in made]) == pytest.approx(3, abs=0.9)


def test_autocorrelation_is_seen_and_widens_the_interval():
    made = interrupted_time_series(series(1, rho=0.7), **ROLES)
    assert made.check("autocorrelation").verdict != "pass"
    table = made.table["inference"].set_index("method")
    independent = next(name for name in table.index if name.startswith("independent"))
    assert made.interval.high - made.interval.low > (
        table.loc[independent, "high"] - table.loc[independent, "low"]
    )


def test_a_control_series_takes_what_happened_to_both():
    """Both series jump by 5 at the start; only the first has a programme, worth 3."""
    one, other = series(1), series(2, level=0)
    shock = 5.0 * (one["t"] >= 40)
    both = pd.concat(
        [one.assign(y=one["y"] + shock, control=0), other.assign(y=other["y"] + shock, control=1)],
        ignore_index=True,
    )
    made = interrupted_time_series(both, **ROLES, comparison="control")
    assert made.value == pytest.approx(3, abs=1.5)
    alone = interrupted_time_series(one.assign(y=one["y"] + shock), **ROLES)
    assert alone.value == pytest.approx(8, abs=1.5)
    wide = one.assign(y=one["y"] + shock, other=other["y"] + shock)
    again = interrupted_time_series(wide, **ROLES, comparison="other")
    assert again.value == pytest.approx(made.value, rel=1e-8)


def test_a_season_is_taken_out_and_a_slow_start_is_a_ramp():
    frame = series(3, season=4.0)
    assert interrupted_time_series(frame, **ROLES, season=12).std_error < (
        interrupted_time_series(frame, **ROLES).std_error
    )
    slow = series(3, level=0)
    slow["y"] += 3 * np.clip((slow["t"] - 39) / 10, 0, 1)
    made = interrupted_time_series(slow, **ROLES, ramp=10, change="level")
    assert made.value == pytest.approx(3, abs=1)


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_units_are_followed_and_order_and_kind_of_frame_do_not_matter(factor):
    frame = series(5)
    first = interrupted_time_series(frame, **ROLES)
    before = frame.copy()
    scaled = interrupted_time_series(frame.assign(y=frame["y"] * factor), **ROLES)
    assert scaled.value == pytest.approx(first.value * factor, rel=1e-6)
    assert scaled.interval.low == pytest.approx(first.interval.low * factor, rel=1e-6)
    for other in (frame.sample(frac=1, random_state=1), pl.from_pandas(frame)):
        again = interrupted_time_series(other, **ROLES)
        assert again.value == pytest.approx(first.value)
        assert again.interval.low == pytest.approx(first.interval.low)
    pd.testing.assert_frame_equal(frame, before)


def test_the_course_without_the_programme_is_drawn():
    table = interrupted_time_series(series(2), **ROLES).table["series"]
    assert {"time", "observed", "fitted", "counterfactual", "low", "high"} <= set(table.columns)
    late = table.iloc[40:]
    assert (late["fitted"] - late["counterfactual"]).mean() == pytest.approx(3, abs=1)


def test_it_says_what_it_rests_on_and_that_one_series_decides_little():
    made = interrupted_time_series(series(2), **ROLES)
    assert len(made.assumptions) >= 3
    assert made.check("decision grade").verdict == "fail"
    assert made.table["inference"]["leads"].sum() == 1
    assert all(len(check.meaning) > 20 for check in made.checks)


HOPELESS = {
    "an empty frame": (series().iloc[:0], {}),
    "nothing before": (series()[lambda d: d["t"] >= 40], {}),
    "nothing after": (series()[lambda d: d["t"] < 40], {}),
    "too few points": (series()[lambda d: d["t"].between(38, 42)], {}),
    "times twice": (pd.concat([series(), series().iloc[:2]]), {}),
    "a constant outcome": (series().assign(y=1.0), {}),
    "text": (series().assign(y="many"), {}),
    "infinite": (series().assign(y=np.inf), {}),
    "no outcome": (series().assign(y=np.nan), {}),
    "an unknown estimator": (series(), {"estimator": "arimaa"}),
    "an unknown column": (series(), {"outcome": "Y"}),
    "negative counts": (series().assign(y=-1 - series()["t"]), {"family": "poisson"}),
    "a level that is none": (series(), {"level": 95}),
}


@pytest.mark.parametrize("kind", sorted(HOPELESS))
def test_hopeless_data_are_refused_with_a_remedy(kind):
    frame, more = HOPELESS[kind]
    with pytest.raises(DesignError) as caught:
        interrupted_time_series(frame, **{**ROLES, **more})
    assert len(caught.value.do) > 10
    assert check_design("interrupted_time_series", frame, **{**ROLES, **more})
