from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.impact.estimate import Check
from evalkit.report.decision import decide
from evalkit.report.document import plain
from evalkit.report.figures.event_study import event_study, event_study_data


def test_periods_before_and_after_the_start_are_told_apart(whole):
    points = event_study_data(decide(whole)[0]).points
    assert [(one.label, one.before) for one in points] == [
        ("2016", True),
        ("2017", True),
        ("2018", False),
        ("2019", False),
    ]
    assert points[1].low is None


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("pass", "no sign that the groups moved apart"),
        ("concern", "may already have moved apart"),
        ("fail", "already moved apart"),
        ("information", "was not tested"),
    ],
)
def test_the_title_says_what_the_check_says(whole, verdict, words):
    one = decide(whole)[0]
    check = Check("pre-trend", None, None, verdict, "Why.")
    one = replace(one, estimate=replace(one.estimate, checks=(check,)))
    assert words in plain(event_study(one, whole.protocol).title)


def test_the_alternative_text_holds_the_numbers(whole):
    alt = event_study(decide(whole)[0], whole.protocol).alt
    assert "2016 (before the start): -1.5" in alt
    assert "2019 (after the start): 2.36" in alt


def test_an_estimate_without_periods_has_no_picture(whole):
    bayes = next(one for one in decide(whole) if one.estimate.id == "read_bayes")
    assert event_study(bayes, whole.protocol) is None
