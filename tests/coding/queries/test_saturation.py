"""New codes, source by source."""

from itertools import permutations

import numpy as np
import pytest

from evalkit.coding.model import Code, Codebook, Coding, Segment, Source
from evalkit.coding.queries.saturation import saturation

CODEBOOK = Codebook(tuple(Code(id, id) for id in "abcde"))
USED = {"s1": "ab", "s2": "a", "s3": "bc", "s4": "", "s5": "d"}
SOURCES = tuple(Source(id, "text") for id in USED)
CODINGS = [Coding(Segment(id, 0, 4, "text"), code, "ann") for id in USED for code in USED[id]]


def test_new_codes_are_counted_in_the_order_given():
    table = saturation(CODINGS, CODEBOOK, SOURCES)
    assert table.new.tolist() == [2, 0, 1, 0, 1]
    assert table.total.tolist() == [2, 2, 3, 3, 4]
    assert table.codes.tolist() == [2, 1, 2, 0, 1]


def test_the_expected_curve_is_the_mean_over_all_orders():
    orders = [
        saturation(CODINGS, CODEBOOK, order).total.to_numpy() for order in permutations(SOURCES)
    ]
    found = saturation(CODINGS, CODEBOOK, SOURCES).expected.tolist()
    assert found == pytest.approx(np.mean(orders, axis=0).tolist())


def test_the_share_of_new_codes_compares_the_last_run_with_the_base():
    table = saturation(CODINGS, CODEBOOK, SOURCES, base=2, run=2)
    assert np.isnan(table.new_share[:3]).all()
    assert table.new_share[3:].tolist() == [1 / 2, 1 / 2]


def test_no_sources_give_an_empty_table():
    assert saturation([], CODEBOOK, []).empty
