"""Names that nobody listed wait for review; words with a capital by habit do not."""

from __future__ import annotations

import pytest

from evalkit.coding.model import Source
from evalkit.coding.pseudonyms import Person, Roster, unknown_names


def queue(*texts, roster=None):
    return unknown_names([Source(f"s{n}", text) for n, text in enumerate(texts)], roster)


def waiting(*texts, roster=None):
    return list(queue(*texts, roster=roster)["name"])


def test_a_capital_inside_a_sentence_is_enough():
    assert waiting("We saw Priya at the fair in Leeds.") == ["Leeds", "Priya"]


def test_names_that_stand_together_are_one():
    assert waiting("We saw Priya Patel at Oakfield Primary School.") == [
        "Oakfield Primary School",
        "Priya Patel",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "On Monday in May I had English, and the NHS rang at Christmas.",
        "Yes. Absolutely! We did. “Well,” she said. Thanks.",
        "Interviewer: What changed?\nMother: Nothing.",
        "She said: Reading helps. Mum agreed.",
        "• Talking\n• Playing",
    ],
)
def test_words_that_have_a_capital_by_habit_do_not_wait(text):
    assert waiting(text) == []


def test_a_word_that_begins_a_sentence_waits_when_it_is_met_within_others():
    frame = queue("We met Hope. Hope laughed.", "Hope is what we need.")
    (row,) = frame.to_dict("records")
    assert (row["name"], row["times"], row["sources"]) == ("Hope", 3, 2)
    assert "stands within others" in row["why"]


def test_a_word_that_begins_a_sentence_waits_when_it_is_no_common_word():
    assert waiting("Kasia laughed.") == ["Kasia"]
    assert waiting("Photosynthesis is hard.", "I like photosynthesis.") == []


def test_a_speaker_and_whoever_has_a_title_wait():
    frame = queue("Priya: Hello.\nI told Mrs Good so. Mr Brown knows.")
    why = dict(zip(frame["name"], frame["why"], strict=True))
    assert why == {
        "Brown": "stands behind a title",
        "Good": "stands behind a title",
        "Priya": "speaks",
    }


def test_what_the_roster_has_is_passed_over_and_so_are_its_pseudonyms_and_identifiers():
    roster = Roster((Person("Priya", "Mother One"),))
    assert waiting("We saw Priya, then Mother One, at 12 High Street.", roster=roster) == []


def test_the_example_shows_the_first_place():
    (row,) = queue("We saw Priya at home.").to_dict("records")
    assert row["example"] == "We saw [Priya] at home."
    assert (row["source"], row["start"], row["end"]) == ("s0", 7, 12)
