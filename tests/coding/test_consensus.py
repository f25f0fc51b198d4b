"""What a consensus round changed."""

import pytest

from evalkit.coding.consensus import consensus
from evalkit.coding.model import Coding, Segment
from evalkit.errors import CodingError


def coded(start, end, code, coder, round="1", source="s"):
    return Coding(Segment(source, start, end, "x" * (end - start)), code, coder, round=round)


CODINGS = [
    coded(0, 10, "home", "ann"),
    coded(2, 12, "home", "ben"),
    coded(20, 30, "visits", "ann"),
    coded(40, 50, "nil", "ben"),
    coded(0, 10, "home", "ann, ben", "consensus"),
    coded(22, 30, "visits", "ann, ben", "consensus"),
    coded(60, 70, "school", "ann, ben", "consensus"),
    coded(0, 5, "home", "ann", source="other"),
]


def test_each_code_and_place_is_kept_moved_dropped_or_added():
    found = consensus(CODINGS)
    assert [(it.code, it.kind, it.had, it.lacked) for it in found] == [
        ("home", "kept", ("ann", "ben"), ()),
        ("visits", "moved", ("ann",), ("ben",)),
        ("nil", "dropped", ("ben",), ("ann",)),
        ("school", "added", (), ("ann", "ben")),
    ]
    assert [it.disputed for it in found] == [False, True, True, False]


def test_both_originals_are_kept_as_they_were():
    home = consensus(CODINGS)[0]
    assert home.before == (CODINGS[0], CODINGS[1])
    assert home.after == (CODINGS[4],)
    assert (home.start, home.end) == (0, 12)


def test_the_order_of_the_codings_does_not_matter():
    assert consensus(CODINGS[::-1]) == consensus(CODINGS)


def test_one_earlier_round_can_be_chosen():
    more = [*CODINGS, coded(60, 70, "school", "ann", "2")]
    assert consensus(more, before="1")[-1].kind == "added"
    assert consensus(more)[-1].kind == "kept"


def test_a_round_that_does_not_exist_is_refused():
    with pytest.raises(CodingError, match=r"round `final`.*`1`, `consensus`"):
        consensus(CODINGS, "final")
