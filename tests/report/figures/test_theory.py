from __future__ import annotations

from dataclasses import replace

from evalkit.report.document import plain
from evalkit.report.figures.theory import mini_figure, theory_figure


def test_the_title_counts_the_verdicts(whole):
    title = plain(theory_figure(whole).title)
    assert (
        title
        == "Of 8 links in the theory: 1 plausible, 2 not shown, 3 not tested and 2 contradicted."
    )


def test_the_small_one_names_the_weakest_link(whole):
    assert "weakest here" in plain(mini_figure(whole).title)


def test_the_twin_names_every_link_with_its_verdict(whole):
    text = []

    def walk(items):
        for item in items:
            text.append(plain(item.parts))
            walk(item.items)

    walk(theory_figure(whole).twin.items)
    assert "leads back to Boards choose projects for their town not tested" in text
    assert sum(line.startswith("leads ") for line in text) == len(whole.theory.links)


def test_before_anything_is_judged_it_is_only_a_plan(whole):
    bare = replace(whole, contributions=(), joint=(), findings=())
    assert "nothing of it has been tested" in plain(theory_figure(bare).title)
    assert "not tested" not in theory_figure(bare).svg


def test_without_boxes_there_is_no_picture(nothing):
    assert theory_figure(nothing) is None
    assert mini_figure(nothing) is None
