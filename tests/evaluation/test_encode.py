from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import ResultsError
from evalkit.evaluation.encode import plain, record
from evalkit.impact.estimate import Check, Estimate, Interval

ESTIMATE = Estimate("m", "d", "e", "t", "o", 1.5, 0.5, Interval(0.5, 2.5), None, 9, 9, 9, 3)


@pytest.mark.parametrize(
    "missing", [math.nan, math.inf, -math.inf, np.nan, np.float64("inf"), pd.NA, pd.NaT, None]
)
def test_what_is_no_number_becomes_null(missing):
    assert plain([missing]) == [None]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float64(2.0), 2.0),
        (np.float64(0.1), 0.1),
        (0.1 + 0.2, 0.30000000000000004),
    ],
)
def test_numbers_keep_every_digit_and_their_kind(value, expected):
    got = plain(value)
    assert (got, type(got)) == (expected, type(expected))


def test_a_frame_becomes_columns_and_rows():
    frame = pd.DataFrame({"period": [2016, 2017], "estimate": [0.5, np.nan]}, index=[7, 9])
    assert plain(frame) == {"columns": ["period", "estimate"], "rows": [[2016, 0.5], [2017, None]]}


def test_draws_and_native_results_stay_out():
    values = plain(replace(ESTIMATE, draws=np.zeros(3), native=object()))
    assert not {"draws", "native"} & set(values)


def test_an_estimate_comes_back_as_it_was():
    frame = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.0], "c": ["x", "y"]})
    check = Check("pre-trend", 1.0, 0.2, "pass", "words")
    one = replace(ESTIMATE, table={"t": frame}, checks=(check,), notes=("n",))
    back = record(Estimate, json.loads(json.dumps(plain(one))))
    pd.testing.assert_frame_equal(back.table["t"], frame)
    assert replace(back, table={}) == replace(one, table={})


def test_a_number_that_was_not_finite_comes_back_as_no_number():
    back = record(Estimate, plain(replace(ESTIMATE, std_error=math.nan)))
    assert math.isnan(back.std_error)
    assert back.p_value is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": "much"}, "`value` is not float"),
        ({"checks": {}}, "`checks` is not a list"),
        ({"interval": 3}, "`interval` is not a mapping"),
        ({"interval": {"low": 1.0}}, "`interval.high` is missing"),
        (
            {
                "checks": [
                    {"name": "x", "statistic": 1, "p_value": 1, "verdict": "fine", "meaning": ""}
                ]
            },
            "`checks[0].verdict` is none of pass",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(change, words):
    with pytest.raises(ResultsError, match=r".") as caught:
        record(Estimate, {**plain(ESTIMATE), **change})
    assert words in str(caught.value)
