"""The theory cut down to twelve boxes by rule."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.theory.mini import mini_theory


def test_tested_links_come_first_then_measured_outcomes_then_pathways(sound):
    small = mini_theory(sound, ["know -> skills"], limit=3)
    assert [node.id for node in small.nodes] == ["coaching", "know", "skills"]
    assert [link.id for link in small.links] == ["coaching -> know", "know -> skills"]


def test_a_small_theory_keeps_every_box_that_a_pathway_needs(sound):
    small = mini_theory(sound, ["know -> skills"])
    assert {node.id for node in small.nodes} == {"coaching", "meetings", "know", "spread", "skills"}


def test_links_that_are_not_there_and_orphans_are_left_out(make):
    theory = make({"a": "activities", "o": "outcomes", "x": "context"}, "a -> o")
    small = mini_theory(theory, ["gone -> away", "a -> o"])
    assert [node.id for node in small.nodes] == ["a", "o"]


def test_the_examples_fit_on_the_first_page(example):
    tested = [link.id for link in example.links][-6:]
    small = mini_theory(example, tested)
    assert 0 < len(small.nodes) <= 12
    assert {link.id for link in small.links} >= set(tested[:3])


@settings(deadline=None)
@given(data=st.data(), limit=st.integers(2, 12))
def test_the_part_is_never_larger_and_holds_only_parts_of_the_whole(theories, data, limit):
    theory = data.draw(theories)
    small = mini_theory(theory, [link.id for link in theory.links], limit)
    assert len(small.nodes) <= limit
    assert set(small.nodes) <= set(theory.nodes)
    ids = {node.id for node in small.nodes}
    assert all({link.source, link.target} <= ids for link in small.links)
