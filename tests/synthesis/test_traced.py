"""Signs of the plan, weighed link by link."""

import pytest

from evalkit.synthesis import model
from evalkit.synthesis.traced import NOT_LOOKED, trace_links
from evalkit.theory.model import Link, Node, Rival, Theory

THEORY = Theory(
    purpose="p",
    nodes=(Node("a", "activities", "A", line=1), Node("b", "outcomes", "B", line=2)),
    links=(Link("a", "b", line=3),),
    rivals=(Rival("luck", "Luck", "look", ("a -> b",), 4),),
)


def result(id, found="yes", evidence=(), **more):
    chances = {"if_true": "likely", "if_false": "unlikely", **more}
    return model.TestResult(id, "a -> b", f"sign {id}", found=found, evidence=evidence, **chances)


def test_signs_of_one_source_are_one_package_directly_or_through_others():
    tests = [
        result("one", evidence=("ann:0-9", "bob:3-9")),
        result("two", evidence=("bob:10-20",)),
        result("three", evidence=("cid:1-2",)),
    ]
    (trace,) = trace_links(tests, THEORY)
    assert trace.packages == 2
    packages = {one.id: one.package for one in trace.signs}
    assert packages["one"] == packages["two"] != packages["three"]


def test_rivals_of_the_theory_and_of_the_tests_are_weighed():
    (trace,) = trace_links([result("one", rival="weather")], THEORY)
    assert set(trace.rivals) == {"luck", "weather", "something else"}


def test_a_link_with_no_sign_looked_for_is_said_to_have_none():
    (trace,) = trace_links([result("one", found="not looked")], THEORY)
    assert trace.verdict == NOT_LOOKED
    assert trace.posterior[1].low == trace.posterior[1].high == pytest.approx(0.5)


def test_signs_planned_after_the_lock_stand_apart():
    tests = [result("one", found="not looked"), result("late", evidence=("ann:0-9",))]
    (trace,) = trace_links(tests, THEORY, late=["late"])
    assert trace.verdict == NOT_LOOKED
    assert trace.with_late.low > 0.5
