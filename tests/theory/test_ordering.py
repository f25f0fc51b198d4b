"""Few crossings, the same each time."""

from __future__ import annotations

from itertools import combinations, permutations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.theory.ordering import order_columns


def counted(orders, joins):
    """Count crossings pair by pair, the slow and sure way."""
    total = 0
    for at, pairs in enumerate(joins):
        left = {item: rank for rank, item in enumerate(orders[at])}
        right = {item: rank for rank, item in enumerate(orders[at + 1])}
        total += sum(
            (left[a] - left[c]) * (right[b] - right[d]) < 0
            for (a, b), (c, d) in combinations(pairs, 2)
        )
    return total


def test_a_knot_that_can_be_undone_is_undone():
    joins = [[(0, 2), (1, 1), (2, 0)], [(0, 0), (1, 1), (2, 2)]]
    orders, crossings = order_columns([3, 3, 3], joins)
    assert crossings == counted(orders, joins) == 0


def test_all_joined_to_all_cannot_be_undone():
    # K(3,3) drawn in two columns: C(3,2) * C(3,2) = 9 crossings, whatever the order
    assert order_columns([3, 3], [list(product(range(3), range(3)))])[1] == 9


def test_the_same_seed_gives_the_same_order_and_nothing_is_no_trouble():
    joins = [[(a, (a * 3 + b) % 7) for a in range(7) for b in range(2)]]
    assert order_columns([7, 7], joins, seed=4) == order_columns([7, 7], joins, seed=4)
    assert order_columns([], []) == ([], 0)
    assert order_columns([0, 1], [[]]) == ([[], [0]], 0)


PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=9, unique=True)


@settings(deadline=None, max_examples=40)
@given(first=PAIRS, second=PAIRS)
def test_small_cases_reach_the_fewest_crossings_there_can_be(first, second):
    joins = [first, second]
    orders, crossings = order_columns([4, 4, 4], joins)
    assert [sorted(order) for order in orders] == [[0, 1, 2, 3]] * 3
    assert crossings == counted(orders, joins)
    best = min(
        counted([left, middle, right], joins)
        for middle in permutations(range(4))
        for left in [_sorted_by(middle, first, 0)]
        for right in [_sorted_by(middle, second, 1)]
    )
    assert crossings <= best


def _sorted_by(middle, pairs, side):
    """Return a good order of an outer column for a given middle (by mean rank)."""
    ranks = {item: rank for rank, item in enumerate(middle)}
    found = {item: [] for item in range(4)}
    for pair in pairs:
        found[pair[side]].append(ranks[pair[1 - side]])
    return sorted(found, key=lambda item: sum(found[item]) / max(len(found[item]), 1))
