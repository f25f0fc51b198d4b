"""Weights of near misses."""

import numpy as np
import pytest

from evalkit.coding.weights import agreement_weights
from evalkit.errors import CodingError

SCORES = np.array([1.0, 2.0, 4.0])


@pytest.mark.parametrize(
    ("kind", "first_row"),
    [
        ("identity", [1, 0, 0]),
        ("linear", [1, 2 / 3, 0]),
        ("quadratic", [1, 1 - 1 / 9, 0]),
        ("radical", [1, 1 - 3**-0.5, 0]),
        ("ordinal", [1, 1 - 1 / 3, 0]),
        ("ratio", [1, 1 - (1 / 3) ** 2 / (3 / 5) ** 2, 0]),
    ],
)
def test_weights_are_those_of_gwet(kind, first_row):
    table = agreement_weights(kind, SCORES)
    assert table[0].tolist() == pytest.approx(first_row)
    assert np.array_equal(table, table.T)


def test_one_category_agrees_with_itself():
    assert agreement_weights("linear", np.array([3.0])).tolist() == [[1.0]]


def test_unknown_weights_are_refused():
    with pytest.raises(CodingError, match="Did you mean `linear`"):
        agreement_weights("linar", SCORES)
