"""The worst disagreements, with the words they are about."""

from evalkit.coding.disagreements import disagreements
from evalkit.coding.model import Code, Codebook, Coding, Segment, Source

TEXT = "We read at home. He likes it. The visits helped. Nothing changed."
SOURCES = (Source("s1", TEXT), Source("s2", TEXT))
CODEBOOK = Codebook(tuple(Code(id, id) for id in ("home", "visits", "nil")))


def coded(source, quote, code, coder):
    start = TEXT.index(quote)
    return Coding(Segment(source, start, start + len(quote), quote), code, coder)


CODINGS = [
    coded("s1", "read at home", "home", "ann"),
    coded("s1", "read", "visits", "ann"),
    coded("s1", "home", "home", "ben"),
    coded("s1", "Nothing changed", "nil", "ann"),
    coded("s1", "Nothing", "home", "ben"),
    coded("s1", "visits", "visits", "ann"),
    coded("s1", "helped", "visits", "ben"),
    coded("s2", "likes", "nil", "ann"),
]


def test_the_worst_comes_first_and_agreement_is_left_out():
    found = disagreements(CODINGS, SOURCES, CODEBOOK)
    assert [it.quote for it in found] == ["Nothing changed.", "We read at home."]
    assert [it.distance for it in found] == [1, round(1 - 1 / 2 * 2 / 3, 9)]


def test_who_gave_which_code_to_which_words_is_shown():
    worst, second = disagreements(CODINGS, SOURCES, CODEBOOK)
    assert worst.codes == {"ann": ("nil",), "ben": ("home",)}
    assert worst.marked == {"ann": ("Nothing changed",), "ben": ("Nothing",)}
    assert second.codes == {"ann": ("home", "visits"), "ben": ("home",)}
    assert second.marked["ann"] == ("read", "read at home")


def test_a_coder_who_marked_nothing_there_is_shown_with_no_code():
    found = disagreements(CODINGS, SOURCES, CODEBOOK, double_coded=["s2"])
    (likes,) = [it for it in found if it.source == "s2"]
    assert likes.codes == {"ann": ("nil",), "ben": ()}
    assert likes.marked["ben"] == ()


def test_disagreements_about_one_code_can_be_asked_for():
    found = disagreements(CODINGS, SOURCES, CODEBOOK, code="visits")
    assert [it.quote for it in found] == ["We read at home."]


def test_only_the_top_ones_are_given_and_none_without_a_second_coder():
    assert len(disagreements(CODINGS, SOURCES, CODEBOOK, top=1)) == 1
    assert disagreements(CODINGS[:2], SOURCES, CODEBOOK) == ()
