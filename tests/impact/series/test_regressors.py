"""Columns of a segmented regression."""

import numpy as np
import pytest

from evalkit.impact.series.regressors import level, season_columns, slope

TIMES = np.arange(8)


def test_a_step_and_a_ramp_reach_one():
    assert level(TIMES, 4, 1).tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert level(TIMES, 4, 2).tolist() == [0, 0, 0, 0, 0.5, 1, 1, 1]


def test_the_slope_counts_from_the_full_effect():
    assert slope(TIMES, 4, 1).tolist() == [0, 0, 0, 0, 0, 1, 2, 3]
    assert slope(TIMES, 4, 2).tolist() == [0, 0, 0, 0, 0, 0, 1, 2]


@pytest.mark.parametrize(
    ("season", "harmonics", "count"), [(12, 2, 4), (4, 2, 3), (4, 0, 3), (0, 2, 0), (12, 9, 11)]
)
def test_season_has_as_many_columns_as_it_should(season, harmonics, count):
    made = season_columns(np.arange(48), season, harmonics)
    assert made.shape == (48, count)
    if count:
        np.testing.assert_allclose(made[:season], made[season : 2 * season], atol=1e-12)


def test_all_harmonics_hold_what_dummies_hold():
    one = np.column_stack([np.ones(36), season_columns(np.arange(36), 12, 6)])
    two = np.column_stack([np.ones(36), season_columns(np.arange(36), 12, 0)])
    fit = one @ np.linalg.lstsq(one, two, rcond=None)[0]
    np.testing.assert_allclose(fit, two, atol=1e-10)
