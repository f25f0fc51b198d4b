"""Covariates that lie on the way from the programme to the outcome."""

from __future__ import annotations

from evalkit.protocol.mediators import mediators
from evalkit.protocol.model import Analysis, Outcome, Protocol
from evalkit.theory.model import Link, Node, Theory

OUTCOMES = {
    name: Outcome(name, "t", f"{name}_column") for name in ("need", "know", "skills", "later")
}
NODES = (
    Node("area", "context", "Area", ("need",)),
    Node("coach", "activities", "Coach"),
    Node("know", "early_outcomes", "Know", ("know",)),
    Node("skills", "outcomes", "Skills", ("skills",)),
    Node("life", "impact", "Life", ("later",)),
)


def found(covariates, *links):
    theory = Theory("", NODES, tuple(Link(a, b, loop=loop) for a, b, loop in links))
    analysis = Analysis("m", "q", "d", ("skills",), options={"covariates": covariates})
    return list(mediators(Protocol(outcomes=OUTCOMES), theory, analysis))


CHAIN = (
    ("area", "skills", False),
    ("coach", "know", False),
    ("know", "skills", False),
    ("skills", "life", False),
)


def test_a_step_between_programme_and_outcome_is_a_mediator():
    assert found(["know_column", "age"], *CHAIN) == [("know_column", "know")]
    assert found("know_column", *CHAIN) == [("know_column", "know")]


def test_context_that_the_programme_does_not_change_is_none():
    assert found(["need_column"], *CHAIN) == []


def test_what_comes_after_the_outcome_is_none():
    assert found(["later_column"], *CHAIN) == []


def test_a_feedback_loop_makes_no_mediator():
    assert found(["need_column"], *CHAIN, ("skills", "area", True), ("coach", "area", True)) == []


def test_an_analysis_without_covariates_has_none():
    assert found(None, *CHAIN) == []
