"""The records of a theory."""

from __future__ import annotations

import pytest

from evalkit.theory.model import Link


def test_a_link_is_named_by_its_ends():
    assert Link("a", "b").id == "a -> b"


def test_boxes_and_links_are_found_by_name(sound):
    assert sound.node("know").measure == ("knowledge",)
    assert sound.link("know -> skills").target == "skills"
    with pytest.raises(KeyError):
        sound.node("gone")


def test_an_outcome_knows_the_boxes_it_measures(sound):
    assert [node.id for node in sound.measured_by("gap")] == ["skills"]
