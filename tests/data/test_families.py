"""Families of comparable places."""

import numpy as np
import pandas as pd
import pytest

from evalkit.data.families import comparable_places
from evalkit.errors import DataError

PLACES = pd.DataFrame(
    {
        "place": ["A", "B", "C", "D", "E"],
        "poverty": [10.0, 11.0, 20.0, 30.0, np.nan],
        "size": [5.0, 5.5, 5.0, 9.0, 5.0],
    }
)


def test_neighbours_are_those_of_a_hand_computation():
    made = comparable_places(
        PLACES, unit="place", traits=["poverty", "size"], count=2, places=["A"]
    )
    known = PLACES.dropna()
    scaled = (known[["poverty", "size"]] - known[["poverty", "size"]].mean()) / known[
        ["poverty", "size"]
    ].std()
    distance = np.sqrt(((scaled - scaled.iloc[0]) ** 2).mean(axis=1))
    assert made["neighbour"].tolist() == ["B", "C"]
    assert made["distance"].tolist() == pytest.approx(distance.iloc[1:3].tolist())
    assert made["poverty apart"][0] == pytest.approx(1 / known["poverty"].std())


def test_units_of_traits_and_order_of_rows_do_not_matter():
    shuffled = PLACES.sample(frac=1, random_state=1).assign(size=PLACES["size"] * 1000)
    first = comparable_places(PLACES, unit="place", traits=["poverty", "size"], count=2)
    other = comparable_places(shuffled, unit="place", traits=["poverty", "size"], count=2)
    pd.testing.assert_frame_equal(first, other)


def test_neighbours_in_name_only_are_marked():
    made = comparable_places(PLACES, unit="place", traits=["poverty", "size"], count=1)
    assert made.set_index("unit")["far"].to_dict() == {"A": 0, "B": 0, "C": 0, "D": 1}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"traits": []}, "No traits"),
        ({"traits": ["povety"]}, "povety"),
        ({"count": 4}, "Only 3 places"),
        ({"places": ["Z"]}, "`Z` is not in"),
        ({"places": ["E"]}, "lacks a trait"),
    ],
)
def test_what_makes_no_family_is_refused(change, words):
    options = {"unit": "place", "traits": ["poverty"], "count": 2, **change}
    with pytest.raises(DataError, match=words):
        comparable_places(PLACES, **options)
    with pytest.raises(DataError, match="the same in every place"):
        comparable_places(PLACES.assign(size=1), unit="place", traits=["size"], count=1)
