"""A quotation is placed exactly, or refused with the passages it may have meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding.locate import locate, occurrence_of, places
from evalkit.coding.model import Source
from evalkit.errors import CodingError

SOURCE = Source(
    "talk",
    "The visits helped \u2013 “a lot”, she said.\nIt\u2019s not the money. The visits came too late.",
    file="sources/talk.txt",
    line=1,
)
HOSTILE = st.text(
    st.sampled_from("ab \n\t\"',;\u2019\u201c\u2028\u200d\U0001f469é\u0301שׁ\u202e=<")
    | st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"),
    max_size=60,
)


def refusal(quote, occurrence=None, source=SOURCE):
    with pytest.raises(CodingError) as caught:
        locate(source, quote, occurrence)
    return caught.value


def test_the_segment_carries_its_words_and_verifies():
    segment = locate(SOURCE, "visits helped")
    assert segment.id == "talk:4-17"
    segment.verify(SOURCE)


def test_code_points_are_counted_not_bytes_or_utf16_units():
    source = Source("s", "Zoë 👩‍🏫 reads")
    assert locate(source, "reads").id == "s:8-13"


def test_words_that_stand_twice_are_refused_with_every_place():
    error = refusal("The visits")
    assert "stands 2 times in source `talk`" in error.wrong
    assert "(1) at 0-10: [The visits] helped" in error.do
    assert "(2) at 59-69: …aid. It\u2019s not the money. [The visits] came too late." in error.do
    assert "`occurrence`" in error.do


def test_an_occurrence_says_which_one_is_meant():
    assert locate(SOURCE, "The visits", 2).start == 59
    assert locate(SOURCE, "money", 1).start == 52
    assert refusal("The visits", 3).wrong.endswith("stands 2 times in source `talk`, not 3 times.")
    assert "cannot be -1" in refusal("The visits", -1).wrong


def test_very_common_words_name_only_the_first_places():
    error = refusal("a", source=Source("s", "a " * 50_000))
    assert "more than 3 times" in error.wrong
    assert len(str(error)) < 400


@pytest.mark.parametrize(
    ("quote", "difference"),
    [
        ('"a lot"', 'the source has `“` where the quotation has `"`'),
        ("It's not", "the source has `\u2019` where the quotation has `'`"),
        ("helped - ", "the source has `\u2013` where the quotation has `-`"),
        ("she  said.", "blanks or line ends differ"),
        ("said. It\u2019s", "blanks or line ends differ"),
        (" not the money.  ", "blanks or line ends differ"),
        ("NOT the", "the source has `n` where the quotation has `N`"),
    ],
)
def test_other_marks_blanks_or_capitals_are_not_accepted_but_named(quote, difference):
    error = refusal(quote)
    assert "does not stand in source `talk`" in error.wrong
    assert "Only their form differs: at " in error.do
    assert difference in error.do


def test_letters_written_with_and_without_combining_marks_are_named_as_alike():
    assert "Only their form differs" in refusal("e\u0301te\u0301", source=Source("s", "un été")).do


def test_changed_words_lead_to_the_nearest_passages():
    error = refusal("the visits came much too late")
    assert error.do.startswith("Copy the words exactly. Nearest: at 59-83: ")
    assert "[The visits came too late]" in error.do


def test_misspelled_words_lead_to_the_right_ones():
    assert "[money]" in refusal("mony").do


def test_words_of_another_text_have_no_nearest_passage():
    assert "is it from another one?" in refusal("zebra xylophone").do
    assert "is it from another one?" in refusal("…").do
    assert "is it from another one?" in refusal("money", source=Source("s", "")).do


@pytest.mark.parametrize("quote", ["", "  ", "\n"])
def test_an_empty_quotation_is_refused(quote):
    assert refusal(quote).wrong == "The quotation is empty."


def test_the_refusal_knows_the_file_of_the_source():
    assert (refusal("zebra").file, refusal("zebra").line) == ("sources/talk.txt", 1)


@given(HOSTILE, st.data())
def test_any_slice_of_any_text_is_placed_or_called_ambiguous(text, data):
    source = Source("s", text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    quote = text[start:end]
    try:
        segment = locate(source, quote)
    except CodingError:
        assert not quote.strip() or len(list(places(text, quote))) > 1
    else:
        assert (segment.start, segment.end) == (start, end)
        segment.verify(source)


@given(HOSTILE, st.data())
def test_with_its_occurrence_every_slice_is_placed_where_it_was_cut(text, data):
    source = Source("s", text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    quote = text[start:end]
    if quote.strip():
        which = list(places(text, quote)).index(start) + 1
        segment = locate(source, quote, which)
        assert segment.start == start
        assert occurrence_of(source, segment) in (which, None)


@given(HOSTILE, HOSTILE)
def test_whatever_is_not_there_is_refused_and_never_crashes(text, quote):
    source = Source("s", text)
    if quote in text:
        return
    with pytest.raises(CodingError) as caught:
        locate(source, quote)
    assert "\n" not in caught.value.wrong + caught.value.do
