"""Small pieces of a record, made by hand."""

from __future__ import annotations

import pytest

from evalkit.impact.estimate import Check, Estimate, Interval, Standardised
from evalkit.protocol.model import Analysis, Margin, Outcome, Protocol, Question
from evalkit.synthesis.finding import Finding
from evalkit.theory.model import Link, Node, Rival, Theory


@pytest.fixture
def estimate():
    """Make an estimate from its interval; further fields by name."""

    def make(low, high, id="main", *, outcome="score", checks=(), sd=None):
        verdicts = tuple(Check(name, None, None, verdict, "") for name, verdict in checks)
        middle = (low + high) / 2
        return Estimate(
            id=id,
            design="difference_in_differences",
            estimator="",
            estimand="",
            outcome=outcome,
            value=middle,
            std_error=(high - low) / 3.92,
            interval=Interval(low, high),
            p_value=None,
            n_units=10,
            n_observations=20,
            n_clusters=10,
            n_treated=5,
            standardised=Standardised(0.1, 0, 0.2, sd, "before") if sd else None,
            checks=verdicts,
        )

    return make


@pytest.fixture
def outcome():
    """Make the outcome ``score`` with a smallest change that matters."""

    def make(margin=2.0, *, higher_is="better", unit="points"):
        mattering = None if margin is None else Margin(margin, unit)
        return Outcome("score", "t", "score", "Score", higher_is=higher_is, margin=mattering)

    return make


@pytest.fixture
def finding():
    """Make a finding on ``a -> b``, numbered so that ids differ."""

    def make(says, strand="coded", *, link="a -> b", n=1, state="", counts=True, rival=""):
        of = f"coding:text{n}:0-9:code:me" if strand == "coded" else f"{strand}:{n}"
        id = f"finding:{of}:{link}:{says}"
        return Finding(id, link, strand, says, state or says, "", of, counts, rival=rival)

    return make


@pytest.fixture
def theory():
    """Four boxes in a row, and a rival of the last link."""
    return Theory(
        purpose="",
        nodes=(
            Node("a", "activities", "Do"),
            Node("b", "early_outcomes", "Know"),
            Node("c", "outcomes", "Can", ("score",)),
        ),
        links=(Link("a", "b"), Link("b", "c")),
        rivals=(Rival("chance", "It would have come by itself", links=("b -> c",)),),
    )


@pytest.fixture
def protocol(outcome):
    """One question, a main analysis, a check on it, and one for support."""
    made = (
        Analysis("main", "q", "difference_in_differences", ("score",)),
        Analysis(
            "close", "q", "difference_in_differences", ("score",), role="check", checks="main"
        ),
        Analysis("more", "q", "difference_in_differences", ("score",), role="support"),
    )
    return Protocol(
        outcomes={"score": outcome()},
        questions={"q": Question("q", "Did it?", "impact", ("b -> c",))},
        analyses={one.id: one for one in made},
    )
