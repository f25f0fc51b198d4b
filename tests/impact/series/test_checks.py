"""Checks of an interrupted series find what was put in."""

import numpy as np
import pandas as pd

from evalkit.impact.designs.interrupted_time_series import interrupted_time_series as its


def run(y, **more):
    frame = pd.DataFrame({"t": range(len(y)), "y": y})
    return its(frame, outcome="y", time="t", **{"start": len(y) // 2, **more})


def noise(n=72, seed=0):
    return np.random.default_rng(seed).normal(0, 1, n)


def test_a_season_that_is_not_held_is_seen():
    wave = 3 * np.sin(2 * np.pi * np.arange(72) / 12)
    assert run(noise() + wave).check("season").verdict == "concern"
    assert run(noise() + wave, season=12).check("season").verdict == "pass"
    assert run(noise()).check("season").verdict == "pass"


def test_a_bend_before_the_start_is_seen():
    time = np.arange(72)
    assert (
        run(noise() + 0.03 * time**2).check("straight trend before the start").verdict == "concern"
    )
    assert run(noise(seed=2)).check("straight trend before the start").verdict == "pass"


def test_few_points_are_a_concern():
    made = run(noise(14))
    assert made.check("points before and after").verdict == "concern"


def test_changes_at_other_dates_are_seen():
    jump = 4.0 * (np.arange(72) % 20 < 10)
    assert run(noise() * 0.3 + jump).check("placebo date").verdict == "concern"
    assert run(noise() + 6 * (np.arange(72) >= 36)).check("placebo date").verdict == "pass"


def test_autocorrelation_is_seen():
    e = noise(200)
    for i in range(1, 200):
        e[i] += 0.7 * e[i - 1]
    assert run(e).check("autocorrelation").p_value < 0.05
    assert run(noise(200)).check("autocorrelation").verdict == "pass"


def test_more_periods_show_smaller_changes():
    table = run(noise()).table["power"].sort_values("periods_after")
    assert table["smallest_detectable"].is_monotonic_decreasing
    assert table["as_observed"].sum() == 1


def test_no_control_series_is_a_concern_and_a_like_one_is_not():
    y = noise()
    assert run(y).check("comparison group").verdict == "concern"
    frame = pd.DataFrame({"t": range(72), "y": y, "other": noise(seed=4)})
    made = its(frame, outcome="y", time="t", start=36, comparison="other")
    assert made.check("comparison group").verdict == "pass"
