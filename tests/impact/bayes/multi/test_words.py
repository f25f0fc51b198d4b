"""What several outcomes are said to be: aggregation, direction, comparison."""

from __future__ import annotations

import pytest

from evalkit.impact.bayes.multi import words
from evalkit.impact.bayes.multi.parts import joint_with, outcome_parts


def joint_for(frame, asked, seen_of):
    seen = seen_of(frame, asked)
    parts, faults = outcome_parts(seen, asked)
    assert faults == []
    return joint_with(seen, asked, parts)[0]


def test_the_estimand_states_aggregation_and_directions(rows, panel_frame, ask, seen_of):
    """Each counting the same, in SDs, turned where less is better; periods where there are any."""
    asked = ask(("score", "other"), higher={"other": False})
    said = words.several_estimand(joint_for(rows, asked, seen_of), asked)
    assert "turned for other, where less is better" in said
    assert said.count("counting the same") == 2
    asked = ask(("score", "other"), time="year")
    said = words.several_estimand(joint_for(panel_frame, asked, seen_of), asked)
    assert "mean of 2018 to 2020 less mean of 2015 to 2017" in said
    assert "more of each is taken as wanted" in said


@pytest.mark.parametrize("kind", ["change", "within", "between"])
def test_assumptions_of_each_comparison_are_sentences(kind):
    """Adjusted or not."""
    for adjusted in (True, False):
        assert all(one.endswith(".") for one in words.kind_assumptions(kind, adjusted=adjusted))
