"""No two links share a point on a box."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.theory.columns import arrange
from evalkit.theory.ports import spread_ports


def test_links_leave_in_the_order_in_which_they_arrive(make):
    boxes = {"a": "activities", "x": "outcomes", "y": "outcomes", "z": "outcomes"}
    columns = arrange(make(boxes, "a -> z", "a -> x", "a -> y"))
    ranks = columns.ranks()
    (ends,) = [
        found for (place, _), found in spread_ports(columns).sides.items() if place == (0, 0)
    ]
    arrivals = [ranks[1, columns.items[1].index(link[-1])] for link, _ in ends]
    assert arrivals == sorted(arrivals)


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_ends_on_one_side_lie_apart_and_on_the_box(theories, data):
    columns = arrange(data.draw(theories))
    ports = spread_ports(columns)
    heights = {place: 12.0 * ports.most(place) + 20 for place, _ in ports.sides}
    offsets = ports.offsets(heights)
    for (place, _), ends in ports.sides.items():
        found = [offsets[end] for end in ends]
        assert all(below - above > 5 for above, below in pairwise(found))
        assert all(abs(each) <= heights[place] / 2 for each in found)
