"""Unitising alpha: Krippendorff's own example, and what is undefined."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding import unitising
from evalkit.coding.agreement import unitising_alpha
from evalkit.coding.model import ONE_CODER
from evalkit.coding.unitising import NO_UNITS, Continuum, Section, pooled_unitising_alpha
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


# Krippendorff (1995), p. 57: four pairs of coders on 24 units of length, as DKPro has them.
PAIRS = {
    "A": [[(2, 8), (14, 6)], [(4, 4), (15, 2)]],
    "B": [[(0, 18)], [(0, 2), (2, 1), (3, 1), (4, 1), (5, 1), (6, 3), (9, 1)]],
    "C": [
        [(2, 6), (10, 2), (14, 4), (20, 2)],
        [(0, 2), (4, 4), (10, 4), (16, 2), (20, 2)],
    ],
    "D": [
        [(0, 2), (2, 8), (10, 4), (14, 6), (20, 4)],
        [(0, 4), (4, 4), (8, 7), (15, 2), (17, 7)],
    ],
}


def stretched(pair, times):
    return [
        spans(pair, *((start * times, size * times) for start, size in units))
        for units in PAIRS[pair]
    ]


@pytest.mark.parametrize(
    ("pair", "observed"), [("A", 0.03125), ("B", 2.26736), ("C", 0.02777), ("D", 0.38715)]
)
def test_observed_disagreements_of_1995_do_not_depend_on_the_unit_of_length(pair, observed):
    for times in (1, 50):
        sections = [unitising._sections(it, pair, 0, 24 * times) for it in stretched(pair, times)]
        assert unitising._observed(sections, 24 * times) == pytest.approx(observed, abs=1e-5)


# The article's chance for C has a small error, which the book of 2004 mended; it prints .679.
@pytest.mark.parametrize(
    ("pair", "limit", "printed"),
    [("A", 0.5529, 0.553), ("B", -0.9284, -0.926), ("C", 0.6931, 0.679), ("D", 0.0659, 0.066)],
)
def test_alphas_of_1995_are_reached_as_the_unit_of_length_gets_finer(pair, limit, printed):
    one, other = stretched(pair, 50_000)
    fine = unitising_alpha({"one": one, "other": other}, 0, 24 * 50_000).value
    assert fine == pytest.approx(limit, abs=5e-5)
    assert fine == pytest.approx(printed, abs=0.015 if pair == "C" else 0.003)


def test_the_unit_of_length_matters_when_it_is_coarse():
    one, other = stretched("A", 1)
    assert unitising_alpha({"one": one, "other": other}, 0, 24).value == pytest.approx(
        0.515, abs=5e-4
    )


def test_several_texts_add_up_and_are_resampled_whole():
    texts = [Continuum(EXAMPLE, 150, 450)] * 3
    assert pooled_unitising_alpha(texts, category="c").value == pytest.approx(
        unitising_alpha(EXAMPLE, 150, 450, category="c").value
    )
    other = Continuum({"i": [(10, 60, "c")], "j": [(40, 90, "c")]}, 0, 300)
    found = pooled_unitising_alpha([*texts, other, other], category="c")
    assert found.low < found.value < found.high
    assert found == pooled_unitising_alpha([*texts, other, other], category="c")


def test_texts_of_one_coder_do_not_count():
    text, alone = Continuum(EXAMPLE, 150, 450), Continuum({"i": [(0, 9, "c")]}, 0, 99)
    assert pooled_unitising_alpha([text, alone]).value == unitising_alpha(EXAMPLE, 150, 450).value
    assert pooled_unitising_alpha([alone]).reason == ONE_CODER
