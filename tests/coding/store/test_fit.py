"""What fits together, and what does not."""

import pytest

from evalkit.coding.model import Case, Claim, Code, Segment
from evalkit.coding.store.fit import Known, misfits, refuse, segments_of
from evalkit.coding.store.records import StoreError

TEXTS = {"s": "words"}
PARENTS = {"a": "", "b": "a", "x": "y", "y": "x"}
KNOWN = Known(TEXTS.get, PARENTS.get, lambda: PARENTS, lambda: TEXTS)


@pytest.mark.parametrize(
    ("start", "end", "quote", "fits"),
    [
        (0, 5, "words", True),
        (5, 5, "", True),
        (0, 0, "", True),
        (1, 3, "or", True),
        (-1, 5, "s", False),
        (0, 6, "words", False),
        (3, 1, "", False),
        (0, 5, "Words", False),
    ],
)
def test_a_segment_fits_when_its_words_are_there(start, end, quote, fits):
    claim = Claim(Segment("s", start, end, quote), "a", "b")
    assert (list(misfits(claim, KNOWN)) == []) is fits


def test_a_segment_that_waits_is_not_looked_at():
    claim = Claim(Segment("s", 0, 1, "z"), "a", "b")
    assert list(misfits(claim, KNOWN, segments_of(claim))) == []


@pytest.mark.parametrize(
    ("parent", "told"),
    [("", None), ("b", None), ("none", "not in the codebook"), ("c", "itself"), ("x", "itself")],
)
def test_a_code_stands_in_a_tree(parent, told):
    found = list(misfits(Code("c", "c", parent=parent), KNOWN))
    assert ([told in it for it in found] == [True]) if told else (found == [])


def test_everything_that_is_wrong_is_said_once():
    case = Case("c", sources=("p", "q", "s"), segments=(Segment("r", 0, 1, "x"),))
    with pytest.raises(StoreError) as told:
        refuse(misfits(case, KNOWN), "Mend it.")
    assert all(f"`{name}`" in str(told.value) for name in "pqr")
    assert "Mend it." in str(told.value)


def test_nothing_wrong_is_no_error():
    assert refuse([], "Mend it.") is None
