"""Every box placed, none on another, no link through a box that is not its end."""

from __future__ import annotations

from itertools import combinations, pairwise, product

from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.theory.layout import lay_out
from evalkit.theory.model import SECTIONS
from evalkit.theory.routes import ARROW, sample


def test_empty_sections_have_no_column(make):
    layout = lay_out(make({"a": "activities", "i": "impact"}, "a -> i"))
    assert [column.section for column in layout.columns] == ["activities", "impact"]


def test_a_theory_without_boxes_is_an_empty_picture(make):
    layout = lay_out(make({}))
    assert (layout.boxes, layout.routes) == ((), ())
    assert layout.width > 0
    assert layout.height > 0


def test_columns_stand_in_the_order_of_the_sections(example):
    layout = lay_out(example)
    lefts = [column.x for column in layout.columns]
    assert lefts == sorted(lefts)


def test_the_examples_have_next_to_no_crossings(example):
    assert lay_out(example).crossings <= 2


def test_feedback_runs_outside_all_boxes(make):
    boxes = {"a": "activities", "b": "activities", "e": "early_outcomes", "o": "outcomes"}
    layout = lay_out(make(boxes, "a -> e", "e -> o", "b -> o", "o => a"))
    (back,) = [route for route in layout.routes if route.kind == "back"]
    heights = [y for _, y in sample(back)]
    top = min(box.y for box in layout.boxes)
    bottom = max(box.y + box.height for box in layout.boxes)
    assert min(heights) < top or max(heights) > bottom


def test_the_same_theory_is_laid_out_the_same_way(example):
    assert lay_out(example) == lay_out(example)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_every_box_is_placed_inside_and_none_overlaps_another(theories, data):
    theory = data.draw(theories)
    layout = lay_out(theory)
    assert sorted(box.id for box in layout.boxes) == sorted(node.id for node in theory.nodes)
    for box in layout.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= layout.width
        assert box.y + box.height <= layout.height
    for one, two in combinations(layout.boxes, 2):
        apart = one.x + one.width < two.x or two.x + two.width < one.x
        assert apart or one.y + one.height < two.y or two.y + two.height < one.y


def test_long_links_go_round_the_boxes_of_a_crowded_theory(make):
    boxes = {f"{section[:2]}{at}": section for section in SECTIONS[:5] for at in range(5)}
    ends = product((f"co{at}" for at in range(5)), ("ac0", "ou1", "ea2", "ea3", "ou4"))
    assert_routes_are_clear(lay_out(make(boxes, *(f"{a} -> {b}" for a, b in ends))))


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_no_link_runs_through_a_box_or_leaves_the_picture(theories, data):
    theory = data.draw(theories)
    layout = lay_out(theory)
    assert sorted(route.link for route in layout.routes) == sorted(link.id for link in theory.links)
    assert_routes_are_clear(layout)


def assert_routes_are_clear(layout):
    for route in layout.routes:
        for x, y in between(sample(route, 24)):
            assert 0 <= x <= layout.width
            assert 0 <= y <= layout.height
            assert not any(inside(box, x, y) for box in layout.boxes)


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_links_begin_and_end_at_the_edges_of_their_boxes_each_at_its_own_point(theories, data):
    theory = data.draw(theories)
    layout = lay_out(theory)
    boxes = {box.id: box for box in layout.boxes}
    links = {link.id: link for link in theory.links}
    ends = []
    for route in layout.routes:
        link, points = links[route.link], sample(route)
        assert on_edge(boxes[link.source], points[0], 0)
        assert on_edge(boxes[link.target], points[-1], ARROW)
        ends += [(link.source, points[0]), (link.target, points[-1])]
    assert len(set(ends)) == len(ends)


def between(points):
    """Yield points along straight pieces, close enough together to meet any box."""
    for (ax, ay), (bx, by) in pairwise(points):
        steps = int(max(abs(ax - bx), abs(ay - by)) // 4) + 1
        for step in range(steps + 1):
            yield ax + (bx - ax) * step / steps, ay + (by - ay) * step / steps


def inside(box, x, y):
    return box.x + 0.01 < x < box.x + box.width - 0.01 and box.y < y < box.y + box.height


def on_edge(box, point, away):
    x, y = point
    near = min(abs(x - box.x + away), abs(x - box.x - box.width - away))
    return near < 0.01 and box.y <= y <= box.y + box.height
