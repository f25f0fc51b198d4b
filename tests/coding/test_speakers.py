"""Who speaks where: labels that are taken, and words before a colon that are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding.speakers import find_turns


def spoken(text):
    return [(turn.speaker, text[turn.start : turn.end]) for turn in find_turns(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INTERVIEWER: a\nMOTHER: b\n\nstill b\n", [("INTERVIEWER", "a"), ("MOTHER", "b\n\nstill b")]),
        ("interviewer: a\nmother: b", [("interviewer", "a"), ("mother", "b")]),
        ("[Anna] a b\n[Ben] c\n[Anna] d", [("Anna", "a b"), ("Ben", "c"), ("Anna", "d")]),
        ("[Anna]: a\n[Anna]: d", [("Anna", "a"), ("Anna", "d")]),
        ("**Q:** a?\n**A:** b.", [("Q", "a?"), ("A", "b.")]),
        ("**Q**: a?\n> **A**: b.", [("Q", "a?"), ("A", "b.")]),
        ("P1: a\nP2: b", [("P1", "a"), ("P2", "b")]),
        ("Mrs O'Neill-Smith: a\nMrs O'Neill-Smith: b", [("Mrs O'Neill-Smith", "a"), ("Mrs O'Neill-Smith", "b")]),
        ("Maria de la Cruz: a.\nÉlodie: b.", [("Maria de la Cruz", "a."), ("Élodie", "b.")]),
        ("Anna\u00a0B: a.\nBen: b.", [("Anna\u00a0B", "a."), ("Ben", "b.")]),
        ("Interviewer:\n  What?\nMother:\nThis.", [("Interviewer", "What?"), ("Mother", "This.")]),
        ("[00:01:02] Anna: a.\n[00:01:09] Ben: b.", [("Anna", "a."), ("Ben", "b.")]),
        ("Anna (00:01): a.\nBen (00:09): b.", [("Anna", "a."), ("Ben", "b.")]),
        ("Anna Lee  0:03\nHello.\n\nBen  0:07\nHi.\n\nAnna Lee  0:09\nSo.",
         [("Anna Lee", "Hello."), ("Ben", "Hi."), ("Anna Lee", "So.")]),
        ("Before.\nInterviewer: a\nMother:\nInterviewer: b", [("Interviewer", "a"), ("Interviewer", "b")]),
        ("先生: はい。\n母: いいえ。\n先生: では。", [("先生", "はい。"), ("母", "いいえ。"), ("先生", "では。")]),
    ],
)  # fmt: skip
def test_labels_that_are_taken(text, expected):
    assert spoken(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It helped. Note: she cried.",
        "Note: she cried.\nNote: again.",
        "Site: North\nRole: Teacher\nYears: 5",
        "Date: 3 May\nPlace: school hall",
        "We met at 12:30\nand at 13:30",
        "http://x.org/a\nhttps://x.org/b",
        "One thing: they came.\nAnother thing: they stayed.",
        "[laughs] Yes.\n[laughs] No.",
        "[Inaudible] Yes.\n[Pause]\n[Long pause]",
        "Anna said: yes.\nAnna said: no.",
        "C:\\data\nC:\\more",
        "1: a\n2: b\n1: c",
        "Only one: here",
        "North: 12\nSouth: 13",
    ],
)
def test_words_before_a_colon_that_are_nobodys_name(text):
    assert spoken(text) == []


def test_a_talk_of_people_who_each_speak_once_is_known_by_its_sentences():
    assert spoken("Anna: I saw it.\nBen: So did I!") == [
        ("Anna", "I saw it."),
        ("Ben", "So did I!"),
    ]


def test_a_heading_among_labels_stays_in_the_turn_before():
    text = "Anna: I saw it.\nNote: phone rings\nAnna: Sorry."
    assert spoken(text) == [("Anna", "I saw it.\nNote: phone rings"), ("Anna", "Sorry.")]


def test_a_text_of_nothing_but_labels_is_no_talk():
    assert find_turns("Anna: b\n" * 200_002) == ()


@given(st.text(alphabet=st.sampled_from("AaBb:[]\n *>-.0?é😀\u2028\x0b"), max_size=80))
def test_turns_are_in_order_never_overlap_and_hold_words(text):
    turns = find_turns(text)
    ends = [end for turn in turns for end in (turn.start, turn.end)]
    assert ends == sorted(ends)
    for turn in turns:
        words = text[turn.start : turn.end]
        assert words
        assert words == words.strip()
        assert turn.speaker
