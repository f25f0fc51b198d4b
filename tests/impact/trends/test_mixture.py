"""What a two-way estimate averages, in tables and words."""

import numpy as np
import pytest

from evalkit.impact.panel import NEVER
from evalkit.impact.trends.mixture import Rows, mixture


def rows(starts, periods=6, **more):
    units = len(starts)
    unit, time = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    first = np.asarray(starts)[unit]
    d = (time >= first).astype(float)
    x = np.column_stack([np.eye(units)[unit], np.eye(periods)[time]])
    given = {
        "y": np.random.default_rng(1).normal(size=len(d)),
        "d": d,
        "w": np.ones(len(d)),
        "unit": unit,
        "time": time,
        "first": first,
        "residual": d - x @ np.linalg.lstsq(x, d, rcond=None)[0],
        "labels": list(range(2001, 2001 + periods)),
        "plain": True,
    }
    return Rows(**{**given, **more})


def test_one_start_passes_without_tables():
    tables, check = mixture(rows([2, 2, NEVER]), 1.0)
    assert (tables, check.verdict) == ({}, "pass")


def test_starts_apart_are_warned_of_and_the_alternative_is_named():
    tables, check = mixture(rows([1, 1, 3, 4]), 1.0)
    assert check.verdict == "fail"
    assert "staggered_adoption" in check.meaning
    assert tables["decomposition"]["weight"].sum() == pytest.approx(1)
    cells = tables["weights_by_cell"]
    assert cells["weight"].sum() == pytest.approx(1)
    assert cells["share"].sum() == pytest.approx(1)
    assert set(cells["start"]) == {2002, 2004, 2005}
    assert tables["weights"]["sum_negative"][0] == check.statistic < 0


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"plain": False}, "covariates"),
        ({"w": np.arange(1.0, 25.0)}, "differ between periods"),
        ({"unit": np.array([0] * 5 + [1] * 7 + [2] * 6 + [3] * 6)}, "lack some"),
    ],
)
def test_where_pairs_cannot_be_had_the_check_says_why(more, words):
    tables, check = mixture(rows([1, 1, 3, NEVER], **more), 1.0)
    assert "decomposition" not in tables
    assert "weights" in tables
    assert words in check.meaning


def test_a_dose_has_weights_only_and_one_below_zero_has_none():
    made = rows([1, 1, 3, 4])
    tables, check = mixture(rows([1, 1, 3, 4], first=None, d=made.d * 2), 1.0)
    assert list(tables) == ["weights"]
    assert "staggered_adoption" not in check.meaning
    tables, check = mixture(rows([1, 1, 3, 4], first=None, d=made.d - 0.5), 1.0)
    assert (tables, check.verdict) == ({}, "information")
