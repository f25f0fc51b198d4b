"""Unitising alpha: Krippendorff's own example, and what is undefined."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding import unitising
from evalkit.coding.agreement import unitising_alpha
from evalkit.coding.model import ONE_CODER
from evalkit.coding.unitising import NO_UNITS, Section
from evalkit.errors import CodingError


def spans(category, *units):
    return [(start, start + size, category) for start, size in units]


# Krippendorff (2004), Content Analysis, p. 254: a continuum from 150, 300 long.
BOTH = spans("k", (180, 60), (300, 50))
EXAMPLE = {
    "i": spans("c", (225, 70), (370, 30)) + BOTH,
    "j": spans("c", (220, 80), (355, 20), (400, 20)) + BOTH,
}


def parts(category):
    sections = [unitising._sections(mine, category, 150, 450) for mine in EXAMPLE.values()]
    return unitising._observed(sections, 300), unitising._expected(sections, 300)


def test_krippendorffs_example_is_reproduced():
    assert parts("c") == pytest.approx((0.014444, 0.053222), abs=5e-7)
    assert parts("k") == pytest.approx((0, 0.0490), abs=5e-5)
    assert unitising_alpha(EXAMPLE, 150, 450, category="c").value == pytest.approx(
        0.728599, abs=5e-7
    )
    assert unitising_alpha(EXAMPLE, 150, 450, category="k").value == 1
    # The book prints .8591, from rounded parts; summed directly it is .85867.
    assert unitising_alpha(EXAMPLE, 150, 450).value == pytest.approx(0.85867, abs=5e-6)


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        (Section(225, 70, unit=True), Section(220, 80, unit=True), 50),
        (Section(370, 30, unit=True), Section(355, 20, unit=True), 850),
        (Section(5, 6, unit=True), Section(7, 2, unit=True), 8),
        (Section(400, 50, unit=False), Section(400, 20, unit=True), 400),
        (Section(0, 5, unit=True), Section(5, 5, unit=True), 0),
        (Section(0, 5, unit=False), Section(0, 5, unit=False), 0),
    ],
)
def test_differences_of_sections_are_those_of_page_253(one, other, difference):
    assert unitising._difference(one, other) == difference
    assert unitising._difference(other, one) == difference


def test_the_sum_over_all_offsets_is_the_closed_form():
    one, other = 7, 4
    total = sum(
        unitising._difference(Section(at, one, unit=True), Section(0, other, unit=True))
        for at in range(-20, 20)
    )
    assert total == sum(size * (size - 1) * (2 * size - 1) / 3 for size in (one, other))


@given(st.lists(st.integers(0, 60), min_size=4, max_size=4, unique=True).map(sorted))
def test_coders_who_cut_the_same_units_agree_whatever_the_order(cuts):
    first, second, third, fourth = cuts
    units = [(first, second, "a"), (third, fourth, "a"), (first, fourth, "b")]
    mixed = random.Random(1).sample(units, 3)
    assert unitising_alpha({"ann": units, "ben": mixed}, 0, 61).value == 1


def test_a_coder_who_marked_nothing_disagrees():
    found = unitising_alpha({"ann": [(10, 20, "a")], "ben": []}, 0, 100)
    assert found.value < 0.1
    assert (found.n_units, found.n_coders, found.unit) == (1, 2, "character")


def test_nothing_marked_and_one_coder_are_undefined():
    assert unitising_alpha({"ann": [], "ben": []}, 0, 9).reason == NO_UNITS
    alone = unitising_alpha({"ann": [(1, 2, "a")]}, 0, 9)
    assert (alone.value, alone.reason) == (None, ONE_CODER)


@pytest.mark.parametrize(
    ("units", "message"),
    [
        ([(5, 5, "a")], "is empty or outside 0-9"),
        ([(5, 10, "a")], "is empty or outside 0-9"),
        ([(1, 4, "a"), (3, 5, "a")], "overlap at 3"),
    ],
)
def test_units_that_cannot_be_compared_are_refused(units, message):
    with pytest.raises(CodingError, match=message):
        unitising_alpha({"ann": units, "ben": []}, 0, 9)
