"""Which influences places and periods could tell apart: by the design matrix, never by a guess."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import DataError
from evalkit.synthesis.inseparable import ELSEWHERE, Influence, separation

LONDON = ("London",)


def names(groups):
    return [group.members for group in groups]


def test_what_ran_in_the_same_place_over_the_same_years_cannot_be_told_apart():
    found = separation(
        [
            Influence("challenge", "The programme", 2003, 2011, LONDON),
            Influence("teachers", "New teachers", 2003, 2011, LONDON),
            Influence("primary", "Better primary schools", 1998, 2011, LONDON),
        ]
    )
    assert names(found.groups) == [("challenge", "teachers")]
    assert found.groups[0].how == "never"
    assert "“The programme” and “New teachers” ran in the same places" in found.words[0]
    assert found.separable == ("primary",)
    assert found.places == ("London", ELSEWHERE)


def test_what_was_everywhere_at_once_is_seen_by_no_comparison_of_places():
    found = separation(
        [
            Influence("here", "The programme", 2003, 2011, LONDON),
            Influence("exam", "A new examination", 2005, None),
            Influence("rich", "A rich city", places=LONDON),
        ]
    )
    assert found.unseen == ("exam", "rich")
    assert found.separable == ("here",)


def test_two_can_add_up_to_a_third():
    found = separation(
        [
            Influence("all", "Both cities", 2003, 2005, ("A", "B")),
            Influence("a", "City A", 2003, 2005, ("A",)),
            Influence("b", "City B", 2003, 2005, ("B",)),
            Influence("later", "Later in A", 2006, 2008, ("A",)),
        ]
    )
    assert names(found.groups) == [("all", "a", "b")]
    assert found.separable == ("later",)


def test_nearly_together_is_said_with_what_it_costs():
    found = separation(
        [
            Influence("x", "The programme", 2000, 2019, ("A",)),
            Influence("y", "The other", 2000, 2018, ("A",)),
        ],
        periods=range(1980, 2030),
    )
    (group,) = found.groups
    assert (group.members, group.how) == (("x", "y"), "hardly")
    a, b = (
        np.outer([1, 0], (np.arange(1980, 2030) >= 2000) & (np.arange(1980, 2030) <= end))
        for end in (2019, 2018)
    )
    apart = [one - one.mean(0) - one.mean(1, keepdims=True) + one.mean() for one in (a, b)]
    r = np.corrcoef(apart[0].ravel(), apart[1].ravel())[0, 1]
    assert group.inflation == pytest.approx(1 / (1 - r**2), rel=1e-9)
    assert f"{group.inflation:.0f} times" in group.words


def test_a_dose_that_differs_by_place_separates_what_dates_do_not():
    same = {"first": 2003, "last": 2011, "places": ("A", "B", "C")}
    together = [Influence("x", "X", **same), Influence("y", "Y", **same)]
    dosed = [together[0], Influence("y", "Y", **same, dose={"A": 3.0, "B": 0.2})]
    assert names(separation(together).groups) == [("x", "y")]
    assert separation(dosed).separable == ("x", "y")


@given(st.data())
def test_order_does_not_matter_and_the_groups_are_those_of_the_rank(data):
    places = ["A", "B", "C"]
    made = [
        Influence(
            f"i{k}",
            f"I {k}",
            first := data.draw(st.integers(2000, 2004)),
            data.draw(st.integers(first, 2006)),
            tuple(data.draw(st.sets(st.sampled_from(places), min_size=1))),
        )
        for k in range(data.draw(st.integers(2, 5)))
    ]
    found = separation(made)
    turned = separation(made[::-1], places=found.places[:-1])
    assert {frozenset(one.members) for one in found.groups if one.how == "never"} == {
        frozenset(one.members) for one in turned.groups if one.how == "never"
    }
    assert set(found.separable) == set(turned.separable)
    never = {id for one in found.groups if one.how == "never" for id in one.members}
    columns = {one.id: centred(one, found.places, found.periods) for one in made}
    rank = np.linalg.matrix_rank(np.array(list(columns.values())), tol=1e-8)
    for id, own in columns.items():
        rest = np.array([column for other, column in columns.items() if other != id])
        lost = np.linalg.matrix_rank(rest, tol=1e-8) == rank and np.any(np.abs(own) > 1e-9)
        assert (id in never) == lost


def centred(one, places, periods):
    column = np.array(
        [[float(p in one.places and one.first <= t <= one.last) for t in periods] for p in places]
    )
    return (column - column.mean(0) - column.mean(1, keepdims=True) + column.mean()).ravel()


@pytest.mark.parametrize(
    ("influences", "wrong"),
    [
        ([Influence("x", "X", 2003, 2001)], "ends \\(2001\\) before it begins"),
        ([Influence("x", "X"), Influence("x", "Y")], "stands twice"),
        ([Influence("x", "X")], "says when it ran"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_remedy(influences, wrong):
    with pytest.raises(DataError, match=wrong) as caught:
        separation(influences)
    assert caught.value.do
