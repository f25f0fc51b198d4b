"""The passages a report prints: what speaks against is always there, a paraphrase never quoted."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding.model import Code, Codebook, Coding, Segment, Source
from evalkit.coding.quotes import printed, quotation, quotations, shortened, speaker
from evalkit.errors import CodingError

LINK = "visits -> reading"
SAYS = ("for", "against", "mixed", "nil", "mechanism", "context", "rival")
CODEBOOK = Codebook(
    (
        *(Code(says, says, says, (LINK,)) for says in SAYS),
        Code("other", "other", "for", ("a -> b",)),
        Code("like", "l", "for", (LINK,)),
    )
)
SOURCES = (
    Source("s1", "It helped us. It did. Now we read.", "First", attributes={"speaker": "mother"}),
    Source("s2", "It helped a bit.", "Second", attributes={"speaker": "mother"}),
    Source("s3", "She said it helped.", "", "paraphrase", {"speaker_type": "head teacher"}),
    Source("s4", "Nothing changed.", "Fourth"),
)


def coded(source, quote, code, coder="ann"):
    text = next(it.text for it in SOURCES if it.id == source)
    start = text.index(quote)
    return Coding(Segment(source, start, start + len(quote), quote), code, coder)


def chosen(codings, **options):
    return [
        (it.source, it.side, it.text)
        for it in quotations(LINK, codings, CODEBOOK, SOURCES, **options)
    ]


def test_what_speaks_against_is_shown_however_much_speaks_for():
    codings = [
        coded("s1", "It helped us.", "for"),
        coded("s1", "It did.", "for"),
        coded("s2", "It helped a bit.", "for"),
        coded("s4", "Nothing changed.", "nil"),
    ]
    assert chosen(codings, each=1) == [
        ("s1", "for", "It helped us."),
        ("s4", "against", "Nothing changed."),
    ]


@pytest.mark.parametrize(
    ("says", "side"),
    list(
        zip(
            SAYS, ("for", "against", "neither", "against", "for", "neither", "against"), strict=True
        )
    ),
)
def test_each_way_to_speak_of_a_link_has_its_side(says, side):
    assert quotations(LINK, [coded("s1", "It did.", says)], CODEBOOK, SOURCES)[0].side == side


def test_hiding_what_speaks_against_is_refused():
    with pytest.raises(CodingError, match="must be shown"):
        chosen([], each=0)


def test_other_sources_and_other_speakers_come_before_more_of_the_same():
    codings = [
        coded("s1", "It helped us.", "for"),
        coded("s1", "It did.", "for"),
        coded("s2", "It helped a bit.", "for"),
        coded("s3", "She said it helped.", "for"),
    ]
    assert [source for source, _, _ in chosen(codings, each=2)] == ["s1", "s3"]
    assert [source for source, _, _ in chosen(codings, each=3)] == ["s1", "s3", "s2"]


def test_own_words_come_before_a_paraphrase():
    codings = [coded("s3", "it helped", "against"), coded("s4", "Nothing changed.", "against")]
    assert [source for source, _, _ in chosen(codings)] == ["s4", "s3"]


def test_the_choice_does_not_depend_on_the_order_of_the_codings():
    codings = [
        coded("s1", "It helped us.", "for", "ben"),
        coded("s1", "It helped us.", "for", "ann"),
        coded("s1", "It helped us.", "like"),
        coded("s3", "it helped", "mechanism"),
        coded("s4", "Nothing", "rival"),
    ]
    found = {quotations(LINK, order, CODEBOOK, SOURCES) for order in permutations(codings)}
    assert len(found) == 1
    assert next(iter(found))[0].coding == "coding:s1:0-13:for:ann"


def test_the_same_words_are_not_printed_twice_on_one_side():
    codings = [coded("s1", "It did.", "for"), coded("s1", "It did.", "mechanism")]
    assert chosen(codings) == [("s1", "for", "It did.")]


def test_codings_of_other_links_codes_or_sources_are_left_out():
    codings = [
        coded("s1", "It did.", "other"),
        Coding(Segment("gone", 0, 2, "It"), "for", "ann"),
        Coding(Segment("s1", 0, 2, "It"), "deleted", "ann"),
    ]
    assert chosen(codings) == []


def test_own_words_stand_in_quotation_marks_and_a_paraphrase_never_does():
    own = quotation(coded("s1", "It did.", "for"), CODEBOOK.by_id["for"], SOURCES[0])
    told = quotation(coded("s3", "it helped", "for"), CODEBOOK.by_id["for"], SOURCES[2])
    assert (own.title, own.speaker, own.verbatim) == ("First", "mother", True)
    assert (told.title, told.speaker, told.verbatim) == ("s3", "head teacher", False)
    assert printed(own) == "“It did.”"
    assert printed(told) == "Paraphrase, not the words of head teacher: it helped"


def test_the_speaker_is_the_first_name_the_source_gives():
    assert speaker(Source("s", "x", attributes={"speaker_type": "b", "who": "a"})) == "a"
    assert speaker(Source("s", "x")) == ""


@pytest.mark.parametrize(
    ("text", "longest", "expected"),
    [
        ("Short.", 20, "Short."),
        ("One is here. Two is here.", 16, "One is here. …"),
        ("One is here. Two is here.", 13, "One is …"),
        ("a\n\n b  c", 20, "a b c"),
        ("word, word word", 8, "word …"),
        ("x" * 30, 10, "xxxxxxxx …"),
    ],
)
def test_long_passages_are_cut_at_the_end_of_a_sentence_or_else_of_a_word(text, longest, expected):
    assert shortened(text, longest) == expected


@given(st.text(st.sampled_from("ab. \n“”👩")), st.integers(5, 40))
def test_no_passage_is_longer_than_allowed(text, longest):
    assert len(shortened(text, longest)) <= longest
