"""Pooling as a design: published values, coverage (simulated), and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from evalkit.errors import DesignError
from evalkit.impact.designs import check_design
from evalkit.impact.designs.pooled import KH, ROBUST, pooled

GOLDEN = Path(__file__).parents[2] / "golden" / "pooled"
ROLES = {"estimate": "y", "std_error": "se"}


def studies(seed=0, k=20, mean=0.3, tau=0.2):
    rng = np.random.default_rng(seed)
    se = rng.uniform(0.05, 0.3, k)
    y = mean + rng.normal(0, tau, k) + rng.normal(0, se)
    return pd.DataFrame({"y": y, "se": se, "name": [f"s{at}" for at in range(k)]})


def test_eight_schools_as_published():
    frame = pd.DataFrame(
        {"y": [28.0, 8, -3, 7, -1, 1, 18, 12], "se": [15.0, 10, 16, 11, 9, 11, 10, 18]}
    )
    made = pooled(frame, **ROLES)
    assert round(made.value, 4) == 7.6856
    assert (made.interval.low, made.interval.high) == pytest.approx((-0.2100, 15.5813), abs=5e-4)
    assert made.interval.method == KH
    assert made.check("few studies").verdict == "concern"


def test_teacher_expectancy_as_published():
    frame = pd.read_csv(GOLDEN / "raudenbush1985.csv")
    made = pooled(frame.assign(se=np.sqrt(frame["vi"])), estimate="yi", std_error="se")
    assert round(made.value, 4) == 0.0837
    table = made.table["heterogeneity"].set_index("quantity")
    assert round(table.loc["tau2", "estimate"], 4) == 0.0188
    assert table.loc["tau2", "low"] < 0.0188 < table.loc["tau2", "high"]


@pytest.mark.parametrize("k", [6, 20])
def test_the_intervals_cover_the_mean_and_a_new_place(k):
    mean = new = 0
    for seed in range(60):
        made = pooled(studies(seed, k), **ROLES)
        mean += made.interval.low <= 0.3 <= made.interval.high
        place = 0.3 + np.random.default_rng(1000 + seed).normal(0, 0.2)
        row = made.table["prediction"].iloc[0]
        new += row["low"] <= place <= row["high"]
    assert mean >= 52
    assert new >= 51


def test_estimates_that_depend_on_each_other_get_robust_errors():
    frame = studies(3)
    doubled = pd.concat([frame, frame], ignore_index=True)
    plain, robust = pooled(doubled, **ROLES), pooled(doubled, **ROLES, cluster="name")
    assert robust.interval.method == ROBUST
    assert robust.n_clusters == 20
    assert robust.std_error > plain.std_error


def test_moderators_take_their_part():
    frame = studies(5, 30, tau=0.05)
    frame["hours"] = np.arange(30) / 30
    frame["y"] += frame["hours"]
    plain = pooled(frame, **ROLES).table["heterogeneity"]["estimate"][0]
    assert pooled(frame, **ROLES, moderators="hours").table["heterogeneity"]["estimate"][0] < plain


def test_units_order_and_kind_of_frame_do_not_matter():
    frame = studies(7)
    first = pooled(frame, **ROLES)
    scaled = pooled(frame.assign(y=frame["y"] * 1000, se=frame["se"] * 1000), **ROLES)
    assert scaled.interval.low == pytest.approx(first.interval.low * 1000, rel=1e-5)
    for other in (frame.sample(frac=1, random_state=1), pl.from_pandas(frame)):
        assert pooled(other, **ROLES).value == pytest.approx(first.value)
    assert pooled(frame, outcome="y", std_error="se").value == first.value


@pytest.mark.parametrize(
    ("frame", "more"),
    [
        (studies(k=1), {}),
        (studies().assign(se=0.0), {}),
        (studies().assign(y="big"), {}),
        (studies().assign(y=np.inf), {}),
        (studies().assign(y=np.nan), {}),
        (studies(), {"estimate": "Y"}),
        (studies(), {"estimate": None}),
        (studies(), {"estimator": "remll"}),
        (studies(), {"weights": "se"}),
        (studies().assign(m=1.0), {"moderators": "m"}),
        (studies().assign(g="one"), {"cluster": "g"}),
        (studies(), {"inference": "bayes"}),
    ],
)
def test_hopeless_data_are_refused_with_a_remedy(frame, more):
    with pytest.raises(DesignError) as caught:
        pooled(frame, **{**ROLES, **more})
    assert len(caught.value.do) > 5
    assert check_design("pooled", frame, **{**ROLES, **more})
