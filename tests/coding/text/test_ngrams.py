"""Sequences of words."""

import pytest

from evalkit.coding.model import Segment
from evalkit.coding.text.ngrams import collocations, ngrams
from evalkit.errors import CodingError


def segments(*texts):
    return [Segment(f"s{at}", 0, len(text), text) for at, text in enumerate(texts)]


TALK = segments(
    "Home visits helped us. The home visits came.",
    "Home visits again, and no home. Visits.",
    "The reading at school, reading at home.",
)


def test_sequences_are_counted_with_their_sources():
    assert ngrams(TALK).values.tolist() == [["home visits", 4, 2]]
    assert ngrams(TALK, 1, top=2).values.tolist() == [["home", 5, 3], ["visits", 4, 2]]
    assert ngrams(TALK, 3, stop=False, least=2).values.tolist() == []


def test_sequences_do_not_run_from_one_segment_into_the_next():
    assert (
        "home visits" not in ngrams(segments("we go home", "visits come"), least=1).words.tolist()
    )


def test_stop_words_at_the_ends_can_be_kept():
    kept = ngrams(TALK, stop=False)
    assert "reading at" in kept.words.tolist()


def test_pairs_that_stand_together_more_than_by_chance_come_first():
    found = collocations(TALK, least=2)
    assert found.values.tolist()[0][:3] == ["home", "visits", 4]
    assert (found.score.diff().dropna() <= 0).all()


def test_a_wider_window_finds_pairs_with_a_word_between():
    text = segments(*["the teacher quietly helped"] * 4)
    assert "helped" not in collocations(text, window=2).query("first == 'teacher'").second.tolist()
    wide = collocations(text, window=3)
    assert ["teacher", "helped"] in wide[["first", "second"]].values.tolist()


def test_pairs_do_not_run_from_one_segment_into_the_next():
    text = segments(*["we saw the teacher", "visits came"] * 5)
    assert (
        "teacher" not in collocations(text, window=3).query("second == 'visits'")["first"].tolist()
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ngrams(TALK, 0), "0 words"),
        (lambda: collocations(TALK, "pni"), "Did you mean `pmi`"),
        (lambda: collocations(TALK, window=1), "holds no pair"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(CodingError, match=message):
        call()
