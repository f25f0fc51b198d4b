"""Frames of other libraries, and values that are not numbers."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from evalkit.errors import DesignError
from evalkit.impact.frame import choice_fault, names_of, numbers, read_columns, refuse


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_every_kind_of_frame_gives_the_same_columns(make):
    table, faults = read_columns(make({"a": [1, 2, None], "b": ["x", "y", None]}), ["a", "b"])
    assert faults == []
    assert numbers(table["a"], "a")[0].tolist()[:2] == [1.0, 2.0]
    assert table["b"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "boolean", "object"])
def test_nullable_columns_are_numbers(dtype):
    made, faults = numbers(pd.Series([1, 0, None], dtype=dtype), "a")
    assert faults == []
    assert np.isnan(made[2])


def test_text_that_is_no_number_is_named():
    _, faults = numbers(pd.Series(["1", "SUPP"]), "rate")
    assert "SUPP" in faults[0][0]


def test_every_fault_is_in_the_error_and_each_remedy_once():
    with pytest.raises(DesignError) as caught:
        refuse([("One.", "Do this."), ("Two.", "Do this.")], "pooled")
    assert "One. Two." in caught.value.wrong
    assert caught.value.do == "Do this."


def test_a_choice_is_answered_with_the_nearest():
    assert "Did you mean `two_way`?" in choice_fault("effects", "twoway", ("two_way", "unit"))[0][0]


@pytest.mark.parametrize(("given", "names"), [(None, ()), ("a", ("a",)), (["a", "b"], ("a", "b"))])
def test_names_are_one_or_many(given, names):
    assert names_of(given) == names
