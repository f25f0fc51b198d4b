"""Words, and the segments they are counted in."""

from evalkit.coding.model import Coding, Segment, Source
from evalkit.coding.text.tokens import coded, content_words, uncoded, whole, words_of

TEXT = "The teacher\u2019s visits helped. They came home."
SOURCES = (Source("s", TEXT), Source("t", TEXT))


def mark(start, end, coder, code="a"):
    return Coding(Segment("s", start, end, TEXT[start:end]), code, coder)


def test_words_are_small_and_apostrophes_straight():
    assert words_of("It\u2019s THE end_of 3 naïve") == ["it's", "the", "end", "of", "naïve"]


def test_content_words_leave_out_stop_words_and_possessives():
    assert list(content_words(TEXT)) == ["teacher", "visits", "helped", "came", "home"]


def test_what_several_coders_marked_counts_once_and_the_rest_is_the_rest():
    codings = [mark(4, 20, "ann"), mark(14, 27, "ben"), mark(30, 40, "ann", "b")]
    inside = coded(codings, SOURCES, "a")
    rest = uncoded(codings, SOURCES, "a")
    assert [(it.source, it.start, it.end) for it in inside] == [("s", 4, 27)]
    assert [(it.source, it.start, it.end) for it in rest] == [
        ("s", 0, 4),
        ("s", 27, len(TEXT)),
        ("t", 0, len(TEXT)),
    ]
    for segment in (*inside, *rest, *whole(SOURCES)):
        segment.verify(SOURCES[0])
