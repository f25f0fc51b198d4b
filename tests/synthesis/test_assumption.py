"""Assumptions of a link, and what became of them."""

from __future__ import annotations

import pytest

from evalkit.synthesis.assumption import LEVELS, assumptions
from evalkit.synthesis.found import Judgement
from evalkit.theory.model import Link

LINK = Link("a", "b", assumes=("leads keep half a day", "used in most classes"))


def said(of, level, by="Ada"):
    return Judgement(of, "assumption", level, "we asked", by, "2026-05-04")


def test_what_nobody_judged_is_not_known():
    found = assumptions(LINK, [])
    assert [one.state for one in found] == ["not known", "not known"]
    assert [one.id for one in found] == ["assumption 1 of a -> b", "assumption 2 of a -> b"]


@pytest.mark.parametrize("of", ["assumption 2 of a -> b", "used in most classes"])
def test_a_judgement_names_it_by_id_or_by_its_words(of):
    first, second = assumptions(LINK, [said(of, "Not held")])
    assert (first.state, second.state) == ("not known", "not held")
    assert (second.by, second.because) == (("Ada",), ("we asked",))


def test_people_who_differ_are_not_settled_by_counting_heads():
    three = [said("used in most classes", "held", by) for by in ("Ada", "Bo")]
    (_, found) = assumptions(LINK, [*three, said("used in most classes", "not held", "Cy")])
    assert found.state == "people differ"
    assert found.by == ("Ada", "Bo", "Cy")


def test_who_does_not_know_does_not_differ():
    judged = [said("used in most classes", "held"), said("used in most classes", "not known", "Bo")]
    assert assumptions(LINK, judged)[1].state == "held"


def test_judgements_of_other_schemes_are_left_alone():
    other = Judgement("used in most classes", "cerqual", "held", "", "Ada", "2026")
    assert assumptions(LINK, [other])[1].state == "not known"


def test_every_word_that_may_be_written_gives_a_state():
    assert {"held", "held in part", "not held", "not known"} == set(LEVELS.values())
