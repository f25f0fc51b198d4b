"""The plan held against the theory, the agreements and the data."""

from __future__ import annotations

from evalkit.errors import Fault


def test_a_sound_plan_has_neither_fault_nor_advice(checked):
    assert checked() == []


def test_faults_come_sorted_and_each_once(spoil, checked):
    spoil("links: [coaching -> know, know -> skills]", "links: [a -> know, a -> know]")
    spoil("question: q1", "question: q7")
    found = [fault for fault in checked() if fault.level == "fault"]
    assert found == sorted(set(found))
    assert [fault.line for fault in found] == [9, 12]


def test_without_the_lines_of_the_file_the_line_of_the_entry_is_given(spoil, only):
    spoil("question: q1", "question: q7")
    assert only(line_of=None).line == 11


def test_every_fault_says_what_to_do_and_stands_under_a_heading(spoil, checked):
    spoil("covariates: [age]", "covariatse: [age]")
    spoil("measure: score", "measure: scores", file="theory.yaml")
    for fault in checked():
        assert isinstance(fault, Fault)
        assert fault.do.endswith((".", "?"))
        assert fault.heading
