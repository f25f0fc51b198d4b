"""Sentences about hidden confounding."""

import math

from evalkit.impact.confounding import words


def test_shares_are_written_as_people_read_them():
    assert [words.share(one) for one in (0, 0.00001, 0.0092, 0.076, 0.138)] == [
        "0%",
        "under 0.01%",
        "0.92%",
        "7.6%",
        "14%",
    ]


def test_multiples_are_written_as_people_read_them():
    assert words.times(1.42) == "1.4 times"
    assert words.times(12.3) == "12 times"
    assert words.times(math.inf) == "more than 1,000 times"


def test_an_interval_that_holds_zero_is_said_to():
    assert "holds zero already" in words.robustness(0.1, 0.0, "d", "y", 0.95)
    assert "reach zero" in words.robustness(0.1, 0.05, "d", "y", 0.95)


def test_selection_is_worded_for_every_sign_of_delta():
    ends = (1.0, 0.4)
    assert "against" in words.selection(-2.0, 0.3, 0.39, ends)
    assert "2 times as strong" in words.selection(2.0, 0.3, 0.39, ends)
    assert "no strength" in words.selection(math.inf, 0.3, 0.39, ends)
    assert "between 0.4 and 1" in words.selection(2.0, 0.3, 0.39, ends)


def test_an_e_value_of_one_is_said_to_hold_no_effect():
    assert "already" in words.e_values(2.0, 1.0, "y", "of all")
    assert "1.5 to make" in words.e_values(2.0, 1.5, "y", "of all")
