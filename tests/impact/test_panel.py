"""The panel as arrays: what is refused, what is left out, how it is ordered."""

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.panel import Roles, read_panel, varies_within

ROLES = Roles("y", "unit", "time", own=("d",))


def frame(**more):
    made = {
        "unit": ["a", "a", "b", "b"],
        "time": [1, 2, 1, 2],
        "y": [1.0, 2, 3, 5],
        "d": [0, 1, 0, 0],
    }
    return pd.DataFrame(made | more)


def wrong(table, roles=ROLES):
    return " ".join(text for text, _ in read_panel(table, roles)[1])


def test_rows_are_sorted_by_unit_and_time():
    panel, faults = read_panel(frame().iloc[::-1], ROLES)
    assert faults == []
    assert panel.y.tolist() == [1, 2, 3, 5]
    assert panel.times.tolist() == [1, 2]


def test_periods_may_be_dates():
    dates = pd.to_datetime(["2020-09-01", "2021-09-01"] * 2)
    panel, _ = read_panel(frame(time=dates), ROLES)
    assert panel.time.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"time": ["2019/20", "2020/21"] * 2}, "not numbers"),
        ({"unit": ["a", "a", None, "b"]}, "`unit` is blank in 1 rows"),
        ({"d": [0, 1, None, 0]}, "`d` is blank in 1 rows"),
        ({"y": [4.0] * 4}, "same value (4)"),
        ({"time": [1, 1, 1, 1], "unit": list("abcd")}, "one period only"),
    ],
)
def test_each_fault_is_named(more, words):
    assert words in wrong(frame(**more))


def test_all_faults_of_columns_come_at_once():
    text = wrong(frame(y=["x", "1", "2", "3"], d=[0, np.inf, 0, 0]))
    assert "`y`" in text
    assert "`d`" in text


def test_a_unit_in_two_clusters_is_refused():
    roles = Roles("y", "unit", "time", cluster="c", own=("d",))
    assert "more than one `c`" in wrong(frame(c=[1, 2, 1, 1]), roles)


def test_weights_must_be_above_zero():
    roles = Roles("y", "unit", "time", weights="w", own=("d",))
    assert "not all above zero" in wrong(frame(w=[1, 0, 1, 1]), roles)


def test_keeping_rows_counts_codes_anew():
    panel, _ = read_panel(frame(), ROLES)
    part = panel.keep(panel.unit == 1)
    assert part.unit.tolist() == [0, 0]
    assert part.own["d"].tolist() == [0, 0]


def test_variation_within_groups_is_seen():
    groups = np.array([0, 0, 1, 1])
    assert not varies_within(np.array([1.0, 1, 2, 2]), groups)
    assert varies_within(np.array([1.0, 1, 2, 3]), groups)
