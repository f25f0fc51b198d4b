"""Heights keep order and distance, and stand level where they can."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.theory.placing import Pull, level, place_columns


def test_wishes_that_do_not_collide_are_granted():
    assert level([0, 10, 30], [1, 1, 1], [0, 5, 5]) == [0, 10, 30]


def test_wishes_that_collide_are_shared_by_weight():
    # two items want height 0 and must stand 4 apart; the second weighs three times as much
    assert level([0, 0], [1, 3], [0, 4]) == [-3, 1]


NUMBERS = st.floats(-100, 100)


@settings(deadline=None)
@given(wanted=st.lists(NUMBERS, min_size=1, max_size=8), apart=st.floats(0, 20))
def test_order_and_distance_are_always_kept(wanted, apart):
    placed = level(wanted, [1.0] * len(wanted), [apart] * len(wanted))
    assert all(below - above >= apart - 1e-9 for above, below in pairwise(placed))
    assert sum(placed) == pytest.approx(sum(wanted), abs=1e-6)


def test_a_chain_is_drawn_level():
    pulls = [[Pull(0, 0, 0.0, 0.0, 1.0)], [Pull(0, 0, 0.0, 0.0, 1.0)]]
    middles = place_columns(
        [[0, 1], [0], [0]], [[40, 40], [2], [40]], [[20, 20], [13], [20]], pulls
    )
    assert abs(middles[0][0] - middles[1][0]) < 8
    assert abs(middles[1][0] - middles[2][0]) < 8
    assert middles[0][1] - middles[0][0] >= 60
