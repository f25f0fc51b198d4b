"""The unitising alphas of 2016: printed values of others, and what must hold of any coders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding import textual_continua
from evalkit.coding.estimated import NO_VARIATION, Resampling
from evalkit.coding.model import ONE_CODER
from evalkit.coding.textual_continua import cu_alpha, u_alpha
from evalkit.coding.unitising import NO_UNITS, Continuum
from evalkit.errors import CodingError

NONE = Resampling(draws=0)

# The example in the README of github.com/zeljkobekcic/KrippendorffUnitizedAlpha. Its sections end
# where its author means the last character to be, so a character between two sections is missing
# from both; taken as it stands it still fixes the formula, for three coders.
KEYPHRASES = {
    "coder1": [(0, 2, ""), (3, 14, "k"), (15, 21, ""), (22, 52, "k"), (53, 55, "")],
    "coder2": [(0, 2, ""), (3, 9, "k"), (10, 21, ""), (22, 52, "k"), (53, 55, "")],
    "coder3": [(0, 21, ""), (22, 45, "k"), (46, 55, "")],
}

# Another author prints, for two coders and 60 characters, u .474, binary .433, cu .779 on 38.33 %
# of the text, and .769 and .787 for the two labels on 95.45 % and 59.52 % of their lengths, but not
# the units. These are units with those shares; whole numbers of characters leave one choice for
# each sum that enters the coefficients, so the seven figures fix the formulas.
REBUILT = Continuum(
    {
        "ann": [(0, 6, "1"), (6, 12, "1"), (12, 36, "2"), (40, 41, "1")],
        "ben": [
            *[(0, 6, "1"), (6, 9, "1"), (9, 16, "2"), (16, 23, "2")],
            *[(45, 47, "2"), (50, 52, "2")],
        ],
    },
    0,
    60,
)


def test_three_coders_give_the_value_another_program_prints():
    met, alone, _ = textual_continua.coincidences(KEYPHRASES, ["k"])
    value = textual_continua._one_minus(met[None], alone[None])[0]
    assert value == pytest.approx(0.5671992508994135, abs=1e-15)


@pytest.mark.parametrize(
    ("found", "printed"),
    [
        (u_alpha([REBUILT]), 0.474),
        (u_alpha([REBUILT], binary=True), 0.433),
        (cu_alpha([REBUILT]), 0.779),
        (cu_alpha([REBUILT], "1"), 0.769),
        (cu_alpha([REBUILT], "2"), 0.787),
    ],
)
def test_two_coders_give_the_family_that_another_program_prints(found, printed):
    assert found.value == pytest.approx(printed, abs=0.0005)
    assert "No interval" in found.note


def test_the_coverage_of_cu_alpha_is_in_its_note():
    assert "Rests on the 38% of the text" in cu_alpha([REBUILT]).note


def test_coders_who_cut_and_code_alike_agree_and_cuts_apart_do_not():
    same = [(10, 40, "home"), (50, 60, "school")]
    text = Continuum({"ann": same, "ben": same}, 0, 100)
    assert (u_alpha([text]).value, cu_alpha([text]).value) == (1, 1)
    other = Continuum({"ann": [(10, 40, "home")], "ben": [(50, 80, "home")]}, 0, 100)
    assert u_alpha([other]).value < 0


def test_codes_that_are_told_apart_agree_whatever_the_borders():
    units = {
        "ann": [(0, 20, "home"), (50, 60, "school")],
        "ben": [(5, 30, "home"), (52, 80, "school")],
    }
    text = Continuum(units, 0, 100)
    assert cu_alpha([text]).value == 1
    assert u_alpha([text]).value < 0.7


def test_the_interval_comes_from_whole_texts_and_is_the_same_each_time():
    texts = [REBUILT, Continuum({"ann": [(0, 30, "1")], "ben": [(0, 28, "1")]}, 0, 60)] * 6
    first, again = u_alpha(texts), u_alpha(texts)
    assert first == again
    assert first.low < first.value < first.high


def test_a_text_that_one_coder_was_given_does_not_count():
    alone = Continuum({"ann": [(0, 50, "1")]}, 0, 60)
    assert u_alpha([REBUILT, alone]).value == u_alpha([REBUILT]).value
    assert u_alpha([alone]).reason == ONE_CODER


def test_what_cannot_be_known_has_a_reason():
    nothing = Continuum({"ann": [], "ben": []}, 0, 60)
    assert (u_alpha([nothing]).value, u_alpha([nothing]).reason) == (None, NO_UNITS)
    everything = Continuum({"ann": [(0, 60, "1")], "ben": [(0, 60, "1")]}, 0, 60)
    assert u_alpha([everything]).reason == NO_VARIATION
    apart = Continuum({"ann": [(0, 9, "1")], "ben": [(20, 30, "2")]}, 0, 60)
    assert cu_alpha([apart]).reason == NO_VARIATION
    assert "coded `3`" in cu_alpha([REBUILT], "3").reason


@pytest.mark.parametrize(
    ("units", "message"),
    [
        ([(5, 5, "a")], "is empty or outside 0-60"),
        ([(5, 61, "a")], "is empty or outside 0-60"),
        ([(1, 9, "a"), (8, 12, "b")], r"overlap at 8 \(`a` and `b`\)"),
    ],
)
def test_units_that_cannot_be_compared_are_refused(units, message):
    with pytest.raises(CodingError, match=message):
        u_alpha([Continuum({"ann": units, "ben": []}, 0, 60)])


cuts = st.lists(st.integers(0, 59), min_size=4, max_size=4, unique=True).map(sorted)


@given(cuts, cuts, st.sampled_from("ab"))
def test_no_order_of_coders_changes_it_and_it_never_exceeds_one(first, second, name):
    ann = [(first[0], first[1], "a"), (first[2], first[3], name)]
    ben = [(second[0], second[1], "a"), (second[2], second[3], "b")]
    one = u_alpha([Continuum({"ann": ann, "ben": ben}, 0, 60)], resampling=NONE)
    other = u_alpha([Continuum({"ben": ben[::-1], "ann": ann}, 0, 60)], resampling=NONE)
    assert one.value == pytest.approx(other.value, abs=1e-12)
    assert one.value <= 1
