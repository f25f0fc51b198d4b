"""The nested list beside the picture."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.theory.outline import theory_outline


def test_sections_hold_boxes_and_boxes_hold_their_links(sound):
    outline = theory_outline(sound, {"coaching -> know": "plausible"})
    assert [section.words for section in outline] == [
        "Inputs",
        "Activities",
        "Early outcomes",
        "Outcomes",
    ]
    coaching = outline[1].nodes[0]
    assert (coaching.node, coaching.words) == ("coaching", "Coach works with staff")
    assert [(link.target, link.verdict) for link in coaching.links] == [
        ("meetings", "not tested"),
        ("know", "plausible"),
    ]
    assert coaching.links[1].target_words == "Staff can spot needs"
    assert outline[3].nodes[0].measure == ("score", "gap")


def test_without_verdicts_none_is_claimed(sound):
    assert theory_outline(sound)[1].nodes[0].links[0].verdict == ""


@settings(deadline=None)
@given(data=st.data())
def test_every_box_and_every_link_stands_in_the_list_once(theories, data):
    theory = data.draw(theories)
    nodes = [node for section in theory_outline(theory) for node in section.nodes]
    assert [node.node for node in nodes] == [node.id for node in theory.nodes]
    links = [link.link for node in nodes for link in node.links]
    assert sorted(links) == sorted(link.id for link in theory.links)
