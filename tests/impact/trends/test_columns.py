"""Codes of further effects, and lags of the treatment."""

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.panel import Roles
from evalkit.impact.trends.columns import FURTHER, base_of, lagged_treatment, with_effects

ROLES = Roles("y", "site", "year", own=("on",))


@pytest.mark.parametrize(
    ("effects", "base"),
    [
        ("two_way", "two_way"),
        ("time", "time"),
        (["unit", "time"], "two_way"),
        (["site", "region*year"], "unit"),
        (["region"], "neither"),
    ],
)
def test_the_base_is_read_from_words_and_columns(effects, base):
    assert base_of(effects, ROLES) == base


def test_combinations_get_a_code_each_and_blanks_stay_blank():
    frame = pd.DataFrame(
        {"y": 1.0, "site": list("aabb"), "year": [1, 2, 1, 2], "on": 0, "r": ["n", "n", None, "s"]}
    )
    table, roles, faults = with_effects(frame, ROLES, ["unit", "r * time"])
    assert not faults
    assert roles.own == ("on", FURTHER + "r*time")
    codes = table[FURTHER + "r*time"]
    assert codes.isna().tolist() == [False, False, True, False]
    assert codes.nunique() == 3


def lagged(frame, lag, *, assume):
    return lagged_treatment(frame, ROLES, lag, assume=assume)[0].tolist()


def test_a_lag_is_the_treatment_of_the_period_before_in_any_order_of_rows():
    frame = pd.DataFrame(
        {"y": 1.0, "site": list("aaabbb"), "year": [1, 2, 3] * 2, "on": [0, 1, 0, 2, 3, 4]}
    )
    assert lagged(frame, 1, assume=True) == pytest.approx([0, 0, 1, np.nan, 2, 3], nan_ok=True)
    assert lagged(frame, 1, assume=False) == pytest.approx(
        [np.nan, 0, 1, np.nan, 2, 3], nan_ok=True
    )
    assert lagged(frame, 2, assume=True) == pytest.approx([0, 0, 0, np.nan, np.nan, 2], nan_ok=True)
    mixed = frame.sample(frac=1, random_state=1)
    again = pd.Series(lagged(mixed, 1, assume=True), index=mixed.index).sort_index()
    assert again.tolist() == pytest.approx([0, 0, 1, np.nan, 2, 3], nan_ok=True)


def test_a_gap_leaves_the_lag_unknown():
    frame = pd.DataFrame({"y": 1.0, "site": list("aabbb"), "year": [1, 3, 1, 2, 3], "on": 0})
    assert np.isnan(lagged(frame, 1, assume=True)[1])
