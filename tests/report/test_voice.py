from __future__ import annotations

from evalkit.report.document import Paraphrase, Quotation, plain
from evalkit.report.voice import passages, says_tag, source_origin


def test_own_words_are_quoted_and_paraphrases_are_not(whole):
    found = passages(whole, "practice -> reading")
    assert [type(one) for one in found] == [Quotation, Paraphrase]
    assert found[1].tag.word == "another explanation"


def test_a_passage_says_who_speaks_and_where(whole):
    one = passages(whole, "training -> practice")[0]
    assert plain(one.by) == "teacher, Town A, Interview with a teacher"
    assert one.origin == "sources/s1.txt:1"


def test_a_link_nobody_spoke_of_has_no_voice(whole):
    assert passages(whole, "boards -> ready") == ()


def test_an_unknown_source_is_named_by_its_id(whole):
    assert source_origin(whole, "S9") == "S9"


def test_what_was_not_seen_speaks_against():
    assert says_tag("nil").kind == "says-against"
