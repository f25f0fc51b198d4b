"""Sorting a theory into columns."""

from __future__ import annotations

from evalkit.theory.columns import arrange

BOXES = {
    "c": "context",
    "a": "activities",
    "b": "activities",
    "e": "early_outcomes",
    "o": "outcomes",
}


def test_a_long_link_gets_a_lane_in_each_column_it_passes(make):
    columns = arrange(make(BOXES, "c -> o"))
    (line,) = columns.across
    assert [at for at, _ in line.chain] == [0, 1, 2, 3]
    assert [columns.items[at][item] for at, item in line.chain] == ["c", "", "", "o"]


def test_links_are_sorted_by_where_they_lead(make):
    columns = arrange(make(BOXES, "a -> e", "a -> b", "o => a"))
    assert [line.link for line in columns.across] == ["a -> e"]
    assert [arc.link for arc in columns.beside] == ["a -> b"]
    assert [back.link for back in columns.back] == ["o -> a"]


def test_an_arc_bows_out_where_fewer_links_leave(make):
    boxes = {f"a{at}": "activities" for at in range(3)} | {"o": "outcomes"}
    theory = make({**boxes, "i": "inputs"}, "a0 -> a1", "a1 -> a2", "a0 -> o", "a1 -> o", "a2 -> o")
    assert {arc.side for arc in arrange(theory).beside} == {"right"}


def test_a_link_to_itself_or_to_nothing_is_left_out(make):
    columns = arrange(make({"a": "activities"}, "a -> a", "a -> gone"))
    assert (columns.across, columns.beside, columns.back) == ((), (), ())
