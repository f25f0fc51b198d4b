"""Keywords in context by searching one long string: the same places as a regular expression."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding.model import Source
from evalkit.coding.text.kwic import find_in_context, join_sources, keyword_in_context
from evalkit.errors import CodingError

letters = st.text(alphabet="aAbB _.'\nİßΣ", max_size=30)


@given(st.lists(letters, max_size=4), st.sampled_from(["a", "ab", "a b", "A", "ab b", "."]))
def test_places_are_those_of_a_regular_expression(texts, words):
    sources = [Source(f"s{at}", text) for at, text in enumerate(texts)]
    pattern = re.compile(
        r"(?<!\w)" + r"\s+".join(map(re.escape, words.split())) + r"(?!\w)", re.IGNORECASE
    )
    expected = [(it.id, *m.span()) for it in sources for m in pattern.finditer(it.text)]
    found = keyword_in_context(sources, words)
    assert [(it.source, it.start, it.end) for it in found] == expected


@given(st.lists(letters, min_size=1, max_size=4))
def test_context_is_the_text_around_the_word_and_of_no_other_source(texts):
    sources = [Source(f"s{at}", text) for at, text in enumerate(texts)]
    by_id = {it.id: it.text for it in sources}
    for it in keyword_in_context(sources, "a", width=4, whole=False):
        text = by_id[it.source]
        assert it.word == text[it.start : it.end]
        assert it.left == text[max(0, it.start - 4) : it.start]
        assert it.right == text[it.end : it.end + 4]


def test_a_phrase_does_not_run_from_one_source_into_the_next():
    sources = [Source("a", "we saw home"), Source("b", "visits there, home visits")]
    assert [it.source for it in keyword_in_context(sources, "home visits")] == ["b"]


def test_a_buffer_serves_many_words():
    buffer = join_sources([Source("a", "Home visits"), Source("b", "no VISITS")])
    assert len(list(find_in_context(buffer, "visits"))) == 2
    assert next(find_in_context(buffer, "HOME", width=3)).right == " vi"


def test_letters_that_grow_in_small_letters_do_not_shift_places():
    (found,) = keyword_in_context([Source("s", "İİİ home")], "home")
    assert found.start == 4


def test_looking_for_nothing_is_refused():
    with pytest.raises(CodingError, match="no word"):
        list(find_in_context(join_sources([]), " "))
