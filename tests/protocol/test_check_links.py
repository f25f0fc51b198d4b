"""Links that the plan names, and those it leaves alone."""

from __future__ import annotations

import pytest

LISTENING = "listening: {{asked_about: [{link}], sources: data}}\nanalyses:"
TEST = "tests:\n  t1: {{link: {link}, look_for: x, if_true: likely, if_false: unlikely}}\nanalyses:"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("know -> skills]", "know -> skils]", 9),
        ("    start: 2020", "    links: [know -> skils]\n    start: 2020", 16),
        ("analyses:", LISTENING.format(link="know -> skils"), 10),
        ("analyses:", TEST.format(link="know -> skils"), 11),
    ],
)
def test_a_link_to_an_unknown_box_is_a_fault_wherever_it_is_named(spoil, only, old, new, line):
    spoil(old, new)
    fault = only()
    assert (fault.file, fault.line) == ("protocol.yaml", line)
    assert fault.wrong == (
        "The link `know -> skils` names a box `skils` that the theory does not have."
    )
    assert fault.do == "Did you mean `skills`?"


def test_a_link_between_known_boxes_must_be_claimed_by_the_theory(spoil, only):
    spoil("know -> skills]", "coaching -> skills]")
    fault = only()
    assert fault.wrong == "The theory has no link `coaching -> skills`."
    assert fault.do == "Did you mean `coaching -> know`?"


def test_a_measure_must_be_an_outcome_of_the_plan(spoil, only):
    spoil("measure: score", "measure: scores", file="theory.yaml")
    fault = only()
    assert (fault.file, fault.line, fault.heading) == ("theory.yaml", 8, "verifiable")
    assert fault.wrong == "`skills` is measured by `scores`, which is no outcome of the plan."
    assert fault.do == "Did you mean `score`?"


def test_a_test_may_speak_for_a_rival_of_the_theory_only(spoil, only):
    spoil(
        "analyses:",
        TEST.format(link="know -> skills").replace("unlikely}", "unlikely, rival: intke}"),
    )
    fault = only()
    assert fault.wrong == "The test `t1` names a rival `intke` that the theory lacks."
    assert fault.do == "Did you mean `intake`?"


def test_a_sign_as_likely_either_way_tells_nothing(spoil, only):
    spoil(
        "analyses:",
        TEST.format(link="know -> skills").replace("if_true: likely", "if_true: unlikely"),
    )
    advice = only("advice")
    assert "is as likely if the link holds as if it does not" in advice.wrong


def test_links_that_nothing_examines_are_named_once(spoil, only):
    spoil("links: [coaching -> know, know -> skills]", "links: [know -> skills]")
    advice = only("advice")
    assert (advice.file, advice.line, advice.heading) == ("theory.yaml", 10, "testable")
    assert advice.wrong == (
        "1 of 2 links of the theory are examined by no question and no test: `coaching -> know`."
    )
