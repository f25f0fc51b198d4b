"""Words on links."""

from __future__ import annotations

from itertools import combinations

from evalkit.theory.labels import place_labels
from evalkit.theory.layout import lay_out


def test_links_without_words_have_no_label(make):
    layout = lay_out(make({"a": "activities", "o": "outcomes"}, "a -> o"))
    assert place_labels(layout, {"a -> o": ""}) == ()


def test_in_the_examples_no_label_lies_on_a_box_or_on_another_label(example):
    layout = lay_out(example, gap_width=106)
    labels = place_labels(layout, {link.id: "not tested" for link in example.links})
    assert len(labels) == len(example.links)
    for one, two in combinations(labels, 2):
        assert abs(one.x - two.x) >= (one.width + two.width) / 2 or abs(one.y - two.y) >= 14
    for label in labels:
        for box in layout.boxes:
            beside = abs(label.x - box.x - box.width / 2) >= (label.width + box.width) / 2
            assert beside or abs(label.y - box.y - box.height / 2) >= (14 + box.height) / 2
