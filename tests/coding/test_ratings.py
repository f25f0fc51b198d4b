"""Ratings in any of the shapes people have them."""

import numpy as np
import pandas as pd
import pytest

from evalkit.coding.ratings import read_ratings
from evalkit.errors import CodingError


def test_missing_ratings_are_minus_one_and_categories_are_sorted():
    read = read_ratings([["b", None], ["a", float("nan")]])
    assert read.categories == ("a", "b")
    assert read.codes.tolist() == [[1, -1], [0, -1]]
    assert read.n_coders == 2


def test_numbers_stay_numbers_whatever_their_container():
    assert read_ratings([[2, None], [1, 10]]).categories == (1.0, 2.0, 10.0)
    assert read_ratings(np.array([[2, 1]])).categories == (1.0, 2.0)
    assert read_ratings(pd.DataFrame({"u": [1, 0]}, dtype="Int64")).categories == (0.0, 1.0)


def test_rows_count_coders_by_category():
    read = read_ratings([["a", "b", None], ["a", "a", None]])
    assert read.rows().tolist() == [[2, 0], [1, 1], [0, 0]]


@pytest.mark.parametrize("ratings", [["ab", "ab"], [1, 2], np.arange(3)])
def test_one_dimension_is_refused(ratings):
    with pytest.raises(CodingError, match="two dimensions"):
        read_ratings(ratings)
