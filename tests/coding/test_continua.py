"""From codings to the units of each text."""

from evalkit.coding.agreement import cu_alpha, pooled_unitising_alpha, u_alpha
from evalkit.coding.continua import continua
from evalkit.coding.model import Coding, Segment, Source

SOURCES = (Source("s", "x" * 60), Source("t", "x" * 40), Source("u", "x" * 9))


def coded(source, start, end, code, coder, **more):
    return Coding(Segment(source, start, end, "x" * (end - start)), code, coder, **more)


CODINGS = [
    coded("s", 0, 10, "a", "ann"),
    coded("s", 5, 20, "a", "ann"),
    coded("s", 30, 40, "b", "ann"),
    coded("s", 0, 20, "a", "ben"),
    coded("t", 0, 20, "b", "ben"),
    coded("t", 0, 20, "a", "machine", origin="rule"),
]


def test_overlaps_of_one_coder_and_code_are_joined_and_rules_left_out():
    one, other = continua(CODINGS, SOURCES)
    assert one.units == {"ann": [(0, 20, "a"), (30, 40, "b")], "ben": [(0, 20, "a")]}
    assert other.units == {"ben": [(0, 20, "b")]}
    assert (one.begin, one.end) == (0, 60)


def test_a_coder_who_marked_nothing_counts_when_the_source_was_given():
    (one,) = continua(CODINGS, SOURCES, given={"ann": ["t"], "ben": ["t"]})
    assert one.units == {"ann": [], "ben": [(0, 20, "b")]}
    assert len(continua(CODINGS, SOURCES, double_coded=["u"])) == 3


def test_one_code_at_a_time_can_be_compared():
    found = continua(CODINGS, SOURCES, codes=["a"])
    assert u_alpha(found).value == pooled_unitising_alpha(found).value == 1
    assert cu_alpha(continua(CODINGS, SOURCES)).reason
