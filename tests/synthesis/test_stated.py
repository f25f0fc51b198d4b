"""Signs that a plan states itself, and what could be told apart."""

from __future__ import annotations

import pytest

from evalkit.synthesis.found import TestFound as Found
from evalkit.synthesis.inseparable import PROGRAMME, Separation, Together
from evalkit.synthesis.stated import INSEPARABLE, PARTLY, StatedSign, separation_sign, stated_signs
from evalkit.synthesis.weighing import CLASSES

SIGN = StatedSign("w1", "context", "a reorganisation in the first year", weight="strong")


@pytest.mark.parametrize(
    ("answer", "found", "weight"),
    [
        ("yes", "yes", "strong"),
        ("partly", "yes", "moderate"),
        ("no", "no", "strong"),
        ("not looked", "not known", "strong"),
    ],
)
def test_a_stated_sign_is_found_or_not_and_in_part_weighs_less(answer, found, weight):
    said = {"w1": Found("w1", answer, "Ada", "2026", ("minutes:0-9",), "the minutes say so")}
    (sign,), classes = stated_signs([SIGN], said)
    assert (sign.found, classes["w1"]) == (found, weight)
    assert (sign.words, sign.of) == ("the minutes say so", ("minutes:0-9",))


def test_a_sign_nobody_answered_is_not_known():
    (sign,), _ = stated_signs([SIGN], {})
    assert (sign.found, sign.words) == ("not known", "Not known: nobody has looked yet.")


def test_no_weight_grows_when_a_sign_is_found_in_part_only():
    order = ("weak", "moderate", "strong")
    assert all(order.index(less) <= order.index(whole) for whole, less in PARTLY.items())


def separation(groups=(), unseen=(), separable=()):
    return Separation(groups, unseen, separable, (), (), ())


def test_what_ran_together_with_the_programme_is_a_sign_for_the_evaluation():
    group = Together((PROGRAMME, "money"), "never", float("inf"), "They ran together.")
    sign = separation_sign(separation(groups=(group,)))
    assert (sign.found, sign.words, sign.explanation) == ("yes", "They ran together.", "evaluation")
    assert separation_sign(separation(unseen=(PROGRAMME,))).found == "yes"
    assert INSEPARABLE in CLASSES


def test_a_programme_that_can_be_told_apart_is_looked_for_and_not_found():
    assert separation_sign(separation(separable=(PROGRAMME,))).found == "no"


def test_without_dates_and_places_it_is_not_known():
    assert separation_sign(None).found == "not known"
    assert separation_sign(separation()).found == "not known"
