"""What two coders did with the same sentences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding.compared import compare, masi
from evalkit.coding.model import Code, Codebook, Coding, Segment, Source

SOURCE = Source("s", "First one. Second one.\n\nThird one.")
CODEBOOK = Codebook((Code("b", "b"), Code("a", "a")))


def coded(quote, code, coder):
    start = SOURCE.text.index(quote)
    return Coding(Segment("s", start, start + len(quote), quote), code, coder)


def test_a_coding_touches_every_sentence_it_shares_a_character_with():
    codings = [coded("one. Second", "a", "ann"), coded("Third", "b", "ben")]
    compared = compare(codings, [SOURCE], CODEBOOK)
    assert compared.ratings("a").tolist() == [[1, 1, 0], [0, 0, 0]]
    assert compared.ratings("b").tolist() == [[0, 0, 0], [0, 0, 1]]
    assert compared.codes == ("b", "a")


def test_paragraphs_can_be_the_unit():
    codings = [coded("one. Second", "a", "ann"), coded("Third", "b", "ben")]
    compared = compare(codings, [SOURCE], CODEBOOK, unit="paragraph")
    assert compared.ratings("a").tolist() == [[1, 0], [0, 0]]
    assert compared.unit == "paragraph"


def test_white_space_between_sentences_belongs_to_none():
    codings = [coded("\n\n", "a", "ann"), coded("Third", "b", "ben")]
    assert compare(codings, [SOURCE], CODEBOOK).ratings("a").sum() == 0


def test_a_coder_who_was_not_given_a_source_is_missing_there():
    other = Source("t", SOURCE.text)
    there = [
        Coding(Segment("t", 0, 5, "First"), "a", "ben"),
        Coding(Segment("t", 0, 5, "First"), "a", "cy"),
    ]
    codings = [coded("First", "a", "ann"), coded("First", "a", "ben"), *there]
    compared = compare(codings, [SOURCE, other], CODEBOOK)
    assert np.isnan(compared.ratings("a"))[:, [0, 3]].tolist() == [
        [False, True],
        [False, False],
        [True, False],
    ]
    assert compared.groups.tolist() == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ({"x"}, {"x"}, 0),
        (set(), set(), 0),
        (set(), {"x"}, 1),
        ({"x"}, {"y"}, 1),
        ({"x", "y"}, {"x"}, 1 - 1 / 2 * 2 / 3),
        ({"x", "y"}, {"x", "z"}, 1 - 1 / 3 * 1 / 3),
    ],
)
def test_masi_distance_follows_passonneau(a, b, distance):
    assert masi(frozenset(a), frozenset(b)) == pytest.approx(distance)


@given(
    st.frozensets(st.sampled_from("wxyz"), min_size=1),
    st.frozensets(st.sampled_from("wxyz"), min_size=1),
)
def test_masi_distance_equals_nltks(a, b):
    from nltk.metrics.distance import masi_distance

    assert masi(a, b) == pytest.approx(masi_distance(a, b), abs=1e-9)
