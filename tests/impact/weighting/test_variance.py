import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import ttest_ind

from evalkit.impact.weighting.effect import Arms, difference_of_means
from evalkit.impact.weighting.variance import (
    JACKKNIFE,
    jackknife_row,
    matched_set_rows,
    parts_of,
    units_of,
    weighting_rows,
    welch,
)

RNG = np.random.default_rng(0)


def test_degrees_of_freedom_are_nearly_welchs_for_two_plain_means():
    t = (np.arange(40) < 9).astype(float)
    y = RNG.normal(size=40) * np.where(t == 1, 3, 1)
    value, influence = difference_of_means(Arms(y, t, np.zeros((40, 0)), np.ones(40)), np.ones(40))
    units = units_of(None, t, np.ones(40))
    peer = ttest_ind(y[t == 1], y[t == 0], equal_var=False)
    assert welch(units, parts_of(influence, units)) == pytest.approx(peer.df, rel=0.1)
    assert value == pytest.approx(y[t == 1].mean() - y[t == 0].mean())


def test_matched_sets_are_clusters_as_in_least_squares():
    t, sets = np.tile([1.0, 0.0], 30), np.repeat(np.arange(30), 2)
    y = RNG.normal(size=60) + np.repeat(RNG.normal(size=30), 2) + t
    value, influence = difference_of_means(Arms(y, t, np.zeros((60, 0)), np.ones(60)), np.ones(60))
    row = matched_set_rows(value, influence, sets, None, 0.95)[0]
    peer = sm.OLS(y, sm.add_constant(t)).fit(
        cov_type="cluster", cov_kwds={"groups": sets}, use_t=True
    )
    assert row["std_error"] == pytest.approx(peer.bse[1])
    assert row["df"] == 29
    assert (row["low"], row["high"]) == pytest.approx(tuple(peer.conf_int()[1]))


def test_two_ways_of_clustering_are_never_below_either():
    t, sets = np.tile([1.0, 0.0], 30), np.repeat(np.arange(30), 2)
    school = RNG.integers(0, 8, 60)
    y = RNG.normal(size=60) + RNG.normal(size=8)[school]
    value, influence = difference_of_means(Arms(y, t, np.zeros((60, 0)), np.ones(60)), np.ones(60))
    rows = matched_set_rows(value, influence, sets, school, 0.95)
    assert rows[1]["std_error"] >= rows[0]["std_error"]
    assert rows[1]["df"] == 7
    assert [row["leads"] for row in rows] == [False, True]


def test_the_jackknife_of_a_mean_is_its_usual_error():
    y, t = RNG.normal(size=30), np.ones(30)
    units = units_of(None, t, np.ones(30))
    row = jackknife_row(y.mean(), units, lambda rows: y[rows].mean(), (y - y.mean()) / 30, 0.95)
    assert row["std_error"] == pytest.approx(y.std(ddof=1) / np.sqrt(30))
    assert isinstance(jackknife_row(0.0, units, lambda _: None, y, 0.95), str)


def test_few_units_lead_with_the_wider_of_sandwich_and_jackknife():
    y, t = RNG.normal(size=30), (np.arange(30) < 15).astype(float)
    units = units_of(None, t, np.ones(30))
    influence = y / 100
    rows, note = weighting_rows(
        1.0, (influence, influence), units, lambda rows: y[rows].sum(), 0.95
    )
    assert note == ""
    assert rows[2]["method"] == JACKKNIFE.format(unit="row")
    assert rows[2]["leads"] == (rows[2]["std_error"] > rows[0]["std_error"])
    assert sum(row["leads"] for row in rows) == 1


def test_clusters_that_hold_both_groups_are_on_both_sides():
    units = units_of(np.array([0, 0, 1, 1, 2]), np.array([1.0, 0, 1, 1, 0]), np.ones(5))
    assert units.side.tolist() == [2, 1, 0]
    assert units.sides() == (2, 2)
