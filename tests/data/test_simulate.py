"""Simulated panels: a known effect comes back, and nobody can take them for real."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.data.describe import balance
from evalkit.data.simulate import simulate_panel, simulate_table
from evalkit.errors import DataError


def test_the_frame_says_that_it_is_simulated():
    """In its attributes and in the names of its units."""
    frame = simulate_panel(seed=3)
    assert frame.attrs["simulated"] == "simulated with seed 3; no real data"
    assert frame["unit"].str.startswith("sim-").all()


def test_the_same_seed_gives_the_same_frame():
    """And another seed another one."""
    pd.testing.assert_frame_equal(simulate_panel(seed=5), simulate_panel(seed=5))
    assert not simulate_panel(seed=5).equals(simulate_panel(seed=6))


def test_the_true_effect_is_where_it_was_put():
    """Effect 0.3, growing by 0.1, from each unit's own start."""
    frame = simulate_panel(units=8, periods=6, starts=(3, 5), effect=0.3, growth=0.1)
    since = frame["time"] - frame["first_treated"]
    expected = np.where(since >= 0, 0.3 + 0.1 * since, 0.0)
    np.testing.assert_allclose(frame["true_effect"], expected)
    assert sorted(frame["first_treated"].dropna().unique()) == [3, 5]
    assert (frame["post"] == (since >= 0).astype(int)).all()


def test_differences_find_the_effect():
    """400 units, noise 0.2: the standard error is about 0.014, so 0.06 is four of them."""
    frame = simulate_panel(units=400, periods=8, effect=0.5, noise_sd=0.2, seed=11)
    means = frame.groupby(["treated", frame["time"] > 4])["outcome"].mean()
    change = means[1].diff().iloc[-1] - means[0].diff().iloc[-1]
    assert change == pytest.approx(0.5, abs=0.06)


def test_a_pre_trend_biases_differences_as_it_should():
    """A trend of 0.1 a period over means four periods apart adds 0.4."""
    frame = simulate_panel(units=400, effect=0.0, pre_trend=0.1, noise_sd=0.2, seed=11)
    means = frame.groupby(["treated", frame["time"] > 4])["outcome"].mean()
    change = means[1].diff().iloc[-1] - means[0].diff().iloc[-1]
    assert change == pytest.approx(0.4, abs=0.06)


def test_noise_is_correlated_as_asked_and_keeps_its_size():
    """AR(1) with 0.7, stationary from the first period on."""
    frame = simulate_panel(units=4000, periods=4, treated=0, unit_sd=0, correlation=0.7, seed=2)
    wide = frame.pivot_table(index="unit", columns="time", values="outcome")
    assert np.corrcoef(wide[3], wide[4])[0, 1] == pytest.approx(0.7, abs=0.03)
    assert wide.std().tolist() == pytest.approx([1, 1, 1, 1], abs=0.04)


def test_clusters_are_treated_whole():
    """No cluster has treated and untreated units."""
    frame = simulate_panel(units=30, clusters=6, treated=0.5)
    assert frame.groupby("cluster")["treated"].mean().isin([0, 1]).all()
    assert frame.groupby("cluster")["treated"].first().sum() == 3


def test_someone_always_stays_untreated():
    """Even when all are asked for, one unit is left to compare with."""
    assert simulate_panel(units=5, treated=1.0).groupby("unit")["treated"].first().sum() == 4
    assert simulate_panel(units=5, treated=0.0)["treated"].sum() == 0


@pytest.mark.parametrize(
    "options",
    [{"units": 1}, {"treated": 1.5}, {"starts": (99,)}, {"correlation": 1.0}],
)
def test_impossible_worlds_are_refused(options):
    """With the value that cannot be."""
    with pytest.raises(DataError):
        simulate_panel(**options)


def test_the_table_has_roles_and_is_balanced():
    """Ready for examples."""
    table = simulate_table(units=4, periods=3)
    assert (table.unit, table.time) == ("unit", "time")
    assert balance(table.frame, "unit", "time").balanced
