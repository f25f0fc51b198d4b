"""Names that point to nothing, in a theory made in Python."""

from __future__ import annotations

from dataclasses import replace

from evalkit.theory.model import Rival, Setting, Shaper
from evalkit.theory.references import reference_faults

BOXES = {"act": "activities", "gain": "outcomes"}


def test_a_sound_theory_has_no_fault(make):
    assert reference_faults(make(BOXES, "act -> gain")) == []


def test_both_unknown_ends_of_a_link_are_told(make):
    faults = reference_faults(make(BOXES, "akt -> gian"))
    assert [fault.do for fault in faults] == ["Did you mean `act`?", "Did you mean `gain`?"]


def test_names_known_from_elsewhere_are_no_fault(make):
    assert reference_faults(make(BOXES, "act -> other"), ["other"]) == []


def test_the_circle_is_written_out_with_the_link_to_mark(make):
    (fault,) = reference_faults(make(BOXES, "act -> gain", "gain -> act"))
    assert fault.wrong == "The links go round in a circle: act -> gain -> act."
    assert "`gain -> act` the key `loop: true`" in fault.do
    assert fault.line == 21


def test_settings_rivals_and_shapers_are_looked_at(make):
    theory = replace(
        make(BOXES, "act -> gain"),
        works_when=(Setting("here", "do", "gone", line=1),),
        rivals=(Rival("r", "w", links=("act -> gone",), line=2), Rival("r", "again", line=3)),
        shaped_by=(Shaper("us", put_forward=("gone",), disagreed_with=("act -> gain",), line=4),),
    )
    faults = reference_faults(theory)
    assert sorted(fault.line for fault in faults) == [1, 2, 3, 4]
    assert any("`r` stands twice (first on line 2)" in fault.wrong for fault in faults)
