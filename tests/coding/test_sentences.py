"""Sentences as spans, with the abbreviations of reports and the turns of transcripts."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding.sentences import paragraphs, sentences


def split(text):
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It helped. It did not last.", ["It helped.", "It did not last."]),
        ("Dr. Shah came, e.g. on Mondays.", ["Dr. Shah came, e.g. on Mondays."]),
        ("It rose by 3.5 points. Good.", ["It rose by 3.5 points.", "Good."]),
        ("“Really?” she said. Yes!", ["“Really?” she said.", "Yes!"]),
        ("He said “no.” She left.", ["He said “no.”", "She left."]),
        ("A heading\n\nA sentence. ", ["A heading", "A sentence."]),
        ("A: how\nB: fine, thanks\nMs King: good", ["A: how", "B: fine, thanks", "Ms King: good"]),
        ("We did:\n- this\n- that", ["We did:", "- this", "- that"]),
        ("A line that\ngoes on here.", ["A line that\ngoes on here."]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text, expected):
    assert split(text) == expected


@given(st.text(st.sampled_from('Ab. ?!\n:-\t"“”\u2019👩é')))
def test_sentences_cover_every_word_once_and_in_order(text):
    spans = sentences(text)
    assert "".join(text[a:b] for a, b in spans).split() or not text.strip()
    assert all(a < b for a, b in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    covered = {at for a, b in spans for at in range(a, b)}
    assert all(text[at].isspace() for at in range(len(text)) if at not in covered)


def test_paragraphs_are_parted_by_blank_lines():
    text = "one\ntwo\n \n\nthree"
    assert [text[a:b] for a, b in paragraphs(text)] == ["one\ntwo", "three"]
