"""Whatever came out, no two things said of it contradict each other.

Estimates are drawn at random; the sentences, tags, the JSON's finding and the picture's state are
all made of each, and read against one another.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from evalkit.impact.estimate import Check, Estimate, Interval
from evalkit.protocol.model import Analysis, Margin, Outcome, Protocol, Question
from evalkit.report import words
from evalkit.report.decision import decide
from evalkit.report.document import plain
from evalkit.synthesis.gather import impact_findings
from evalkit.theory.model import Link, Node, Theory

NAMES = (*words.CAUTIONS, "decision grade")
ENDS = st.floats(-50, 50, allow_nan=False).map(lambda x: round(x, 3))
THEORY = Theory(
    purpose="p",
    nodes=(Node("a", "activities", "A", line=1), Node("b", "outcomes", "B", ("y",), 2)),
    links=(Link("a", "b", line=3),),
)


def estimate(id, ends, checks):
    low, high = sorted(ends)
    found = tuple(Check(name, None, None, verdict, "m" * 40) for name, verdict in checks)
    return Estimate(
        *(id, "randomised", "", "", "y", (low + high) / 2, max((high - low) / 4, 1e-6)),
        *(Interval(low, high), 0.5, 50, 50, 20, 10),
        checks=found,
    )


CHECKS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(["pass", "concern", "fail", "information"])),
    max_size=3,
    unique_by=lambda one: one[0],
)
MAIN = st.builds(estimate, st.just("main"), st.tuples(ENDS, ENDS), CHECKS)
OTHER = st.none() | st.builds(estimate, st.just("again"), st.tuples(ENDS, ENDS), st.just([]))
OUTCOMES = st.builds(
    lambda margin, wanted: Outcome(
        "y", "t", "y", label="Score", margin=margin and Margin(margin), higher_is=wanted
    ),
    st.none() | st.floats(0.5, 20).map(lambda x: round(x, 2)),
    st.sampled_from(["better", "worse", "neither"]),
)


def made(base, main, other, outcome):
    """The one decision on the main estimate, in a record that holds it and its planned check."""
    analyses = {
        "main": Analysis("main", "q", "randomised", ("y",)),
        "again": Analysis("again", "q", "randomised", ("y",), role="check", checks="main"),
    }
    protocol = Protocol(
        outcomes={"y": outcome},
        questions={"q": Question("q", "Did it?", "impact", ("a -> b",))},
        analyses=analyses,
    )
    estimates = (main,) if other is None else (main, other)
    evaluation = replace(
        base, theory=THEORY, protocol=protocol, estimates=estimates, exploratory=()
    )
    return decide(evaluation)[0], protocol, estimates


@given(main=MAIN, other=OTHER, outcome=OUTCOMES)
def test_what_is_said_of_an_estimate_holds_together(whole, main, other, outcome):
    decision, protocol, estimates = made(whole, main, other, outcome)
    said = plain(words.effect(decision, protocol)).lower()
    tag, sure = words.state_tag(decision).word, words.how_sure(decision).word
    low, high = main.interval.low, main.interval.high

    # the picture, the JSON's finding and the prose share one state
    finding = next(
        one for one in impact_findings(estimates, protocol, THEORY, ()) if one.of == "main"
    )
    assert finding.state == decision.state

    # a direction is named only where the interval leaves out nil, and then the right one
    if "higher" in said:
        assert main.value > 0
        assert low > 0
    if "lower" in said:
        assert main.value < 0
        assert high < 0
    assert not ("better" in said and "worse" in said)
    assert ("which is better" in said) <= (tag == "better")
    assert ("which is worse" in said) <= (tag == "worse")

    # no effect of any size is denied unless the interval lies inside the margin that matters
    assert "no effect" not in said
    if "smaller than the smallest one that matters" in said:
        assert outcome.margin is not None
        assert max(abs(low), abs(high)) < outcome.margin.value
        assert tag == "too small to matter"

    # certainty: never sure of what cannot be told, never sure where a check failed
    failed = any(check.verdict == "fail" for check in main.checks)
    cannot = "cannot" in said or "differ" in said
    assert (sure == "fairly sure") <= (not failed and not cannot)
    assert (sure == "cannot tell") == (decision.state == "imprecise")
    if failed:
        assert "which is better" not in said
        assert "which is worse" not in said

    # the reasons for care are there exactly when care is called for
    assert bool(plain(words.reasons(decision))) == bool(words.weak_points(decision))


@given(main=MAIN, outcome=OUTCOMES)
def test_harm_and_benefit_are_told_in_the_same_words(whole, main, outcome):
    """The same numbers with the opposite sign, for the opposite wish, read the same."""
    turned = {"better": "worse", "worse": "better", "neither": "neither"}[outcome.higher_is]
    interval = Interval(-main.interval.high, -main.interval.low)
    mirror = replace(main, value=-main.value, interval=interval)
    one, protocol, _ = made(whole, main, None, outcome)
    other, _, _ = made(whole, mirror, None, replace(outcome, higher_is=turned))
    assert one.state == other.state or outcome.higher_is == "neither"
    said, again = (plain(words.effect(made_of, protocol)) for made_of in (one, other))
    swapped = said.replace("higher", "?").replace("lower", "higher").replace("?", "lower")
    assert swapped == again
    assert words.how_sure(one) == words.how_sure(other)
