"""What changed between two versions of a theory."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.theory.compare import compare_theories

BOXES = {"a": "activities", "o": "outcomes"}


def test_a_version_differs_from_itself_in_nothing(sound):
    same = compare_theories(sound, sound)
    assert same.empty
    assert same.words() == ("Nothing changed.",)


def test_a_line_moved_in_the_file_is_no_change(make):
    before, now = make(BOXES, "a -> o"), make(BOXES, "a -> o")
    moved = replace(now, links=tuple(replace(link, line=99) for link in now.links))
    assert compare_theories(before, moved).empty


def test_every_kind_of_change_is_named(make, sound):
    before = make({**BOXES, "old": "inputs"}, "a -> o", "old -> a")
    now = make({**BOXES, "new": "impact"}, "a -> o", "o -> new")
    node, link = now.node("a"), now.link("a -> o")
    now = replace(
        now,
        version=2,
        purpose="Else",
        nodes=(replace(node, words="Other words"), *now.nodes[1:]),
        links=(replace(link, belief="likely", assumes=("time", "money")), *now.links[1:]),
        rivals=sound.rivals,
    )
    found = compare_theories(before, now)
    assert (found.before, found.now, found.empty) == (1, 2, False)
    assert found.words() == (
        "The purpose was “To see”, now “Else”.",
        "Box added: new.",
        "Box taken out: old.",
        "Box a: words was “Words of a”, now “Other words”.",
        "Link added: o -> new.",
        "Link taken out: old -> a.",
        "Link a -> o: assumes was “empty”, now “time; money”.",
        "Link a -> o: belief was “empty”, now “likely”.",
        "Other explanation added: growth.",
    )


@settings(deadline=None)
@given(data=st.data())
def test_what_was_added_one_way_was_taken_out_the_other_way(theories, data):
    one, two = data.draw(theories), data.draw(theories)
    forth, back = compare_theories(one, two), compare_theories(two, one)
    assert set(forth.nodes_added) == set(back.nodes_removed)
    assert set(forth.links_added) == set(back.links_removed)
    assert {each.id for each in forth.nodes_changed} == {each.id for each in back.nodes_changed}
